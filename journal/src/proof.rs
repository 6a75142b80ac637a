//! Inclusion proofs: that one record stands in one frame, by BLAKE3's own tree.
//!
//! A proof carries the frame's header, the chunks (1 KiB) of the body that hold the record and its
//! ends, and the chaining values of everything else. Who knows the frame's link needs nothing more.
//! Invariant: the sequence is proven too, for the ends stand at a place that the header fixes, and
//! not beside the record's own bytes. A short record in a frame of 1 MiB takes about 2.5 KB.
//! Absent on purpose: that the frame stands in the journal; the chain of links says that.

use crate::frame::{Decoded, FRAME_HEADER_BYTES, FrameHeader, Stamp, record_range, table_offset};
use crate::link::Link;
use blake3::hazmat::{HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root};
use blake3::{CHUNK_LEN, Hasher};
use std::ops::Range;

/// Why a proof was not made or does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// There is no such record to prove.
    #[error("there is no such record")]
    NoRecord,
    /// The parts do not have the shape the header asks for.
    #[error("the proof is malformed")]
    Malformed,
    /// The parts do not hash to the header's root.
    #[error("the proof does not lead to the root in the frame's header")]
    WrongRoot,
}

/// A proof for one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The frame's header.
    pub header: [u8; FRAME_HEADER_BYTES],
    /// The record's place in its frame, from 0.
    pub index: u32,
    /// Where the record stands in the body.
    pub range: Range<u32>,
    /// The shown chunks, in order, joined.
    pub chunks: Vec<u8>,
    /// The chaining values of the subtrees that are not shown, in order.
    pub hidden: Vec<[u8; 32]>,
}

/// What a proof that holds has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The link of the frame: compare it with a link you trust.
    pub link: Link,
    /// The record's sequence.
    pub sequence: u64,
    /// The stamp of its group.
    pub stamp: Stamp,
    /// The record.
    pub record: Vec<u8>,
}

/// The parts of a body that must be shown: the record, and the ends that say where it stands.
fn shown(body_bytes: usize, count: u32, index: u32, range: &Range<usize>) -> Option<[Range<usize>; 2]> {
    let table = table_offset(body_bytes, count)?;
    let ends = table + 4 * index.saturating_sub(1) as usize..table + 4 * (index as usize + 1);
    (index < count && range.start <= range.end && range.end <= table).then(|| [range.clone(), ends])
}

fn touches(parts: &[Range<usize>], subtree: &Range<usize>) -> bool {
    parts.iter().any(|part| part.start < subtree.end && subtree.start < part.end)
}

fn split(subtree: &Range<usize>) -> [Range<usize>; 2] {
    let middle = subtree.start + left_subtree_len((subtree.end - subtree.start) as u64) as usize;
    [subtree.start..middle, middle..subtree.end]
}

fn chaining_value(bytes: &[u8], offset: usize) -> [u8; 32] {
    Hasher::new().set_input_offset(offset as u64).update(bytes).finalize_non_root()
}

impl Proof {
    /// Proves record `index` of the frame with these header bytes and this body.
    pub(crate) fn new(header: &[u8], body: &[u8], index: u32) -> Result<Self, ProofError> {
        let header = *header.first_chunk::<FRAME_HEADER_BYTES>().ok_or(ProofError::NoRecord)?;
        let Decoded::Good(fields) = FrameHeader::fields(&header) else { return Err(ProofError::NoRecord) };
        let range = record_range(body, fields.count, index).ok_or(ProofError::NoRecord)?;
        let parts = shown(body.len(), fields.count, index, &range).ok_or(ProofError::NoRecord)?;
        let range = range.start as u32..range.end as u32;
        let mut proof = Self { header, index, range, chunks: Vec::new(), hidden: Vec::new() };
        proof.collect(body, &(0..body.len()), &parts);
        Ok(proof)
    }

    fn collect(&mut self, body: &[u8], subtree: &Range<usize>, parts: &[Range<usize>]) {
        if !touches(parts, subtree) {
            self.hidden.push(chaining_value(&body[subtree.clone()], subtree.start));
        } else if subtree.len() <= CHUNK_LEN {
            self.chunks.extend_from_slice(&body[subtree.clone()]);
        } else {
            split(subtree).iter().for_each(|half| self.collect(body, half, parts));
        }
    }

    /// Checks the proof and says what it has shown. Total: any proof, however made, is answered.
    ///
    /// # Errors
    /// [`ProofError::Malformed`] or [`ProofError::WrongRoot`].
    pub fn verify(&self) -> Result<Proven, ProofError> {
        let Decoded::Good(header) = FrameHeader::fields(&self.header) else { return Err(ProofError::Malformed) };
        let body_bytes = header.body_bytes as usize;
        let range = self.range.start as usize..self.range.end as usize;
        let parts = shown(body_bytes, header.count, self.index, &range).ok_or(ProofError::Malformed)?;
        let sequence = header.first_sequence.checked_add(u64::from(self.index)).ok_or(ProofError::Malformed)?;
        let mut rest = Rest { proof: self, chunk_at: 0, hidden_at: 0, seen: Vec::new() };
        let whole = 0..body_bytes;
        let root = if body_bytes <= CHUNK_LEN {
            *blake3::hash(rest.chunk(&whole)?).as_bytes()
        } else {
            let [left, right] = split(&whole);
            let (left, right) = (rest.value(&left, &parts)?, rest.value(&right, &parts)?);
            *merge_subtrees_root(&left, &right, Mode::Hash).as_bytes()
        };
        if rest.chunk_at != self.chunks.len() || rest.hidden_at != self.hidden.len() {
            return Err(ProofError::Malformed);
        }
        if Link(root) != header.body_root {
            return Err(ProofError::WrongRoot);
        }
        let [_, ends] = parts;
        let ends = rest.bytes(&ends)?;
        let end_at = |at: usize| ends.get(at..at + 4).map(|end| crate::frame::u32_at(end, 0));
        let (start, end) = if self.index == 0 { (Some(0), end_at(0)) } else { (end_at(0), end_at(4)) };
        if start != Some(self.range.start) || end != Some(self.range.end) {
            return Err(ProofError::Malformed);
        }
        let record = rest.bytes(&range)?;
        Ok(Proven { link: Link::of(&self.header), sequence, stamp: header.stamp, record })
    }
}

