//! From a command of the wire to one of the core: amounts get their asset, and what is absent its default.
//!
//! Invariant: the answer depends on the command and on facts that never change (an asset's scale, a task's asset), so
//! that a retry years of restarts later is the same command. No clock, no balance.

use crate::command::Command;
use crate::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use crate::command::bid::{BidTerms, Nonce, PlaceBid, RevealBid};
use crate::command::offer::{PublishOffer, TakeOffer};
use crate::command::participant::SetMandate;
use crate::command::task::{Milestone, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use crate::command::transfer::Transfer;
use crate::id::{AccountId, AssetId, CommandId, Hash32, OfferId, ParticipantId, TaskId, TransferId};
use crate::money::{Amount, Scale, Share};
use crate::time::{Span, Timestamp};
use crate::wire::command::{
    WireBid, WireCommand, WireRegime, WireReviewDefault, WireSealing, WireSelection, WireTask, WireWindows,
};
use crate::wire::receipt::{Refusal, RefusalCode};
use crate::wire::text::Decimal;
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
                    id: transfer_id(asker, index),
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
        WireCommand::RevealBid(ask) => Command::RevealBid(RevealBid {
            task: ask.task,
            price: read(&ask.price, scale_of_task(ask.task, lexicon, "reveal_bid.task")?, "reveal_bid.price")?,
            nonce: nonce(&ask.nonce, "reveal_bid.nonce")?,
        }),
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
        mechanism: task.mechanism,
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
        (None, None, Some(commitment)) => BidTerms::Committed { commitment },
        (Some(price), Some(ticket), None) => BidTerms::Priced {
            price: read(price, scale_of_task(ask.task, lexicon, "place_bid.task")?, "place_bid.price")?,
            nonce: nonce(ticket, "place_bid.nonce")?,
        },
        _ => {
            let message = "a bid has a price and a nonce, or a commitment instead of both";
            return Err(Refusal::new(RefusalCode::Malformed, message).at("place_bid"));
        }
    };
    Ok(PlaceBid { task: ask.task, terms, team: ask.team })
}

fn asset_of(code: AssetCode, lexicon: &impl Lexicon, field: &str) -> Result<(AssetId, Scale), Refused> {
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

fn read(text: &Decimal, scale: Scale, field: &str) -> Result<Amount, Refused> {
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

/// A payment's id follows from its command's, so that a retry makes no second payment even after the command's id is
/// forgotten.
fn transfer_id(asker: Asker, index: usize) -> TransferId {
    let mut bytes = Vec::with_capacity(48);
    bytes.extend_from_slice(b"oikos.pay.1");
    bytes.extend_from_slice(&asker.by.0.to_be_bytes());
    bytes.extend_from_slice(&asker.id.0.to_be_bytes());
    bytes.extend_from_slice(&(index as u64).to_be_bytes());
    let Hash32(hash) = Hash32::of(&bytes);
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    // Zero and the largest number are no ids; a hash that ends up there is not to be expected in this universe.
    TransferId(u128::from_be_bytes(half).clamp(1, u128::MAX - 1))
}
