//! The outcome of a transfer, in order of precedence.
