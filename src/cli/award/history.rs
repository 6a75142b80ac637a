//! From the journal of a run, or of a node, to the records of its awards: every entry is applied again.
//!
//! The records are folded from the events that come out, not read from anywhere: whoever would change a bid has to
//! change the journal, and its chain of hashes tells.

use super::AwardFailure;
use super::document::{Money, Recorded};
use oikos_journal::{FileStorage, ReadError, Reader, Storage};
use oikos_ledger::{LedgerSink as _, MemoryPast};
use oikos_market::{Economy, Progress};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::id::{Hash32, TaskId};
use oikos_views::award::Awards;
use oikos_views::fold::{Follow, Position};
use std::path::Path;
use std::sync::Arc;

const DEADLINES_AT_A_TIME: u32 = 1_024;

/// Numbers events, folds them, and keeps the book's changes for the past of what follows.
struct Sink {
    awards: Follow<Awards>,
    booked: Vec<LedgerEvent>,
    at: Position,
}

impl EventSink for Sink {
    fn emit(&mut self, event: &Event) {
        if let Event::Ledger(event) = event {
            self.booked.push(**event);
        }
        self.awards.take(self.at, event);
        self.at.index += 1;
    }
}

/// The record of a task's award, by applying the journal under `folder` again.
///
/// # Errors
/// [`AwardFailure::NoRun`], [`AwardFailure::Damaged`], [`AwardFailure::NoSuchTask`].
pub fn record_of(task: TaskId, folder: &Path) -> Result<Recorded, AwardFailure> {
    let no_run = |reason: String| AwardFailure::NoRun { path: folder.into(), reason };
    let damaged = |reason: String| AwardFailure::Damaged { path: folder.into(), reason };
    let storage = FileStorage::existing(folder.join("journal")).map_err(|error| no_run(error.to_string()))?;
    let storage: Arc<dyn Storage> = Arc::new(storage);
    let mut reader = Reader::open(storage).map_err(|error| no_run(error.to_string()))?;
    let mut economy: Option<Economy> = None;
    let mut past = MemoryPast::new();
    let mut sink = Sink { awards: Follow::default(), booked: Vec::new(), at: Position { seq: 0, index: 0 } };
    loop {
        let found = match reader.next_record() {
            Ok(found) => found,
            // The end of a folder whose node is writing, or was stopped by a power cut: nothing follows it.
            Err(ReadError::TornTail(_)) => None,
            Err(error) => return Err(damaged(error.to_string())),
        };
        let Some(record) = found else { break };
        let sequence = record.sequence;
        let entry = Entry::decode(record.bytes).map_err(|error| damaged(format!("entry {sequence}: {error}")))?;
        sink.at = Position { seq: sequence, index: 0 };
        apply(&entry, &mut economy, &past, &mut sink).map_err(|what| damaged(format!("entry {sequence}: {what}")))?;
        sink.booked.drain(..).for_each(|event| past.emit(event));
    }
    let record = sink.awards.view().get(task).cloned().ok_or(AwardFailure::NoSuchTask { task })?;
    let asset = economy.as_ref().and_then(|economy| economy.asset(record.asset));
    let asset = asset.ok_or_else(|| damaged(format!("task {task} is paid in an asset that is not there")))?;
    let asset = Money { number: record.asset, code: asset.code.to_string(), scale: asset.scale };
    Ok(Recorded { record, asset })
}

/// Whether the checkpoint in entry `at` says what is so. One of a state further back is compared by whoever reads ahead.
fn agrees(economy: &Economy, at: u64, seq: u64, digest: Hash32) -> Result<(), String> {
    let found = if seq + 1 == at { economy.digest() } else { digest };
    if found == digest {
        return Ok(());
    }
    Err(format!("the state after {seq} has digest {found}, the journal says {digest}"))
}

fn apply(entry: &Entry, economy: &mut Option<Economy>, past: &MemoryPast, sink: &mut Sink) -> Result<(), String> {
    match (&entry.body, economy) {
        (Body::Genesis(genesis), empty @ None) => *empty = Some(Economy::new((**genesis).clone())),
        (Body::Genesis(_), Some(_)) | (_, None) => return Err("the first entry, and only it, begins it all".to_owned()),
        (Body::SignedCheckpoint(checkpoint), Some(economy)) => {
            agrees(economy, sink.at.seq, checkpoint.seq, checkpoint.digest)?;
        }
        (Body::Checkpoint { seq, digest }, Some(economy)) => agrees(economy, sink.at.seq, *seq, *digest)?,
        (Body::Tick | Body::Request(_), Some(economy)) => {
            let ready = loop {
                if let Progress::Done(ready) = economy.advance(entry.t, DEADLINES_AT_A_TIME, sink) {
                    break ready;
                }
            };
            if let Body::Request(request) = &entry.body {
                economy.apply(ready, request, past, sink);
            }
            economy.check_invariants().map_err(|violation| violation.to_string())?;
        }
    }
    Ok(())
}
