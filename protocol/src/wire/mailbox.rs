//! The mailbox: events of one participant that wait until it has read and acknowledged them.
//!
//! A request on `oikos.<economy>.mailbox.<participant>`. Each event is also published at once on `.mail.`; whoever
//! hears both drops what it has seen by (seq, index).

use crate::wire::event::Numbered;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What is asked of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MailboxAsk {
    /// The oldest events that are not acknowledged; they stay until they are.
    Read {
        /// At most so many; at most 1000.
        limit: u32,
    },
    /// All events up to this one are read, itself included. Acknowledging twice does nothing.
    Acknowledge {
        /// The event's sequence.
        seq: u64,
        /// Its place in the sequence.
        index: u32,
    },
}

/// What a mailbox answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailboxAnswer {
    /// Events, the oldest first.
    Mail {
        /// The events.
        events: Vec<Numbered>,
        /// How many more wait behind them.
        left: u64,
    },
    /// How many wait now.
    Acknowledged {
        /// Events that are not acknowledged.
        left: u64,
    },
    /// Refused.
    Refused(super::receipt::Refusal),
}

impl From<super::receipt::Refusal> for MailboxAnswer {
    fn from(refused: super::receipt::Refusal) -> Self {
        Self::Refused(refused)
    }
}
