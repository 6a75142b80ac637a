//! The engine: virtual time in the place of a clock, and behaviours in the place of senders.
//!
//! Owns the order in which things happen. Invariants: what stands in the plan is independent of the seed; whatever a
//! participant draws comes from a stream named by the seed and its own name; a recorded run and one that nobody
//! records are the same to the bit.

pub mod clock;
pub mod drive;
pub mod observe;
pub mod plan;
pub mod random;

pub use drive::{Finished, RunError, Unrecorded, run};
pub use observe::Counts;
pub use plan::Plan;
