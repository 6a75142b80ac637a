//! The check of a reconciliation: every claim is held against the two files, one by one.
//!
//! It never finds out which payment belongs where; it asks of each claim whether the reference names the number, of
//! each payment whether it stands in exactly one place, and adds up again.

use super::schema::{Books, Payment, Reconciled, State, bare, state};
use crate::cents;
use crate::trade::Flaw;

/// Checks a deliverable.
pub(super) fn check(books: &Books, done: &Reconciled) -> Result<(), Flaw> {
    let (invoices, payments) = books.read().map_err(|why| Flaw::new("input", why))?;
    let numbers: Vec<&str> = invoices.iter().map(|invoice| invoice.number.as_str()).collect();
    let claimed: Vec<&str> = done.invoices.iter().map(|line| line.number.as_str()).collect();
    if numbers != claimed {
        return Err(Flaw::new("invoices", "not the invoices of the books, in their order"));
    }
    let mut placed: Vec<&str> = done.strays.iter().map(String::as_str).collect();
    placed.extend(done.invoices.iter().flat_map(|line| line.payments.iter().map(String::as_str)));
    placed.sort_unstable();
    let mut known: Vec<&str> = payments.iter().map(|payment| payment.id.as_str()).collect();
    known.sort_unstable();
    if placed != known {
        return Err(Flaw::new("payments", "not every payment stands in exactly one place"));
    }
    let names = |payment: &Payment, number: &str| bare(&payment.reference).contains(&bare(number));
    let by_id = |id: &str| payments.iter().find(|payment| payment.id == id);
    let mut owed = 0;
    for (invoice, line) in invoices.iter().zip(&done.invoices) {
        let at = format!("invoices.{}", invoice.number.escape_debug());
        let mut paid = 0;
        for payment in line.payments.iter().filter_map(|id| by_id(id)) {
            let named = numbers.iter().filter(|number| names(payment, number)).count();
            if !names(payment, &invoice.number) || named != 1 {
                return Err(Flaw::new(at, format!("payment {:?} does not name it alone", payment.id)));
            }
            paid += payment.amount;
        }
        if !is_in_order(&line.payments, &payments) {
            return Err(Flaw::new(at, "its payments are not in the order of the statement"));
        }
        if cents::parse(&line.paid) != Some(paid) {
            return Err(Flaw::differs(at, cents::show(paid), &line.paid));
        }
        if line.state != state(invoice.amount, paid) {
            return Err(Flaw::differs(at, state(invoice.amount, paid), line.state));
        }
        if matches!(line.state, State::Open | State::Part) {
            owed += invoice.amount - paid;
        }
    }
    for stray in done.strays.iter().filter_map(|id| by_id(id)) {
        if numbers.iter().filter(|number| names(stray, number)).count() == 1 {
            return Err(Flaw::new("strays", format!("payment {:?} names one invoice", stray.id)));
        }
    }
    if !is_in_order(&done.strays, &payments) {
        return Err(Flaw::new("strays", "not in the order of the statement"));
    }
    match cents::parse(&done.outstanding) {
        Some(outstanding) if outstanding == owed => Ok(()),
        _ => Err(Flaw::differs("outstanding", cents::show(owed), &done.outstanding)),
    }
}

fn is_in_order(ids: &[String], payments: &[Payment]) -> bool {
    ids.iter().map(|id| payments.iter().position(|payment| payment.id == *id)).is_sorted()
}
