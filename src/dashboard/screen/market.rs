//! Market: the tasks, and of the chosen one its bids with their scores and its life with the money that moved.

use super::{Hit, Hits};
use crate::dashboard::state::Snapshot;
use crate::dashboard::state::snapshot::TaskRow;
use crate::dashboard::state::sum::{Sum, lasting, percent};
use crate::dashboard::state::ui::Ui;
use crate::dashboard::theme::Role;
use crate::dashboard::widget::paint::Paint;
use crate::dashboard::widget::table::{Column, table};
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    let chosen = ui.chosen(snapshot);
    let row = chosen.and_then(|place| snapshot.tasks.get(place));
    if let (true, Some(row)) = (ui.pane().is_open, row) {
        task(paint, area, row, ui.pane().scroll);
        return;
    }
    let (list, detail) = if ui.is_expanded || row.is_none() {
        (area, None)
    } else if area.width >= 120 {
        let left = area.width / 2;
        let detail = Rect { x: area.x + left + 1, width: area.width - left - 1, ..area };
        (Rect { width: left, ..area }, Some(detail))
    } else if area.height >= 12 {
        let upper = area.height / 2;
        (Rect { height: upper, ..area }, Some(Rect { y: area.y + upper, height: area.height - upper, ..area }))
    } else {
        (area, None)
    };
    let inner = paint.panel(list, &format!("Tasks · {} under way", snapshot.tasks_open));
    let columns = [
        Column::text("task", 6),
        Column::text("state", 12),
        Column::flexible("wants", 10, 2),
        Column::number("left", 7),
        Column::number("bids", 4),
        Column::number("best", 8),
        Column::number("budget", 8),
        Column::flexible("poster", 8, 1).from(78),
        Column::text("rule", 12).from(100),
    ];
    let rows = table(paint, inner, &columns, snapshot.tasks.len(), chosen, |place| {
        let row = &snapshot.tasks[place];
        let role = if row.over { Role::Dim } else { Role::Plain };
        let dash = || "-".to_owned();
        vec![
            (row.task.to_string(), role),
            (state(row), state_role(row)),
            (row.wants.clone(), role),
            (row.left_ms.map_or_else(dash, |left| lasting(left * 1_000_000)), role),
            (row.bids.to_string(), role),
            (row.best.map_or_else(dash, |best| best.short()), Role::Money),
            (row.budget.short(), Role::Money),
            (if row.yours { format!("{} (you)", row.poster) } else { row.poster.clone() }, role),
            (row.mechanism.to_owned(), role),
        ]
    });
    hits.extend(rows.into_iter().map(|(area, place)| (area, Hit::Row(place))));
    if snapshot.tasks.is_empty() {
        let what =
            if ui.pane().filter.is_empty() { "no task yet; n posts one" } else { "no task has this in its line" };
        paint.text(inner, 1, 1, what, Role::Dim);
    }
    if let (Some(area), Some(row)) = (detail, row) {
        task(paint, area, row, 0);
    }
}

/// A task's state in one word, with a sign for what is over.
#[must_use]
pub fn state(row: &TaskRow) -> String {
    let sign = match row.phase {
        "Settled" => "✓ ",
        "Defaulted" | "Expired" | "NoAward" | "Rejected" | "Cancelled" => "✗ ",
        _ => "· ",
    };
    let word = match row.phase {
        "PendingApproval" => "approval",
        "AwardOffered" => "offered",
        "Evaluating" => "evaluating",
        "NoAward" => "no award",
        other => return format!("{sign}{}", other.to_lowercase()),
    };
    format!("{sign}{word}")
}

/// The role of a state.
#[must_use]
pub fn state_role(row: &TaskRow) -> Role {
    match row.phase {
        "Settled" => Role::Good,
        "Defaulted" | "Expired" => Role::Bad,
        "PendingApproval" | "Submitted" => Role::Warn,
        _ if row.over => Role::Dim,
        _ => Role::Plain,
    }
}

