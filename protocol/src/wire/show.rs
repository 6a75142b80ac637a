//! From an event of the core to one of the wire. `None` for what the wire does not show: accounts being opened, and
//! whatever has an asset that the lexicon does not know, which an economy's own events never have.

use crate::command::asset::Regime;
use crate::command::order::{Market, OpenDesk, OrderKind};
use crate::command::task::{ReviewDefault, Sealing, Selection, TaskSpec};
use crate::command::transfer::{Transfer, TransferFlags};
use crate::event::Event;
use crate::event::asset::AssetEvent;
use crate::event::ledger::LedgerEvent;
use crate::event::money::{MoneyMoved, Purse};
use crate::event::offer::OfferEvent;
use crate::event::order::OrderEvent;
use crate::event::participant::ParticipantEvent;
use crate::event::task::{AwardGround, TaskEvent};
use crate::id::{AccountId, ParticipantId, TaskId};
use crate::money::Amount;
use crate::time::Timestamp;
use crate::wire::command::{
    WireMilestone, WireRegime, WireReviewDefault, WireSealing, WireSelection, WireTask, WireWindows,
};
use crate::wire::event::{
    TransferKind, WireAssetEvent, WireEvent, WireGround, WireMoved, WireOfferEvent, WireParticipantEvent, WirePurse,
    WireTaskEvent, WireTransfer,
};
use crate::wire::order::{Level, WireDesk, WireMarket, WireOrderEvent, WireOrderKind};
use crate::wire::scoring::WireMechanism;
use crate::wire::text::{Decimal, Lasting};
use crate::wire::translate::Lexicon;
use crate::wire::{exchange, limit, stream};
use alloc::boxed::Box;
use alloc::string::String;

/// The event as the wire shows it.
#[must_use]
pub fn show(event: &Event, lexicon: &impl Lexicon) -> Option<WireEvent> {
    Some(match event {
        Event::Asset(event) => WireEvent::Asset(show_asset(event, lexicon)?),
        Event::Participant(event) => WireEvent::Participant(show_participant(event, lexicon)?),
        Event::Task(event) => WireEvent::Task(show_task(event, lexicon)?),
        Event::Money(moved) => WireEvent::Money(show_moved(moved, lexicon)?),
        Event::Ledger(event) => match &**event {
            LedgerEvent::AccountOpened(_) => return None,
            LedgerEvent::TransferCreated(created) => {
                WireEvent::Transfer(show_transfer(&created.transfer, kind_of(&created.transfer), lexicon)?)
            }
            LedgerEvent::TransferExpired(expired) => {
                WireEvent::Transfer(show_transfer(&expired.transfer, TransferKind::Expired, lexicon)?)
            }
        },
        Event::Offer(event) => WireEvent::Offer(show_offer(event, lexicon)?),
        Event::Order(event) => WireEvent::Order(show_order(event, lexicon)?),
        Event::Beacon(revealed) => {
            WireEvent::Beacon { link: revealed.link, left: revealed.left, waiting: revealed.waiting }
        }
        Event::Limit(event) => WireEvent::Limit(limit::show(event, lexicon)?),
        Event::Stream(event) => WireEvent::Stream(stream::show(event, lexicon)?),
        Event::Exchange(event) => WireEvent::Exchange(exchange::show(event, lexicon)?),
    })
}

fn show_asset(event: &AssetEvent, lexicon: &impl Lexicon) -> Option<WireAssetEvent> {
    Some(match *event {
        AssetEvent::Defined { code, scale, regime, .. } => WireAssetEvent::Defined {
            asset: code,
            scale,
            regime: match regime {
                Regime::FixedSupply { supply, to } => {
                    WireRegime::FixedSupply { supply: Decimal::of(supply, scale), to }
                }
                Regime::Issuer(issuer) => WireRegime::Issuer(issuer),
                Regime::MutualCredit { steward, credit_max } => {
                    WireRegime::MutualCredit { steward, credit_max: Decimal::of(credit_max, scale) }
                }
            },
        },
        AssetEvent::Issued { asset, amount, reference } => {
            let (code, scale) = lexicon.code(asset)?;
            WireAssetEvent::Issued { asset: code, amount: Decimal::of(amount, scale), reference }
        }
        AssetEvent::FeeSet { fee } => WireAssetEvent::FeeSet { fee },
        AssetEvent::Deposited { asset, issuer, to, amount, reference } => {
            let (asset, scale) = lexicon.code(asset)?;
            WireAssetEvent::Deposited { asset, issuer, to, amount: Decimal::of(amount, scale), reference }
        }
        AssetEvent::Withdrawn { asset, issuer, from, amount, reference } => {
            let (asset, scale) = lexicon.code(asset)?;
            WireAssetEvent::Withdrawn { asset, issuer, from, amount: Decimal::of(amount, scale), reference }
        }
        AssetEvent::Burned { asset, issuer, amount, reference } => {
            let (asset, scale) = lexicon.code(asset)?;
            WireAssetEvent::Burned { asset, issuer, amount: Decimal::of(amount, scale), reference }
        }
        AssetEvent::CreditSet { asset, steward, member, from, to } => {
            let (asset, scale) = lexicon.code(asset)?;
            let (from, to) = (Decimal::of(from, scale), Decimal::of(to, scale));
            WireAssetEvent::CreditSet { asset, steward, member, from, to }
        }
    })
}

