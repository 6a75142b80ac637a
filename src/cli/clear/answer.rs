//! The JSON of a clearing: stable keys, money as decimal strings, bids by the names that the file gave them.

use super::ClearFailure;
use oikos_market::mechanism::{Clearing, Wording};
use oikos_protocol::money::Scale;
use serde::Serialize;
use std::fmt;
use std::io::Write;

/// What is printed for a clearing.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) mechanism: String,
    pub(super) winners: Vec<Winner>,
    pub(super) ranking: Vec<String>,
    pub(super) total: String,
    pub(super) objective: String,
    pub(super) optimal: bool,
    pub(super) explanation: Vec<String>,
}

/// One award.
#[derive(Debug, Serialize)]
pub(super) struct Winner {
    pub(super) bid: String,
    pub(super) bidder: String,
    pub(super) units: u64,
    pub(super) price: String,
}

/// Names and money as the file has them.
struct Names<'a> {
    ids: &'a [String],
    scale: Scale,
}

impl Wording for Names<'_> {
    fn bid(&self, f: &mut fmt::Formatter<'_>, bid: usize) -> fmt::Result {
        f.write_str(self.ids.get(bid).map_or("?", String::as_str))
    }

    fn money(&self, f: &mut fmt::Formatter<'_>, units: i128) -> fmt::Result {
        fmt::Display::fmt(&self.scale.show_signed(units), f)
    }
}

impl Answer {
    pub(super) fn new(mechanism: &str, clearing: &Clearing, ids: &[String], bidders: &[String], scale: Scale) -> Self {
        let words = Names { ids, scale };
        let winner = |award: &oikos_market::mechanism::Award| Winner {
            bid: ids[award.bid].clone(),
            bidder: bidders[award.bid].clone(),
            units: award.units,
            price: scale.show(award.price).to_string(),
        };
        Self {
            mechanism: mechanism.to_owned(),
            winners: clearing.winners.iter().map(winner).collect(),
            ranking: clearing.ranking.iter().map(|&bid| ids[bid].clone()).collect(),
            total: scale.show(clearing.total()).to_string(),
            objective: scale.show_signed(clearing.objective).to_string(),
            optimal: clearing.optimal,
            explanation: clearing.explanation.iter().map(|reason| reason.in_words(&words).to_string()).collect(),
        }
    }
}

/// Writes one JSON object and ends the line.
pub(super) fn write_json(out: &mut impl Write, answer: &impl Serialize) -> Result<(), ClearFailure> {
    serde_json::to_writer(&mut *out, answer).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}
