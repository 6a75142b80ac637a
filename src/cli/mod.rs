//! The command line: one file a command.

pub mod clock;
pub mod exit;
pub mod key;
pub mod log;
pub mod output;
pub mod schema;
pub mod session;
pub mod up;
