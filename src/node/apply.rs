//! Station 4: committed entries change the state, and events follow. The same code replays a journal.
//!
//! Invariants: only committed entries come here, in order, without a gap; a broken invariant or a checkpoint that does
//! not agree stops the node before it answers; nothing here reads a clock.

use crate::history::{History, HistoryError, Job};
use crate::node::content::ContentStore;
use crate::node::directory::{Saved, SharedDirectory};
use crate::node::history::{Happened, Kept, Open, hearers};
use oikos_ledger::{LedgerSink, MemoryPast, Past};
use oikos_market::{Economy, Progress, Violation};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::rejection::transfer::CreateTransferStatus;
use oikos_protocol::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Deadlines fired at a time.
const BUDGET: u32 = 4_096;
/// The form of a snapshot's payload.
const SNAPSHOT_FORMAT: u8 = 2;

/// The state, and what follows from it.
#[derive(Debug)]
pub struct Core {
    economy: Economy,
    past: PastOf,
    open: Open,
    directory: SharedDirectory,
    names: Arc<ContentStore>,
    seq: u64,
    now_ns: u64,
    beacon_left: u64,
    /// Digests that the state is to have after these entries, named by later ones.
    expected: BTreeMap<u64, Hash32>,
    scratch: Vec<Event>,
}

/// Where past transfers are looked up, and who is told of events.
#[derive(Debug)]
pub enum PastOf {
    /// Memory: for a replay of which nobody asks anything afterwards.
    Memory(MemoryPast),
    /// The index, which is told of every event.
    Index(History),
    /// The index that another state tells: for one that follows it.
    Followed(History),
}

impl Past for PastOf {
    fn transfer(&self, place: u64) -> Option<Transfer> {
        match self {
            Self::Memory(past) => past.transfer(place),
            Self::Index(history) | Self::Followed(history) => Past::transfer(history, place),
        }
    }
}

impl PastOf {
    /// The index, if there is one.
    #[must_use]
    pub const fn history(&self) -> Option<&History> {
        match self {
            Self::Memory(_) => None,
            Self::Index(history) | Self::Followed(history) => Some(history),
        }
    }
}

/// What a snapshot holds before the economy.
#[derive(serde::Serialize, serde::Deserialize)]
struct Beside {
    now_ns: u64,
    beacon_left: u64,
    directory: Saved,
    open: Open,
}

/// What an entry came to.
#[derive(Debug, Default)]
pub struct Applied {
    /// The outcome of a request.
    pub outcome: Option<Outcome>,
    /// What happened, and who hears it.
    pub events: Arc<Vec<Happened>>,
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
    /// The index of history failed.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A snapshot that is none of this version.
    #[error("the snapshot does not decode")]
    Snapshot,
}

impl Core {
    /// The state after the first entry of a journal.
    ///
    /// # Errors
    /// [`CoreError::OutOfPlace`] where that is no genesis.
    pub fn begin(
        entry: &Entry,
        past: PastOf,
        directory: SharedDirectory,
        names: Arc<ContentStore>,
    ) -> Result<Self, CoreError> {
        let Body::Genesis(genesis) = &entry.body else { return Err(CoreError::OutOfPlace { seq: 1 }) };
        directory.begin();
        Ok(Self {
            beacon_left: genesis.beacon_links,
            economy: Economy::new((**genesis).clone()),
            past,
            open: Open::default(),
            directory,
            names,
            seq: 1,
            now_ns: entry.now,
            expected: BTreeMap::new(),
            scratch: Vec::new(),
        })
    }

    /// The state of a snapshot. Where it cannot be read, `past` comes back.
    ///
    /// # Errors
    /// [`CoreError::Snapshot`].
    pub fn load(
        payload: &[u8],
        seq: u64,
        past: PastOf,
        directory: SharedDirectory,
        names: Arc<ContentStore>,
    ) -> Result<Self, (CoreError, PastOf)> {
        let read = || {
            let (&SNAPSHOT_FORMAT, bytes) = payload.split_first()? else { return None };
            let (beside, bytes): (Beside, _) = postcard::take_from_bytes(bytes).ok()?;
            let economy: Economy = postcard::from_bytes(bytes).ok()?;
            Some((beside, economy))
        };
        let Some((beside, economy)) = read() else { return Err((CoreError::Snapshot, past)) };
        let Beside { now_ns, beacon_left, directory: saved, open } = beside;
        directory.load(saved, &names);
        Ok(Self {
            beacon_left,
            economy,
            past,
            open,
            directory,
            names,
            seq,
            now_ns,
            expected: BTreeMap::new(),
            scratch: Vec::new(),
        })
    }

