//! The state of an economy as its entries make it, with the tree of what they came to, and nothing else.
//!
//! A node wraps it in what serves questions (`node/apply.rs`); audit, proof and export run it alone.
//! Invariants: entries come in order, without a gap; a broken invariant, or a checkpoint that does not agree, is an
//! error after which the state is of no more use; nothing here reads a clock, and no signature is looked at.

use crate::node::outcomes::Leaf;
use oikos_journal::Tree;
use oikos_ledger::{LedgerSink, MemoryPast};
use oikos_market::{Economy, Progress, Violation};
use oikos_protocol::checkpoint::SignedCheckpoint;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::Hash32;
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::Timestamp;

/// Deadlines fired at a time.
const BUDGET: u32 = 4_096;

/// The state after an entry.
#[derive(Debug)]
pub struct State {
    economy: Economy,
    past: MemoryPast,
    outcomes: Tree,
    seq: u64,
    now_ns: u64,
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
        Ok(Self { economy, past: MemoryPast::new(), outcomes, seq: 1, now_ns: entry.now })
    }

    /// A state that was kept; its past is told by [`State::remember`]. `None` where the tree is of another size.
    #[must_use]
    pub fn kept(economy: Economy, outcomes: Tree, seq: u64, now_ns: u64) -> Option<Self> {
        (outcomes.size() == seq).then(|| Self { economy, past: MemoryPast::new(), outcomes, seq, now_ns })
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
        Ok(Step { outcome, leaf })
    }

    /// Whether a checkpoint, which is of the entry just before it, says what is so.
    fn agree(&self, after: u64, digest: Hash32, root: Option<Hash32>) -> Result<Option<Outcome>, StateError> {
        if after != self.seq {
            return Err(StateError::OutOfPlace { seq: self.seq + 1 });
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

    /// Takes an event of before into the past that answers for transfers.
    pub fn remember(&mut self, event: &Event) {
        if let Event::Ledger(event) = event
            && let LedgerEvent::TransferCreated(_) = &**event
        {
            self.past.emit(**event);
        }
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
