//! The economy: a deterministic state machine that eats ordered commands and emits events.
//!
//! [`Economy::advance`] fires the deadlines that are due, in order; [`Economy::apply`] takes one command, and can be
//! called only with the proof that `advance` was done, so that no command overtakes an older deadline.
//! `decide` reads the economy and writes events, or says why not; `evolve` takes events in and cannot fail.
//! Invariants: a rejection changes nothing but the memory of its id; after every step in every build
//! [`Economy::check_invariants`] holds, or the economy is broken and whoever drives it has to stop.
//! Absent on purpose: clocks, I/O, randomness, floats. Time and seeds come with the commands.

use crate::asset::{self, Assets};
use crate::beacon::{self, Beacon};
use crate::capability::Capabilities;
use crate::exchange::{self, Exchanges};
use crate::issue;
use crate::limit::{self, Grants};
use crate::memory::{Known, Memory};
use crate::offer::{self, Offers};
use crate::participant::{self, Participants};
use crate::payment::{self, Chain, Order};
use crate::purse::{AccountKind, available_account, open};
use crate::split;
use crate::stream;
use crate::task::tasks::Tasks;
use crate::task::{accept, accept_award, approve, bid, cancel, decline, draft, due, publish, reveal, select, submit};
use crate::timer::{TimerKind, Timers};
use crate::trading::{self, Desks};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use oikos_ledger::{Ledger, LedgerSink, MoveError, Past};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::MoneyMoved;
use oikos_protocol::event::task::Phase;
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::genesis::Genesis;
use oikos_protocol::id::{AssetId, DeskId, ExchangeId, OfferId, ParticipantId, StreamId, TaskId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::request::RequestRejection;
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The market with the ledger inside: all state there is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Economy {
    pub(crate) genesis: Genesis,
    pub(crate) now: Timestamp,
    pub(crate) ledger: Ledger,
    pub(crate) assets: Assets,
    pub(crate) fee: Share,
    pub(crate) participants: Participants,
    pub(crate) names: Capabilities,
    pub(crate) tasks: Tasks,
    pub(crate) offers: Offers,
    pub(crate) desks: Desks,
    pub(crate) timers: Timers,
    pub(crate) beacon: Beacon,
    pub(crate) memory: Memory,
    pub(crate) grants: Grants,
    pub(crate) exchanges: Exchanges,
    /// The lines of mutual credit that are not nothing.
    pub(crate) credits: BTreeMap<(AssetId, ParticipantId), Amount>,
    #[serde(skip)]
    pub(crate) broken: Option<Violation>,
    /// One list, used again by every command.
    #[serde(skip)]
    scratch: Vec<Event>,
}

/// A promise that was not kept: a bug. Whoever drives the economy stops before it answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Money was to move that was not there.
    #[error("money that was decided upon could not be moved: {0:?}")]
    Unmovable(MoneyMoved),
    /// A task changed its state against the table of its life.
    #[error("task {task} went from {from} to {to}, which stands in no row")]
    Transition {
        /// Which.
        task: TaskId,
        /// Where it was.
        from: Phase,
        /// Where it went.
        to: Phase,
    },
    /// A task ended and still held money.
    #[error("task {task} ended as {phase} and still holds money")]
    MoneyLeft {
        /// Which.
        task: TaskId,
        /// How it ended.
        phase: Phase,
    },
    /// The ledger does not add up.
    #[error("the ledger does not add up: {0}")]
    Ledger(oikos_ledger::Violation),
    /// The supply is not what the issuer gave out.
    #[error("the supply of asset {asset} is not what its issuer gave out")]
    Supply {
        /// Which.
        asset: AssetId,
    },
    /// An open state has no deadline, or a deadline belongs to nothing.
    #[error("the deadlines are not those of open tasks and offers")]
    Timers,
    /// The budgets committed by a participant are not those of its tasks.
    #[error("what participant {participant} committed is not the sum of its budgets")]
    Committed {
        /// Who.
        participant: ParticipantId,
    },
    /// A desk could not settle what it had checked, or does not add up.
    #[error("a desk could not settle what it had checked: {0:?}")]
    Desk(Option<Box<MoveError>>),
    /// The ledger refused what was decided.
    #[error("the ledger refused what was decided about {what}")]
    Refused {
        /// About what.
        what: &'static str,
    },
    /// An account that the market needs was refused by the ledger.
    #[error("an asset's accounts could not be opened")]
    Accounts,
}

