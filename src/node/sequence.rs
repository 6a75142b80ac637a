//! The place where admitted bundles wait: one lane a participant, served round robin.
//!
//! Invariants: places are bounded, in all and a lane; a quarter of all is kept for bundles that beat a deadline, so
//! that a flood of bids cannot make anybody miss a delivery; within a lane order is kept.

use crate::node::admit::Admitted;
use oikos_protocol::id::ParticipantId;
use std::collections::{HashMap, VecDeque};

/// How many requests may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// In all.
    pub all: usize,
    /// Of one participant.
    pub of_one: usize,
}

impl Default for Places {
    fn default() -> Self {
        Self { all: 8_192, of_one: 2_048 }
    }
}

/// All that waits to be sequenced.
#[derive(Debug)]
pub struct Lanes {
    places: Places,
    lanes: HashMap<ParticipantId, Lane>,
    /// Whose turn it is, in order; those with an empty lane are not in it.
    turns: VecDeque<ParticipantId>,
    taken: usize,
}

#[derive(Debug, Default)]
struct Lane {
    bundles: VecDeque<Admitted>,
    taken: usize,
}

impl Lanes {
    /// Empty lanes.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self { places, lanes: HashMap::new(), turns: VecDeque::new(), taken: 0 }
    }

    /// Puts a bundle at the end of its participant's lane.
    ///
    /// # Errors
    /// The bundle itself, where there is no place for it.
    pub fn push(&mut self, bundle: Admitted) -> Result<(), Box<Admitted>> {
        let requests = bundle.requests.len();
        let open_to_it = if bundle.beats_a_deadline { self.places.all } else { self.places.all / 4 * 3 };
        let lane = self.lanes.entry(bundle.by).or_default();
        if self.taken + requests > open_to_it || lane.taken + requests > self.places.of_one {
            if lane.bundles.is_empty() {
                self.lanes.remove(&bundle.by);
            }
            return Err(Box::new(bundle));
        }
        if lane.bundles.is_empty() {
            self.turns.push_back(bundle.by);
        }
        lane.taken += requests;
        self.taken += requests;
        lane.bundles.push_back(bundle);
        Ok(())
    }

    /// The next bundle: the first of whoever's turn it is.
    pub fn pop(&mut self) -> Option<Admitted> {
        let by = self.turns.pop_front()?;
        let lane = self.lanes.get_mut(&by)?;
        let bundle = lane.bundles.pop_front()?;
        lane.taken -= bundle.requests.len();
        self.taken -= bundle.requests.len();
        if lane.bundles.is_empty() {
            self.lanes.remove(&by);
        } else {
            self.turns.push_back(by);
        }
        Some(bundle)
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.taken == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::command::{Command, Request, task::CancelTask};
    use oikos_protocol::id::{CommandId, TaskId};
    use oikos_protocol::time::Timestamp;

    fn bundle(by: u64, id: u128, beats_a_deadline: bool) -> Admitted {
        let by = ParticipantId(by);
        let command = Command::CancelTask(CancelTask { task: TaskId(0) });
        let request = Request { by, id: CommandId(id), expires: Timestamp::NEVER, command };
        Admitted { by, requests: vec![request], evidence: Vec::new(), reply: None, beats_a_deadline, span: None }
    }

    #[test]
    fn whoever_sends_much_waits_behind_whoever_sends_little() {
        let mut lanes = Lanes::new(Places::default());
        for id in 0..3 {
            lanes.push(bundle(1, id, false)).unwrap();
        }
        lanes.push(bundle(2, 9, false)).unwrap();
        let order: Vec<_> = core::iter::from_fn(|| lanes.pop()).map(|b| (b.by.0, b.requests[0].id.0)).collect();
        assert_eq!(order, [(1, 0), (2, 9), (1, 1), (1, 2)]);
        assert!(lanes.is_empty());
    }

    #[test]
    fn a_quarter_of_the_places_is_kept_for_those_who_beat_a_deadline() {
        let mut lanes = Lanes::new(Places { all: 8, of_one: 8 });
        let accepted = (0..8).filter(|&id| lanes.push(bundle(1, id, false)).is_ok()).count();
        assert_eq!(accepted, 6);
        assert!(lanes.push(bundle(1, 100, true)).is_ok());
        assert!(lanes.push(bundle(2, 101, true)).is_ok());
        assert!(lanes.push(bundle(3, 102, true)).is_err());
    }

    #[test]
    fn one_participant_cannot_take_every_place() {
        let mut lanes = Lanes::new(Places { all: 100, of_one: 2 });
        let accepted = (0..8).filter(|&id| lanes.push(bundle(1, id, false)).is_ok()).count();
        assert_eq!(accepted, 2);
        assert!(lanes.push(bundle(2, 0, false)).is_ok());
    }
}
