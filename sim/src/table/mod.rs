//! Tables of a run, as files that other programs read.

pub mod csv;
pub mod parquet;
pub mod sheet;
