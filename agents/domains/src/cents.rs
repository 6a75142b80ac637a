//! Money on paper: an amount with two decimals, as a whole number of cents.

/// `12.34` as 1234; none where it is not written with exactly two decimals.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.')?;
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if part.len() != 2 || whole.len() > 12 || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let cents = whole.parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()?;
    Some(if negative { -cents } else { cents })
}

/// 1234 as `12.34`.
#[must_use]
pub fn show(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_and_nothing_else() {
        for cents in [0, 1, -1, 99, 100, -123_456] {
            assert_eq!(parse(&show(cents)), Some(cents));
        }
        for bad in ["", "1", "1.2", "1.234", "1,23", "+1.00", "x.00", "1.-1", "--1.00", "9999999999999.00"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
