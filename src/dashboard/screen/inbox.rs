//! Inbox: what waits for your decision, with amount, time left and what happens if you do nothing.

use super::{Hit, Hits};
use crate::dashboard::state::Snapshot;
use crate::dashboard::state::snapshot::InboxRow;
use crate::dashboard::state::sum::lasting;
use crate::dashboard::state::ui::Ui;
use crate::dashboard::theme::Role;
use crate::dashboard::widget::paint::Paint;
use crate::dashboard::widget::table::{Column, table};
use oikos_protocol::wire::query::Decision;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    let Some(you) = &snapshot.you else {
        let inner = paint.panel(area, "Inbox");
        paint.text(inner, 1, 1, "nobody looks here: a recorded run has no inbox", Role::Dim);
        return;
    };
    let chosen = ui.chosen(snapshot);
    let row = chosen.and_then(|place| snapshot.inbox.get(place));
    let detail = if row.is_none() { 0 } else { (area.height / 2).clamp(0, 14) };
    let list = Rect { height: area.height - detail, ..area };
    let money: Vec<_> = you
        .balances
        .iter()
        .map(|row| format!("{} {} to spend, {} held, {} at stake", row.available, row.asset, row.held, row.at_stake))
        .collect();
    let inner = paint.panel(list, &format!("Inbox of {} · {}", you.name, money.join(" · ")));
    let columns = [
        Column::text("task", 6),
        Column::flexible("asks", 20, 1),
        Column::text("from", 14),
        Column::number("amount", 12),
        Column::number("left", 7),
        Column::flexible("if you do nothing", 16, 1).from(96),
    ];
    let rows = table(paint, inner, &columns, snapshot.inbox.len(), chosen, |place| {
        let row = &snapshot.inbox[place];
        let urgent = if row.left_ms < 60_000 { Role::Warn } else { Role::Plain };
        vec![
            (row.task.to_string(), Role::Plain),
            (row.asks.to_owned(), Role::Figure),
            (row.from.clone(), Role::Plain),
            (row.amount.clone(), Role::Money),
            (lasting(row.left_ms * 1_000_000), urgent),
            (row.if_silent_text.clone(), Role::Dim),
        ]
    });
    hits.extend(rows.into_iter().map(|(area, place)| (area, Hit::Row(place))));
    if snapshot.inbox.is_empty() {
        paint.text(inner, 1, 1, "nothing waits for you", Role::Good);
        paint.text(inner, 1, 2, "n posts a task · on Market b bids for one", Role::Dim);
    }
    if let Some(row) = row {
        item(paint, Rect { y: area.y + list.height, height: detail, ..area }, row);
    }
}

fn item(paint: &mut Paint<'_>, area: Rect, row: &InboxRow) {
    let inner = paint.panel(area, &format!("{} {}", row.task, row.asks));
    let mut at = 0;
    let mut tell = |name: &str, text: &str, role: Role, paint: &mut Paint<'_>| {
        paint.text(inner, 1, at, name, Role::Dim);
        let right = Rect { x: inner.x + 19, width: inner.width.saturating_sub(19), ..inner };
        at = paint.wrapped(right, at, text, role).max(at + 1);
    };
    tell("from", &row.from, Role::Plain, paint);
    tell("amount", &row.amount, Role::Money, paint);
    tell("for", &row.wants, Role::Plain, paint);
    tell("within", &lasting(row.left_ms * 1_000_000), Role::Plain, paint);
    tell("if you do nothing", &row.if_silent_text, Role::Warn, paint);
    tell("you can", way(row.decision), Role::Figure, paint);
    if let Some(content) = &row.content {
        let name = if row.decision == Decision::Review { "delivered" } else { "input" };
        tell(name, content, Role::Plain, paint);
    }
}

const fn way(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "a approve · r refuse",
        Decision::Confirm => "a confirm",
        Decision::TakeAward => "a take it · r decline",
        Decision::Select => "w award to the best bid",
        Decision::Reveal => "reveal it with the program that made the commitment",
        Decision::Review => "a accept and pay",
        Decision::Deliver => "d deliver",
    }
}
