//! The score of a bid by the announced rule: what its attributes are worth to the poster, less or plus its price.
//!
//! Source: Che 1993, "Design competition through multidimensional auctions". Rounding: worth rounds down.

use super::auction::PRICE_MAX;
use super::ranking::{Ranking, merit};
use super::terms::ATTRIBUTE_MAX;
use super::{Auction, ClearError};

/// The most attributes of a rule.
const TERMS_MAX: usize = 16;

/// The score of a bid in minor units. Fits: 16 terms of 88 + 20 bits.
pub(super) fn score(auction: &Auction<'_>, bid: usize) -> i128 {
    let terms = auction.terms.scoring.iter().zip(auction.bids[bid].attributes);
    terms.map(|(term, &attribute)| term.value(attribute)).sum::<i128>() + merit(auction, bid)
}

/// Whether two bids share the best score; false where the terms are not in order.
pub(super) fn tie(auction: &Auction<'_>, mechanism: &'static str) -> bool {
    check(auction, mechanism).is_ok() && by_score(auction).tie_at(1)
}

/// The bids within the reserve by score.
pub(super) fn rank<'a>(auction: &'a Auction<'a>, mechanism: &'static str) -> Result<Ranking<'a>, ClearError> {
    auction.check_single_bids()?;
    check(auction, mechanism)?;
    Ok(by_score(auction))
}

fn by_score<'a>(auction: &'a Auction<'a>) -> Ranking<'a> {
    let admitted = (0..auction.bids.len()).filter(|&bid| auction.admits(auction.bids[bid].price));
    Ranking::by(auction, admitted.map(|bid| (score(auction, bid), bid)))
}

fn check(auction: &Auction<'_>, mechanism: &'static str) -> Result<(), ClearError> {
    let rule = auction.terms.scoring;
    if rule.is_empty() {
        return Err(ClearError::Missing { mechanism, term: "scoring" });
    }
    if rule.len() > TERMS_MAX || rule.iter().any(|term| term.worth.unsigned_abs() > PRICE_MAX.0) {
        return Err(ClearError::Term { term: "scoring", expected: "at most 16 attributes, each worth below 2^88" });
    }
    for (number, bid) in auction.bids.iter().enumerate() {
        let within = bid.attributes.iter().all(|&attribute| attribute.unsigned_abs() <= ATTRIBUTE_MAX.unsigned_abs());
        if bid.attributes.len() != rule.len() || !within {
            let expected = "a number for each attribute of the scoring rule, at most a million";
            return Err(ClearError::Field { bid: number, field: "attributes", expected });
        }
    }
    Ok(())
}
