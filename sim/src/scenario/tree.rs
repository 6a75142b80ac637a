//! A TOML document as a tree in which every value knows where it came from, and the readers of single values.
//!
//! Invariants: a number keeps the characters it was written with, so that money is never a float;
//! a field that nobody asked for is a mistake ([`Fields::finish`]).

use super::mistake::{Mistake, Place, Shown, did_you_mean};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::time::Span;
use toml::de::{DeTable, DeValue};

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it came from.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer or a float, as written.
    Number(String),
    /// Something that no field of a scenario takes: what it is called.
    Other(&'static str),
    /// An array.
    List(Vec<Node>),
    /// A table.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    /// Its value.
    pub node: Node,
}

/// What a reader answers.
pub type Read<T> = Result<T, Mistake>;

impl Node {
    /// The tree of a TOML document.
    ///
    /// # Errors
    /// Where the text is no TOML.
    pub fn parse(text: &str) -> Read<Self> {
        let table = DeTable::parse(text).map_err(|error| {
            let place = Place::File(error.span().unwrap_or(0..0));
            Mistake::new(&place, "", format!("not valid TOML: {}", Shown(error.message())))
        })?;
        let place = |span| Place::File(span);
        Ok(Self { place: Place::File(0..0), value: Value::Table(entries(table.get_ref(), &place)) })
    }

    /// The value after the `=` of a `--set`: a TOML value, or else the text as it is.
    #[must_use]
    pub fn of_set(text: &str, index: usize) -> Self {
        let place = |_| Place::Set(index);
        match DeValue::parse(text) {
            Ok(value) => node(value.get_ref(), Place::Set(index), &place),
            Err(_) => Self { place: Place::Set(index), value: Value::Text(text.to_owned()) },
        }
    }

    /// What it is, for a message.
    fn kind(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("the text `{}`", Shown(text)),
            Value::Number(raw) => format!("the number `{}`", Shown(raw)),
            Value::Other(kind) => (*kind).to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }

    fn other_than(&self, field: &str, expected: &str) -> Mistake {
        Mistake::new(&self.place, field, format!("expected {expected}, found {}", self.kind()))
    }

    /// A text.
    ///
    /// # Errors
    /// Where it is none.
    pub fn text(&self, field: &str) -> Read<&str> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.other_than(field, "a text in quotes")),
        }
    }

    /// A name: 1 to `bytes_max` bytes, without control characters and surrounding spaces.
    ///
    /// # Errors
    /// Where it is none.
    pub fn name(&self, field: &str, bytes_max: usize) -> Read<&str> {
        let text = self.text(field)?;
        check_name(text, field, &self.place, bytes_max)?;
        Ok(text)
    }

    /// A whole number between two bounds.
    ///
    /// # Errors
    /// Where it is none.
    pub fn whole(&self, field: &str, min: u64, max: u64) -> Read<u64> {
        let expected = format!("a whole number from {min} to {max}");
        match &self.value {
            Value::Number(raw) | Value::Text(raw) if raw.bytes().all(|b| b.is_ascii_digit()) => raw
                .parse()
                .ok()
                .filter(|number| (min..=max).contains(number))
                .ok_or_else(|| self.other_than(field, &expected)),
            _ => Err(self.other_than(field, &expected)),
        }
    }

    /// An amount of money, in quotes or not, exactly as written.
    ///
    /// # Errors
    /// Where it is negative, no plain decimal number, or too fine for `scale`.
    pub fn money(&self, field: &str, scale: Scale) -> Read<Amount> {
        let (Value::Number(raw) | Value::Text(raw)) = &self.value else {
            return Err(self.other_than(field, "an amount of money such as `12.34`"));
        };
        scale.parse(raw).map_err(|error| Mistake::new(&self.place, field, error.to_string()))
    }

    /// A span of time.
    ///
    /// # Errors
    /// Where it is none, or longer than a century.
    pub fn span(&self, field: &str) -> Read<Span> {
        let (Value::Text(raw) | Value::Number(raw)) = &self.value else {
            return Err(self.other_than(field, "a span of time such as `36h`"));
        };
        let too_long = || Mistake::new(&self.place, field, format!("`{}` is longer than a century", Shown(raw)));
        let span =
            Span::parse(raw).map_err(|_| self.other_than(field, "a span of time such as `90s`, `36h` or `7d`"))?;
        if span > Span::hours(24 * 36_525) { Err(too_long()) } else { Ok(span) }
    }

    /// A share of a whole: a decimal number from 0 to 1 with at most 6 decimals.
    ///
    /// # Errors
    /// Where it is none.
    pub fn share(&self, field: &str) -> Read<Share> {
        const EXPECTED: &str = "a share from 0 to 1 with at most 6 decimals, such as `0.05`";
        let (Value::Number(raw) | Value::Text(raw)) = &self.value else { return Err(self.other_than(field, EXPECTED)) };
        let millionths = Scale::new(6).and_then(|scale| scale.parse(raw).ok());
        let share = millionths.and_then(|amount| Share::from_millionths(u32::try_from(amount.0).ok()?));
        share.ok_or_else(|| self.other_than(field, EXPECTED))
    }

    /// One of some words.
    ///
    /// # Errors
    /// Where it is none of them.
    pub fn one_of<T: Copy>(&self, field: &str, words: &[(&str, T)]) -> Read<T> {
        let known = || words.iter().map(|(word, _)| *word);
        let given = match &self.value {
            Value::Text(text) => text,
            _ => return Err(self.other_than(field, &format!("one of {}", list(known())))),
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| word == given) {
            return Ok(*value);
        }
        let what = format!("`{}` is not one of {}", Shown(given), list(known()));
        let hint = did_you_mean(given, known());
        Err(Mistake { hint, ..Mistake::new(&self.place, field, what) })
    }

    /// A list.
    ///
    /// # Errors
    /// Where it is none, or has more than `len_max` entries.
    pub fn list(&self, field: &str, len_max: usize) -> Read<&[Self]> {
        match &self.value {
            Value::List(nodes) if nodes.len() <= len_max => Ok(nodes),
            Value::List(nodes) => {
                let what = format!("{} entries are too many; at most {len_max} are taken", nodes.len());
                Err(Mistake::new(&self.place, field, what))
            }
            _ => Err(self.other_than(field, "a list")),
        }
    }

    /// A table whose keys are names of the user's own.
    ///
    /// # Errors
    /// Where it is none, has more than `len_max` entries, or a key is no name.
    pub fn table(&self, field: &str, len_max: usize) -> Read<&[Entry]> {
        match &self.value {
            Value::Table(entries) if entries.len() <= len_max => Ok(entries),
            Value::Table(entries) => {
                let what = format!("{} entries are too many; at most {len_max} are taken", entries.len());
                Err(Mistake::new(&self.place, field, what))
            }
            _ => Err(self.other_than(field, "a table")),
        }
    }

    /// A table of fields.
    ///
    /// # Errors
    /// Where it is none.
    pub fn fields(&self, path: impl Into<String>) -> Read<Fields<'_>> {
        let path = path.into();
        match &self.value {
            Value::Table(entries) => Ok(Fields { path, place: &self.place, entries, known: Vec::new() }),
            _ => Err(self.other_than(&path, "a table")),
        }
    }
}

