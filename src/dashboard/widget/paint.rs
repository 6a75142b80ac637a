//! Paint: text onto cells, cut at the edge of its rectangle, with wide characters counted as they are wide.
//!
//! Invariant: nothing is written outside of the given rectangle, and a rectangle may be empty or beyond the picture.

use crate::dashboard::theme::{Role, Theme};
use crate::text::{clip, width};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A picture with a look.
pub struct Paint<'a> {
    /// The picture.
    pub cells: &'a mut Buffer,
    /// The look.
    pub theme: Theme,
}

impl Paint<'_> {
    /// A part of the picture that is really there.
    #[must_use]
    pub fn within(&self, area: Rect) -> Rect {
        area.intersection(self.cells.area)
    }

    /// A style.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Writes into row `row` of `area`, beginning at its column `column`; says at which column it ended.
    pub fn text(&mut self, area: Rect, column: u16, row: u16, text: &str, role: Role) -> u16 {
        let style = self.style(role);
        self.styled(area, column, row, text, style)
    }

    /// The same with a style of its own.
    pub fn styled(&mut self, area: Rect, column: u16, row: u16, text: &str, style: Style) -> u16 {
        let area = self.within(area);
        if row >= area.height || column >= area.width {
            return column;
        }
        let room = usize::from(area.width - column);
        let text = clip(text, room);
        self.cells.set_stringn(area.x + column, area.y + row, &text, room, style);
        column.saturating_add(u16::try_from(width(&text)).unwrap_or(u16::MAX))
    }

    /// Writes at the right edge of a row.
    pub fn right(&mut self, area: Rect, row: u16, text: &str, role: Role) {
        let wide = u16::try_from(width(text)).unwrap_or(u16::MAX);
        self.text(area, area.width.saturating_sub(wide), row, text, role);
    }

    /// Writes parts of different roles one after another.
    pub fn parts(&mut self, area: Rect, row: u16, parts: &[(&str, Role)]) {
        let mut column = 0;
        for (text, role) in parts {
            column = self.text(area, column, row, text, *role);
        }
    }

    /// Gives a whole row a role.
    pub fn row(&mut self, area: Rect, row: u16, role: Role) {
        let area = self.within(area);
        if row < area.height {
            let style = self.style(role);
            self.cells.set_style(Rect { y: area.y + row, height: 1, ..area }, style);
        }
    }

    /// A line across with a name on it; gives what is below it.
    pub fn panel(&mut self, area: Rect, title: &str) -> Rect {
        let inner = self.within(area);
        if inner.height == 0 {
            return inner;
        }
        let line = "─".repeat(usize::from(inner.width));
        self.text(inner, 0, 0, &line, Role::Frame);
        if inner.width > 4 {
            let named = format!(" {} ", clip(title, usize::from(inner.width) - 4));
            self.text(inner, 1, 0, &named, Role::Title);
        }
        Rect { y: inner.y + 1, height: inner.height - 1, ..inner }
    }

    /// A box in the middle of the picture, emptied, with a frame and a name; gives its inside.
    pub fn dialog(&mut self, title: &str, columns: u16, rows: u16) -> Rect {
        let all = self.cells.area;
        let (wide, high) = (columns.saturating_add(4).min(all.width), rows.saturating_add(2).min(all.height));
        let area = Rect { x: (all.width - wide) / 2, y: (all.height - high) / 2, width: wide, height: high };
        let ground = self.theme.ground();
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.cells.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(ground);
                }
            }
        }
        if wide < 4 || high < 3 {
            return area;
        }
        let line = "─".repeat(usize::from(wide) - 2);
        self.text(area, 0, 0, &format!("┌{line}┐"), Role::Title);
        for row in 1..high - 1 {
            self.text(area, 0, row, "│", Role::Title);
            self.text(area, wide - 1, row, "│", Role::Title);
        }
        self.text(area, 0, high - 1, &format!("└{line}┘"), Role::Title);
        self.text(area, 2, 0, &clip(&format!(" {title} "), usize::from(wide) - 4), Role::Title);
        Rect { x: area.x + 2, y: area.y + 1, width: wide - 4, height: high - 2 }
    }

    /// Writes a text over as many rows as it needs, from `row` on; gives the row behind it.
    pub fn wrapped(&mut self, area: Rect, row: u16, text: &str, role: Role) -> u16 {
        let mut row = row;
        for line in wrap(text, usize::from(area.width)) {
            if row >= area.height {
                break;
            }
            self.text(area, 0, row, &line, role);
            row += 1;
        }
        row
    }
}

/// A text in lines of at most so many columns, broken between words where there are any.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    if columns == 0 {
        return lines;
    }
    for word in text.split(' ') {
        let mut word = word;
        let mut room = columns.saturating_sub(width(lines.last().map_or("", String::as_str)));
        if let Some(last) = lines.last_mut()
            && !last.is_empty()
        {
            if width(word) < room {
                last.push(' ');
                last.push_str(word);
                continue;
            }
            lines.push(String::new());
            room = columns;
        }
        // A word longer than a line is broken where it must be.
        while width(word) > room {
            let mut taken = 0;
            let cut = word.char_indices().find(|(_, c)| {
                taken += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
                taken > room
            });
            let at = cut.map_or(word.len(), |(at, _)| at).max(word.chars().next().map_or(0, char::len_utf8));
            let (head, rest) = word.split_at(at);
            if let Some(last) = lines.last_mut() {
                last.push_str(head);
            }
            word = rest;
            lines.push(String::new());
            room = columns;
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_between_words_and_within_those_that_are_too_long() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("家家家", 4), ["家家", "家"]);
        for columns in 0..6 {
            assert!(!wrap("家 a bb ccc 🦀🦀", columns).is_empty());
        }
    }
}
