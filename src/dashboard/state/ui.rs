//! The state of the hand: which screen, which row, which filter, what is being typed. Nothing of the economy.

use super::snapshot::{Lens, PeopleOrder, Snapshot, TaskOrder};
use crate::dashboard::act::Act;
use crate::dashboard::theme::Theme;
use crate::dashboard::widget::form::Form;

/// A screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Screen {
    /// How the economy goes.
    #[default]
    Overview,
    /// Tasks, bids, lives of tasks.
    Market,
    /// Who takes part.
    People,
    /// The book.
    Ledger,
    /// What waits for you.
    Inbox,
    /// What happened.
    Events,
}

impl Screen {
    /// All, in the order of their keys 1 to 6.
    pub const ALL: [Self; 6] = [Self::Overview, Self::Market, Self::People, Self::Ledger, Self::Inbox, Self::Events];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Market => "Market",
            Self::People => "People",
            Self::Ledger => "Ledger",
            Self::Inbox => "Inbox",
            Self::Events => "Events",
        }
    }

    /// The letter that leads to it from anywhere.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Overview => 'o',
            Self::Market => 'm',
            Self::People => 'p',
            Self::Ledger => 'l',
            Self::Inbox => 'i',
            Self::Events => 'v',
        }
    }
}

/// Where one screen stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pane {
    /// The place of the chosen row, where its key is gone.
    pub place: usize,
    /// The key of the chosen row.
    pub key: Option<u128>,
    /// Only rows with this in them.
    pub filter: String,
    /// Whether the chosen row is entered.
    pub is_open: bool,
    /// How far its inside is scrolled.
    pub scroll: usize,
}

/// What the keys are for at the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mode {
    /// To look around.
    #[default]
    Look,
    /// To type a filter.
    Filter,
    /// To read the keys.
    Help,
    /// To type a command's name.
    Palette {
        /// What was typed.
        text: String,
        /// The chosen command.
        place: usize,
    },
    /// To fill in a form.
    Form(Form),
    /// To say yes or no.
    Confirm {
        /// What is going to be done.
        act: Act,
        /// In words, line by line.
        lines: Vec<String>,
    },
}

/// The state of the hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ui {
    /// The screen.
    pub screen: Screen,
    /// Where each screen stands.
    pub panes: [Pane; 6],
    /// The look.
    pub theme: Theme,
    /// Whether only ASCII is drawn.
    pub is_ascii: bool,
    /// Whether the main panel takes all the room.
    pub is_expanded: bool,
    /// Whether the picture stands still.
    pub is_frozen: bool,
    /// What the keys are for.
    pub mode: Mode,
    /// What was said last: done or not, and in words.
    pub message: Option<(bool, String)>,
    /// The order of tasks.
    pub task_order: Option<TaskOrder>,
    /// The order of participants.
    pub people_order: Option<PeopleOrder>,
    /// Whether the oldest movement and event come first.
    pub is_reversed: bool,
    /// Whether it is over.
    pub is_over: bool,
}

impl Ui {
    /// Where the screen that is shown stands.
    #[must_use]
    pub const fn pane(&self) -> &Pane {
        &self.panes[self.screen as usize]
    }

    /// The same, to change it.
    pub const fn pane_mut(&mut self) -> &mut Pane {
        &mut self.panes[self.screen as usize]
    }

    /// Goes to a screen.
    pub fn go(&mut self, screen: Screen) {
        self.screen = screen;
        self.mode = Mode::Look;
    }

    /// What the snapshot has to hold for this.
    #[must_use]
    pub fn lens(&self) -> Lens {
        let filter = |screen: Screen| self.panes[screen as usize].filter.clone();
        Lens {
            rows_max: 200,
            tasks: filter(Screen::Market),
            people: filter(Screen::People),
            moves: filter(Screen::Ledger),
            log: filter(Screen::Events),
            task_order: self.task_order.unwrap_or(TaskOrder::Newest),
            people_order: self.people_order.unwrap_or(PeopleOrder::Earned),
        }
    }