/// A task from within: bids on one side, its life on the other, or below.
fn task(paint: &mut Paint<'_>, area: Rect, row: &TaskRow, scroll: usize) {
    let title = format!("{} · {} · {} · {}", row.task, row.wants, state(row).trim_start_matches("· "), row.mechanism);
    let inner = paint.panel(area, &title);
    let money = &row.money;
    let mut parts: Vec<String> = vec![format!("budget {} {}", row.budget, row.asset)];
    let of = |name: &str, sum: &Sum| (sum.units != 0).then(|| format!("{name} {sum}"));
    parts.extend(of("held", &money.hold));
    parts.extend(of("escrow", &money.escrow));
    parts.extend(of("deposits", &money.deposits));
    parts.extend(of("bond", &money.bond));
    parts.extend(row.left_ms.map(|left| format!("{} left", lasting(left * 1_000_000))));
    paint.text(inner, 1, 0, &parts.join(" · "), Role::Money);
    let mut top = 1;
    if let Some(input) = &row.input {
        paint.text(inner, 1, 1, &format!("asks: {input}"), Role::Plain);
        top += 1;
    }
    let rest = Rect { y: inner.y + top, height: inner.height.saturating_sub(top), ..inner };
    if area.width >= 76 {
        let left = rest.width * 2 / 5;
        bids(paint, Rect { width: left, ..rest }, row);
        let life = Rect { x: rest.x + left + 1, width: rest.width - left - 1, ..rest };
        self::life(paint, life, row, scroll);
    } else {
        let upper = (u16::try_from(row.offers.len()).unwrap_or(u16::MAX).saturating_add(2)).min(rest.height / 2);
        bids(paint, Rect { height: upper, ..rest }, row);
        self::life(paint, Rect { y: rest.y + upper, height: rest.height - upper, ..rest }, row, scroll);
    }
}

fn bids(paint: &mut Paint<'_>, area: Rect, row: &TaskRow) {
    let inner = paint.panel(area, &format!("Bids · {}", row.offers.len()));
    let columns = [
        Column::number("#", 2),
        Column::flexible("bidder", 7, 1),
        Column::number("price", 7),
        Column::number(if row.scores() { "score" } else { "saves" }, 5),
        Column::number("rep", 4),
    ];
    table(paint, inner, &columns, row.offers.len(), None, |place| {
        let bid = &row.offers[place];
        let role = if bid.won { Role::Good } else { Role::Plain };
        let dash = || "-".to_owned();
        let name = match (&bid.excluded, bid.won, bid.team) {
            (Some(why), ..) => format!("✗ {} ({why})", bid.bidder),
            (None, true, _) => format!("✓ {}", bid.bidder),
            (None, false, true) => format!("{} (team)", bid.bidder),
            (None, false, false) => bid.bidder.clone(),
        };
        vec![
            (bid.rank.map_or_else(dash, |rank| rank.to_string()), role),
            (name, role),
            (bid.price.map_or_else(|| "sealed".to_owned(), |price| price.short()), Role::Money),
            (bid.score.map_or_else(dash, percent), role),
            (bid.reputation.map_or_else(dash, percent), role),
        ]
    });
    if row.offers.is_empty() {
        paint.text(inner, 2, 1, "no bid yet", Role::Dim);
    }
}

fn life(paint: &mut Paint<'_>, area: Rect, row: &TaskRow, scroll: usize) {
    let title = if row.left_out > 0 { format!("Life · {} left out", row.left_out) } else { "Life".to_owned() };
    let inner = paint.panel(area, &title);
    let room = usize::from(inner.height);
    let all = row.story.len();
    // From its end, where it goes on; scrolled back from there.
    let first = all.saturating_sub(room).saturating_sub(scroll.min(all.saturating_sub(room)));
    let begins = row.story.first().map_or(0, |line| line.t_ms);
    for (at, line) in (0u16..).zip(row.story.iter().skip(first).take(room)) {
        let since = lasting(line.t_ms.saturating_sub(begins) * 1_000_000);
        let end = paint.text(inner, 0, at, &format!("{} ", crate::text::column(&since, 7, true)), Role::Dim);
        let (sign, role) = if line.money { ("$ ", Role::Money) } else { ("● ", Role::Plain) };
        let end = paint.text(inner, end, at, sign, role);
        paint.text(inner, end, at, &line.text, role);
    }
}