fn show_participant(event: &ParticipantEvent, lexicon: &impl Lexicon) -> Option<WireParticipantEvent> {
    Some(match event {
        ParticipantEvent::Registered { participant, kind, principal, name: _, capabilities, calendar } => {
            WireParticipantEvent::Registered {
                participant: *participant,
                kind: *kind,
                principal: *principal,
                capabilities: capabilities.clone(),
                calendar: *calendar,
            }
        }
        ParticipantEvent::MandateSet(mandate) => {
            let (asset, scale) = lexicon.code(mandate.asset)?;
            WireParticipantEvent::MandateSet {
                participant: mandate.participant,
                asset,
                per_task_max: Decimal::of(mandate.per_task_max, scale),
                open_max: Decimal::of(mandate.open_max, scale),
                approver: mandate.approver,
            }
        }
    })
}

/// A task's rules as the wire shows them.
#[must_use]
pub fn show_spec(spec: &TaskSpec, lexicon: &impl Lexicon) -> Option<WireTask> {
    let (asset, scale) = lexicon.code(spec.asset)?;
    let decimal = |amount: Amount| Decimal::of(amount, scale);
    let windows = &spec.windows;
    Some(WireTask {
        asset,
        budget: decimal(spec.budget),
        input: spec.input,
        requires: spec.requires.clone(),
        constraints: spec.constraints.clone(),
        reputation_min: spec.reputation_min,
        mechanism: WireMechanism::show(spec.mechanism, scale),
        reserve: spec.reserve.map(decimal),
        sealing: match spec.sealing {
            Sealing::Sealed => WireSealing::Sealed,
            Sealing::Open => WireSealing::Open,
            Sealing::CommitReveal { reveal } => WireSealing::CommitReveal { reveal: Lasting(reveal) },
        },
        selection: match spec.selection {
            Selection::Automatic => WireSelection::Automatic,
            Selection::Manual { select } => WireSelection::Manual { select: Lasting(select) },
        },
        bid_deposit: spec.bid_deposit,
        performance_bond: spec.performance_bond,
        damages_max: spec.damages_max,
        cancel_fee: Some(decimal(spec.cancel_fee)),
        approver: spec.approver,
        confirm_above: spec.confirm_above.map(decimal),
        evaluator: spec.evaluator,
        review_default: match spec.review_default {
            ReviewDefault::Accept => WireReviewDefault::Accept,
            ReviewDefault::Evaluator => WireReviewDefault::Evaluator,
            ReviewDefault::Split(share) => WireReviewDefault::Split(share),
        },
        milestones: spec
            .milestones
            .iter()
            .map(|part| WireMilestone { share: part.share, deliver: Lasting(part.deliver) })
            .collect(),
        windows: WireWindows {
            approve: Lasting(windows.approve),
            bid: Lasting(windows.bid),
            accept: Lasting(windows.accept),
            grace: Lasting(windows.grace),
            review: Lasting(windows.review),
            retention: Lasting(windows.retention),
        },
        ends_at: (spec.ends_at != Timestamp::NEVER).then(|| spec.ends_at.into()),
    })
}