    /// The bytes from which [`Core::load`] makes this state again.
    ///
    /// # Errors
    /// [`CoreError::Snapshot`] if the serialiser refuses it, which it does for no state.
    pub fn save(&self) -> Result<Vec<u8>, CoreError> {
        let beside = (self.now_ns, self.beacon_left, self.directory.save(), &self.open);
        let bytes = postcard::to_extend(&beside, vec![SNAPSHOT_FORMAT]).map_err(|_| CoreError::Snapshot)?;
        postcard::to_extend(&self.economy, bytes).map_err(|_| CoreError::Snapshot)
    }

    /// After entry `seq` the state is to have this digest: what a checkpoint further on in the journal says.
    pub fn expect(&mut self, seq: u64, digest: Hash32) {
        self.expected.insert(seq, digest);
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
                if *after > self.seq {
                    return Err(CoreError::OutOfPlace { seq });
                }
                // One that names an older state was compared when that was reached, if somebody read ahead.
                if *after == self.seq && self.economy.digest() != *digest {
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
        if self.expected.remove(&seq).is_some_and(|digest| self.economy.digest() != digest) {
            return Err(CoreError::Diverged { seq });
        }
        let t = entry.t;
        let happened: Vec<Happened> =
            events.drain(..).zip(0..).map(|(event, index)| self.remember(Kept { seq, index, t, event })).collect();
        self.scratch = events;
        for task in happened.iter().filter_map(|happened| crate::history::hearers::task_of(&happened.kept.event)) {
            if self.economy.phase(task).is_some_and(|phase| phase.is_terminal()) {
                self.open.close(task);
            }
        }
        let events = Arc::new(happened);
        if let PastOf::Index(history) = &self.past {
            let items = items_of(outcome.as_ref());
            history.submit(Job { seq, t, now_ns: entry.now, items, events: Arc::clone(&events) })?;
        }
        Ok(Applied { outcome, events })
    }

    fn advance(&mut self, t: Timestamp, events: &mut Vec<Event>) -> oikos_market::Ready {
        loop {
            if let Progress::Done(ready) = self.economy.advance(t, BUDGET, events) {
                return ready;
            }
        }
    }

    fn remember(&mut self, kept: Kept) -> Happened {
        match &kept.event {
            Event::Ledger(event) => {
                if let PastOf::Memory(past) = &mut self.past {
                    past.emit(**event);
                }
            }
            Event::Beacon(revealed) => self.beacon_left = revealed.left,
            _ => {}
        }
        self.directory.follow([&kept.event], &self.names);
        self.open.keep(&kept);
        let whose = self.open.whose(&kept.event);
        let directory = self.directory.read();
        let principal = |whose: ParticipantId| directory.entry(whose).map_or(whose, |entry| entry.principal);
        Happened { hearers: hearers(&kept.event, principal), whose, kept }
    }

    /// The economy, to be read.
    #[must_use]
    pub const fn economy(&self) -> &Economy {
        &self.economy
    }

    /// What is open.
    #[must_use]
    pub const fn open(&self) -> &Open {
        &self.open
    }

    /// What happened, where there is an index of it.
    #[must_use]
    pub const fn history(&self) -> Option<&History> {
        self.past.history()
    }

    /// Lets go of the index, so that it can be closed; from then on the past is in memory, and empty.
    pub fn forget_history(&mut self) {
        self.past = PastOf::Memory(MemoryPast::new());
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

/// Which items of a batch became transfers.
fn items_of(outcome: Option<&Outcome>) -> Vec<u32> {
    let Some(Outcome::Accepted(Reply::Transfers(statuses))) = outcome else { return Vec::new() };
    let made = (0..).zip(statuses).filter(|(_, status)| **status == CreateTransferStatus::Created);
    made.map(|(item, _)| item).collect()
}
