//! The state of an economy as its entries make it, with the tree of what they came to, and nothing else.
//!
//! A node wraps it in what serves questions (`node/apply.rs`); audit, proof and export run it alone.
//! Invariants: entries come in order, without a gap; a broken invariant, or a checkpoint that does not agree, is an
//! error after which the state is of no more use; nothing here reads a clock, and no signature is looked at.

use crate::history::History;
use crate::node::outcomes::Leaf;
use oikos_journal::Tree;
use oikos_ledger::{LedgerSink, MemoryPast, Past};
use oikos_market::{Economy, Progress, Violation};
use oikos_protocol::checkpoint::SignedCheckpoint;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::Hash32;
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::Timestamp;
use std::collections::BTreeMap;

/// Deadlines fired at a time.
const BUDGET: u32 = 4_096;

/// The state after an entry.
#[derive(Debug)]
pub struct State {
    economy: Economy,
    past: PastOf,
    outcomes: Tree,
    seq: u64,
    now_ns: u64,
    /// What the state is to be after these entries, as later ones name it.
    expected: BTreeMap<u64, (Hash32, Option<Hash32>)>,
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

/// What an entry came to; its events are beside it.
#[derive(Debug)]
pub struct Step {
    /// The outcome of a request.
    pub outcome: Option<Outcome>,
    /// The leaf that stands for it.
    pub leaf: Leaf,
}

/// Why nothing can be applied any more.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
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
    /// These outcomes are not the ones that were.
    #[error("the outcomes up to entry {seq} are not the ones the checkpoint names; this version or machine differs")]
    OtherOutcomes {
        /// After which entry.
        seq: u64,
    },
    /// The first entry of a journal begins the economy, and no other does.
    #[error("entry {seq} is not what stands in that place of a journal")]
    OutOfPlace {
        /// Which.
        seq: u64,
    },
}

impl State {
    /// The state after the first entry of a journal.
    ///
    /// # Errors
    /// [`StateError::OutOfPlace`] where that is no genesis.
    pub fn begin(entry: &Entry) -> Result<Self, StateError> {
        let Body::Genesis(genesis) = &entry.body else { return Err(StateError::OutOfPlace { seq: 1 }) };
        let mut outcomes = Tree::new();
        outcomes.push(Leaf::of(1, entry, None, &[]).hash());
        let economy = Economy::new((**genesis).clone());
        let past = PastOf::Memory(MemoryPast::new());
        Ok(Self { economy, past, outcomes, seq: 1, now_ns: entry.now, expected: BTreeMap::new() })
    }

    /// A state that was kept; [`State::with_past`] gives it its past. `None` where the tree is of another size.
    #[must_use]
    pub fn kept(economy: Economy, outcomes: Tree, seq: u64, now_ns: u64) -> Option<Self> {
        let past = PastOf::Memory(MemoryPast::new());
        let expected = BTreeMap::new();
        (outcomes.size() == seq).then(|| Self { economy, past, outcomes, seq, now_ns, expected })
    }

    /// With this past.
    #[must_use]
    pub fn with_past(self, past: PastOf) -> Self {
        Self { past, ..self }
    }

    /// After entry `seq` the state is to be this one: what a checkpoint further on in the journal says. Whoever replays
    /// a journal and wants every checkpoint compared reads ahead and tells them (`replay::expected`).
    pub fn expect(&mut self, seq: u64, digest: Hash32, root: Option<Hash32>) {
        self.expected.insert(seq, (digest, root));
    }

    /// Applies the next entry; what happened is added to `events`.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn apply(&mut self, entry: &Entry, events: &mut Vec<Event>) -> Result<Step, StateError> {
        let seq = self.seq + 1;
        let from = events.len();
        let outcome = match &entry.body {
            Body::Genesis(_) => return Err(StateError::OutOfPlace { seq }),
            Body::Checkpoint { seq: after, digest } => self.agree(*after, *digest, None)?,
            Body::SignedCheckpoint(checkpoint) => {
                let SignedCheckpoint { seq: after, digest, root, .. } = **checkpoint;
                self.agree(after, digest, Some(root))?
            }
            Body::Tick => {
                let _ready = self.advance(entry.t, events);
                None
            }
            Body::Request(request) => {
                let ready = self.advance(entry.t, events);
                Some(self.economy.apply(ready, request, &self.past, events))
            }
        };
        self.economy.check_invariants().map_err(|violation| StateError::Broken { seq, violation })?;
        let news = events.get(from..).unwrap_or_default();
        news.iter().for_each(|event| self.remember(event));
        let leaf = Leaf::of(seq, entry, outcome.as_ref(), news);
        self.outcomes.push(leaf.hash());
        (self.seq, self.now_ns) = (seq, entry.now);
        if let Some((digest, root)) = self.expected.remove(&seq) {
            self.agree(seq, digest, root)?;
        }
        Ok(Step { outcome, leaf })
    }

    /// Whether a checkpoint says what is so. One that is of an older state than this was compared when that was
    /// reached, by whoever knew of it then.
    fn agree(&self, after: u64, digest: Hash32, root: Option<Hash32>) -> Result<Option<Outcome>, StateError> {
        if after > self.seq {
            return Err(StateError::OutOfPlace { seq: self.seq + 1 });
        }
        if after < self.seq {
            return Ok(None);
        }
        if self.economy.digest() != digest {
            return Err(StateError::Diverged { seq: after });
        }
        if root.is_some_and(|root| root != self.root()) {
            return Err(StateError::OtherOutcomes { seq: after });
        }
        Ok(None)
    }

    fn advance(&mut self, t: Timestamp, events: &mut Vec<Event>) -> oikos_market::Ready {
        loop {
            if let Progress::Done(ready) = self.economy.advance(t, BUDGET, events) {
                return ready;
            }
        }
    }

    fn remember(&mut self, event: &Event) {
        if let PastOf::Memory(past) = &mut self.past
            && let Event::Ledger(event) = event
            && let LedgerEvent::TransferCreated(_) = &**event
        {
            past.emit(**event);
        }
    }

    /// Where past transfers are looked up.
    #[must_use]
    pub const fn past(&self) -> &PastOf {
        &self.past
    }

    /// The economy, to be read.
    #[must_use]
    pub const fn economy(&self) -> &Economy {
        &self.economy
    }

    /// The tree of outcomes.
    #[must_use]
    pub const fn outcomes(&self) -> &Tree {
        &self.outcomes
    }

    /// The root of the tree of outcomes.
    #[must_use]
    pub fn root(&self) -> Hash32 {
        Hash32(self.outcomes.root())
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

    /// The digest of the state.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        self.economy.digest()
    }
}
