//! Orders with known answers.

use super::Tariffs;
use super::schema::{Choice, Cost, Household, Tariff};
use crate::trade::Question;

fn tariff(name: &str, day_cents: u32, by_day: u32, by_night: u32, night: (u8, u8)) -> Tariff {
    Tariff { name: name.to_owned(), day_cents, by_day, by_night, night_from: night.0, night_to: night.1 }
}

fn choice(costs: &[(&str, &str)], choose: &str) -> Choice {
    let cost = |&(tariff, cost): &(&str, &str)| Cost { tariff: tariff.to_owned(), cost: cost.to_owned() };
    Choice { costs: costs.iter().map(cost).collect(), choose: choose.to_owned() }
}

pub(super) fn questions() -> Vec<Question<Tariffs>> {
    // One day, 1 kWh an hour. Flat: 24 kWh at 30 ct and 10 ct for the day: 7.30. Early: night from 0 to 6, 6 kWh at
    // 20 ct and 18 at 32 ct: 6.96.
    let even = vec![1_000; 24];
    let flat = tariff("flat", 10, 3_000, 0, (0, 0));
    let early = tariff("early", 0, 3_200, 2_000, (0, 6));
    // Night from 22 to 6: 8 kWh at 20 ct and 16 at 32 ct: 6.72.
    let late = tariff("late", 0, 3_200, 2_000, (22, 6));
    // 3 Wh at 1666.67 ct/kWh … here 3 Wh · 50,000 = 150,000 of 100,000: 1.5 ct, which is rounded up to 2 ct.
    let mut tiny = vec![0; 24];
    tiny[12] = 3;
    vec![
        Question {
            about: "a day, a flat tariff and a night",
            input: Household { tariffs: vec![flat.clone(), early], meter_wh: even.clone() },
            right: choice(&[("flat", "7.30"), ("early", "6.96")], "early"),
            wrong: vec![
                ("choose", choice(&[("flat", "7.30"), ("early", "6.96")], "flat")),
                ("costs.early", choice(&[("flat", "7.30"), ("early", "6.95")], "early")),
                ("costs", choice(&[("early", "6.96"), ("flat", "7.30")], "early")),
            ],
        },
        Question {
            about: "a night that goes past midnight",
            input: Household { tariffs: vec![late, flat.clone()], meter_wh: even },
            right: choice(&[("late", "6.72"), ("flat", "7.30")], "late"),
            wrong: vec![("costs.late", choice(&[("late", "7.44"), ("flat", "7.30")], "flat"))],
        },
        Question {
            about: "half a cent, and two that cost the same",
            input: Household {
                tariffs: vec![tariff("a", 0, 50_000, 0, (0, 0)), tariff("b", 2, 0, 0, (0, 0))],
                meter_wh: tiny,
            },
            right: choice(&[("a", "0.02"), ("b", "0.02")], "a"),
            wrong: vec![
                ("costs.a", choice(&[("a", "0.01"), ("b", "0.02")], "a")),
                ("choose", choice(&[("a", "0.02"), ("b", "0.02")], "b")),
            ],
        },
    ]
}
