//! What is asked: two CSV files as they come out of the books and out of the bank. What is delivered: a statement.

use crate::cents;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The order: two CSV files, each with a heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Books {
    /// `number,customer,amount`
    pub invoices: String,
    /// `id,date,reference,amount`
    pub payments: String,
}

/// The statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reconciled {
    /// Every invoice, in the order of the books.
    pub invoices: Vec<Line>,
    /// Payments that name no invoice, or more than one, in the order of the statement.
    pub strays: Vec<String>,
    /// What all customers together still owe: the sum over invoices that are not paid in full.
    pub outstanding: String,
}

/// What became of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its number, as in the books.
    pub number: String,
    /// The payments that name it, in the order of the statement.
    pub payments: Vec<String>,
    /// Their sum.
    pub paid: String,
    /// Where that leaves it.
    pub state: State,
}

/// Where its payments leave an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was paid, or all of it went back.
    Open,
    /// Something, and not enough.
    Part,
    /// To the cent.
    Paid,
    /// Too much.
    Over,
}

/// A row of the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its number.
    pub number: String,
    /// In cents.
    pub amount: i64,
}

/// A row of the bank statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Its number at the bank.
    pub id: String,
    /// What the payer wrote.
    pub reference: String,
    /// In cents.
    pub amount: i64,
}

impl Books {
    /// The rows of both files.
    ///
    /// # Errors
    /// Which line cannot be read.
    pub fn read(&self) -> Result<(Vec<Invoice>, Vec<Payment>), String> {
        let invoices = rows(&self.invoices, "invoices", ["number", "customer", "amount"], |[number, _, amount]| {
            Some(Invoice { number: number.to_owned(), amount: cents::parse(amount)? })
        })?;
        let payments =
            rows(&self.payments, "payments", ["id", "date", "reference", "amount"], |[id, _, reference, amount]| {
                let (id, reference) = (id.to_owned(), reference.to_owned());
                Some(Payment { id, reference, amount: cents::parse(amount)? })
            })?;
        Ok((invoices, payments))
    }
}

fn rows<const N: usize, T>(
    text: &str,
    file: &str,
    heading: [&str; N],
    row: impl Fn([&str; N]) -> Option<T>,
) -> Result<Vec<T>, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    if !reader.headers().is_ok_and(|found| found.iter().eq(heading)) {
        return Err(format!("{file}: the heading is not {}", heading.join(",")));
    }
    let mut read = Vec::new();
    for (record, line) in reader.records().zip(2..) {
        let record = record.map_err(|_| format!("{file}, line {line}: not {N} columns"))?;
        let cells = <[&str; N]>::try_from(record.iter().collect::<Vec<_>>());
        let cells = cells.map_err(|_| format!("{file}, line {line}: not {N} columns"))?;
        read.push(row(cells).ok_or_else(|| format!("{file}, line {line}: the amount is not like 12.34"))?);
    }
    Ok(read)
}

/// A number or a reference without what payers add and leave out.
#[must_use]
pub(crate) fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Where this sum leaves an invoice over this amount.
pub(crate) const fn state(amount: i64, paid: i64) -> State {
    if paid <= 0 {
        State::Open
    } else if paid < amount {
        State::Part
    } else if paid == amount {
        State::Paid
    } else {
        State::Over
    }
}
