//! The disk: how much room there is, what kind of file system it is, and how long it takes to make something safe.

use super::{Finding, nearest};
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// Less room than this is bad: one segment of a journal and a snapshot.
const ROOM_BAD: u64 = 256 << 20;
/// Less room than this somebody should know of.
const ROOM_WARN: u64 = 2 << 30;
const ROUNDS: usize = 9;

/// Looks at the disk under a folder, which need not be there yet.
pub fn look(folder: &Path) -> Vec<Finding> {
    let there = nearest(folder);
    vec![room(&there), kind(&there), sync(&there)]
}

fn room(there: &Path) -> Finding {
    const CHECK: &str = "disk space";
    match rustix::fs::statvfs(there) {
        Err(error) => Finding::bad(CHECK, format!("{}: {error}", there.display()), "is the path right and readable?"),
        Ok(found) => {
            let (free, whole) = (found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize);
            let seen = format!("{} free of {} under {}", size(free), size(whole), there.display());
            let way_out = "make room, or choose another disk with `oikos up --data FOLDER`";
            match free {
                free if free < ROOM_BAD => Finding::bad(CHECK, seen, way_out),
                free if free < ROOM_WARN => Finding::warn(CHECK, seen, way_out),
                _ => Finding::ok(CHECK, seen),
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn kind(there: &Path) -> Finding {
    const CHECK: &str = "file system";
    let magic = match rustix::fs::statfs(there) {
        Ok(found) => found.f_type as u64 & 0xffff_ffff,
        Err(error) => return Finding::warn(CHECK, error.to_string(), "is the path right and readable?"),
    };
    let elsewhere = "choose a local disk with `oikos up --data FOLDER`";
    match magic {
        0xef53 => Finding::ok(CHECK, "ext4"),
        0x5846_5342 => Finding::ok(CHECK, "xfs"),
        0x9123_683e => Finding::ok(CHECK, "btrfs"),
        0x2fc1_2fc1 => Finding::ok(CHECK, "zfs"),
        0xf2f5_2010 => Finding::ok(CHECK, "f2fs"),
        0x0102_1994 | 0x8584_58f6 => Finding::warn(CHECK, "tmpfs: kept in memory, gone with the power", elsewhere),
        0x794c_7630 => Finding::warn(
            CHECK,
            "overlay: the layer of a container, gone with the container",
            "mount a volume and put the folder there",
        ),
        0x6969 => Finding::warn(CHECK, "nfs: locks and syncs depend on the server", elsewhere),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => Finding::warn(CHECK, "smb: syncs depend on the server", elsewhere),
        0x6573_5546 => Finding::warn(CHECK, "fuse: syncs depend on the program behind it", elsewhere),
        0x0102_1997 => Finding::warn(CHECK, "9p: syncs depend on the host", elsewhere),
        other => Finding::ok(CHECK, format!("kind {other:#x}, unknown to this doctor")),
    }
}

#[cfg(not(target_os = "linux"))]
fn kind(there: &Path) -> Finding {
    Finding::ok("file system", format!("{}; its kind is told on Linux alone", there.display()))
}

fn sync(there: &Path) -> Finding {
    const CHECK: &str = "fdatasync";
    match probe(there) {
        Err(error) => {
            let way_out = format!("let this user write to {}", there.display());
            Finding::bad(CHECK, format!("a file cannot be written and synced: {error}"), way_out)
        }
        Ok((median, worst)) => {
            let seen = format!("{} in the middle of {ROUNDS}, {} at worst", milliseconds(median), milliseconds(worst));
            if median > Duration::from_millis(100) {
                let way_out = "every command waits for this; a faster disk is the only way out";
                Finding::warn(CHECK, seen, way_out)
            } else if median < Duration::from_micros(5) {
                let way_out = "no disk is that fast: something acknowledges before it is safe (memory, a cache)";
                Finding::warn(CHECK, seen, way_out)
            } else {
                Finding::ok(CHECK, seen)
            }
        }
    }
}

/// The median and the worst time of a few 4 KiB writes, each made safe.
fn probe(there: &Path) -> io::Result<(Duration, Duration)> {
    let path = there.join(format!(".oikos-doctor-{}", std::process::id()));
    let measured = measure(&path);
    let removed = std::fs::remove_file(&path);
    let mut times = measured?;
    removed?;
    times.sort_unstable();
    Ok((times[ROUNDS / 2], times[ROUNDS - 1]))
}

fn measure(path: &Path) -> io::Result<[Duration; ROUNDS]> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(&[0; 4096])?;
    file.sync_all()?;
    let mut times = [Duration::ZERO; ROUNDS];
    for (round, time) in (0u8..).zip(&mut times) {
        let begun = Instant::now();
        file.rewind()?;
        file.write_all(&[round; 4096])?;
        file.sync_data()?;
        *time = begun.elapsed();
    }
    Ok(times)
}

fn milliseconds(time: Duration) -> String {
    format!("{}.{:03} ms", time.as_micros() / 1_000, time.as_micros() % 1_000)
}

/// Bytes as people say them.
pub fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        b if b >= 1 << 30 => (1u64 << 30, "GiB"),
        b if b >= 1 << 20 => (1 << 20, "MiB"),
        b if b >= 1 << 10 => (1 << 10, "KiB"),
        _ => return format!("{bytes} B"),
    };
    format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::State;

    #[test]
    fn a_folder_that_can_be_written_syncs_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let findings = look(&folder.path().join("not/there/yet"));
        assert_ne!(findings[2].state, State::Bad, "{findings:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!((size(12), size(1_536), size(5 << 30)), ("12 B".into(), "1.5 KiB".into(), "5.0 GiB".into()));
    }
}
