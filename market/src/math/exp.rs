//! The exponential and the natural logarithm in fixed point.
//!
//! Both reduce their argument to a short interval and add up a series until its terms vanish; the error is below
//! 2^−50 of the result (checked against values of the literature). Rounding of each step is towards zero.

use super::fixed::{Fixed, PLACES};

/// ln 2 · 2^60, rounded down (ln 2 = 0.693147180559945309417232…).
const LN_2: i128 = 799_144_290_325_165_979;

/// e to the power of `x`; `None` where the result does not fit (x above about 46).
#[must_use]
pub fn exp(x: Fixed) -> Option<Fixed> {
    let halvings = x.raw().div_euclid(LN_2);
    let rest = Fixed::from_raw(x.raw().rem_euclid(LN_2));
    let (mut sum, mut term) = (Fixed::ONE, Fixed::ONE);
    for n in 1..40 {
        term = term.times(rest)?.over(Fixed::from_whole(n))?;
        if term == Fixed::ZERO {
            break;
        }
        sum = sum.plus(term)?;
    }
    let raw = sum.raw(); // Between 1 and 2: 61 bits.
    if halvings >= 0 {
        let shift = u32::try_from(halvings).ok().filter(|&shift| shift < 126 - PLACES)?;
        Some(Fixed::from_raw(raw << shift))
    } else {
        let shift = u32::try_from(-halvings).unwrap_or(u32::MAX).min(126);
        Some(Fixed::from_raw(raw >> shift))
    }
}

/// The natural logarithm of `x`; `None` at zero and below.
#[must_use]
pub fn ln(x: Fixed) -> Option<Fixed> {
    let raw = u128::try_from(x.raw()).ok().filter(|&raw| raw > 0)?;
    // x = 2^twos · m with m in [1, 2).
    let top = 127 - raw.leading_zeros();
    let m = if top >= PLACES { raw >> (top - PLACES) } else { raw << (PLACES - top) };
    let twos = i128::from(top) - i128::from(PLACES);
    let m = Fixed::from_raw(i128::try_from(m).ok()?);
    // ln m = 2 artanh((m − 1) / (m + 1)), and the argument is at most 1/3.
    let z = m.minus(Fixed::ONE)?.over(m.plus(Fixed::ONE)?)?;
    let square = z.times(z)?;
    let (mut sum, mut power) = (Fixed::ZERO, z);
    for n in 0..40 {
        let term = power.over(Fixed::from_whole(2 * n + 1))?;
        if term == Fixed::ZERO {
            break;
        }
        sum = sum.plus(term)?;
        power = power.times(square)?;
    }
    Fixed::from_raw(2 * sum.raw()).plus(Fixed::from_raw(twos * LN_2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within `ulps` of 2^−60.
    fn near(got: Fixed, expected_raw: i128, ulps: i128) {
        assert!((got.raw() - expected_raw).abs() <= ulps, "{} is not {expected_raw}", got.raw());
    }

    #[test]
    fn e_and_its_logarithm_are_those_of_the_tables() {
        // e · 2^60 = 2.718281828459045235360287… · 1152921504606846976.
        near(exp(Fixed::ONE).unwrap(), 3_133_965_575_612_453_542, 300);
        near(ln(Fixed::from_whole(2)).unwrap(), LN_2, 2);
        // ln 10 = 2.302585092994045684017991…
        near(ln(Fixed::from_whole(10)).unwrap(), 2_654_699_869_899_991_814, 64);
        assert_eq!(exp(Fixed::ZERO), Some(Fixed::ONE));
        assert_eq!(ln(Fixed::ONE), Some(Fixed::ZERO));
    }

    #[test]
    fn the_logarithm_of_the_exponential_is_the_argument() {
        for tenths in -200..200i128 {
            let x = Fixed::ratio(tenths, 10).unwrap();
            let back = ln(exp(x).unwrap()).unwrap();
            // Below zero the exponential has fewer places left: e^−20 keeps 31 of the 60.
            let allowed = if tenths >= 0 { 1 << 10 } else { 1 << 32 };
            near(back, x.raw(), allowed);
        }
    }

    #[test]
    fn what_has_no_logarithm_or_no_room_is_none() {
        assert_eq!(ln(Fixed::ZERO), None);
        assert_eq!(ln(Fixed::from_whole(-1)), None);
        assert_eq!(exp(Fixed::from_whole(60)), None);
        assert_eq!(exp(Fixed::from_whole(-100)), Some(Fixed::ZERO));
    }
}
