//! The dashboard as it is seen and handled: pictures of every screen, a robot at the keys, random hands, replays.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

mod pictures;
mod random;
mod replay;
mod robot;
mod scene;
mod wire;
