//! Keys: what each one does, on which screen, and the words that `?` and `:` show for it.
//!
//! Invariant: a key changes the state of the hand or asks the source; nothing is sent before it was confirmed.

use super::act::{Act, Asked, Play, takes_bids, yes};
use super::state::Snapshot;
use super::state::ui::{Mode, Screen, Ui};
use super::widget::form::{Form, Purpose};
use oikos_protocol::wire::query::Decision;

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

/// A command: its key, its name, and where it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// The key.
    pub key: char,
    /// What it does.
    pub what: &'static str,
    /// On which screen alone.
    pub on: Option<Screen>,
    /// Whether only where a run is replayed.
    pub replay: bool,
}

const fn everywhere(key: char, what: &'static str) -> Command {
    Command { key, what, on: None, replay: false }
}

const fn on(screen: Screen, key: char, what: &'static str) -> Command {
    Command { key, what, on: Some(screen), replay: false }
}

const fn replayed(key: char, what: &'static str) -> Command {
    Command { key, what, on: None, replay: true }
}

/// All commands that have a letter.
pub const COMMANDS: [Command; 30] = [
    everywhere('o', "go to Overview"),
    everywhere('m', "go to Market"),
    everywhere('p', "go to People"),
    everywhere('l', "go to Ledger"),
    everywhere('i', "go to Inbox"),
    everywhere('v', "go to Events"),
    everywhere('/', "filter the rows"),
    everywhere('s', "sort the rows"),
    everywhere('e', "expand the main panel"),
    everywhere('f', "freeze the picture"),
    everywhere('t', "next theme"),
    everywhere('n', "post a task"),
    everywhere(':', "find a command"),
    everywhere('?', "keys of this screen"),
    everywhere('q', "quit"),
    on(Screen::Market, 'b', "bid for the task"),
    on(Screen::Market, 'c', "cancel your task"),
    on(Screen::Market, 'x', "trace the task's events"),
    on(Screen::Ledger, 'x', "trace the task's events"),
    on(Screen::Events, 'x', "trace the task's events"),
    on(Screen::Inbox, 'a', "approve, confirm, accept"),
    on(Screen::Inbox, 'r', "refuse or decline"),
    on(Screen::Inbox, 'd', "deliver"),
    on(Screen::Inbox, 'w', "award to the best bid"),
    replayed(' ', "play or pause"),
    replayed('+', "faster"),
    replayed('-', "slower"),
    replayed('k', "mark this place"),
    replayed(']', "to the next mark"),
    replayed('[', "to the mark before"),
];

/// The commands that work on a screen.
pub fn commands(screen: Screen, is_replay: bool) -> impl Iterator<Item = &'static Command> {
    COMMANDS
        .iter()
        .filter(move |command| command.on.is_none_or(|wanted| wanted == screen) && (is_replay || !command.replay))
}

/// The commands whose words have all that was typed in them; from other screens too.
#[must_use]
pub fn found(text: &str, is_replay: bool) -> Vec<&'static Command> {
    let text = text.to_lowercase();
    let has = |command: &&Command| text.split_whitespace().all(|word| command.what.to_lowercase().contains(word));
    COMMANDS.iter().filter(|command| is_replay || !command.replay).filter(has).collect()
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

/// Opens a form, where there is somebody to act as.
fn form(ui: &mut Ui, snapshot: &Snapshot, purpose: Purpose) {
    if is_you(ui, snapshot) {
        ui.mode = Mode::Form(Form::new(purpose));
    }
}

fn is_you(ui: &mut Ui, snapshot: &Snapshot) -> bool {
    let is_you = snapshot.you.is_some() && snapshot.player.is_none();
    if !is_you {
        ui.message = Some((false, "a recorded run cannot be acted on".to_owned()));
    }
    is_you
}

fn confirm(ui: &mut Ui, snapshot: &Snapshot, act: Act) {
    if is_you(ui, snapshot) {
        let lines = act.lines(snapshot);
        ui.mode = Mode::Confirm { act, lines };
    }
}

fn on_task(ui: &mut Ui, snapshot: &Snapshot, c: char) {
    let Some(row) = ui.chosen(snapshot).and_then(|place| snapshot.tasks.get(place)) else { return };
    match c {
        'b' if takes_bids(row) => form(ui, snapshot, Purpose::Bid(row.task)),
        'b' => ui.message = Some((false, format!("{} is {} and takes no bids", row.task, row.phase))),
        _ if row.yours && takes_bids(row) => confirm(ui, snapshot, Act::Cancel { task: row.task }),
        _ => ui.message = Some((false, format!("{} is not an open task of yours", row.task))),
    }
}

fn decide(ui: &mut Ui, snapshot: &Snapshot, c: char) {
    let Some(row) = ui.chosen(snapshot).and_then(|place| snapshot.inbox.get(place)) else {
        ui.message = Some((true, "nothing waits for you".to_owned()));
        return;
    };
    let task = row.task;
    let best = || {
        let known = snapshot.tasks.iter().find(|known| known.task == task)?;
        known.offers.iter().find(|bid| bid.rank == Some(1)).map(|bid| bid.participant)
    };
    match (c, row.decision) {
        ('a' | 'd', Decision::Deliver) => form(ui, snapshot, Purpose::Deliver(task)),
        ('a' | 'w', Decision::Select) => match best() {
            Some(bidder) => confirm(ui, snapshot, Act::Choose { task, bidder }),
            None => ui.message = Some((false, format!("no bid for {task} can be seen"))),
        },
        ('a', Decision::Reveal) => {
            ui.message = Some((false, "reveal it with the program that made the commitment".to_owned()));
        }
        ('a', _) => {
            if let Some(act) = yes(row) {
                confirm(ui, snapshot, act);
            }
        }
        ('r', Decision::Approve) => form(ui, snapshot, Purpose::Refuse(task)),
        ('r', Decision::TakeAward) => confirm(ui, snapshot, Act::Decline { task }),
        ('r', _) => ui.message = Some((false, format!("{task} cannot be refused; silence has its default"))),
        _ => ui.message = Some((false, format!("{task} {}", row.asks))),
    }
}

fn trace(ui: &mut Ui, snapshot: &Snapshot) {
    let place = ui.chosen(snapshot);
    let turned = |all: usize, place: usize| if ui.is_reversed { all - 1 - place } else { place };
    let task = place.and_then(|place| match ui.screen {
        Screen::Overview | Screen::Market => snapshot.tasks.get(place).map(|row| row.task),
        Screen::Inbox => snapshot.inbox.get(place).map(|row| row.task),
        Screen::Ledger => {
            snapshot.ledger.moves.get(turned(snapshot.ledger.moves.len(), place)).and_then(|row| row.task)
        }
        Screen::Events => snapshot.log.get(turned(snapshot.log.len(), place)).and_then(|row| row.task),
        Screen::People => None,
    });
    if let Some(task) = task {
        ui.go(Screen::Events);
        let pane = ui.pane_mut();
        *pane = super::state::ui::Pane { filter: task.to_string(), ..Default::default() };
    }
}
