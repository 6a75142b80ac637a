//! The port: free, or taken by what.

use super::Finding;
use oikos::home::Current;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

const CHECK: &str = "port";
const PORT: u16 = 4222;
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks at the port a node would take.
pub fn look(asked: Option<u16>, current: Option<&Current>) -> Finding {
    let known = current.and_then(|current| current.url.rsplit(':').next()?.trim_end_matches('/').parse().ok());
    let port = asked.or(known).unwrap_or(PORT);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let error = match TcpListener::bind(address) {
        Ok(_) => return Finding::ok(CHECK, format!("{port} is free")),
        Err(error) => error,
    };
    let another = format!("oikos up --port {}, or --port 0 for a free one", port.saturating_add(1));
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            let by = holder(port).map_or_else(String::new, |by| format!(" by {by}"));
            match greeting(address) {
                Some(name) if name == "oikos" => {
                    Finding::ok(CHECK, format!("{port} is taken{by}: an Oikos node answers there"))
                }
                Some(name) => {
                    let seen = format!("{port} is taken{by}: a NATS server named `{name}` answers there");
                    Finding::warn(CHECK, seen, format!("{another}; or use that server with `oikos up --nats URL`"))
                }
                None => Finding::warn(CHECK, format!("{port} is taken{by}, and it speaks no NATS"), another),
            }
        }
        std::io::ErrorKind::PermissionDenied => Finding::bad(CHECK, format!("{port}: {error}"), another),
        _ => Finding::warn(CHECK, format!("{port}: {error}"), another),
    }
}

/// The name in the first line that a NATS server says.
fn greeting(address: SocketAddr) -> Option<String> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut line = String::new();
    let mut first = BufReader::new(std::io::Read::take(stream, 4_096));
    first.read_line(&mut line).ok()?;
    let info: serde_json::Value = serde_json::from_str(line.strip_prefix("INFO ")?.trim()).ok()?;
    Some(info["server_name"].as_str().unwrap_or("unnamed").to_owned())
}

/// The process that listens on a port, as Linux tells it of this user's processes.
fn holder(port: u16) -> Option<String> {
    let listens = |line: &str| {
        let mut cells = line.split_whitespace();
        let (local, state) = (cells.nth(1)?, cells.nth(1)?);
        let found = u16::from_str_radix(local.rsplit(':').next()?, 16).ok()?;
        (found == port && state == "0A").then(|| cells.nth(5).map(str::to_owned))?
    };
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| std::fs::read_to_string(table).unwrap_or_default());
    let inode = tables.iter().flat_map(|table| table.lines().skip(1)).find_map(listens)?;
    let wanted = format!("socket:[{inode}]");
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let holds = |process: &std::path::Path| {
        let files = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|to| to.to_str() == Some(&wanted))
    };
    // By number: `self` and `thread-self` stand there too.
    let is_number =
        |path: &std::path::Path| path.file_name().is_some_and(|name| name.to_string_lossy().parse::<u32>().is_ok());
    let process = processes.map(|entry| entry.path()).find(|path| is_number(path) && holds(path))?;
    let name = std::fs::read_to_string(process.join("comm")).ok()?;
    Some(format!("process {} ({})", process.file_name()?.to_str()?, name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::State;

    #[test]
    fn a_port_that_is_taken_is_told_with_its_holder() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let found = look(Some(port), None);
        assert_eq!(found.state, State::Warn, "{found:?}");
        assert!(!cfg!(target_os = "linux") || found.seen.contains(&std::process::id().to_string()), "{found:?}");
        drop(taken);
        assert_eq!(look(Some(port), None).state, State::Ok);
    }
}
