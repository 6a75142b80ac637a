//! The check of a redacted text: put beside the original, what is missing must be personal data, and what is left must
//! hold none.
//!
//! It reads nothing from left to right as the agent does. It splits the deliverable at its placeholders, looks for a
//! way to lay the pieces over the original so that each gap is an address, number or account as a whole, and then
//! searches the pieces for anything that would be one.

use super::schema::{Counts, IBAN_LENGTHS, Kind, Letter, Redacted};
use crate::trade::Flaw;

/// Checks a deliverable.
pub(super) fn check(letter: &Letter, done: &Redacted) -> Result<(), Flaw> {
    let source = letter.checked().map_err(|why| Flaw::new("input", why))?;
    let (pieces, gaps) = split(&done.text);
    let mut counted = Counts::default();
    gaps.iter().for_each(|&kind| counted.add(kind));
    if counted != done.found {
        return Err(Flaw::differs("found", counted, done.found));
    }
    if !lies_over(source, &pieces, &gaps) {
        return Err(Flaw::new("text", "it differs from the original in more than personal data"));
    }
    // Pieces stand alone: what is left of a number that was cut short is found by its gap, not here.
    match pieces.iter().find_map(|piece| leak(piece)) {
        None => Ok(()),
        Some(kind) => Err(Flaw::new("text", format!("there is still something for {}", kind.placeholder()))),
    }
}

/// The pieces of the text between its placeholders, one more than there are of these.
fn split(text: &str) -> (Vec<&str>, Vec<Kind>) {
    let (mut pieces, mut gaps, mut rest) = (Vec::new(), Vec::new(), text);
    loop {
        let next = Kind::ALL.iter().filter_map(|&kind| rest.find(kind.placeholder()).map(|at| (at, kind)));
        let Some((at, kind)) = next.min_by_key(|(at, _)| *at) else { break };
        pieces.push(&rest[..at]);
        gaps.push(kind);
        rest = &rest[at + kind.placeholder().len()..];
    }
    pieces.push(rest);
    (pieces, gaps)
}

/// Whether the pieces are the source but for gaps of these kinds. All ends that the pieces so far can have are carried
/// along, so that it does not matter which of two places a short piece is found at first.
fn lies_over(source: &str, pieces: &[&str], gaps: &[Kind]) -> bool {
    let Some(first) = pieces.first().filter(|first| source.starts_with(**first)) else { return false };
    let mut ends = vec![first.len()];
    for (piece, &kind) in pieces[1..].iter().zip(gaps) {
        let mut next: Vec<usize> = Vec::new();
        for &from in &ends {
            // No address is longer than a line of mail, and accounts and numbers are shorter.
            for to in (from + 1..=source.len().min(from + 320)).filter(|&to| source.is_char_boundary(to)) {
                if source[to..].starts_with(piece) && is_whole(source, from, to, kind) {
                    next.push(to + piece.len());
                }
            }
        }
        next.sort_unstable();
        next.dedup();
        ends = next;
    }
    ends.contains(&source.len())
}

/// Whether what stands there is of this kind, and all of it.
fn is_whole(source: &str, from: usize, to: usize, kind: Kind) -> bool {
    let (before, after) = (source[..from].chars().next_back(), &source[to..]);
    let is = |c: Option<char>, part: fn(char) -> bool| c.is_some_and(part);
    let next = after.chars().next();
    match kind {
        Kind::Email => {
            let goes_on = match next {
                Some('.') => is(after.chars().nth(1), |c| c.is_ascii_alphanumeric() || c == '-'),
                next => is(next, |c| c.is_ascii_alphanumeric() || c == '-'),
            };
            is_email(&source[from..to]) && !is(before, is_local) && !goes_on
        }
        Kind::Phone => {
            let goes_on = match next {
                Some(' ' | '-') => is(after.chars().nth(1), |c| c.is_ascii_digit()),
                next => is(next, |c| c.is_ascii_digit()),
            };
            is_phone(&source[from..to]) && !goes_on
        }
        Kind::Iban => {
            is_iban(&source[from..to])
                && !is(before, |c| c.is_ascii_alphanumeric())
                && !is(next, |c| c.is_ascii_alphanumeric())
        }
    }
}

/// What a piece still holds, if anything.
fn leak(piece: &str) -> Option<Kind> {
    let starts = piece.char_indices().map(|(at, _)| at);
    starts.filter(|&from| piece[from..].starts_with(|c: char| is_local(c))).find_map(|from| {
        let ends = (from + 1..=piece.len().min(from + 320)).filter(|&to| piece.is_char_boundary(to));
        let mut found = ends.flat_map(|to| Kind::ALL.map(|kind| (to, kind)));
        found.find(|&(to, kind)| is_whole(piece, from, to, kind)).map(|(_, kind)| kind)
    })
}

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._+-".contains(c)
}

fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    !local.is_empty() && local.chars().all(is_local) && host.contains('.') && host.split('.').all(label)
}

fn is_phone(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    let groups: Vec<&str> = digits.split([' ', '-']).collect();
    let all_digits = |group: &&str| !group.is_empty() && group.chars().all(|c| c.is_ascii_digit());
    groups.iter().all(all_digits) && (9..=15).contains(&groups.concat().len())
}

fn is_iban(text: &str) -> bool {
    let groups: Vec<&str> = text.split(' ').collect();
    let grouped = groups.split_last().is_some_and(|(last, whole)| {
        whole.iter().all(|group| group.len() == 4) && (whole.is_empty() || (1..=4).contains(&last.len()))
    });
    let account = groups.concat();
    let known = IBAN_LENGTHS.iter().any(|(country, length)| account.starts_with(country) && account.len() == *length);
    if !grouped || !known || !account.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) {
        return false;
    }
    // Turned by four, letters as 10 to 35, the remainder digit by digit.
    let turned = account[4..].chars().chain(account[..4].chars());
    let digits = turned.filter_map(|c| c.to_digit(36)).map(|value| value.to_string()).collect::<String>();
    digits.bytes().fold(0, |remainder, digit| (remainder * 10 + u32::from(digit - b'0')) % 97) == 1
}
