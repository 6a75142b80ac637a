//! Shills: the poster's own people bid on its task to push the others, or to keep the deposits.

use super::stage::Stage;
use super::{Attack, Verdict};
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::time::Span;

pub(super) const ATTACK: Attack =
    Attack { name: "shill-bids", aim: "bid on one's own task, in one's own name or through one's agents", play };

fn play() -> Verdict {
    let mut stage = Stage::new(6);
    let (principal, honest) = (stage.agent("principal", None), stage.agent("honest", None));
    let (poster, shill) = (stage.agent("poster", Some(principal)), stage.agent("shill", Some(principal)));
    let spec = stage.spec(MechanismKind::SecondPrice);
    let task = stage.post(poster, spec);
    stage.bid(honest, task, 400, [1; 16]);
    let own = stage.bid(poster, task, 401, [2; 16]);
    let agent = stage.bid(shill, task, 401, [3; 16]);
    let above = stage.bid(principal, task, 401, [4; 16]);
    stage.pass(Span::seconds(60));
    let untouched = stage.winner(task) == Some((honest, 1_000));
    let failed = own == "bid.own_task" && agent == "bid.affiliate" && above == "bid.affiliate" && untouched;
    (
        failed,
        format!(
            "the poster was refused as {own}, its agent and its principal as {agent}; the price stayed what it was without them"
        ),
    )
}
