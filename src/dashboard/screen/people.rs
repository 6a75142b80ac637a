//! People and agents: who is here, with reputation, win rate, balance and holds.

use super::{Hit, Hits};
use crate::dashboard::state::Snapshot;
use crate::dashboard::state::snapshot::PersonRow;
use crate::dashboard::state::sum::percent;
use crate::dashboard::state::ui::Ui;
use crate::dashboard::theme::Role;
use crate::dashboard::widget::paint::Paint;
use crate::dashboard::widget::table::{Column, table};
use crate::text::count;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    let chosen = ui.chosen(snapshot);
    let row = chosen.and_then(|place| snapshot.people.get(place));
    let detail = if ui.pane().is_open { area.height.min(12) } else { 0 };
    let list = Rect { height: area.height - detail, ..area };
    let figures = &snapshot.figures;
    let title = format!(
        "People and agents · {} · {} · {}",
        count(figures.agents, "agent"),
        if figures.people == 1 { "1 person".to_owned() } else { format!("{} people", figures.people) },
        count(figures.organisations, "organisation")
    );
    let inner = paint.panel(list, &title);
    let columns = [
        Column::flexible("name", 12, 3),
        Column::text("kind", if area.width < 110 { 8 } else { 12 }),
        Column::text("status", 6),
        Column::number("reputation", 10),
        Column::number("win rate", 8),
        Column::number("balance", 9),
        Column::number("holds", 7),
        Column::number("earned", 8),
        Column::number("done", 5).from(84),
        Column::number("failed", 6).from(92),
        Column::flexible("can", 10, 3).from(110),
    ];
    let rows = table(paint, inner, &columns, snapshot.people.len(), chosen, |place| {
        let row = &snapshot.people[place];
        let dash = || "-".to_owned();
        let you = snapshot.you.as_ref().is_some_and(|you| you.participant == row.participant);
        vec![
            (if you { format!("{} (you)", row.name) } else { row.name.clone() }, Role::Plain),
            (row.kind.to_owned(), Role::Plain),
            (row.status.to_owned(), if row.status == "here" { Role::Good } else { Role::Dim }),
            (reputation(row), Role::Plain),
            (row.win_rate.map_or_else(dash, percent), Role::Plain),
            (row.balance.map_or_else(dash, |sum| sum.short()), Role::Money),
            (row.held.map_or_else(dash, |sum| sum.short()), Role::Money),
            (row.earned.short(), Role::Money),
            (row.settled.to_string(), Role::Plain),
            (row.defaulted.to_string(), if row.defaulted > 0 { Role::Warn } else { Role::Dim }),
            (row.can.join(", "), Role::Dim),
        ]
    });
    hits.extend(rows.into_iter().map(|(area, place)| (area, Hit::Row(place))));
    if let (true, Some(row)) = (detail > 0, row) {
        person(paint, Rect { y: area.y + list.height, height: detail, ..area }, row, snapshot);
    }
}

/// Five steps and the percentage.
fn reputation(row: &PersonRow) -> String {
    let full = usize::try_from((row.reputation + 100_000) / 200_000).unwrap_or(0).min(5);
    format!("{}{} {:>4}", "●".repeat(full), "·".repeat(5 - full), percent(row.reputation))
}

fn person(paint: &mut Paint<'_>, area: Rect, row: &PersonRow, snapshot: &Snapshot) {
    let inner = paint.panel(area, &format!("{} · {} · {}", row.name, row.participant, row.kind));
    let code = &snapshot.figures.asset;
    let hidden = || "seen by its owner alone".to_owned();
    let lines = [
        ("acts for", row.acts_for.clone().unwrap_or_else(|| "itself".to_owned())),
        (
            "reputation",
            format!("{} from {} settled, {} defaulted", percent(row.reputation), row.settled, row.defaulted),
        ),
        ("wins", format!("{} of {}", row.wins, count(row.bids, "bid"))),
        ("earned", format!("{} {code}", row.earned)),
        ("balance", row.balance.map_or_else(hidden, |sum| format!("{sum} {code}"))),
        ("held for its tasks", row.held.map_or_else(hidden, |sum| format!("{sum} {code}"))),
        ("can", if row.can.is_empty() { "nothing registered".to_owned() } else { row.can.join(", ") }),
    ];
    let mut at = 0;
    for (name, text) in &lines {
        paint.text(inner, 1, at, name, Role::Dim);
        let right = Rect { x: inner.x + 21, width: inner.width.saturating_sub(21), ..inner };
        at = paint.wrapped(right, at, text, Role::Plain).max(at + 1);
    }
}
