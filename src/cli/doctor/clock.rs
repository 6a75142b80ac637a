//! The clock: whether it runs, whether it jumps, and whether the file system agrees with it.

use super::{Finding, nearest};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const CHECK: &str = "clock";
/// How long it is watched.
const WATCHED: Duration = Duration::from_millis(60);
/// More than this between the two clocks within that time is a jump.
const JUMP: Duration = Duration::from_millis(5);
/// More than this between the clock and that of the file system is another machine's clock.
const SKEW: Duration = Duration::from_secs(5);
/// 2026-01-01: before that this program was not there.
const BUILT_UNIX_S: u64 = 1_767_225_600;

/// Watches the clock for a moment, against the one that only runs forwards and against that of the file system.
pub fn look(folder: &Path) -> Vec<Finding> {
    let (steady, civil) = (Instant::now(), SystemTime::now());
    std::thread::sleep(WATCHED);
    let (steady, civil_ran) = (steady.elapsed(), civil.elapsed());
    let since_1970 = civil.duration_since(UNIX_EPOCH).unwrap_or_default();
    let set_it = "set it, and let ntp or chrony keep it";
    let own = match civil_ran {
        Err(back) => {
            let seen = format!("went back by {} ms while it was watched", back.duration().as_millis());
            Finding::bad(CHECK, seen, set_it)
        }
        Ok(_) if since_1970.as_secs() < BUILT_UNIX_S => {
            Finding::bad(CHECK, "stands before this program was made", set_it)
        }
        Ok(ran) if ran.abs_diff(steady) > JUMP => {
            let seen = format!("jumped by {} ms while it was watched", ran.abs_diff(steady).as_millis());
            Finding::warn(CHECK, seen, "something steps it; let chrony slew it instead")
        }
        Ok(ran) => {
            let apart = ran.abs_diff(steady).as_micros();
            Finding::ok(CHECK, format!("runs, {apart} us from the steady one in {} ms", WATCHED.as_millis()))
        }
    };
    std::iter::once(own).chain(skew(folder)).collect()
}

/// What the file system writes as the time of a new file; another machine's where the disk is one's.
fn skew(folder: &Path) -> Option<Finding> {
    const CHECK: &str = "clock skew";
    let path = nearest(folder).join(format!(".oikos-doctor-clock-{}", std::process::id()));
    std::fs::write(&path, b"").ok()?;
    let written = std::fs::metadata(&path).and_then(|found| found.modified());
    let _ = std::fs::remove_file(&path); // Made a moment ago by us.
    let now = SystemTime::now();
    let apart = written.ok().map(|at| now.duration_since(at).unwrap_or_else(|ahead| ahead.duration()))?;
    let seen = format!("{} ms from the file system's", apart.as_millis());
    Some(if apart > SKEW {
        Finding::warn(CHECK, seen, "the disk is another machine's; let both keep time with ntp or chrony")
    } else {
        Finding::ok(CHECK, seen)
    })
}
