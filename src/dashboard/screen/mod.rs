//! Screens: each is a pure function of a snapshot and the state of the hand. Here is what all have: bar and foot.

pub mod events;
pub mod inbox;
pub mod ledger;
pub mod market;
pub mod overview;
pub mod people;

use super::keys::Key;
use super::state::Snapshot;
use super::state::sum::lasting;
use super::state::ui::{Mode, Screen, Ui};
use super::theme::Role;
use super::widget::dialog;
use super::widget::paint::Paint;
use crate::text::{clip, width};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What a click on a place means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// To a screen.
    Screen(Screen),
    /// A row, by its place.
    Row(usize),
    /// A key's name in the foot.
    Key(Key),
    /// A part of a replay, in thousandths.
    Part(u64),
}

/// Where clicks mean something; the last that fits counts.
pub type Hits = Vec<(Rect, Hit)>;

/// Draws everything. The same snapshot and hand give the same picture.
pub fn draw(snapshot: &Snapshot, ui: &Ui, cells: &mut Buffer) -> Hits {
    let all = cells.area;
    let ground = ui.theme.ground();
    cells.set_style(all, ground);
    let mut paint = Paint { cells, theme: ui.theme };
    let mut hits = Hits::new();
    bar(&mut paint, all, snapshot, ui, &mut hits);
    let feet = 1 + u16::from(snapshot.player.is_some());
    let body = Rect { y: 1, height: all.height.saturating_sub(1 + feet), ..all };
    match ui.screen {
        Screen::Overview => overview::draw(&mut paint, body, snapshot, ui, &mut hits),
        Screen::Market => market::draw(&mut paint, body, snapshot, ui, &mut hits),
        Screen::People => people::draw(&mut paint, body, snapshot, ui, &mut hits),
        Screen::Ledger => ledger::draw(&mut paint, body, snapshot, ui, &mut hits),
        Screen::Inbox => inbox::draw(&mut paint, body, snapshot, ui, &mut hits),
        Screen::Events => events::draw(&mut paint, body, snapshot, ui, &mut hits),
    }
    if all.height > feet + 1 {
        player(&mut paint, all, snapshot, &mut hits);
        foot(&mut paint, all, snapshot, ui, &mut hits);
    }
    let is_replay = snapshot.player.is_some();
    match &ui.mode {
        Mode::Look | Mode::Filter => {}
        Mode::Help => dialog::help(&mut paint, ui.screen, is_replay),
        Mode::Palette { text, place } => dialog::palette(&mut paint, text, *place, is_replay),
        Mode::Form(form) => dialog::form(&mut paint, form),
        Mode::Confirm { lines, .. } => dialog::confirm(&mut paint, lines),
    }
    if ui.is_ascii {
        plain(paint.cells);
    }
    hits
}

fn bar(paint: &mut Paint<'_>, all: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    paint.row(all, 0, Role::Bar);
    let mut column = 0;
    for (number, screen) in (1..).zip(Screen::ALL) {
        let waiting = if screen == Screen::Inbox && !snapshot.inbox.is_empty() {
            format!("({})", snapshot.inbox.len())
        } else {
            String::new()
        };
        let mark = if ui.screen == screen { '[' } else { ' ' };
        let end = if ui.screen == screen { ']' } else { ' ' };
        let text = format!("{mark}{number} {}{waiting}{end}", screen.name());
        let role = if ui.screen == screen { Role::Here } else { Role::Bar };
        let end = paint.text(all, column, 0, &text, role);
        hits.push((Rect { x: column, y: 0, width: end.saturating_sub(column), height: 1 }, Hit::Screen(screen)));
        column = end;
    }
    let state = match (&snapshot.trouble, &snapshot.player) {
        _ if ui.is_frozen => "FROZEN".to_owned(),
        (Some(_), _) => "AWAY".to_owned(),
        (None, Some(player)) if player.is_playing => format!("PLAY {}/s", player.speed),
        (None, Some(_)) => "PAUSE".to_owned(),
        (None, None) if snapshot.replay.is_some() => format!("RECORDED {}", snapshot.sequence),
        (None, None) => snapshot.reading.map_or_else(|| "LIVE".to_owned(), |part| format!("READING {part}%")),
    };
    let room = usize::from(all.width.saturating_sub(column + 1));
    let long = format!("{} · {state} ", snapshot.economy);
    let text = if width(&long) <= room { long } else { format!("{state} ") };
    if width(&text) <= room {
        paint.right(all, 0, &text, Role::Bar);
    }
}

