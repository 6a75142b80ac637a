//! Tables: columns that keep their places whatever is written in them, and a chosen row with a mark before it.

use super::paint::Paint;
use crate::dashboard::theme::Role;
use crate::text::column;
use ratatui::layout::Rect;

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// How wide it is; one that is flexible is at least so wide.
    pub wide: u16,
    /// Its part of the room that is left.
    pub flex: u16,
    /// Whether numbers stand in it.
    pub is_number: bool,
    /// From which width of the table on it is shown.
    pub from: u16,
}

impl Column {
    /// Text of a fixed width.
    #[must_use]
    pub const fn text(name: &'static str, wide: u16) -> Self {
        Self { name, wide, flex: 0, is_number: false, from: 0 }
    }

    /// Numbers.
    #[must_use]
    pub const fn number(name: &'static str, wide: u16) -> Self {
        Self { name, wide, flex: 0, is_number: true, from: 0 }
    }

    /// Text that takes what is left.
    #[must_use]
    pub const fn flexible(name: &'static str, wide: u16, flex: u16) -> Self {
        Self { name, wide, flex, is_number: false, from: 0 }
    }

    /// Only in tables that are at least so wide.
    #[must_use]
    pub const fn from(self, from: u16) -> Self {
        Self { from, ..self }
    }
}

/// A cell: its text, and its role.
pub type Cell = (String, Role);

/// Where each shown row is, with its place among all rows.
pub type Shown = Vec<(Rect, usize)>;

/// Draws a table with its head; scrolls so that the chosen row is seen.
pub fn table(
    paint: &mut Paint<'_>,
    area: Rect,
    columns: &[Column],
    all: usize,
    chosen: Option<usize>,
    row: impl Fn(usize) -> Vec<Cell>,
) -> Shown {
    let area = paint.within(area);
    let mut shown = Vec::new();
    if area.height == 0 || area.width < 3 {
        return shown;
    }
    let widths = widths(columns, area.width - 2);
    let mut at = 2;
    for (column_of, &wide) in columns.iter().zip(&widths) {
        if wide > 0 {
            let name = column(column_of.name, usize::from(wide), column_of.is_number);
            paint.text(area, at, 0, &name, Role::Dim);
            at += wide + 1;
        }
    }
    let room = usize::from(area.height - 1);
    let first = chosen.map_or(0, |chosen| (chosen + 1).saturating_sub(room));
    for (line, place) in (1u16..).zip((first..all).take(room)) {
        let is_chosen = chosen == Some(place);
        let here = Rect { y: area.y + line, height: 1, ..area };
        if is_chosen {
            paint.row(here, 0, Role::Chosen);
            paint.text(here, 0, 0, "▶ ", Role::Chosen);
        }
        let mut at = 2;
        for (((text, role), column_of), &wide) in row(place).iter().zip(columns).zip(&widths) {
            if wide > 0 {
                let text = column(text, usize::from(wide), column_of.is_number);
                paint.text(here, at, 0, &text, if is_chosen { Role::Chosen } else { *role });
                at += wide + 1;
            }
        }
        shown.push((here, place));
    }
    if all > room && area.width > 20 {
        let last = (first + room).min(all);
        let place = format!(" {}–{last} of {all} ", first + 1);
        paint.right(Rect { y: area.y.saturating_sub(1), height: 1, ..area }, 0, &place, Role::Dim);
    }
    shown
}

/// How wide each column is; none for those that are not shown.
fn widths(columns: &[Column], room: u16) -> Vec<u16> {
    let mut widths: Vec<u16> =
        columns.iter().map(|column| if room + 2 >= column.from { column.wide } else { 0 }).collect();
    let gaps = |widths: &[u16]| u16::try_from(widths.iter().filter(|wide| **wide > 0).count()).unwrap_or(0);
    // What does not fit goes, from the right.
    while widths.iter().sum::<u16>() + gaps(&widths).saturating_sub(1) > room {
        match widths.iter().rposition(|wide| *wide > 0) {
            Some(0) | None => {
                if let Some(first) = widths.first_mut() {
                    *first = (*first).min(room);
                }
                return widths;
            }
            Some(last) => widths[last] = 0,
        }
    }
    let mut left = room - widths.iter().sum::<u16>() - gaps(&widths).saturating_sub(1);
    let mut parts: u16 =
        columns.iter().zip(&widths).filter(|(_, wide)| **wide > 0).map(|(column, _)| column.flex).sum();
    for (column, wide) in columns.iter().zip(&mut widths) {
        if *wide > 0 && column.flex > 0 && parts > 0 {
            let more = left * column.flex / parts;
            *wide += more;
            left -= more;
            parts -= column.flex;
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_room_and_give_way_from_the_right() {
        let columns = [Column::text("a", 4), Column::flexible("b", 6, 1), Column::number("c", 5)];
        assert_eq!(widths(&columns, 40), [4, 29, 5]);
        assert_eq!(widths(&columns, 12), [4, 7, 0]);
        assert_eq!(widths(&columns, 3), [3, 0, 0]);
        assert_eq!(widths(&columns, 0), [0, 0, 0]);
    }
}
