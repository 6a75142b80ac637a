//! The walk along the chain, frame by frame, that reading, checking and recovery share.
//!
//! Owns the verdict on the place where the chain ends. The rules:
//! * A frame is good if its checksum, segment, sequence, previous link, body hash and padding are.
//! * Only one write is ever in flight, so a crash can spoil nothing but the last frame, and only
//!   in the last segment. If no good frame can be read at a place and nothing good follows, it is
//!   a *torn tail*. If anything good follows, or the file was closed or is not the last, it is *damage*.
//! * A good checksum with a wrong sequence, link or padding is damage wherever it stands.
//!
//! What theory does not allow: in a journal that was *not* closed, a flipped bit in the very last
//! frame looks exactly like a write that the power cut short, and is told as a torn tail. Receipts,
//! snapshots and checkpoints that stand above the end reveal it. A closed journal has no such place.

use crate::damage::{Damage, Place, What};
use crate::frame::{BLOCK_BYTES, Decoded, FRAME_HEADER_BYTES, FrameHeader, Kind, Stamp, is_well_formed};
use crate::link::{Boundary, Link};
use crate::segment::{DecodedSegment, HEADER_BYTES, SegmentHeader, file_name, is_zero, number_of, salt};
use crate::storage::Storage;
use crate::window::Window;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Behind a closing frame.
    Closed,
    /// Before zeros that were never written.
    Open,
    /// Before a frame whose write did not finish.
    Torn(Torn),
    /// Before damage.
    Damaged(Damage),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Torn {
    pub place: Place,
    /// Where the dirty blocks end.
    pub dirty_end: u64,
    /// The next segment was already announced, and only the frame that ends this one is missing.
    pub rotation: bool,
}

#[derive(Debug)]
pub(crate) struct OpenSegment {
    pub header: SegmentHeader,
    pub salt: u32,
    pub offset: u64,
    name: String,
    window: Window,
}

/// A walk. Cheap to hold; reads about 1 MiB at a time.
#[derive(Debug)]
pub(crate) struct Walk {
    storage: Arc<dyn Storage>,
    numbers: Vec<u64>,
    index: usize,
    pub segment: Option<OpenSegment>,
    /// What the next header must name.
    pub link: Link,
    pub boundary: Boundary,
    pub stamp: Stamp,
    pub frames: u64,
    /// The sequence with which the first segment begins.
    pub first_sequence: u64,
    next_sequence: Option<u64>,
    last_kind: Option<Kind>,
    body: Range<u64>,
    ending: Option<Ending>,
}

enum Fault {
    /// A write that did not finish can look so.
    Soft(What),
    /// Nothing of ours can look so.
    Hard(What),
}