/// How far [`Economy::advance`] came.
#[derive(Debug)]
#[must_use]
pub enum Progress {
    /// No deadline is due any more: commands may be applied.
    Done(Ready),
    /// The budget is used up, and more is due: call again.
    More,
}

/// The proof that no deadline is due: what [`Economy::apply`] asks for.
#[derive(Debug)]
pub struct Ready {
    now: Timestamp,
}

impl Economy {
    /// An economy with its operator and nothing else.
    #[must_use]
    pub fn new(genesis: Genesis) -> Self {
        Self {
            beacon: Beacon::new(&genesis),
            genesis,
            now: Timestamp::ZERO,
            ledger: Ledger::new(),
            assets: Assets::default(),
            fee: Share::NONE,
            participants: Participants::new(),
            names: Capabilities::default(),
            tasks: Tasks::default(),
            offers: Offers::default(),
            desks: Desks::default(),
            timers: Timers::default(),
            memory: Memory::default(),
            grants: Grants::default(),
            exchanges: Exchanges::default(),
            credits: BTreeMap::new(),
            broken: None,
            scratch: Vec::new(),
        }
    }

    /// Fires what is due at `t`, in order of (deadline, kind, id), at most `budget` deadlines.
    /// Each fires at its own moment: what follows from it is counted from there. Time never goes back.
    pub fn advance(&mut self, t: Timestamp, budget: u32, sink: &mut impl EventSink) -> Progress {
        for _ in 0..budget {
            match self.next_deadline() {
                Some((deadline, kind, id)) if deadline <= t => {
                    self.now = self.now.max(deadline);
                    self.fire(kind, id, sink);
                }
                _ => {
                    self.now = self.now.max(t);
                    return Progress::Done(Ready { now: self.now });
                }
            }
        }
        Progress::More
    }

