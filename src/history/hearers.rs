//! Who hears an event, whom it makes take part in a task, and which task it belongs to.

use oikos_market::available_account;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::Event;
use oikos_protocol::event::audience::Audience;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{AccountId, ParticipantId, TaskId};

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
        Audience::Operator => match event {
            // A payment is its two ends' business, whatever the operator sees besides.
            Event::Ledger(event) => match &**event {
                LedgerEvent::TransferCreated(created) => owners(&created.transfer),
                LedgerEvent::TransferExpired(expired) => owners(&expired.transfer),
                LedgerEvent::AccountOpened(_) => Vec::new(),
            },
            _ => vec![ParticipantId::OPERATOR],
        },
        Audience::Parties(parties) => parties.into_iter().flatten().collect(),
    };
    these.extend(these.clone().into_iter().map(principal));
    these.sort_unstable();
    these.dedup();
    Hearers::These(these)
}

/// Whose free money an account is.
#[must_use]
pub fn owner_of(account: AccountId) -> Option<ParticipantId> {
    let owner = ParticipantId((account.0 >> 32) as u64);
    let asset = oikos_protocol::id::AssetId(account.0 as u32);
    (available_account(owner, asset) == account).then_some(owner)
}

fn owners(transfer: &Transfer) -> Vec<ParticipantId> {
    [transfer.debit_account_id, transfer.credit_account_id].into_iter().filter_map(owner_of).collect()
}

/// The task an event belongs to.
#[must_use]
pub fn task_of(event: &Event) -> Option<TaskId> {
    match event {
        Event::Task(event) => Some(event.task()),
        Event::Money(moved) => moved.from.task().or(moved.to.task()),
        Event::Asset(_) | Event::Participant(_) | Event::Ledger(_) | Event::Offer(_) | Event::Beacon(_) => None,
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
