//! The commands that have a letter, and the words they are found by.

use crate::dashboard::state::ui::Screen;

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
