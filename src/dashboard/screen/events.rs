//! Events: what happened, the newest first, filtered; with a task's number for a filter, its trace.

use super::{Hit, Hits};
use crate::dashboard::state::Snapshot;
use crate::dashboard::state::sum::lasting;
use crate::dashboard::state::ui::Ui;
use crate::dashboard::theme::Role;
use crate::dashboard::widget::paint::Paint;
use crate::dashboard::widget::table::{Column, table};
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    let chosen = ui.chosen(snapshot);
    let at = |place: usize| snapshot.log.get(if ui.is_reversed { snapshot.log.len() - 1 - place } else { place });
    let row = chosen.and_then(at);
    let detail = if ui.pane().is_open && row.is_some() { area.height.min(7) } else { 0 };
    let list = Rect { height: area.height - detail, ..area };
    let filter = &ui.pane().filter;
    let what = if filter.is_empty() { String::new() } else { format!(" · with `{filter}`") };
    let inner = paint.panel(list, &format!("Events · {} so far{what}", snapshot.events));
    let columns = [
        Column::number("seq", 8),
        Column::number("at", 7),
        Column::text("kind", 6),
        Column::text("task", 6),
        Column::flexible("what", 20, 1),
    ];
    let rows = table(paint, inner, &columns, snapshot.log.len(), chosen, |place| {
        let Some(row) = at(place) else { return Vec::new() };
        let role = if row.kind == "money" || row.kind == "book" { Role::Money } else { Role::Plain };
        vec![
            (format!("{}.{}", row.sequence, row.index), Role::Dim),
            (lasting(row.t_ms * 1_000_000), Role::Dim),
            (row.kind.to_owned(), Role::Dim),
            (row.task.map(|task| task.to_string()).unwrap_or_default(), Role::Plain),
            (row.text.clone(), role),
        ]
    });
    hits.extend(rows.into_iter().map(|(area, place)| (area, Hit::Row(place))));
    if snapshot.log.is_empty() {
        paint.text(inner, 1, 1, "no such event among the last", Role::Dim);
    }
    if let (true, Some(row)) = (detail > 0, row) {
        let inner = paint.panel(
            Rect { y: area.y + list.height, height: detail, ..area },
            &format!("Event {}.{}", row.sequence, row.index),
        );
        let end = paint.wrapped(inner, 0, &row.text, Role::Figure);
        let of = row.task.map_or_else(String::new, |task| format!(" · of {task}, x traces it"));
        let line =
            format!("{} · entry {} · economy time {}{of}", row.kind, row.sequence, lasting(row.t_ms * 1_000_000));
        paint.text(inner, 0, end, &line, Role::Dim);
    }
}
