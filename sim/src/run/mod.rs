//! Runs: a scenario carried out, with a folder that says what came of it and lets anybody do it again.

pub mod folder;
pub mod manifest;
pub mod many;
pub mod record;
pub mod replay;
pub mod single;
pub mod state;
pub mod tape;

pub use folder::{Folder, FolderError};
pub use many::{Series, many};
pub use replay::{Replay, replay};
pub use single::{Run, single};
pub use tape::Tape;
