//! What is done with the row that is chosen: a form or a question is opened, and nothing sent.

use crate::dashboard::act::{Act, takes_bids, yes};
use crate::dashboard::state::Snapshot;
use crate::dashboard::state::ui::{Mode, Pane, Screen, Ui};
use crate::dashboard::widget::form::{Form, Purpose};
use oikos_protocol::wire::query::Decision;

/// Opens a form, where there is somebody to act as.
pub(super) fn form(ui: &mut Ui, snapshot: &Snapshot, purpose: Purpose) {
    if is_you(ui, snapshot) {
        ui.mode = Mode::Form(Form::new(purpose));
    }
}

fn is_you(ui: &mut Ui, snapshot: &Snapshot) -> bool {
    let is_you = snapshot.you.is_some() && snapshot.player.is_none();
    if !is_you {
        ui.message = Some((false, "a recorded run cannot be acted on".to_owned()));
    }
    is_you
}

pub(super) fn confirm(ui: &mut Ui, snapshot: &Snapshot, act: Act) {
    if is_you(ui, snapshot) {
        let lines = act.lines(snapshot);
        ui.mode = Mode::Confirm { act, lines };
    }
}

pub(super) fn on_task(ui: &mut Ui, snapshot: &Snapshot, c: char) {
    let Some(row) = ui.chosen(snapshot).and_then(|place| snapshot.tasks.get(place)) else { return };
    match c {
        'b' if takes_bids(row) => form(ui, snapshot, Purpose::Bid { task: row.task, scores: row.scores() }),
        'b' => ui.message = Some((false, format!("{} is {} and takes no bids", row.task, row.phase))),
        _ if row.yours && takes_bids(row) => confirm(ui, snapshot, Act::Cancel { task: row.task }),
        _ => ui.message = Some((false, format!("{} is not an open task of yours", row.task))),
    }
}

pub(super) fn decide(ui: &mut Ui, snapshot: &Snapshot, c: char) {
    let Some(row) = ui.chosen(snapshot).and_then(|place| snapshot.inbox.get(place)) else {
        ui.message = Some((true, "nothing waits for you".to_owned()));
        return;
    };
    let task = row.task;
    let best = || {
        let known = snapshot.tasks.iter().find(|known| known.task == task)?;
        known.offers.iter().find(|bid| bid.rank == Some(1)).map(|bid| bid.participant)
    };
    match (c, row.decision) {
        ('a' | 'd', Decision::Deliver) => form(ui, snapshot, Purpose::Deliver(task)),
        ('a' | 'w', Decision::Select) => match best() {
            Some(bidder) => confirm(ui, snapshot, Act::Choose { task, bidder }),
            None => ui.message = Some((false, format!("no bid for {task} can be seen"))),
        },
        ('a', Decision::Reveal) => {
            ui.message = Some((false, "reveal it with the program that made the commitment".to_owned()));
        }
        ('a', _) => {
            if let Some(act) = yes(row) {
                confirm(ui, snapshot, act);
            }
        }
        ('r', Decision::Approve) => form(ui, snapshot, Purpose::Refuse(task)),
        ('r', Decision::TakeAward) => confirm(ui, snapshot, Act::Decline { task }),
        ('r', _) => ui.message = Some((false, format!("{task} cannot be refused; silence has its default"))),
        _ => ui.message = Some((false, format!("{task} {}", row.asks))),
    }
}

pub(super) fn trace(ui: &mut Ui, snapshot: &Snapshot) {
    let place = ui.chosen(snapshot);
    let turned = |all: usize, place: usize| if ui.is_reversed { all - 1 - place } else { place };
    let task = place.and_then(|place| match ui.screen {
        Screen::Overview | Screen::Market => snapshot.tasks.get(place).map(|row| row.task),
        Screen::Inbox => snapshot.inbox.get(place).map(|row| row.task),
        Screen::Ledger => {
            snapshot.ledger.moves.get(turned(snapshot.ledger.moves.len(), place)).and_then(|row| row.task)
        }
        Screen::Events => snapshot.log.get(turned(snapshot.log.len(), place)).and_then(|row| row.task),
        Screen::People => None,
    });
    if let Some(task) = task {
        ui.go(Screen::Events);
        let pane = ui.pane_mut();
        *pane = Pane { filter: task.to_string(), ..Default::default() };
    }
}