fn show_task(event: &TaskEvent, lexicon: &impl Lexicon) -> Option<WireTaskEvent> {
    type To = WireTaskEvent;
    let decimal = |task: TaskId, amount: Amount| {
        let (_, scale) = lexicon.code(lexicon.asset_of_task(task)?)?;
        Some(Decimal::of(amount, scale))
    };
    Some(match event.clone() {
        TaskEvent::Drafted { task, poster, spec, fee } => {
            To::Drafted { task, poster, spec: Box::new(show_spec(&spec, lexicon)?), fee }
        }
        TaskEvent::ApprovalAsked { task, poster, approver, spec, approve_by } => {
            let spec = Box::new(show_spec(&spec, lexicon)?);
            To::ApprovalAsked { task, poster, approver, spec, approve_by: approve_by.into() }
        }
        TaskEvent::Rejected { task, by, reason } => To::Rejected { task, by, reason },
        TaskEvent::Opened { task, poster, by, spec, bid_by } => {
            To::Opened { task, poster, by, spec: Box::new(show_spec(&spec, lexicon)?), bid_by: bid_by.into() }
        }
        TaskEvent::BidPlaced { task, bidder, seal, revised, team } => {
            To::BidPlaced { task, bidder, seal, revised, team }
        }
        TaskEvent::BidPriced { task, bidder, price, nonce, open } => {
            To::BidPriced { task, bidder, price: decimal(task, price)?, nonce: hex(&nonce), open }
        }
        TaskEvent::BidWithdrawn { task, bidder } => To::BidWithdrawn { task, bidder },
        TaskEvent::Cancelled { task } => To::Cancelled { task },
        TaskEvent::BidsClosed { task, bids } => To::BidsClosed { task, bids },
        TaskEvent::BidOpened { task, bidder, price, nonce } => {
            To::BidOpened { task, bidder, price: decimal(task, price)?, nonce: hex(&nonce) }
        }
        TaskEvent::BidPromised { task, bidder, promise, reputation, open } => {
            To::BidPromised { task, bidder, promise, reputation, open }
        }
        TaskEvent::BidExcluded { task, bidder, why } => To::BidExcluded { task, bidder, why },
        TaskEvent::StageEntered { task, stage, until } => To::StageEntered { task, stage, until: until.into() },
        TaskEvent::NoAward { task, compared } => To::NoAward { task, compared },
        TaskEvent::AwardOffered { task, bidder, price, ground, accept_by } => To::AwardOffered {
            task,
            bidder,
            price: decimal(task, price)?,
            ground: match ground {
                AwardGround::Mechanism { compared, lots } => WireGround::Mechanism { compared, lots },
                AwardGround::Selected => WireGround::Selected,
            },
            accept_by: accept_by.into(),
        },
        TaskEvent::AwardAccepted { task, worker } => To::AwardAccepted { task, worker },
        TaskEvent::AwardDeclined { task, bidder, by } => To::AwardDeclined { task, bidder, by },
        TaskEvent::Activated { task, worker, milestone, deliver_by } => {
            To::Activated { task, worker, milestone, deliver_by: deliver_by.into() }
        }
        TaskEvent::Submitted { task, worker, milestone, deliverable, review_by } => {
            To::Submitted { task, worker, milestone, deliverable, review_by: review_by.into() }
        }
        TaskEvent::ReviewPassed { task, milestone, evaluator, review_by } => {
            To::ReviewPassed { task, milestone, evaluator, review_by: review_by.into() }
        }
        TaskEvent::DeliverableAccepted { task, worker, milestone, by, share } => {
            To::DeliverableAccepted { task, worker, milestone, by, share }
        }
        TaskEvent::Retained { task, worker, until } => To::Retained { task, worker, until: until.into() },
        TaskEvent::Settled { task, worker, paid } => To::Settled { task, worker, paid: decimal(task, paid)? },
        TaskEvent::Defaulted { task, worker, milestone } => To::Defaulted { task, worker, milestone },
        TaskEvent::Expired { task, phase } => To::Expired { task, phase },
    })
}

fn show_moved(moved: &MoneyMoved, lexicon: &impl Lexicon) -> Option<WireMoved> {
    let (asset, scale) = lexicon.code(moved.asset)?;
    Some(WireMoved {
        asset,
        amount: Decimal::of(moved.amount, scale),
        from: show_purse(moved.from),
        to: show_purse(moved.to),
        reason: moved.reason,
    })
}

const fn show_purse(purse: Purse) -> WirePurse {
    match purse {
        Purse::Issuer => WirePurse::Issuer,
        Purse::Available(whose) => WirePurse::Available(whose),
        Purse::Hold(task) => WirePurse::Hold(task),
        Purse::Escrow(task) => WirePurse::Escrow(task),
        Purse::Deposit(task, bidder) => WirePurse::Deposit { task, bidder },
        Purse::Bond(task) => WirePurse::Bond(task),
        Purse::Treasury => WirePurse::Treasury,
        Purse::Order(order, trader) => WirePurse::Order { order, trader },
        Purse::Stream(stream) => WirePurse::Stream(stream),
    }
}

fn show_transfer(transfer: &Transfer, kind: TransferKind, lexicon: &impl Lexicon) -> Option<WireTransfer> {
    let (asset, scale) = lexicon.code(transfer.ledger)?;
    let owner = |account: AccountId| {
        let owner = ParticipantId((account.0 >> 32) as u64);
        (lexicon.available(owner, transfer.ledger) == account).then_some(owner)
    };
    Some(WireTransfer {
        transfer: transfer.id,
        asset,
        amount: Decimal::of(transfer.amount, scale),
        from: owner(transfer.debit_account_id),
        to: owner(transfer.credit_account_id),
        kind,
    })
}

