//! Overview: tiles, the price, what needs a look, what is under way, who earns.

use super::{Hit, Hits};
use crate::dashboard::state::Snapshot;
use crate::dashboard::state::alert::Level;
use crate::dashboard::state::sum::{lasting, percent};
use crate::dashboard::state::ui::Ui;
use crate::dashboard::theme::Role;
use crate::dashboard::widget::chart::{line, sparkline};
use crate::dashboard::widget::paint::Paint;
use crate::dashboard::widget::table::{Column, table};
use crate::text::count;
use ratatui::layout::Rect;

/// Draws it.
pub fn draw(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    let tiles = Rect { height: area.height.min(3), ..area };
    self::tiles(paint, tiles, snapshot);
    let rest = Rect { y: area.y + tiles.height, height: area.height - tiles.height, ..area };
    if ui.is_expanded {
        tasks(paint, rest, snapshot, ui, hits);
        return;
    }
    let upper = (rest.height * 9 / 20).max(4).min(rest.height);
    let is_wide = area.width >= 60;
    let left = if is_wide { area.width * 3 / 5 } else { area.width };
    let chart = Rect { width: left, height: upper, ..rest };
    let side = Rect { x: rest.x + left + 1, width: (area.width - left).saturating_sub(1), height: upper, ..rest };
    price(paint, chart, snapshot);
    let below = Rect { y: rest.y + upper, height: rest.height - upper, ..rest };
    if is_wide {
        alerts(paint, side, snapshot);
        tasks(paint, Rect { width: left, ..below }, snapshot, ui, hits);
        earners(paint, Rect { x: side.x, width: side.width, ..below }, snapshot);
    } else {
        let half = below.height / 2;
        tasks(paint, Rect { height: half, ..below }, snapshot, ui, hits);
        alerts(paint, Rect { y: below.y + half, height: below.height - half, ..below }, snapshot);
    }
}

fn tiles(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot) {
    let (figures, series) = (&snapshot.figures, &snapshot.series);
    let counts = |values: &[u64]| values.iter().map(|&value| i128::from(value)).collect::<Vec<_>>();
    let mut last = None;
    let prices: Vec<i128> = series
        .price
        .iter()
        .filter_map(|price| {
            last = price.map(|sum| sum.units).or(last);
            last
        })
        .collect();
    let (mark, role) = match figures.conserved {
        Some(true) => (" ✓", Role::Good),
        Some(false) => (" ✗ LOST", Role::Bad),
        None => (" ?", Role::Dim),
    };
    let price = figures.price.map_or_else(|| "-".to_owned(), |price| price.short());
    let supply: Vec<i128> = series.supply.iter().map(|sum| sum.units).collect();
    let value: Vec<i128> = series.settled_value.iter().map(|sum| sum.units).collect();
    let tiles = [
        ("open tasks", figures.open_tasks.to_string(), "", Role::Plain, counts(&series.open_tasks)),
        (
            if area.width < 100 { "settled" } else { "settled value" },
            figures.settled_value.short(),
            "",
            Role::Plain,
            value,
        ),
        ("price", price, "", Role::Plain, prices),
        ("agents", figures.agents.to_string(), "", Role::Plain, counts(&series.agents)),
        ("people", figures.people.to_string(), "", Role::Plain, counts(&series.people)),
        (if area.width < 100 { "supply" } else { "money supply" }, figures.supply.short(), mark, role, supply),
    ];
    let wide = area.width / 6;
    for (place, (name, value, mark, role, values)) in (0u16..).zip(&tiles) {
        let tile = Rect { x: area.x + place * wide, width: wide.saturating_sub(1), ..area };
        paint.text(tile, 1, 0, name, Role::Dim);
        let end = paint.text(tile, 1, 1, value, Role::Figure);
        paint.text(tile, end, 1, mark, *role);
        let bars = sparkline(values, usize::from(tile.width.saturating_sub(1)));
        paint.text(tile, 1, 2, &bars, Role::Line);
    }
}

