//! Keys: what each one does, on which screen, and the words that `?` and `:` show for it.
//!
//! Invariant: a key changes the state of the hand or asks the source; nothing is sent before it was confirmed.

mod chosen;
mod command;
mod press;

pub use command::{COMMANDS, Command, commands, found};
pub use press::{Key, press};
