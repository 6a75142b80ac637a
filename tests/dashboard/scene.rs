//! A small town whose people have names from everywhere, and one whose names are meant to do harm.

use oikos::dashboard::state::facts::{Facts, Model, Player, Tape};
use oikos_protocol::command::asset::{AssetCode, Regime};
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::command::task::{MechanismKind, Milestone, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::event::task::{AwardGround, Cause, Exclusion, TaskEvent};
use oikos_protocol::id::{AssetId, Capability, Hash32, MilestoneId, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::time::{Span, Timestamp};
use oikos_protocol::wire::query::{BalanceRow, Decision, InboxItem, Silence};
use oikos_protocol::wire::receipt::Money;
use oikos_protocol::wire::text::Decimal;
use oikos_views::Position;
use std::sync::Arc;

pub const MARA: ParticipantId = ParticipantId(1);
const ASSET: AssetId = AssetId(1);

/// Names as strangers choose them.
pub const NAMES: [&str; 9] = [
    "operator",
    "mara",
    "李小龙的家庭工作室",
    "\u{1b}[2J\u{1b}]0;owned\u{7}eve",
    "\u{202e}gnp.exe",
    "z\u{301}\u{302}\u{303}\u{304}\u{305}algo",
    "東京家電修理サービス株式会社",
    "a-name-so-long-that-it-fits-nowhere-at-all",
    "🦀🦀crab",
];

pub struct Scene {
    pub model: Model,
    seq: u64,
    t: Timestamp,
}

fn code() -> AssetCode {
    AssetCode::new("OIK").unwrap()
}

fn cents(units: u128) -> Decimal {
    Decimal::of(Amount(units), Scale::new(2).unwrap())
}

pub fn spec(wants: &str, budget: u128) -> Arc<TaskSpec> {
    Arc::new(TaskSpec {
        asset: ASSET,
        budget: Amount(budget),
        input: Hash32::of(wants.as_bytes()),
        reserve: None,
        cancel_fee: Amount::ZERO,
        confirm_above: None,
        requires: vec![Capability::new(wants).unwrap()],
        constraints: Vec::new(),
        reputation_min: Share::NONE,
        mechanism: MechanismKind::FirstPrice,
        sealing: Sealing::Sealed,
        selection: Selection::Automatic,
        bid_deposit: Share::NONE,
        performance_bond: Share::NONE,
        damages_max: Share::NONE,
        approver: None,
        evaluator: None,
        review_default: ReviewDefault::Accept,
        milestones: vec![Milestone { share: Share::from_millionths(1_000_000).unwrap(), deliver: Span::hours(1) }],
        windows: Windows {
            approve: Span::hours(24),
            bid: Span::seconds(60),
            accept: Span::seconds(60),
            grace: Span::ZERO,
            review: Span::hours(24),
            retention: Span::ZERO,
        },
        ends_at: Timestamp::NEVER,
    })
}

impl Scene {
    pub fn empty() -> Self {
        let facts = Facts {
            economy: "kitchen".to_owned(),
            place: "test".to_owned(),
            is_whole: true,
            you: Some(MARA),
            ..Facts::default()
        };
        Self { model: Model { facts, ..Model::default() }, seq: 0, t: Timestamp(0) }
    }

    /// An entry with these events, so many seconds after the last.
    pub fn entry(&mut self, seconds: u64, events: Vec<Event>) {
        self.seq += 1;
        self.t = self.t.after(Span::seconds(seconds));
        for (index, event) in (0..).zip(&events) {
            self.model.overview.take(Position { seq: self.seq, index }, self.t, event);
        }
    }

    fn moved(from: Purse, to: Purse, units: u128, reason: MoneyReason) -> Event {
        Event::Money(MoneyMoved { asset: ASSET, amount: Amount(units), from, to, reason })
    }

    fn post(&mut self, n: u64, poster: u64, wants: &str, budget: u128) {
        let (task, poster) = (TaskId(n), ParticipantId(poster));
        let spec = spec(wants, budget);
        let bid_by = self.t.after(Span::seconds(62));
        self.entry(
            2,
            vec![
                Event::Task(TaskEvent::Drafted { task, poster, spec: Arc::clone(&spec), fee: Share::NONE }),
                Self::moved(Purse::Available(poster), Purse::Hold(task), budget, MoneyReason::Budget),
                Event::Task(TaskEvent::Opened { task, poster, by: Cause::Participant(poster), spec, bid_by }),
            ],
        );
    }

    fn bid(&mut self, n: u64, bidder: u64, price: u128) {
        let (task, bidder) = (TaskId(n), ParticipantId(bidder));
        let (seal, team, nonce) = (Hash32::ZERO, Vec::new(), [0; 16]);
        self.entry(
            1,
            vec![
                Event::Task(TaskEvent::BidPlaced { task, bidder, seal, revised: false, team }),
                Event::Task(TaskEvent::BidPriced { task, bidder, price: Amount(price), nonce, open: false }),
            ],
        );
    }

    fn award(&mut self, n: u64, worker: u64, price: u128, budget: u128, poster: u64) {
        let (task, worker, poster) = (TaskId(n), ParticipantId(worker), ParticipantId(poster));
        let ground = AwardGround::Mechanism { compared: 2, lots: None };
        let (accept_by, deliver_by) = (self.t.after(Span::seconds(60)), self.t.after(Span::hours(1)));
        let price_of = Amount(price);
        self.entry(
            3,
            vec![
                Event::Task(TaskEvent::BidsClosed { task, bids: 2 }),
                Self::moved(Purse::Hold(task), Purse::Escrow(task), price, MoneyReason::Award),
                Event::Task(TaskEvent::AwardOffered { task, bidder: worker, price: price_of, ground, accept_by }),
            ],
        );
        self.entry(
            1,
            vec![
                Self::moved(Purse::Hold(task), Purse::Available(poster), budget - price, MoneyReason::Refund),
                Event::Task(TaskEvent::Activated { task, worker, milestone: MilestoneId(0), deliver_by }),
            ],
        );
    }

    fn submit(&mut self, n: u64, worker: u64) {
        let (task, worker) = (TaskId(n), ParticipantId(worker));
        let review_by = self.t.after(Span::hours(24));
        let (milestone, deliverable) = (MilestoneId(0), Hash32::of(b"output"));
        self.entry(4, vec![Event::Task(TaskEvent::Submitted { task, worker, milestone, deliverable, review_by })]);
    }

    fn settle(&mut self, n: u64, worker: u64, price: u128, poster: u64) {
        let (task, worker) = (TaskId(n), ParticipantId(worker));
        let (milestone, by) = (MilestoneId(0), Cause::Participant(ParticipantId(poster)));
        let share = Share::from_millionths(1_000_000).unwrap();
        self.entry(
            2,
            vec![
                Event::Task(TaskEvent::DeliverableAccepted { task, worker, milestone, by, share }),
                Self::moved(Purse::Escrow(task), Purse::Available(worker), price, MoneyReason::Pay),
                Event::Task(TaskEvent::Settled { task, worker, paid: Amount(price) }),
            ],
        );
    }

    /// The town of the pictures.
    pub fn town() -> Self {
        let mut scene = Self::empty();
        let defined = AssetEvent::Defined {
            asset: ASSET,
            code: code(),
            scale: Scale::new(2).unwrap(),
            regime: Regime::Issuer(ParticipantId::OPERATOR),
        };
        let mut first = vec![Event::Asset(defined)];
        for (n, name) in (0..).zip(NAMES) {
            scene.model.facts.names.learn(ParticipantId(n), name);
            let kind = if n < 2 || n == 6 { ParticipantKind::Human } else { ParticipantKind::Agent };
            let can = if n > 1 { vec![Capability::new("text.shout/v1").unwrap()] } else { Vec::new() };
            first.push(Event::Participant(ParticipantEvent::Registered {
                participant: ParticipantId(n),
                kind,
                principal: (n == 8).then_some(MARA),
                name: Hash32::ZERO,
                capabilities: can,
                calendar: None,
            }));
        }
        for n in [1, 2, 6] {
            let amount = 10_000 * u128::from(n);
            first.push(Self::moved(Purse::Issuer, Purse::Available(ParticipantId(n)), amount, MoneyReason::Issue));
        }
        scene.entry(1, first);
        for n in 0..12u64 {
            let price = 50 + u128::from(n * 37 % 60);
            let worker = 2 + n % 4;
            scene.post(n, 1, "text.shout/v1", 200);
            scene.bid(n, worker, price);
            scene.bid(n, 7, price + 11);
            scene.award(n, worker, price, 200, 1);
            scene.submit(n, worker);
            scene.settle(n, worker, price, 1);
        }
        // One of each that is under way.
        scene.post(12, 6, "翻译.中文到英文/v1", 900);
        scene.bid(12, 2, 700);
        scene.post(13, 1, "schedule.jobshop/v1", 1_500);
        scene.bid(13, 3, 800);
        scene.bid(13, 5, 900);
        scene.award(13, 3, 800, 1_500, 1);
        scene.submit(13, 3);
        scene.post(14, 1, "invoice.reconcile/v1", 300);
        scene.bid(14, 4, 250);
        let (task, bidder) = (TaskId(14), ParticipantId(4));
        let lacks = Exclusion::Lacks(Capability::new("iso-9001").unwrap());
        scene.entry(
            1,
            vec![
                Event::Task(TaskEvent::BidExcluded { task, bidder, why: lacks }),
                Event::Task(TaskEvent::NoAward { task, compared: 0 }),
                Self::moved(Purse::Hold(task), Purse::Available(MARA), 300, MoneyReason::Refund),
            ],
        );
        let (task, approver) = (TaskId(15), MARA);
        let approve_by = scene.t.after(Span::seconds(5_400));
        let asked = spec("redact.personal/v1", 5_000);
        let poster = ParticipantId(2);
        scene.entry(
            1,
            vec![
                Event::Task(TaskEvent::Drafted { task, poster, spec: Arc::clone(&asked), fee: Share::NONE }),
                Event::Task(TaskEvent::ApprovalAsked { task, poster, approver, spec: asked, approve_by }),
            ],
        );
        scene.facts();
        scene
    }

    fn facts(&mut self) {
        let t = self.t;
        let facts = &mut self.model.facts;
        facts.present = Some([MARA, ParticipantId(2), ParticipantId(3)].into());
        facts.balances = vec![BalanceRow {
            asset: code(),
            available: cents(8_342),
            held: cents(800),
            at_stake: cents(0),
            streaming: cents(0),
            credit: cents(0),
        }];
        let text = oikos::text::safe("Rechnung 12\u{1b}[31m, 请在周五前完成");
        facts.texts.insert(Hash32::of(b"output"), text.clone());
        facts.texts.insert(Hash32::of(b"redact.personal/v1"), text);
        let item = |decision, task, from, units, seconds, silence, words: &str, wants: &str| InboxItem {
            decision,
            task: TaskId(task),
            from: ParticipantId(from),
            amount: Money { amount: cents(units), asset: code() },
            requires: vec![Capability::new(wants).unwrap()],
            milestone: Some(MilestoneId(0)),
            by: t.after(Span::seconds(seconds)).into(),
            left_ns: Span::seconds(seconds).0.into_nanos(),
            if_silent: silence,
            if_silent_text: words.to_owned(),
        };
        facts.inbox = vec![
            item(
                Decision::Approve,
                15,
                2,
                5_000,
                45,
                Silence::Rejected,
                "the task is rejected and its budget goes back",
                "redact.personal/v1",
            ),
            item(
                Decision::Review,
                13,
                3,
                800,
                86_000,
                Silence::Accepted,
                "it counts as accepted and the worker is paid",
                "schedule.jobshop/v1",
            ),
        ];
    }

    /// The same as a recorded run.
    pub fn recorded() -> Self {
        let mut scene = Self::town();
        let facts = &mut scene.model.facts;
        (facts.you, facts.present) = (None, None);
        facts.inbox.clear();
        facts.tape = Some(Tape { run: "run".to_owned(), did: "test", sequence: scene.seq, ..Tape::default() });
        facts.player = Some(Player { speed: 10, last: Some(200), markers: [20, 90].into(), ..Player::default() });
        scene
    }
}

trait IntoNanos {
    fn into_nanos(self) -> oikos_protocol::wire::text::Nanos;
}

impl IntoNanos for u64 {
    fn into_nanos(self) -> oikos_protocol::wire::text::Nanos {
        oikos_protocol::wire::text::Nanos(self)
    }
}
