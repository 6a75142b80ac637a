//! Making proofs and checkpoints, by applying the journal again.
//!
//! Invariants: a proof is of an event that happened, so that what was rejected has none; a checkpoint is one that the
//! node wrote into its journal, or one of the very end, signed with the node's key where that is at hand.
//! Absent on purpose: an index. Every leaf is computed anew, which is what makes a proof one: nothing kept is believed.

use crate::care::document::{self, CHECKPOINT, Checkpoint, Older, PROOF, Proof, Shows, Signature};
use crate::care::folder::{Folder, FolderError};
use crate::care::walk::{Fault, Seen, WalkError, walk};
use crate::node::checkpoint;
use crate::node::outcomes::{Leaf, bytes_of, of_event};
use crate::node::state::State;
use data_encoding::HEXLOWER;
use oikos_bus::identity::nkey::PublicKey;
use oikos_journal::{Leaves, Reader, Report, TreeHash, Verdict};
use oikos_protocol::checkpoint::SignedCheckpoint;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::{Hash32, TransferId};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Older checkpoints to which a new one leads back.
const OLDER_CHECKPOINTS: usize = 8;
/// Entries before the end that a new one leads back to: a proof may have been made a moment ago.
const OLDER_ENTRIES: u64 = 16;

/// What is to be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The transfer of this id.
    Transfer(TransferId),
    /// The event of this number: sequence and index.
    Event(u64, u32),
    /// The one movement of money in the entry of this sequence.
    Entry(u64),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u64>().ok();
        let found = match (text.split_once(':'), text.split_once('.')) {
            (Some(("seq", seq)), _) => number(seq).map(Self::Entry),
            (None, Some((seq, index))) => {
                number(seq).zip(index.parse().ok()).map(|(seq, index)| Self::Event(seq, index))
            }
            _ => text.parse().ok().map(|id| Self::Transfer(TransferId(id))),
        };
        found.ok_or_else(|| {
            "expected a transfer's id such as `17`, an event's number such as `41.0`, or `seq:41`".to_owned()
        })
    }
}

/// Why there is no proof, or no checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The journal cannot be read, or does not apply.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// The journal is damaged.
    #[error("the journal is damaged: {0}")]
    Damaged(Fault),
    /// It did not happen.
    #[error("{what} is not in the book")]
    NotInTheBook {
        /// What.
        what: String,
    },
    /// More than one movement of money in that entry.
    #[error("entry {seq} moved money {count} times; name one: {choices}")]
    Ambiguous {
        /// Which entry.
        seq: u64,
        /// How often.
        count: usize,
        /// Their numbers.
        choices: String,
    },
    /// The given checkpoint is of another book, or was changed.
    #[error("the checkpoint is not of this book: {reason}")]
    OtherBook {
        /// Why.
        reason: String,
    },
    /// The given checkpoint was made before it happened.
    #[error("entry {seq} came after the checkpoint, which stands at {checkpoint}")]
    TooEarly {
        /// Which entry.
        seq: u64,
        /// Where the checkpoint stands.
        checkpoint: u64,
    },
    /// Nobody here can sign.
    #[error("no signed checkpoint stands at {wanted}, and the node's key is not here to sign one")]
    NoKey {
        /// Where one is wanted.
        wanted: u64,
    },
}

/// What a walk over the whole journal has collected.
struct Book {
    economy: String,
    leaves: Leaves,
    /// The signed checkpoints that stand in the journal.
    checkpoints: Vec<SignedCheckpoint>,
    state: State,
}

/// How far the journal can be trusted, or why it cannot.
fn end_of(folder: &Folder) -> Result<Report, ProveError> {
    let report = folder.check()?;
    match &report.verdict {
        Verdict::Damaged(damage) => {
            let (seq, what, place) = (damage.place.sequence, damage.what.to_string(), Some(damage.place.clone()));
            Err(ProveError::Damaged(Fault { seq, what, place }))
        }
        _ => Ok(report),
    }
}

