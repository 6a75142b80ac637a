//! Station 4: committed entries change the state, and events follow. The same code replays a journal.
//!
//! Owns what serves questions around a [`State`]: what is open, directory, the way to the index of history.
//! Invariants: only committed entries come here, in order, without a gap; a broken invariant or a checkpoint that does
//! not agree stops the node before it answers; nothing here reads a clock.

use crate::history::{History, HistoryError, Job};
use crate::node::content::ContentStore;
use crate::node::directory::{Saved, SharedDirectory};
use crate::node::history::{Happened, Kept, Open, hearers};
use crate::node::outcomes::Leaf;
use crate::node::state::{PastOf, State, StateError};
use oikos_journal::{Tree, TreeHash};
use oikos_market::Economy;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::event::stream::StreamEvent;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::rejection::transfer::CreateTransferStatus;
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::Arc;

/// The form of a snapshot's payload; the second brought the tree of outcomes, the third desks, the fourth limits, streams and
/// exchanges, the fifth left out what happened.
const SNAPSHOT_FORMAT: u8 = 5;

/// The state, and what follows from it.
#[derive(Debug)]
pub struct Core {
    state: State,
    open: Open,
    directory: SharedDirectory,
    names: Arc<ContentStore>,
    beacon_left: u64,
    scratch: Vec<Event>,
}

/// What a snapshot holds before the economy.
#[derive(Serialize, Deserialize)]
struct Beside<O> {
    now_ns: u64,
    peaks: Vec<TreeHash>,
    beacon_left: u64,
    directory: Saved,
    open: O,
}

/// What an entry came to.
#[derive(Debug)]
pub struct Applied {
    /// The outcome of a request.
    pub outcome: Option<Outcome>,
    /// What stands for it in the tree of outcomes.
    pub leaf: Leaf,
    /// What happened, and who hears it.
    pub events: Arc<Vec<Happened>>,
}

/// Why nothing can be applied any more.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The entry does not apply.
    #[error(transparent)]
    State(#[from] StateError),
    /// The index of history failed.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A snapshot that is none of this version.
    #[error("the snapshot does not decode")]
    Snapshot,
    /// A snapshot that the disk did not take.
    #[error("the snapshot cannot be written")]
    Unwritten,
}

impl Core {
    /// The state after the first entry of a journal.
    ///
    /// # Errors
    /// [`StateError::OutOfPlace`] where that is no genesis.
    pub fn begin(entry: &Entry, directory: SharedDirectory, names: Arc<ContentStore>) -> Result<Self, CoreError> {
        let state = State::begin(entry)?;
        directory.begin();
        let beacon_left = state.economy().genesis().beacon_links;
        Ok(Self { state, open: Open::default(), directory, names, beacon_left, scratch: Vec::new() })
    }

    /// The state of a snapshot.
    ///
    /// # Errors
    /// [`CoreError::Snapshot`].
    pub fn load(
        payload: &[u8],
        seq: u64,
        directory: SharedDirectory,
        names: Arc<ContentStore>,
    ) -> Result<Self, CoreError> {
        let read = || {
            let (&SNAPSHOT_FORMAT, bytes) = payload.split_first()? else { return None };
            let (beside, bytes): (Beside<Open>, _) = postcard::take_from_bytes(bytes).ok()?;
            let economy: Economy = postcard::from_bytes(bytes).ok()?;
            let Beside { now_ns, peaks, beacon_left, directory: saved, open } = beside;
            let state = State::kept(economy, Tree::from_peaks(seq, peaks)?, seq, now_ns)?;
            Some((state, beacon_left, saved, open))
        };
        let Some((state, beacon_left, saved, open)) = read() else { return Err(CoreError::Snapshot) };
        directory.load(saved, &names);
        Ok(Self { state, open, directory, names, beacon_left, scratch: Vec::new() })
    }

