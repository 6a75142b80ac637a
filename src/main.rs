//! The `oikos` command.
fn main() {}
