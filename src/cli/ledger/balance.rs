//! `oikos ledger balance DIR ACCOUNT`: what was in an account, now or at any moment before.

use super::folder::{Folder, failed};
use crate::cli::exit::{CliError, Exit};
use crate::cli::moment::{self, moment};
use crate::cli::output::Output;
use clap::Args;
use oikos::history::free;
use oikos_protocol::wire::query::Moment;
use serde::Serialize;
use std::path::PathBuf;

/// Tell what was in an account, now or at any moment before, from a folder on which no node runs
#[derive(Debug, Args)]
pub struct BalanceArgs {
    /// The data folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// A participant's name, `NAME/ASSET`, `treasury`, `issuer`, `budgets`, `escrow`, `deposits`, `bonds`, `orders`, `streams`, or a number
    account: String,
    /// As of this sequence or this time in UTC [default: the end]
    #[arg(long, value_name = "SEQ|TIME", value_parser = moment)]
    at: Option<Moment>,
}

#[derive(Serialize)]
struct Row {
    account: String,
    name: String,
    debits_pending: String,
    debits_posted: String,
    credits_pending: String,
    credits_posted: String,
    available: String,
}

impl BalanceArgs {
    /// Tells it.
    ///
    /// # Errors
    /// Where the folder or the account is none.
    pub fn run(&self, mut output: Output) -> Result<Exit, CliError> {
        let folder = Folder::open(&self.folder)?;
        let seq = folder.upto(self.at)?;
        let time = folder.history.moment((seq, u32::MAX)).map_err(failed)?;
        let mut rows = Vec::new();
        for account in folder.accounts(&self.account)? {
            let balances = folder.history.balances(account.id, (seq, u32::MAX)).map_err(failed)?;
            let amount = |amount| folder.amount(account.asset, amount);
            rows.push(Row {
                account: account.id.0.to_string(),
                name: folder.name(account.id),
                debits_pending: amount(balances.debits_pending),
                debits_posted: amount(balances.debits_posted),
                credits_pending: amount(balances.credits_pending),
                credits_posted: amount(balances.credits_posted),
                available: amount(free(&balances)),
            });
        }
        if output.is_json() {
            output.json(&serde_json::json!({"seq": seq, "time": time.map(moment::show), "balances": rows}))?;
            return Ok(Exit::Done);
        }
        for row in rows {
            output.line(format!(
                "{} {} to spend at seq {seq}: debits {} + {} pending, credits {} + {} pending",
                row.name, row.available, row.debits_posted, row.debits_pending, row.credits_posted, row.credits_pending
            ))?;
        }
        Ok(Exit::Done)
    }
}
