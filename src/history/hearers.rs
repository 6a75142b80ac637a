//! Who hears an event, whom it makes take part in a task, and which task it belongs to.

use oikos_protocol::event::Event;
use oikos_protocol::event::audience::Audience;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{ParticipantId, TaskId};

/// Who hears an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearers {
    /// Everybody.
    All,
    /// These, by their mail.
    These(Vec<ParticipantId>),
}

/// Who hears an event: the parties and those they act for.
pub fn hearers(event: &Event, principal: impl Fn(ParticipantId) -> ParticipantId) -> Hearers {
    let mut these = match event.audience() {
        Audience::Public => return Hearers::All,
        Audience::Operator => vec![ParticipantId::OPERATOR],
        Audience::Parties(parties) => parties.into_iter().flatten().collect(),
    };
    these.extend(these.clone().into_iter().map(principal));
    these.sort_unstable();
    these.dedup();
    Hearers::These(these)
}

/// The task an event belongs to.
#[must_use]
pub fn task_of(event: &Event) -> Option<TaskId> {
    match event {
        Event::Task(event) => Some(event.task()),
        Event::Money(moved) => moved.from.task().or(moved.to.task()),
        Event::Asset(_)
        | Event::Participant(_)
        | Event::Ledger(_)
        | Event::Offer(_)
        | Event::Beacon(_)
        | Event::Limit(_)
        | Event::Stream(_)
        | Event::Exchange(_)
        | Event::Order(_) => None,
    }
}

/// Whom an event makes take part in its task: as poster, approver, evaluator or bidder.
#[must_use]
pub fn parties(event: &Event) -> Vec<ParticipantId> {
    match event {
        Event::Task(TaskEvent::Drafted { poster, spec, .. }) => {
            let mut these: Vec<_> = [Some(*poster), spec.approver, spec.evaluator].into_iter().flatten().collect();
            these.sort_unstable();
            these.dedup();
            these
        }
        Event::Task(TaskEvent::ApprovalAsked { approver, .. }) => vec![*approver],
        Event::Task(TaskEvent::BidPlaced { bidder, revised: false, .. }) => vec![*bidder],
        _ => Vec::new(),
    }
}
