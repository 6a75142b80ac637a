//! Facts: what a screen needs and events do not tell: where we look from, names, presence, the inbox, the node's totals.
//!
//! Invariant: names come in here cleaned (see [`oikos::text`](crate::text)); nothing behind this door is a stranger's
//! raw text. Absent on purpose: asking. A source fills this in.

use oikos_protocol::id::ParticipantId;
use oikos_protocol::wire::query::{BalanceRow, InboxItem, TotalsRow};
use oikos_views::Overview;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use super::names::Names;

/// The first thing of a replay that differs or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TapeFault {
    /// What is wrong.
    pub what: String,
    /// The sequence of the entry.
    pub sequence: u64,
    /// In which file, where it is a place of the journal's files.
    pub file: Option<String>,
    /// In which segment.
    pub segment: Option<u64>,
    /// At which byte.
    pub offset: Option<u64>,
}

/// How a replay stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tape {
    /// The folder.
    pub run: String,
    /// What was done to come here.
    pub did: &'static str,
    /// Entries applied.
    pub entries: u64,
    /// Checkpoints compared.
    pub checkpoints: u64,
    /// The last sequence applied; it stands beside this.
    #[serde(skip)]
    pub sequence: u64,
    /// The digest of the state there, where it was asked for.
    pub digest: Option<String>,
    /// The digest the run ended with.
    pub expected: Option<String>,
    /// Whether they are equal; nothing where that cannot be said here.
    pub digest_equal: Option<bool>,
    /// The first thing that differs or cannot be read.
    pub fault: Option<TapeFault>,
}

/// What a player adds to a replay: nothing of the state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Player {
    /// Whether it goes on by itself.
    pub is_playing: bool,
    /// Entries a second.
    pub speed: u32,
    /// The last sequence of the journal, where it is known.
    pub last: Option<u64>,
    /// Marked sequences.
    pub markers: BTreeSet<u64>,
    /// A seek under way, to this sequence.
    pub seeking: Option<u64>,
}

/// Everything that events do not tell.
#[derive(Debug, Default)]
pub struct Facts {
    /// The economy's name.
    pub economy: String,
    /// Where we look: an address, or a folder.
    pub place: String,
    /// Whether all events are seen, and not only public ones and one's own.
    pub is_whole: bool,
    /// Who looks.
    pub you: Option<ParticipantId>,
    /// Names.
    pub names: Names,
    /// Who is here; nothing where nobody says.
    pub present: Option<BTreeSet<ParticipantId>>,
    /// What waits for you.
    pub inbox: Vec<InboxItem>,
    /// Texts of tasks: what was asked, what was delivered; cleaned.
    pub texts: BTreeMap<oikos_protocol::id::Hash32, String>,
    /// Your money.
    pub balances: Vec<BalanceRow>,
    /// The node's own count.
    pub totals: Option<TotalsRow>,
    /// A replay's standing.
    pub tape: Option<Tape>,
    /// A replay's player.
    pub player: Option<Player>,
    /// What does not work at the moment, such as a connection that is gone.
    pub trouble: Option<String>,
    /// How far the history is read, in percent, while it is.
    pub reading: Option<u8>,
    /// Answers to what you did: done or not, and in words.
    pub answers: VecDeque<(bool, String)>,
}

/// What the screens are made of: the fold of the events, and the facts beside them.
#[derive(Debug, Default)]
pub struct Model {
    /// The events so far.
    pub overview: Overview,
    /// The rest.
    pub facts: Facts,
    /// Counts changes, so that nothing is drawn twice.
    pub version: u64,
}

/// A model that a source fills and a loop draws.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<Mutex<Model>>);

impl Shared {
    /// Shares a model.
    #[must_use]
    pub fn new(model: Model) -> Self {
        Self(Arc::new(Mutex::new(model)))
    }

    /// To be read.
    pub fn read(&self) -> MutexGuard<'_, Model> {
        // A fold that panicked is told by its thread; what it left is still shown.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Model) -> T) -> T {
        let mut model = self.read();
        model.version += 1;
        change(&mut model)
    }
}
