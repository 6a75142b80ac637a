//! What is asked: tariffs and a measured week. What is delivered: what each would cost, and the cheapest.
//!
//! Prices are whole hundredths of a cent for a kilowatt-hour, the meter whole watt-hours. A week's cost is the exact sum,
//! rounded once, half up, to the cent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Household {
    /// What is on offer, each name once.
    pub tariffs: Vec<Tariff>,
    /// Watt-hours, hour by hour from Monday, midnight; whole days.
    pub meter_wh: Vec<u32>,
}

/// A tariff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// Its name.
    pub name: String,
    /// For every day, in cents.
    pub day_cents: u32,
    /// For a kilowatt-hour by day, in hundredths of a cent.
    pub by_day: u32,
    /// For a kilowatt-hour at night, in hundredths of a cent.
    pub by_night: u32,
    /// The hour in which the night begins, 0 to 23; it may go past midnight.
    pub night_from: u8,
    /// The first hour of the day, 0 to 23; where it is the same there is no night.
    pub night_to: u8,
}

/// The advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What each tariff would cost, in the order of the offer.
    pub costs: Vec<Cost>,
    /// The cheapest; of equal ones the first.
    pub choose: String,
}

/// What a tariff would cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Which.
    pub tariff: String,
    /// How much, such as `12.34`.
    pub cost: String,
}

impl Household {
    /// Whether the order can be understood.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn checked(&self) -> Result<&Self, String> {
        if self.tariffs.is_empty() || self.tariffs.len() > 100 {
            return Err("1 to 100 tariffs are compared".to_owned());
        }
        if !self.meter_wh.len().is_multiple_of(24) || self.meter_wh.is_empty() || self.meter_wh.len() > 24 * 366 {
            return Err("the meter has to be read for whole days, a year at most".to_owned());
        }
        match self.tariffs.iter().find(|tariff| tariff.night_from > 23 || tariff.night_to > 23) {
            Some(tariff) => Err(format!("tariff {:?}: hours are 0 to 23", tariff.name)),
            None => Ok(self),
        }
    }
}
