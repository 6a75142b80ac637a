//! Sentences: what an event says to a person, in one line.

use super::facts::Names;
use super::sum::Sum;
use crate::text::{count, promises};
use oikos_protocol::command::order::Side;
use oikos_protocol::command::transfer::TransferFlags;
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::exchange::ExchangeEvent;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::limit::LimitEvent;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::offer::OfferEvent;
use oikos_protocol::event::order::OrderEvent;
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::event::stream::{StreamEnd, StreamEvent};
use oikos_protocol::event::task::{AwardGround, Cause, Exclusion, Stage, TaskEvent};
use oikos_protocol::id::{AccountId, AssetId, ParticipantId};
use oikos_protocol::money::Amount;
use oikos_views::Overview;

/// What is needed to speak of events: names, and the assets' codes and decimals.
#[derive(Clone, Copy)]
pub struct Speaker<'a> {
    /// The economy.
    pub overview: &'a Overview,
    /// Names.
    pub names: &'a Names,
}

impl Speaker<'_> {
    /// The name of a participant.
    #[must_use]
    pub fn name(&self, id: ParticipantId) -> String {
        self.names.name(id)
    }

    /// An amount of an asset, with its code.
    #[must_use]
    pub fn money(&self, amount: Amount, asset: AssetId) -> String {
        let units = i128::try_from(amount.0).unwrap_or(i128::MAX);
        match self.overview.asset(asset) {
            Some(known) => format!("{} {}", Sum::of(units, known.scale), known.code),
            None => format!("{units} of {asset}"),
        }
    }

    fn of_task(&self, amount: Amount, event: &TaskEvent) -> String {
        let asset = self.overview.timelines().get(event.task()).map(|life| life.spec.asset);
        self.money(amount, asset.or(self.overview.main().map(|main| main.asset)).unwrap_or(AssetId(1)))
    }

    /// The kind of an event, one word.
    #[must_use]
    pub const fn kind(event: &Event) -> &'static str {
        match event {
            Event::Asset(_) => "asset",
            Event::Participant(_) => "people",
            Event::Task(_) => "task",
            Event::Money(_) => "money",
            Event::Ledger(_) => "book",
            Event::Offer(_) => "offer",
            Event::Beacon(_) => "beacon",
            Event::Limit(_) => "limit",
            Event::Stream(_) => "stream",
            Event::Exchange(_) => "swap",
            Event::Order(_) => "order",
        }
    }

    /// What happened.
    #[must_use]
    pub fn event(&self, event: &Event) -> String {
        match event {
            Event::Asset(AssetEvent::Defined { code, scale, .. }) => {
                format!("asset {code} declared, {} decimals", scale.decimals())
            }
            Event::Asset(AssetEvent::Issued { asset, amount, .. }) => {
                format!("{} created", self.money(*amount, *asset))
            }
            Event::Asset(AssetEvent::Deposited { asset, to, amount, .. }) => {
                format!("{} deposited for {}", self.money(*amount, *asset), self.name(*to))
            }
            Event::Asset(AssetEvent::Withdrawn { asset, from, amount, .. }) => {
                format!("{} withdrawn by {}", self.money(*amount, *asset), self.name(*from))
            }
            Event::Asset(AssetEvent::Burned { asset, amount, .. }) => {
                format!("{} burned", self.money(*amount, *asset))
            }
            Event::Asset(AssetEvent::CreditSet { asset, member, to, .. }) => {
                format!("{} has a line of {}", self.name(*member), self.money(*to, *asset))
            }
            Event::Asset(AssetEvent::FeeSet { fee }) => format!("fee is {} from now on", fine(fee.millionths())),
            Event::Participant(ParticipantEvent::Registered { participant, kind, principal, .. }) => {
                let whose = principal.map_or(String::new(), |whose| format!(" for {}", self.name(whose)));
                format!("{} joins as {}{whose}", self.name(*participant), kind_word(*kind))
            }
            Event::Participant(ParticipantEvent::MandateSet(mandate)) => format!(
                "{} may spend {} a task; {} approves the rest",
                self.name(mandate.participant),
                self.money(mandate.per_task_max, mandate.asset),
                self.name(mandate.approver)
            ),
            Event::Task(event) => format!("{} {}", event.task(), self.task(event)),
            Event::Money(moved) => self.moved(moved),
            Event::Ledger(event) => self.booked(event),
            Event::Offer(event) => self.offer(event),
            Event::Limit(event) => self.limit(event),
            Event::Stream(event) => self.stream(event),
            Event::Exchange(event) => self.exchange(event),
            Event::Order(event) => self.order(event),
            Event::Beacon(revealed) => {
                let (waited, left) = (count(revealed.waiting, "task"), count(revealed.left, "link"));
                format!("next link revealed, {waited} waited, {left} left")
            }
        }
    }

    fn limit(&self, event: &LimitEvent) -> String {
        match event {
            LimitEvent::Set { limit, holder, source, .. } => {
                format!("{limit}: {} may spend money of {}", self.name(*holder), self.name(*source))
            }
            LimitEvent::Spent { limit, holder, asset, amount, .. } => {
                format!("{limit}: {} spends {}", self.name(*holder), self.money(*amount, *asset))
            }
            LimitEvent::Revoked { limit, by, .. } => format!("{limit} revoked by {}", self.name(*by)),
        }
    }

    fn stream(&self, event: &StreamEvent) -> String {
        match event {
            StreamEvent::Opened { stream, from, to, asset, rate, .. } => {
                let (from, to, amount) = (self.name(*from), self.name(*to), self.money(rate.amount, *asset));
                format!("{stream}: {from} pays {to} {amount} every {}", rate.per)
            }
            StreamEvent::ToppedUp { stream, .. } => format!("{stream} topped up"),
            StreamEvent::Settled { stream, .. } => format!("{stream} settled"),
            StreamEvent::Ended { stream, why, .. } => match why {
                StreamEnd::Capped => format!("{stream} has paid all it will"),
                StreamEnd::Exhausted => format!("{stream} has used up what was set apart"),
                StreamEnd::Stopped(by) => format!("{stream} stopped by {}", self.name(*by)),
            },
        }
    }

    fn exchange(&self, event: &ExchangeEvent) -> String {
        match event {
            ExchangeEvent::Offered { exchange, maker, give, get, .. } => {
                let (give, get) = (self.money(give.amount, give.asset), self.money(get.amount, get.asset));
                format!("{exchange}: {} gives {give} for {get}", self.name(*maker))
            }
            ExchangeEvent::Taken { exchange, taker, .. } => format!("{exchange} taken by {}", self.name(*taker)),
            ExchangeEvent::Withdrawn { exchange, .. } => format!("{exchange} withdrawn"),
            ExchangeEvent::Expired { exchange, .. } => format!("{exchange} expired"),
        }
    }

    /// What happened to a task, without its number.
    #[must_use]
    pub fn task(&self, event: &TaskEvent) -> String {
        use TaskEvent as E;
        match event {
            E::Drafted { poster, spec, .. } => {
                format!("written down by {}, up to {}", self.name(*poster), self.money(spec.budget, spec.asset))
            }
            E::ApprovalAsked { approver, .. } => format!("waits for {} to approve", self.name(*approver)),
            E::Rejected { by: Cause::Clock, .. } => "rejected: the approver stayed silent".to_owned(),
            E::Rejected { by: Cause::Participant(by), .. } => format!("refused by {}", self.name(*by)),
            E::Opened { by: Cause::Participant(by), poster, .. } if by != poster => {
                format!("approved by {}, open for bids", self.name(*by))
            }
            E::Opened { .. } => "open for bids".to_owned(),
            E::BidPlaced { bidder, revised, team, .. } => {
                let team = if team.is_empty() { String::new() } else { format!(" as a team of {}", team.len()) };
                format!("{} bids{team}{}", self.name(*bidder), if *revised { " anew" } else { "" })
            }
            E::BidPriced { bidder, price, open, .. } => {
                let sealed = if *open { "" } else { " (sealed: seen by the bidder alone)" };
                format!("{} asks {}{sealed}", self.name(*bidder), self.of_task(*price, event))
            }
            E::BidWithdrawn { bidder, .. } => format!("{} takes its bid back", self.name(*bidder)),
            E::Cancelled { .. } => "cancelled by its poster".to_owned(),
            E::BidsClosed { bids, .. } => format!("bids closed: {bids}"),
            E::BidOpened { bidder, price, .. } => {
                format!("opened: {} asked {}", self.name(*bidder), self.of_task(*price, event))
            }
            E::BidPromised { bidder, promise, reputation, open, .. } => {
                let sealed = if *open { "" } else { " (sealed)" };
                format!("{} promises {}{sealed}", self.name(*bidder), promises(promise, *reputation))
            }
            E::BidExcluded { bidder, why, .. } => format!("{} not compared: {}", self.name(*bidder), excluded(why)),
            E::StageEntered { stage, .. } => format!("waits {}", stage_words(*stage)),
            E::NoAward { compared, .. } => format!("nobody gets it; {} compared", count(compared, "bid")),
            E::AwardOffered { bidder, price, ground, .. } => {
                let why = match ground {
                    AwardGround::Mechanism { compared, lots: None } => format!("by the rule, {compared} compared"),
                    AwardGround::Mechanism { compared, .. } => format!("by lot, {compared} compared"),
                    AwardGround::Selected => "chosen by the poster".to_owned(),
                };
                format!("awarded to {} at {} ({why})", self.name(*bidder), self.of_task(*price, event))
            }
            E::AwardAccepted { worker, .. } => format!("{} takes it; the approver confirms", self.name(*worker)),
            E::AwardDeclined { bidder, by: Cause::Clock, .. } => {
                format!("{} stayed silent: declined", self.name(*bidder))
            }
            E::AwardDeclined { bidder, .. } => format!("{} declined", self.name(*bidder)),
            E::Activated { worker, milestone, .. } if milestone.0 > 0 => {
                format!("{} works on part {}", self.name(*worker), milestone.0 + 1)
            }
            E::Activated { worker, .. } => format!("{} works", self.name(*worker)),
            E::Submitted { worker, .. } => format!("{} delivered", self.name(*worker)),
            E::ReviewPassed { evaluator, .. } => {
                format!("the poster was silent; {} decides", self.name(*evaluator))
            }
            E::DeliverableAccepted { by: Cause::Clock, .. } => "accepted: silence is consent".to_owned(),
            E::DeliverableAccepted { by: Cause::Participant(by), .. } => format!("accepted by {}", self.name(*by)),
            E::Retained { .. } => "all accepted; bonds are kept for a while".to_owned(),
            E::Settled { worker, paid, .. } => {
                format!("settled: {} was paid {}", self.name(*worker), self.of_task(*paid, event))
            }
            E::Defaulted { worker, .. } => format!("{} did not deliver: defaulted", self.name(*worker)),
            E::Expired { .. } => "its hard end came: expired".to_owned(),
        }
    }

    /// What happened at a desk. Prices are whole minor units of the quote asset, which the desk knows.
    #[must_use]
    pub fn order(&self, event: &OrderEvent) -> String {
        use OrderEvent as E;
        match *event {
            E::DeskOpened { desk, terms } => format!("desk {desk} trades {} for {}", terms.base, terms.quote),
            E::Placed { desk, order, trader, side, quantity, .. } => {
                let verb = if side == Side::Buy { "buy" } else { "sell" };
                format!("{} sends {order} to {desk}: {verb} {quantity}", self.name(trader))
            }
            E::Rested { order, price, quantity, .. } => format!("{order} rests: {quantity} at {price}"),
            E::Replaced { order, price, quantity, .. } => format!("{order} is {quantity} at {price} from now on"),
            E::Filled { order, price, quantity, .. } => format!("{order} traded {quantity} at {price}"),
            E::Cancelled { order, quantity, .. } => format!("{order} is gone with {quantity} left"),
            E::Traded { desk, price, quantity, .. } => format!("{quantity} traded at {price} at {desk}"),
            E::Depth { desk, price, quantity, .. } => format!("{quantity} rest at {price} at {desk}"),
            E::Top { desk, .. } => format!("the best prices of {desk} changed"),
            E::Cleared { desk, quantity, .. } => format!("a call at {desk} cleared {quantity}"),
        }
    }

    /// A movement of money.
    #[must_use]
    pub fn moved(&self, moved: &MoneyMoved) -> String {
        let (from, to) = (self.purse(moved.from), self.purse(moved.to));
        format!("{} {from} → {to} ({})", self.money(moved.amount, moved.asset), reason(moved.reason))
    }

    /// A purse in words.
    #[must_use]
    pub fn purse(&self, purse: Purse) -> String {
        match purse {
            Purse::Issuer => "issuer".to_owned(),
            Purse::Available(whose) => self.name(whose),
            Purse::Hold(task) => format!("hold {task}"),
            Purse::Escrow(task) => format!("escrow {task}"),
            Purse::Deposit(task, bidder) => format!("deposit of {} on {task}", self.name(bidder)),
            Purse::Bond(task) => format!("bond {task}"),
            Purse::Treasury => "treasury".to_owned(),
            Purse::Stream(stream) => format!("stream {stream}"),
            Purse::Order(order, trader) => format!("order {order} of {}", self.name(trader)),
        }
    }

    /// An account's owner in words.
    #[must_use]
    pub fn account(&self, account: AccountId) -> String {
        let owner = (account.0 >> 120 == 2).then_some(ParticipantId((account.0 >> 32) as u64));
        owner.map_or_else(|| format!("account {account}"), |owner| self.name(owner))
    }

    fn booked(&self, event: &LedgerEvent) -> String {
        match event {
            LedgerEvent::AccountOpened(_) => "an account is opened".to_owned(),
            LedgerEvent::TransferExpired(over) => {
                format!(
                    "{} reserved no longer: its time passed",
                    self.money(over.transfer.amount, over.transfer.ledger)
                )
            }
            LedgerEvent::TransferCreated(made) => {
                let transfer = &made.transfer;
                let what = if transfer.flags.contains(TransferFlags::PENDING) {
                    "reserved"
                } else if transfer.flags.contains(TransferFlags::POST_PENDING_TRANSFER) {
                    "paid as reserved"
                } else if transfer.flags.contains(TransferFlags::VOID_PENDING_TRANSFER) {
                    "given back"
                } else {
                    "paid"
                };
                let (from, to) = (self.account(transfer.debit_account_id), self.account(transfer.credit_account_id));
                format!("{} {from} → {to} ({what})", self.money(transfer.amount, transfer.ledger))
            }
        }
    }

    fn offer(&self, event: &OfferEvent) -> String {
        match event {
            OfferEvent::Published { offer, seller, terms } => format!(
                "{offer} {} sells {} at {} a unit, {} units",
                self.name(*seller),
                crate::text::safe(terms.capability.as_str()),
                self.money(terms.price, terms.asset),
                terms.units
            ),
            OfferEvent::Taken { offer, buyer, units, left } => {
                format!("{offer} {} takes {units}, {left} left", self.name(*buyer))
            }
            OfferEvent::Withdrawn { offer } => format!("{offer} taken back"),
            OfferEvent::Expired { offer } => format!("{offer} is over"),
        }
    }
}

/// What a participant is, in a word.
#[must_use]
pub const fn kind_word(kind: oikos_protocol::command::participant::ParticipantKind) -> &'static str {
    use oikos_protocol::command::participant::ParticipantKind as K;
    match kind {
        K::Agent => "agent",
        K::Human => "person",
        K::Organisation => "organisation",
    }
}

/// Why a bid was not compared.
#[must_use]
pub fn excluded(why: &Exclusion) -> String {
    match why {
        Exclusion::Lacks(capability) => format!("lacks {}", crate::text::safe(capability.as_str())),
        Exclusion::NotRevealed => "not revealed".to_owned(),
        Exclusion::AboveReserve => "above the reserve".to_owned(),
    }
}

const fn stage_words(stage: Stage) -> &'static str {
    match stage {
        Stage::Clearing => "for nobody",
        Stage::Reveal => "for bidders to reveal",
        Stage::Selection => "for the poster to choose",
        Stage::Lots => "for the beacon, to draw lots",
    }
}

fn fine(millionths: u32) -> String {
    format!("{}.{:02}%", millionths / 10_000, millionths % 10_000 / 100)
}

/// Why money moved, in words.
#[must_use]
pub fn reason(reason: MoneyReason) -> String {
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
