//! Double settlement: be paid twice for one delivery, by a second acceptance or by a replayed command.

use super::stage::{PURSE, Stage, code, shown};
use super::{Attack, Verdict};
use oikos_protocol::command::award::AcceptAward;
use oikos_protocol::command::contract::{AcceptDeliverable, SubmitDeliverable};
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::id::{CommandId, Hash32, MilestoneId};
use oikos_protocol::time::{Span, Timestamp};

pub(super) const ATTACK: Attack = Attack { name: "double-settlement", aim: "be paid twice for one delivery", play };

fn play() -> Verdict {
    let mut stage = Stage::new(7);
    let (poster, worker) = (stage.agent("poster", None), stage.agent("worker", None));
    let spec = stage.spec(MechanismKind::FirstPrice);
    let task = stage.post(poster, spec);
    let milestone = MilestoneId(0);
    stage.bid(worker, task, 400, [1; 16]);
    stage.pass(Span::seconds(60));
    stage.send(worker, Command::AcceptAward(AcceptAward { task }));
    let submit = Command::SubmitDeliverable(SubmitDeliverable { task, milestone, deliverable: Hash32::of(b"done") });
    stage.send(worker, submit.clone());
    let accept = Request {
        by: poster,
        id: CommandId(1 << 64),
        expires: Timestamp(Span::hours(2).0),
        command: Command::AcceptDeliverable(AcceptDeliverable { task, milestone }),
    };
    let first = code(&stage.request(&accept));
    let replayed = code(&stage.request(&accept));
    let again = code(&stage.request(&Request { id: CommandId(2 << 64), ..accept }));
    let resubmitted = stage.code(worker, submit);
    let earned = stage.money(worker) - PURSE.0;
    let failed = first == "accepted"
        && replayed == "accepted"
        && again == "contract.not_submitted"
        && resubmitted == "contract.not_active"
        && earned == 400
        && stage.economy.check_invariants().is_ok();
    (
        failed,
        format!(
            "the worker was paid {} once: the replayed command got its first outcome again, a second acceptance was refused as {again}, a second delivery as {resubmitted}",
            shown(earned)
        ),
    )
}
