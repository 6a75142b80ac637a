//! Pages of events: what happened, entry by entry, with plain transfers as references into the journal.
//!
//! A transfer is *plain* when its body is what its sender wrote, but for the timestamp: then the entry in the journal
//! has it, and the page says which item of which entry. Every other event stands here whole.
//! Invariant: a page is read on its own and stays short, so that one event costs one page and at most one entry.

use super::chunk::Number;
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Pages longer than this are closed.
pub(crate) const PAGE_BYTES: usize = 16 << 10;
/// Events in one record at most, so that no page becomes very long.
const RECORD_EVENTS: u32 = 256;

/// Events of one entry, or a part of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub seq: u64,
    /// The index of the first event here.
    pub index: u32,
    pub t: Timestamp,
    pub now_ns: u64,
    /// How many transfers were made before the first event here.
    pub places: u64,
    /// The timestamp of the entry's item 0.
    pub first: Timestamp,
    pub pieces: Vec<Piece>,
}

/// One event, or a row of plain transfers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Piece {
    /// Items of the entry's batch, one after the other.
    Plain { item: u32, count: u32 },
    /// An event as it is.
    Event(Event),
}

/// What a record says of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The transfer of this place is the item of the entry's batch, made at this time.
    Plain {
        place: u64,
        item: u32,
        at: Timestamp,
    },
    Event(Event),
}

fn is_plain(transfer: &Transfer) -> bool {
    let taken_over = TransferFlags::POST_PENDING_TRANSFER
        .with(TransferFlags::VOID_PENDING_TRANSFER)
        .with(TransferFlags::BALANCING_DEBIT)
        .with(TransferFlags::BALANCING_CREDIT)
        .with(TransferFlags::CLOSING_DEBIT)
        .with(TransferFlags::CLOSING_CREDIT)
        .with(TransferFlags::IMPORTED);
    !transfer.flags.intersects(taken_over)
}

impl Record {
    /// The event of this index, if it is here.
    pub(crate) fn said(&self, wanted: u32) -> Option<Said> {
        let (mut index, mut place) = (self.index, self.places);
        for piece in &self.pieces {
            match piece {
                Piece::Plain { item, count } => {
                    if wanted < index + count {
                        let offset = wanted.checked_sub(index)?;
                        return Some(self.plain(place, *item, offset));
                    }
                    index += count;
                    place += u64::from(*count);
                }
                Piece::Event(event) => {
                    if wanted == index {
                        return Some(Said::Event(event.clone()));
                    }
                    index += 1;
                    place += u64::from(is_made(event));
                }
            }
        }
        None
    }

    /// The transfer of this place, if it is here.
    pub(crate) fn transfer(&self, wanted: u64) -> Option<Said> {
        let mut place = self.places;
        for piece in &self.pieces {
            match piece {
                Piece::Plain { item, count } => {
                    if wanted < place + u64::from(*count) {
                        let offset = u32::try_from(wanted.checked_sub(place)?).ok()?;
                        return Some(self.plain(place, *item, offset));
                    }
                    place += u64::from(*count);
                }
                Piece::Event(event) if is_made(event) => {
                    if wanted == place {
                        return Some(Said::Event(event.clone()));
                    }
                    place += 1;
                }
                Piece::Event(_) => {}
            }
        }
        None
    }

    /// How many events are here.
    pub(crate) fn count(&self) -> u32 {
        let of = |piece: &Piece| match piece {
            Piece::Plain { count, .. } => *count,
            Piece::Event(_) => 1,
        };
        self.pieces.iter().map(of).sum()
    }

    fn plain(&self, place: u64, item: u32, offset: u32) -> Said {
        let item = item + offset;
        let at = Timestamp(self.first.0.saturating_add(u64::from(item)));
        Said::Plain { place: place + u64::from(offset), item, at }
    }
}

pub(crate) fn made(event: &Event) -> Option<&oikos_protocol::event::transfer::TransferCreated> {
    match event {
        Event::Ledger(event) => match &**event {
            LedgerEvent::TransferCreated(created) => Some(created),
            _ => None,
        },
        _ => None,
    }
}

fn is_made(event: &Event) -> bool {
    made(event).is_some()
}

/// Makes records of an entry's events. `items` are the places in its batch of the transfers that were made.
pub(crate) struct Recorder<'a> {
    record: Record,
    events: u32,
    items: &'a [u32],
    next_item: usize,
    out: Vec<Record>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn begin(seq: u64, t: Timestamp, now_ns: u64, places: u64, items: &'a [u32]) -> Self {
        let record = Record { seq, index: 0, t, now_ns, places, first: Timestamp::ZERO, pieces: Vec::new() };
        Self { record, events: 0, items, next_item: 0, out: Vec::new() }
    }

    pub(crate) fn push(&mut self, event: &Event) {
        let plain = made(event).and_then(|created| {
            let item = *self.items.get(self.next_item)?;
            self.next_item += 1;
            let first = Timestamp(created.transfer.timestamp.0.checked_sub(u64::from(item))?);
            let same = self.record.first == first || self.record.first == Timestamp::ZERO;
            (is_plain(&created.transfer) && same).then_some((item, first))
        });
        match plain {
            Some((item, first)) => {
                self.record.first = first;
                match self.record.pieces.last_mut() {
                    Some(Piece::Plain { item: begin, count }) if *begin + *count == item => *count += 1,
                    _ => self.record.pieces.push(Piece::Plain { item, count: 1 }),
                }
            }
            None => self.record.pieces.push(Piece::Event(event.clone())),
        }
        self.events += 1;
        if self.record.pieces.len() as u32 >= RECORD_EVENTS {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let made: u64 = self
            .record
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Plain { count, .. } => u64::from(*count),
                Piece::Event(event) => u64::from(is_made(event)),
            })
            .sum();
        let next = Record {
            index: self.events,
            places: self.record.places + made,
            pieces: Vec::new(),
            seq: self.record.seq,
            t: self.record.t,
            now_ns: self.record.now_ns,
            first: self.record.first,
        };
        self.out.push(core::mem::replace(&mut self.record, next));
    }

    pub(crate) fn end(mut self) -> Vec<Record> {
        if !self.record.pieces.is_empty() {
            self.cut();
        }
        self.out
    }
}

/// A page that is being written.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub first: Number,
    pub places: u64,
    pub now_ns: u64,
    pub bytes: Vec<u8>,
}

impl Page {
    pub(crate) fn begin(record: &Record) -> Self {
        Self {
            first: (record.seq, record.index),
            places: record.places,
            now_ns: record.now_ns,
            bytes: Vec::with_capacity(PAGE_BYTES),
        }
    }

    pub(crate) fn push(&mut self, record: &Record) -> Result<(), postcard::Error> {
        self.bytes = postcard::to_extend(record, core::mem::take(&mut self.bytes))?;
        Ok(())
    }
}

/// The records of a page, in order; `None` where they make no sense.
pub(crate) fn records(mut bytes: &[u8]) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let (record, rest) = postcard::take_from_bytes(bytes).ok()?;
        records.push(record);
        bytes = rest;
    }
    Some(records)
}
