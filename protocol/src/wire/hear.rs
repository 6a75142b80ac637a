//! From an event of the wire back to one of the core: the other way of `show.rs`, for folds on this side of the wire.
//!
//! What the wire leaves out comes back empty: the hash of a name, the accounts' standing, the mandate's rest.
//! Invariant: what is shown again is what was heard.

use crate::command::asset::Regime;
use crate::command::offer::PublishOffer;
use crate::command::order::PlaceOrder;
use crate::command::participant::SetMandate;
use crate::command::transfer::{Transfer, TransferFlags};
use crate::event::Event;
use crate::event::asset::AssetEvent;
use crate::event::beacon::BeaconRevealed;
use crate::event::ledger::LedgerEvent;
use crate::event::money::{MoneyMoved, Purse};
use crate::event::offer::OfferEvent;
use crate::event::order::OrderEvent;
use crate::event::participant::ParticipantEvent;
use crate::event::task::{AwardGround, TaskEvent};
use crate::event::transfer::{Standing, TransferCreated, TransferExpired};
use crate::id::{AccountId, Hash32, TaskId};
use crate::money::{Amount, Scale};
use crate::time::Timestamp;
use crate::wire::command::{WireRegime, WireTask};
use crate::wire::event::{
    TransferKind, WireAssetEvent, WireEvent, WireGround, WireMoved, WireOfferEvent, WireParticipantEvent, WirePurse,
    WireTaskEvent, WireTransfer,
};
use crate::wire::order::{Level, WireOrder, WireOrderEvent};
use crate::wire::text::Decimal;
use crate::wire::translate::{Lexicon, desk as hear_desk, hex16, order as hear_place, spec};
use crate::wire::{exchange, limit, stream};
use alloc::boxed::Box;
use alloc::sync::Arc;

/// The core's event; nothing where the lexicon does not know its asset or its task.
#[must_use]
pub fn hear(event: &WireEvent, lexicon: &impl Lexicon) -> Option<Event> {
    Some(match event {
        WireEvent::Asset(event) => Event::Asset(hear_asset(event, lexicon)?),
        WireEvent::Participant(event) => Event::Participant(hear_participant(event, lexicon)?),
        WireEvent::Task(event) => Event::Task(hear_task(event, lexicon)?),
        WireEvent::Money(moved) => Event::Money(hear_moved(moved, lexicon)?),
        WireEvent::Transfer(transfer) => Event::Ledger(Box::new(hear_transfer(transfer, lexicon)?)),
        WireEvent::Offer(event) => Event::Offer(hear_offer(event, lexicon)?),
        WireEvent::Order(event) => Event::Order(hear_order(event, lexicon)?),
        WireEvent::Beacon { link, left, waiting } => {
            Event::Beacon(BeaconRevealed { link: *link, left: *left, waiting: *waiting })
        }
        WireEvent::Limit(event) => Event::Limit(limit::hear(event, lexicon)?),
        WireEvent::Stream(event) => Event::Stream(stream::hear(event, lexicon)?),
        WireEvent::Exchange(event) => Event::Exchange(exchange::hear(event, lexicon)?),
    })
}