fn kind_of(transfer: &Transfer) -> TransferKind {
    if transfer.flags.contains(TransferFlags::POST_PENDING_TRANSFER) {
        TransferKind::Posted
    } else if transfer.flags.contains(TransferFlags::VOID_PENDING_TRANSFER) {
        TransferKind::Voided
    } else if transfer.flags.contains(TransferFlags::PENDING) {
        TransferKind::Pending
    } else {
        TransferKind::Made
    }
}

fn show_offer(event: &OfferEvent, lexicon: &impl Lexicon) -> Option<WireOfferEvent> {
    Some(match event {
        OfferEvent::Published { offer, seller, terms } => {
            let (asset, scale) = lexicon.code(terms.asset)?;
            WireOfferEvent::Published {
                offer: *offer,
                seller: *seller,
                capability: terms.capability.clone(),
                asset,
                price: Decimal::of(terms.price, scale),
                units: terms.units,
                buyer: terms.buyer,
                expires: terms.expires.into(),
            }
        }
        OfferEvent::Taken { offer, buyer, units, left } => {
            WireOfferEvent::Taken { offer: *offer, buyer: *buyer, units: *units, left: *left }
        }
        OfferEvent::Withdrawn { offer } => WireOfferEvent::Withdrawn { offer: *offer },
        OfferEvent::Expired { offer } => WireOfferEvent::Expired { offer: *offer },
    })
}

fn show_order(event: &OrderEvent, lexicon: &impl Lexicon) -> Option<WireOrderEvent> {
    use WireOrderEvent as To;
    if let OrderEvent::DeskOpened { desk, ref terms } = *event {
        return Some(To::DeskOpened { desk, terms: show_desk(terms, lexicon)? });
    }
    let (_, quote) = lexicon.pair_of_desk(event.desk())?;
    let (_, scale) = lexicon.code(quote)?;
    let decimal = |price: Amount| Decimal::of(price, scale);
    let level = |top: Option<(Amount, u64)>| {
        top.map(|(price, quantity)| Level { price: decimal(price), quantity, orders: None })
    };
    Some(match *event {
        OrderEvent::DeskOpened { .. } => return None,
        OrderEvent::Placed { desk, order, trader, side, quantity, kind } => {
            let kind = match kind {
                OrderKind::Limit { price, expires } => WireOrderKind::Limit {
                    price: decimal(price),
                    expires: Some(expires).filter(|&at| at != Timestamp::NEVER).map(Into::into),
                },
                OrderKind::Market => WireOrderKind::Market {},
                OrderKind::ImmediateOrCancel { price } => WireOrderKind::ImmediateOrCancel { price: decimal(price) },
                OrderKind::FillOrKill { price } => WireOrderKind::FillOrKill { price: decimal(price) },
            };
            To::Placed { desk, order, trader, side, quantity, kind }
        }
        OrderEvent::Rested { desk, order, trader, price, quantity } => {
            To::Rested { desk, order, trader, price: decimal(price), quantity }
        }
        OrderEvent::Replaced { desk, order, trader, price, quantity, kept_place } => {
            To::Replaced { desk, order, trader, price: decimal(price), quantity, kept_place }
        }
        OrderEvent::Filled { desk, order, trader, price, quantity } => {
            To::Filled { desk, order, trader, price: decimal(price), quantity }
        }
        OrderEvent::Cancelled { desk, order, trader, quantity, why } => {
            To::Cancelled { desk, order, trader, quantity, why }
        }
        OrderEvent::Traded { desk, taker, price, quantity } => {
            To::Traded { desk, taker, price: decimal(price), quantity }
        }
        OrderEvent::Depth { desk, side, price, quantity, orders } => {
            To::Depth { desk, side, price: decimal(price), quantity, orders }
        }
        OrderEvent::Top { desk, bid, ask } => To::Top { desk, bid: level(bid), ask: level(ask) },
        OrderEvent::Cleared { desk, price, quantity } => To::Cleared { desk, price: price.map(decimal), quantity },
    })
}

/// A desk's terms as the wire shows them.
#[must_use]
pub fn show_desk(terms: &OpenDesk, lexicon: &impl Lexicon) -> Option<WireDesk> {
    let ((base, base_scale), (quote, scale)) = (lexicon.code(terms.base)?, lexicon.code(terms.quote)?);
    Some(WireDesk {
        base,
        quote,
        lot: Decimal::of(Amount(terms.lot.into()), base_scale),
        tick: Decimal::of(terms.tick, scale),
        quantity_max: terms.quantity_max,
        orders_max: terms.orders_max,
        self_trade: terms.self_trade,
        market: match terms.market {
            Market::Continuous => WireMarket::Continuous,
            Market::Call { every, split } => WireMarket::Call { every: Lasting(every), split },
        },
    })
}

fn hex(bytes: &[u8; 16]) -> String {
    alloc::format!("{:032x}", u128::from_be_bytes(*bytes))
}
