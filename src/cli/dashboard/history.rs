//! From the wire to the fold: events in the order of their numbers, each once.
//!
//! Public events and mail come by two subscriptions, so that a later number may overtake an earlier one. They wait a
//! moment in a row and leave it in order. One that comes later than that asks for the whole history anew.

use oikos::dashboard::state::facts::Model;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::id::{AccountId, AssetId, DeskId, LimitId, OfferId, ParticipantId, StreamId, TaskId};
use oikos_protocol::money::Scale;
use oikos_protocol::time::Timestamp;
use oikos_protocol::wire::event::{Numbered, WireAssetEvent, WireEvent, WireOfferEvent, WireTaskEvent};
use oikos_protocol::wire::hear::hear;
use oikos_protocol::wire::join::Info;
use oikos_protocol::wire::limit::WireLimitEvent;
use oikos_protocol::wire::order::WireOrderEvent;
use oikos_protocol::wire::stream::WireStreamEvent;
use oikos_protocol::wire::translate::Lexicon;
use oikos_views::Position;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// How long an event waits for those before it.
const WAIT: Duration = Duration::from_millis(150);

/// Assets, and whose they are, as far as they were heard of.
#[derive(Debug, Default)]
pub struct Known {
    assets: Vec<(AssetCode, Scale)>,
    tasks: HashMap<TaskId, AssetId>,
    offers: HashMap<OfferId, AssetId>,
    limits: HashMap<LimitId, AssetId>,
    streams: HashMap<StreamId, AssetId>,
    desks: HashMap<DeskId, (AssetId, AssetId)>,
}

impl Known {
    /// What an economy says of itself.
    #[must_use]
    pub fn of(info: &Info) -> Self {
        Self { assets: info.assets.iter().map(|asset| (asset.code, asset.scale)).collect(), ..Self::default() }
    }

    fn learn(&mut self, event: &WireEvent) {
        match event {
            WireEvent::Asset(WireAssetEvent::Defined { asset, scale, .. }) if self.asset(*asset).is_none() => {
                self.assets.push((*asset, *scale));
            }
            WireEvent::Task(
                WireTaskEvent::Drafted { task, spec, .. }
                | WireTaskEvent::ApprovalAsked { task, spec, .. }
                | WireTaskEvent::Opened { task, spec, .. },
            ) => {
                if let Some((asset, _)) = self.asset(spec.asset) {
                    self.tasks.insert(*task, asset);
                }
            }
            WireEvent::Order(WireOrderEvent::DeskOpened { desk, terms }) => {
                if let Some(((base, _), (quote, _))) = self.asset(terms.base).zip(self.asset(terms.quote)) {
                    self.desks.insert(*desk, (base, quote));
                }
            }
            WireEvent::Offer(WireOfferEvent::Published { offer, asset, .. }) => {
                if let Some((asset, _)) = self.asset(*asset) {
                    self.offers.insert(*offer, asset);
                }
            }
            WireEvent::Limit(WireLimitEvent::Set { limit, asset, .. }) => {
                if let Some((asset, _)) = self.asset(*asset) {
                    self.limits.insert(*limit, asset);
                }
            }
            WireEvent::Stream(WireStreamEvent::Opened { stream, asset, .. }) => {
                if let Some((asset, _)) = self.asset(*asset) {
                    self.streams.insert(*stream, asset);
                }
            }
            _ => {}
        }
    }

    /// Takes an event into the model; false where the model stands behind it already.
    pub fn fold(&mut self, numbered: &Numbered, model: &mut Model) -> bool {
        self.learn(&numbered.event);
        let at = Position { seq: numbered.seq, index: numbered.index };
        match hear(&numbered.event, self) {
            Some(event) => model.overview.take(at, Timestamp::from(numbered.t), &event),
            // Of an asset or a task that was never heard of: nothing that could be shown.
            None => true,
        }
    }
}

impl Lexicon for Known {
    fn asset(&self, code: AssetCode) -> Option<(AssetId, Scale)> {
        let place = self.assets.iter().position(|(known, _)| *known == code)?;
        Some((AssetId(u32::try_from(place).ok()? + 1), self.assets[place].1))
    }

    fn code(&self, asset: AssetId) -> Option<(AssetCode, Scale)> {
        self.assets.get(usize::try_from(asset.0).ok()?.checked_sub(1)?).copied()
    }

    fn asset_of_task(&self, task: TaskId) -> Option<AssetId> {
        self.tasks.get(&task).copied()
    }

    fn asset_of_offer(&self, offer: OfferId) -> Option<AssetId> {
        self.offers.get(&offer).copied()
    }

    fn asset_of_limit(&self, limit: LimitId) -> Option<AssetId> {
        self.limits.get(&limit).copied()
    }

    fn asset_of_stream(&self, stream: StreamId) -> Option<AssetId> {
        self.streams.get(&stream).copied()
    }

    fn pair_of_desk(&self, desk: DeskId) -> Option<(AssetId, AssetId)> {
        self.desks.get(&desk).copied()
    }

    fn available(&self, participant: ParticipantId, asset: AssetId) -> AccountId {
        oikos_market::available_account(participant, asset)
    }
}

/// Events that wait for those before them.
#[derive(Debug, Default)]
pub struct Row {
    waiting: BTreeMap<(u64, u32), (Instant, Numbered)>,
    /// The last event that the history told. What is heard up to it was in there: it is no news, and not late either.
    told: Option<(u64, u32)>,
}

impl Row {
    /// Takes one in.
    pub fn push(&mut self, numbered: Numbered) {
        let number = (numbered.seq, numbered.index);
        if self.told.is_none_or(|told| number > told) {
            self.waiting.insert(number, (Instant::now(), numbered));
        }
    }

    /// The history was read up to this event.
    pub fn told(&mut self, last: (u64, u32)) {
        self.told = self.told.max(Some(last));
        self.waiting.retain(|number, _| *number > last);
    }

    /// Those that waited long enough, in order.
    pub fn ready(&mut self) -> Vec<Numbered> {
        let mut ready = Vec::new();
        while let Some(first) = self.waiting.first_entry() {
            if first.get().0.elapsed() < WAIT {
                break;
            }
            ready.push(first.remove().1);
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(seq: u64, index: u32) -> Numbered {
        let event = WireEvent::Beacon { link: oikos_protocol::id::Hash32::ZERO, left: 1, waiting: 0 };
        Numbered { seq, index, t: Timestamp(0).into(), event }
    }

    #[test]
    fn events_leave_in_order_and_what_the_history_told_is_not_heard_again() {
        let mut row = Row::default();
        for (seq, index) in [(9, 0), (7, 1), (8, 0), (7, 0)] {
            row.push(heard(seq, index));
        }
        row.told((7, 1));
        row.push(heard(6, 0));
        row.push(heard(7, 1));
        assert!(row.ready().is_empty(), "nothing waited long enough");
        std::thread::sleep(WAIT);
        let left: Vec<u64> = row.ready().iter().map(|event| event.seq).collect();
        assert_eq!(left, [8, 9]);
    }
}
