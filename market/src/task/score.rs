//! The announced score of a task: its terms for the mechanism, and what a bid brings to them.

use super::state::Promised;
use crate::mechanism::terms::{ATTRIBUTE_WHOLE, ScoringTerm};
use oikos_protocol::command::scoring::{Criterion, Promise, Scoring};
use oikos_protocol::money::{Amount, Share};
use smallvec::SmallVec;

/// A score has quality, time and reputation at most.
const COUNTED_MAX: usize = 3;

/// The terms of a score in their order: quality, time, reputation.
pub(crate) fn terms(scoring: &Scoring) -> SmallVec<[ScoringTerm; COUNTED_MAX]> {
    let term = |criterion: Criterion| ScoringTerm { worth: criterion.worth.0 as i128, shape: criterion.shape };
    [scoring.quality, scoring.time, scoring.reputation].into_iter().flatten().map(term).collect()
}

/// What a bid brings to each of the terms, in millionths.
pub(crate) fn attributes(scoring: &Scoring, promised: Option<Promised>) -> SmallVec<[i64; COUNTED_MAX]> {
    let Promised { promise: Promise { quality, time }, reputation } = promised.unwrap_or_default();
    let whole = |share: Option<Share>| share.map_or(0, |share| i64::from(share.millionths()));
    let brought = [
        scoring.quality.map(|_| whole(quality)),
        // Promised is the part that is needed; what counts is the part that is not.
        scoring.time.map(|_| ATTRIBUTE_WHOLE - time.map_or(ATTRIBUTE_WHOLE, |time| i64::from(time.millionths()))),
        scoring.reputation.map(|_| i64::from(reputation.millionths())),
    ];
    brought.into_iter().flatten().collect()
}

/// What a bid's promise and reputation are worth to the poster, in minor units, each term rounded down.
///
/// Fits: three terms below 2^88.
pub(crate) fn worth(scoring: &Scoring, promised: Option<Promised>) -> i128 {
    terms(scoring).iter().zip(attributes(scoring, promised)).map(|(term, attribute)| term.value(attribute)).sum()
}

/// What a bid costs the poster in the end, in minor units: its price less what else it brings.
pub(crate) fn cost(scoring: Option<&Scoring>, price: Amount, promised: Option<Promised>) -> i128 {
    // Prices that are compared are below 2^88.
    price.0 as i128 - scoring.map_or(0, |scoring| worth(scoring, promised))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::command::scoring::Shape;

    fn share(millionths: u32) -> Option<Share> {
        Share::from_millionths(millionths)
    }

    #[test]
    fn each_thing_that_counts_adds_its_worth_and_the_time_that_is_left_counts() {
        let criterion = |worth, shape| Some(Criterion { worth: Amount(worth), shape });
        let scoring = Scoring {
            quality: criterion(1_000, Shape::Root),
            time: criterion(400, Shape::Linear),
            reputation: criterion(10, Shape::Linear),
        };
        let promise = Promise { quality: share(250_000), time: share(750_000) };
        let promised = Some(Promised { promise, reputation: Share::from_millionths(500_000).unwrap() });
        assert_eq!(attributes(&scoring, promised)[..], [250_000, 250_000, 500_000]);
        assert_eq!(worth(&scoring, promised), 500 + 100 + 5);
        assert_eq!(cost(Some(&scoring), Amount(700), promised), 95);
        assert_eq!(cost(None, Amount(700), None), 700);
        let only_time = Scoring { time: scoring.time, ..Scoring::default() };
        assert_eq!(attributes(&only_time, promised)[..], [250_000], "what does not count is not there");
        assert_eq!(worth(&only_time, None), 0, "who promises nothing needs all the time");
    }
}
