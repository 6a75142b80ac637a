//! Letters of a customer service, with what must go, what only looks like it, and what no terminal should be sent.

use super::schema::{IBAN_LENGTHS, Letter};
use crate::dice::Dice;

const NAMES: [&str; 6] = ["mara", "jonas.k", "wang_mei", "t-ibarra", "o.okonkwo+post", "lena99"];
const HOSTS: [&str; 5] = ["example.org", "mail.example.co.uk", "kornblume-roesterei.de", "post.no", "例.example.com"];
const PLAIN: [&str; 9] = [
    "Thank you for the quick reply.",
    "The order number is 2026-0417-88213 and the parcel has 12 parts.",
    "Der Vertrag läuft bis zum 31.12.2027.",
    "请在周五之前回复。",
    "My seat was 4+4 and the fare 3 @ 12.50.",
    "Reference DE00 0000 0000 0000 0000 00 is a test account without a check.",
    "The handle is @oikos, and the rate a@b.",
    "He wrote \u{1b}[31min red\u{1b}[0m, and \u{202e}backwards.",
    "Call +49 if you know the rest.",
];

/// Draws an order.
pub(super) fn draw(dice: &mut Dice) -> Letter {
    let mut sentences: Vec<String> = (0..dice.range(2, 5)).map(|_| (*dice.pick(&PLAIN)).to_owned()).collect();
    for _ in 0..dice.range(1, 4) {
        let (name, host) = (dice.pick(&NAMES), dice.pick(&HOSTS[..4]));
        sentences.push(format!("Write to {name}@{host}."));
    }
    for _ in 0..dice.range(0, 3) {
        sentences.push(format!("My number is {}, after six.", phone(dice)));
    }
    for _ in 0..dice.range(0, 3) {
        sentences.push(format!("Please pay to {}.", account(dice)));
    }
    dice.shuffle(&mut sentences);
    Letter { text: sentences.join(" ") }
}

fn phone(dice: &mut Dice) -> String {
    let (country, area) = (dice.pick(&["49", "1", "86", "47"]), dice.range(20, 900));
    let own = dice.range(100_000, 9_999_999);
    match dice.range(0, 3) {
        0 => format!("+{country}{area}{own}"),
        1 => format!("+{country} {area} {own}"),
        _ => format!("+{country}-{area}-{own}"),
    }
}

/// An account with a right check: 98 less the remainder with `00` in its place (ISO 7064).
fn account(dice: &mut Dice) -> String {
    let (country, length) = *dice.pick(&IBAN_LENGTHS);
    let own: String = (4..length).map(|_| char::from(b'0' + u8::try_from(dice.range(0, 10)).unwrap_or(0))).collect();
    let turned = format!("{own}{country}00");
    let digits = turned.chars().filter_map(|c| c.to_digit(36)).map(|value| value.to_string()).collect::<String>();
    let check = 98 - digits.bytes().fold(0, |remainder, digit| (remainder * 10 + u32::from(digit - b'0')) % 97);
    let whole = format!("{country}{check:02}{own}");
    if dice.chance(75) {
        return whole;
    }
    let groups: Vec<String> =
        whole.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    groups.join(" ")
}
