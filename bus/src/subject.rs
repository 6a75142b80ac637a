//! Subjects: dotted names that messages are sent to, and filters that subscriptions are made with.
//!
//! Owns the spelling. A [`Subject`] is literal; a [`Filter`] may hold the wildcards `*` (one token) and a
//! final `>` (one token or more). Names that participants choose enter a subject only through
//! [`Name`] (checked) or [`quote_capability`] (quoted so that it can be read back).
//! Invariants: no empty token, no white space, no control character; `*` and `>` only as whole tokens of a
//! filter; at most [`SUBJECT_BYTES_MAX`] bytes.
//! Absent on purpose: the laxer spelling a nats-server accepts (`a>b`, control characters). The broker
//! carries those for strangers, byte by byte; our own side neither sends nor takes them.
//! Source: NATS documentation, "Subject-Based Messaging".

use core::fmt;
use std::sync::Arc;

/// The longest subject or filter that our side sends or takes, in bytes.
pub const SUBJECT_BYTES_MAX: usize = 1024;

/// The longest name of an economy or a participant, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// Why a text is not a subject, a filter or a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// No text at all.
    #[error("the subject is empty")]
    Empty,
    /// More than [`SUBJECT_BYTES_MAX`] (or, for a name, [`NAME_BYTES_MAX`]) bytes.
    #[error("the subject has {bytes} bytes, at most {bytes_max} are allowed")]
    TooLong {
        /// Bytes found.
        bytes: usize,
        /// Bytes allowed.
        bytes_max: usize,
    },
    /// Two dots in a row, or a dot at either end.
    #[error("the subject `{subject}` has an empty token")]
    EmptyToken {
        /// The offending text.
        subject: String,
    },
    /// White space, a control character, or a wildcard where none may be.
    #[error("the subject `{subject}` holds {found:?}, which is not allowed there")]
    Forbidden {
        /// The offending text, escaped.
        subject: String,
        /// The character.
        found: char,
    },
    /// A quoted capability that [`quote_capability`] would not have written.
    #[error("`{quoted}` is not a quoted capability")]
    NotQuoted {
        /// The offending text.
        quoted: String,
    },
}

/// A literal subject, such as `oikos.kitchen.cmd.mara`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Arc<str>);

/// What a subscription listens to: a subject that may hold wildcards. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Filter(Arc<str>);

/// One token that a stranger chose: an economy's or a participant's name. Letters, digits, `-` and `_`; or
/// Chinese, Japanese and Korean letters alone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

impl Subject {
    /// Checks and takes a literal subject.
    ///
    /// # Errors
    /// [`SubjectError`], when the text breaks one of the invariants of this module.
    pub fn new(text: &str) -> Result<Self, SubjectError> {
        check(text, false)?;
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A subject that its caller has spelt from parts known to be valid.
    pub(crate) fn literal(text: &str) -> Self {
        debug_assert!(check(text, false).is_ok(), "{text:?}");
        Self(text.into())
    }
}

impl Filter {
    /// Checks and takes a filter.
    ///
    /// # Errors
    /// [`SubjectError`], when the text breaks one of the invariants of this module.
    pub fn new(text: &str) -> Result<Self, SubjectError> {
        check(text, true)?;
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a message on `subject` reaches a subscription with this filter.
    #[must_use]
    pub fn matches(&self, subject: &Subject) -> bool {
        covers(self.0.as_bytes(), subject.0.as_bytes())
    }
}

impl From<&Subject> for Filter {
    fn from(subject: &Subject) -> Self {
        Self(Arc::clone(&subject.0))
    }
}

impl Name {
    /// Checks and takes a name.
    ///
    /// # Errors
    /// [`SubjectError::Empty`], [`SubjectError::TooLong`], or [`SubjectError::Forbidden`] for anything but
    /// ASCII letters, digits, `-` and `_`, or Chinese, Japanese and Korean letters alone: no dot, no wildcard and no
    /// space can get into a subject, and no name looks like another by mixing scripts.
    pub fn new(text: &str) -> Result<Self, SubjectError> {
        if text.is_empty() {
            return Err(SubjectError::Empty);
        }
        if text.len() > NAME_BYTES_MAX {
            return Err(SubjectError::TooLong { bytes: text.len(), bytes_max: NAME_BYTES_MAX });
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let of_one_script: fn(char) -> bool = if text.starts_with(is_east_asian) { is_east_asian } else { plain };
        match text.chars().find(|&c| !of_one_script(c)) {
            Some(found) => Err(SubjectError::Forbidden { subject: text.escape_debug().to_string(), found }),
            None => Ok(Self(text.into())),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Letters of Chinese, Japanese and Korean, each in one form only: no combining marks, no compatibility forms. None of
/// them can be taken for a letter of another script.
const fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}') // ideographs
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}') // kana
        || matches!(c, '\u{ac00}'..='\u{d7a3}') // Hangul syllables
}

macro_rules! shown_as_text {
    ($($kind:ident),*) => {$(
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($kind), &*self.0)
            }
        }
        impl core::str::FromStr for $kind {
            type Err = SubjectError;
            fn from_str(text: &str) -> Result<Self, SubjectError> {
                Self::new(text)
            }
        }
    )*};
}
shown_as_text!(Subject, Filter, Name);

