//! INFO, with which the listener introduces itself, and CONNECT, with which a client does.
//!
//! Defaults of CONNECT are nats-server's: verbose, pedantic and echo are on unless the client says otherwise.

use serde::{Deserialize, Serialize};

/// The release of nats-server whose client protocol this listener follows; clients choose their features by it.
const PROTOCOL_RELEASE: &str = "2.15.1";

/// INFO. Field names are the protocol's.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Info {
    pub(super) server_id: String,
    pub(super) server_name: String,
    pub(super) version: &'static str,
    pub(super) proto: u8,
    pub(super) go: &'static str,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) headers: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) auth_required: bool,
    pub(super) max_payload: usize,
    pub(super) client_id: u64,
    pub(super) client_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nonce: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) connect_info: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Info {
    /// What does not change from client to client.
    pub(super) fn new(server_id: String, server_name: String, host: String, port: u16, max_payload: usize) -> Self {
        Self {
            server_id,
            server_name,
            version: PROTOCOL_RELEASE,
            proto: 1,
            go: "none (oikos)",
            host,
            port,
            headers: true,
            auth_required: false,
            max_payload,
            client_id: 0,
            client_ip: String::new(),
            nonce: None,
            connect_info: false,
        }
    }

    /// The line as it goes out; the space before the line end is nats-server's.
    pub(super) fn to_line(&self) -> Vec<u8> {
        let mut line = b"INFO ".to_vec();
        // A struct of strings, numbers and flags always serialises; were it not so, the line would lack its JSON.
        let _ = serde_json::to_writer(&mut line, self);
        line.extend_from_slice(b" \r\n");
        line
    }
}

/// CONNECT. Unknown fields are ignored.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Connect {
    pub(super) verbose: bool,
    pub(super) pedantic: bool,
    pub(super) echo: bool,
    pub(super) headers: bool,
    pub(super) no_responders: bool,
    pub(super) protocol: i64,
    pub(super) name: String,
    pub(super) user: Option<String>,
    pub(super) pass: Option<String>,
    pub(super) auth_token: Option<String>,
    pub(super) nkey: Option<String>,
    pub(super) sig: Option<String>,
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            verbose: true,
            pedantic: true,
            echo: true,
            headers: false,
            no_responders: false,
            protocol: 0,
            name: String::new(),
            user: None,
            pass: None,
            auth_token: None,
            nkey: None,
            sig: None,
        }
    }
}

impl Connect {
    /// Reads the JSON of a CONNECT; `None` when it is not one. As in nats-server the case of the names does not
    /// matter, `null` changes nothing, and so does a field that is `null`.
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_slice(json).ok()?;
        let fields = match value {
            serde_json::Value::Null => serde_json::Map::new(),
            serde_json::Value::Object(fields) => fields,
            _ => return None,
        };
        let fields: serde_json::Map<_, _> =
            fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.to_ascii_lowercase(), v)).collect();
        serde_json::from_value(fields.into()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_connect_is_verbose_pedantic_and_echoes() {
        for json in ["{}", "null", r#"{"verbose":null,"zzz":1}"#] {
            let connect = Connect::parse(json.as_bytes()).unwrap();
            assert!(connect.verbose && connect.pedantic && connect.echo);
            assert!(!connect.headers && !connect.no_responders);
        }
        assert!(!Connect::parse(br#"{"Verbose":false}"#).unwrap().verbose);
    }

    #[test]
    fn what_is_not_an_object_of_the_right_types_is_no_connect() {
        for json in ["", "{x}", "[]", "1", r#"{"verbose":"no"}"#, "{} {}", &"[".repeat(4000)] {
            assert!(Connect::parse(json.as_bytes()).is_none(), "{json}");
        }
    }

    #[test]
    fn info_is_one_line_with_the_fields_clients_need() {
        let line = Info::new("ID".into(), "name".into(), "127.0.0.1".into(), 4222, 1024).to_line();
        let line = String::from_utf8(line).unwrap();
        let json = line.strip_prefix("INFO ").unwrap().strip_suffix(" \r\n").unwrap();
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        for field in ["server_id", "version", "proto", "go", "host", "port", "headers", "max_payload", "client_id"] {
            assert!(!value[field].is_null(), "{field}");
        }
        assert!(value["nonce"].is_null() && value["auth_required"].is_null());
    }
}