/// The numbers of all segments, ascending.
pub(crate) fn segment_numbers(storage: &dyn Storage) -> io::Result<Vec<u64>> {
    let mut numbers: Vec<u64> = storage.list()?.iter().filter_map(|name| number_of(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

impl Walk {
    /// Begins at the segment at `index` of `numbers` and believes what its header says of the past.
    pub(crate) fn begin(storage: Arc<dyn Storage>, numbers: Vec<u64>, index: usize) -> Self {
        Self {
            storage,
            numbers,
            index,
            segment: None,
            link: Link::NONE,
            boundary: Boundary::default(),
            stamp: Stamp::default(),
            frames: 0,
            first_sequence: 1,
            next_sequence: None,
            last_kind: None,
            body: 0..0,
            ending: None,
        }
    }

    /// The sequence of the next record; 1 before anything was read.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.next_sequence.unwrap_or(1)
    }

    pub(crate) fn segments(&self) -> &[u64] {
        &self.numbers
    }

    /// How the walk ended; `None` while it has not.
    pub(crate) fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// The body of the frame that [`Walk::next_frame`] returned last.
    pub(crate) fn body(&self) -> &[u8] {
        let bytes = (self.body.end - self.body.start) as usize;
        self.segment.as_ref().map_or(&[], |segment| segment.window.cached(self.body.start, bytes))
    }

    /// The header bytes of that frame.
    pub(crate) fn header_bytes(&self) -> &[u8] {
        let start = self.body.start.saturating_sub(FRAME_HEADER_BYTES as u64);
        self.segment.as_ref().map_or(&[], |segment| segment.window.cached(start, FRAME_HEADER_BYTES))
    }

    /// The next frame with records. `None` at the end, which [`Walk::ending`] then tells; a later
    /// call looks again, since a writer may have gone on, unless the end was damage.
    pub(crate) fn next_frame(&mut self) -> io::Result<Option<FrameHeader>> {
        match self.ending.take() {
            Some(Ending::Damaged(damage)) => {
                self.ending = Some(Ending::Damaged(damage));
                return Ok(None);
            }
            Some(_) => self.refresh()?,
            None => {}
        }
        loop {
            if self.segment.is_none() && !self.enter()? {
                return Ok(None);
            }
            let expected = self.next_sequence();
            let Some(segment) = &mut self.segment else { return Ok(None) };
            match segment.read_frame(expected, self.link)? {
                Err(Fault::Hard(what)) => {
                    let place = segment.place(expected);
                    return Ok(self.end(Ending::Damaged(Damage { place, what })));
                }
                Err(Fault::Soft(what)) => {
                    let ending = self.judge(what)?;
                    return Ok(self.end(ending));
                }
                Ok(header) => {
                    let start = segment.offset + FRAME_HEADER_BYTES as u64;
                    self.body = start..start + u64::from(header.body_bytes);
                    let link = Link::of(segment.window.cached(segment.offset, FRAME_HEADER_BYTES));
                    segment.offset += header.frame_bytes();
                    self.link = link;
                    self.last_kind = Some(header.kind);
                    self.stamp = header.stamp;
                    if header.kind == Kind::Records {
                        let last = header.first_sequence + u64::from(header.count) - 1;
                        self.next_sequence = Some(last + 1);
                        self.boundary = Boundary { sequence: last, link };
                        self.frames += 1;
                        return Ok(Some(header));
                    }
                    if let Some(damage) = self.damage_behind_end(header.kind)? {
                        return Ok(self.end(Ending::Damaged(damage)));
                    }
                    if header.kind == Kind::Closed && self.index + 1 == self.numbers.len() {
                        return Ok(self.end(Ending::Closed));
                    }
                    self.segment = None;
                    self.index += 1;
                }
            }
        }
    }

    fn end<T>(&mut self, ending: Ending) -> Option<T> {
        self.ending = Some(ending);
        None
    }

    fn refresh(&mut self) -> io::Result<()> {
        let numbers = segment_numbers(&*self.storage)?;
        // Older segments may have been archived meanwhile: the place is found by number.
        if let Some(number) = self.numbers.get(self.index)
            && let Some(index) = numbers.iter().position(|other| other == number)
        {
            self.index = index;
        }
        self.numbers = numbers;
        if self.last_kind == Some(Kind::Closed) && self.index + 1 < self.numbers.len() {
            self.segment = None;
            self.index += 1;
        } else if let Some(segment) = &mut self.segment {
            segment.window.refresh()?;
        }
        Ok(())
    }

    /// Opens the segment at `index` and checks that it continues the chain. `false`: the walk ended.
    fn enter(&mut self) -> io::Result<bool> {
        let wanted = match self.index.checked_sub(1).and_then(|before| self.numbers.get(before)) {
            Some(before) if self.last_kind.is_some() => before + 1,
            _ => self.numbers.get(self.index).copied().unwrap_or(1),
        };
        let name = file_name(wanted);
        let place =
            Place { file: name.clone(), segment: Some(wanted), offset: 0, sequence: self.next_sequence.unwrap_or(1) };
        if self.numbers.get(self.index) != Some(&wanted) {
            self.ending = Some(Ending::Damaged(Damage { place, what: What::SegmentMissing }));
            return Ok(false);
        }
        let mut window = Window::new(self.storage.open(&name, false)?)?;
        let block = window.get(0, BLOCK_BYTES)?;
        let checked = if block.len() < BLOCK_BYTES {
            Err(What::Cut { found_bytes: block.len() as u64 })
        } else {
            match SegmentHeader::decode(block) {
                DecodedSegment::Bad => Err(What::HeaderUnreadable),
                DecodedSegment::Unknown { format } => Err(What::UnknownFormat { format }),
                DecodedSegment::Good(header) => self.check_header(header, wanted),
            }
        };
        match checked {
            Err(what) => {
                self.ending = Some(Ending::Damaged(Damage { place, what }));
                Ok(false)
            }
            Ok(header) => {
                if self.next_sequence.is_none() {
                    self.next_sequence = Some(header.first_sequence);
                    self.first_sequence = header.first_sequence;
                    self.boundary.sequence = header.first_sequence.saturating_sub(1);
                }
                self.link = header.link();
                self.segment = Some(OpenSegment { salt: salt(self.link), header, offset: HEADER_BYTES, name, window });
                Ok(true)
            }
        }
    }

    fn check_header(&self, header: SegmentHeader, wanted: u64) -> Result<SegmentHeader, What> {
        if header.number != wanted {
            return Err(What::SegmentOutOfPlace { found: header.number });
        }
        let is_first = self.last_kind.is_none();
        let (expected, link) = match (is_first, wanted) {
            (false, _) => (self.next_sequence(), self.link),
            (true, 1) => (1, Link::NONE),
            (true, _) => (header.first_sequence, header.previous),
        };
        if header.first_sequence != expected || header.first_sequence == 0 {
            return Err(What::OutOfOrder { expected, found: header.first_sequence });
        }
        if header.previous != link {
            return Err(What::ChainBroken { expected: link, found: header.previous });
        }
        Ok(header)
    }

    /// What is wrong behind the frame that ends the open segment.
    fn damage_behind_end(&mut self, kind: Kind) -> io::Result<Option<Damage>> {
        let sequence = self.next_sequence();
        let Some(segment) = &mut self.segment else { return Ok(None) };
        let full = segment.header.segment_bytes;
        let found_bytes = segment.window.length();
        // A closed segment is cut behind its last frame; if the power went before the cut, it is full.
        let is_cut_after_closing = kind == Kind::Closed && found_bytes == segment.offset;
        let mut place = segment.place(sequence);
        if found_bytes != full && !is_cut_after_closing {
            return Ok(Some(Damage { place, what: What::WrongLength { found_bytes } }));
        }
        Ok(segment.window.first_dirty(segment.offset)?.map(|offset| {
            place.offset = offset;
            Damage { place, what: What::NotZeroAfterEnd }
        }))
    }

    /// Whether a place where no good frame can be read is an open end, a torn tail or damage.
    fn judge(&mut self, what: What) -> io::Result<Ending> {
        let sequence = self.next_sequence();
        let (stamp, link) = (self.stamp, self.link);
        let next = self.numbers.get(self.index + 1).copied();
        let is_last_but_one = self.index + 2 == self.numbers.len();
        let Some(segment) = &mut self.segment else { return Ok(Ending::Open) };
        let place = segment.place(sequence);
        let damaged = |what| Ok(Ending::Damaged(Damage { place: place.clone(), what }));
        let length = segment.window.length();
        if length > segment.header.segment_bytes {
            return damaged(What::WrongLength { found_bytes: length });
        }
        if length < segment.header.segment_bytes {
            let is_past_end = segment.offset + BLOCK_BYTES as u64 > length;
            return damaged(if is_past_end { What::Cut { found_bytes: length } } else { what });
        }
        let mut dirty_end = segment.offset;
        let mut good_follows = false;
        let (offset, salt) = (segment.offset, segment.salt);
        segment.window.visit_dirty(offset, |at, block| {
            dirty_end = at + BLOCK_BYTES as u64;
            good_follows |= at > offset && FrameHeader::decode(block, salt) != Decoded::Bad;
        })?;
        if good_follows {
            return damaged(what);
        }
        let Some(next) = next else {
            let torn = Torn { place: place.clone(), dirty_end, rotation: false };
            return Ok(if dirty_end == offset { Ending::Open } else { Ending::Torn(torn) });
        };
        // The next segment is made before the frame that announces it, so that frame may be
        // missing, provided that nothing was written behind the next one's header yet.
        let seal = FrameHeader::seal(Kind::Rotated, stamp, segment.header.number, sequence, link);
        let announced = Link::of(&seal.encode(salt));
        let is_rotation = is_last_but_one
            && next == segment.header.number + 1
            && dirty_end <= offset + BLOCK_BYTES as u64
            && !matches!(what, What::BodyChanged)
            && self.is_fresh(next, sequence, announced)?;
        if is_rotation {
            return Ok(Ending::Torn(Torn { place, dirty_end, rotation: true }));
        }
        damaged(if dirty_end == offset { What::EndMissing } else { what })
    }

    /// Whether segment `number` has a header that continues from here and nothing behind it.
    fn is_fresh(&self, number: u64, sequence: u64, previous: Link) -> io::Result<bool> {
        let mut window = Window::new(self.storage.open(&file_name(number), false)?)?;
        let DecodedSegment::Good(header) = SegmentHeader::decode(window.get(0, BLOCK_BYTES)?) else {
            return Ok(false);
        };
        let continues = header.number == number && header.first_sequence == sequence && header.previous == previous;
        Ok(continues && window.length() == header.segment_bytes && window.first_dirty(HEADER_BYTES)?.is_none())
    }
}

impl OpenSegment {
    fn place(&self, sequence: u64) -> Place {
        let segment = Some(self.header.number);
        Place { file: self.name.clone(), segment, offset: self.offset, sequence }
    }

    /// Reads and checks the frame at `offset`.
    fn read_frame(&mut self, expected: u64, link: Link) -> io::Result<Result<FrameHeader, Fault>> {
        let length = self.window.length();
        let block = self.window.get(self.offset, BLOCK_BYTES)?;
        if block.len() < BLOCK_BYTES {
            return Ok(Err(Fault::Soft(What::Cut { found_bytes: length })));
        }
        let header = match FrameHeader::decode(block, self.salt) {
            Decoded::Bad => return Ok(Err(Fault::Soft(What::FrameUnreadable))),
            Decoded::Unknown { format } => return Ok(Err(Fault::Hard(What::UnknownFormat { format }))),
            Decoded::Good(header) => header,
        };
        if header.first_sequence != expected {
            let found = header.first_sequence;
            return Ok(Err(Fault::Hard(What::OutOfOrder { expected, found })));
        }
        if header.previous != link {
            return Ok(Err(Fault::Hard(What::ChainBroken { expected: link, found: header.previous })));
        }
        let frame_bytes = header.frame_bytes();
        let has_records = header.kind == Kind::Records;
        let is_sane = header.segment == self.header.number
            && self.offset + frame_bytes <= self.header.segment_bytes
            && has_records == (header.count > 0)
            && (has_records || header.body_bytes == 0)
            && header.first_sequence.checked_add(u64::from(header.count)).is_some();
        if !is_sane {
            return Ok(Err(Fault::Hard(What::Malformed)));
        }
        let frame = self.window.get(self.offset, frame_bytes as usize)?;
        if (frame.len() as u64) < frame_bytes {
            return Ok(Err(Fault::Hard(What::Cut { found_bytes: length })));
        }
        let (body, padding) = frame[FRAME_HEADER_BYTES..].split_at(header.body_bytes as usize);
        if Link::of(body) != header.body_root {
            return Ok(Err(Fault::Soft(What::BodyChanged)));
        }
        if !is_zero(padding) {
            return Ok(Err(Fault::Hard(What::PaddingNotZero)));
        }
        if !is_well_formed(body, header.count) {
            return Ok(Err(Fault::Hard(What::Malformed)));
        }
        Ok(Ok(header))
    }
}
