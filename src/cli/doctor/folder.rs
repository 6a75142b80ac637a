//! The folder of an economy: who holds it, whether its journal is whole, and how old what is derived from it is.

use super::Finding;
use super::disk::size;
use oikos::text::count;
use oikos_journal::{Verdict, check};
use std::fs::{File, TryLockError};
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// A journal of more bytes than this is not read whole here.
const READ_MAX: u64 = 1 << 30;
/// A derived index may be so much older than the journal.
const BEHIND: Duration = Duration::from_secs(120);
/// Where what is derived from the journal is kept: snapshots in it, indexes beside it.
const DERIVED: [&str; 3] = ["index", "history", "views"];

/// Looks at it.
pub fn look(folder: &Path) -> Vec<Finding> {
    let journal = folder.join("journal");
    if !journal.is_dir() {
        let seen = format!("no economy in {} yet", folder.display());
        return vec![Finding::ok("folder", seen)];
    }
    let mut findings = vec![lock(folder), journal_state(&journal)];
    findings.extend(DERIVED.iter().filter_map(|name| index(&journal, &folder.join(name))));
    findings
}

fn lock(folder: &Path) -> Finding {
    const CHECK: &str = "lock";
    let Ok(mut file) = File::open(folder.join("lock")) else { return Finding::ok(CHECK, "nobody was here") };
    match file.try_lock_shared() {
        Ok(()) => Finding::ok(CHECK, "free"),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.read_to_string(&mut text); // Only to name it.
            let pid: String = text.trim().chars().filter(char::is_ascii_digit).collect();
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            let seen = format!("held by process {pid} ({}); a node runs here", name.trim());
            Finding::ok(CHECK, seen)
        }
        Err(TryLockError::Error(error)) => {
            Finding::warn(CHECK, error.to_string(), "does this file system know locks? choose a local disk")
        }
    }
}

fn journal_state(journal: &Path) -> Finding {
    const CHECK: &str = "journal";
    let bytes: u64 = std::fs::read_dir(journal)
        .map(|entries| entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|found| found.len()).sum())
        .unwrap_or_default();
    let by_hand = format!("oikos journal check {}", journal.display());
    if bytes > READ_MAX {
        return Finding::warn(CHECK, format!("{}, too much to read here", size(bytes)), by_hand);
    }
    match check(journal) {
        Err(error) => Finding::bad(CHECK, error.to_string(), "is it readable by this user?"),
        Ok(report) => {
            let (records, snapshots) = (count(report.end.sequence, "record"), count(report.snapshots, "snapshot"));
            let whole = format!("{records} in {}, {snapshots}", size(bytes));
            match &report.verdict {
                Verdict::Nothing => Finding::ok(CHECK, "empty"),
                Verdict::Clean => Finding::ok(CHECK, format!("closed and whole: {whole}")),
                Verdict::Open => Finding::ok(CHECK, format!("open and whole: {whole}")),
                Verdict::TornTail(place) => Finding::warn(
                    CHECK,
                    format!("the last write did not finish ({place}); {whole} before it"),
                    "the next `oikos up` cuts it off; nothing that was answered is lost",
                ),
                Verdict::Damaged(damage) => Finding::bad(
                    CHECK,
                    format!("damaged at {}: {}", damage.place, damage.what),
                    format!("keep a copy of the folder, restore a backup, and see `{by_hand}`"),
                ),
            }
        }
    }
}

/// How far an index lags behind the journal; nothing where there is none.
fn index(journal: &Path, index: &Path) -> Option<Finding> {
    if !index.is_dir() {
        return None;
    }
    let behind = newest(journal)?.duration_since(newest(index)?).unwrap_or_default();
    let seen = format!("{} written {} s before the journal", index.display(), behind.as_secs());
    Some(if behind > BEHIND {
        let way_out = "the next `oikos up` brings it up to date; it can be deleted and is made again";
        Finding::warn("index", seen, way_out)
    } else {
        Finding::ok("index", seen)
    })
}

fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::State;
    use oikos::node::lock::FolderLock;

    #[test]
    fn a_lock_that_is_held_names_its_holder_and_looking_does_not_take_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(lock(folder.path()).seen, "nobody was here");
        let held = FolderLock::take(folder.path()).unwrap();
        let found = lock(folder.path());
        assert!(found.seen.contains(&std::process::id().to_string()), "{found:?}");
        drop(held);
        assert_eq!(lock(folder.path()).seen, "free");
        assert!(FolderLock::take(folder.path()).is_ok());
    }

    #[test]
    fn an_index_that_was_left_behind_is_told_with_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let [journal, history] = ["journal", "history"].map(|name| folder.path().join(name));
        assert!(index(&journal, &history).is_none());
        for place in [&journal, &history] {
            std::fs::create_dir(place).unwrap();
            std::fs::write(place.join("file"), "").unwrap();
        }
        assert!(matches!(index(&journal, &history).unwrap().state, State::Ok));
        let old = SystemTime::now() - BEHIND - Duration::from_secs(65);
        File::options().write(true).open(history.join("file")).unwrap().set_modified(old).unwrap();
        let found = index(&journal, &history).unwrap();
        assert!(matches!(found.state, State::Warn), "{found:?}");
        assert!(found.seen.contains("18") && found.seen.contains(" s before the journal"), "{found:?}");
    }

    #[test]
    fn a_damaged_journal_is_bad() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        std::fs::create_dir(&journal).unwrap();
        std::fs::write(journal.join("00000000000000000001.seg"), vec![7; 8192]).unwrap();
        let found = look(folder.path());
        assert!(found.iter().any(|finding| finding.check == "journal"), "{found:?}");
        assert_ne!(found[1].state, State::Warn);
    }
}