/// The subjects of one economy, as DESIGN section 5 names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    economy: Name,
}

impl Subjects {
    /// The subjects of the economy with this name.
    #[must_use]
    pub fn of(economy: Name) -> Self {
        Self { economy }
    }

    /// `oikos.<economy>.cmd.<participant>`: where a participant sends its commands.
    #[must_use]
    pub fn commands_of(&self, participant: &Name) -> Subject {
        self.joined("cmd", participant.as_str())
    }

    /// `oikos.<economy>.cmd.*`: the commands of everyone.
    #[must_use]
    pub fn commands(&self) -> Filter {
        Filter(format!("oikos.{}.cmd.*", self.economy).into())
    }

    /// `oikos.<economy>.evt.<kind>`: where events of a kind are published.
    #[must_use]
    pub fn events_of(&self, kind: &Name) -> Subject {
        self.joined("evt", kind.as_str())
    }

    /// `oikos.<economy>.evt.>`: all public events.
    #[must_use]
    pub fn events(&self) -> Filter {
        Filter(format!("oikos.{}.evt.>", self.economy).into())
    }

    /// `oikos.<economy>.mail.<participant>`: where a participant's mail arrives.
    #[must_use]
    pub fn mail_of(&self, participant: &Name) -> Subject {
        self.joined("mail", participant.as_str())
    }

    /// `oikos.<economy>.cap.<capability, quoted>`: where those who offer a capability listen.
    ///
    /// # Errors
    /// [`SubjectError::Empty`] or [`SubjectError::TooLong`].
    pub fn capability(&self, capability: &str) -> Result<Subject, SubjectError> {
        let quoted = quote_capability(capability)?;
        Subject::new(&format!("oikos.{}.cap.{quoted}", self.economy))
    }

    /// `oikos.<economy>.presence.<participant>`: a participant's heartbeats.
    #[must_use]
    pub fn presence_of(&self, participant: &Name) -> Subject {
        self.joined("presence", participant.as_str())
    }

    fn joined(&self, room: &str, last: &str) -> Subject {
        // Two names of at most 64 bytes and a literal: valid and short by construction.
        Subject::literal(&format!("oikos.{}.{room}.{last}", self.economy))
    }
}

