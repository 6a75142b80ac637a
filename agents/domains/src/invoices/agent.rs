//! Reconciles: careful by an index of bare numbers looked up at every place of a bare reference; hasty by whole words,
//! which misses the number that a payer wrote with a space in it.

use super::schema::{Books, Invoice, Line, Payment, Reconciled, State, bare, state};
use crate::cents;
use crate::trade::Manner;
use std::collections::{BTreeSet, HashMap};

/// Does the work.
pub(super) fn work(books: &Books, manner: Manner) -> Result<Reconciled, String> {
    let (invoices, payments) = books.read()?;
    let named: Vec<Option<usize>> = match manner {
        Manner::Careful => by_index(&invoices, &payments),
        Manner::Hasty => payments.iter().map(|payment| by_word(&invoices, payment)).collect(),
    };
    let mut lines: Vec<Line> = Vec::with_capacity(invoices.len());
    let mut outstanding = 0;
    for (index, invoice) in invoices.iter().enumerate() {
        let its: Vec<&Payment> = payments
            .iter()
            .zip(&named)
            .filter(|(_, named)| **named == Some(index))
            .map(|(payment, _)| payment)
            .collect();
        let paid: i64 = its.iter().map(|payment| payment.amount).sum();
        let state = state(invoice.amount, paid);
        if matches!(state, State::Open | State::Part) {
            outstanding += invoice.amount - paid;
        }
        lines.push(Line {
            number: invoice.number.clone(),
            payments: its.iter().map(|payment| payment.id.clone()).collect(),
            paid: cents::show(paid),
            state,
        });
    }
    let strays = payments.iter().zip(&named).filter(|(_, named)| named.is_none());
    Ok(Reconciled {
        invoices: lines,
        strays: strays.map(|(payment, _)| payment.id.clone()).collect(),
        outstanding: cents::show(outstanding),
    })
}

fn by_index(invoices: &[Invoice], payments: &[Payment]) -> Vec<Option<usize>> {
    let index: HashMap<String, usize> =
        invoices.iter().zip(0..).map(|(invoice, at)| (bare(&invoice.number), at)).collect();
    let lengths: BTreeSet<usize> = index.keys().map(String::len).collect();
    let named = |payment: &Payment| {
        let reference = bare(&payment.reference);
        let places = (0..reference.len()).flat_map(|from| lengths.iter().map(move |length| (from, from + length)));
        let hits: BTreeSet<usize> =
            places.filter_map(|(from, to)| index.get(reference.get(from..to)?)).copied().collect();
        match (hits.len(), hits.first()) {
            (1, Some(only)) => Some(*only),
            _ => None,
        }
    };
    payments.iter().map(named).collect()
}

fn by_word(invoices: &[Invoice], payment: &Payment) -> Option<usize> {
    invoices.iter().position(|invoice| payment.reference.split_whitespace().any(|word| word == invoice.number))
}
