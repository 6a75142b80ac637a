//! What the screens show: facts and folds, one snapshot made of them, and nothing of how it looks.

pub mod alert;
pub mod facts;
mod lens;
mod make;
mod names;
mod row;
pub mod sentence;
pub mod snapshot;
pub mod sum;
pub mod ui;

pub use facts::{Facts, Model, Shared};
pub use snapshot::Snapshot;
pub use ui::Ui;
