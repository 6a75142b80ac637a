//! How far a long command is, on stderr, where a terminal is there to show it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// A bar towards `total`; silent where stderr is no terminal.
#[must_use]
pub fn bar(total: Option<u64>, what: &str) -> ProgressBar {
    // Hidden by itself where stderr is no terminal.
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(8));
    let template = match total {
        Some(_) => "{msg} [{bar:32}] {human_pos}/{human_len} {eta}",
        None => "{msg} {human_pos} {elapsed}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// Moves a bar to `seq` of `end`; not at every step, since there are millions.
pub fn at(bar: &ProgressBar, seq: u64, end: u64) {
    if seq.is_multiple_of(1_024) || seq == end {
        bar.set_length(end);
        bar.set_position(seq);
    }
}
