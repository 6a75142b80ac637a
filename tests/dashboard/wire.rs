//! Events over the wire and back: what is shown again is what was heard, and the same picture comes of both.

use crate::scene::Scene;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::transfer::{Standing, TransferCreated};
use oikos_protocol::id::{AccountId, AssetId, DeskId, LimitId, OfferId, ParticipantId, StreamId, TaskId, TransferId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::wire::hear::hear;
use oikos_protocol::wire::show::show;
use oikos_protocol::wire::translate::Lexicon;
use oikos_views::Overview;

/// An economy of one asset.
struct One;

impl Lexicon for One {
    fn asset(&self, code: AssetCode) -> Option<(AssetId, Scale)> {
        (code == AssetCode::new("OIK")?).then_some((AssetId(1), Scale::new(2)?))
    }

    fn code(&self, asset: AssetId) -> Option<(AssetCode, Scale)> {
        (asset == AssetId(1)).then_some((AssetCode::new("OIK")?, Scale::new(2)?))
    }

    fn asset_of_task(&self, _: TaskId) -> Option<AssetId> {
        Some(AssetId(1))
    }

    fn asset_of_offer(&self, _: OfferId) -> Option<AssetId> {
        Some(AssetId(1))
    }

    fn asset_of_limit(&self, _: LimitId) -> Option<AssetId> {
        None
    }
    fn asset_of_stream(&self, _: StreamId) -> Option<AssetId> {
        None
    }
    fn pair_of_desk(&self, _: DeskId) -> Option<(AssetId, AssetId)> {
        None
    }
    fn available(&self, participant: ParticipantId, asset: AssetId) -> AccountId {
        oikos_market::available_account(participant, asset)
    }
}

#[test]
fn what_was_heard_is_shown_as_it_was() {
    let scene = Scene::town();
    let mut heard_of = Overview::default();
    for seen in scene.model.overview.log() {
        let shown = show(&seen.event, &One).unwrap();
        let heard = hear(&shown, &One).unwrap();
        assert_eq!(show(&heard, &One).unwrap(), shown);
        heard_of.take(seen.at, seen.t, &heard);
    }
    assert_eq!(heard_of.settled(), scene.model.overview.settled());
    assert_eq!(heard_of.timelines().by_phase(), scene.model.overview.timelines().by_phase());
    assert_eq!(heard_of.series(), scene.model.overview.series());
}

#[test]
fn a_payment_is_heard_with_both_its_ends() {
    let (from, to) = (One.available(ParticipantId(1), AssetId(1)), One.available(ParticipantId(2), AssetId(1)));
    for flags in [TransferFlags(0), TransferFlags::PENDING, TransferFlags::POST_PENDING_TRANSFER] {
        let transfer = Transfer {
            id: TransferId(7),
            debit_account_id: from,
            credit_account_id: to,
            amount: Amount(500),
            ledger: AssetId(1),
            flags,
            ..Transfer::ZERO
        };
        let (debit, credit) = (Standing::default(), Standing::default());
        let made = LedgerEvent::TransferCreated(TransferCreated { place: 0, transfer, debit, credit });
        let shown = show(&Event::Ledger(Box::new(made)), &One).unwrap();
        let heard = hear(&shown, &One).unwrap();
        assert_eq!(show(&heard, &One).unwrap(), shown);
    }
}
