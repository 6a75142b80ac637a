//! Sybil tickets: ten agents of one principal, for ten tickets in one lot.

use super::stage::Stage;
use super::{Attack, Verdict};
use oikos_protocol::command::task::MechanismKind;

pub(super) const ATTACK: Attack = Attack { name: "sybil-tickets", aim: "have more than one ticket in a lot", play };

fn play() -> Verdict {
    let mut stage = Stage::new(3);
    let poster = stage.agent("poster", None);
    let principal = stage.agent("principal", None);
    let spec = stage.spec(MechanismKind::Lottery);
    let task = stage.post(poster, spec);
    let agents: Vec<_> = (0..10).map(|n| stage.agent(&format!("agent {n}"), Some(principal))).collect();
    let codes: Vec<_> = agents.iter().map(|&agent| stage.bid(agent, task, 500, [agent.0 as u8; 16])).collect();
    let own = stage.bid(principal, task, 500, [99; 16]);
    let refused = codes.iter().filter(|code| **code == "bid.principal_has_bid").count();
    let failed = codes[0] == "accepted" && refused == 9 && own == "bid.principal_has_bid";
    (
        failed,
        format!(
            "of ten agents of one principal one holds a bid; {refused} and the principal itself were refused as bid.principal_has_bid"
        ),
    )
}