fn price(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot) {
    let (figures, series) = (&snapshot.figures, &snapshot.series);
    let title = match (figures.price_mean, figures.price_low, figures.price_high) {
        (Some(mean), Some(low), Some(high)) => {
            format!("Price in {} · mean {} · {} to {}", figures.asset, mean.short(), low.short(), high.short())
        }
        _ => "Price".to_owned(),
    };
    let inner = paint.panel(area, &title);
    let steps = series.price.len() as u64;
    let from = lasting(series.begins_ms * 1_000_000);
    let to = lasting((series.begins_ms + steps * series.step_ms) * 1_000_000);
    line(paint, inner, &series.price, &from, &to);
}

fn alerts(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot) {
    let inner = paint.panel(area, &format!("Alerts · {}", snapshot.alerts.len()));
    let mut row = 0;
    for alert in &snapshot.alerts {
        let (sign, role) = match alert.level {
            Level::Alarm => ("!!", Role::Bad),
            Level::Watch => ("!", Role::Warn),
        };
        row = paint.wrapped(inner, row, &format!("{sign} {} ({} {})", alert.text, alert.number, alert.bound), role);
    }
    if snapshot.alerts.is_empty() {
        paint.text(inner, 1, 0, "✓ nothing out of the ordinary", Role::Good);
        let figures = &snapshot.figures;
        let counted = [(figures.bids, "bid"), (figures.awards, "award"), (figures.offers, "offer")];
        let line = counted.map(|(n, word)| count(n, word)).join(" · ");
        paint.text(inner, 1, 1, &line, Role::Dim);
        let fee = format!("fee {} · {}", percent(figures.fee), count(figures.organisations, "organisation"));
        paint.text(inner, 1, 2, &fee, Role::Dim);
        if let Some(you) = &snapshot.you {
            let money: Vec<_> = you.balances.iter().map(|row| format!("{} {}", row.available, row.asset)).collect();
            paint.text(inner, 1, 3, &format!("you are {}: {}", you.name, money.join(", ")), Role::Dim);
        }
    }
}

fn tasks(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    let inner = paint.panel(area, &format!("Tasks · {} under way", snapshot.tasks_open));
    let columns = [
        Column::text("task", 6),
        Column::text("state", 12),
        Column::flexible("wants", 8, 1),
        Column::number("left", 7),
        Column::number("price", 8),
        Column::text("worker", 12).from(70),
    ];
    let rows = table(paint, inner, &columns, snapshot.tasks.len(), ui.chosen(snapshot), |place| {
        let row = &snapshot.tasks[place];
        let left = row.left_ms.map_or_else(|| "-".to_owned(), |left| lasting(left * 1_000_000));
        let price = row.price.or(row.best).map_or_else(|| "-".to_owned(), |price| price.short());
        let role = if row.over { Role::Dim } else { Role::Plain };
        vec![
            (row.task.to_string(), role),
            (super::market::state(row), super::market::state_role(row)),
            (row.wants.clone(), role),
            (left, role),
            (price, Role::Money),
            (row.worker.clone().unwrap_or_default(), role),
        ]
    });
    hits.extend(rows.into_iter().map(|(area, place)| (area, Hit::Row(place))));
    if snapshot.tasks.is_empty() {
        paint.text(inner, 1, 1, "no task yet; n posts one", Role::Dim);
    }
}

fn earners(paint: &mut Paint<'_>, area: Rect, snapshot: &Snapshot) {
    let inner = paint.panel(area, "Top earners");
    let columns = [
        Column::flexible("name", 8, 1),
        Column::number("earned", 8),
        Column::number("done", 5),
        Column::number("rep", 4),
    ];
    table(paint, inner, &columns, snapshot.earners.len(), None, |place| {
        let row = &snapshot.earners[place];
        vec![
            (row.name.clone(), Role::Plain),
            (row.earned.short(), Role::Money),
            (row.settled.to_string(), Role::Plain),
            (percent(row.reputation), Role::Plain),
        ]
    });
    if snapshot.earners.is_empty() {
        paint.text(inner, 1, 1, "nobody was paid yet", Role::Dim);
    }
}