/// Writes a capability such as `text.shout/v1` as one token, so that it can be read back.
///
/// ASCII letters, digits, `-`, `_` and `/` stay; every other byte becomes `%` and two hex digits.
///
/// # Errors
/// [`SubjectError::Empty`], or [`SubjectError::TooLong`] above 200 bytes.
pub fn quote_capability(capability: &str) -> Result<String, SubjectError> {
    const CAPABILITY_BYTES_MAX: usize = 200;
    if capability.is_empty() {
        return Err(SubjectError::Empty);
    }
    if capability.len() > CAPABILITY_BYTES_MAX {
        return Err(SubjectError::TooLong { bytes: capability.len(), bytes_max: CAPABILITY_BYTES_MAX });
    }
    let mut quoted = String::with_capacity(capability.len());
    for byte in capability.bytes() {
        if stays_unquoted(byte) {
            quoted.push(char::from(byte));
        } else {
            quoted.push('%');
            quoted.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    Ok(quoted)
}

/// Reads back what [`quote_capability`] wrote.
///
/// # Errors
/// [`SubjectError::NotQuoted`] for anything that it would not have written: one capability has one spelling.
pub fn unquote_capability(quoted: &str) -> Result<String, SubjectError> {
    let refused = || SubjectError::NotQuoted { quoted: quoted.escape_debug().to_string() };
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let (digits, tail) = tail.split_at_checked(2).ok_or_else(refused)?;
            bytes.extend(data_encoding::HEXUPPER.decode(digits).map_err(|_| refused())?);
            rest = tail;
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    let capability = String::from_utf8(bytes).map_err(|_| refused())?;
    if quote_capability(&capability).as_deref() == Ok(quoted) { Ok(capability) } else { Err(refused()) }
}

const fn stays_unquoted(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/')
}

fn check(text: &str, wildcards: bool) -> Result<(), SubjectError> {
    if text.is_empty() {
        return Err(SubjectError::Empty);
    }
    if text.len() > SUBJECT_BYTES_MAX {
        return Err(SubjectError::TooLong { bytes: text.len(), bytes_max: SUBJECT_BYTES_MAX });
    }
    let forbidden = |found| SubjectError::Forbidden { subject: text.escape_debug().to_string(), found };
    if let Some(found) = text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(forbidden(found));
    }
    let mut tokens = text.split('.').peekable();
    while let Some(token) = tokens.next() {
        match token {
            "" => return Err(SubjectError::EmptyToken { subject: text.to_owned() }),
            "*" if wildcards => {}
            ">" if wildcards && tokens.peek().is_none() => {}
            _ => {
                if let Some(found) = token.chars().find(|&c| c == '*' || c == '>') {
                    return Err(forbidden(found));
                }
            }
        }
    }
    Ok(())
}

/// Whether every subject that `narrow` matches is matched by `wide` too. Either may hold wildcards; a literal
/// `narrow` asks "does this subject match". Works on bytes, because strangers' subjects need not be UTF-8.
#[must_use]
pub fn covers(wide: &[u8], narrow: &[u8]) -> bool {
    let mut wide = wide.split(is_dot);
    let mut narrow = narrow.split(is_dot);
    loop {
        match (wide.next(), narrow.next()) {
            (None, None) => return true,
            (Some(b">"), Some(token)) => return !token.is_empty(),
            (Some(b"*"), Some(token)) if token != b">" && !token.is_empty() => {}
            (Some(a), Some(b)) if a == b && a != b"*" => {}
            _ => return false,
        }
    }
}

/// Whether some subject is matched by both filters.
#[must_use]
pub fn overlaps(one: &[u8], other: &[u8]) -> bool {
    let mut one = one.split(is_dot);
    let mut other = other.split(is_dot);
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(b">"), Some(_)) | (Some(_), Some(b">")) => return true,
            (Some(a), Some(b)) if a == b || a == b"*" || b == b"*" => {}
            _ => return false,
        }
    }
}

/// Whether the bytes make a filter that a broker accepts: no empty token, `>` only at the end.
pub(crate) fn is_valid_filter(filter: &[u8]) -> bool {
    let mut tokens = filter.split(is_dot).peekable();
    while let Some(token) = tokens.next() {
        if token.is_empty() || (token == b">" && tokens.peek().is_some()) {
            return false;
        }
    }
    true
}

/// Whether the bytes are a filter with a wildcard token in it.
pub(crate) fn has_wildcard(filter: &[u8]) -> bool {
    filter.split(is_dot).any(|token| matches!(token, b"*" | b">"))
}

