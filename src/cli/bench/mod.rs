//! `oikos bench`: measurements on this machine, each beside a floor of the same run.

pub mod ledger;