/// Checks a name of the user's own.
///
/// # Errors
/// Where it is empty, too long, padded or has control characters.
pub fn check_name(text: &str, field: &str, place: &Place, bytes_max: usize) -> Read<()> {
    if text.is_empty() || text.len() > bytes_max {
        let what = format!("a name has 1 to {bytes_max} bytes, `{}` has {}", Shown(text), text.len());
        return Err(Mistake::new(place, field, what));
    }
    if text.trim() != text || text.chars().any(char::is_control) {
        let what = format!("`{}` has control characters or spaces around it, a name has none", Shown(text));
        return Err(Mistake::new(place, field, what));
    }
    Ok(())
}

/// The fields of a table, of which each has to be asked for.
#[derive(Debug)]
pub struct Fields<'a> {
    path: String,
    place: &'a Place,
    entries: &'a [Entry],
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// The path of a field of this table.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Where the table begins.
    #[must_use]
    pub const fn place(&self) -> &'a Place {
        self.place
    }

    /// A field that may be absent.
    pub fn optional(&mut self, name: &'static str) -> Option<&'a Node> {
        self.known.push(name);
        self.entries.iter().find(|entry| entry.key == name).map(|entry| &entry.node)
    }

    /// A field that must be there.
    ///
    /// # Errors
    /// Where it is absent; an unknown field that may be meant is answered instead.
    pub fn required(&mut self, name: &'static str) -> Read<&'a Node> {
        if let Some(node) = self.optional(name) {
            return Ok(node);
        }
        let meant = self.entries.iter().find(|entry| did_you_mean(&entry.key, [name]).is_some());
        let place = meant.map_or(self.place, |entry| &entry.place);
        let what = format!("the field `{name}` is missing");
        let hint = meant.and_then(|entry| did_you_mean(&entry.key, [name]));
        Err(Mistake { hint, ..Mistake::new(place, self.path(name), what) })
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// At the first field that nobody asked for.
    pub fn finish(self) -> Read<()> {
        let Some(entry) = self.entries.iter().find(|entry| !self.known.contains(&entry.key.as_str())) else {
            return Ok(());
        };
        let what = format!("unknown field `{}`; known are {}", Shown(&entry.key), list(self.known.iter().copied()));
        let hint = did_you_mean(&entry.key, self.known.iter().copied());
        let field = self.path(&Shown(&entry.key).to_string());
        Err(Mistake { hint, ..Mistake::new(&entry.place, field, what) })
    }
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

type At<'a> = dyn Fn(std::ops::Range<usize>) -> Place + 'a;

fn entries(table: &DeTable<'_>, at: &At<'_>) -> Vec<Entry> {
    let entry = |(key, value): (&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<DeValue<'_>>)| Entry {
        key: key.get_ref().to_string(),
        place: at(key.span()),
        node: node(value.get_ref(), at(value.span()), at),
    };
    table.iter().map(entry).collect()
}

fn node(value: &DeValue<'_>, place: Place, at: &At<'_>) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Value::Number(number.as_str().to_owned()),
        DeValue::Integer(_) => Value::Other("a number that is not decimal"),
        DeValue::Float(number) => Value::Number(number.as_str().to_owned()),
        DeValue::Boolean(_) => Value::Other("a truth value"),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(values) => {
            Value::List(values.iter().map(|value| node(value.get_ref(), at(value.span()), at)).collect())
        }
        DeValue::Table(table) => Value::Table(entries(table, at)),
    };
    Node { place, value }
}
