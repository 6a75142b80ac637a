//! Books and bank statements as they are: part payments, payments returned, numbers written in every way.

use super::schema::Books;
use crate::cents;
use crate::dice::Dice;
use std::fmt::Write as _;

const CUSTOMERS: [&str; 10] = [
    "Adler Apotheke",
    "\"Weber, Söhne & Co.\"",
    "Kaffeerösterei Kornblume",
    "王氏茶庄",
    "Ateliers Dubois",
    "Nordlicht Energie eG",
    "\"Said \"\"Sam\"\" Okoro Ltd\"",
    "Fjord Logistikk AS",
    "Botica São Jorge",
    "Hausverwaltung Ost",
];

/// Draws an order.
pub(super) fn draw(dice: &mut Dice) -> Books {
    let (mut invoices, mut statement) = (String::from("number,customer,amount\n"), Vec::new());
    let first = dice.range(100, 9_000);
    for index in 0..dice.range(6, 15) {
        let number = format!("RE-2026-{:04}", first + index * 3);
        let amount = i64::from(dice.range(900, 250_000));
        let customer = dice.pick(&CUSTOMERS);
        _ = writeln!(invoices, "{number},{customer},{}", cents::show(amount));
        match dice.range(0, 10) {
            0 | 1 => {}
            2 => {
                let part = amount / i64::from(dice.range(2, 5));
                statement.push((written(dice, &number), part));
                if dice.chance(50) {
                    statement.push((written(dice, &number), amount - part));
                }
            }
            3 => statement.push((written(dice, &number), amount + i64::from(dice.range(1, 500)))),
            4 => {
                statement.push((written(dice, &number), amount));
                statement.push((format!("Ruecklastschrift {number}"), -amount));
            }
            _ => statement.push((written(dice, &number), amount)),
        }
    }
    if dice.chance(40) {
        statement.push(("donation, thank you".to_owned(), i64::from(dice.range(500, 9_000))));
    }
    if dice.chance(10) {
        statement.push((format!("RE-2026-{first:04} and RE-2026-{:04}", first + 3), i64::from(dice.range(500, 9_000))));
    }
    dice.shuffle(&mut statement);
    let mut payments = String::from("id,date,reference,amount\n");
    for ((reference, amount), index) in statement.iter().zip(1..) {
        let (day, amount) = (1 + index % 28, cents::show(*amount));
        _ = writeln!(payments, "B{index:03},2026-11-{day:02},\"{reference}\",{amount}");
    }
    Books { invoices, payments }
}

/// An invoice's number as payers write it: mostly as it stands.
fn written(dice: &mut Dice, number: &str) -> String {
    match dice.range(0, 100) {
        0 => format!("invoice {}", number.replace('-', " ")),
        1 => number.replace('-', ""),
        2 => format!("Rechnung {}", number.to_lowercase()),
        3..50 => format!("invoice {number}"),
        50..75 => format!("{number} with thanks"),
        _ => number.to_owned(),
    }
}
