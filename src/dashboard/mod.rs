//! The dashboard: a terminal's look at a live economy or a recorded run.
//!
//! Fold → [`state::Snapshot`] → screen: a source fills a shared model with events and facts, a snapshot is made of it,
//! and every screen is a pure function of that snapshot and the state of the hand. The model never knows its view.
//! Invariants: all that `--json` prints is what the screens draw; nothing of a stranger's reaches the terminal raw; an
//! act is sent only after it was confirmed; whatever ends the process leaves the terminal as it was.
//! Absent on purpose: how events come here. Sources are wired in the command line, where buses and journals are known.

pub mod act;
pub mod event_loop;
pub mod keys;
pub mod picture;
pub mod screen;
pub mod state;
pub mod terminal;
pub mod theme;
pub mod widget;

use act::Asked;
use state::Shared;
use tokio::sync::mpsc;

/// Where a dashboard gets what it shows, and whom it asks: the same for a live economy and a recorded run.
#[derive(Debug, Clone)]
pub struct Source {
    /// What is shown.
    pub model: Shared,
    /// Who does what is asked.
    pub asked: mpsc::UnboundedSender<Asked>,
}

impl Source {
    /// A source of this model; whoever fills it gets the other end.
    #[must_use]
    pub fn new(model: Shared) -> (Self, mpsc::UnboundedReceiver<Asked>) {
        let (asked, to_do) = mpsc::unbounded_channel();
        (Self { model, asked }, to_do)
    }
}
