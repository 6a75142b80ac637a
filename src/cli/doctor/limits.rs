//! What the system allows this process.

use super::Finding;
use rustix::process::{Resource, getrlimit};

/// Files that a node needs for itself; each connection takes one more.
const OWN: u64 = 64;

/// How many files may be open at once.
pub fn open_files() -> Finding {
    const CHECK: &str = "open files";
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.map_or_else(|| "any number".to_owned(), |most| most.to_string());
    let Some(now) = limit.current else { return Finding::ok(CHECK, "without limit") };
    let seen = format!("{now} at once, {most} at most: some {} connections", now.saturating_sub(OWN));
    let way_out = "ulimit -n 65536, or LimitNOFILE=65536 in the unit";
    match now {
        now if now < 2 * OWN => Finding::bad(CHECK, seen, way_out),
        now if now < 1_024 => Finding::warn(CHECK, seen, way_out),
        _ => Finding::ok(CHECK, seen),
    }
}
