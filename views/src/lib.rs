//! Folds of events: every view says at which sequence it stands.