fn hear_asset(event: &WireAssetEvent, lexicon: &impl Lexicon) -> Option<AssetEvent> {
    Some(match event {
        WireAssetEvent::Defined { asset: code, scale, regime } => {
            let (asset, _) = lexicon.asset(*code)?;
            let regime = match regime {
                WireRegime::FixedSupply { supply, to } => {
                    Regime::FixedSupply { supply: scale.parse(&supply.0).ok()?, to: *to }
                }
                WireRegime::Issuer(issuer) => Regime::Issuer(*issuer),
                WireRegime::MutualCredit { steward, credit_max } => {
                    Regime::MutualCredit { steward: *steward, credit_max: scale.parse(&credit_max.0).ok()? }
                }
            };
            AssetEvent::Defined { asset, code: *code, scale: *scale, regime }
        }
        WireAssetEvent::Issued { asset, amount, reference } => {
            let (asset, scale) = lexicon.asset(*asset)?;
            AssetEvent::Issued { asset, amount: scale.parse(&amount.0).ok()?, reference: *reference }
        }
        WireAssetEvent::FeeSet { fee } => AssetEvent::FeeSet { fee: *fee },
        &WireAssetEvent::Deposited { asset, issuer, to, ref amount, reference } => {
            let (asset, scale) = lexicon.asset(asset)?;
            AssetEvent::Deposited { asset, issuer, to, amount: scale.parse(&amount.0).ok()?, reference }
        }
        &WireAssetEvent::Withdrawn { asset, issuer, from, ref amount, reference } => {
            let (asset, scale) = lexicon.asset(asset)?;
            AssetEvent::Withdrawn { asset, issuer, from, amount: scale.parse(&amount.0).ok()?, reference }
        }
        &WireAssetEvent::Burned { asset, issuer, ref amount, reference } => {
            let (asset, scale) = lexicon.asset(asset)?;
            AssetEvent::Burned { asset, issuer, amount: scale.parse(&amount.0).ok()?, reference }
        }
        &WireAssetEvent::CreditSet { asset, steward, member, ref from, ref to } => {
            let (asset, scale) = lexicon.asset(asset)?;
            let (from, to) = (scale.parse(&from.0).ok()?, scale.parse(&to.0).ok()?);
            AssetEvent::CreditSet { asset, steward, member, from, to }
        }
    })
}

fn hear_participant(event: &WireParticipantEvent, lexicon: &impl Lexicon) -> Option<ParticipantEvent> {
    Some(match event {
        WireParticipantEvent::Registered { participant, kind, principal, capabilities, calendar } => {
            ParticipantEvent::Registered {
                participant: *participant,
                kind: *kind,
                principal: *principal,
                name: Hash32::ZERO,
                capabilities: capabilities.clone(),
                calendar: *calendar,
            }
        }
        WireParticipantEvent::MandateSet { participant, asset, per_task_max, open_max, approver } => {
            let (asset, scale) = lexicon.asset(*asset)?;
            ParticipantEvent::MandateSet(SetMandate {
                participant: *participant,
                asset,
                per_task_max: scale.parse(&per_task_max.0).ok()?,
                open_max: scale.parse(&open_max.0).ok()?,
                approver: *approver,
            })
        }
    })
}

fn hear_spec(task: &WireTask, lexicon: &impl Lexicon) -> Option<Arc<crate::command::task::TaskSpec>> {
    spec(task.clone(), lexicon, "").ok().map(Arc::new)
}

