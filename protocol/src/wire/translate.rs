//! From a command of the wire to one of the core: amounts get their asset, and what is absent its default.
//!
//! Invariant: the answer depends on the command and on facts that never change (an asset's scale, a task's asset), so
//! that a retry years of restarts later is the same command. No clock, no balance.

use crate::command::Command;
use crate::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use crate::command::bid::{BidTerms, Nonce, PlaceBid, RevealBid, RevealScoredBid};
use crate::command::offer::{PublishOffer, TakeOffer};
use crate::command::order::{Market, OpenDesk, OrderKind, PlaceOrder, ReplaceOrder};
use crate::command::participant::SetMandate;
use crate::command::task::{Milestone, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use crate::command::transfer::Transfer;
use crate::id::{AccountId, AssetId, CommandId, DeskId, LimitId, OfferId, ParticipantId, StreamId, TaskId, TransferId};
use crate::money::{Amount, Scale, Share};
use crate::time::{Span, Timestamp};
use crate::wire::command::{
    WireBid, WireCommand, WireRegime, WireReviewDefault, WireSealing, WireSelection, WireTask, WireWindows,
};
use crate::wire::order::{WireDesk, WireMarket, WireOrder, WireOrderKind};
use crate::wire::receipt::{Refusal, RefusalCode};
use crate::wire::text::Decimal;
use crate::wire::{exchange, issue, limit, split, stream};
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;

/// Facts that the wire leaves out.
pub trait Lexicon {
    /// The asset of a code.
    fn asset(&self, code: AssetCode) -> Option<(AssetId, Scale)>;
    /// The code and scale of an asset.
    fn code(&self, asset: AssetId) -> Option<(AssetCode, Scale)>;
    /// The asset of a task, also of one that is over.
    fn asset_of_task(&self, task: TaskId) -> Option<AssetId>;
    /// The asset of an offer, also of one that is over.
    fn asset_of_offer(&self, offer: OfferId) -> Option<AssetId>;
    /// The base and the quote asset of a desk.
    fn pair_of_desk(&self, desk: DeskId) -> Option<(AssetId, AssetId)>;
    /// The asset of a limit.
    fn asset_of_limit(&self, limit: LimitId) -> Option<AssetId>;
    /// The asset of a stream, also of one that has ended.
    fn asset_of_stream(&self, stream: StreamId) -> Option<AssetId>;
    /// The account of a participant's free money.
    fn available(&self, participant: ParticipantId, asset: AssetId) -> AccountId;
}

/// Who asks, under which name: what an id is derived from where the core wants one.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    /// Who.
    pub by: ParticipantId,
    /// The command's name.
    pub id: CommandId,
}

type Refused = Refusal;

