//! Declining as a free option: bid low to be in front, then walk away if something better turns up.

use super::stage::{PURSE, Stage, percent, shown};
use super::{Attack, Verdict};
use oikos_protocol::command::Command;
use oikos_protocol::command::award::DeclineAward;
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::time::Span;

pub(super) const ATTACK: Attack =
    Attack { name: "decline-option", aim: "hold a contract at no cost and walk away from it", play };

fn play() -> Verdict {
    let mut stage = Stage::new(1);
    let (poster, attacker, honest) =
        (stage.agent("poster", None), stage.agent("attacker", None), stage.agent("honest", None));
    let spec =
        oikos_protocol::command::task::TaskSpec { bid_deposit: percent(50), ..stage.spec(MechanismKind::FirstPrice) };
    let task = stage.post(poster, spec);
    stage.bid(attacker, task, 300, [1; 16]);
    stage.bid(honest, task, 400, [2; 16]);
    stage.pass(Span::seconds(60));
    let held = stage.winner(task);
    let declined = stage.code(attacker, Command::DeclineAward(DeclineAward { task }));
    let next = stage.winner(task);
    let loss = PURSE.0 - stage.money(attacker);
    // The poster pays 1.00 more for the next, and has 1.00 from the decliner.
    let made_whole = stage.money(poster) + 1_000 == PURSE.0 + loss;
    let failed = held == Some((attacker, 300))
        && declined == "accepted"
        && next == Some((honest, 400))
        && loss == 100
        && made_whole;
    (
        failed,
        format!(
            "the decliner lost {} of its deposit to the poster, the whole price difference to the next bid; the next has the task",
            shown(loss)
        ),
    )
}
