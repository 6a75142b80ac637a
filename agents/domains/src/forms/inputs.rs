//! Forms of a travel office, filled in by people: mostly right, with the slips that people make.

use super::schema::{Entry, Field, Filled, Kind};
use crate::dice::Dice;

const NAMES: [&str; 8] = [
    "Mara Lindqvist",
    "王梅",
    "Tomás Ibarra",
    "Aoife Ní Bhriain",
    "J. Okonkwo",
    "Ünal Öz",
    "Lê Thị Hoa",
    "Ann \u{1b}[31m O'Neill",
];
const SLIPS: [&str; 6] = ["2026-02-29", "2026-04-31", "2026-13-01", "25.11.2026", "2024-11-31", "soon"];

/// Draws an order.
pub(super) fn draw(dice: &mut Dice) -> Filled {
    let field = |name: &str, required, kind| Field { name: name.to_owned(), required, kind };
    let classes = ["economy", "business", "night train"].map(str::to_owned).to_vec();
    let fields = vec![
        field("name", true, Kind::Text { chars_max: dice.range(14, 40) }),
        field("travellers", true, Kind::Number { min: 1, max: 9 }),
        field("departure", true, Kind::Date),
        field("return", false, Kind::NotBefore { field: "departure".to_owned() }),
        field("class", true, Kind::Choice { of: classes }),
        field("remarks", false, Kind::Text { chars_max: 60 }),
    ];
    let (month, day) = (dice.range(1, 13), dice.range(1, 29));
    let departure = if dice.chance(12) { (*dice.pick(&SLIPS)).to_owned() } else { format!("2026-{month:02}-{day:02}") };
    let back = match dice.range(0, 20) {
        0 | 1 => String::new(),
        2 | 3 => (*dice.pick(&SLIPS)).to_owned(),
        4 => format!("2026-{month:02}-{:02}", (day / 2).max(1)),
        _ => format!("2026-{month:02}-{:02}", day.max(28)),
    };
    let travellers = dice.pick(&["1", "2", "2", "3", "4", "0", "12", "two", "-1", "02"]);
    let class = dice.pick(&["economy", "economy", "business", "night train", "Economy", "first"]);
    let remarks = dice.pick(&[
        "",
        "",
        "a window seat, please",
        "<script>alert(1)</script>",
        "vegetarian; allergic to nuts, and to forms that have a remark field which is too short",
    ]);
    let given = [
        ("name", *dice.pick(&NAMES)),
        ("travellers", travellers),
        ("departure", departure.as_str()),
        ("return", back.as_str()),
        ("class", class),
        ("remarks", remarks),
    ];
    let entry = |(name, value): (&str, &str)| Entry { name: name.to_owned(), value: value.to_owned() };
    let mut entries: Vec<Entry> = given.into_iter().filter(|_| !dice.chance(4)).map(entry).collect();
    if dice.chance(10) {
        entries.push(entry(("coupon", "SUMMER")));
    }
    Filled { fields, entries }
}