/// The core's command.
///
/// # Errors
/// A [`Refusal`] whose field is the path within the command.
pub fn translate(command: WireCommand, asker: Asker, lexicon: &impl Lexicon) -> Result<Command, Refused> {
    Ok(match command {
        WireCommand::DefineAsset(ask) => {
            let regime = match ask.regime {
                WireRegime::FixedSupply { supply, to } => Regime::FixedSupply {
                    supply: read(&supply, ask.scale, "define_asset.regime.fixed_supply.supply")?,
                    to,
                },
                WireRegime::Issuer(issuer) => Regime::Issuer(issuer),
                WireRegime::MutualCredit { steward, credit_max } => Regime::MutualCredit {
                    steward,
                    credit_max: read(&credit_max, ask.scale, "define_asset.regime.mutual_credit.credit_max")?,
                },
            };
            Command::DefineAsset(DefineAsset { code: ask.code, scale: ask.scale, regime })
        }
        WireCommand::Issue(ask) => {
            let (asset, scale) = asset_of(ask.asset, lexicon, "issue.asset")?;
            let amount = read(&ask.amount, scale, "issue.amount")?;
            Command::Issue(Issue { asset, to: ask.to, amount, reference: ask.reference })
        }
        WireCommand::SetFee(ask) => Command::SetFee(ask),
        WireCommand::Register(ask) => Command::Register(ask),
        WireCommand::SetMandate(ask) => {
            let (asset, scale) = asset_of(ask.asset, lexicon, "set_mandate.asset")?;
            Command::SetMandate(SetMandate {
                participant: ask.participant,
                asset,
                per_task_max: read(&ask.per_task_max, scale, "set_mandate.per_task_max")?,
                open_max: read(&ask.open_max, scale, "set_mandate.open_max")?,
                approver: ask.approver,
            })
        }
        WireCommand::Pay(payments) => {
            let mut transfers = Vec::with_capacity(payments.len());
            for (index, payment) in payments.iter().enumerate() {
                let field = |name: &str| alloc::format!("pay[{index}].{name}");
                let (asset, scale) = asset_of(payment.asset, lexicon, &field("asset"))?;
                transfers.push(Transfer {
                    id: TransferId::of_payment(asker.by, asker.id, index),
                    debit_account_id: lexicon.available(asker.by, asset),
                    credit_account_id: lexicon.available(payment.to, asset),
                    amount: read(&payment.amount, scale, &field("amount"))?,
                    ledger: asset,
                    code: 1,
                    ..Transfer::ZERO
                });
            }
            Command::CreateTransfers(transfers)
        }
        WireCommand::PostTask(task) => Command::PostTask(Arc::new(spec(task, lexicon, "post_task")?)),
        WireCommand::DraftTask(task) => Command::DraftTask(Arc::new(spec(task, lexicon, "draft_task")?)),
        WireCommand::PublishTask(ask) => Command::PublishTask(ask),
        WireCommand::ApproveTask(ask) => Command::ApproveTask(ask),
        WireCommand::RefuseTask(ask) => Command::RefuseTask(ask),
        WireCommand::CancelTask(ask) => Command::CancelTask(ask),
        WireCommand::PlaceBid(ask) => Command::PlaceBid(bid(ask, lexicon)?),
        WireCommand::WithdrawBid(ask) => Command::WithdrawBid(ask),
        WireCommand::RevealBid(ask) => {
            let task = ask.task;
            let price = read(&ask.price, scale_of_task(task, lexicon, "reveal_bid.task")?, "reveal_bid.price")?;
            let nonce = nonce(&ask.nonce, "reveal_bid.nonce")?;
            match ask.promise {
                None => Command::RevealBid(RevealBid { task, price, nonce }),
                Some(promise) => Command::RevealScoredBid(RevealScoredBid { task, price, nonce, promise }),
            }
        }
        WireCommand::SelectBid(ask) => Command::SelectBid(ask),
        WireCommand::AcceptAward(ask) => Command::AcceptAward(ask),
        WireCommand::ConfirmAward(ask) => Command::ConfirmAward(ask),
        WireCommand::DeclineAward(ask) => Command::DeclineAward(ask),
        WireCommand::SubmitDeliverable(ask) => Command::SubmitDeliverable(ask),
        WireCommand::AcceptDeliverable(ask) => Command::AcceptDeliverable(ask),
        WireCommand::PublishOffer(ask) => {
            let (asset, scale) = asset_of(ask.asset, lexicon, "publish_offer.asset")?;
            Command::PublishOffer(PublishOffer {
                capability: ask.capability,
                asset,
                price: read(&ask.price, scale, "publish_offer.price")?,
                units: ask.units,
                buyer: ask.buyer,
                expires: ask.expires.map_or(Timestamp::NEVER, Timestamp::from),
            })
        }
        WireCommand::WithdrawOffer(ask) => Command::WithdrawOffer(ask),
        WireCommand::TakeOffer(ask) => {
            let known = lexicon.asset_of_offer(ask.offer).and_then(|asset| lexicon.code(asset));
            let (_, scale) = known.ok_or_else(|| {
                Refusal::new(RefusalCode::UnknownOffer, alloc::format!("there is no offer {}", ask.offer))
                    .at("take_offer.offer")
            })?;
            let price = read(&ask.price, scale, "take_offer.price")?;
            Command::TakeOffer(TakeOffer { offer: ask.offer, units: ask.units, price })
        }
        WireCommand::RevealBeacon(ask) => Command::RevealBeacon(ask),
        WireCommand::OpenDesk(ask) => Command::OpenDesk(desk(&ask, lexicon)?),
        WireCommand::PlaceOrder(ask) => Command::PlaceOrder(order(&ask, lexicon)?),
        WireCommand::CancelOrder(ask) => Command::CancelOrder(ask),
        WireCommand::ReplaceOrder(ask) => {
            let scale = scale_of_desk(ask.desk, lexicon, "replace_order.desk")?;
            let price = read(&ask.price, scale, "replace_order.price")?;
            Command::ReplaceOrder(ReplaceOrder { desk: ask.desk, order: ask.order, price, quantity: ask.quantity })
        }
        WireCommand::ClearCall(ask) => Command::ClearCall(ask),
        WireCommand::Deposit(ask) => Command::Deposit(issue::deposit(&ask, lexicon)?),
        WireCommand::Withdraw(ask) => Command::Withdraw(issue::withdraw(&ask, lexicon)?),
        WireCommand::Burn(ask) => Command::Burn(issue::burn(&ask, lexicon)?),
        WireCommand::SetCredit(ask) => Command::SetCredit(issue::credit(&ask, lexicon)?),
        WireCommand::SetLimit(ask) => Command::SetLimit(limit::set(ask, asker.by, lexicon)?),
        WireCommand::NarrowLimit(ask) => Command::NarrowLimit(limit::narrow(ask, lexicon)?),
        WireCommand::RevokeLimit(ask) => Command::RevokeLimit(ask),
        WireCommand::Split(ask) => Command::Split(split::split(ask, lexicon)?),
        WireCommand::OpenStream(ask) => Command::OpenStream(stream::open(ask, lexicon)?),
        WireCommand::TopUpStream(ask) => Command::TopUpStream(stream::top_up(ask, lexicon)?),
        WireCommand::SettleStream(ask) => Command::SettleStream(ask),
        WireCommand::StopStream(ask) => Command::StopStream(ask),
        WireCommand::OfferExchange(ask) => Command::OfferExchange(exchange::offer(ask, lexicon)?),
        WireCommand::TakeExchange(ask) => Command::TakeExchange(ask),
        WireCommand::WithdrawExchange(ask) => Command::WithdrawExchange(ask),
    })
}

