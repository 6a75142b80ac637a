//! What a person can do here: acts on the economy, and the player's moves on a recorded run.
//!
//! An act is only ever sent after it was confirmed. Absent on purpose: how it is sent; that is the source's.

use super::state::Snapshot;
use super::state::snapshot::{InboxRow, TaskRow};
use super::state::sum::lasting;
use crate::text::percent;
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::wire::query::Decision;

/// A thing to do on the economy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Lets a task go on.
    Approve {
        /// Which.
        task: TaskId,
    },
    /// Stops a task that waits for an approval.
    Refuse {
        /// Which.
        task: TaskId,
        /// Why.
        reason: String,
    },
    /// Lets an award go on.
    Confirm {
        /// On which task.
        task: TaskId,
    },
    /// Takes an award.
    Take {
        /// Of which task.
        task: TaskId,
    },
    /// Declines an award.
    Decline {
        /// Of which task.
        task: TaskId,
    },
    /// Accepts and pays a deliverable.
    Accept {
        /// Of which task.
        task: TaskId,
        /// Which part.
        milestone: u16,
    },
    /// Chooses a bid.
    Choose {
        /// For which task.
        task: TaskId,
        /// Whose.
        bidder: ParticipantId,
    },
    /// Hands in a deliverable.
    Deliver {
        /// For which task.
        task: TaskId,
        /// JSON, or else taken for a text.
        output: String,
    },
    /// Bids.
    Bid {
        /// For which task.
        task: TaskId,
        /// A decimal number.
        price: String,
        /// What it promises, where the task scores.
        promise: Option<Promise>,
    },
    /// Posts a task.
    Post {
        /// What a worker must be able to do.
        capability: String,
        /// The most it may cost.
        budget: String,
        /// JSON, or else taken for a text.
        input: String,
        /// How long bids are taken, such as `10s`.
        close: String,
        /// How long the worker has, such as `1h`.
        deliver: String,
    },
    /// Takes an open task of yours back.
    Cancel {
        /// Which.
        task: TaskId,
    },
}

/// A move of a replay's player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Play {
    /// Goes on, or stands still.
    Toggle,
    /// So many entries on, or back.
    Step(i64),
    /// To this sequence.
    Seek(u64),
    /// To this part of the whole, in thousandths.
    Part(u64),
    /// Faster (above zero) or slower.
    Speed(i8),
    /// Marks this sequence, or takes the mark away.
    Mark,
    /// To the next mark, or the one before.
    Marked {
        /// Onwards.
        onwards: bool,
    },
}

/// What is asked of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To do something.
    Act(Act),
    /// To move.
    Play(Play),
}

impl Act {
    /// What is going to be done, line by line, with what happens if it is left alone.
    #[must_use]
    pub fn lines(&self, snapshot: &Snapshot) -> Vec<String> {
        let item = |task: TaskId| snapshot.inbox.iter().find(|row| row.task == task);
        let amount = |task: TaskId| item(task).map_or_else(String::new, |row| row.amount.clone());
        let mut lines = match self {
            Self::Approve { task } => vec![
                format!("Approve {task}: it may spend up to {}.", amount(*task)),
                "It takes bids as soon as you say yes.".to_owned(),
            ],
            Self::Refuse { task, reason } => {
                vec![format!("Refuse {task}; its budget goes back."), format!("Reason: {reason}")]
            }
            Self::Confirm { task } => vec![format!("Confirm the award of {task} at {}.", amount(*task))],
            Self::Take { task } => {
                vec![format!("Take {task} for {}.", amount(*task)), "You then owe the delivery.".to_owned()]
            }
            Self::Decline { task } => vec![format!("Decline {task}; the next in line is asked.")],
            Self::Accept { task, .. } => vec![format!("Accept {task} and pay {}.", amount(*task))],
            Self::Choose { task, bidder } => {
                let row = snapshot.tasks.iter().find(|row| row.task == *task);
                let bid = row.and_then(|row| row.offers.iter().find(|bid| bid.participant == *bidder));
                let who = bid.map_or_else(|| bidder.to_string(), |bid| bid.bidder.clone());
                vec![format!("Award {task} to {who}.")]
            }
            Self::Deliver { task, output } => {
                vec![format!("Deliver {task}:"), output.chars().take(200).collect()]
            }
            Self::Bid { task, price, promise } => {
                let said = [
                    promise.and_then(|said| said.quality).map(|share| format!(" with a quality of {}", percent(share))),
                    promise.and_then(|said| said.time).map(|share| format!(" in {} of the time", percent(share))),
                ];
                let said: String = said.into_iter().flatten().collect();
                vec![format!("Bid {price} for {task}{said}. It binds you until bids close.")]
            }
            Self::Post { capability, budget, close, deliver, input } => vec![
                format!("Post a task for {capability}, up to {budget} {}.", snapshot.figures.asset),
                format!("Bids for {close}, then {deliver} to deliver. {budget} is held until it is paid or returned."),
                format!("Input: {}", input.chars().take(200).collect::<String>()),
            ],
            Self::Cancel { task } => vec![format!("Cancel {task}; what is held for it comes back.")],
        };
        if let Some(row) = self.task().and_then(item) {
            let left = lasting(row.left_ms * 1_000_000);
            lines.push(format!("If you do nothing within {left}: {}.", row.if_silent_text));
        }
        lines.into_iter().map(|line| crate::text::safe(&line)).collect()
    }

    const fn task(&self) -> Option<TaskId> {
        match self {
            Self::Approve { task }
            | Self::Refuse { task, .. }
            | Self::Confirm { task }
            | Self::Take { task }
            | Self::Decline { task }
            | Self::Accept { task, .. }
            | Self::Choose { task, .. }
            | Self::Deliver { task, .. }
            | Self::Bid { task, .. }
            | Self::Cancel { task } => Some(*task),
            Self::Post { .. } => None,
        }
    }
}

/// What says yes to what waits; none where it needs more than a yes.
#[must_use]
pub fn yes(row: &InboxRow) -> Option<Act> {
    let task = row.task;
    match row.decision {
        Decision::Approve => Some(Act::Approve { task }),
        Decision::Confirm => Some(Act::Confirm { task }),
        Decision::TakeAward => Some(Act::Take { task }),
        Decision::Review => Some(Act::Accept { task, milestone: row.milestone.unwrap_or(0) }),
        Decision::Select | Decision::Reveal | Decision::Deliver => None,
    }
}

/// Whether a task takes bids.
#[must_use]
pub fn takes_bids(row: &TaskRow) -> bool {
    row.phase == oikos_protocol::event::task::Phase::Open.name()
}
