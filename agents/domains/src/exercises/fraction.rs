//! A fraction as a pupil writes it.

/// Digits of a numerator or denominator that are looked at.
const DIGITS_MAX: usize = 15;

/// Numerator and denominator, as written; the denominator above zero. None where it is no fraction.
pub(super) fn read(text: &str) -> Option<(i128, i128)> {
    let text = text.trim();
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    let natural = |text: &str| {
        let good = (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        good.then(|| text.parse::<i128>().ok()).flatten()
    };
    let numerator = match numerator.strip_prefix('-') {
        Some(digits) => -natural(digits)?,
        None => natural(numerator)?,
    };
    Some((numerator, natural(denominator).filter(|below| *below > 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_fractions_are_read_and_nothing_else() {
        assert_eq!([read("-3/4"), read(" 7 "), read("06/8")], [Some((-3, 4)), Some((7, 1)), Some((6, 8))]);
        for bad in ["", "1/0", "1/-2", "--1", "0.5", "1/2/3", "x", "٣", "1 /2", "9999999999999999"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
