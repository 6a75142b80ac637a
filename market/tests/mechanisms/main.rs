//! Worked answers of the literature, known optima of published instances, and the order book against a slow one.
#![expect(clippy::disallowed_types, reason = "tests may compute their expectations in floats; the crate may not")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops where its input is not as expected")]

mod cats;
mod distributions;
mod document;
mod hostile;
mod or_library;
mod shared;
mod slow_book;
