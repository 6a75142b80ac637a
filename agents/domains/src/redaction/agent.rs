//! Redacts in one pass from left to right: at every place it tries to read an account, a number or an address, and puts
//! the placeholder. Hasty reads no account that is written in groups.

use super::schema::{Counts, IBAN_LENGTHS, Kind, Letter, Redacted};
use crate::trade::Manner;

/// Does the work.
pub(super) fn work(letter: &Letter, manner: Manner) -> Result<Redacted, String> {
    let source = letter.checked()?;
    let (mut text, mut found) = (String::with_capacity(source.len()), Counts::default());
    let mut at = 0;
    let mut before = None;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source.as_bytes()[at..];
        match read(before, rest, manner) {
            Some((kind, length)) => {
                text.push_str(kind.placeholder());
                found.add(kind);
                before = Some(rest[length - 1]);
                at += length;
            }
            None => {
                text.push(c);
                before = Some(rest[c.len_utf8() - 1]);
                at += c.len_utf8();
            }
        }
    }
    Ok(Redacted { text, found })
}

/// What begins here, and how many bytes it has.
fn read(before: Option<u8>, rest: &[u8], manner: Manner) -> Option<(Kind, usize)> {
    let begins = |part: fn(u8) -> bool| !before.is_some_and(part);
    if begins(|byte| byte.is_ascii_alphanumeric())
        && let Some(length) = iban(rest, manner)
    {
        return Some((Kind::Iban, length));
    }
    if let Some(length) = phone(rest) {
        return Some((Kind::Phone, length));
    }
    if begins(is_local) { email(rest).map(|length| (Kind::Email, length)) } else { None }
}

fn iban(rest: &[u8], manner: Manner) -> Option<usize> {
    let (_, length) = IBAN_LENGTHS.iter().find(|(country, _)| rest.starts_with(country.as_bytes()))?;
    let grouped = rest.get(4) == Some(&b' ');
    if grouped && manner == Manner::Hasty {
        return None;
    }
    let (mut at, mut read) = (0, 0);
    let mut remainder = 0;
    // The check is made over the number turned by four, which is the same as carrying the first four along.
    let mut first = Vec::with_capacity(4);
    while read < *length {
        if grouped && read % 4 == 0 && read > 0 {
            (rest.get(at) == Some(&b' ')).then_some(())?;
            at += 1;
        }
        let byte = *rest.get(at)?;
        if read < 4 {
            first.push(byte)
        } else {
            remainder = carry(remainder, byte)?
        }
        (at, read) = (at + 1, read + 1);
    }
    let first_four = first.into_iter().try_fold(remainder, carry)?;
    let ends = !rest.get(at).is_some_and(u8::is_ascii_alphanumeric);
    (first_four == 1 && ends).then_some(at)
}

fn carry(remainder: u32, byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some((remainder * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((remainder * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    }
}

fn phone(rest: &[u8]) -> Option<usize> {
    let (b'+', digits) = rest.split_first()? else { return None };
    let (mut at, mut count) = (0, 0);
    loop {
        match (digits.get(at), digits.get(at + 1)) {
            (Some(digit), _) if digit.is_ascii_digit() => at += 1,
            (Some(b' ' | b'-'), Some(digit)) if count > 0 && digit.is_ascii_digit() => at += 2,
            _ => break,
        }
        count += 1;
    }
    (9..=15).contains(&count).then_some(at + 1)
}

const fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-')
}

fn email(rest: &[u8]) -> Option<usize> {
    let local = rest.iter().take_while(|byte| is_local(**byte)).count();
    if local == 0 || rest.get(local) != Some(&b'@') {
        return None;
    }
    let mut end = local + 1;
    let mut labels = 0;
    loop {
        let label = rest[end..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
        if label == 0 {
            break;
        }
        (end, labels) = (end + label, labels + 1);
        if rest.get(end) != Some(&b'.') {
            break;
        }
        end += 1;
    }
    // A dot without a label behind it was the sentence's.
    if rest[end - 1] == b'.' {
        end -= 1;
    }
    (labels >= 2).then_some(end)
}
