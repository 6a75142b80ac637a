//! How much memory a replay takes, measured with fewer and told for ten million events and a million participants.

use crate::scene::spec;
use oikos_market::{Economy, Progress};
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{CommandId, Hash32, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::time::{Span, Timestamp};
use oikos_views::{Overview, Position};

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}

struct Watching<'a>(&'a mut Overview, Position, Timestamp);

impl EventSink for Watching<'_> {
    fn emit(&mut self, event: &Event) {
        self.0.take(self.1, self.2, event);
        self.1.index += 1;
    }
}

/// Registers so many in an economy and its view, then tells the view of so many events of tasks.
fn replayed(participants: u64, events: u64) -> u64 {
    let before = resident();
    let genesis = Genesis {
        economy: 1,
        epoch_unix_ns: 0,
        beacon_anchor: Hash32::ZERO,
        beacon_links: 0,
        beacon_window: Span::seconds(60),
        limits: Limits { remember: Span::seconds(60), ..Limits::default() },
    };
    let mut economy = Economy::new(genesis);
    let mut overview = Overview::default();
    let past = oikos_ledger::MemoryPast::new();
    let mut seq = 0;
    for n in 0..participants {
        seq += 1;
        let t = Timestamp(seq * 1_000_000);
        let mut watch = Watching(&mut overview, Position { seq, index: 0 }, t);
        let ready = loop {
            if let Progress::Done(ready) = economy.advance(t, 1_024, &mut watch) {
                break ready;
            }
        };
        let kind = ParticipantKind::Agent;
        let register = Register {
            kind,
            principal: None,
            name: Hash32::of(&n.to_le_bytes()),
            capabilities: Vec::new(),
            calendar: None,
        };
        let command = Command::Register(register);
        let request = Request {
            by: ParticipantId::OPERATOR,
            id: CommandId(u128::from(seq)),
            expires: t.after(Span::seconds(1)),
            command,
        };
        economy.apply(ready, &request, &past, &mut watch);
    }
    assert_eq!(overview.people().all().count() as u64, participants);
    let spec = spec("text.shout/v1", 100);
    for n in 0..events / 5 {
        let (task, worker) = (TaskId(n), ParticipantId(n % participants.max(1)));
        let t = Timestamp((seq + n) * 1_000_000);
        let told = [
            TaskEvent::Drafted { task, poster: worker, spec: spec.clone(), fee: Share::NONE },
            TaskEvent::BidPlaced { task, bidder: worker, seal: Hash32::ZERO, revised: false, team: Vec::new() },
            TaskEvent::BidPriced { task, bidder: worker, price: Amount(7), nonce: [0; 16], open: true },
            TaskEvent::BidsClosed { task, bids: 1 },
            TaskEvent::Settled { task, worker, paid: Amount(7) },
        ];
        for (index, event) in (0..).zip(told) {
            overview.take(Position { seq: seq + 1 + n, index }, t, &Event::Task(event));
        }
    }
    let taken = resident().saturating_sub(before);
    // Alive until here.
    assert!(economy.participants().count() as u64 > participants && overview.events() >= events);
    taken
}

#[test]
fn a_replay_of_ten_million_events_and_a_million_participants_stays_under_300_mb() {
    let (participants, events) = (50_000, 100_000);
    let bounded = replayed(0, events);
    let taken = replayed(participants, 0);
    let each = taken / participants;
    let whole = each * 1_000_000 + bounded;
    println!("{each} bytes a participant, {bounded} bytes whatever the number of events, {whole} bytes in all");
    assert!(whole < 300_000_000, "{each} bytes a participant and {bounded} beside it: {whole}");
}

/// The whole of it: `cargo test --release --test dashboard -- --ignored whole_million --nocapture`.
#[test]
#[ignore = "takes a minute and more; the one above tells the same from fewer"]
fn whole_million() {
    let taken = replayed(1_000_000, 10_000_000);
    println!("{taken} bytes for 1,000,000 participants and 10,000,000 events");
    assert!(taken < 300_000_000, "{taken}");
}
