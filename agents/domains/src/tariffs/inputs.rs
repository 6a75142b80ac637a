//! Households with a heat pump, a car that charges at night, or neither; offers that differ by when one lives.

use super::schema::{Household, Tariff};
use crate::dice::Dice;

/// Draws an order.
pub(super) fn draw(dice: &mut Dice) -> Household {
    let (base, evening, car) =
        (dice.range(120, 400), dice.range(400, 1_600), dice.range(0, 2) * dice.range(2_000, 7_000));
    let hour = |dice: &mut Dice, hour: u32| {
        let lived = match hour % 24 {
            6..=8 => evening / 2,
            17..=22 => evening,
            _ => 0,
        };
        let charged = if (1..4).contains(&(hour % 24)) { car } else { 0 };
        base + lived + charged + dice.range(0, 150)
    };
    let meter_wh = (0..7 * 24).map(|at| hour(dice, at)).collect();
    let night = dice.chance(30);
    let tariff = |name: &str, day_cents, by_day, by_night, night_from, night_to| Tariff {
        name: name.to_owned(),
        day_cents,
        by_day,
        by_night,
        night_from,
        night_to,
    };
    let tariffs = vec![
        tariff("Basis", dice.range(25, 40), dice.range(2_900, 3_600), 0, 0, 0),
        tariff(
            "Nachtstrom",
            dice.range(30, 50),
            dice.range(3_100, 3_900),
            dice.range(1_900, 2_600),
            if night { 22 } else { 0 },
            6,
        ),
        tariff("Mittagssonne", dice.range(30, 45), dice.range(3_000, 3_500), dice.range(2_000, 2_900), 11, 15),
        tariff("绿色电力", dice.range(10, 60), dice.range(2_800, 3_700), dice.range(2_500, 3_300), 1, 5),
    ];
    Household { tariffs, meter_wh }
}
