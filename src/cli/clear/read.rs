//! Reading a file that a stranger may have written: a bounded number of bytes, as text, then as JSON or numbers.

use super::ClearFailure;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::{Amount, Scale};
use serde::de::DeserializeOwned;
use std::io::Read as _;
use std::path::Path;

/// The largest file: 64 MiB.
pub(super) const BYTES_MAX: u64 = 64 << 20;

/// The file's text, or that of standard input for `-`.
pub(super) fn text(path: &Path) -> Result<String, ClearFailure> {
    let unreadable = |source| ClearFailure::Unreadable { path: path.into(), source };
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > BYTES_MAX {
        return Err(ClearFailure::TooLarge { path: path.into(), allowed: BYTES_MAX });
    }
    String::from_utf8(bytes)
        .map_err(|error| malformed(path, format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())))
}

/// The file as JSON of this shape; a mistake is answered with line and column.
pub(super) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, ClearFailure> {
    serde_json::from_str(&text(path)?).map_err(|error| malformed(path, error.to_string()))
}

/// A mistake in the file.
pub(super) fn malformed(path: &Path, message: impl Into<String>) -> ClearFailure {
    ClearFailure::Malformed { path: path.into(), message: message.into() }
}

/// Reads money of `scale` from the field named.
pub(super) fn money(path: &Path, scale: Scale, field: &str, text: &str) -> Result<Amount, ClearFailure> {
    scale.parse(text).map_err(|error| malformed(path, format!("{field}: {error}")))
}

/// How many decimals a text has, for finding the scale of a file.
pub(super) fn decimals(text: &str) -> u8 {
    let digits = text.split_once('.').map_or("", |(_, decimals)| decimals.trim_end_matches('0'));
    u8::try_from(digits.len()).unwrap_or(u8::MAX)
}

/// Reads a signed decimal as a whole number of units of 10^−`places`.
pub(super) fn signed(text: &str, places: u8) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let units = i128::try_from(Scale::new(places)?.parse(digits).ok()?.0).ok()?;
    Some(if negative { -units } else { units })
}

/// A participant for a name, the same in every file; two names share one with a chance of about 2^−64.
pub(super) fn participant(name: &str) -> ParticipantId {
    let mut number = [0; 8];
    number.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..8]);
    ParticipantId(u64::from_le_bytes(number))
}

/// 32 bytes from hexadecimal digits: themselves where there are 64, else the BLAKE3 hash of the text.
pub(super) fn seed(digits: &str) -> Option<[u8; 32]> {
    if digits.is_empty() || digits.len() > 128 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let exact = oikos_protocol::id::Hash32::parse(&digits.to_ascii_lowercase());
    Some(exact.map_or_else(|| *blake3::hash(digits.as_bytes()).as_bytes(), |hash| hash.0))
}

/// A text from a file, cut and without what could steer a terminal.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
