//! Station 4: committed entries change the state, and events follow. The same code replays a journal.
//!
//! Invariants: only committed entries come here, in order, without a gap; a broken invariant or a checkpoint that does
//! not agree stops the node before it answers; nothing here reads a clock.

use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use crate::node::history::{Hearers, History, Kept};
use oikos_ledger::{LedgerSink, MemoryPast};
use oikos_market::{Economy, Progress, Violation};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::Timestamp;
use std::sync::Arc;

/// Deadlines fired at a time.
const BUDGET: u32 = 4_096;
/// The form of a snapshot's payload.
const SNAPSHOT_FORMAT: u8 = 1;

/// The state, and what follows from it.
#[derive(Debug)]
pub struct Core {
    economy: Economy,
    past: MemoryPast,
    history: History,
    directory: SharedDirectory,
    names: Arc<ContentStore>,
    seq: u64,
    now_ns: u64,
    beacon_left: u64,
    scratch: Vec<Event>,
}

/// What an entry came to.
#[derive(Debug, Default)]
pub struct Applied {
    /// The outcome of a request.
    pub outcome: Option<Outcome>,
    /// What happened, and who hears it.
    pub events: Vec<(Kept, Hearers)>,
}

/// Why nothing can be applied any more.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// A bug: what always holds does not.
    #[error("entry {seq} broke an invariant: {violation}")]
    Broken {
        /// After which entry.
        seq: u64,
        /// What does not hold.
        violation: Violation,
    },
    /// This state is not the one that was.
    #[error("the state after entry {seq} is not the one the checkpoint names; this version or machine differs")]
    Diverged {
        /// After which entry.
        seq: u64,
    },
    /// The first entry of a journal begins the economy, and no other does.
    #[error("entry {seq} is not what stands in that place of a journal")]
    OutOfPlace {
        /// Which.
        seq: u64,
    },
    /// A snapshot that is none of this version.
    #[error("the snapshot does not decode")]
    Snapshot,
}

impl Core {
    /// The state after the first entry of a journal.
    ///
    /// # Errors
    /// [`CoreError::OutOfPlace`] where that is no genesis.
    pub fn begin(entry: &Entry, directory: SharedDirectory, names: Arc<ContentStore>) -> Result<Self, CoreError> {
        let Body::Genesis(genesis) = &entry.body else { return Err(CoreError::OutOfPlace { seq: 1 }) };
        directory.begin();
        Ok(Self {
            beacon_left: genesis.beacon_links,
            economy: Economy::new((**genesis).clone()),
            past: MemoryPast::new(),
            history: History::default(),
            directory,
            names,
            seq: 1,
            now_ns: entry.now,
            scratch: Vec::new(),
        })
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
        let (now_ns, economy, events): (u64, Economy, Vec<Kept>) =
            postcard::from_bytes(bytes).map_err(|_| CoreError::Snapshot)?;
        directory.begin();
        let mut core = Self {
            beacon_left: economy.genesis().beacon_links,
            economy,
            past: MemoryPast::new(),
            history: History::default(),
            directory,
            names,
            seq,
            now_ns,
            scratch: Vec::new(),
        };
        for kept in events {
            core.remember(kept);
        }
        Ok(core)
    }

    /// The bytes from which [`Core::load`] makes this state again.
    ///
    /// # Errors
    /// [`CoreError::Snapshot`] if the serialiser refuses it, which it does for no state.
    pub fn save(&self) -> Result<Vec<u8>, CoreError> {
        let value = (self.now_ns, &self.economy, self.history.all());
        postcard::to_extend(&value, vec![SNAPSHOT_FORMAT]).map_err(|_| CoreError::Snapshot)
    }

    /// Applies the next entry.
    ///
    /// # Errors
    /// [`CoreError`]: the state is of no more use.
    pub fn apply(&mut self, entry: &Entry) -> Result<Applied, CoreError> {
        let seq = self.seq + 1;
        let mut events = core::mem::take(&mut self.scratch);
        let outcome = match &entry.body {
            Body::Genesis(_) => return Err(CoreError::OutOfPlace { seq }),
            Body::Checkpoint { seq: after, digest } => {
                if *after != self.seq {
                    return Err(CoreError::OutOfPlace { seq });
                }
                if self.economy.digest() != *digest {
                    return Err(CoreError::Diverged { seq: *after });
                }
                None
            }
            Body::Tick => {
                let _ready = self.advance(entry.t, &mut events);
                None
            }
            Body::Request(request) => {
                let ready = self.advance(entry.t, &mut events);
                Some(self.economy.apply(ready, request, &self.past, &mut events))
            }
        };
        self.economy.check_invariants().map_err(|violation| CoreError::Broken { seq, violation })?;
        (self.seq, self.now_ns) = (seq, entry.now);
        let t = entry.t;
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
        Ok(Applied { outcome, events: applied })
    }

    fn advance(&mut self, t: Timestamp, events: &mut Vec<Event>) -> oikos_market::Ready {
        loop {
            if let Progress::Done(ready) = self.economy.advance(t, BUDGET, events) {
                return ready;
            }
        }
    }

    fn remember(&mut self, kept: Kept) -> Hearers {
        match &kept.event {
            Event::Ledger(event) => {
                if let LedgerEvent::TransferCreated(_) = &**event {
                    self.past.emit((**event).clone());
                }
            }
            Event::Beacon(revealed) => self.beacon_left = revealed.left,
            _ => {}
        }
        self.directory.follow([&kept.event], &self.names);
        let directory = self.directory.read();
        let principal = |whose: ParticipantId| directory.entry(whose).map_or(whose, |entry| entry.principal);
        self.history.keep(kept, principal)
    }

    /// The economy, to be read.
    #[must_use]
    pub const fn economy(&self) -> &Economy {
        &self.economy
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
        self.seq
    }

    /// When the last entry was sequenced.
    #[must_use]
    pub const fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// How many links of the beacon are left.
    #[must_use]
    pub const fn beacon_left(&self) -> u64 {
        self.beacon_left
    }

    /// The digest of the state.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        self.economy.digest()
    }
}
