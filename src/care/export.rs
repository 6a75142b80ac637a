//! A book as tables that other programs read: transfers, accounts, balances.
//!
//! Owns the columns. Money is a whole number of smallest units, never a fraction; the column `scale` and the file's
//! metadata say how many decimals the asset has, since assets of different scales share a column.
//! Invariant: the tables are of one moment, the end of what was committed when the export began.

use crate::care::document::{account, flags, owner, purse, reason};
use crate::care::folder::{Folder, FolderError};
use crate::care::walk::{Fault, WalkError, walk};
use oikos_journal::Verdict;
use oikos_market::Economy;
use oikos_protocol::command::account::AccountFlags;
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::AssetId;
use oikos_sim::table::parquet::{Cell, Field, Kind, Table, TableError};
use oikos_views::balance::Balances;
use oikos_views::fold::{Fold, Position};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// In which form the tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// Apache Parquet: typed columns, compressed.
    Parquet,
    /// Text with commas.
    Csv,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// The last entry.
    pub sequence: u64,
    /// Rows of the table of transfers.
    pub transfers: u64,
    /// Rows of the table of accounts.
    pub accounts: u64,
    /// Rows of the table of balances.
    pub balances: u64,
}

/// Why nothing usable was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The journal does not apply.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// The disk refused.
    #[error("the tables cannot be written")]
    Disk(#[from] io::Error),
    /// The table refused.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The text was not written.
    #[error("the tables cannot be written")]
    Csv(#[from] csv::Error),
}

/// A table in either form.
enum Sheet {
    Parquet(Box<Table<BufWriter<File>>>),
    Csv(Box<csv::Writer<File>>),
}

fn units(name: &str) -> Field {
    Field::new(name, Kind::Money(0))
}

fn text(name: &str) -> Field {
    Field::new(name, Kind::Text)
}

fn count(name: &str) -> Field {
    Field::new(name, Kind::Count)
}

impl Sheet {
    fn create(
        folder: &Path,
        name: &str,
        form: Form,
        fields: Vec<Field>,
        about: &[(&str, &str)],
    ) -> Result<Self, ExportError> {
        Ok(match form {
            Form::Parquet => {
                let file = BufWriter::new(File::create_new(folder.join(format!("{name}.parquet")))?);
                Self::Parquet(Box::new(Table::create(file, fields, about)?))
            }
            Form::Csv => {
                let mut csv = csv::Writer::from_writer(File::create_new(folder.join(format!("{name}.csv")))?);
                csv.write_record(fields.iter().map(|field| field.name.as_str()))?;
                Self::Csv(Box::new(csv))
            }
        })
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        match self {
            Self::Parquet(table) => Ok(table.row(cells)?),
            Self::Csv(csv) => Ok(csv.write_record(cells.iter().map(|cell| match cell {
                Cell::Empty => String::new(),
                Cell::Count(count) => count.to_string(),
                Cell::Money(units) | Cell::Decimal(units) => units.to_string(),
                Cell::Text(text) => (*text).to_owned(),
                Cell::Truth(truth) => truth.to_string(),
                Cell::Moment(at) => at.to_string(),
            }))?),
        }
    }

    fn finish(self) -> Result<(), ExportError> {
        match self {
            Self::Parquet(table) => Ok(table.finish()?),
            Self::Csv(mut csv) => Ok(csv.flush()?),
        }
    }
}

fn transfer_fields() -> Vec<Field> {
    let optional = |name| Field::optional(name, Kind::Text);
    let fields = [count("seq"), count("index"), count("t_ns"), text("what"), optional("transfer"), text("from")];
    let rest = [text("to"), text("asset"), count("scale"), units("amount_units"), optional("how")];
    fields.into_iter().chain(rest).collect()
}

fn account_fields() -> Vec<Field> {
    let fields = [text("account"), Field::optional("participant", Kind::Count), text("asset"), count("scale")];
    let sums = ["debits_pending_units", "debits_posted_units", "credits_pending_units", "credits_posted_units"];
    let rest = [Field::new("closed", Kind::Truth), count("code"), count("opened_t_ns")];
    fields.into_iter().chain(sums.map(units)).chain(rest).collect()
}

fn balance_fields() -> Vec<Field> {
    let fields = [text("purse"), Field::optional("participant", Kind::Count), text("asset"), count("scale")];
    fields.into_iter().chain([units("amount_units")]).collect()
}

/// Writes the tables of `folder` into `to`; `progress` is told the sequence and the last one.
///
/// # Errors
/// [`ExportError`]; what was written until then is left.
pub fn export(
    folder: &Folder,
    to: &Path,
    form: Form,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Exported, ExportError> {
    let report = folder.check()?;
    if let Verdict::Damaged(damage) = report.verdict {
        let (seq, what) = (damage.place.sequence, damage.what.to_string());
        return Err(WalkError::Fault(Fault { seq, what, place: Some(damage.place) }).into());
    }
    let end = report.end.sequence;
    let economy = folder.identity().map_or(String::new(), |identity| identity.economy.clone());
    let sequence = end.to_string();
    let note = "amounts are whole numbers of smallest units; an asset's value is units / 10^scale";
    let about = [("oikos.economy", economy.as_str()), ("oikos.sequence", sequence.as_str()), ("oikos.units", note)];
    let mut transfers = Sheet::create(to, "transfers", form, transfer_fields(), &about)?;
    let mut exported = Exported { sequence: end, ..Exported::default() };
    let (mut balances, mut refused) = (Balances::default(), None);
    let walked = walk(folder.storage(), end, &mut |seen| {
        progress(seen.seq, end);
        for (event, index) in seen.events.iter().zip(0..) {
            balances.fold(Position { seq: seen.seq, index }, event);
            let written = movement(&mut transfers, (seen.seq, index, seen.entry.t.0), event, seen.state.economy());
            match written {
                Ok(rows) => exported.transfers += rows,
                Err(error) => {
                    let what = error.to_string();
                    refused = Some(error);
                    return Err(Fault::at(seen.seq, what));
                }
            }
        }
        Ok(())
    });
    if let Some(refused) = refused {
        return Err(refused);
    }
    let state = walked?;
    transfers.finish()?;
    let mut accounts = Sheet::create(to, "accounts", form, account_fields(), &about)?;
    let mut sums = Sheet::create(to, "balances", form, balance_fields(), &about)?;
    if let Some(state) = state {
        exported.accounts = write_accounts(&mut accounts, state.economy())?;
        exported.balances = write_balances(&mut sums, &balances, state.economy())?;
    }
    accounts.finish()?;
    sums.finish()?;
    Ok(exported)
}

/// The code and decimals of an asset.
fn asset_of(economy: &Economy, asset: AssetId) -> (String, u64) {
    economy
        .asset(asset)
        .map_or_else(|| (asset.to_string(), 0), |found| (found.code.to_string(), u64::from(found.scale.decimals())))
}

/// Amounts above the largest signed number are refused by the table, which holds 38 digits.
fn money(units: u128) -> Cell<'static> {
    Cell::Money(i128::try_from(units).unwrap_or(i128::MAX))
}

/// Writes the row of an event that moved money; says how many rows that were.
fn movement(
    sheet: &mut Sheet,
    (seq, index, t): (u64, u32, u64),
    event: &Event,
    economy: &Economy,
) -> Result<u64, ExportError> {
    let (what, id, from, to, asset, amount, how) = match event {
        Event::Money(moved) => {
            let how = Some(reason(moved.reason));
            ("payment", None, purse(moved.from), purse(moved.to), moved.asset, moved.amount.0, how)
        }
        Event::Ledger(event) => {
            let (what, transfer) = match &**event {
                LedgerEvent::TransferCreated(created) => ("transfer", &created.transfer),
                LedgerEvent::TransferExpired(expired) => ("expiry", &expired.transfer),
                LedgerEvent::AccountOpened(_) => return Ok(0),
            };
            let ends = [transfer.debit_account_id, transfer.credit_account_id].map(|end| account(end, transfer.ledger));
            let [from, to] = ends;
            let id = Some(transfer.id.0.to_string());
            (what, id, from, to, transfer.ledger, transfer.amount.0, flags(transfer.flags))
        }
        _ => return Ok(0),
    };
    let (code, scale) = asset_of(economy, asset);
    sheet.row(&[
        Cell::Count(seq),
        Cell::Count(u64::from(index)),
        Cell::Count(t),
        Cell::Text(what),
        Cell::text(id.as_deref()),
        Cell::Text(&from),
        Cell::Text(&to),
        Cell::Text(&code),
        Cell::Count(scale),
        money(amount),
        Cell::text(how.as_deref()),
    ])?;
    Ok(1)
}

fn write_accounts(sheet: &mut Sheet, economy: &Economy) -> Result<u64, ExportError> {
    for found in economy.ledger().accounts() {
        let (code, scale) = asset_of(economy, found.ledger);
        sheet.row(&[
            Cell::Text(&found.id.0.to_string()),
            Cell::count(owner(found.id, found.ledger).map(|whose| whose.0)),
            Cell::Text(&code),
            Cell::Count(scale),
            money(found.debits_pending.0),
            money(found.debits_posted.0),
            money(found.credits_pending.0),
            money(found.credits_posted.0),
            Cell::Truth(found.flags.contains(AccountFlags::CLOSED)),
            Cell::Count(u64::from(found.code)),
            Cell::Count(found.timestamp.0),
        ])?;
    }
    Ok(economy.ledger().accounts().len() as u64)
}

fn write_balances(sheet: &mut Sheet, balances: &Balances, economy: &Economy) -> Result<u64, ExportError> {
    let mut rows = 0;
    for (asset, of, amount) in balances.all() {
        let (code, scale) = asset_of(economy, asset);
        let whose = if let Purse::Available(whose) = of { Some(whose.0) } else { None };
        let (name, whose) = (purse(of), Cell::count(whose));
        sheet.row(&[Cell::Text(&name), whose, Cell::Text(&code), Cell::Count(scale), Cell::Money(amount)])?;
        rows += 1;
    }
    Ok(rows)
}