    /// Writes the bytes from which [`Core::load`] makes this state again.
    ///
    /// # Errors
    /// [`CoreError::Unwritten`] with what the disk said.
    pub fn save(&self, to: &mut impl io::Write) -> Result<(), CoreError> {
        let beside = Beside {
            now_ns: self.state.now_ns(),
            peaks: self.state.outcomes().peaks().to_vec(),
            beacon_left: self.beacon_left,
            directory: self.directory.save(),
            open: &self.open,
        };
        to.write_all(&[SNAPSHOT_FORMAT]).map_err(|_| CoreError::Unwritten)?;
        postcard::to_io(&beside, &mut *to).map_err(|_| CoreError::Unwritten)?;
        postcard::to_io(self.economy(), to).map_err(|_| CoreError::Unwritten)?;
        Ok(())
    }

    /// After entry `seq` the state is to be this one: what a checkpoint further on in the journal says.
    pub fn expect(&mut self, seq: u64, digest: Hash32, root: Option<Hash32>) {
        self.state.expect(seq, digest, root);
    }

    /// Applies the next entry.
    ///
    /// # Errors
    /// [`CoreError`]: the state is of no more use.
    pub fn apply(&mut self, entry: &Entry) -> Result<Applied, CoreError> {
        let mut events = core::mem::take(&mut self.scratch);
        let step = self.state.apply(entry, &mut events)?;
        let (seq, t) = (self.state.seq(), entry.t);
        let happened: Vec<Happened> =
            events.drain(..).zip(0..).map(|(event, index)| self.remember(Kept { seq, index, t, event })).collect();
        self.scratch = events;
        for Happened { kept, .. } in &happened {
            if let Some(task) = crate::history::hearers::task_of(&kept.event)
                && self.state.economy().phase(task).is_some_and(|phase| phase.is_terminal())
            {
                self.open.close(task);
            }
            if let Event::Stream(StreamEvent::Ended { stream, .. }) = &kept.event {
                self.open.end_stream(*stream);
            }
        }
        let events = Arc::new(happened);
        if let PastOf::Index(history) = self.state.past() {
            let items = items_of(entry, step.outcome.as_ref());
            history.submit(Job { seq, t, now_ns: entry.now, items, events: Arc::clone(&events) })?;
        }
        Ok(Applied { outcome: step.outcome, leaf: step.leaf, events })
    }

    fn remember(&mut self, kept: Kept) -> Happened {
        if let Event::Beacon(revealed) = &kept.event {
            self.beacon_left = revealed.left;
        }
        self.directory.follow([&kept.event], &self.names);
        self.open.keep(&kept);
        let whose = self.open.whose(&kept.event);
        let directory = self.directory.read();
        let principal = |whose: ParticipantId| directory.entry(whose).map_or(whose, |entry| entry.principal);
        Happened { hearers: hearers(&kept.event, principal), whose, kept }
    }

    /// With this past; else it is in memory, and empty.
    #[must_use]
    pub fn with_past(self, past: PastOf) -> Self {
        Self { state: self.state.with_past(past), ..self }
    }

    /// The state, to be read.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The economy, to be read.
    #[must_use]
    pub const fn economy(&self) -> &Economy {
        self.state.economy()
    }

    /// What is open.
    #[must_use]
    pub const fn open(&self) -> &Open {
        &self.open
    }

    /// What happened, where there is an index of it.
    #[must_use]
    pub const fn history(&self) -> Option<&History> {
        self.state.past().history()
    }

    /// Names and assets.
    #[must_use]
    pub const fn directory(&self) -> &SharedDirectory {
        &self.directory
    }

    /// The last entry that is applied.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.state.seq()
    }

    /// When the last entry was sequenced.
    #[must_use]
    pub const fn now_ns(&self) -> u64 {
        self.state.now_ns()
    }

    /// How many links of the beacon are left.
    #[must_use]
    pub const fn beacon_left(&self) -> u64 {
        self.beacon_left
    }

    /// The digest of the state.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        self.state.digest()
    }
}

/// Which items of a batch became transfers. What a split or an exchange pays is not written in its entry: no batch.
fn items_of(entry: &Entry, outcome: Option<&Outcome>) -> Vec<u32> {
    let Body::Request(Request { command: Command::CreateTransfers(_), .. }) = &entry.body else { return Vec::new() };
    let Some(Outcome::Accepted(Reply::Transfers(statuses))) = outcome else { return Vec::new() };
    let made = (0..).zip(statuses).filter(|(_, status)| **status == CreateTransferStatus::Created);
    made.map(|(item, _)| item).collect()
}
