//! Dialogs: the keys of a screen, the palette, a form, a question with yes and no.

use super::form::Form;
use super::paint::{Paint, wrap};
use crate::dashboard::keys::{commands, found};
use crate::dashboard::state::ui::Screen;
use crate::dashboard::theme::Role;
use crate::text::clip;

/// Keys that have no letter.
const MOVES: [(&str, &str); 7] = [
    ("1–6", "go to a screen"),
    ("Tab", "the next screen"),
    ("↑ ↓ PgUp", "choose a row"),
    ("Enter", "into the row"),
    ("Esc", "back, clears a filter"),
    ("click wheel", "screens and rows"),
    ("Ctrl-C", "quit"),
];
/// The same where a run is replayed.
const REPLAY: [(&str, &str); 3] =
    [("← →", "an entry back or on"), ("< >", "a hundred entries"), ("Home End", "scrub; :N goes to N")];

/// The keys of a screen.
pub fn help(paint: &mut Paint<'_>, screen: Screen, is_replay: bool) {
    let mut lines: Vec<(String, &str)> = MOVES.iter().map(|(key, what)| ((*key).to_owned(), *what)).collect();
    if is_replay {
        lines.extend(REPLAY.iter().map(|(key, what)| ((*key).to_owned(), *what)));
    }
    let named = |c: char| if c == ' ' { "Space".to_owned() } else { c.to_string() };
    let own = commands(screen, is_replay).filter(|command| !command.what.starts_with("go to"));
    lines.extend(own.map(|command| (named(command.key), command.what)));
    let half = lines.len().div_ceil(2);
    let rows = u16::try_from(half + 2).unwrap_or(u16::MAX);
    let area = paint.dialog(&format!("Keys of {}", screen.name()), 74, rows);
    for (place, (key, what)) in lines.iter().enumerate() {
        let (column, row) = if place < half { (0, place) } else { (area.width / 2, place - half) };
        let row = u16::try_from(row).unwrap_or(u16::MAX);
        let end = paint.text(area, column, row, &crate::text::column(key, 12, false), Role::Figure);
        let room = usize::from((area.width / 2).saturating_sub(13));
        paint.text(area, end, row, &clip(what, room), Role::Plain);
    }
    paint.text(area, 0, rows.saturating_sub(1), "any key closes this", Role::Dim);
}

/// The palette.
pub fn palette(paint: &mut Paint<'_>, text: &str, place: usize, is_replay: bool) {
    let found = found(text, is_replay);
    let area = paint.dialog("Find a command", 44, 14);
    paint.parts(area, 0, &[(": ", Role::Title), (text, Role::Figure), ("_", Role::Dim)]);
    let first = (place + 1).saturating_sub(11);
    for (row, (number, command)) in (2u16..).zip(found.iter().enumerate().skip(first).take(11)) {
        let role = if number == place { Role::Chosen } else { Role::Plain };
        let mark = if number == place { "▶" } else { " " };
        let key = if command.key == ' ' { "Space".to_owned() } else { command.key.to_string() };
        let line = format!("{mark} {} {key}", crate::text::column(command.what, 34, false));
        paint.text(area, 0, row, &line, role);
    }
    if found.is_empty() {
        paint.text(area, 0, 2, "no such command; tN goes to a task", Role::Dim);
    }
}

/// A form.
pub fn form(paint: &mut Paint<'_>, form: &Form) {
    let rows = u16::try_from(form.fields.len() * 2 + 3).unwrap_or(u16::MAX);
    let area = paint.dialog(&form.title(), 60, rows);
    for (place, field) in form.fields.iter().enumerate() {
        let row = u16::try_from(place * 2).unwrap_or(u16::MAX);
        let is_here = place == form.place;
        let mark = if is_here { "▶ " } else { "  " };
        let label = format!("{mark}{}", crate::text::column(field.label, 18, false));
        let end = paint.text(area, 0, row, &label, if is_here { Role::Figure } else { Role::Plain });
        // The end of a long line is what is typed.
        let room = usize::from(area.width.saturating_sub(end + 1));
        let mut shown = field.text.as_str();
        while crate::text::width(shown) > room {
            let mut chars = shown.chars();
            chars.next();
            shown = chars.as_str();
        }
        let end = paint.text(area, end, row, shown, Role::Figure);
        if is_here {
            paint.text(area, end, row, "_", Role::Warn);
            paint.text(area, 20, row + 1, field.hint, Role::Dim);
        }
    }
    let last = rows - 1;
    match &form.fault {
        Some(fault) => paint.text(area, 0, last - 1, &format!("! {fault}"), Role::Bad),
        None => 0,
    };
    paint.text(area, 0, last, "Enter next or send · Tab next line · Esc leaves", Role::Dim);
}

/// A question.
pub fn confirm(paint: &mut Paint<'_>, lines: &[String]) {
    let wrapped: Vec<String> = lines.iter().flat_map(|line| wrap(line, 60)).collect();
    let rows = u16::try_from(wrapped.len() + 2).unwrap_or(u16::MAX);
    let area = paint.dialog("Are you sure?", 60, rows);
    for (row, line) in (0u16..).zip(&wrapped) {
        paint.text(area, 0, row, line, if row == 0 { Role::Figure } else { Role::Plain });
    }
    paint.parts(
        area,
        rows - 1,
        &[("y", Role::Good), (" yes, send it · ", Role::Dim), ("n", Role::Bad), (" no", Role::Dim)],
    );
}
