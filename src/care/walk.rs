//! Applying a journal from its first entry, with somebody watching.
//!
//! Invariants: entries are seen in order, each after it was applied; every checkpoint is compared with the
//! state it names; what does not decode or does not apply ends the walk with the entry's number; nothing behind `until` is looked at.

use crate::node::outcomes::Leaf;
use crate::node::replay::expected;
use crate::node::state::State;
use oikos_journal::{Place, ReadError, Reader, Storage};
use oikos_protocol::entry::Entry;
use oikos_protocol::event::Event;
use oikos_protocol::outcome::Outcome;
use serde::Serialize;
use std::sync::Arc;

/// An entry, applied.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Its sequence.
    pub seq: u64,
    /// What was asked.
    pub entry: &'a Entry,
    /// What it came to, where somebody asked.
    pub outcome: Option<&'a Outcome>,
    /// What stands for it in the tree of outcomes.
    pub leaf: Leaf,
    /// What happened.
    pub events: &'a [Event],
    /// The state behind it.
    pub state: &'a State,
}

/// Where something is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("entry {seq}: {what}")]
pub struct Fault {
    /// At which entry.
    pub seq: u64,
    /// What.
    pub what: String,
    /// In which file, where it is the bytes that are wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl Fault {
    /// A fault in what an entry says.
    pub fn at(seq: u64, what: impl Into<String>) -> Self {
        Self { seq, what: what.into(), place: None }
    }
}

/// Why a walk ended early.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The journal says something that is not so.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It cannot be read.
    #[error(transparent)]
    Read(ReadError),
}

/// Applies every entry up to `until`; `see` is told each, and ends the walk where it objects.
///
/// # Errors
/// [`WalkError`]. `None` where there is no entry.
pub fn walk(
    storage: Arc<dyn Storage>,
    until: u64,
    see: &mut dyn FnMut(&Seen<'_>) -> Result<(), Fault>,
) -> Result<Option<State>, WalkError> {
    let fault = |seq, what: String| WalkError::Fault(Fault::at(seq, what));
    let mut ahead = expected(&storage, 1, until).map_err(WalkError::Read)?;
    let mut reader = Reader::open_from(storage, 1).map_err(WalkError::Read)?;
    reader.until(until);
    let mut state: Option<State> = None;
    let mut events = Vec::new();
    loop {
        let record = match reader.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(state),
            Err(ReadError::Damaged(damage)) => {
                let (seq, what) = (damage.place.sequence, damage.what.to_string());
                return Err(Fault { seq, what, place: Some(damage.place) }.into());
            }
            Err(error) => return Err(WalkError::Read(error)),
        };
        let seq = record.sequence;
        let entry = Entry::decode(record.bytes).map_err(|error| fault(seq, error.to_string()))?;
        events.clear();
        let (applied, outcome, leaf) = match &mut state {
            Some(applied) => {
                let step = applied.apply(&entry, &mut events).map_err(|error| fault(seq, error.to_string()))?;
                (&*applied, step.outcome, step.leaf)
            }
            None => {
                let mut begun = State::begin(&entry).map_err(|error| fault(seq, error.to_string()))?;
                ahead.drain(..).for_each(|(seq, digest, root)| begun.expect(seq, digest, root));
                (&*state.insert(begun), None, Leaf::of(1, &entry, None, &[]))
            }
        };
        let seen = Seen { seq, entry: &entry, outcome: outcome.as_ref(), leaf, events: &events, state: applied };
        see(&seen)?;
    }
}
