//! Resurrection: bring a task back to life whose money was returned.

use super::stage::{PURSE, Stage};
use super::{Attack, Verdict};
use oikos_protocol::command::Command;
use oikos_protocol::command::award::{AcceptAward, ConfirmAward, DeclineAward, SelectBid};
use oikos_protocol::command::bid::{RevealBid, WithdrawBid};
use oikos_protocol::command::contract::{AcceptDeliverable, SubmitDeliverable};
use oikos_protocol::command::task::{ApproveTask, CancelTask, MechanismKind, PublishTask, RefuseTask};
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::{Hash32, MilestoneId};
use oikos_protocol::money::Amount;

pub(super) const ATTACK: Attack =
    Attack { name: "resurrection", aim: "move money through a task that was cancelled and refunded", play };

fn play() -> Verdict {
    let mut stage = Stage::new(8);
    let (poster, worker) = (stage.agent("poster", None), stage.agent("worker", None));
    let spec = stage.spec(MechanismKind::FirstPrice);
    let task = stage.post(poster, spec);
    stage.bid(worker, task, 400, [1; 16]);
    stage.send(poster, Command::CancelTask(CancelTask { task }));
    let milestone = MilestoneId(0);
    let dead = stage.economy.digests().state();
    let attempts = [
        Command::PublishTask(PublishTask { task }),
        Command::ApproveTask(ApproveTask { task }),
        Command::RefuseTask(RefuseTask { task, reason: Hash32::ZERO }),
        Command::CancelTask(CancelTask { task }),
        Command::WithdrawBid(WithdrawBid { task }),
        Command::RevealBid(RevealBid { task, price: Amount(400), nonce: [1; 16] }),
        Command::SelectBid(SelectBid { task, bidder: worker }),
        Command::AcceptAward(AcceptAward { task }),
        Command::ConfirmAward(ConfirmAward { task }),
        Command::DeclineAward(DeclineAward { task }),
        Command::SubmitDeliverable(SubmitDeliverable { task, milestone, deliverable: Hash32::of(b"done") }),
        Command::AcceptDeliverable(AcceptDeliverable { task, milestone }),
    ];
    let mut refused = 0;
    for attempt in &attempts {
        for by in [poster, worker] {
            refused += usize::from(stage.code(by, attempt.clone()) != "accepted");
        }
    }
    let bid = stage.bid(worker, task, 400, [1; 16]);
    let untouched = stage.economy.digests().state() == dead && stage.economy.phase(task) == Some(Phase::Cancelled);
    let whole = stage.money(poster) == PURSE.0 && stage.money(worker) == PURSE.0;
    let failed = refused == attempts.len() * 2 && bid == "bid.not_open" && untouched && whole;
    (
        failed,
        format!("all {} attempts by poster and worker were refused, and the state is the same to the bit", refused + 1),
    )
}