fn read(folder: &Folder, until: u64, see: &mut dyn FnMut(&Seen<'_>)) -> Result<Book, ProveError> {
    let (mut leaves, mut checkpoints) = (Leaves::new(), Vec::new());
    let state = walk(folder.storage(), until, &mut |seen| {
        leaves.push(seen.leaf.hash());
        if let Body::SignedCheckpoint(checkpoint) = &seen.entry.body {
            checkpoints.push(**checkpoint);
        }
        see(seen);
        Ok(())
    })?;
    let nothing = || ProveError::Folder(FolderError::NoJournal { path: folder.root().display().to_string() });
    let state = state.ok_or_else(nothing)?;
    let economy = format!("{:032x}", state.economy().genesis().economy);
    Ok(Book { economy, leaves, checkpoints, state })
}

/// The signed checkpoint of the state after entry `at`, if there is one up to entry `until`.
fn signed_of(folder: &Folder, at: u64, until: u64) -> Result<Option<SignedCheckpoint>, ProveError> {
    let mut reader = Reader::open_from(folder.storage(), at + 1).map_err(WalkError::Read)?;
    reader.until(until);
    while let Some(record) = reader.next_record().map_err(WalkError::Read)? {
        match Entry::decode(record.bytes).map(|entry| entry.body) {
            Ok(Body::SignedCheckpoint(checkpoint)) if checkpoint.seq == at => return Ok(Some(*checkpoint)),
            _ => {}
        }
    }
    Ok(None)
}

struct Target {
    leaf: Leaf,
    index: u32,
    event: Event,
    beside: Vec<TreeHash>,
}

impl Target {
    fn of(seen: &Seen<'_>, index: usize) -> Option<Self> {
        let mut leaves = Leaves::new();
        seen.events.iter().for_each(|event| leaves.push(of_event(event)));
        let (event, beside) = (seen.events.get(index)?.clone(), leaves.inclusion(index, leaves.size())?);
        Some(Self { leaf: seen.leaf, index: u32::try_from(index).ok()?, event, beside })
    }
}

const fn moves_money(event: &Event) -> bool {
    matches!(event, Event::Money(_) | Event::Ledger(_))
}

fn is_transfer(event: &Event, id: TransferId) -> bool {
    let Event::Ledger(event) = event else { return false };
    matches!(&**event, LedgerEvent::TransferCreated(created) if created.transfer.id == id)
}

/// A proof that `wanted` stands in the book of `folder`: for the checkpoint that is given, else for the newest signed
/// one in the journal that covers it, else for the journal's end. `progress` is told the sequence and the last one.
///
/// # Errors
/// [`ProveError`].
pub fn prove(
    folder: &Folder,
    wanted: Wanted,
    checkpoint: Option<&Checkpoint>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Proof, ProveError> {
    let end = end_of(folder)?.end.sequence;
    let (mut target, mut ambiguous) = (None, None);
    let book = read(folder, end, &mut |seen| {
        progress(seen.seq, end);
        let at = match wanted {
            Wanted::Transfer(id) => seen.events.iter().position(|event| is_transfer(event, id)),
            Wanted::Event(seq, index) => (seen.seq == seq).then_some(index as usize),
            Wanted::Entry(seq) if seen.seq == seq => {
                let moved = (0..seen.events.len()).filter(|&at| moves_money(&seen.events[at]));
                let moved: Vec<usize> = moved.collect();
                if moved.len() > 1 {
                    let choices: Vec<String> = moved.iter().map(|at| format!("{seq}.{at}")).collect();
                    ambiguous = Some(ProveError::Ambiguous { seq, count: moved.len(), choices: choices.join(", ") });
                }
                moved.first().copied()
            }
            Wanted::Entry(_) => None,
        };
        if let Some(at) = at.filter(|_| target.is_none()) {
            target = Target::of(seen, at);
        }
    })?;
    if let Some(ambiguous) = ambiguous {
        return Err(ambiguous);
    }
    let target = target.ok_or_else(|| ProveError::NotInTheBook {
        what: match wanted {
            Wanted::Transfer(id) => format!("transfer {}", id.0),
            Wanted::Event(seq, index) => format!("event {seq}.{index}"),
            Wanted::Entry(seq) => format!("a movement of money in entry {seq}"),
        },
    })?;
    let seq = target.leaf.seq;
    let size = match checkpoint {
        Some(checkpoint) => {
            book.agrees(checkpoint)?;
            if checkpoint.seq < seq {
                return Err(ProveError::TooEarly { seq, checkpoint: checkpoint.seq });
            }
            checkpoint.seq
        }
        None => {
            let covering = book.checkpoints.iter().rev().map(|checkpoint| checkpoint.seq).find(|&at| at >= seq);
            covering.unwrap_or(end)
        }
    };
    // Both are within the leaves: the entry was seen, and the size is at most the end.
    let path = book.leaves.inclusion(seq as usize - 1, size as usize).unwrap_or_default();
    Ok(Proof {
        form: PROOF.to_owned(),
        economy: book.economy,
        seq,
        index: target.index,
        shows: Shows::of(&target.event),
        event: HEXLOWER.encode(&bytes_of(&target.event)),
        beside: hashes(&target.beside),
        events: target.leaf.count,
        t: target.leaf.t.to_string(),
        request: target.leaf.request,
        outcome: target.leaf.outcome,
        size,
        path: hashes(&path),
    })
}

/// A checkpoint of `folder`: the signed one that stands at `at`, else one of there, signed now; without `at` the
/// newest one, if it covers everything, else one of the end, signed now. A run's has no signature.
///
/// # Errors
/// [`ProveError`].
pub fn checkpoint(
    folder: &Folder,
    at: Option<u64>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Checkpoint, ProveError> {
    let whole = end_of(folder)?.end.sequence;
    if let Some(at) = at.filter(|&at| at == 0 || at > whole) {
        return Err(ProveError::NotInTheBook { what: format!("entry {at}") });
    }
    let end = at.unwrap_or(whole);
    let mut last_change = 0;
    let book = read(folder, end, &mut |seen| {
        progress(seen.seq, end);
        if !matches!(seen.entry.body, Body::Checkpoint { .. } | Body::SignedCheckpoint(_)) {
            last_change = seen.seq;
        }
    })?;
    let kept = match at {
        // The checkpoint of an entry stands behind it, but not always right behind.
        Some(at) => signed_of(folder, at, whole)?.map(|kept| book.is_of(kept)).transpose()?,
        None => book.checkpoints.last().copied().filter(|last| last.seq >= last_change),
    };
    let signed = match (kept, folder.key()) {
        (Some(kept), _) => Some(kept),
        (None, Some(key)) => Some(checkpoint::sign(&book.state, &key)),
        (None, None) if folder.identity().is_some() => return Err(ProveError::NoKey { wanted: end }),
        (None, None) => None,
    };
    let (seq, digest, root) = match &signed {
        Some(signed) => (signed.seq, signed.digest, signed.root),
        None => (book.state.seq(), book.state.digest(), book.state.root()),
    };
    let signed = signed.map(|signed| Signature {
        key: PublicKey::from_bytes(signed.key).to_string(),
        signature: HEXLOWER.encode(&signed.signature_bytes()),
    });
    let older = book.older(seq);
    Ok(Checkpoint { form: CHECKPOINT.to_owned(), economy: book.economy, seq, digest, root, signed, older })
}

fn hashes(path: &[TreeHash]) -> Vec<Hash32> {
    path.iter().map(|hash| Hash32(*hash)).collect()
}

impl Book {
    /// A checkpoint that stands in the journal, if it is of this state.
    fn is_of(&self, kept: SignedCheckpoint) -> Result<SignedCheckpoint, ProveError> {
        if (kept.digest, kept.root) == (self.state.digest(), self.state.root()) {
            return Ok(kept);
        }
        Err(ProveError::Damaged(Fault::at(kept.seq, "the checkpoint in the journal names another state")))
    }

    /// Older trees of which a proof may be, each with its way to the tree of `size`.
    fn older(&self, size: u64) -> Vec<Older> {
        let recent = size.saturating_sub(OLDER_ENTRIES).max(1)..size;
        let kept = self.checkpoints.iter().map(|checkpoint| checkpoint.seq).filter(|&at| at < size);
        let kept: Vec<u64> = kept.collect();
        let sizes: BTreeSet<u64> = kept.iter().rev().take(OLDER_CHECKPOINTS).copied().chain(recent).collect();
        sizes
            .into_iter()
            .filter_map(|older| {
                let path = self.leaves.consistency(older as usize, size as usize)?;
                Some(Older { size: older, root: Hash32(self.leaves.root(older as usize)?), path: hashes(&path) })
            })
            .collect()
    }

    /// Whether a checkpoint that somebody brings is one of this book.
    fn agrees(&self, checkpoint: &Checkpoint) -> Result<(), ProveError> {
        let other = |reason: String| Err(ProveError::OtherBook { reason });
        if checkpoint.form != document::CHECKPOINT || checkpoint.economy != self.economy {
            return other(format!("it is of economy {}, this is {}", checkpoint.economy, self.economy));
        }
        match usize::try_from(checkpoint.seq).ok().and_then(|seq| self.leaves.root(seq)) {
            None => other(format!("it stands at {}, the journal ends at {}", checkpoint.seq, self.leaves.size())),
            Some(root) if Hash32(root) != checkpoint.root => {
                other(format!("the root at {} is another", checkpoint.seq))
            }
            Some(_) => Ok(()),
        }
    }
}
