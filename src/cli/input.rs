//! The JSON value on standard input: an order's input, or a deliverable.

use super::failure::Failure;
use oikos_protocol::wire::limits::CONTENT_BYTES_MAX;
use serde_json::Value;
use std::io::{IsTerminal as _, Read as _};

/// Reads one JSON value, as large as content may be.
///
/// # Errors
/// A [`Failure`] of usage where it is none, or too large.
pub fn read() -> Result<Value, Failure> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(
            Failure::usage("one JSON value is expected on standard input").hint("such as `echo '\"hello\"' | oikos …`")
        );
    }
    let mut text = Vec::new();
    stdin.lock().take(CONTENT_BYTES_MAX as u64 + 1).read_to_end(&mut text)?;
    if text.len() > CONTENT_BYTES_MAX {
        return Err(Failure::usage(format!("the input has more than {CONTENT_BYTES_MAX} bytes")));
    }
    serde_json::from_slice(&text).map_err(|why| {
        Failure::usage(format!("standard input is not one JSON value: {why}"))
            .hint("a text is written in quotes: `\"hello\"`")
    })
}
