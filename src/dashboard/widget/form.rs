//! Forms: a few named lines to be filled in.

use crate::dashboard::act::Act;
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::id::TaskId;

/// The longest line that is taken.
const TEXT_MAX: usize = 4_000;

/// A line that may stay empty: a promise of quality.
const QUALITY: &str = "Quality";
/// A line that may stay empty: a promise of time.
const TIME: &str = "Time";

/// What a form becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A task.
    Post,
    /// A bid.
    Bid {
        /// For which task.
        task: TaskId,
        /// Whether the task scores, so that a promise may count.
        scores: bool,
    },
    /// A refusal.
    Refuse(TaskId),
    /// A deliverable.
    Deliver(TaskId),
}

/// A line to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What for.
    pub label: &'static str,
    /// What stands there.
    pub text: String,
    /// What is expected.
    pub hint: &'static str,
}

/// A form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What it becomes.
    pub purpose: Purpose,
    /// Its lines.
    pub fields: Vec<Field>,
    /// The line that is typed in.
    pub place: usize,
    /// Why it is not taken.
    pub fault: Option<String>,
}

impl Form {
    /// An empty form.
    #[must_use]
    pub fn new(purpose: Purpose) -> Self {
        let field = |label, text: &str, hint| Field { label, text: text.to_owned(), hint };
        let fields = match purpose {
            Purpose::Post => vec![
                field("Capability", "", "such as text.shout/v1"),
                field("Budget", "", "the most it may cost, such as 0.10"),
                field("Input", "", "JSON, or a plain text"),
                field("Bids close after", "10s", "such as 10s, 5m"),
                field("Deliver within", "1h", "such as 10m, 1h"),
            ],
            Purpose::Bid { scores, .. } => {
                let promised = [
                    field(QUALITY, "", "such as 0.9 or 90%; empty where the score does not count it"),
                    field(TIME, "", "the part of the time you need, such as 50%; empty where it does not count"),
                ];
                let price = field("Price", "", "what you ask, such as 0.05");
                core::iter::once(price).chain(promised.into_iter().filter(|_| scores)).collect()
            }
            Purpose::Refuse(_) => vec![field("Reason", "", "the poster reads it")],
            Purpose::Deliver(_) => vec![field("Output", "", "JSON, or a plain text")],
        };
        Self { purpose, fields, place: 0, fault: None }
    }

    /// Its name.
    #[must_use]
    pub fn title(&self) -> String {
        match self.purpose {
            Purpose::Post => "Post a task".to_owned(),
            Purpose::Bid { task, .. } => format!("Bid for {task}"),
            Purpose::Refuse(task) => format!("Refuse {task}"),
            Purpose::Deliver(task) => format!("Deliver {task}"),
        }
    }

    /// Types a character.
    pub fn type_in(&mut self, c: char) {
        if let Some(field) = self.fields.get_mut(self.place)
            && field.text.len() < TEXT_MAX
            && !crate::text::steers(c)
        {
            field.text.push(c);
            self.fault = None;
        }
    }

    /// Takes the last character back.
    pub fn rub_out(&mut self) {
        if let Some(field) = self.fields.get_mut(self.place) {
            field.text.pop();
        }
    }

    /// Goes to the next line, or the one before.
    pub fn step(&mut self, onwards: bool) {
        let all = self.fields.len();
        self.place = (self.place + if onwards { 1 } else { all - 1 }) % all;
    }

    /// What it becomes; else the line that is missing or wrong is told and typed in.
    pub fn act(&mut self) -> Option<Act> {
        let is_missing = |field: &Field| field.text.trim().is_empty() && ![QUALITY, TIME].contains(&field.label);
        if let Some(empty) = self.fields.iter().position(is_missing) {
            let label = self.fields[empty].label;
            (self.place, self.fault) = (empty, Some(format!("{label} is missing: {}", self.fields[empty].hint)));
            return None;
        }
        for (place, field) in self.fields.iter().enumerate() {
            let text = field.text.trim();
            let fault = match field.label {
                "Budget" | "Price" => oikos_protocol::money::Scale::new(18)
                    .and_then(|scale| scale.parse(text).err())
                    .map(|why| why.to_string()),
                "Bids close after" | "Deliver within" => {
                    oikos_protocol::time::Span::parse(text).err().map(|why| why.to_string())
                }
                QUALITY | TIME if !text.is_empty() => crate::text::share(text).err(),
                "Capability" => oikos_protocol::id::Capability::new(text).err().map(|why| why.to_string()),
                _ => None,
            };
            if let Some(fault) = fault {
                (self.place, self.fault) = (place, Some(fault));
                return None;
            }
        }
        let text = |place: usize| self.fields.get(place).map_or("", |field| field.text.trim()).to_owned();
        Some(match self.purpose {
            Purpose::Post => {
                Act::Post { capability: text(0), budget: text(1), input: text(2), close: text(3), deliver: text(4) }
            }
            Purpose::Bid { task, scores } => {
                let promised = |place| crate::text::share(&text(place)).ok();
                let promise = scores.then(|| Promise { quality: promised(1), time: promised(2) });
                Act::Bid { task, price: text(0), promise }
            }
            Purpose::Refuse(task) => Act::Refuse { task, reason: text(0) },
            Purpose::Deliver(task) => Act::Deliver { task, output: text(0) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_which_line_is_missing_or_wrong() {
        let mut form = Form::new(Purpose::Post);
        assert_eq!(form.act(), None);
        assert_eq!((form.place, form.fault.is_some()), (0, true));
        for (place, text) in [(0, "text.shout/v1"), (1, "-1"), (2, "hello")] {
            form.place = place;
            text.chars().for_each(|c| form.type_in(c));
        }
        assert_eq!(form.act(), None);
        assert_eq!(form.place, 1);
        form.rub_out();
        form.rub_out();
        "0.10".chars().for_each(|c| form.type_in(c));
        assert!(matches!(form.act(), Some(Act::Post { budget, .. }) if budget == "0.10"));
    }
}
