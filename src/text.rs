//! Text of others on its way to a person: one line, and nothing in it that steers a terminal.
//!
//! Invariants: no control character (C0, DEL, C1), no override of direction, nothing that is not seen at all leaves
//! here; a column has the width it says, whatever is written in it. This is the only door.

use oikos_protocol::command::scoring::Promise;
use oikos_protocol::money::{Scale, Share};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Marks upon one letter; more of them would climb over the lines above.
const MARKS_MAX: usize = 2;

/// A text of a stranger's, on one line, with everything that steers a terminal escaped.
#[must_use]
pub fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        if steers(c) {
            safe.extend(c.escape_unicode());
            marks = 0;
        } else if c.width() == Some(0) {
            marks += 1;
            if marks <= MARKS_MAX {
                safe.push(c);
            }
        } else {
            safe.push(c);
            marks = 0;
        }
    }
    safe
}

/// Control characters (C0, DEL, C1), overrides of direction, and what is not seen at all.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '\u{61c}' | '\u{e0000}'..='\u{e007f}')
}

/// So many of something that is named in the singular: `1 bid`, `2 bids`, `3 entries`.
#[must_use]
pub fn count(n: impl std::fmt::Display, one: &str) -> String {
    let n = n.to_string();
    match one.strip_suffix('y') {
        _ if n == "1" => format!("1 {one}"),
        Some(stem) => format!("{n} {stem}ies"),
        None => format!("{n} {one}s"),
    }
}

/// A share of a whole in percent, such as `12.5%`.
#[must_use]
pub fn percent(share: Share) -> String {
    let (whole, rest) = (share.millionths() / 10_000, share.millionths() % 10_000);
    let digits = format!("{whole}.{rest:04}");
    format!("{}%", digits.trim_end_matches('0').trim_end_matches('.'))
}

/// Reads a share as people write it: `0.9` or `90%`.
///
/// # Errors
/// What is expected.
pub fn share(text: &str) -> Result<Share, String> {
    let wrong = || "expected a share of the whole, such as 0.9 or 90%, to a millionth".to_owned();
    let (number, decimals) = text.strip_suffix('%').map_or((text, 6), |percent| (percent, 4));
    let scale = Scale::new(decimals).ok_or_else(wrong)?;
    let millionths = scale.parse(number).map_err(|_| wrong())?;
    u32::try_from(millionths.0).ok().and_then(Share::from_millionths).ok_or_else(wrong)
}

/// What counts of a bid besides its price.
#[must_use]
pub fn promises(promise: &Promise, reputation: Share) -> String {
    let quality = promise.quality.map(|quality| format!("quality {}", percent(quality)));
    let time = promise.time.map(|time| format!("{} of the time", percent(time)));
    let said: Vec<_> = [quality, time].into_iter().flatten().collect();
    let said = if said.is_empty() { "nothing".to_owned() } else { said.join(" and ") };
    format!("{said}, with a reputation of {}", percent(reputation))
}

/// How many columns of a terminal a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text in at most so many columns, its end replaced by `…` where it is longer.
#[must_use]
pub fn clip(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut clipped = String::new();
    let mut taken = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide + 1 > columns {
            break;
        }
        taken += wide;
        clipped.push(c);
    }
    if columns > 0 {
        clipped.push('…');
    }
    clipped
}

/// A text in exactly so many columns: cut, or filled up with spaces behind it; before it where it is a number.
#[must_use]
pub fn column(text: &str, columns: usize, is_number: bool) -> String {
    let text = clip(text, columns);
    let room = " ".repeat(columns.saturating_sub(text.width()));
    if is_number { format!("{room}{text}") } else { format!("{text}{room}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_strangers_steers_the_terminal() {
        assert_eq!(safe("a\u{1b}[2Jb\u{9b}31m\u{202e}c\n"), r"a\u{1b}[2Jb\u{9b}31m\u{202e}c\u{a}");
        assert_eq!(safe("naïve – 日本"), "naïve – 日本");
        assert_eq!(safe(&format!("z{}", "\u{301}".repeat(50))), "z\u{301}\u{301}");
    }

    #[test]
    fn one_is_one_and_many_are_many() {
        let counted = [count(0, "task"), count(1, "task"), count(2_u64, "entry"), count(1, "entry")];
        assert_eq!(counted, ["0 tasks", "1 task", "2 entries", "1 entry"]);
    }

    #[test]
    fn a_column_has_its_width_whatever_is_in_it() {
        for text in
            ["", "abc", "abcdefghijklmnop", "家家家家家家家", "a家b家c家d", "e\u{301}e\u{301}e\u{301}", "🦀🦀🦀🦀🦀🦀"]
        {
            for columns in 0..12 {
                assert_eq!(width(&column(text, columns, false)), columns, "{text} {columns}");
                assert_eq!(width(&column(text, columns, true)), columns, "{text} {columns}");
            }
        }
        assert_eq!(clip("家家家", 5), "家家…");
        assert_eq!(clip("家家家", 4), "家…");
    }

    #[test]
    fn a_share_is_a_part_of_one_or_of_a_hundred_and_is_read_as_it_is_shown() {
        for (text, millionths, shown) in
            [("0.9", 900_000, "90%"), ("12.5%", 125_000, "12.5%"), ("1", 1_000_000, "100%")]
        {
            let read = share(text).unwrap();
            assert_eq!((read.millionths(), percent(read).as_str()), (millionths, shown));
            assert_eq!(share(&percent(read)), Ok(read));
        }
        for bad in ["", "1.1", "101%", "-0.1", "0.0000001", "half"] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }
}
