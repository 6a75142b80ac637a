//! Measurements that stand on their own: a figure beside the floor that the same machine allows in the same minute.
//!
//! Owns workloads, loops and floors; `oikos bench` and `cargo bench` show what they return.
//! Invariants: every figure comes with a digest of the final book, which depends on the workload alone; preparing a
//! workload is never measured; a floor is measured between the rounds of what it is compared with.
//! Absent on purpose: targets. `docs/benchmarks.md` compares.

pub mod floor;
pub mod ledger;
pub mod slow_disk;
pub mod spread;
pub mod workload;
