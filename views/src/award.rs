//! Awards: the record of each task's award, from public events alone.

use crate::fold::{Fold, Position};
use oikos_protocol::event::Event;
use oikos_protocol::event::task::{AwardGround, TaskEvent};
use oikos_protocol::id::{Hash32, ParticipantId, TaskId};
use oikos_protocol::record::{AwardRecord, RecordedBid, RecordedOffer};
use std::collections::BTreeMap;

/// The records of all awards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Awards {
    records: BTreeMap<TaskId, AwardRecord>,
    link: Option<Hash32>,
}

impl Awards {
    /// The record of a task; also of one that takes bids or got no award.
    #[must_use]
    pub fn get(&self, task: TaskId) -> Option<&AwardRecord> {
        self.records.get(&task)
    }

    /// All records, by task.
    pub fn all(&self) -> impl Iterator<Item = &AwardRecord> {
        self.records.values()
    }
}

impl Fold for Awards {
    fn fold(&mut self, _: Position, event: &Event) {
        match event {
            Event::Beacon(revealed) => self.link = Some(revealed.link),
            Event::Task(TaskEvent::Opened { task, spec, .. }) => {
                let record = AwardRecord {
                    task: *task,
                    asset: spec.asset,
                    mechanism: spec.mechanism,
                    reserve: spec.reserve.unwrap_or(spec.budget),
                    bids: Vec::new(),
                    beacon: None,
                    seed: None,
                    offers: Vec::new(),
                };
                self.records.insert(*task, record);
            }
            Event::Task(event) => {
                let link = self.link;
                if let Some(record) = self.records.get_mut(&event.task()) {
                    follow(record, event, link);
                }
            }
            Event::Asset(_)
            | Event::Participant(_)
            | Event::Money(_)
            | Event::Ledger(_)
            | Event::Offer(_)
            | Event::Limit(_)
            | Event::Stream(_)
            | Event::Exchange(_)
            | Event::Order(_) => {}
        }
    }
}

fn follow(record: &mut AwardRecord, event: &TaskEvent, link: Option<Hash32>) {
    let place = |record: &AwardRecord, who: ParticipantId| record.bids.binary_search_by_key(&who, |bid| bid.bidder);
    match event {
        TaskEvent::BidPlaced { bidder, seal, .. } => {
            let bid = RecordedBid { bidder: *bidder, seal: *seal, opened: None, promised: None, excluded: None };
            match place(record, *bidder) {
                Ok(at) => record.bids[at] = bid,
                Err(at) => record.bids.insert(at, bid),
            }
        }
        TaskEvent::BidWithdrawn { bidder, .. } => record.bids.retain(|bid| bid.bidder != *bidder),
        TaskEvent::BidPriced { bidder, price, nonce, open: true, .. }
        | TaskEvent::BidOpened { bidder, price, nonce, .. } => {
            if let Ok(at) = place(record, *bidder) {
                record.bids[at].opened = Some((*price, *nonce));
            }
        }
        TaskEvent::BidPromised { bidder, promise, reputation, open: true, .. } => {
            if let Ok(at) = place(record, *bidder) {
                record.bids[at].promised = Some((*promise, *reputation));
            }
        }
        TaskEvent::BidExcluded { bidder, why, .. } => {
            if let Ok(at) = place(record, *bidder) {
                record.bids[at].excluded = Some(why.clone());
            }
        }
        TaskEvent::AwardOffered { bidder, price, ground, .. } => {
            let selected = *ground == AwardGround::Selected;
            record.offers.push(RecordedOffer { bidder: *bidder, price: *price, selected });
            if let AwardGround::Mechanism { lots: Some(seed), .. } = ground
                && record.seed.is_none()
            {
                record.seed = Some(*seed);
                record.beacon = link;
            }
        }
        _ => {}
    }
}
