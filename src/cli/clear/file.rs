//! `oikos clear MECHANISM FILE.json`, and `--whatif`: the same bids under several rules.

use super::answer::{Answer, Winner, write_json};
use super::input::{Sheet, Written};
use super::{ClearArgs, ClearFailure, Verdict, read};
use oikos_market::mechanism::{Auction, ClearError, Clearing, MECHANISMS, Mechanism, Side, by_name};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// Clears the file's bids by the mechanism named.
pub(super) fn run(name: &str, path: &Path, args: &ClearArgs, out: &mut impl Write) -> Result<Verdict, ClearFailure> {
    let mechanism = named(name)?;
    let written: Written = read::json(path)?;
    if let Some(other) = written.mechanism.as_ref().filter(|other| *other != name && args.whatif.is_none()) {
        let message = format!("the file is for `{}`; to clear it by `{name}` use --whatif", read::shown(other));
        return Err(ClearFailure::usage(message));
    }
    let sheet = written.understand(path, args)?;
    let bids = sheet.bids();
    let auction = sheet.auction(&bids);
    let answer = match &args.whatif {
        None => {
            let clearing = mechanism.clear(&auction)?;
            return write_json(out, &Answer::new(name, &clearing, &sheet.ids, &sheet.names, sheet.scale))
                .map(|()| Verdict::Done);
        }
        Some(list) => compare(mechanism, list, &sheet, &auction)?,
    };
    write_json(out, &answer).map(|()| Verdict::Done)
}

fn named(name: &str) -> Result<&'static dyn Mechanism, ClearFailure> {
    by_name(name).ok_or_else(|| {
        ClearFailure::usage(format!(
            "no mechanism is called `{}`; `oikos clear list` names them all",
            read::shown(name)
        ))
    })
}

/// The same bids under several rules.
#[derive(Debug, Serialize)]
struct Comparison {
    compared: Vec<Row>,
}

/// What one rule makes of the bids.
#[derive(Debug, Serialize)]
struct Row {
    mechanism: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    winners: Option<Vec<Winner>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<String>,
    /// What the winners' bids are worth to all: offers, or reserves less asks, or gains from trade.
    #[serde(skip_serializing_if = "Option::is_none")]
    welfare: Option<String>,
    /// How far that falls short of the best of the rules compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    regret: Option<String>,
    /// Why this rule does not clear the bids.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn compare(
    first: &'static dyn Mechanism,
    list: &str,
    sheet: &Sheet,
    auction: &Auction<'_>,
) -> Result<Comparison, ClearFailure> {
    let all = list == "all";
    let mut rules = vec![first];
    if all {
        let two_sided = auction.bids.iter().any(|bid| bid.side == Side::Sell);
        let fits = |rule: &&dyn Mechanism| rule.name() != first.name() && rule.is_two_sided() == two_sided;
        rules.extend(MECHANISMS.iter().copied().filter(fits));
    } else {
        for name in list.split(',') {
            let rule = named(name.trim())?;
            if rules.iter().all(|other| other.name() != rule.name()) {
                rules.push(rule);
            }
        }
    }
    let cleared: Vec<_> = rules.into_iter().map(|rule| (rule, rule.clear(auction))).collect();
    let gained = |(rule, result): &(&'static dyn Mechanism, Result<Clearing, ClearError>)| {
        result.as_ref().ok().map(|clearing| welfare(*rule, auction, clearing))
    };
    let best = cleared.iter().filter_map(gained).max();
    let row = |(rule, result): (&'static dyn Mechanism, Result<Clearing, ClearError>)| match result {
        Ok(clearing) => {
            let answer = Answer::new(rule.name(), &clearing, &sheet.ids, &sheet.names, sheet.scale);
            let welfare = welfare(rule, auction, &clearing);
            let show = |units| Some(sheet.scale.show_signed(units).to_string());
            Some(Row {
                mechanism: answer.mechanism,
                winners: Some(answer.winners),
                total: Some(answer.total),
                welfare: show(welfare),
                regret: best.and_then(|best| show(best - welfare)),
                error: None,
            })
        }
        // Of all rules, those that do not fit the bids are left out; one that was asked for says why.
        Err(_) if all && rule.name() != first.name() => None,
        Err(error) => Some(Row {
            mechanism: rule.name().to_owned(),
            winners: None,
            total: None,
            welfare: None,
            regret: None,
            error: Some(error.to_string()),
        }),
    };
    Ok(Comparison { compared: cleared.into_iter().filter_map(row).collect() })
}

/// What the winning bids are worth: offers when the poster sells; the reserve (or nothing) less the asks when it buys;
/// in a two-sided market, offers less asks.
fn welfare(rule: &dyn Mechanism, auction: &Auction<'_>, clearing: &Clearing) -> i128 {
    if !rule.prices_are_for_a_unit() {
        return clearing.objective; // By definition of these rules.
    }
    let two_sided = auction.bids.iter().any(|bid| bid.side == Side::Sell);
    let reserve = auction.reserve.unwrap_or_default().0 as i128; // 88 bits, as every price; times 32 of units.
    let worth = clearing.winners.iter().map(|award| {
        let bid = &auction.bids[award.bid];
        let (price, units) = (bid.price.0 as i128, i128::from(award.units));
        match (two_sided, auction.side, bid.side) {
            (true, _, Side::Buy) | (false, Side::Sell, _) => price * units,
            (true, _, Side::Sell) => -price * units,
            (false, Side::Buy, _) => (reserve - price) * units,
        }
    });
    worth.fold(0, i128::saturating_add)
}
