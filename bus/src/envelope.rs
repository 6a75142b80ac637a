//! What the bus carries: a subject, an address for the answer, headers and a body it never looks into.
//!
//! Owns the header block of the wire (`NATS/1.0`, lines of `Name: value`, an empty line).
//! Invariants: a header name is visible ASCII without a colon; a value holds no line break, so that no value
//! can forge another header.
//! Absent on purpose: folding of long lines, which no client writes. Source: NATS ADR-4, "Message headers".

use bytes::Bytes;

use crate::subject::Subject;

/// The first line of every header block.
pub const HEADER_VERSION: &[u8] = b"NATS/1.0";

/// One message on the bus. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where it goes.
    pub subject: Subject,
    /// Where an answer is awaited, if one is.
    pub reply: Option<Subject>,
    /// Names and values beside the body: schema id, `traceparent`, `Nats-Msg-Id`, …
    pub headers: Headers,
    /// The body, opaque to the bus.
    pub body: Bytes,
}

impl Envelope {
    /// An envelope without headers that awaits no answer.
    #[must_use]
    pub fn new(subject: Subject, body: impl Into<Bytes>) -> Self {
        Self { subject, reply: None, headers: Headers::new(), body: body.into() }
    }

    /// The same with one more header.
    ///
    /// # Errors
    /// As [`Headers::append`].
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self, HeaderError> {
        self.headers.append(name, value)?;
        Ok(self)
    }

    /// The same, with the answer awaited at `reply`.
    #[must_use]
    pub fn with_reply(mut self, reply: Subject) -> Self {
        self.reply = Some(reply);
        self
    }
}

/// Why a header was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Empty, or something other than visible ASCII without a colon.
    #[error("`{name}` is not a header name; visible ASCII without a colon is")]
    Name {
        /// The offending name, escaped.
        name: String,
    },
    /// A line break, which would start another header.
    #[error("the value of header `{name}` holds a line break")]
    Value {
        /// The header's name.
        name: String,
    },
    /// A header block that does not begin with `NATS/1.0`, or a line in it without a colon.
    #[error("the header block is malformed")]
    Block,
}

/// Headers. A name may occur more than once and is compared as written; the order of the values of one name
/// survives every back, the order of different names only some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    entries: Vec<(String, String)>,
}

impl Headers {
    /// No headers.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a header behind those that are there.
    ///
    /// # Errors
    /// [`HeaderError::Name`] or [`HeaderError::Value`].
    pub fn append(&mut self, name: &str, value: &str) -> Result<(), HeaderError> {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic() && b != b':') {
            return Err(HeaderError::Name { name: name.escape_debug().to_string() });
        }
        if value.contains(['\r', '\n']) {
            return Err(HeaderError::Value { name: name.to_owned() });
        }
        // The reader trims, so the writer does too: what was sent is what arrives.
        self.entries.push((name.to_owned(), value.trim().to_owned()));
        Ok(())
    }

    /// The first value under this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.entries.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All headers in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The header block as it goes over the wire.
    #[must_use]
    pub fn to_block(&self) -> Vec<u8> {
        let mut block = [HEADER_VERSION, b"\r\n"].concat();
        for (name, value) in &self.entries {
            block.extend_from_slice(name.as_bytes());
            block.extend_from_slice(b": ");
            block.extend_from_slice(value.as_bytes());
            block.extend_from_slice(b"\r\n");
        }
        block.extend_from_slice(b"\r\n");
        block
    }

    /// Reads a header block. The status that may follow the version (`NATS/1.0 503`) is left to the caller.
    ///
    /// # Errors
    /// [`HeaderError::Block`] when it is not one.
    pub fn from_block(block: &[u8]) -> Result<Self, HeaderError> {
        let text = core::str::from_utf8(block).map_err(|_| HeaderError::Block)?;
        let mut lines = text.split("\r\n");
        if !lines.next().is_some_and(|line| line.as_bytes().starts_with(HEADER_VERSION)) {
            return Err(HeaderError::Block);
        }
        let mut headers = Self::new();
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(HeaderError::Block)?;
            headers.append(name, value).map_err(|_| HeaderError::Block)?;
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_block_reads_back_in_order() {
        let mut headers = Headers::new();
        headers.append("Oikos-Schema", "command/1").unwrap();
        headers.append("traceparent", "  00-ab-cd-01 ").unwrap();
        headers.append("Oikos-Schema", "").unwrap();
        let block = headers.to_block();
        assert_eq!(block, b"NATS/1.0\r\nOikos-Schema: command/1\r\ntraceparent: 00-ab-cd-01\r\nOikos-Schema: \r\n\r\n");
        assert_eq!(Headers::from_block(&block).unwrap(), headers);
        assert_eq!(headers.get("Oikos-Schema"), Some("command/1"));
    }

    #[test]
    fn a_value_cannot_forge_another_header() {
        let mut headers = Headers::new();
        assert_eq!(headers.append("a", "x\r\nb: y"), Err(HeaderError::Value { name: "a".into() }));
        for name in ["", "a:b", "a b", "é", "a\n"] {
            assert!(matches!(headers.append(name, "x"), Err(HeaderError::Name { .. })), "{name:?}");
        }
        assert!(headers.is_empty());
    }

    #[test]
    fn a_status_line_is_a_block_and_garbage_is_not() {
        let refused = Headers::from_block(b"NATS/1.0 503\r\nNats-Subject: a\r\n\r\n").unwrap();
        assert_eq!(refused.get("Nats-Subject"), Some("a"));
        for bad in [&b"abcde"[..], b"", b"NATS/1.0\r\nno colon\r\n\r\n", b"NATS/1.0\r\n\xff: x\r\n\r\n"] {
            assert_eq!(Headers::from_block(bad), Err(HeaderError::Block));
        }
    }
}