    /// The keys of the rows of a screen, in the order in which they are shown.
    #[must_use]
    pub fn row_keys(&self, screen: Screen, snapshot: &Snapshot) -> Vec<u128> {
        let number = |sequence: u64, index: u32| u128::from(sequence) << 32 | u128::from(index);
        let turned = |mut keys: Vec<u128>| {
            if self.is_reversed {
                keys.reverse();
            }
            keys
        };
        match screen {
            Screen::Overview | Screen::Market => snapshot.tasks.iter().map(|row| u128::from(row.task.0)).collect(),
            Screen::People => snapshot.people.iter().map(|row| u128::from(row.participant.0)).collect(),
            Screen::Ledger => turned(snapshot.ledger.moves.iter().map(|row| number(row.sequence, row.index)).collect()),
            Screen::Inbox => snapshot.inbox.iter().map(|row| u128::from(row.task.0)).collect(),
            Screen::Events => turned(snapshot.log.iter().map(|row| number(row.sequence, row.index)).collect()),
        }
    }

    /// The place of the chosen row among the rows of the screen that is shown; none where there are none.
    #[must_use]
    pub fn chosen(&self, snapshot: &Snapshot) -> Option<usize> {
        let (keys, pane) = (self.row_keys(self.screen, snapshot), self.pane());
        let known = pane.key.and_then(|key| keys.iter().position(|known| *known == key));
        known.or_else(|| keys.len().checked_sub(1).map(|last| pane.place.min(last)))
    }

    /// Chooses a row by its place.
    pub fn choose(&mut self, place: usize, snapshot: &Snapshot) {
        let keys = self.row_keys(self.screen, snapshot);
        let place = place.min(keys.len().saturating_sub(1));
        let key = keys.get(place).copied();
        let pane = self.pane_mut();
        (pane.place, pane.key, pane.scroll) = (place, key, 0);
    }

    /// Chooses the row so many places on.
    pub fn step(&mut self, by: isize, snapshot: &Snapshot) {
        if self.pane().is_open {
            let pane = self.pane_mut();
            pane.scroll = pane.scroll.saturating_add_signed(by).min(10_000);
            return;
        }
        let place = self.chosen(snapshot).unwrap_or(0).saturating_add_signed(by);
        self.choose(place, snapshot);
    }

    /// The next order of the rows of this screen; says which.
    pub fn sort(&mut self) -> Option<&'static str> {
        match self.screen {
            Screen::Overview | Screen::Market => {
                let (next, name) = match self.task_order.unwrap_or(TaskOrder::Newest) {
                    TaskOrder::Newest => (TaskOrder::Deadline, "the nearest deadline first"),
                    TaskOrder::Deadline => (TaskOrder::Budget, "the largest budget first"),
                    TaskOrder::Budget => (TaskOrder::Bids, "the most bids first"),
                    TaskOrder::Bids => (TaskOrder::Newest, "the newest first"),
                };
                self.task_order = Some(next);
                Some(name)
            }
            Screen::People => {
                let (next, name) = match self.people_order.unwrap_or(PeopleOrder::Earned) {
                    PeopleOrder::Earned => (PeopleOrder::Reputation, "the best reputation first"),
                    PeopleOrder::Reputation => (PeopleOrder::WinRate, "the best win rate first"),
                    PeopleOrder::WinRate => (PeopleOrder::Balance, "the largest balance first"),
                    PeopleOrder::Balance => (PeopleOrder::Number, "by number"),
                    PeopleOrder::Number => (PeopleOrder::Earned, "who earned most first"),
                };
                self.people_order = Some(next);
                Some(name)
            }
            Screen::Ledger | Screen::Events => {
                self.is_reversed = !self.is_reversed;
                Some(if self.is_reversed { "the oldest first" } else { "the newest first" })
            }
            Screen::Inbox => None,
        }
    }
}
