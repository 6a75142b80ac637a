//! The command line: one file a command.

pub mod accept;
pub mod approve;
pub mod balance;
pub mod bid;
pub mod connection;
pub mod failure;
pub mod inbox;
pub mod input;
pub mod join;
pub mod people;
pub mod post;
pub mod refuse;
pub mod statement;
pub mod story;
pub mod submit;
pub mod task;
pub mod tasks;
pub mod voice;
pub mod work;
