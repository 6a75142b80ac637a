//! Ledger: debits equal credits, where the money is, the tail of the book, any movement unfolded to what is behind it.

use super::{Hit, Hits};
use crate::dashboard::state::Snapshot;
use crate::dashboard::state::snapshot::{AssetRow, MoveRow};
use crate::dashboard::state::sum::lasting;
use crate::dashboard::state::ui::Ui;
use crate::dashboard::theme::Role;
use crate::dashboard::widget::paint::Paint;
use crate::dashboard::widget::table::{Column, table};
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    let chosen = ui.chosen(snapshot);
    let moves = &snapshot.ledger.moves;
    let at = |place: usize| moves.get(if ui.is_reversed { moves.len() - 1 - place } else { place });
    let mut rest = area;
    if !ui.is_expanded && !ui.pane().is_open {
        for asset in snapshot.ledger.assets.iter().take(if area.height > 30 { 3 } else { 1 }) {
            let sides = if area.height > 30 && !asset.sides.is_empty() { 8 } else { 0 };
            let high = (4 + sides).min(rest.height);
            self::asset(paint, Rect { height: high, ..rest }, asset);
            rest = Rect { y: rest.y + high, height: rest.height - high, ..rest };
        }
    }
    if let (true, Some(row)) = (ui.pane().is_open, chosen.and_then(at)) {
        unfolded(paint, area, row, ui.pane().scroll);
        return;
    }
    let who = if snapshot.whole { "all" } else { "those you may see" };
    let inner = paint.panel(rest, &format!("Movements · {who}"));
    let columns = [
        Column::number("seq", 7),
        Column::number("at", 7),
        Column::number("amount", 9),
        Column::text("of", 4),
        Column::flexible("debit", 8, 1),
        Column::flexible("credit", 8, 1),
        Column::text("why", 10),
        Column::text("task", 6).from(90),
    ];
    let rows = table(paint, inner, &columns, moves.len(), chosen, |place| {
        let Some(row) = at(place) else { return Vec::new() };
        vec![
            (format!("{}.{}", row.sequence, row.index), Role::Dim),
            (lasting(row.t_ms * 1_000_000), Role::Dim),
            (row.amount.short(), Role::Money),
            (row.asset.clone(), Role::Plain),
            (row.debit.clone(), Role::Plain),
            (row.credit.clone(), Role::Plain),
            (row.reason.clone(), Role::Plain),
            (row.task.map(|task| task.to_string()).unwrap_or_default(), Role::Plain),
        ]
    });
    hits.extend(rows.into_iter().map(|(area, place)| (area, Hit::Row(place))));
    if moves.is_empty() {
        paint.text(inner, 1, 1, "no movement yet", Role::Dim);
    }
}

fn asset(paint: &mut Paint<'_>, area: Rect, row: &AssetRow) {
    let inner = paint.panel(area, &format!("Book of {}", row.asset));
    let (sign, role) = match row.conserved {
        Some(true) => ("✓ equal", Role::Good),
        Some(false) => ("✗ NOT EQUAL", Role::Bad),
        None => ("? not seen from here", Role::Dim),
    };
    let (debits, credits) = (row.debits.to_string(), row.credits.to_string());
    paint.parts(
        inner,
        0,
        &[
            (" debits ", Role::Dim),
            (&debits, Role::Figure),
            (" = credits ", Role::Dim),
            (&credits, Role::Figure),
            ("  ", Role::Plain),
            (sign, role),
        ],
    );
    let [supply, free, held, escrow, bonds, treasury] =
        [&row.supply, &row.free, &row.held, &row.escrow, &row.bonds, &row.treasury].map(ToString::to_string);
    paint.parts(
        inner,
        1,
        &[
            (" supply ", Role::Dim),
            (&supply, Role::Figure),
            (" = free ", Role::Dim),
            (&free, Role::Money),
            (" + held ", Role::Dim),
            (&held, Role::Money),
            (" + escrow ", Role::Dim),
            (&escrow, Role::Money),
        ],
    );
    paint.parts(
        inner,
        2,
        &[
            ("   + deposits, bonds ", Role::Dim),
            (&bonds, Role::Money),
            (" + treasury ", Role::Dim),
            (&treasury, Role::Money),
        ],
    );
    if inner.height > 4 {
        let columns = [
            Column::text("purse", 10),
            Column::number("debits", 14),
            Column::number("credits", 14),
            Column::number("balance", 14),
        ];
        let below = Rect { y: inner.y + 3, height: inner.height - 3, ..inner };
        table(paint, below, &columns, row.sides.len(), None, |place| {
            let side = &row.sides[place];
            vec![
                (side.purse.to_owned(), Role::Plain),
                (side.debits.to_string(), Role::Money),
                (side.credits.to_string(), Role::Money),
                (side.balance.to_string(), Role::Money),
            ]
        });
    }
}

fn unfolded(paint: &mut Paint<'_>, area: Rect, row: &MoveRow, scroll: usize) {
    let inner = paint.panel(area, &format!("Movement {}.{}", row.sequence, row.index));
    let lines = [
        ("amount", format!("{} {}", row.amount, row.asset)),
        ("debit", row.debit.clone()),
        ("credit", row.credit.clone()),
        ("why", row.reason.clone()),
        ("task", row.task.map_or_else(|| "none".to_owned(), |task| format!("{task} (x traces it)"))),
        ("economy time", lasting(row.t_ms * 1_000_000)),
        ("entry", format!("{} of the journal, event {}", row.sequence, row.index)),
    ];
    let mut at = 0;
    for (name, text) in &lines {
        paint.text(inner, 1, at, name, Role::Dim);
        paint.text(inner, 15, at, text, Role::Plain);
        at += 1;
    }
    let below = Rect { y: inner.y + at.min(inner.height), height: inner.height.saturating_sub(at), ..inner };
    let behind = paint.panel(below, "Behind it: what the same entry made happen");
    let mut at = 0;
    for line in row.behind.iter().skip(scroll.min(row.behind.len())) {
        at = paint.wrapped(behind, at, &format!("● {line}"), Role::Plain);
    }
    if row.behind.is_empty() {
        paint.text(behind, 1, 0, "nothing else that is still kept, or that you may see", Role::Dim);
    }
}
