//! `oikos task whatif TASK --mechanism M`: what another rule would have made of the same bids.
//!
//! Winner, payment, welfare and regret. Bids are taken for the bidders' costs, as they would be under a truthful rule;
//! under another rule the bidders might have bid otherwise, which no recording can say.

use super::super::clear::Verdict;
use super::document::Recorded;
use super::{AwardFailure, history, task_number};
use oikos_market::verify::{WhatIf, what_if};
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::id::TaskId;
use std::io::Write;
use std::path::PathBuf;

/// Which award, and which rule.
#[derive(Debug, Clone, clap::Args)]
pub struct WhatifArgs {
    /// The task, such as `t7`
    #[arg(value_parser = task_number)]
    task: TaskId,
    /// The rule, such as `second-price`
    #[arg(long, value_parser = MechanismKind::NAMES)]
    mechanism: String,
    /// The folder of a run or of a node
    #[arg(long, value_name = "DIR", required_unless_present = "record", conflicts_with = "record")]
    run: Option<PathBuf>,
    /// A record as `oikos task record` prints it; `-` is standard input
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl WhatifArgs {
    /// Prints what came of it, and what would have come of it.
    ///
    /// # Errors
    /// [`AwardFailure`].
    pub fn run(&self, json: bool, out: &mut impl Write) -> Result<Verdict, AwardFailure> {
        let Recorded { record, asset } = match (&self.record, &self.run) {
            (Some(file), _) => Recorded::read(file)?,
            (None, Some(folder)) => history::record_of(self.task, folder)?,
            (None, None) => return Err(AwardFailure::NoSuchTask { task: self.task }),
        };
        if record.task != self.task {
            return Err(AwardFailure::OtherTask { task: self.task, found: record.task });
        }
        // A rule that scores counts what the poster announced, so that a task that announced nothing has none.
        let asked = MechanismKind::named(&self.mechanism, record.mechanism.scoring());
        let asked =
            asked.ok_or_else(|| AwardFailure::NoScore { task: self.task, mechanism: self.mechanism.clone() })?;
        let no_lot = |_| AwardFailure::NoLot { task: self.task, mechanism: asked.name() };
        let WhatIf { mechanism, winner, payment, welfare, regret } = what_if(&record, asked).map_err(no_lot)?;
        let show = |amount| asset.scale.show(amount).to_string();
        let (payment, welfare, regret) = (show(payment), show(welfare), show(regret));
        let made = record.offers.first();
        if json {
            let made = made.map(|offer| {
                serde_json::json!({
                    "mechanism": record.mechanism.name(), "winner": offer.bidder, "payment": show(offer.price),
                })
            });
            let object = serde_json::json!({
                "task": self.task, "asset": asset.code, "mechanism": mechanism.name(), "winner": winner,
                "payment": payment, "welfare": welfare, "regret": regret, "recorded": made,
            });
            writeln!(out, "{object}")?;
        } else {
            let code = &asset.code;
            if let Some(offer) = made {
                let (rule, price) = (record.mechanism.name(), show(offer.price));
                writeln!(out, "{rule}, as it was: {} at {price} {code}", offer.bidder)?;
            }
            let winner = winner.map_or_else(|| "nobody".to_owned(), |winner| winner.to_string());
            writeln!(out, "{}: {winner} at {payment} {code}, welfare {welfare}, regret {regret}", mechanism.name())?;
        }
        Ok(Verdict::Done)
    }
}
