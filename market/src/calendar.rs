//! Working time: how long a span lasts for somebody who does not work around the clock.
//!
//! Invariant: the end of a working span is never before the end of the same span of plain time.
//! Absent on purpose: daylight saving and holidays. Integer arithmetic on UTC, the same on every machine.

use oikos_protocol::command::participant::WorkingWeek;
use oikos_protocol::time::{Span, Timestamp};

const MINUTE: u64 = 60_000_000_000;
const DAY: u64 = 1_440 * MINUTE;
/// 1970-01-01 was a Thursday, the fourth day of a week that starts on Monday.
const EPOCH_WEEKDAY: u64 = 3;

/// A working day, as LIFECYCLE row 17 grants it to a human reviewer: eight hours.
pub(crate) const WORKING_DAY: Span = Span::hours(8);

/// The week of a human who declared none: Monday to Friday, 9 to 17, UTC.
pub(crate) const USUAL_WEEK: WorkingWeek =
    WorkingWeek { days: 0b001_1111, from_minute: 540, to_minute: 1_020, utc_offset_minutes: 0 };

/// Whether a week can be worked in.
pub(crate) fn is_valid(week: &WorkingWeek) -> bool {
    (1..0x80).contains(&week.days)
        && week.from_minute < week.to_minute
        && week.to_minute <= 1_440
        && week.utc_offset_minutes.unsigned_abs() <= 840
}

/// The moment at which `span` of working time has passed since `start`.
/// `epoch_unix_ns` is the civil time of economy time zero. Never, where that lies beyond the calendar.
pub(crate) fn after(week: &WorkingWeek, epoch_unix_ns: u64, start: Timestamp, span: Span) -> Timestamp {
    let day_length = u64::from(week.to_minute - week.from_minute) * MINUTE;
    let (from, to) = (u64::from(week.from_minute) * MINUTE, u64::from(week.to_minute) * MINUTE);
    // 128 bits hold every civil time there is, and its way back to economy time.
    let shift = i128::from(epoch_unix_ns) + i128::from(week.utc_offset_minutes) * i128::from(MINUTE);
    let local = (i128::from(start.0) + shift).max(0) as u128;
    let (mut day, mut moment) = ((local / u128::from(DAY)) as u64, (local % u128::from(DAY)) as u64);
    let mut left = span.0;
    // Whole weeks at once, so that the loop below runs at most eight times.
    let week_length = day_length.saturating_mul(u64::from(week.days.count_ones()));
    day = day.saturating_add((left / week_length).saturating_mul(7));
    left %= week_length;
    for _ in 0..=7 {
        let works = week.days >> ((day + EPOCH_WEEKDAY) % 7) & 1 == 1;
        if works && moment < to {
            let begin = moment.max(from);
            if left <= to - begin {
                let end = i128::from(day) * i128::from(DAY) + i128::from(begin + left) - shift;
                return Timestamp(u64::try_from(end).unwrap_or(u64::MAX)).max(start.after(span));
            }
            left -= to - begin;
        }
        (day, moment) = (day.saturating_add(1), 0);
    }
    Timestamp::NEVER
}

/// The longest that `span` of working time can take, whenever it starts.
pub(crate) fn longest(week: &WorkingWeek, span: Span) -> Span {
    // The worst moments to start are the ends of the working days, in whatever zone.
    let week = WorkingWeek { utc_offset_minutes: 0, ..*week };
    let evenings = (0..7).map(|day| Timestamp(day * DAY + u64::from(week.to_minute) * MINUTE));
    evenings.map(|start| after(&week, 0, start, span).since(start)).max().unwrap_or(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 60 * MINUTE;
    /// Economy time zero is Thursday 1970-01-01, midnight UTC.
    const THURSDAY_NINE: Timestamp = Timestamp(9 * HOUR);

    #[test]
    fn eight_hours_from_the_morning_end_the_same_evening() {
        assert_eq!(after(&USUAL_WEEK, 0, THURSDAY_NINE, WORKING_DAY), Timestamp(17 * HOUR));
    }

    #[test]
    fn a_span_that_meets_the_weekend_goes_on_after_it() {
        let friday_four = Timestamp(DAY + 16 * HOUR);
        assert_eq!(after(&USUAL_WEEK, 0, friday_four, WORKING_DAY), Timestamp(4 * DAY + 16 * HOUR));
    }

    #[test]
    fn many_weeks_pass_in_one_step() {
        let year = Span(52 * 5 * 8 * HOUR);
        assert_eq!(after(&USUAL_WEEK, 0, THURSDAY_NINE, year), Timestamp(52 * 7 * DAY + 9 * HOUR));
        assert_eq!(after(&USUAL_WEEK, 0, THURSDAY_NINE, Span(u64::MAX)), Timestamp::NEVER);
    }

    #[test]
    fn a_working_day_lasts_no_longer_than_from_friday_evening_to_monday_evening() {
        assert_eq!(longest(&USUAL_WEEK, WORKING_DAY), Span::hours(72));
        for hour in 0..168 {
            let start = Timestamp(hour * HOUR);
            assert!(after(&USUAL_WEEK, 0, start, WORKING_DAY).since(start) <= Span::hours(72), "{hour}");
        }
        let around_the_clock = WorkingWeek { days: 0x7f, from_minute: 0, to_minute: 1_440, utc_offset_minutes: 60 };
        assert_eq!(longest(&around_the_clock, WORKING_DAY), WORKING_DAY);
    }

    #[test]
    fn the_offset_moves_the_day() {
        let beijing = WorkingWeek { utc_offset_minutes: 480, ..USUAL_WEEK };
        assert_eq!(after(&beijing, 0, Timestamp(HOUR), Span::hours(1)), Timestamp(2 * HOUR));
    }

    #[test]
    fn a_week_without_days_or_hours_is_not_valid() {
        assert!(is_valid(&USUAL_WEEK));
        for bad in [
            WorkingWeek { days: 0, ..USUAL_WEEK },
            WorkingWeek { days: 0x80, ..USUAL_WEEK },
            WorkingWeek { from_minute: 1_020, ..USUAL_WEEK },
            WorkingWeek { to_minute: 1_441, ..USUAL_WEEK },
            WorkingWeek { utc_offset_minutes: i16::MIN, ..USUAL_WEEK },
        ] {
            assert!(!is_valid(&bad), "{bad:?}");
        }
    }
}
