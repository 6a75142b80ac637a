//! The beacon: links of a reverse hash chain that was committed at the beginning, revealed one at a time.
//!
//! Invariant: a link seeds only the lots of tasks whose bids closed before it was revealed, so that
//! neither bidder nor operator can choose what it meets.
//! Source: DESIGN section 6; Lamport 1981, "Password authentication with insecure communication".

use crate::economy::Economy;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::event::Event;
use oikos_protocol::event::beacon::BeaconRevealed;
use oikos_protocol::genesis::Genesis;
use oikos_protocol::id::{Hash32, ParticipantId, TaskId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::beacon::BeaconRejection;
use oikos_protocol::rejection::request::RequestRejection;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is known of the chain, and who waits for its next link.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Beacon {
    /// The last known link.
    last: Hash32,
    /// How many are left.
    left: u64,
    /// Tasks whose bids closed after the last link.
    awaiting: BTreeSet<TaskId>,
    /// Tasks whose lot the last link decides, and since when.
    drawable: BTreeSet<TaskId>,
    revealed_at: Timestamp,
}

impl Beacon {
    pub(crate) fn new(genesis: &Genesis) -> Self {
        Self {
            last: genesis.beacon_anchor,
            left: genesis.beacon_links,
            awaiting: BTreeSet::new(),
            drawable: BTreeSet::new(),
            revealed_at: Timestamp::ZERO,
        }
    }

    pub(crate) const fn last(&self) -> Hash32 {
        self.last
    }

    pub(crate) const fn is_exhausted(&self) -> bool {
        self.left == 0
    }

    pub(crate) fn is_wanted(&self) -> bool {
        !self.awaiting.is_empty()
    }

    /// The next task whose lot can be drawn.
    pub(crate) fn drawable(&self) -> Option<(Timestamp, TaskId)> {
        self.drawable.first().map(|&task| (self.revealed_at, task))
    }

    pub(crate) fn wait(&mut self, task: TaskId) {
        self.awaiting.insert(task);
    }

    pub(crate) fn leave(&mut self, task: TaskId) {
        if !self.awaiting.remove(&task) {
            self.drawable.remove(&task);
        }
    }

    pub(crate) fn evolve(&mut self, event: &BeaconRevealed, at: Timestamp) {
        self.last = event.link;
        self.left = event.left;
        self.revealed_at = at;
        self.drawable.append(&mut self.awaiting);
    }
}

/// Takes the next link.
pub(crate) fn decide(
    ask: &RevealBeacon,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    if by != ParticipantId::OPERATOR {
        return Err(RequestRejection::NotTheOperator { by }.into());
    }
    let beacon = &economy.beacon;
    if beacon.is_exhausted() {
        return Err(BeaconRejection::Exhausted {}.into());
    }
    if Hash32::of(&ask.link.0) != beacon.last {
        return Err(BeaconRejection::NotTheNextLink { link: ask.link }.into());
    }
    if !beacon.is_wanted() {
        return Err(BeaconRejection::NobodyWaits {}.into());
    }
    let waiting = beacon.awaiting.len() as u64;
    out.push(Event::Beacon(BeaconRevealed { link: ask.link, left: beacon.left - 1, waiting }));
    Ok(Reply::Done)
}