fn hear_task(event: &WireTaskEvent, lexicon: &impl Lexicon) -> Option<TaskEvent> {
    type From = WireTaskEvent;
    let amount = |task: TaskId, text: &Decimal| -> Option<Amount> {
        let (_, scale): (_, Scale) = lexicon.code(lexicon.asset_of_task(task)?)?;
        scale.parse(&text.0).ok()
    };
    Some(match event.clone() {
        From::Drafted { task, poster, spec, fee } => {
            TaskEvent::Drafted { task, poster, spec: hear_spec(&spec, lexicon)?, fee }
        }
        From::ApprovalAsked { task, poster, approver, spec, approve_by } => TaskEvent::ApprovalAsked {
            task,
            poster,
            approver,
            spec: hear_spec(&spec, lexicon)?,
            approve_by: approve_by.into(),
        },
        From::Rejected { task, by, reason } => TaskEvent::Rejected { task, by, reason },
        From::Opened { task, poster, by, spec, bid_by } => {
            TaskEvent::Opened { task, poster, by, spec: hear_spec(&spec, lexicon)?, bid_by: bid_by.into() }
        }
        From::BidPlaced { task, bidder, seal, revised, team } => {
            TaskEvent::BidPlaced { task, bidder, seal, revised, team }
        }
        From::BidPriced { task, bidder, price, nonce, open } => {
            TaskEvent::BidPriced { task, bidder, price: amount(task, &price)?, nonce: hex16(&nonce)?, open }
        }
        From::BidWithdrawn { task, bidder } => TaskEvent::BidWithdrawn { task, bidder },
        From::Cancelled { task } => TaskEvent::Cancelled { task },
        From::BidsClosed { task, bids } => TaskEvent::BidsClosed { task, bids },
        From::BidOpened { task, bidder, price, nonce } => {
            TaskEvent::BidOpened { task, bidder, price: amount(task, &price)?, nonce: hex16(&nonce)? }
        }
        From::BidPromised { task, bidder, promise, reputation, open } => {
            TaskEvent::BidPromised { task, bidder, promise, reputation, open }
        }
        From::BidExcluded { task, bidder, why } => TaskEvent::BidExcluded { task, bidder, why },
        From::StageEntered { task, stage, until } => TaskEvent::StageEntered { task, stage, until: until.into() },
        From::NoAward { task, compared } => TaskEvent::NoAward { task, compared },
        From::AwardOffered { task, bidder, price, ground, accept_by } => TaskEvent::AwardOffered {
            task,
            bidder,
            price: amount(task, &price)?,
            ground: match ground {
                WireGround::Mechanism { compared, lots } => AwardGround::Mechanism { compared, lots },
                WireGround::Selected => AwardGround::Selected,
            },
            accept_by: accept_by.into(),
        },
        From::AwardAccepted { task, worker } => TaskEvent::AwardAccepted { task, worker },
        From::AwardDeclined { task, bidder, by } => TaskEvent::AwardDeclined { task, bidder, by },
        From::Activated { task, worker, milestone, deliver_by } => {
            TaskEvent::Activated { task, worker, milestone, deliver_by: deliver_by.into() }
        }
        From::Submitted { task, worker, milestone, deliverable, review_by } => {
            TaskEvent::Submitted { task, worker, milestone, deliverable, review_by: review_by.into() }
        }
        From::ReviewPassed { task, milestone, evaluator, review_by } => {
            TaskEvent::ReviewPassed { task, milestone, evaluator, review_by: review_by.into() }
        }
        From::DeliverableAccepted { task, worker, milestone, by, share } => {
            TaskEvent::DeliverableAccepted { task, worker, milestone, by, share }
        }
        From::Retained { task, worker, until } => TaskEvent::Retained { task, worker, until: until.into() },
        From::Settled { task, worker, paid } => TaskEvent::Settled { task, worker, paid: amount(task, &paid)? },
        From::Defaulted { task, worker, milestone } => TaskEvent::Defaulted { task, worker, milestone },
        From::Expired { task, phase } => TaskEvent::Expired { task, phase },
    })
}

fn hear_moved(moved: &WireMoved, lexicon: &impl Lexicon) -> Option<MoneyMoved> {
    let (asset, scale) = lexicon.asset(moved.asset)?;
    Some(MoneyMoved {
        asset,
        amount: scale.parse(&moved.amount.0).ok()?,
        from: hear_purse(moved.from),
        to: hear_purse(moved.to),
        reason: moved.reason,
    })
}

const fn hear_purse(purse: WirePurse) -> Purse {
    match purse {
        WirePurse::Issuer => Purse::Issuer,
        WirePurse::Available(whose) => Purse::Available(whose),
        WirePurse::Hold(task) => Purse::Hold(task),
        WirePurse::Escrow(task) => Purse::Escrow(task),
        WirePurse::Deposit { task, bidder } => Purse::Deposit(task, bidder),
        WirePurse::Bond(task) => Purse::Bond(task),
        WirePurse::Treasury => Purse::Treasury,
        WirePurse::Order { order, trader } => Purse::Order(order, trader),
        WirePurse::Stream(stream) => Purse::Stream(stream),
    }
}

