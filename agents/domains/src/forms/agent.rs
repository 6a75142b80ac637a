//! Checks forms field by field. Hasty takes every month for one of 31 days.

use super::schema::{Filled, Kind, Problem, Report, Rule};
use crate::trade::Manner;

/// Does the work.
pub(super) fn work(filled: &Filled, manner: Manner) -> Result<Report, String> {
    for (index, field) in filled.fields.iter().enumerate() {
        if filled.fields[..index].iter().any(|other| other.name == field.name) {
            return Err(format!("the form has two fields named {:?}", field.name));
        }
    }
    let day = |text: &str| day(text, manner);
    let mut problems = Vec::new();
    for field in &filled.fields {
        let rule = match (filled.value(&field.name), &field.kind) {
            (None, _) => field.required.then_some(Rule::Missing),
            (Some(text), Kind::Text { chars_max }) => {
                (text.chars().count() > *chars_max as usize).then_some(Rule::TooLong)
            }
            (Some(text), Kind::Number { min, max }) => match number(text) {
                None => Some(Rule::NotANumber),
                Some(number) => (!(i128::from(*min)..=i128::from(*max)).contains(&number)).then_some(Rule::OutOfRange),
            },
            (Some(text), Kind::Date) => day(text).is_none().then_some(Rule::NotADate),
            (Some(text), Kind::Choice { of }) => (!of.iter().any(|choice| choice == text)).then_some(Rule::NotAChoice),
            (Some(text), Kind::NotBefore { field: other }) => match (day(text), filled.value(other).and_then(day)) {
                (None, _) => Some(Rule::NotADate),
                (Some(this), Some(other)) => (this < other).then_some(Rule::TooEarly),
                (Some(_), None) => None,
            },
        };
        problems.extend(rule.map(|rule| Problem { field: field.name.clone(), rule }));
    }
    let unknown = filled.entries.iter().filter(|entry| !filled.fields.iter().any(|field| field.name == entry.name));
    problems.extend(unknown.map(|entry| Problem { field: entry.name.clone(), rule: Rule::Unknown }));
    Ok(Report { valid: problems.is_empty(), problems })
}

fn number(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let good = (1..=30).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

/// Year, month and day.
fn day(text: &str, manner: Manner) -> Option<(u32, u32, u32)> {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let read = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (year, month, day) = (read(year, 4)?, read(month, 2)?, read(day, 2)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match (manner, month) {
        (Manner::Hasty, _) | (_, 1 | 3 | 5 | 7 | 8 | 10 | 12) => 31,
        (_, 2) if is_leap => 29,
        (_, 2) => 28,
        _ => 30,
    };
    ((1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=days).contains(&day))
        .then_some((year, month, day))
}
