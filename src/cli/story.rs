//! A task's story in sentences, one an event.

use super::connection::Names;
use super::failure::Failure;
use oikos::text::{count, promises};
use oikos_protocol::event::money::MoneyReason;
use oikos_protocol::event::task::{Cause, Exclusion};
use oikos_protocol::wire::event::{Numbered, WireEvent, WireGround, WireMoved, WirePurse, WireTaskEvent};

/// What happened, as a sentence; none for what people need not read.
///
/// # Errors
/// A [`Failure`] where a name cannot be asked for.
pub async fn sentence(event: &Numbered, names: &mut Names<'_>) -> Result<Option<String>, Failure> {
    match &event.event {
        WireEvent::Task(event) => of_task(event, names).await,
        WireEvent::Money(moved) => Ok(Some(of_money(moved, names).await?)),
        _ => Ok(None),
    }
}

async fn of_task(event: &WireTaskEvent, names: &mut Names<'_>) -> Result<Option<String>, Failure> {
    use WireTaskEvent as E;
    Ok(Some(match event {
        E::Drafted { poster, spec, .. } => {
            format!("written down by {}: up to {} {}", names.name(*poster).await?, spec.budget, spec.asset)
        }
        E::ApprovalAsked { approver, .. } => format!("waits for {} to approve", names.name(*approver).await?),
        E::Rejected { by: Cause::Clock, .. } => "rejected: the approver stayed silent".to_owned(),
        E::Rejected { by: Cause::Participant(by), .. } => format!("refused by {}", names.name(*by).await?),
        E::Opened { .. } => "open for bids".to_owned(),
        E::BidPlaced { bidder, revised: false, .. } => format!("{} bid", names.name(*bidder).await?),
        E::BidPlaced { bidder, .. } => format!("{} bid anew", names.name(*bidder).await?),
        E::BidPriced { bidder, price, open: false, .. } => {
            format!("{} asks {price} (sealed: only you and {0} see this)", names.name(*bidder).await?)
        }
        E::BidPriced { bidder, price, .. } => format!("{} asks {price}", names.name(*bidder).await?),
        E::BidWithdrawn { bidder, .. } => format!("{} took its bid back", names.name(*bidder).await?),
        E::Cancelled { .. } => "cancelled by its poster".to_owned(),
        E::BidsClosed { bids, .. } => format!("bids closed: {bids}"),
        E::BidOpened { bidder, price, .. } => format!("opened: {} asked {price}", names.name(*bidder).await?),
        E::BidPromised { bidder, promise, reputation, open, .. } => {
            let sealed = if *open { "" } else { " (sealed)" };
            format!("{} promises {}{sealed}", names.name(*bidder).await?, promises(promise, *reputation))
        }
        E::BidExcluded { bidder, why, .. } => {
            format!("{} was not compared: {}", names.name(*bidder).await?, excluded(why))
        }
        E::StageEntered { stage, .. } => format!("waits: {stage:?}").to_lowercase(),
        E::NoAward { compared, .. } => format!("nobody gets it; {} compared", count(compared, "bid")),
        E::AwardOffered { bidder, price, ground, .. } => {
            let why = match ground {
                WireGround::Mechanism { compared, lots: None } => format!("by the mechanism, {compared} compared"),
                WireGround::Mechanism { compared, lots: Some(_) } => format!("by lot, {compared} compared"),
                WireGround::Selected => "chosen by the poster".to_owned(),
            };
            format!("awarded to {} at {price} ({why})", names.name(*bidder).await?)
        }
        E::AwardAccepted { worker, .. } => format!("{} takes it; the approver confirms", names.name(*worker).await?),
        E::AwardDeclined { bidder, by: Cause::Clock, .. } => {
            format!("{} stayed silent: declined", names.name(*bidder).await?)
        }
        E::AwardDeclined { bidder, .. } => format!("{} declined", names.name(*bidder).await?),
        E::Activated { worker, .. } => format!("{} works", names.name(*worker).await?),
        E::Submitted { worker, .. } => format!("{} delivered", names.name(*worker).await?),
        E::ReviewPassed { evaluator, .. } => {
            format!("the poster was silent; {} decides", names.name(*evaluator).await?)
        }
        E::DeliverableAccepted { by: Cause::Clock, .. } => "accepted: silence is consent".to_owned(),
        E::DeliverableAccepted { by: Cause::Participant(by), .. } => format!("accepted by {}", names.name(*by).await?),
        E::Retained { .. } => "all accepted; bonds are kept for a while".to_owned(),
        E::Settled { worker, paid, .. } => format!("settled: {} was paid {paid}", names.name(*worker).await?),
        E::Defaulted { worker, .. } => format!("{} did not deliver: defaulted", names.name(*worker).await?),
        E::Expired { .. } => "its hard end came: expired".to_owned(),
    }))
}

fn excluded(why: &Exclusion) -> String {
    match why {
        Exclusion::Lacks(capability) => format!("it lacks `{}`", super::voice::safe(capability.as_str())),
        Exclusion::NotRevealed => "it did not reveal its price".to_owned(),
        Exclusion::AboveReserve => "its price is above the reserve".to_owned(),
    }
}

/// A movement of money.
///
/// # Errors
/// As [`sentence`].
pub async fn of_money(moved: &WireMoved, names: &mut Names<'_>) -> Result<String, Failure> {
    let (from, to) = (purse(&moved.from, names).await?, purse(&moved.to, names).await?);
    Ok(format!("{} {}: {from} → {to} ({})", moved.amount, moved.asset, reason(moved.reason)))
}

async fn purse(purse: &WirePurse, names: &mut Names<'_>) -> Result<String, Failure> {
    Ok(match purse {
        WirePurse::Issuer => "issuer".to_owned(),
        WirePurse::Available(whose) => names.name(*whose).await?,
        WirePurse::Hold(task) => format!("held for {task}"),
        WirePurse::Escrow(task) => format!("escrow of {task}"),
        WirePurse::Deposit { task, bidder } => format!("deposit of {} on {task}", names.name(*bidder).await?),
        WirePurse::Bond(task) => format!("bond on {task}"),
        WirePurse::Treasury => "treasury".to_owned(),
        WirePurse::Stream(stream) => format!("stream {stream}"),
        WirePurse::Order { order, trader } => format!("order {order} of {}", names.name(*trader).await?),
    })
}

fn reason(reason: MoneyReason) -> String {
    match reason {
        MoneyReason::Issue => "created".to_owned(),
        MoneyReason::Budget => "budget".to_owned(),
        MoneyReason::Deposit => "deposit".to_owned(),
        MoneyReason::Forfeit => "forfeited".to_owned(),
        MoneyReason::Award => "award".to_owned(),
        MoneyReason::Bond => "bond".to_owned(),
        MoneyReason::Pay => "paid".to_owned(),
        MoneyReason::Fee => "fee".to_owned(),
        MoneyReason::Refund => "returned".to_owned(),
        MoneyReason::CancelFee => "fee for cancelling".to_owned(),
        MoneyReason::Damages => "damages".to_owned(),
        MoneyReason::Offer(offer) => format!("offer {offer}"),
        MoneyReason::FromOutside => "deposited".to_owned(),
        MoneyReason::ToOutside => "withdrawn".to_owned(),
        MoneyReason::Burn => "burned".to_owned(),
        MoneyReason::Credit => "line of credit".to_owned(),
        MoneyReason::Stream(stream) => format!("stream {stream}"),
        MoneyReason::Order(order) => format!("order {order}"),
        MoneyReason::Trade(desk) => format!("trade at {desk}"),
    }
}
