//! One change of a mailbox as bytes: format, kind, the participant's name, the number, the body.
//!
//! Little endian; the first byte is the format, so that another can stand beside it.

use bytes::Bytes;

use super::held::Number;
use crate::subject::Name;

const FORMAT: u8 = 1;
const TAKEN: u8 = 1;
const ACKNOWLEDGED: u8 = 2;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    Taken(Bytes),
    Acknowledged,
}

pub(super) fn encode(who: &Name, number: Number, change: &Change) -> Vec<u8> {
    let (kind, body) = match change {
        Change::Taken(body) => (TAKEN, &body[..]),
        Change::Acknowledged => (ACKNOWLEDGED, &[][..]),
    };
    let name = who.as_str().as_bytes();
    let mut bytes = Vec::with_capacity(15 + name.len() + body.len());
    // A name has at most 64 bytes.
    bytes.extend([FORMAT, kind, name.len() as u8]);
    bytes.extend_from_slice(name);
    bytes.extend(number.seq.to_le_bytes());
    bytes.extend(number.index.to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Reads back what [`encode`] wrote; `None` for anything else.
pub(super) fn decode(bytes: &[u8]) -> Option<(Name, Number, Change)> {
    let (&[format, kind, name_len], rest) = bytes.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(usize::from(name_len))?;
    let (seq, rest) = rest.split_first_chunk()?;
    let (index, body) = rest.split_first_chunk()?;
    let who = Name::new(core::str::from_utf8(name).ok()?).ok()?;
    let number = Number { seq: u64::from_le_bytes(*seq), index: u32::from_le_bytes(*index) };
    let change = match (format, kind, body) {
        (FORMAT, TAKEN, body) => Change::Taken(Bytes::copy_from_slice(body)),
        (FORMAT, ACKNOWLEDGED, []) => Change::Acknowledged,
        _ => return None,
    };
    Some((who, number, change))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reads_back_and_the_bytes_of_format_1_stay() {
        let (who, number) = (Name::new("ann").unwrap(), Number { seq: 258, index: 3 });
        let bytes = encode(&who, number, &Change::Taken("hi".into()));
        assert_eq!(bytes, b"\x01\x01\x03ann\x02\x01\0\0\0\0\0\0\x03\0\0\0hi");
        assert_eq!(decode(&bytes), Some((who.clone(), number, Change::Taken("hi".into()))));
        let bytes = encode(&who, number, &Change::Acknowledged);
        assert_eq!(decode(&bytes), Some((who, number, Change::Acknowledged)));
    }

    #[test]
    fn what_was_not_written_by_it_is_refused() {
        let whole = encode(&Name::new("ann").unwrap(), Number { seq: 1, index: 0 }, &Change::Acknowledged);
        for cut in 0..whole.len() {
            assert_eq!(decode(&whole[..cut]), None);
        }
        assert_eq!(decode(&[&whole[..], b"x"].concat()), None);
        assert_eq!(decode(&[&[9], &whole[1..]].concat()), None);
    }
}