fn hear_transfer(heard: &WireTransfer, lexicon: &impl Lexicon) -> Option<LedgerEvent> {
    let (asset, scale) = lexicon.asset(heard.asset)?;
    let account = |owner: Option<_>| owner.map_or(AccountId(0), |owner| lexicon.available(owner, asset));
    let flags = match heard.kind {
        TransferKind::Made | TransferKind::Expired => TransferFlags(0),
        TransferKind::Pending => TransferFlags::PENDING,
        TransferKind::Posted => TransferFlags::POST_PENDING_TRANSFER,
        TransferKind::Voided => TransferFlags::VOID_PENDING_TRANSFER,
    };
    let transfer = Transfer {
        id: heard.transfer,
        debit_account_id: account(heard.from),
        credit_account_id: account(heard.to),
        amount: scale.parse(&heard.amount.0).ok()?,
        ledger: asset,
        flags,
        ..Transfer::ZERO
    };
    let (debit, credit) = (Standing::default(), Standing::default());
    Some(if heard.kind == TransferKind::Expired {
        LedgerEvent::TransferExpired(TransferExpired { place: 0, transfer, timestamp: Timestamp::ZERO, debit, credit })
    } else {
        LedgerEvent::TransferCreated(TransferCreated { place: 0, transfer, debit, credit })
    })
}

fn hear_order(event: &WireOrderEvent, lexicon: &impl Lexicon) -> Option<OrderEvent> {
    use WireOrderEvent as From;
    if let From::DeskOpened { desk, terms } = event {
        return Some(OrderEvent::DeskOpened { desk: *desk, terms: hear_desk(terms, lexicon).ok()? });
    }
    let (_, quote) = lexicon.pair_of_desk(event.desk())?;
    let (_, scale) = lexicon.code(quote)?;
    let amount = |text: &Decimal| scale.parse(&text.0).ok();
    let level = |level: &Option<Level>| -> Option<Option<(Amount, u64)>> {
        level.as_ref().map_or(Some(None), |level| amount(&level.price).map(|price| Some((price, level.quantity))))
    };
    Some(match event.clone() {
        From::DeskOpened { .. } => return None,
        From::Placed { desk, order, trader, side, quantity, kind } => {
            let PlaceOrder { kind, .. } = hear_place(&WireOrder { desk, side, quantity, kind }, lexicon).ok()?;
            OrderEvent::Placed { desk, order, trader, side, quantity, kind }
        }
        From::Rested { desk, order, trader, price, quantity } => {
            OrderEvent::Rested { desk, order, trader, price: amount(&price)?, quantity }
        }
        From::Replaced { desk, order, trader, price, quantity, kept_place } => {
            OrderEvent::Replaced { desk, order, trader, price: amount(&price)?, quantity, kept_place }
        }
        From::Filled { desk, order, trader, price, quantity } => {
            OrderEvent::Filled { desk, order, trader, price: amount(&price)?, quantity }
        }
        From::Cancelled { desk, order, trader, quantity, why } => {
            OrderEvent::Cancelled { desk, order, trader, quantity, why }
        }
        From::Traded { desk, taker, price, quantity } => {
            OrderEvent::Traded { desk, taker, price: amount(&price)?, quantity }
        }
        From::Depth { desk, side, price, quantity, orders } => {
            OrderEvent::Depth { desk, side, price: amount(&price)?, quantity, orders }
        }
        From::Top { desk, bid, ask } => OrderEvent::Top { desk, bid: level(&bid)?, ask: level(&ask)? },
        From::Cleared { desk, price, quantity } => OrderEvent::Cleared {
            desk,
            price: price.as_ref().map_or(Some(None), |text| amount(text).map(Some))?,
            quantity,
        },
    })
}

fn hear_offer(event: &WireOfferEvent, lexicon: &impl Lexicon) -> Option<OfferEvent> {
    Some(match event.clone() {
        WireOfferEvent::Published { offer, seller, capability, asset, price, units, buyer, expires } => {
            let (asset, scale) = lexicon.asset(asset)?;
            let price = scale.parse(&price.0).ok()?;
            let terms = PublishOffer { capability, asset, price, units, buyer, expires: expires.into() };
            OfferEvent::Published { offer, seller, terms }
        }
        WireOfferEvent::Taken { offer, buyer, units, left } => OfferEvent::Taken { offer, buyer, units, left },
        WireOfferEvent::Withdrawn { offer } => OfferEvent::Withdrawn { offer },
        WireOfferEvent::Expired { offer } => OfferEvent::Expired { offer },
    })
}
