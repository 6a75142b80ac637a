//! What a job has cost so far on average, and a share on top: right for work that pays for a model or a machine.
//!
//! The average is exponential with weight 1/4 on the latest job, so that a price that fell or rose is followed
//! within a few jobs. Rounded up to the money's smallest unit: never below cost plus margin.

use super::{Invitation, Lesson, PriceError, Strategy, offer, parse};
use oikos_protocol::money::{Amount, Share};
use rust_decimal::{Decimal, RoundingStrategy};
use std::sync::{Mutex, PoisonError};

/// Weight of the latest job in the average, as its inverse.
const LATEST: i64 = 4;

/// Asks the average cost plus a margin.
#[derive(Debug)]
pub struct CostPlus {
    margin: Decimal,
    average: Mutex<Decimal>,
}

impl CostPlus {
    /// Begins with a guess of the cost of one job, and asks `margin` on top.
    ///
    /// # Errors
    /// [`PriceError`] where the guess is no price.
    pub fn new(cost_guessed: &str, margin: Share) -> Result<Self, PriceError> {
        let margin = Decimal::new(i64::from(margin.millionths()), 6);
        Ok(Self { margin, average: Mutex::new(parse(cost_guessed)?) })
    }
}

impl Strategy for CostPlus {
    fn price(&self, invitation: &Invitation) -> Option<Amount> {
        let average = *self.average.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = average.checked_mul(Decimal::ONE.checked_add(self.margin)?)?;
        let decimals = u32::from(invitation.scale.decimals());
        offer(asked.round_dp_with_strategy(decimals, RoundingStrategy::AwayFromZero), invitation)
    }

    fn learn(&self, lesson: &Lesson) {
        let Some(cost) = lesson.cost else { return };
        let mut average = self.average.lock().unwrap_or_else(PoisonError::into_inner);
        let step = cost.checked_sub(*average).and_then(|gap| gap.checked_div(LATEST.into()));
        if let Some(next) = step.and_then(|step| average.checked_add(step)) {
            *average = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::invitation;
    use super::*;

    fn quarter_on_top(guess: &str) -> CostPlus {
        CostPlus::new(guess, Share::from_millionths(250_000).unwrap()).unwrap()
    }

    #[test]
    fn the_price_is_cost_plus_margin_rounded_up() {
        assert_eq!(quarter_on_top("0.04").price(&invitation(100)), Some(Amount(5)));
        assert_eq!(quarter_on_top("0.041").price(&invitation(100)), Some(Amount(6)));
    }

    #[test]
    fn the_price_follows_what_jobs_cost() {
        let strategy = quarter_on_top("0.04");
        for _ in 0..40 {
            strategy.learn(&Lesson { cost: Some(Decimal::new(8, 2)), paid: None });
        }
        assert_eq!(strategy.price(&invitation(100)), Some(Amount(10)));
    }

    #[test]
    fn a_job_that_told_no_cost_teaches_nothing() {
        let strategy = quarter_on_top("0.04");
        strategy.learn(&Lesson { cost: None, paid: Some(Decimal::ONE) });
        assert_eq!(strategy.price(&invitation(100)), Some(Amount(5)));
    }
}