pub(crate) fn spec(task: WireTask, lexicon: &impl Lexicon, at: &str) -> Result<TaskSpec, Refused> {
    let field = |name: &str| alloc::format!("{at}.{name}");
    let (asset, scale) = asset_of(task.asset, lexicon, &field("asset"))?;
    let optional = |amount: &Option<Decimal>, name: &str| {
        amount.as_ref().map(|amount| read(amount, scale, &field(name))).transpose()
    };
    let WireWindows { approve, bid, accept, grace, review, retention } = task.windows;
    let milestones = if task.milestones.is_empty() {
        let whole = Share::from_millionths(Share::WHOLE).unwrap_or_default();
        alloc::vec![Milestone { share: whole, deliver: Span::hours(1) }]
    } else {
        task.milestones.iter().map(|part| Milestone { share: part.share, deliver: part.deliver.0 }).collect()
    };
    Ok(TaskSpec {
        asset,
        budget: read(&task.budget, scale, &field("budget"))?,
        input: task.input,
        reserve: optional(&task.reserve, "reserve")?,
        cancel_fee: optional(&task.cancel_fee, "cancel_fee")?.unwrap_or(Amount::ZERO),
        confirm_above: optional(&task.confirm_above, "confirm_above")?,
        requires: task.requires,
        constraints: task.constraints,
        reputation_min: task.reputation_min,
        mechanism: task.mechanism.hear(scale, &field("mechanism"))?,
        sealing: match task.sealing {
            WireSealing::Sealed => Sealing::Sealed,
            WireSealing::Open => Sealing::Open,
            WireSealing::CommitReveal { reveal } => Sealing::CommitReveal { reveal: reveal.0 },
        },
        selection: match task.selection {
            WireSelection::Automatic => Selection::Automatic,
            WireSelection::Manual { select } => Selection::Manual { select: select.0 },
        },
        bid_deposit: task.bid_deposit,
        performance_bond: task.performance_bond,
        damages_max: task.damages_max,
        approver: task.approver,
        evaluator: task.evaluator,
        review_default: match task.review_default {
            WireReviewDefault::Accept => ReviewDefault::Accept,
            WireReviewDefault::Evaluator => ReviewDefault::Evaluator,
            WireReviewDefault::Split(share) => ReviewDefault::Split(share),
        },
        milestones,
        windows: Windows {
            approve: approve.0,
            bid: bid.0,
            accept: accept.0,
            grace: grace.0,
            review: review.0,
            retention: retention.0,
        },
        ends_at: task.ends_at.map_or(Timestamp::NEVER, Timestamp::from),
    })
}

fn bid(ask: WireBid, lexicon: &impl Lexicon) -> Result<PlaceBid, Refused> {
    let terms = match (&ask.price, &ask.nonce, ask.commitment) {
        (None, None, Some(commitment)) if ask.promise.is_none() => BidTerms::Committed { commitment },
        (Some(price), Some(ticket), None) => {
            let price = read(price, scale_of_task(ask.task, lexicon, "place_bid.task")?, "place_bid.price")?;
            let nonce = nonce(ticket, "place_bid.nonce")?;
            match ask.promise {
                None => BidTerms::Priced { price, nonce },
                Some(promise) => BidTerms::Scored { price, nonce, promise },
            }
        }
        _ => {
            let message = "a bid has a price and a nonce, and a promise where the task scores, or a commitment instead";
            return Err(Refusal::new(RefusalCode::Malformed, message).at("place_bid"));
        }
    };
    Ok(PlaceBid { task: ask.task, terms, team: ask.team })
}

