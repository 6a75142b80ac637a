//! The stage on which attacks are played: an economy with a beacon, money and a clock, driven by commands alone.

use oikos_ledger::MemoryPast;
use oikos_market::{Economy, Progress};
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::command::bid::{BidTerms, Nonce, PlaceBid};
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::task::{MechanismKind, Milestone, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::event::money::Purse;
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{AssetId, CommandId, Hash32, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::time::{Span, Timestamp};
use std::sync::Arc;

/// The only asset on the stage, with two decimals.
pub(super) const COIN: AssetId = AssetId(1);
/// What everybody has at first: 100.00.
pub(super) const PURSE: Amount = Amount(10_000);
const LINKS: usize = 8;

/// An economy and all that it said.
pub(super) struct Stage {
    pub(super) economy: Economy,
    pub(super) events: Vec<Event>,
    past: MemoryPast,
    links: Vec<Hash32>,
    now: Timestamp,
    sent: u128,
}

struct Both<'a>(&'a mut Vec<Event>, &'a mut MemoryPast);

impl EventSink for Both<'_> {
    fn emit(&mut self, event: &Event) {
        if let Event::Ledger(event) = event {
            oikos_ledger::LedgerSink::emit(self.1, **event);
        }
        self.0.push(event.clone());
    }
}

impl Stage {
    /// An economy whose lots are committed to by this secret.
    pub(super) fn new(secret: u64) -> Self {
        let mut links = vec![Hash32::of(&secret.to_le_bytes())];
        for n in 0..LINKS {
            links.push(Hash32::of(&links[n].0));
        }
        let anchor = links.pop().unwrap_or_default();
        let genesis = Genesis {
            economy: u128::from(secret),
            epoch_unix_ns: 0,
            beacon_anchor: anchor,
            beacon_links: links.len() as u64,
            beacon_window: Span::hours(1),
            limits: Limits::default(),
        };
        let mut stage = Self {
            economy: Economy::new(genesis),
            events: Vec::new(),
            past: MemoryPast::new(),
            links,
            now: Timestamp(1),
            sent: 0,
        };
        if let (Some(code), Some(scale)) = (AssetCode::new("COIN"), Scale::new(2)) {
            let regime = Regime::Issuer(ParticipantId::OPERATOR);
            stage.send(ParticipantId::OPERATOR, Command::DefineAsset(DefineAsset { code, scale, regime }));
        }
        stage
    }

    /// Takes an agent in, with 100.00.
    pub(super) fn agent(&mut self, name: &str, principal: Option<ParticipantId>) -> ParticipantId {
        let register = Register {
            kind: ParticipantKind::Agent,
            principal,
            name: Hash32::of(name.as_bytes()),
            capabilities: Vec::new(),
            calendar: None,
        };
        let operator = ParticipantId::OPERATOR;
        let Outcome::Accepted(Reply::Participant(agent)) = self.send(operator, Command::Register(register)) else {
            return operator; // The operator takes anybody in.
        };
        let issue = Issue { asset: COIN, to: agent, amount: PURSE, reference: Hash32::ZERO };
        self.send(operator, Command::Issue(issue));
        agent
    }

    /// Sends a command, a nanosecond after the last.
    pub(super) fn send(&mut self, by: ParticipantId, command: Command) -> Outcome {
        self.sent += 1;
        let id = CommandId(self.sent);
        self.now.0 += 1;
        self.request(&Request { by, id, expires: self.now.after(Span::hours(1)), command })
    }

    /// Sends a request as it is, now.
    pub(super) fn request(&mut self, request: &Request) -> Outcome {
        let past = self.past.clone();
        let mut sink = Both(&mut self.events, &mut self.past);
        loop {
            if let Progress::Done(ready) = self.economy.advance(self.now, 1_000, &mut sink) {
                return self.economy.apply(ready, request, &past, &mut sink);
            }
        }
    }

    /// The code with which a command is rejected, or `accepted`.
    pub(super) fn code(&mut self, by: ParticipantId, command: Command) -> &'static str {
        code(&self.send(by, command))
    }

    /// Time passes, and the operator reveals the beacon where somebody waits for it.
    pub(super) fn pass(&mut self, span: Span) {
        self.now = self.now.after(span);
        self.advance();
        if self.economy.wants_beacon()
            && let Some(link) = self.links.pop()
        {
            self.send(ParticipantId::OPERATOR, Command::RevealBeacon(RevealBeacon { link }));
            self.now.0 += 1;
            self.advance();
        }
    }

    fn advance(&mut self) {
        let mut sink = Both(&mut self.events, &mut self.past);
        while matches!(self.economy.advance(self.now, 1_000, &mut sink), Progress::More) {}
    }

    /// Posts a task, and says its number.
    pub(super) fn post(&mut self, poster: ParticipantId, spec: TaskSpec) -> TaskId {
        match self.send(poster, Command::PostTask(Arc::new(spec))) {
            Outcome::Accepted(Reply::Task(task)) => task,
            _ => TaskId(u64::MAX), // No task has this number, so every later step is refused.
        }
    }

    /// A task with a budget of 10.00, bids for a minute, everything else at ease.
    pub(super) fn spec(&self, mechanism: MechanismKind) -> TaskSpec {
        let minute = Span::seconds(60);
        let hour = Span::hours(1);
        TaskSpec {
            asset: COIN,
            budget: Amount(1_000),
            input: Hash32::of(b"input"),
            requires: Vec::new(),
            constraints: Vec::new(),
            reputation_min: Share::NONE,
            mechanism,
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
            milestones: vec![Milestone { share: WHOLE, deliver: hour }],
            windows: Windows {
                approve: hour,
                bid: minute,
                accept: minute,
                grace: Span::ZERO,
                review: hour,
                retention: Span::ZERO,
            },
            ends_at: self.now.after(Span::hours(48)),
        }
    }

    /// Bids a price.
    pub(super) fn bid(&mut self, by: ParticipantId, task: TaskId, price: u128, nonce: Nonce) -> &'static str {
        let terms = BidTerms::Priced { price: Amount(price), nonce };
        self.code(by, Command::PlaceBid(PlaceBid { task, terms, team: Vec::new() }))
    }

    /// A participant's free money.
    pub(super) fn money(&self, of: ParticipantId) -> u128 {
        self.economy.balance(Purse::Available(of), COIN).0
    }

    /// Who was offered the task last, and for how much.
    pub(super) fn winner(&self, task: TaskId) -> Option<(ParticipantId, u128)> {
        self.economy.task(task)?.award.map(|(who, price)| (who, price.0))
    }
}

/// All of it.
pub(super) const WHOLE: Share = match Share::from_millionths(Share::WHOLE) {
    Some(whole) => whole,
    None => Share::NONE,
};

/// A share in hundredths.
pub(super) fn percent(hundredths: u32) -> Share {
    Share::from_millionths(hundredths * 10_000).unwrap_or(Share::NONE)
}

/// The code of an outcome: `accepted`, or that of the rejection.
pub(super) fn code(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted(_) => "accepted",
        Outcome::Rejected(why) => why.code(),
    }
}

/// Minor units as money.
pub(super) fn shown(units: u128) -> String {
    Scale::new(2).map_or_else(String::new, |scale| scale.show(Amount(units)).to_string())
}
