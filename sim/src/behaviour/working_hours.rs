//! Working hours: a person answers when it is at work. How deadlines count for people is the market's own rule.

use oikos_protocol::command::participant::WorkingWeek;
use oikos_protocol::time::Timestamp;

const MINUTE: i128 = 60_000_000_000;
const DAY: i128 = 1_440 * MINUTE;
/// 1970-01-01 was a Thursday, the fourth day of a week that starts on Monday.
const EPOCH_WEEKDAY: i128 = 3;

/// The first moment from `at` on at which somebody with this week is at work.
/// `epoch_unix_ns` is the civil time of economy time zero.
#[must_use]
pub fn next_at_work(week: &WorkingWeek, epoch_unix_ns: u64, at: Timestamp) -> Timestamp {
    let shift = i128::from(epoch_unix_ns) + i128::from(week.utc_offset_minutes) * MINUTE;
    let local = i128::from(at.0) + shift;
    let today = local.div_euclid(DAY);
    for day in today..=today + 7 {
        let (from, to) =
            (day * DAY + i128::from(week.from_minute) * MINUTE, day * DAY + i128::from(week.to_minute) * MINUTE);
        let works = week.days >> (day + EPOCH_WEEKDAY).rem_euclid(7) & 1 == 1;
        if works && local < to {
            return Timestamp(u64::try_from(local.max(from) - shift).unwrap_or(u64::MAX));
        }
    }
    Timestamp::NEVER // A week without a working day, which no scenario has.
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;
    const WEEK: WorkingWeek =
        WorkingWeek { days: 0b001_1111, from_minute: 540, to_minute: 1_020, utc_offset_minutes: 60 };

    #[test]
    fn nights_and_weekends_pass_before_an_answer() {
        let epoch = crate::engine::clock::EPOCH_UNIX_NS; // A Monday at midnight, UTC.
        let at = |hours: u64| next_at_work(&WEEK, epoch, Timestamp(hours * HOUR)).0 / HOUR;
        assert_eq!(at(0), 8, "nine in the morning an hour east of UTC");
        assert_eq!(at(10), 10, "at work");
        assert_eq!(at(16), 24 + 8, "five in the evening is over");
        assert_eq!(at(4 * 24 + 20), 7 * 24 + 8, "Friday night waits for Monday");
    }
}
