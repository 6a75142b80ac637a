//! New → Draft: a task is written down and its rules are frozen.

use crate::calendar::{self, WORKING_DAY};
use crate::economy::Economy;
use crate::mechanism::auction::PRICE_MAX;
use crate::participant::first_repeated;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::command::scoring::{Criterion, Scoring};
use oikos_protocol::command::task::{MechanismKind, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use oikos_protocol::event::Event;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{Capability, ParticipantId};
use oikos_protocol::money::Share;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::task::TaskRejection;
use oikos_protocol::time::{Span, Timestamp};

/// Writes the draft's event, or says why not.
pub(crate) fn decide(
    spec: &Arc<TaskSpec>,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    check(spec, economy, by, now)?;
    let task = economy.tasks.next();
    out.push(Event::Task(TaskEvent::Drafted { task, poster: by, spec: Arc::clone(spec), fee: economy.fee }));
    Ok(Reply::Task(task))
}

fn check(spec: &TaskSpec, economy: &Economy, by: ParticipantId, now: Timestamp) -> Result<(), TaskRejection> {
    let limits = &economy.genesis.limits;
    let TaskSpec { budget, asset, .. } = *spec;
    if economy.assets.get(asset).is_none() {
        return Err(TaskRejection::UnknownAsset { asset });
    }
    if budget.is_zero() {
        return Err(TaskRejection::ZeroBudget {});
    }
    if budget > PRICE_MAX {
        return Err(TaskRejection::BudgetTooLarge { budget, max: PRICE_MAX });
    }
    if let Some(reserve) = spec.reserve
        && reserve > budget
    {
        return Err(TaskRejection::ReserveAboveBudget { reserve, budget });
    }
    if spec.cancel_fee > budget {
        return Err(TaskRejection::CancelFeeAboveBudget { fee: spec.cancel_fee, budget });
    }
    check_capabilities(&spec.requires, limits.capabilities_max)?;
    check_capabilities(&spec.constraints, limits.capabilities_max)?;
    check_milestones(spec, limits.milestones_max)?;
    if let Some(window) = zero_window(spec) {
        return Err(TaskRejection::ZeroWindow { window: window.to_string() });
    }
    let human = |id| economy.participants.get(id).is_some_and(|who| who.kind == ParticipantKind::Human);
    let evaluator_is_human = spec.review_default == ReviewDefault::Evaluator && spec.evaluator.is_some_and(human);
    if (human(by) || evaluator_is_human) && spec.windows.review < WORKING_DAY {
        return Err(TaskRejection::ReviewTooShort {});
    }
    check_end(spec, economy, by, now)?;
    check_people(spec, economy, by)?;
    if let Some(Scoring { quality, time, reputation }) = spec.mechanism.scoring() {
        let mut counted = [quality, time, reputation].into_iter().flatten().peekable();
        let good = |counts: Criterion| !counts.worth.is_zero() && counts.worth <= PRICE_MAX;
        if counted.peek().is_none() || !counted.all(good) {
            return Err(TaskRejection::BadScoring { max: PRICE_MAX });
        }
    }
    let draws_lots = matches!(spec.mechanism, MechanismKind::PostedPrice | MechanismKind::Lottery);
    if draws_lots && economy.beacon.is_exhausted() {
        return Err(TaskRejection::BeaconExhausted {});
    }
    Ok(())
}

fn check_capabilities(names: &[Capability], max: u32) -> Result<(), TaskRejection> {
    let bad = match first_repeated(names) {
        Some(index) => names.get(index as usize),
        None => names.get(max as usize),
    };
    bad.map_or(Ok(()), |name| Err(TaskRejection::BadCapability { name: name.to_string() }))
}

fn check_milestones(spec: &TaskSpec, max: u32) -> Result<(), TaskRejection> {
    let given = u32::try_from(spec.milestones.len()).unwrap_or(u32::MAX);
    let whole: u64 = spec.milestones.iter().map(|milestone| u64::from(milestone.share.millionths())).sum();
    let each_is_something =
        spec.milestones.iter().all(|milestone| milestone.share > Share::NONE && milestone.deliver > Span::ZERO);
    if given == 0 || given > max || whole != u64::from(Share::WHOLE) || !each_is_something {
        return Err(TaskRejection::BadMilestones { given, max });
    }
    Ok(())
}

fn zero_window(spec: &TaskSpec) -> Option<&'static str> {
    let Windows { approve, bid, accept, review, .. } = spec.windows;
    let reveal = if let Sealing::CommitReveal { reveal } = spec.sealing { reveal } else { Span(1) };
    let select = if let Selection::Manual { select } = spec.selection { select } else { Span(1) };
    let windows = [
        ("approve", approve),
        ("bid", bid),
        ("sealing.reveal", reveal),
        ("selection.select", select),
        ("accept", accept),
        ("review", review),
    ];
    windows.into_iter().find(|(_, span)| *span == Span::ZERO).map(|(name, _)| name)
}

/// The hard end must not cut off anybody who keeps every deadline: it leaves room for the longest way to the end
/// without a decline, a lot and every silent reviewer included, whose silence would otherwise cost the worker its pay.
pub(crate) fn check_end(
    spec: &TaskSpec,
    economy: &Economy,
    poster: ParticipantId,
    now: Timestamp,
) -> Result<(), TaskRejection> {
    let Windows { bid, accept, grace, review, retention, .. } = spec.windows;
    let mut earliest = now.after(bid).after(economy.genesis.beacon_window).after(accept).after(retention);
    let week = |who| economy.participants.get(who).and_then(|who| who.week());
    let longest = |who| week(who).map_or(review, |week| calendar::longest(&week, review));
    let second = spec.evaluator.filter(|_| spec.review_default == ReviewDefault::Evaluator);
    let (first, second) = (longest(poster), second.map_or(Span::ZERO, longest));
    if let Sealing::CommitReveal { reveal } = spec.sealing {
        earliest = earliest.after(reveal);
    }
    if let Selection::Manual { select } = spec.selection {
        earliest = earliest.after(select);
    }
    for milestone in &spec.milestones {
        earliest = earliest.after(milestone.deliver).after(grace).after(first).after(second);
    }
    if spec.ends_at < earliest {
        return Err(TaskRejection::EndsTooSoon { ends_at: spec.ends_at, earliest });
    }
    Ok(())
}

fn check_people(spec: &TaskSpec, economy: &Economy, by: ParticipantId) -> Result<(), TaskRejection> {
    if let Some(approver) = spec.approver {
        if economy.participants.get(approver).is_none() {
            return Err(TaskRejection::UnknownApprover { approver });
        }
        if approver == by {
            return Err(TaskRejection::OwnApprover { approver });
        }
    } else if spec.confirm_above.is_some() {
        return Err(TaskRejection::NoConfirmer {});
    }
    match spec.evaluator {
        Some(evaluator) if economy.participants.get(evaluator).is_none() => {
            Err(TaskRejection::UnknownEvaluator { evaluator })
        }
        None if spec.review_default == ReviewDefault::Evaluator => Err(TaskRejection::NoEvaluator {}),
        _ => Ok(()),
    }
}
