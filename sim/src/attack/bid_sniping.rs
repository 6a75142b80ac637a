//! Sniping: wait for the last moment, look at the other bids, and undercut the best by a cent.

use super::stage::Stage;
use super::{Attack, Verdict};
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::event::{Audience, Event};
use oikos_protocol::time::Span;

pub(super) const ATTACK: Attack = Attack {
    name: "bid-sniping",
    aim: "learn the best price before bids close, and undercut it at the last moment",
    play,
};

fn play() -> Verdict {
    let mut stage = Stage::new(5);
    let (poster, attacker, honest) =
        (stage.agent("poster", None), stage.agent("attacker", None), stage.agent("honest", None));
    let spec = stage.spec(MechanismKind::FirstPrice);
    let task = stage.post(poster, spec);
    stage.bid(honest, task, 400, [1; 16]);
    // All that the attacker may see so far: the seal of the bid, not its price.
    let shows = |event: &Event| match event.audience() {
        Audience::Public => true,
        Audience::Parties(parties) => parties.contains(&Some(attacker)),
        Audience::Operator => false,
    };
    let seen: Vec<&Event> = stage.events.iter().filter(|event| shows(event)).collect();
    let seals = seen.iter().filter(|event| matches!(event, Event::Task(TaskEvent::BidPlaced { .. }))).count();
    let prices = seen
        .iter()
        .filter(|event| matches!(event, Event::Task(TaskEvent::BidPriced { .. } | TaskEvent::BidOpened { .. })))
        .count();
    stage.pass(Span::seconds(60));
    let late = stage.bid(attacker, task, 399, [2; 16]);
    let failed = seals == 1 && prices == 0 && late == "bid.not_open" && stage.winner(task) == Some((honest, 400));
    (
        failed,
        format!(
            "before the close it saw {seals} seal and {prices} prices; at the deadline its bid was late and refused as {late}"
        ),
    )
}
