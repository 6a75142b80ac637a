//! `oikos task verify TASK`: the award computed again from its record.
//!
//! With `--run` the record is folded from the journal; with `--record` it is read from a file, and nothing else is
//! needed. With both, the file has to be the record of that run as well: a file alone can prove that the rule was
//! kept, and only the journal that these were the bids.

use super::super::clear::Verdict;
use super::document::Recorded;
use super::{AwardFailure, history, task_number};
use oikos::text::count;
use oikos_market::verify::{Mismatch, verify};
use oikos_protocol::id::TaskId;
use std::io::Write;
use std::path::PathBuf;

/// Which award, and where its record comes from.
#[derive(Debug, Clone, clap::Args)]
pub struct VerifyArgs {
    /// The task, such as `t7`
    #[arg(value_parser = task_number)]
    task: TaskId,
    /// The folder of a run or of a node
    #[arg(long, value_name = "DIR", required_unless_present = "record")]
    run: Option<PathBuf>,
    /// A record as `oikos task record` prints it; `-` is standard input
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// What does not fit.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    #[error("the record is not the one of this run: {field} differs")]
    OtherRecord { field: &'static str },
}

impl Fault {
    const fn code(&self) -> &'static str {
        match self {
            Self::Mismatch(Mismatch::Bid { .. }) => "verify.bid_changed",
            Self::Mismatch(Mismatch::Seed) => "verify.seed",
            Self::Mismatch(Mismatch::Selection { .. }) => "verify.selection",
            Self::Mismatch(Mismatch::Offer { .. }) => "verify.offer",
            Self::Mismatch(Mismatch::NoSeed) => "verify.no_seed",
            Self::Mismatch(Mismatch::NoPromise { .. }) => "verify.no_promise",
            Self::OtherRecord { .. } => "verify.other_record",
        }
    }
}

impl VerifyArgs {
    /// Says whether the award is what the rule says; [`Verdict::False`] where it is not.
    ///
    /// # Errors
    /// [`AwardFailure`] where that cannot be said.
    pub fn run(&self, json: bool, out: &mut impl Write) -> Result<Verdict, AwardFailure> {
        let task = self.task;
        let kept = self.run.as_deref().map(|folder| history::record_of(task, folder)).transpose()?;
        let given = self.record.as_deref().map(Recorded::read).transpose()?;
        if let Some(given) = given.as_ref().filter(|given| given.record.task != task) {
            return Err(AwardFailure::OtherTask { task, found: given.record.task });
        }
        let fault = given.as_ref().zip(kept.as_ref()).and_then(|(given, kept)| difference(given, kept));
        let Some(checked) = given.or(kept) else { return Err(AwardFailure::NoSuchTask { task }) };
        // A changed bid is named as such, even where the record also differs from that of the run.
        let fault = verify(&checked.record).err().map(Fault::from).or(fault);
        let (bids, offers) = (checked.record.bids.len(), checked.record.offers.len());
        let mechanism = checked.record.mechanism.name();
        let (code, reason) = (fault.as_ref().map(Fault::code), fault.as_ref().map(Fault::to_string));
        if json {
            let object = serde_json::json!({
                "task": task, "mechanism": mechanism, "bids": bids, "offers": offers,
                "verified": fault.is_none(), "code": code, "reason": reason,
            });
            writeln!(out, "{object}")?;
        } else if let (Some(code), Some(reason)) = (code, reason) {
            writeln!(out, "task {task}: FALSE: {reason} ({code})")?;
        } else if offers == 0 {
            writeln!(out, "task {task}: nothing was awarded; the seals of {} hold", count(bids, "bid"))?;
        } else {
            let seals = if bids == 1 { "the seal of 1 bid holds".to_owned() } else { format!("{bids} seals hold") };
            writeln!(out, "task {task}: verified: {seals}, and {offers} offered by `{mechanism}` as the rule says")?;
        }
        Ok(if fault.is_none() { Verdict::Done } else { Verdict::False })
    }
}

/// The first field in which a record differs from that of the run.
fn difference(given: &Recorded, kept: &Recorded) -> Option<Fault> {
    let (one, other) = (&given.record, &kept.record);
    let fields = [
        ("asset", given.asset == kept.asset && one.asset == other.asset),
        ("mechanism", one.mechanism == other.mechanism),
        ("reserve", one.reserve == other.reserve),
        ("bids", one.bids == other.bids),
        ("beacon", one.beacon == other.beacon),
        ("seed", one.seed == other.seed),
        ("offers", one.offers == other.offers),
    ];
    fields.into_iter().find(|(_, same)| !same).map(|(field, _)| Fault::OtherRecord { field })
}
