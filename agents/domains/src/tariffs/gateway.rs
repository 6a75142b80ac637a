//! The check of an advice: the meter is walked through hour by hour, each priced by a clock that knows whether it is
//! night; then nothing on offer may be cheaper than what was chosen.

use super::schema::{Choice, Household, Tariff};
use crate::cents;
use crate::trade::Flaw;

/// Checks a deliverable.
pub(super) fn check(household: &Household, choice: &Choice) -> Result<(), Flaw> {
    let household = household.checked().map_err(|why| Flaw::new("input", why))?;
    if !household.tariffs.iter().map(|tariff| &tariff.name).eq(choice.costs.iter().map(|cost| &cost.tariff)) {
        return Err(Flaw::new("costs", "not the tariffs on offer, in their order"));
    }
    let mut chosen: Option<(i64, &str)> = None;
    for (tariff, said) in household.tariffs.iter().zip(&choice.costs) {
        let at = format!("costs.{}", tariff.name.escape_debug());
        let cost = metered(tariff, &household.meter_wh);
        if cents::parse(&said.cost) != Some(cost) {
            return Err(Flaw::differs(at, cents::show(cost), &said.cost));
        }
        if chosen.is_none_or(|(least, _)| cost < least) {
            chosen = Some((cost, &tariff.name));
        }
    }
    match chosen {
        Some((_, name)) if name == choice.choose => Ok(()),
        other => Err(Flaw::differs("choose", other.map(|(_, name)| name), &choice.choose)),
    }
}

fn metered(tariff: &Tariff, meter_wh: &[u32]) -> i64 {
    let (mut energy, mut days, mut clock, mut is_night) = (0_u128, 0, 0, past_midnight(tariff));
    for &wh in meter_wh {
        if clock == tariff.night_to {
            is_night = false;
        }
        if clock == tariff.night_from && tariff.night_from != tariff.night_to {
            is_night = true;
        }
        energy += u128::from(wh) * u128::from(if is_night { tariff.by_night } else { tariff.by_day });
        clock += 1;
        if clock == 24 {
            (clock, days) = (0, days + 1);
        }
    }
    let (cents, rest) = (energy / 100_000, energy % 100_000);
    let energy = i64::try_from(cents).unwrap_or(i64::MAX / 2) + i64::from(rest >= 50_000);
    energy + days * i64::from(tariff.day_cents)
}

/// Whether a day begins in the night.
const fn past_midnight(tariff: &Tariff) -> bool {
    tariff.night_to < tariff.night_from && tariff.night_to > 0
}
