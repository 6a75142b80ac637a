//! Pressing a key: from the state of the hand to the next one.

use super::chosen::{decide, form, on_task, trace};
use super::command::found;
use crate::dashboard::act::{Asked, Play};
use crate::dashboard::state::Snapshot;
use crate::dashboard::state::ui::{Mode, Screen, Ui};
use crate::dashboard::widget::form::{Form, Purpose};

/// A key as it is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first.
    Home,
    /// The last.
    End,
    /// The next field or screen.
    Tab,
    /// The one before.
    BackTab,
    /// Takes a character back.
    Backspace,
    /// Control and C.
    Interrupt,
}

/// What a key does.
pub fn press(ui: &mut Ui, snapshot: &Snapshot, key: Key) -> Option<Asked> {
    if key == Key::Interrupt {
        ui.is_over = true;
        return None;
    }
    match std::mem::take(&mut ui.mode) {
        Mode::Look => look(ui, snapshot, key),
        Mode::Filter => {
            filter(ui, key);
            None
        }
        Mode::Help => None,
        Mode::Palette { text, place } => palette(ui, snapshot, key, text, place),
        Mode::Form(form) => {
            fill(ui, snapshot, key, form);
            None
        }
        Mode::Confirm { act, lines } => match key {
            // Not Enter: it may have been pressed once too often in the form before.
            Key::Char('y' | 'Y') => {
                ui.message = Some((true, "sent …".to_owned()));
                Some(Asked::Act(act))
            }
            Key::Char('n' | 'N' | 'q') | Key::Esc => {
                ui.message = Some((true, "nothing was sent".to_owned()));
                None
            }
            _ => {
                ui.mode = Mode::Confirm { act, lines };
                None
            }
        },
    }
}

fn look(ui: &mut Ui, snapshot: &Snapshot, key: Key) -> Option<Asked> {
    let is_replay = snapshot.player.is_some();
    if key != Key::Char('?') {
        ui.message = None;
    }
    match key {
        Key::Char(c) => return letter(ui, snapshot, c),
        Key::Enter => enter(ui, snapshot),
        Key::Esc => back(ui),
        Key::Up => ui.step(-1, snapshot),
        Key::Down => ui.step(1, snapshot),
        Key::PageUp => ui.step(-10, snapshot),
        Key::PageDown => ui.step(10, snapshot),
        Key::Left if is_replay => return Some(Asked::Play(Play::Step(-1))),
        Key::Right if is_replay => return Some(Asked::Play(Play::Step(1))),
        Key::Home if is_replay && !ui.pane().is_open => return Some(Asked::Play(Play::Part(0))),
        Key::End if is_replay && !ui.pane().is_open => return Some(Asked::Play(Play::Part(1_000))),
        Key::Home => ui.step(isize::MIN / 2, snapshot),
        Key::End => ui.step(isize::MAX / 2, snapshot),
        Key::Tab | Key::Right => ui.go(Screen::ALL[(ui.screen as usize + 1) % 6]),
        Key::BackTab | Key::Left => ui.go(Screen::ALL[(ui.screen as usize + 5) % 6]),
        Key::Backspace | Key::Interrupt => {}
    }
    None
}

fn letter(ui: &mut Ui, snapshot: &Snapshot, c: char) -> Option<Asked> {
    let is_replay = snapshot.player.is_some();
    if let Some(screen) =
        Screen::ALL.into_iter().zip('1'..='6').find(|(screen, digit)| *digit == c || screen.letter() == c)
    {
        ui.go(screen.0);
        return None;
    }
    match c {
        'q' => ui.is_over = true,
        '/' => ui.mode = Mode::Filter,
        '?' => ui.mode = Mode::Help,
        ':' => ui.mode = Mode::Palette { text: String::new(), place: 0 },
        'f' => ui.is_frozen = !ui.is_frozen,
        'e' => ui.is_expanded = !ui.is_expanded,
        't' => {
            ui.theme = ui.theme.next();
            ui.message = Some((true, format!("theme {}", ui.theme.name())));
        }
        's' => {
            if let Some(order) = ui.sort() {
                ui.message = Some((true, format!("sorted: {order}")));
            }
        }
        ' ' if is_replay => return Some(Asked::Play(Play::Toggle)),
        '+' | '=' if is_replay => return Some(Asked::Play(Play::Speed(1))),
        '-' if is_replay => return Some(Asked::Play(Play::Speed(-1))),
        'k' if is_replay => return Some(Asked::Play(Play::Mark)),
        ']' if is_replay => return Some(Asked::Play(Play::Marked { onwards: true })),
        '[' if is_replay => return Some(Asked::Play(Play::Marked { onwards: false })),
        '<' if is_replay => return Some(Asked::Play(Play::Step(-100))),
        '>' if is_replay => return Some(Asked::Play(Play::Step(100))),
        'n' => form(ui, snapshot, Purpose::Post),
        'x' => trace(ui, snapshot),
        'b' | 'c' if ui.screen == Screen::Market => on_task(ui, snapshot, c),
        'a' | 'r' | 'd' | 'w' if ui.screen == Screen::Inbox => decide(ui, snapshot, c),
        _ => {}
    }
    None
}

