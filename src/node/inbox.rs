//! The inbox: what waits for a participant's decision, and what happens if it does nothing.
//!
//! The default stands beside each item, since silence is a decision too: LIFECYCLE's column of deadlines, in words.

use crate::node::query::Look;
use oikos_market::task::TaskView;
use oikos_protocol::command::task::{ReviewDefault, Sealing, Selection};
use oikos_protocol::event::task::{Phase, Stage, TaskEvent};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::time::Timestamp;
use oikos_protocol::wire::query::{Decision, InboxItem, Silence};
use oikos_protocol::wire::text::Nanos;

/// What waits for the reader, the most urgent first.
pub fn of(look: &Look<'_>) -> Vec<InboxItem> {
    let mut items: Vec<_> =
        look.core.economy().open_tasks().filter_map(|(task, view)| item(look, task, &view)).collect();
    items.sort_by_key(|item| (item.by, item.task));
    items
}

fn item(look: &Look<'_>, task: TaskId, view: &TaskView<'_>) -> Option<InboxItem> {
    let me = look.by;
    let (decision, silence) = match view.phase {
        Phase::PendingApproval => {
            let asked = look.task_events(task).iter().rev().find_map(|event| match event {
                TaskEvent::ApprovalAsked { approver, .. } => Some(*approver),
                _ => None,
            });
            (asked == Some(me)).then_some((Decision::Approve, Silence::Rejected))?
        }
        Phase::Evaluating => evaluating(look, task, view)?,
        Phase::AwardOffered => {
            let (bidder, _) = view.award?;
            let events = look.task_events(task);
            let accepted = matches!(events.iter().next_back(), Some(TaskEvent::AwardAccepted { .. }));
            match (accepted, bidder == me, view.spec.approver == Some(me)) {
                (false, true, _) => (Decision::TakeAward, Silence::Declined),
                (true, _, true) => (Decision::Confirm, Silence::Declined),
                _ => return None,
            }
        }
        Phase::Active => {
            let (worker, _) = view.award?;
            (worker == me).then_some((Decision::Deliver, Silence::Defaulted))?
        }
        Phase::Submitted => review(look, task, view)?,
        _ => return None,
    };
    // The hard end may come before the state's own deadline.
    let silence = if view.deadline == view.spec.ends_at && view.spec.ends_at != Timestamp::NEVER {
        Silence::Expired
    } else {
        silence
    };
    let amount = match (decision, view.award) {
        (Decision::Approve | Decision::Select | Decision::Reveal, _) | (_, None) => view.spec.budget,
        (_, Some((_, price))) => price,
    };
    let from = match (decision, view.award) {
        (Decision::Review | Decision::Confirm, Some((worker, _))) => worker,
        _ => view.poster,
    };
    Some(InboxItem {
        decision,
        task,
        from,
        amount: look.money(view.spec.asset, amount)?,
        requires: view.spec.requires.clone(),
        milestone: view.milestone,
        by: view.deadline.into(),
        left_ns: Nanos(view.deadline.since(look.t).0),
        if_silent: silence,
        if_silent_text: words(silence).to_owned(),
    })
}

fn evaluating(look: &Look<'_>, task: TaskId, view: &TaskView<'_>) -> Option<(Decision, Silence)> {
    let stage = look.task_events(task).iter().rev().find_map(|event| match event {
        TaskEvent::StageEntered { stage, .. } => Some(*stage),
        _ => None,
    })?;
    match stage {
        Stage::Selection if view.poster == look.by && view.spec.selection != Selection::Automatic => {
            Some((Decision::Select, Silence::MechanismDecides))
        }
        Stage::Reveal if matches!(view.spec.sealing, Sealing::CommitReveal { .. }) => {
            let mut mine = look.core.economy().bids(task).filter(|bid| bid.bidder == look.by && bid.price.is_none());
            mine.next().map(|_| (Decision::Reveal, Silence::DepositForfeited))
        }
        _ => None,
    }
}

fn review(look: &Look<'_>, task: TaskId, view: &TaskView<'_>) -> Option<(Decision, Silence)> {
    let passed: Option<ParticipantId> = look.task_events(task).iter().next_back().and_then(|event| match event {
        TaskEvent::ReviewPassed { evaluator, .. } => Some(*evaluator),
        _ => None,
    });
    let reviewer = passed.unwrap_or(view.poster);
    if reviewer != look.by && view.spec.evaluator != Some(look.by) {
        return None;
    }
    let silence = match (view.spec.review_default, passed) {
        (ReviewDefault::Evaluator, None) => Silence::EvaluatorDecides,
        (ReviewDefault::Split(_), _) => Silence::Split,
        (ReviewDefault::Accept | ReviewDefault::Evaluator, _) => Silence::Accepted,
    };
    Some((Decision::Review, silence))
}

const fn words(silence: Silence) -> &'static str {
    match silence {
        Silence::Rejected => "the task is rejected and its budget goes back",
        Silence::Declined => "it counts as declined and the next in line is asked",
        Silence::MechanismDecides => "the mechanism picks the winner",
        Silence::DepositForfeited => "your deposit goes to the poster",
        Silence::Accepted => "it counts as accepted and the worker is paid",
        Silence::EvaluatorDecides => "the evaluator gets the word",
        Silence::Split => "the money is divided by the share that was agreed",
        Silence::Defaulted => "you default: your bond pays the damage and your reputation falls",
        Silence::Expired => "the task ends at its hard end",
    }
}
