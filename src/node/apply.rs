//! Station 4: committed entries change the state, and events follow. The same code replays a journal.
//!
//! Owns what serves questions around a [`State`]: history, directory, mail.
//! Invariants: only committed entries come here, in order, without a gap; a broken invariant or a checkpoint that does
//! not agree stops the node before it answers; nothing here reads a clock.

use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use crate::node::history::{Hearers, History, Kept};
use crate::node::outcomes::Leaf;
use crate::node::state::{State, StateError};
use oikos_journal::{Tree, TreeHash};
use oikos_market::Economy;
use oikos_protocol::entry::Entry;
use oikos_protocol::event::Event;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::outcome::Outcome;
use std::sync::Arc;

/// The form of a snapshot's payload; the second brought the tree of outcomes, the third desks, the fourth limits, streams and exchanges.
const SNAPSHOT_FORMAT: u8 = 4;

/// The state, and what follows from it.
#[derive(Debug)]
pub struct Core {
    state: State,
    history: History,
    directory: SharedDirectory,
    names: Arc<ContentStore>,
    beacon_left: u64,
    scratch: Vec<Event>,
}

/// What an entry came to.
#[derive(Debug)]
pub struct Applied {
    /// The outcome of a request.
    pub outcome: Option<Outcome>,
    /// What stands for it in the tree of outcomes.
    pub leaf: Leaf,
    /// What happened, and who hears it.
    pub events: Vec<(Kept, Hearers)>,
}

/// Why nothing can be applied any more.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The entry does not apply.
    #[error(transparent)]
    State(#[from] StateError),
    /// A snapshot that is none of this version.
    #[error("the snapshot does not decode")]
    Snapshot,
}

impl Core {
    /// The state after the first entry of a journal.
    ///
    /// # Errors
    /// [`StateError::OutOfPlace`] where that is no genesis.
    pub fn begin(entry: &Entry, directory: SharedDirectory, names: Arc<ContentStore>) -> Result<Self, CoreError> {
        Ok(Self::around(State::begin(entry)?, directory, names))
    }

    fn around(state: State, directory: SharedDirectory, names: Arc<ContentStore>) -> Self {
        directory.begin();
        let beacon_left = state.economy().genesis().beacon_links;
        Self { state, history: History::default(), directory, names, beacon_left, scratch: Vec::new() }
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
        let Some((&SNAPSHOT_FORMAT, bytes)) = payload.split_first() else { return Err(CoreError::Snapshot) };
        let (now_ns, peaks, economy, events): (u64, Vec<TreeHash>, Economy, Vec<Kept>) =
            postcard::from_bytes(bytes).map_err(|_| CoreError::Snapshot)?;
        let outcomes = Tree::from_peaks(seq, peaks).ok_or(CoreError::Snapshot)?;
        let state = State::kept(economy, outcomes, seq, now_ns).ok_or(CoreError::Snapshot)?;
        let mut core = Self::around(state, directory, names);
        for kept in events {
            core.state.remember(&kept.event);
            core.remember(kept);
        }
        Ok(core)
    }

    /// The bytes from which [`Core::load`] makes this state again.
    ///
    /// # Errors
    /// [`CoreError::Snapshot`] if the serialiser refuses it, which it does for no state.
    pub fn save(&self) -> Result<Vec<u8>, CoreError> {
        let value = (self.state.now_ns(), self.state.outcomes().peaks(), self.state.economy(), self.history.all());
        postcard::to_extend(&value, vec![SNAPSHOT_FORMAT]).map_err(|_| CoreError::Snapshot)
    }

    /// Applies the next entry.
    ///
    /// # Errors
    /// [`CoreError`]: the state is of no more use.
    pub fn apply(&mut self, entry: &Entry) -> Result<Applied, CoreError> {
        let mut events = core::mem::take(&mut self.scratch);
        let step = self.state.apply(entry, &mut events)?;
        let (seq, t) = (self.state.seq(), entry.t);
        let applied = events
            .drain(..)
            .zip(0..)
            .map(|(event, index)| {
                let kept = Kept { seq, index, t, event };
                let hearers = self.remember(kept.clone());
                (kept, hearers)
            })
            .collect();
        self.scratch = events;
        Ok(Applied { outcome: step.outcome, leaf: step.leaf, events: applied })
    }

    fn remember(&mut self, kept: Kept) -> Hearers {
        if let Event::Beacon(revealed) = &kept.event {
            self.beacon_left = revealed.left;
        }
        self.directory.follow([&kept.event], &self.names);
        let directory = self.directory.read();
        let principal = |whose: ParticipantId| directory.entry(whose).map_or(whose, |entry| entry.principal);
        self.history.keep(kept, principal)
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

    /// What happened.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// What happened, to acknowledge mail.
    pub const fn history_mut(&mut self) -> &mut History {
        &mut self.history
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