/// What of a proof has not been used yet, and which chunks were seen where.
struct Rest<'a> {
    proof: &'a Proof,
    chunk_at: usize,
    hidden_at: usize,
    seen: Vec<(Range<usize>, usize)>,
}

impl<'a> Rest<'a> {
    fn chunk(&mut self, place: &Range<usize>) -> Result<&'a [u8], ProofError> {
        let at = self.chunk_at;
        let chunk = self.proof.chunks.get(at..at + place.len()).ok_or(ProofError::Malformed)?;
        self.seen.push((place.clone(), at));
        self.chunk_at += place.len();
        Ok(chunk)
    }

    fn value(&mut self, subtree: &Range<usize>, parts: &[Range<usize>]) -> Result<[u8; 32], ProofError> {
        if !touches(parts, subtree) {
            let value = self.proof.hidden.get(self.hidden_at).ok_or(ProofError::Malformed)?;
            self.hidden_at += 1;
            return Ok(*value);
        }
        if subtree.len() <= CHUNK_LEN {
            return Ok(chaining_value(self.chunk(subtree)?, subtree.start));
        }
        let [left, right] = split(subtree);
        let (left, right) = (self.value(&left, parts)?, self.value(&right, parts)?);
        Ok(merge_subtrees_non_root(&left, &right, Mode::Hash))
    }

    /// The shown bytes at `range` of the body.
    fn bytes(&self, range: &Range<usize>) -> Result<Vec<u8>, ProofError> {
        let mut bytes = Vec::with_capacity(range.len().min(self.proof.chunks.len()));
        for (place, at) in &self.seen {
            let (start, end) = (range.start.max(place.start), range.end.min(place.end));
            if start < end {
                bytes.extend_from_slice(&self.proof.chunks[at + start - place.start..at + end - place.start]);
            }
        }
        if bytes.len() == range.len() { Ok(bytes) } else { Err(ProofError::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::{FramePlace, Group};

    fn frame(records: &[Vec<u8>]) -> Vec<u8> {
        let mut group = Group::new(Stamp { time_ns: 3, rules: 2, term: 1 });
        records.iter().for_each(|record| group.push(record).unwrap());
        let place = FramePlace { segment: 1, first_sequence: 100, previous: Link([5; 32]), salt: 6 };
        group.with_frame(&place, |frame, _| frame.to_vec())
    }

    fn proof(frame: &[u8], index: u32) -> Proof {
        let Decoded::Good(header) = FrameHeader::decode(frame, 6) else { unreachable!("just written") };
        Proof::new(&frame[..128], &frame[128..][..header.body_bytes as usize], index).unwrap()
    }

    #[test]
    fn every_record_of_frames_of_many_sizes_is_proven_with_its_sequence() {
        for (count, bytes) in [(1, 0), (1, 5), (3, 400), (40, 300), (700, 130), (5, 9000), (2, 1024)] {
            let records: Vec<Vec<u8>> = (0..count).map(|n| vec![n as u8; bytes + n % 7]).collect();
            let frame = frame(&records);
            for (index, record) in records.iter().enumerate() {
                let proven = proof(&frame, index as u32).verify().unwrap();
                assert_eq!(proven.link, Link::of(&frame[..128]));
                assert_eq!(proven.sequence, 100 + index as u64);
                assert_eq!(&proven.record, record);
            }
        }
    }

    #[test]
    fn a_proof_with_any_byte_changed_does_not_show_the_same_frame() {
        let records: Vec<Vec<u8>> = (0..200).map(|n| vec![n as u8; 100]).collect();
        let frame = frame(&records);
        let honest = proof(&frame, 77);
        let link = honest.verify().unwrap().link;
        for at in 0..128 {
            let mut forged = honest.clone();
            forged.header[at] ^= 1;
            assert_ne!(forged.verify().map(|proven| proven.link), Ok(link), "header byte {at}");
        }
        for at in 0..honest.chunks.len() {
            let mut forged = honest.clone();
            forged.chunks[at] ^= 1;
            assert_eq!(forged.verify(), Err(ProofError::WrongRoot));
        }
        let changes: [fn(&mut Proof); 4] = [
            |proof| proof.index += 1,
            |proof| proof.range.start += 1,
            |proof| proof.range.end -= 1,
            |proof| proof.hidden.push([0; 32]),
        ];
        for change in changes {
            let mut forged = honest.clone();
            change(&mut forged);
            assert!(forged.verify().is_err());
        }
    }

    #[test]
    fn a_record_in_a_frame_of_a_megabyte_takes_a_few_kilobytes() {
        let records: Vec<Vec<u8>> = (0..8192_u32).map(|n| n.to_le_bytes().repeat(32)).collect();
        let proof = proof(&frame(&records), 4000);
        let bytes = proof.chunks.len() + 32 * proof.hidden.len() + FRAME_HEADER_BYTES;
        assert!(bytes < 4096, "{bytes}");
    }
}