fn enter(ui: &mut Ui, snapshot: &Snapshot) {
    match ui.screen {
        Screen::Overview => {
            if let Some(task) = ui.chosen(snapshot).and_then(|place| snapshot.tasks.get(place)) {
                let key = u128::from(task.task.0);
                ui.go(Screen::Market);
                let pane = ui.pane_mut();
                (pane.key, pane.is_open) = (Some(key), true);
            }
        }
        Screen::Inbox if ui.pane().is_open => decide(ui, snapshot, 'a'),
        _ => {
            if ui.chosen(snapshot).is_some() {
                ui.pane_mut().is_open = true;
            }
        }
    }
}

fn back(ui: &mut Ui) {
    let pane = ui.pane_mut();
    if pane.is_open {
        (pane.is_open, pane.scroll) = (false, 0);
    } else if !pane.filter.is_empty() {
        pane.filter.clear();
    } else if ui.is_expanded {
        ui.is_expanded = false;
    } else {
        ui.go(Screen::Overview);
    }
}

fn filter(ui: &mut Ui, key: Key) {
    match key {
        Key::Enter | Key::Up | Key::Down => return,
        Key::Esc => {
            ui.pane_mut().filter.clear();
            return;
        }
        Key::Backspace => drop(ui.pane_mut().filter.pop()),
        Key::Char(c) if !crate::text::steers(c) && ui.pane().filter.len() < 200 => {
            let pane = ui.pane_mut();
            pane.filter.push(c);
            (pane.place, pane.key) = (0, None);
        }
        _ => {}
    }
    ui.mode = Mode::Filter;
}

fn palette(ui: &mut Ui, snapshot: &Snapshot, key: Key, mut text: String, mut place: usize) -> Option<Asked> {
    let is_replay = snapshot.player.is_some();
    match key {
        Key::Esc => return None,
        Key::Enter => {
            if let Some(task) = text.strip_prefix('t').and_then(|number| number.parse::<u64>().ok()) {
                ui.go(Screen::Market);
                let pane = ui.pane_mut();
                pane.filter.clear();
                (pane.key, pane.is_open) = (Some(u128::from(task)), true);
                return None;
            }
            if let (Ok(sequence), true) = (text.parse(), is_replay) {
                return Some(Asked::Play(Play::Seek(sequence)));
            }
            let command = found(&text, is_replay).get(place).copied().copied()?;
            if let Some(screen) = command.on {
                ui.go(screen);
            }
            return letter(ui, snapshot, command.key);
        }
        Key::Up => place = place.saturating_sub(1),
        Key::Down => place = (place + 1).min(found(&text, is_replay).len().saturating_sub(1)),
        Key::Backspace => drop(text.pop()),
        Key::Char(c) if !crate::text::steers(c) && text.len() < 100 => {
            text.push(c);
            place = 0;
        }
        _ => {}
    }
    ui.mode = Mode::Palette { text, place };
    None
}

fn fill(ui: &mut Ui, snapshot: &Snapshot, key: Key, mut form: Form) {
    match key {
        Key::Esc => {
            ui.message = Some((true, "nothing was sent".to_owned()));
            return;
        }
        Key::Enter => {
            let is_last = form.place + 1 == form.fields.len();
            if !is_last && form.fields[form.place + 1..].iter().any(|field| field.text.is_empty()) {
                form.step(true);
            } else if let Some(act) = form.act() {
                let lines = act.lines(snapshot);
                ui.mode = Mode::Confirm { act, lines };
                return;
            }
        }
        Key::Tab | Key::Down => form.step(true),
        Key::BackTab | Key::Up => form.step(false),
        Key::Backspace => form.rub_out(),
        Key::Char(c) => form.type_in(c),
        _ => {}
    }
    ui.mode = Mode::Form(form);
}
