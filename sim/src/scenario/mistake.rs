//! A mistake in a scenario: what is wrong, where, what was expected, and the way out as a hint apart.
//!
//! Owns the excerpt that is shown. Invariant: text that came from a file or an argument never reaches a terminal
//! with its control characters; what is shown of a line has at most [`SHOWN_MAX`] characters.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// The most characters of a line, or of a value, that a message repeats.
pub const SHOWN_MAX: usize = 96;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// From these bytes of the file.
    File(Range<usize>),
    /// From the `--set` of this number, from 0.
    Set(usize),
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// The path of the field, such as `participants[2].money`; empty for the file as a whole.
    pub field: String,
    /// What is wrong and what was expected.
    pub what: String,
    /// The way out.
    pub hint: Option<String>,
}

/// What a scenario is read from: the file and the arguments that change it.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file, as the user named it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// `--set key=value`, in the order given.
    pub sets: Vec<String>,
}

/// A mistake with its place and an excerpt, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}\n  --> {location}{excerpt}")]
pub struct ScenarioError {
    /// What is wrong and what was expected.
    pub what: String,
    /// `file:line, field`, or the argument.
    pub location: String,
    /// The line with the place marked, each line after a line feed; may be empty.
    pub excerpt: String,
    /// The way out.
    pub hint: Option<String>,
}

impl Mistake {
    /// A mistake without a hint.
    pub fn new(place: &Place, field: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.clone(), field: field.into(), what: what.into(), hint: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl Source {
    /// The mistake with its place in this source.
    #[must_use]
    pub fn explain(&self, mistake: Mistake) -> ScenarioError {
        let Mistake { place, field, what, hint } = mistake;
        let comma = if field.is_empty() { "" } else { ", " };
        let (location, excerpt) = match place {
            Place::Set(index) => {
                let set = self.sets.get(index).map_or("", String::as_str);
                (format!("--set {}", Shown(set)), String::new())
            }
            Place::File(range) => {
                let spot = Spot::find(&self.text, &range);
                let path = self.path.display().to_string();
                (format!("{}:{}{comma}{field}", Shown(&path), spot.line), spot.excerpt())
            }
        };
        ScenarioError { what, location, excerpt, hint }
    }
}

/// A place in a text, by line.
struct Spot<'a> {
    line: usize,
    text: &'a str,
    /// The marked characters of the line.
    marked: Range<usize>,
}

impl<'a> Spot<'a> {
    fn find(text: &'a str, range: &Range<usize>) -> Self {
        let start = floor(text, range.start);
        let begin = text[..start].rfind('\n').map_or(0, |feed| feed + 1);
        let end = text[start..].find('\n').map_or(text.len(), |feed| start + feed);
        let stop = floor(text, range.end.min(end)).max(start);
        let column = text[begin..start].chars().count();
        let width = text[start..stop].chars().count().max(1);
        Self { line: text[..begin].matches('\n').count() + 1, text: &text[begin..end], marked: column..column + width }
    }

    fn excerpt(&self) -> String {
        // Every character is shown by one, so that the marks stand below what they mark.
        let shown: String = self.text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let (from, to) = (self.marked.start.min(SHOWN_MAX), self.marked.end.min(SHOWN_MAX));
        let gutter = " ".repeat(self.line.to_string().len());
        let marks = format!("{}{}", " ".repeat(from), "^".repeat((to - from).max(1)));
        format!("\n {gutter} |\n {} | {}\n {gutter} | {marks}", self.line, shown.trim_end())
    }
}

fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Foreign text, clipped and without anything that could steer a terminal.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars().take(SHOWN_MAX) {
            // The marks that turn the direction of a text are no control characters to `char`, but act like some.
            let steers =
                matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if character.is_control() || steers {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        if self.0.chars().nth(SHOWN_MAX).is_some() { f.write_str("…") } else { Ok(()) }
    }
}

/// The nearest of the known names, if it is near enough to be meant.
#[must_use]
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = known.into_iter().map(|name| (distance(given, name), name)).min();
    let (steps, name) = near?;
    let enough = steps <= (name.chars().count().max(given.chars().count()) / 3).max(1);
    enough.then(|| format!("did you mean `{}`?", Shown(name)))
}

/// Insertions, deletions, replacements and swaps of neighbours between two names, of at most 64 characters each.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<usize>>(), vec![0; b.len() + 1]];
    for (i, &x) in a.iter().enumerate() {
        rows[2][0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let mut least = (rows[1][j] + usize::from(x != y)).min(rows[1][j + 1] + 1).min(rows[2][j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                least = least.min(rows[0][j - 1] + 1);
            }
            rows[2][j + 1] = least;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_meant_and_what_is_far_is_not() {
        assert_eq!(did_you_mean("awrad", ["award", "asset", "seed"]).as_deref(), Some("did you mean `award`?"));
        assert_eq!(did_you_mean("Brot", ["bread", "soup"]), None);
        assert_eq!(did_you_mean("x", []), None);
        assert_eq!((distance("kitten", "sitting"), distance("ab", "ba"), distance("", "abc")), (3, 1, 3));
    }

    #[test]
    fn hostile_text_is_shown_without_its_control_characters() {
        assert_eq!(Shown("\u{1b}[31mred\u{202e}").to_string(), "\\u{1b}[31mred\\u{202e}");
        assert_eq!(Shown(&"x".repeat(500)).to_string().chars().count(), SHOWN_MAX + 1);
        let source = Source { path: "a\u{7}.toml".into(), text: "a\u{1b}]0;b = 1".into(), sets: Vec::new() };
        let error = source.explain(Mistake::new(&Place::File(1..900), "a", "no")).to_string();
        assert!(!error.chars().any(|c| c.is_control() && c != '\n'), "{error:?}");
    }

    #[test]
    fn a_place_is_named_by_its_line_and_marked() {
        let source = Source { path: "town.toml".into(), text: "a = 1\nbé = 22\n".into(), sets: Vec::new() };
        let error = source.explain(Mistake::new(&Place::File(12..14), "bé", "22 is too much"));
        assert_eq!(error.to_string(), "22 is too much\n  --> town.toml:2, bé\n   |\n 2 | bé = 22\n   |      ^^");
    }
}
