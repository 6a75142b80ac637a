//! Pictures: a drawing as plain text or as SVG, without a terminal.

use super::screen::draw;
use super::state::{Snapshot, Ui};
use super::theme::Theme;
use crate::text::width;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;

/// The cells of a drawing of this size.
#[must_use]
pub fn cells(snapshot: &Snapshot, ui: &Ui, columns: u16, rows: u16) -> Buffer {
    let mut cells = Buffer::empty(Rect { x: 0, y: 0, width: columns, height: rows });
    draw(snapshot, ui, &mut cells);
    cells
}

/// A drawing as lines of text, without spaces at their ends.
#[must_use]
pub fn text(cells: &Buffer) -> String {
    let mut text = String::new();
    for y in cells.area.top()..cells.area.bottom() {
        let mut line = String::new();
        let mut x = cells.area.left();
        while let Some(cell) = cells.cell((x, y)) {
            line.push_str(cell.symbol());
            x += wide(cell);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn wide(cell: &Cell) -> u16 {
    u16::try_from(width(cell.symbol())).unwrap_or(1).max(1)
}

/// How large a cell is, in the picture's own units.
const CELL: (u32, u32) = (9, 18);

/// A drawing as an SVG picture, with its colours and a title for those who do not see it.
#[must_use]
pub fn svg(cells: &Buffer, theme: Theme, title: &str) -> String {
    let (paper, ink) = match theme {
        Theme::Dark => ("#14171c", "#d7dae0"),
        Theme::Light => ("#ffffff", "#000000"),
        Theme::HighContrast => ("#000000", "#ffffff"),
        Theme::Mono => ("#1b1b1b", "#e4e4e4"),
    };
    let (across, down) = (u32::from(cells.area.width) * CELL.0, u32::from(cells.area.height) * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 {} {}\" role=\"img\" font-size=\"15\" \
         font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC',monospace\">\n\
         <title>{}</title>\n\
         <rect x=\"-12\" y=\"-12\" width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{paper}\"/>\n",
        across + 24,
        down + 24,
        escaped(title),
    );
    for y in 0..cells.area.height {
        let mut x = 0;
        while x < cells.area.width {
            let Some(first) = cells.cell((x, y)) else { break };
            let (mut run, mut end) = (String::new(), x);
            while let Some(cell) = cells.cell((end, y)) {
                let plain = wide(cell) == 1 && cell.symbol().is_ascii();
                if !same(cell, first) || (end > x && (!plain || !first.symbol().is_ascii())) {
                    break;
                }
                run.push_str(cell.symbol());
                end += wide(cell);
                if !plain {
                    break;
                }
            }
            write_run(&mut svg, first, &run, (x, y, end.max(x + 1) - x), (paper, ink));
            x = end.max(x + 1);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn same(one: &Cell, other: &Cell) -> bool {
    (one.fg, one.bg, one.modifier) == (other.fg, other.bg, other.modifier)
}

fn write_run(svg: &mut String, cell: &Cell, run: &str, at: (u16, u16, u16), ground: (&str, &str)) {
    let (x, y, columns) = (u32::from(at.0) * CELL.0, u32::from(at.1) * CELL.1, u32::from(at.2) * CELL.0);
    let (mut fill, mut ink) = (color(cell.bg).map_or(ground.0, |c| c), color(cell.fg).map_or(ground.1, |c| c));
    if cell.modifier.contains(Modifier::REVERSED) {
        (fill, ink) = (ink, fill);
    }
    if fill != ground.0 {
        let high = CELL.1;
        let _ = writeln!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{columns}\" height=\"{high}\" fill=\"{fill}\"/>");
    }
    if run.trim().is_empty() {
        return;
    }
    let bold = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let dim = if cell.modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let line = if cell.modifier.contains(Modifier::UNDERLINED) { " text-decoration=\"underline\"" } else { "" };
    let base = y + 14;
    let _ = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{base}\" fill=\"{ink}\" textLength=\"{columns}\" lengthAdjust=\"spacingAndGlyphs\" \
         xml:space=\"preserve\"{bold}{dim}{line}>{}</text>",
        escaped(run)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const fn color(color: Color) -> Option<&'static str> {
    Some(match color {
        Color::Black => "#14171c",
        Color::Red => "#b3261e",
        Color::Green => "#7ec97e",
        Color::Yellow => "#e0b45c",
        Color::Blue => "#1d4ed8",
        Color::Magenta => "#b48ead",
        Color::Cyan => "#56b6c2",
        Color::Gray => "#9aa2ad",
        Color::DarkGray => "#59616c",
        Color::LightRed => "#ff7b72",
        Color::LightGreen => "#9ece6a",
        Color::LightYellow => "#ffe066",
        Color::LightBlue => "#7aa2f7",
        Color::LightMagenta => "#d2a8ff",
        Color::LightCyan => "#7dcfff",
        Color::White => "#ffffff",
        Color::Indexed(236) => "#2a2f37",
        Color::Indexed(22) => "#14532d",
        Color::Indexed(94) => "#7c4a03",
        Color::Indexed(252) => "#d4d7dc",
        Color::Indexed(_) | Color::Rgb(..) | Color::Reset => return None,
    })
}
