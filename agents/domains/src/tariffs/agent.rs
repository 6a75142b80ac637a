//! Adds the week up by hour of the day first, and prices the 24 sums. Hasty does not see that a night goes past
//! midnight, and bills the small hours by day.

use super::schema::{Choice, Cost, Household, Tariff};
use crate::cents;
use crate::trade::Manner;

/// Does the work.
pub(super) fn work(household: &Household, manner: Manner) -> Result<Choice, String> {
    let household = household.checked()?;
    let mut sums = [0_u64; 24];
    for (hour, &wh) in household.meter_wh.iter().enumerate() {
        sums[hour % 24] += u64::from(wh);
    }
    let days = household.meter_wh.len() as u64 / 24;
    let priced: Vec<u64> = household.tariffs.iter().map(|tariff| price(tariff, &sums, days, manner)).collect();
    let best = (0..priced.len()).min_by_key(|&index| priced[index]).unwrap_or(0);
    let cost = |(tariff, cents): (&Tariff, &u64)| Cost {
        tariff: tariff.name.clone(),
        cost: cents::show(i64::try_from(*cents).unwrap_or(i64::MAX)),
    };
    Ok(Choice {
        costs: household.tariffs.iter().zip(&priced).map(cost).collect(),
        choose: household.tariffs[best].name.clone(),
    })
}

fn price(tariff: &Tariff, sums: &[u64; 24], days: u64, manner: Manner) -> u64 {
    let (from, to) = (usize::from(tariff.night_from), usize::from(tariff.night_to));
    let night: u64 = match (from < to, manner) {
        (true, _) => sums[from..to].iter().sum(),
        (false, Manner::Hasty) => sums[from..].iter().sum::<u64>() * u64::from(from != to),
        (false, Manner::Careful) => {
            if from == to {
                0
            } else {
                sums[from..].iter().chain(&sums[..to]).sum()
            }
        }
    };
    let day = sums.iter().sum::<u64>() - night;
    // Watt-hours times hundredths of a cent a kilowatt-hour are 1/100,000 of a cent.
    let energy = day * u64::from(tariff.by_day) + night * u64::from(tariff.by_night);
    (energy + 50_000) / 100_000 + days * u64::from(tariff.day_cents)
}