fn foot(paint: &mut Paint<'_>, all: Rect, snapshot: &Snapshot, ui: &Ui, hits: &mut Hits) {
    let row = all.height - 1;
    paint.row(all, row, Role::Bar);
    if ui.mode == Mode::Filter {
        paint.text(all, 1, row, &format!("/{}_   Enter keeps it, Esc clears it", ui.pane().filter), Role::Here);
        return;
    }
    if let Some((is_good, text)) = &ui.message {
        let mark = if *is_good { "·" } else { "!" };
        paint.text(all, 1, row, &format!("{mark} {text}"), if *is_good { Role::Bar } else { Role::Here });
        return;
    }
    if let Some(trouble) = &snapshot.trouble {
        paint.text(all, 1, row, &format!("! {trouble}"), Role::Here);
        return;
    }
    let mut keys: Vec<(&str, Key, &str)> = match ui.screen {
        Screen::Overview => vec![("Enter", Key::Enter, "task")],
        Screen::Market => {
            vec![("Enter", Key::Enter, "story"), ("b", Key::Char('b'), "bid"), ("n", Key::Char('n'), "post")]
        }
        Screen::People => vec![("Enter", Key::Enter, "whole row")],
        Screen::Ledger => vec![("Enter", Key::Enter, "unfold"), ("x", Key::Char('x'), "trace")],
        Screen::Inbox => vec![
            ("a", Key::Char('a'), "yes"),
            ("r", Key::Char('r'), "no"),
            ("d", Key::Char('d'), "deliver"),
            ("n", Key::Char('n'), "post"),
        ],
        Screen::Events => vec![("Enter", Key::Enter, "whole row"), ("x", Key::Char('x'), "trace")],
    };
    keys.extend([
        ("?", Key::Char('?'), "keys"),
        ("/", Key::Char('/'), "filter"),
        (":", Key::Char(':'), "commands"),
        ("q", Key::Char('q'), "quit"),
        ("s", Key::Char('s'), "sort"),
        ("f", Key::Char('f'), "freeze"),
        ("t", Key::Char('t'), "theme"),
    ]);
    let mut column = 1;
    let filter = &ui.pane().filter;
    if !filter.is_empty() {
        column = paint.text(all, column, row, &clip(&format!("/{filter}"), 24), Role::Here) + 1;
    }
    for (name, key, what) in keys {
        let wide = u16::try_from(width(name) + width(what) + 1).unwrap_or(u16::MAX);
        if column + wide > all.width {
            break;
        }
        let begins = column;
        column = paint.text(all, column, row, name, Role::Here);
        column = paint.text(all, column, row, &format!(" {what}"), Role::Bar);
        hits.push((Rect { x: begins, y: row, width: column.saturating_sub(begins), height: 1 }, Hit::Key(key)));
        column += 2;
    }
}

/// The line of a replay: where it stands, its marks, what it stands at.
fn player(paint: &mut Paint<'_>, all: Rect, snapshot: &Snapshot, hits: &mut Hits) {
    let Some(player) = &snapshot.player else { return };
    let row = all.height - 2;
    let last = player.last.unwrap_or(snapshot.sequence).max(1);
    let sign = if player.is_playing { "▶" } else { "‖" };
    let seeking = match player.seeking {
        Some(u64::MAX) => " → end".to_owned(),
        Some(to) => format!(" → {to}"),
        None => String::new(),
    };
    let time: u64 = snapshot.t_ns.parse().unwrap_or(0);
    let of = player.last.map_or(String::new(), |last| format!(" of {last}"));
    let text = format!(" {sign} {}{seeking}{of} · {}", snapshot.sequence, lasting(time));
    let end = paint.text(all, 0, row, &text, Role::Figure) + 1;
    let room = all.width.saturating_sub(end + 1);
    if room < 8 {
        return;
    }
    let track = Rect { x: end, y: row, width: room, height: 1 };
    let cell = |sequence: u64| {
        let at = sequence.saturating_mul(u64::from(room) - 1) / last;
        u16::try_from(at).unwrap_or(0).min(room - 1)
    };
    let here = cell(snapshot.sequence);
    for column in 0..room {
        let (sign, role) = if column < here { ("━", Role::Line) } else { ("─", Role::Frame) };
        paint.text(track, column, 0, sign, role);
        let part = u64::from(column) * 1_000 / u64::from(room - 1).max(1);
        hits.push((Rect { x: end + column, y: row, width: 1, height: 1 }, Hit::Part(part)));
    }
    for mark in &player.markers {
        paint.text(track, cell(*mark), 0, "◆", Role::Warn);
    }
    paint.text(track, here, 0, "●", Role::Figure);
}

/// Everything in ASCII, cell by cell; what has no likeness becomes `?`.
fn plain(cells: &mut Buffer) {
    let area = cells.area;
    for y in area.top()..area.bottom() {
        let mut x = area.left();
        while x < area.right() {
            let Some(cell) = cells.cell_mut((x, y)) else { break };
            let symbol = cell.symbol().to_owned();
            let wide = width(&symbol).max(1);
            if !symbol.is_ascii() {
                let like = likeness(&symbol);
                cell.set_symbol(like);
                for more in 1..u16::try_from(wide).unwrap_or(1) {
                    if let Some(cell) = cells.cell_mut((x + more, y)) {
                        cell.set_symbol(like);
                    }
                }
            }
            x = x.saturating_add(u16::try_from(wide).unwrap_or(1));
        }
    }
}

fn likeness(symbol: &str) -> &'static str {
    let Some(c) = symbol.chars().next() else { return " " };
    match c {
        '─' | '━' | '–' | '—' => "-",
        '│' => "|",
        '┌' | '┐' | '└' | '┘' | '├' | '┤' => "+",
        '▶' | '→' | '›' => ">",
        '←' | '‹' => "<",
        '↑' => "^",
        '↓' => "v",
        '…' => "~",
        '·' => ".",
        '✓' => "*",
        '✗' => "x",
        '●' => "O",
        '◆' => "*",
        '‖' => "=",
        '≠' => "#",
        '▁' | '▂' => ".",
        '▃' | '▄' => "-",
        '▅' | '▆' => "=",
        '▇' | '█' => "#",
        '\u{2800}'..='\u{28ff}' => "*",
        _ => "?",
    }
}
