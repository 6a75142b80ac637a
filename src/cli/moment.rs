//! `--at`: a moment as people write it, a sequence or a time.

use oikos_protocol::wire::query::Moment;
use oikos_protocol::wire::text::Nanos;

const EXPECTED: &str = "a moment is a sequence such as `41`, or a time in UTC such as `2026-11-25`, `2026-11-25T09:30` or `2026-11-25T09:30:05Z`";

/// A sequence, or a time in UTC. A day stands for its first moment.
///
/// # Errors
/// What was expected.
pub fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(seq) = text.parse() {
        return Ok(Moment::Seq(seq));
    }
    time_ns(text).map(|ns| Moment::Time(Nanos(ns))).ok_or_else(|| EXPECTED.to_owned())
}

/// Nanoseconds since 1970 of `YYYY-MM-DD[THH:MM[:SS[.fraction]]][Z]`.
fn time_ns(text: &str) -> Option<u64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (day, clock) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let number = |text: &str, digits: usize| {
        (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse::<u64>().ok())?
    };
    let mut parts = day.split('-');
    let (year, month, day) = (number(parts.next()?, 4)?, number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let mut times = clock.split(':');
    let (hour, minute) = (number(times.next()?, 2)?, number(times.next()?, 2)?);
    let (second, fraction) = times.next().map_or(("00", ""), |second| second.split_once('.').unwrap_or((second, "")));
    let second = number(second, 2)?;
    if parts.next().is_some() || times.next().is_some() || fraction.len() > 9 {
        return None;
    }
    let fraction_ns = if fraction.is_empty() { 0 } else { number(&format!("{fraction:0<9}"), 9)? };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let length = *lengths.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if year < 1970 || day == 0 || day > length || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let years = (1970..year).map(|year| 365 + u64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)));
    let days = years.sum::<u64>() + lengths.iter().take(month as usize - 1).sum::<u64>() + day - 1;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction_ns)
}

/// Nanoseconds since 1970 as `2026-11-25T09:30:05.123Z`.
#[must_use]
pub fn show(ns: u64) -> String {
    let (seconds, millis) = (ns / 1_000_000_000, ns / 1_000_000 % 1_000);
    let (mut days, clock) = (seconds / 86_400, seconds % 86_400);
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_sequence_or_a_time_and_nothing_else() {
        assert_eq!(moment("41"), Ok(Moment::Seq(41)));
        // `date -u -d 2026-11-25T09:30:05Z +%s` says 1795599005.
        assert_eq!(moment("2026-11-25T09:30:05Z"), Ok(Moment::Time(Nanos(1_795_599_005_000_000_000))));
        assert_eq!(moment("2026-11-25T09:30:05.25"), Ok(Moment::Time(Nanos(1_795_599_005_250_000_000))));
        // `date -u -d 2000-02-29 +%s` says 951782400.
        assert_eq!(moment("2000-02-29"), Ok(Moment::Time(Nanos(951_782_400_000_000_000))));
        for wrong in ["", "-1", "yesterday", "2026-02-29", "2026-13-01", "2026-11-25T24:00", "2026-11-25T09:30:05+01"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
        for text in ["2026-11-25T09:30:05.250Z", "2000-02-29T23:59:59.000Z", "1970-01-01T00:00:00.001Z"] {
            let Ok(Moment::Time(ns)) = moment(text) else { panic!("{text}") };
            assert_eq!(show(ns.0), text);
        }
    }
}