pub(crate) fn desk(ask: &WireDesk, lexicon: &impl Lexicon) -> Result<OpenDesk, Refused> {
    let (base, base_scale) = asset_of(ask.base, lexicon, "open_desk.base")?;
    let (quote, scale) = asset_of(ask.quote, lexicon, "open_desk.quote")?;
    let lot = read(&ask.lot, base_scale, "open_desk.lot")?;
    let lot = u64::try_from(lot.0).map_err(|_| {
        Refusal::new(RefusalCode::BadAmount, "a lot is at most 2^64 - 1 minor units").at("open_desk.lot")
    })?;
    Ok(OpenDesk {
        base,
        quote,
        lot,
        tick: read(&ask.tick, scale, "open_desk.tick")?,
        quantity_max: ask.quantity_max,
        orders_max: ask.orders_max,
        self_trade: ask.self_trade,
        market: match ask.market {
            WireMarket::Continuous => Market::Continuous,
            WireMarket::Call { every, split } => Market::Call { every: every.0, split },
        },
    })
}

pub(crate) fn order(ask: &WireOrder, lexicon: &impl Lexicon) -> Result<PlaceOrder, Refused> {
    let scale = scale_of_desk(ask.desk, lexicon, "place_order.desk")?;
    let price = |price: &Decimal| read(price, scale, "place_order.kind.price");
    let kind = match &ask.kind {
        WireOrderKind::Limit { price: limit, expires } => {
            OrderKind::Limit { price: price(limit)?, expires: expires.map_or(Timestamp::NEVER, Timestamp::from) }
        }
        WireOrderKind::Market {} => OrderKind::Market,
        WireOrderKind::ImmediateOrCancel { price: limit } => OrderKind::ImmediateOrCancel { price: price(limit)? },
        WireOrderKind::FillOrKill { price: limit } => OrderKind::FillOrKill { price: price(limit)? },
    };
    Ok(PlaceOrder { desk: ask.desk, side: ask.side, quantity: ask.quantity, kind })
}

/// The scale of a desk's prices.
fn scale_of_desk(desk: DeskId, lexicon: &impl Lexicon, field: &str) -> Result<Scale, Refused> {
    let known = lexicon.pair_of_desk(desk).and_then(|(_, quote)| lexicon.code(quote));
    known
        .map(|(_, scale)| scale)
        .ok_or_else(|| Refusal::new(RefusalCode::UnknownDesk, alloc::format!("there is no desk {desk}")).at(field))
}

/// The asset of a code.
///
/// # Errors
/// Where there is none.
pub(super) fn asset_of(code: AssetCode, lexicon: &impl Lexicon, field: &str) -> Result<(AssetId, Scale), Refused> {
    lexicon.asset(code).ok_or_else(|| {
        Refusal::new(RefusalCode::UnknownAsset, alloc::format!("no asset has the code {code}")).at(field)
    })
}

fn scale_of_task(task: TaskId, lexicon: &impl Lexicon, field: &str) -> Result<Scale, Refused> {
    let known = lexicon.asset_of_task(task).and_then(|asset| lexicon.code(asset));
    known
        .map(|(_, scale)| scale)
        .ok_or_else(|| Refusal::new(RefusalCode::UnknownTask, alloc::format!("there is no task {task}")).at(field))
}

/// An amount in an asset of this scale.
///
/// # Errors
/// Where the text is none.
pub(super) fn read(text: &Decimal, scale: Scale, field: &str) -> Result<Amount, Refused> {
    scale.parse(&text.0).map_err(|why| Refusal::new(RefusalCode::BadAmount, why.to_string()).at(field))
}

/// Sixteen bytes from 32 lower-case hexadecimal digits.
fn nonce(text: &str, field: &str) -> Result<Nonce, Refused> {
    hex16(text).ok_or_else(|| {
        let message = "a nonce has 32 lower-case hexadecimal digits";
        Refusal::new(RefusalCode::Malformed, message).at(field)
    })
}

/// Sixteen bytes from 32 lower-case hexadecimal digits.
#[must_use]
pub fn hex16(text: &str) -> Option<[u8; 16]> {
    let good = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    good.then(|| u128::from_str_radix(text, 16).ok()).flatten().map(u128::to_be_bytes)
}
