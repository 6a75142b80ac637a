//! Orders with known answers.

use super::Forms;
use super::schema::{Entry, Field, Filled, Kind, Problem, Report, Rule};
use crate::trade::Question;

fn filled(fields: &[(&str, bool, Kind)], entries: &[(&str, &str)]) -> Filled {
    let field = |(name, required, kind): &(&str, bool, Kind)| Field {
        name: (*name).to_owned(),
        required: *required,
        kind: kind.clone(),
    };
    let entry = |&(name, value): &(&str, &str)| Entry { name: name.to_owned(), value: value.to_owned() };
    Filled { fields: fields.iter().map(field).collect(), entries: entries.iter().map(entry).collect() }
}

fn report(problems: &[(&str, Rule)]) -> Report {
    let problem = |&(field, rule): &(&str, Rule)| Problem { field: field.to_owned(), rule };
    Report { valid: problems.is_empty(), problems: problems.iter().map(problem).collect() }
}

pub(super) fn questions() -> Vec<Question<Forms>> {
    let age = [("age", true, Kind::Number { min: 18, max: 130 }), ("nick", false, Kind::Text { chars_max: 3 })];
    let all_wrong = [
        ("a", true, Kind::Date),
        ("b", false, Kind::NotBefore { field: "a".to_owned() }),
        ("c", true, Kind::Choice { of: vec!["x".to_owned()] }),
        ("d", false, Kind::Number { min: -5, max: 5 }),
        ("e", true, Kind::Text { chars_max: 9 }),
        ("f", false, Kind::Text { chars_max: 2 }),
    ];
    let entries = [("a", "2024-02-29"), ("b", "2024-02-28"), ("c", "X"), ("d", "4.0"), ("f", "王梅王"), ("g", "?")];
    let broken = [
        ("b", Rule::TooEarly),
        ("c", Rule::NotAChoice),
        ("d", Rule::NotANumber),
        ("e", Rule::Missing),
        ("f", Rule::TooLong),
        ("g", Rule::Unknown),
    ];
    let mut turned = broken;
    turned.swap(0, 1);
    vec![
        Question {
            about: "a form without a mistake",
            input: filled(&age, &[("age", "18"), ("nick", "王梅")]),
            right: report(&[]),
            wrong: vec![
                ("problems at age", report(&[("age", Rule::OutOfRange)])),
                ("valid", Report { valid: false, problems: Vec::new() }),
            ],
        },
        Question {
            about: "a number out of its range, and a field left empty that may be",
            input: filled(&age, &[("age", "131"), ("nick", "")]),
            right: report(&[("age", Rule::OutOfRange)]),
            wrong: vec![
                ("problems at age", report(&[])),
                ("problems at age", report(&[("age", Rule::NotANumber)])),
                ("problems", report(&[("age", Rule::OutOfRange), ("age", Rule::OutOfRange)])),
            ],
        },
        Question {
            about: "nearly every rule broken",
            input: filled(&all_wrong, &entries),
            right: report(&broken),
            wrong: vec![("problems at b", report(&turned)), ("problems at g", report(&broken[..5]))],
        },
        Question {
            about: "a day that is not in the calendar",
            input: filled(&[("day", true, Kind::Date)], &[("day", "1900-02-29")]),
            right: report(&[("day", Rule::NotADate)]),
            wrong: vec![("problems at day", report(&[]))],
        },
    ]
}