    /// When the next deadline is, so that whoever drives the economy can wake up for it.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.next_deadline().map(|(deadline, ..)| deadline)
    }

    /// Whether a lot waits for the beacon's next link.
    #[must_use]
    pub fn wants_beacon(&self) -> bool {
        self.beacon.is_wanted()
    }

    fn next_deadline(&self) -> Option<(Timestamp, TimerKind, u64)> {
        let transfer = self.ledger.next_expiry().map(|deadline| (deadline, TimerKind::Transfer, 0));
        let lot = self.beacon.drawable().map(|(since, task)| (since, TimerKind::Lot, task.0));
        let stream = self.ledger.next_stream_end().map(|(deadline, stream)| (deadline, TimerKind::Stream, stream.0));
        [transfer, lot, self.timers.first(), stream].into_iter().flatten().min()
    }

    fn fire(&mut self, kind: TimerKind, id: u64, sink: &mut impl EventSink) {
        let mut events = core::mem::take(&mut self.scratch);
        let task = TaskId(id);
        match kind {
            TimerKind::Transfer => {
                self.ledger.expire_next(self.now, &mut Forward(sink));
            }
            TimerKind::Lot => {
                if let Some(open) = self.tasks.open(task) {
                    due::draw(task, open, self, self.beacon.last(), self.now, &mut events);
                }
            }
            TimerKind::Task => {
                if let Some(open) = self.tasks.open(task) {
                    due::due(task, open, self, self.now, &mut events);
                }
            }
            TimerKind::Offer => offer::expire(OfferId(id), &mut events),
            TimerKind::Order | TimerKind::Call => {
                let desk = DeskId(id as u32); // Below `DESKS_MAX`.
                match kind {
                    TimerKind::Call => trading::clear::due(desk, self, &mut events),
                    _ => trading::expire::due(desk, self, &mut events),
                }
                // The desk has done what they say.
                emit(&mut events, sink);
            }
            TimerKind::Exchange => exchange::expire(ExchangeId(id), self, &mut events),
            TimerKind::Stream => stream::run_out(StreamId(id), self, self.now, &mut events),
        }
        self.take_in(&mut events, sink);
        self.scratch = events;
    }

    /// Decides one command at the moment that was made ready. A retry gets its first outcome again.
    pub fn apply(&mut self, ready: Ready, request: &Request, past: &impl Past, sink: &mut impl EventSink) -> Outcome {
        let now = ready.now;
        self.memory.forget(now);
        if let Err(refused) = self.check_expiry(request, now) {
            return Outcome::Rejected(refused.into());
        }
        let fingerprint = u128::from_le_bytes(first_half(request.fingerprint().0));
        match self.memory.look_up(request, fingerprint, now) {
            Known::New => {}
            Known::Repeated(outcome) => return outcome,
            Known::Reused => return Outcome::Rejected(RequestRejection::IdReused { id: request.id }.into()),
        }
        if self.participants.get(request.by).is_none() {
            return Outcome::Rejected(RequestRejection::UnknownParticipant { by: request.by }.into());
        }
        let outcome = match self.decide_and_evolve(request, now, past, sink) {
            Ok(reply) => Outcome::Accepted(reply),
            Err(rejection) => Outcome::Rejected(rejection),
        };
        self.memory.keep(request, fingerprint, &outcome);
        outcome
    }

    fn check_expiry(&self, request: &Request, now: Timestamp) -> Result<(), RequestRejection> {
        let expires = request.expires;
        if expires <= now {
            return Err(RequestRejection::Expired { expires, now });
        }
        let latest = now.after(self.genesis.limits.remember);
        if expires > latest { Err(RequestRejection::ExpiresTooFar { expires, latest }) } else { Ok(()) }
    }

    fn decide_and_evolve(
        &mut self,
        request: &Request,
        now: Timestamp,
        past: &impl Past,
        sink: &mut impl EventSink,
    ) -> Result<Reply, Rejection> {
        if let Command::CreateTransfers(transfers) = &request.command {
            payment::authorise(transfers, self, request.by)?;
            return Ok(self.transfer(transfers, now, past, sink));
        }
        let order = Order { by: request.by, id: request.id };
        match &request.command {
            Command::Split(ask) => return Ok(self.pay(split::decide(ask, self, order, now, past)?, now, past, sink)),
            Command::TakeExchange(ask) => {
                return Ok(self.pay(exchange::take(ask, self, order, past)?, now, past, sink));
            }
            _ => {}
        }
        let mut events = core::mem::take(&mut self.scratch);
        if let Some(outcome) = trading::apply(&request.command, self, request.by, now, &mut events) {
            emit(&mut events, sink);
            self.scratch = events;
            return outcome;
        }
        let outcome = self.decide(&request.command, request.by, now, &mut events);
        match outcome {
            Ok(_) => self.take_in(&mut events, sink),
            Err(_) => events.clear(),
        }
        self.scratch = events;
        outcome
    }

    /// One `match` over all commands, to a file each.
    fn decide(
        &self,
        command: &Command,
        by: ParticipantId,
        now: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<Reply, Rejection> {
        match command {
            Command::DefineAsset(ask) => asset::define(ask, self, by, out),
            Command::Issue(ask) => asset::issue(ask, self, by, out),
            Command::SetFee(ask) => asset::set_fee(ask, by, out),
            Command::Register(ask) => participant::register(ask, self, by, out),
            Command::SetMandate(ask) => participant::set_mandate(ask, self, by, out),
            // Posted in place by the ledger, which keeps an undo list of its own.
            Command::CreateTransfers(_) | Command::Split(_) | Command::TakeExchange(_) => Ok(Reply::Done),
            Command::DraftTask(spec) => draft::decide(spec, self, by, now, out),
            Command::PostTask(spec) => publish::post(spec, self, by, now, out),
            Command::PublishTask(ask) => publish::decide(ask, self, by, now, out),
            Command::ApproveTask(ask) => approve::approve(ask, self, by, now, out),
            Command::RefuseTask(ask) => approve::refuse(ask, self, by, out),
            Command::CancelTask(ask) => cancel::decide(ask, self, by, out),
            Command::PlaceBid(ask) => bid::place(ask, self, by, out),
            Command::WithdrawBid(ask) => bid::withdraw(ask, self, by, out),
            Command::RevealBid(ask) => reveal::decide(ask, self, by, out),
            Command::RevealScoredBid(ask) => reveal::decide_scored(ask, self, by, out),
            Command::SelectBid(ask) => select::decide(ask, self, by, now, out),
            Command::AcceptAward(ask) => accept_award::accept(ask, self, by, now, out),
            Command::ConfirmAward(ask) => accept_award::confirm(ask, self, by, now, out),
            Command::DeclineAward(ask) => decline::decide(ask, self, by, now, out),
            Command::SubmitDeliverable(ask) => submit::decide(ask, self, by, now, out),
            Command::AcceptDeliverable(ask) => accept::decide(ask, self, by, now, out),
            Command::PublishOffer(ask) => offer::publish(ask, self, by, now, out),
            Command::WithdrawOffer(ask) => offer::withdraw(ask, self, by, out),
            Command::TakeOffer(ask) => offer::take(ask, self, by, out),
            Command::RevealBeacon(ask) => beacon::decide(ask, self, by, out),
            Command::OpenDesk(ask) => trading::open::decide(ask, self, by, out),
            // Done in place by the desk, which checks all of it first.
            Command::PlaceOrder(_) | Command::CancelOrder(_) | Command::ReplaceOrder(_) | Command::ClearCall(_) => {
                Ok(Reply::Done)
            }
            Command::Deposit(ask) => issue::deposit(ask, self, by, out),
            Command::Withdraw(ask) => issue::withdraw(ask, self, by, out),
            Command::Burn(ask) => issue::burn(ask, self, by, out),
            Command::SetCredit(ask) => issue::set_credit(ask, self, by, out),
            Command::SetLimit(ask) => limit::set(ask, self, by, now, out),
            Command::NarrowLimit(ask) => limit::narrow(ask, self, by, now, out),
            Command::RevokeLimit(ask) => limit::revoke(ask, self, by, out),
            Command::OpenStream(ask) => stream::open(ask, self, by, now, out),
            Command::TopUpStream(ask) => stream::top_up(ask, self, by, out),
            Command::SettleStream(ask) => stream::settle(ask, self, by, now, out),
            Command::StopStream(ask) => stream::stop(ask, self, by, now, out),
            Command::OfferExchange(ask) => exchange::offer(ask, self, by, now, out),
            Command::WithdrawExchange(ask) => exchange::withdraw(ask, self, by, out),
        }
    }

    fn transfer(
        &mut self,
        transfers: &[Transfer],
        now: Timestamp,
        past: &impl Past,
        sink: &mut impl EventSink,
    ) -> Reply {
        self.open_receivers(transfers);
        let mut statuses = Vec::with_capacity(transfers.len());
        self.ledger.create_transfers(now, transfers, past, &mut Forward(sink), &mut statuses);
        Reply::Transfers(statuses)
    }

    /// Opens the accounts that are to be paid into.
    fn open_receivers(&mut self, transfers: &[Transfer]) {
        for transfer in transfers {
            // The asset stands in the account's id: a transfer may leave its own to a pending one.
            let account = transfer.credit_account_id;
            let asset = AssetId(account.0 as u32);
            if let Some(owner) = account.owner()
                && self.assets.get(asset).is_some()
                && self.open_available(owner, asset).is_none()
            {
                self.broken = Some(Violation::Accounts);
            }
        }
    }

    /// Makes a chain of transfers that was decided upon, and says what it brings about.
    fn pay(&mut self, chain: Chain, now: Timestamp, past: &impl Past, sink: &mut impl EventSink) -> Reply {
        let Chain { transfers, limit, mut events } = chain;
        self.open_receivers(&transfers);
        let mut made = Vec::with_capacity(transfers.len());
        let ledger = &mut self.ledger;
        match limit {
            Some((limit, payments)) => {
                let spent = ledger.spend(limit, &payments, now, &transfers, past, &mut Forward(sink), &mut made);
                self.must(spent.is_ok(), "what is spent under a limit");
            }
            None => ledger.create_transfers(now, &transfers, past, &mut Forward(sink), &mut made),
        }
        self.must(made.iter().all(|status| *status == Status::Created), "a chain of transfers");
        self.take_in(&mut events, sink);
        Reply::Transfers(made)
    }

    /// What was decided was done, or the economy is broken.
    pub(crate) fn must(&mut self, done: bool, what: &'static str) {
        if !done {
            self.broken = Some(Violation::Refused { what });
        }
    }

    /// Takes events in and passes them on.
    fn take_in(&mut self, events: &mut Vec<Event>, sink: &mut impl EventSink) {
        for event in events.iter() {
            self.evolve(event);
        }
        emit(events, sink);
    }

    /// The only place that changes state, but for the ledger's batches. It cannot fail.
    fn evolve(&mut self, event: &Event) {
        match event {
            Event::Asset(event) => self.evolve_asset(event),
            Event::Participant(event) => self.participants.evolve(event, &mut self.names),
            Event::Task(event) => self.evolve_task(event),
            Event::Money(moved) => self.move_money(moved),
            Event::Ledger(_) => {} // The ledger has done it.
            Event::Offer(event) => {
                let id = event.offer().0;
                let (over, begun) = self.offers.evolve(event);
                over.into_iter().for_each(|at| self.timers.clear((at, TimerKind::Offer, id)));
                begun.into_iter().for_each(|at| self.timers.set((at, TimerKind::Offer, id)));
            }
            Event::Beacon(event) => self.beacon.evolve(event, self.now),
            Event::Order(event) => self.evolve_order(event),
            Event::Limit(event) => self.evolve_limit(event),
            Event::Stream(event) => self.evolve_stream(event),
            Event::Exchange(event) => {
                let id = event.exchange().0;
                let (over, begun) = self.exchanges.evolve(event);
                over.into_iter().for_each(|at| self.timers.clear((at, TimerKind::Exchange, id)));
                begun.into_iter().for_each(|at| self.timers.set((at, TimerKind::Exchange, id)));
            }
        }
    }

    fn evolve_asset(&mut self, event: &AssetEvent) {
        self.assets.evolve(event);
        match *event {
            AssetEvent::Defined { asset, .. } => {
                for kind in AccountKind::COMMON {
                    if open(&mut self.ledger, kind, 0, asset, self.now).is_none() {
                        self.broken = Some(Violation::Accounts);
                    }
                }
            }
            AssetEvent::FeeSet { fee } => self.fee = fee,
            AssetEvent::Issued { .. } => {}
            AssetEvent::Deposited { asset, issuer, to, amount, reference } => {
                let opened = self.open_available(to, asset).is_some();
                let (from, to) = (AccountKind::Issuer.account(0, asset), available_account(to, asset));
                let paid = opened && self.ledger.pay_against(issuer.0, reference, from, to, amount).is_ok();
                self.must(paid, "a deposit");
            }
            AssetEvent::Withdrawn { asset, issuer, from: owner, amount, reference }
            | AssetEvent::Burned { asset, issuer: owner @ issuer, amount, reference } => {
                let (from, to) = (available_account(owner, asset), AccountKind::Issuer.account(0, asset));
                let paid = self.ledger.pay_against(issuer.0, reference, from, to, amount).is_ok();
                self.must(paid, "money that leaves");
            }
            AssetEvent::CreditSet { asset, member, to, .. } if to.is_zero() => {
                self.credits.remove(&(asset, member));
            }
            AssetEvent::CreditSet { asset, member, to, .. } => {
                self.credits.insert((asset, member), to);
            }
        }
    }
}

/// Passes events on.
fn emit(events: &mut Vec<Event>, sink: &mut impl EventSink) {
    for event in events.iter() {
        sink.emit(event);
    }
    events.clear();
}

/// Passes the book's changes on as events of the economy.
struct Forward<'a, S>(&'a mut S);

impl<S: EventSink> LedgerSink for Forward<'_, S> {
    fn emit(&mut self, event: LedgerEvent) {
        self.0.emit(&Event::Ledger(Box::new(event)));
    }
}

fn first_half(bytes: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&bytes[..16]);
    half
}
