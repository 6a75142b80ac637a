//! A small town to tell stories in: an economy with money, people and a beacon, moved by real commands only.
//!
//! After every command and every single deadline the invariants are checked; `audit` follows in debug builds.
//! Time moves only where a story says so.
#![allow(dead_code, reason = "each test file tells its own stories and uses its own part of the town")]

pub mod traffic;

use oikos_ledger::{LedgerSink, MemoryPast};
use oikos_market::{Economy, Progress};
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::award::{AcceptAward, ConfirmAward, DeclineAward, SelectBid};
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::command::bid::{
    BidTerms, PlaceBid, RevealBid, RevealScoredBid, TeamShare, WithdrawBid, seal, seal_scored,
};
use oikos_protocol::command::contract::{AcceptDeliverable, SubmitDeliverable};
use oikos_protocol::command::order::{Market, OpenDesk, OrderKind, PlaceOrder, SelfTrade, Side};
use oikos_protocol::command::participant::{ParticipantKind, Register, SetMandate, WorkingWeek};
use oikos_protocol::command::scoring::{Criterion, Promise, Scoring, Shape};
use oikos_protocol::command::task::{
    ApproveTask, CancelTask, MechanismKind, Milestone, PublishTask, RefuseTask, ReviewDefault, Sealing, Selection,
    TaskSpec, Windows,
};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::event::Event;
use oikos_protocol::event::money::Purse;
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{AssetId, Capability, CommandId, DeskId, Hash32, MilestoneId, OrderId, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::rejection::Rejection;
use oikos_protocol::time::{Span, Timestamp};
use std::sync::Arc;

pub const OPERATOR: ParticipantId = ParticipantId::OPERATOR;
/// Posts tasks.
pub const ANN: ParticipantId = ParticipantId(1);
/// Bids and works.
pub const BOB: ParticipantId = ParticipantId(2);
/// Bids and works.
pub const CAT: ParticipantId = ParticipantId(3);
/// Bids and works.
pub const DAN: ParticipantId = ParticipantId(4);
/// Approves.
pub const OLA: ParticipantId = ParticipantId(5);
/// Evaluates.
pub const EVA: ParticipantId = ParticipantId(6);
/// A person without a calendar of her own: Monday to Friday, 9 to 17.
pub const IDA: ParticipantId = ParticipantId(7);
/// Acts for Bob.
pub const BOT: ParticipantId = ParticipantId(8);
/// Nobody.
pub const NOBODY: ParticipantId = ParticipantId(99);

pub const EUR: AssetId = AssetId(1);
/// What is traded for euros in a town with a desk.
pub const KWH: AssetId = AssetId(2);
/// The first desk of a town.
pub const DESK: DeskId = DeskId(0);
/// What everybody has at first: 1,000.00.
pub const PURSE: u128 = 100_000;
pub const HOUR: Span = Span::hours(1);
pub const NONCE: [u8; 16] = [7; 16];
/// Economy time zero is Thursday 1970-01-01, midnight UTC.
pub const DAY: Span = Span::hours(24);

pub const fn cents(n: u128) -> Amount {
    Amount(n)
}

pub fn percent(n: u32) -> Share {
    Share::from_millionths(n * 10_000).unwrap()
}

pub fn can(name: &str) -> Capability {
    Capability::new(name).unwrap()
}

/// The links of the town's beacon, the next one to be revealed last.
fn chain(links: u64) -> (Hash32, Vec<Hash32>) {
    let mut chain = vec![Hash32::of(b"the town's secret")];
    for _ in 1..links {
        chain.push(Hash32::of(&chain[chain.len() - 1].0));
    }
    (Hash32::of(&chain[chain.len() - 1].0), chain)
}

/// An economy and what is needed to talk to it.
#[derive(Debug)]
pub struct Town {
    pub economy: Economy,
    pub past: MemoryPast,
    /// Everything that happened, in order.
    pub events: Vec<Event>,
    pub now: Timestamp,
    links: Vec<Hash32>,
    next_id: u128,
}

impl Town {
    pub fn new() -> Self {
        Self::with(16, Limits::default())
    }

    pub fn with(links: u64, limits: Limits) -> Self {
        let (beacon_anchor, secret) = chain(links);
        let mut town = Self::empty(Genesis {
            economy: 1,
            epoch_unix_ns: 0,
            beacon_anchor,
            beacon_links: links,
            beacon_window: HOUR,
            limits,
        });
        town.links = secret;
        let euro = DefineAsset {
            code: AssetCode::new("EUR").unwrap(),
            scale: Scale::new(2).unwrap(),
            regime: Regime::Issuer(OPERATOR),
        };
        assert_eq!(town.must(OPERATOR, Command::DefineAsset(euro)), Reply::Asset(EUR));
        for who in [ANN, BOB, CAT, DAN, OLA, EVA] {
            assert_eq!(town.register(ParticipantKind::Agent, None, &["write"], None), who);
        }
        assert_eq!(town.register(ParticipantKind::Human, None, &["write"], None), IDA);
        let for_bob = Register { principal: Some(BOB), ..agent(&["write"]) };
        assert_eq!(town.must(BOB, Command::Register(for_bob)), Reply::Participant(BOT));
        for who in [ANN, BOB, CAT, DAN, OLA, EVA, IDA, BOT] {
            town.issue(who, PURSE);
        }
        town
    }

    /// An economy with nobody but its operator.
    pub fn empty(genesis: Genesis) -> Self {
        Self {
            economy: Economy::new(genesis),
            past: MemoryPast::new(),
            events: Vec::new(),
            now: Timestamp::ZERO,
            links: Vec::new(),
            next_id: 0,
        }
    }

    /// The same town around another economy.
    pub fn with_economy(&self, economy: Economy) -> Self {
        Self {
            economy,
            past: self.past.clone(),
            events: self.events.clone(),
            now: self.now,
            links: self.links.clone(),
            next_id: self.next_id,
        }
    }

    /// Checks what always holds.
    pub fn check(&self, after: &dyn std::fmt::Debug) {
        assert_eq!(self.economy.check_invariants(), Ok(()), "after {after:?}");
        if cfg!(debug_assertions) {
            assert_eq!(self.economy.audit(), Ok(()), "after {after:?}");
        }
    }

    fn take(&mut self, events: Vec<Event>) {
        for event in &events {
            if let Event::Ledger(change) = event {
                self.past.emit(**change);
            }
        }
        self.events.extend(events);
    }

    /// Lets time pass up to a moment, one deadline after the other.
    pub fn until(&mut self, t: Timestamp) {
        loop {
            let mut events = Vec::new();
            let progress = self.economy.advance(t, 1, &mut events);
            self.check(&events);
            self.take(events);
            if let Progress::Done(_) = progress {
                break;
            }
        }
        self.now = self.now.max(t);
    }

    /// Lets time pass.
    pub fn wait(&mut self, span: Span) {
        self.until(self.now.after(span));
    }

    /// Lets time pass to the next deadline of a task.
    pub fn wait_for(&mut self, task: TaskId) {
        let deadline = self.economy.task(task).unwrap().deadline;
        self.until(deadline);
    }

    /// A request that nobody has sent yet.
    pub fn request(&mut self, by: ParticipantId, command: Command) -> Request {
        self.next_id += 1;
        Request { by, id: CommandId(self.next_id), expires: self.now.after(HOUR), command }
    }

    pub fn send(&mut self, request: &Request) -> Outcome {
        let mut events = Vec::new();
        let ready = loop {
            match self.economy.advance(self.now, 1, &mut events) {
                Progress::Done(ready) => break ready,
                Progress::More => self.check(&events),
            }
        };
        let outcome = self.economy.apply(ready, request, &self.past, &mut events);
        self.check(request);
        self.take(events);
        // A lot is due as soon as its link is known.
        self.until(self.now);
        outcome
    }

    pub fn ask(&mut self, by: ParticipantId, command: Command) -> Result<Reply, Rejection> {
        let request = self.request(by, command);
        match self.send(&request) {
            Outcome::Accepted(reply) => Ok(reply),
            Outcome::Rejected(why) => Err(why),
        }
    }

    /// Asks for something that has to be done.
    #[track_caller]
    pub fn must(&mut self, by: ParticipantId, command: Command) -> Reply {
        self.ask(by, command).unwrap_or_else(|why| panic!("{}: {why}", why.code()))
    }

    pub fn register(
        &mut self,
        kind: ParticipantKind,
        principal: Option<ParticipantId>,
        capabilities: &[&str],
        calendar: Option<WorkingWeek>,
    ) -> ParticipantId {
        let ask = Register { kind, principal, calendar, ..agent(capabilities) };
        match self.must(OPERATOR, Command::Register(ask)) {
            Reply::Participant(who) => who,
            other => panic!("{other:?}"),
        }
    }

    pub fn issue(&mut self, to: ParticipantId, amount: u128) {
        let ask = Issue { asset: EUR, to, amount: cents(amount), reference: Hash32::of(b"why") };
        self.must(OPERATOR, Command::Issue(ask));
    }

    /// Energy is declared, everybody who works has 1,000 of it, and a desk trades it for euros.
    pub fn with_desk(market: Market) -> Self {
        let mut town = Self::new();
        let energy = DefineAsset {
            code: AssetCode::new("KWH").unwrap(),
            scale: Scale::new(0).unwrap(),
            regime: Regime::Issuer(OPERATOR),
        };
        assert_eq!(town.must(OPERATOR, Command::DefineAsset(energy)), Reply::Asset(KWH));
        for to in [ANN, BOB, CAT, DAN] {
            let reference = Hash32::of(b"harvest");
            town.must(OPERATOR, Command::Issue(Issue { asset: KWH, to, amount: Amount(1_000), reference }));
        }
        assert_eq!(town.must(OPERATOR, Command::OpenDesk(desk(market))), Reply::Desk(DESK));
        town
    }

    /// Sends an order to the town's desk.
    #[track_caller]
    pub fn order(&mut self, by: ParticipantId, side: Side, quantity: u64, kind: OrderKind) -> OrderId {
        match self.must(by, place(side, quantity, kind)) {
            Reply::Order(order) => order,
            other => panic!("{other:?}"),
        }
    }

    pub fn mandate(&mut self, participant: ParticipantId, per_task_max: u128, open_max: u128, approver: ParticipantId) {
        let (per_task_max, open_max) = (cents(per_task_max), cents(open_max));
        let ask = SetMandate { participant, asset: EUR, per_task_max, open_max, approver };
        self.must(OPERATOR, Command::SetMandate(ask));
    }

    /// A task of 100.00 for whoever can write: sealed first-price, one milestone, nothing to lay down.
    pub fn spec(&self) -> TaskSpec {
        TaskSpec {
            asset: EUR,
            budget: cents(10_000),
            input: Hash32::of(b"input"),
            requires: vec![can("write")],
            constraints: vec![],
            reputation_min: Share::NONE,
            mechanism: MechanismKind::FirstPrice,
            reserve: None,
            sealing: Sealing::Sealed,
            selection: Selection::Automatic,
            bid_deposit: Share::NONE,
            performance_bond: Share::NONE,
            damages_max: Share::NONE,
            cancel_fee: Amount::ZERO,
            approver: None,
            confirm_above: None,
            evaluator: None,
            review_default: ReviewDefault::Accept,
            milestones: vec![Milestone { share: percent(100), deliver: HOUR }],
            windows: Windows {
                approve: HOUR,
                bid: HOUR,
                accept: HOUR,
                grace: Span::ZERO,
                review: Span::hours(8),
                retention: Span::ZERO,
            },
            ends_at: self.now.after(Span::hours(24 * 30)),
        }
    }

    #[track_caller]
    pub fn post(&mut self, by: ParticipantId, spec: TaskSpec) -> TaskId {
        match self.must(by, Command::PostTask(Arc::new(spec))) {
            Reply::Task(task) => task,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn draft(&mut self, by: ParticipantId, spec: TaskSpec) -> TaskId {
        match self.must(by, Command::DraftTask(Arc::new(spec))) {
            Reply::Task(task) => task,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub fn bid(&mut self, by: ParticipantId, task: TaskId, price: u128) {
        self.must(by, bid(task, price));
    }

    /// Bids come in, bidding ends, and somebody is waited for.
    #[track_caller]
    pub fn bids(&mut self, task: TaskId, bids: &[(ParticipantId, u128)]) {
        for &(who, price) in bids {
            self.bid(who, task, price);
        }
        self.wait_for(task);
    }

    #[track_caller]
    pub fn accept_award(&mut self, by: ParticipantId, task: TaskId) {
        self.must(by, Command::AcceptAward(AcceptAward { task }));
    }

    #[track_caller]
    pub fn submit(&mut self, by: ParticipantId, task: TaskId, milestone: u16) {
        self.must(by, submit(task, milestone));
    }

    #[track_caller]
    pub fn accept(&mut self, by: ParticipantId, task: TaskId, milestone: u16) {
        self.must(by, accept(task, milestone));
    }

    /// The beacon's next link, which nobody else knows.
    pub fn next_link(&mut self) -> Hash32 {
        self.links.pop().unwrap()
    }

    /// The link that comes next, or nothing of the kind where none is left.
    pub fn peek_link(&self) -> Hash32 {
        self.links.last().copied().unwrap_or_default()
    }

    pub fn reveal_beacon(&mut self) {
        let link = self.next_link();
        self.must(OPERATOR, Command::RevealBeacon(RevealBeacon { link }));
    }

    pub fn phase(&self, task: TaskId) -> Phase {
        self.economy.phase(task).unwrap()
    }

    /// The free money of each.
    pub fn money<const N: usize>(&self, of: [ParticipantId; N]) -> [u128; N] {
        of.map(|who| self.purse(Purse::Available(who)))
    }

    pub fn purse(&self, purse: Purse) -> u128 {
        self.economy.balance(purse, EUR).0
    }

    /// What happened to a task, in order.
    pub fn story(&self, task: TaskId) -> Vec<&TaskEvent> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Task(event) if event.task() == task => Some(event),
                _ => None,
            })
            .collect()
    }

    /// Nothing of the task's money is left anywhere.
    pub fn is_empty_handed(&self, task: TaskId) -> bool {
        let purses = [Purse::Hold(task), Purse::Escrow(task), Purse::Bond(task)];
        let deposits = (0..20).map(|who| Purse::Deposit(task, ParticipantId(who)));
        purses.into_iter().chain(deposits).all(|purse| self.purse(purse) == 0)
    }
}

pub fn agent(capabilities: &[&str]) -> Register {
    Register {
        kind: ParticipantKind::Agent,
        principal: None,
        name: Hash32::of(b"name"),
        capabilities: capabilities.iter().map(|name| can(name)).collect(),
        calendar: None,
    }
}

pub fn bid(task: TaskId, price: u128) -> Command {
    Command::PlaceBid(PlaceBid { task, terms: BidTerms::Priced { price: cents(price), nonce: NONCE }, team: vec![] })
}

pub fn team_bid(task: TaskId, price: u128, team: &[(ParticipantId, u32)]) -> Command {
    let team = team.iter().map(|&(member, weight)| TeamShare { member, weight }).collect();
    Command::PlaceBid(PlaceBid { task, terms: BidTerms::Priced { price: cents(price), nonce: NONCE }, team })
}

/// A commitment to a price.
pub fn commit(by: ParticipantId, task: TaskId, price: u128) -> Command {
    let commitment = seal(task, by, cents(price), &NONCE);
    Command::PlaceBid(PlaceBid { task, terms: BidTerms::Committed { commitment }, team: vec![] })
}

pub fn reveal(task: TaskId, price: u128) -> Command {
    Command::RevealBid(RevealBid { task, price: cents(price), nonce: NONCE })
}

/// A promise in hundredths.
pub fn promise(quality: Option<u32>, time: Option<u32>) -> Promise {
    Promise { quality: quality.map(percent), time: time.map(percent) }
}

/// A bid with a promise.
pub fn scored_bid(task: TaskId, price: u128, promise: Promise) -> Command {
    let terms = BidTerms::Scored { price: cents(price), nonce: NONCE, promise };
    Command::PlaceBid(PlaceBid { task, terms, team: vec![] })
}

/// A commitment to a price and a promise.
pub fn commit_scored(by: ParticipantId, task: TaskId, price: u128, promise: Promise) -> Command {
    let commitment = seal_scored(task, by, cents(price), &NONCE, promise);
    Command::PlaceBid(PlaceBid { task, terms: BidTerms::Committed { commitment }, team: vec![] })
}

pub fn reveal_scored(task: TaskId, price: u128, promise: Promise) -> Command {
    Command::RevealScoredBid(RevealScoredBid { task, price: cents(price), nonce: NONCE, promise })
}

/// What counts, with what the whole of it is worth in cents.
pub fn counts(quality: Option<(u128, Shape)>, time: Option<u128>, reputation: Option<u128>) -> Scoring {
    let linear = |worth| Criterion { worth: cents(worth), shape: Shape::Linear };
    Scoring {
        quality: quality.map(|(worth, shape)| Criterion { worth: cents(worth), shape }),
        time: time.map(linear),
        reputation: reputation.map(linear),
    }
}

pub fn withdraw(task: TaskId) -> Command {
    Command::WithdrawBid(WithdrawBid { task })
}

pub fn publish(task: TaskId) -> Command {
    Command::PublishTask(PublishTask { task })
}

pub fn approve(task: TaskId) -> Command {
    Command::ApproveTask(ApproveTask { task })
}

pub fn refuse(task: TaskId) -> Command {
    Command::RefuseTask(RefuseTask { task, reason: Hash32::of(b"too dear") })
}

pub fn cancel(task: TaskId) -> Command {
    Command::CancelTask(CancelTask { task })
}

pub fn select(task: TaskId, bidder: ParticipantId) -> Command {
    Command::SelectBid(SelectBid { task, bidder })
}

pub fn take_award(task: TaskId) -> Command {
    Command::AcceptAward(AcceptAward { task })
}

pub fn confirm(task: TaskId) -> Command {
    Command::ConfirmAward(ConfirmAward { task })
}

pub fn decline(task: TaskId) -> Command {
    Command::DeclineAward(DeclineAward { task })
}

pub fn submit(task: TaskId, milestone: u16) -> Command {
    let deliverable = Hash32::of(b"deliverable");
    Command::SubmitDeliverable(SubmitDeliverable { task, milestone: MilestoneId(milestone), deliverable })
}

pub fn accept(task: TaskId, milestone: u16) -> Command {
    Command::AcceptDeliverable(AcceptDeliverable { task, milestone: MilestoneId(milestone) })
}

/// A desk for energy: lots of 10, ticks of 5 cents, up to 100 lots an order and 3 orders a trader.
pub fn desk(market: Market) -> OpenDesk {
    OpenDesk {
        base: KWH,
        quote: EUR,
        lot: 10,
        tick: cents(5),
        quantity_max: 100,
        orders_max: 3,
        self_trade: SelfTrade::CancelResting,
        market,
    }
}

/// A limit order that rests until it is taken or cancelled.
pub fn limit(price: u128) -> OrderKind {
    OrderKind::Limit { price: cents(price), expires: Timestamp::NEVER }
}

pub fn place(side: Side, quantity: u64, kind: OrderKind) -> Command {
    Command::PlaceOrder(PlaceOrder { desk: DESK, side, quantity, kind })
}

/// Asks, and expects exactly this answer about exactly this field, a state as before, and the same answer again.
#[track_caller]
pub fn refused(town: &mut Town, by: ParticipantId, command: Command, code: &str, field: &str) {
    let before = town.economy.digests();
    let events = town.events.len();
    let request = town.request(by, command);
    let outcome = town.send(&request);
    let Outcome::Rejected(why) = &outcome else { panic!("{code}: {outcome:?}") };
    assert_eq!((why.code(), why.field()), (code, field), "{why}");
    assert_eq!(town.economy.digests().state(), before.state(), "{code} changed the state");
    assert_eq!(town.events.len(), events, "{code} was followed by events");
    assert_eq!(town.send(&request), outcome, "a retry gets the first answer");
}