fn is_dot(byte: &u8) -> bool {
    *byte == b'.'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_subject_refuses_wildcards_spaces_and_empty_tokens() {
        for bad in ["", ".", "a.", ".a", "a..b", "a b", "a\tb", "a\r\nPUB x 0", "a.*", "a.>", "a>", "a\u{0}b", "\u{a0}"]
        {
            assert!(Subject::new(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "a.b", "oikos.kitchen.cmd.mara", "_INBOX.x.1", "é"] {
            assert_eq!(Subject::new(good).unwrap().as_str(), good);
        }
        assert!(Subject::new(&"a".repeat(SUBJECT_BYTES_MAX)).is_ok());
        assert!(Subject::new(&"a".repeat(SUBJECT_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn a_filter_takes_whole_wildcard_tokens_only() {
        for good in ["*", ">", "a.*", "a.>", "*.*.x", "a"] {
            assert!(Filter::new(good).is_ok(), "{good:?}");
        }
        for bad in ["a>", "a*", ">.a", "a.>.b", "a..>", "**"] {
            assert!(Filter::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_cannot_reach_into_another_subject() {
        for bad in [
            "",
            "*",
            ">",
            "mara.evil",
            "mara ",
            "ma/ra",
            "mära",
            "a\n",
            "王梅-1",
            "mara王",
            "王 梅",
            "王。",
            "mаra",
            &"x".repeat(NAME_BYTES_MAX + 1),
        ] {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
        for good in ["mara", "worker-5d1e", "王梅", "すずき", "김민준"] {
            assert!(Name::new(good).is_ok(), "{good:?}");
        }
        let kitchen = Subjects::of(Name::new("kitchen").unwrap());
        assert_eq!(kitchen.mail_of(&Name::new("worker-5d1e").unwrap()).as_str(), "oikos.kitchen.mail.worker-5d1e");
    }

    #[test]
    fn a_capability_is_one_token_and_reads_back() {
        let quoted = quote_capability("text.shout/v1").unwrap();
        assert_eq!(quoted, "text%2Eshout/v1");
        assert_eq!(unquote_capability(&quoted).unwrap(), "text.shout/v1");
        for wild in ["*", ">", "a b", "a.>", "%2E", "übersetzen", "\r\n"] {
            let quoted = quote_capability(wild).unwrap();
            assert!(Subject::new(&quoted).is_ok() && !quoted.contains('.'), "{quoted}");
            assert_eq!(unquote_capability(&quoted).unwrap(), wild);
        }
        for bad in ["a.b", "%2e", "%", "%4", "%41", "%FF", ""] {
            assert!(unquote_capability(bad).is_err(), "{bad:?} has another spelling or none");
        }
    }

    #[test]
    fn covers_is_the_subset_relation_of_filters() {
        for (wide, narrow) in [
            ("a", "a"),
            ("*", "a"),
            (">", "a.b"),
            ("a.>", "a.b.c"),
            ("a.>", "a.>"),
            ("a.>", "a.*"),
            ("a.>", "a.*.>"),
            ("a.*", "a.*"),
            ("*.*", "a.*"),
        ] {
            assert!(covers(wide.as_bytes(), narrow.as_bytes()), "{wide} covers {narrow}");
        }
        for (wide, narrow) in [
            ("a", "b"),
            ("a", "a.b"),
            ("a.*", "a"),
            ("a.>", "a"),
            ("a.*", "a.>"),
            ("a.b", "a.*"),
            ("*", ">"),
            ("*.a", "*.*"),
        ] {
            assert!(!covers(wide.as_bytes(), narrow.as_bytes()), "{wide} does not cover {narrow}");
        }
    }

    #[test]
    fn overlap_is_symmetric_and_needs_one_common_subject() {
        for (one, other, expected) in [
            ("a.*", "*.b", true),
            ("a.>", "a.b.c", true),
            ("a.>", "a", false),
            ("a.*", "a.b.c", false),
            ("a", "b", false),
            ("*.x", "a.*", true),
            ("a.b.>", "a.*", false),
        ] {
            assert_eq!(overlaps(one.as_bytes(), other.as_bytes()), expected, "{one} {other}");
            assert_eq!(overlaps(other.as_bytes(), one.as_bytes()), expected, "{other} {one}");
        }
    }
}
