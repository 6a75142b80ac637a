//! The check of a report: it asks of every field and every rule whether the rule is broken, and whether the report says
//! just that.
//!
//! Dates are not taken apart but compared with a list of all days there are, counted out from 1900-01-01; numbers are
//! compared as texts. So neither shares its arithmetic with the agent.

use super::schema::{Field, Filled, Kind, Report, Rule};
use crate::trade::Flaw;
use std::sync::LazyLock;

/// All days from 1900 to 2099, as they are written, in order.
static DAYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut days = Vec::with_capacity(73_049);
    for year in 1900..2100 {
        for (length, month) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().zip(1..) {
            // 1900 is the only hundred in these two centuries that the rule of four gets wrong.
            let leap = u32::from(month == 2 && year % 4 == 0 && year != 1900);
            days.extend((1..=length + leap).map(|day| format!("{year}-{month:02}-{day:02}")));
        }
    }
    days
});

/// Checks a deliverable.
pub(super) fn check(filled: &Filled, report: &Report) -> Result<(), Flaw> {
    if report.valid != report.problems.is_empty() {
        return Err(Flaw::new("valid", "does not go with the problems"));
    }
    let mut found = report.problems.iter();
    let mut next = found.next();
    let strangers = filled.entries.iter().filter(|entry| filled.fields.iter().all(|field| field.name != entry.name));
    let fields = filled.fields.iter().map(|field| (&field.name, broken(filled, field)));
    for (name, broken) in fields.chain(strangers.map(|entry| (&entry.name, Some(Rule::Unknown)))) {
        let said = next.filter(|problem| problem.field == *name).map(|problem| problem.rule);
        if said != broken {
            return Err(Flaw::differs(format!("problems at {}", name.escape_debug()), broken, said));
        }
        if said.is_some() {
            next = found.next();
        }
    }
    match next {
        None => Ok(()),
        Some(problem) => Err(Flaw::new("problems", format!("{:?} is there twice, or out of order", problem.field))),
    }
}

fn broken(filled: &Filled, field: &Field) -> Option<Rule> {
    let Some(value) = filled.value(&field.name) else { return field.required.then_some(Rule::Missing) };
    let place = |text: &str| DAYS.binary_search_by(|day| day.as_str().cmp(text)).ok();
    let holds = |rule: Rule| match (rule, &field.kind) {
        (Rule::TooLong, Kind::Text { chars_max }) => value.chars().nth(*chars_max as usize).is_some(),
        (Rule::NotANumber, Kind::Number { .. }) => !is_number(value),
        (Rule::OutOfRange, Kind::Number { min, max }) => is_number(value) && (below(value, *min) || above(value, *max)),
        (Rule::NotADate, Kind::Date | Kind::NotBefore { .. }) => place(value).is_none(),
        (Rule::NotAChoice, Kind::Choice { of }) => of.iter().all(|choice| choice != value),
        (Rule::TooEarly, Kind::NotBefore { field: other }) => {
            let other = filled.value(other).and_then(place);
            place(value).zip(other).is_some_and(|(this, other)| this < other)
        }
        _ => false,
    };
    let rules = [Rule::TooLong, Rule::NotANumber, Rule::OutOfRange, Rule::NotADate, Rule::NotAChoice, Rule::TooEarly];
    rules.into_iter().find(|&rule| holds(rule))
}

fn is_number(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    let signs = usize::from(chars.next_if_eq(&'-').is_some());
    chars.peek().is_some() && text.len() <= 30 + signs && chars.all(|c| c.is_ascii_digit())
}

/// A number's text without what does not count: whether it is below zero, and its digits.
fn digits(text: &str) -> (bool, &str) {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let digits = digits.trim_start_matches('0');
    (negative && !digits.is_empty(), digits)
}

fn below(text: &str, bound: i32) -> bool {
    let bound = bound.to_string();
    match (digits(text), digits(&bound)) {
        ((true, _), (false, _)) => true,
        ((false, _), (true, _)) => false,
        ((false, a), (false, b)) => (a.len(), a) < (b.len(), b),
        ((true, a), (true, b)) => (a.len(), a) > (b.len(), b),
    }
}

fn above(text: &str, bound: i32) -> bool {
    let same = digits(text) == digits(&bound.to_string());
    !same && !below(text, bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_centuries_have_so_many_days() {
        // 200 · 365 and 49 leap days: every fourth year but 1900.
        assert_eq!(DAYS.len(), 200 * 365 + 49);
        assert!(DAYS.is_sorted());
    }

    #[test]
    fn texts_of_numbers_compare_as_numbers() {
        for (text, bound, is_below, is_above) in [
            ("007", 7, false, false),
            ("-0", 0, false, false),
            ("-8", -7, true, false),
            ("10", 9, false, true),
            ("-1", 0, true, false),
            ("3", -3, false, true),
        ] {
            assert_eq!((below(text, bound), above(text, bound)), (is_below, is_above), "{text} and {bound}");
        }
    }
}
