//! Fixed point: a signed number with 60 binary places.
//!
//! Invariants: nothing overflows silently (operations that can are checked and answer `None`); multiplication and
//! division round towards zero by less than 2^−60. Absent on purpose: operators, because each can fail.

/// A number in units of 2^−60, between about −1.5·10^20 and 1.5·10^20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fixed(i128);

/// Binary places.
pub const PLACES: u32 = 60;

impl Fixed {
    /// Zero.
    pub const ZERO: Self = Self(0);
    /// One.
    pub const ONE: Self = Self(1 << PLACES);

    /// A number of units of 2^−60.
    #[must_use]
    pub const fn from_raw(raw: i128) -> Self {
        Self(raw)
    }

    /// How many units of 2^−60.
    #[must_use]
    pub const fn raw(self) -> i128 {
        self.0
    }

    /// A whole number.
    #[must_use]
    pub const fn from_whole(whole: i64) -> Self {
        Self((whole as i128) << PLACES)
    }

    /// A whole number of an unsigned 128-bit kind, where it fits.
    #[must_use]
    pub fn from_units(units: u128) -> Option<Self> {
        i128::try_from(units).ok()?.checked_mul(1 << PLACES).map(Self)
    }

    /// `numerator / denominator`, rounded towards zero.
    #[must_use]
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Self> {
        Self(numerator).over(Self(denominator))
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The product, rounded towards zero.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let (high, low) = multiply_wide(self.0.unsigned_abs(), other.0.unsigned_abs());
        if high >> (PLACES - 1) != 0 {
            return None; // The result has more than 127 bits.
        }
        let magnitude = (high << (128 - PLACES)) | (low >> PLACES);
        signed(magnitude, (self.0 < 0) != (other.0 < 0))
    }

    /// The quotient, rounded towards zero; `None` for a zero divisor.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        let divisor = other.0.unsigned_abs();
        let dividend = self.0.unsigned_abs();
        if divisor == 0 {
            return None;
        }
        let (mut quotient, mut rest) = (dividend / divisor, dividend % divisor);
        for _ in 0..PLACES {
            if quotient >> 126 != 0 {
                return None;
            }
            // `rest` is below 2^127, as every divisor is at most 2^127, so doubling it fits.
            let doubled = rest << 1;
            let bit = u128::from(doubled >= divisor);
            rest = doubled - bit * divisor;
            quotient = (quotient << 1) | bit;
        }
        signed(quotient, (self.0 < 0) != (other.0 < 0))
    }

    /// The square root, rounded down; `None` below zero or above 2^67.
    #[must_use]
    pub fn root(self) -> Option<Self> {
        let n = u128::try_from(self.0).ok()?;
        let shift = n.leading_zeros().min(PLACES) & !1;
        // √(n · 2^60) = √(n · 2^shift) · 2^((60 − shift) / 2), exact to the last bit where n < 2^68.
        let root = super::root::root_down(n << shift) << ((PLACES - shift) / 2);
        i128::try_from(root).ok().map(Self)
    }

    /// The whole part, rounded down.
    #[must_use]
    pub const fn floor(self) -> i128 {
        self.0 >> PLACES
    }

    /// The nearest whole number of millionths; a half rounds up.
    #[must_use]
    pub fn to_millionths(self) -> Option<i128> {
        let scaled = self.0.checked_mul(1_000_000)?;
        Some((scaled + (1 << (PLACES - 1))) >> PLACES)
    }
}

fn signed(magnitude: u128, negative: bool) -> Option<Fixed> {
    let value = i128::try_from(magnitude).ok()?;
    Some(Fixed(if negative { -value } else { value }))
}

/// The 256-bit product as (high, low).
fn multiply_wide(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (low, cross, other, high) = (a0 * b0, a1 * b0, a0 * b1, a1 * b1);
    let middle = (low >> 64) + (cross & LOW) + (other & LOW);
    (high + (cross >> 64) + (other >> 64) + (middle >> 64), (middle << 64) | (low & LOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(n: i64) -> Fixed {
        Fixed::from_whole(n)
    }

    #[test]
    fn products_and_quotients_of_whole_numbers_are_exact() {
        for (a, b) in [(0, 3), (6, 3), (-6, 3), (6, -3), (1 << 30, 1 << 30), (123_456_789, 987_654_321)] {
            let product = whole(a).times(whole(b)).unwrap();
            assert_eq!(product.raw(), (i128::from(a) * i128::from(b)) << PLACES);
            assert_eq!(product.over(whole(b)).unwrap(), whole(a));
        }
    }

    #[test]
    fn a_third_rounds_towards_zero_from_both_sides() {
        let third = Fixed::ratio(1, 3).unwrap();
        assert_eq!(third.raw(), (1i128 << PLACES) / 3);
        assert_eq!(Fixed::ratio(-1, 3).unwrap().raw(), -third.raw());
        assert_eq!(third.to_millionths(), Some(333_333));
    }

    #[test]
    fn what_does_not_fit_is_said_and_not_wrapped() {
        let large = Fixed::from_raw(i128::MAX);
        assert_eq!(large.times(whole(2)), None);
        assert_eq!(large.plus(Fixed::ONE), None);
        assert_eq!(large.over(Fixed::from_raw(1)), None);
        assert_eq!(Fixed::ONE.over(Fixed::ZERO), None);
        assert_eq!(large.times(Fixed::ONE), Some(large));
        assert_eq!(large.over(Fixed::ONE), Some(large));
    }

    #[test]
    fn the_root_of_two_is_right_to_the_last_place() {
        let root = whole(2).root().unwrap();
        assert!(root.times(root).unwrap() <= whole(2));
        let next = Fixed::from_raw(root.raw() + 2);
        assert!(next.times(next).unwrap() > whole(2));
        assert_eq!(whole(9).root(), Some(whole(3)));
        assert_eq!(whole(-1).root(), None);
    }
}
