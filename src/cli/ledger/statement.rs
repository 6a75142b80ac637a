//! `oikos ledger statement DIR ACCOUNT`: what moved in an account, the newest first.

use super::folder::{Folder, Named, failed};
use crate::cli::exit::{CliError, Exit};
use crate::cli::moment::{self, moment};
use crate::cli::output::Output;
use clap::Args;
use oikos::history::{Kept, Posting, Topic, free};
use oikos_market::account_of;
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::AccountId;
use oikos_protocol::money::Amount;
use oikos_protocol::wire::query::Moment;
use serde::Serialize;
use std::path::PathBuf;

/// Tell what moved in an account, the newest first, from a folder on which no node runs
#[derive(Debug, Args)]
pub struct StatementArgs {
    /// The data folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// A participant's name, `NAME/ASSET`, `treasury`, `issuer`, `budgets`, `escrow`, `deposits`, `bonds`, `orders`, `streams`, or a number
    account: String,
    /// From this sequence or time on
    #[arg(long, value_name = "SEQ|TIME", value_parser = moment)]
    from: Option<Moment>,
    /// Up to this sequence or time
    #[arg(long, visible_alias = "at", value_name = "SEQ|TIME", value_parser = moment)]
    to: Option<Moment>,
    /// At most so many of each account
    #[arg(long, visible_alias = "last", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

#[derive(Serialize)]
struct Row {
    seq: u64,
    index: u32,
    time: Option<String>,
    account: String,
    what: String,
    transfer: Option<String>,
    other: Option<String>,
    debit: String,
    credit: String,
    pending: String,
    freed: String,
    available: String,
}

impl StatementArgs {
    /// Tells it.
    ///
    /// # Errors
    /// Where the folder or the account is none.
    pub fn run(&self, mut output: Output) -> Result<Exit, CliError> {
        let folder = Folder::open(&self.folder)?;
        let to = folder.upto(self.to)?;
        let from = match self.from {
            Some(Moment::Seq(seq)) => seq,
            // The first entry behind the last one that is older.
            Some(Moment::Time(ns)) => folder.history.sequence_at(ns.0.saturating_sub(1)).map_err(failed)? + 1,
            None => 0,
        };
        let mut rows = Vec::new();
        for account in folder.accounts(&self.account)? {
            let topic = Topic::Account(account.id);
            let postings = folder.history.postings(topic, (to, u32::MAX), self.limit as usize).map_err(failed)?;
            for posting in postings.into_iter().filter(|posting| posting.at.0 >= from) {
                rows.push((posting.at, row(&folder, &account, &posting)?));
            }
        }
        rows.sort_by_key(|(at, _)| core::cmp::Reverse(*at));
        let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
        if output.is_json() {
            output.json(&serde_json::json!({"from": from, "to": to, "statement": rows}))?;
            return Ok(Exit::Done);
        }
        for row in rows {
            let moved = [("−", &row.debit), ("+", &row.credit), ("pending ", &row.pending), ("freed ", &row.freed)];
            let moved = moved.iter().filter(|(_, amount)| amount.bytes().any(|byte| (b'1'..=b'9').contains(&byte)));
            let moved: Vec<String> = moved.map(|(sign, amount)| format!("{sign}{amount}")).collect();
            let other = row.other.map_or(String::new(), |other| format!(" · {other}"));
            let time = row.time.unwrap_or_default();
            output.line(format!(
                "seq {:<6} {time} {} {} ({}){other} · {} to spend",
                row.seq,
                row.account,
                moved.join(" "),
                row.what,
                row.available
            ))?;
        }
        Ok(Exit::Done)
    }
}

fn row(folder: &Folder, account: &Named, posting: &Posting) -> Result<Row, CliError> {
    let event = folder.history.event(posting.at).map_err(failed)?;
    let (what, transfer, ends) = event.as_ref().map_or_else(|| (String::new(), None, None), describe);
    let other = ends.map(|[debit, credit]| if debit == account.id { credit } else { debit });
    let amount = |amount| folder.amount(account.asset, amount);
    let made = amount(Amount(posting.change.posted));
    let nothing = amount(Amount::ZERO);
    let (debit, credit) = if posting.change.credit { (nothing, made) } else { (made, nothing) };
    let time = folder.history.moment(posting.at).map_err(failed)?;
    Ok(Row {
        seq: posting.at.0,
        index: posting.at.1,
        time: time.map(moment::show),
        account: folder.name(account.id),
        what,
        transfer: transfer.map(|transfer| transfer.id.0.to_string()),
        other: other.map(|other| folder.name(other)),
        debit,
        credit,
        pending: amount(Amount(posting.change.pending)),
        freed: amount(Amount(posting.change.freed)),
        available: amount(free(&posting.after)),
    })
}

/// What an event was, in a word; the transfer it was about; the accounts debited and credited.
fn describe(kept: &Kept) -> (String, Option<Transfer>, Option<[AccountId; 2]>) {
    match &kept.event {
        Event::Ledger(event) => {
            let (transfer, what) = match &**event {
                LedgerEvent::TransferCreated(created) => (created.transfer, kind(created.transfer.flags)),
                LedgerEvent::TransferExpired(expired) => (expired.transfer, "expired"),
                LedgerEvent::AccountOpened(_) => return ("opened".to_owned(), None, None),
            };
            (what.to_owned(), Some(transfer), Some([transfer.debit_account_id, transfer.credit_account_id]))
        }
        Event::Money(moved) => {
            let reason = serde_json::to_value(moved.reason).ok();
            let reason = reason.as_ref().and_then(|reason| reason.as_str()).unwrap_or("offer").to_owned();
            let ends = [account_of(moved.from, moved.asset), account_of(moved.to, moved.asset)];
            (reason, None, Some(ends))
        }
        _ => (String::new(), None, None),
    }
}

fn kind(flags: TransferFlags) -> &'static str {
    if flags.contains(TransferFlags::PENDING) {
        "pending"
    } else if flags.contains(TransferFlags::POST_PENDING_TRANSFER) {
        "posted"
    } else if flags.contains(TransferFlags::VOID_PENDING_TRANSFER) {
        "voided"
    } else {
        "payment"
    }
}
