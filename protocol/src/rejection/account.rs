//! The outcome of opening an account, in order of precedence.
