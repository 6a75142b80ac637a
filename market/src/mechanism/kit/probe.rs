//! One profile of values at a time: clears the truth, clears the lies, and compares.

use super::super::terms::{Prior, ScoringTerm, Terms};
use super::super::{Bid, ClearError, Clearing, Lots, Mechanism, Side, score};
use super::scene::{Best, Fit, Role, Scene};
use super::{Effort, Finding};
use crate::math::draw::Draw;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;

/// Checks all properties in one scene: the whole grid, then random values.
pub(super) fn run(mechanism: &dyn Mechanism, scene: &Scene, effort: Effort, findings: &mut [Finding]) {
    let mut draw = Draw::new(effort.seed);
    let mut probe = Probe { mechanism, scene, findings, lots: Lots::from_seed([0; 32]) };
    let size = scene.roles.len();
    probe.lots = Lots::from_seed([1; 32]);
    for (values, lie) in scene.kept {
        probe.visit(values, Some(lie));
    }
    for _ in 0..effort.grids {
        probe.lots = Lots::from_seed(draw.seed());
        let mut values = vec![0; size];
        loop {
            probe.visit(&values, None);
            // The next profile, as a number whose digits go up to the grid's end.
            let Some(place) = values.iter().position(|&value| value < scene.grid) else { break };
            values[..place].fill(0);
            values[place] += 1;
        }
    }
    for _ in 0..effort.draws {
        probe.lots = Lots::from_seed(draw.seed());
        let mut any = || u128::from(draw.below(scene.wide as u64 + 1)); // Far below 2^64.
        let values: Vec<u128> = (0..size).map(|_| any()).collect();
        let lie: Vec<u128> = (0..size).map(|_| any()).collect();
        probe.visit(&values, Some(&lie));
    }
}

struct Probe<'a> {
    mechanism: &'a dyn Mechanism,
    scene: &'a Scene,
    findings: &'a mut [Finding],
    lots: Lots,
}

impl Probe<'_> {
    /// Checks one profile; lies are all of the grid, or the one given.
    fn visit(&mut self, values: &[u128], lie: Option<&[u128]>) {
        let truth = self.scene.bids(values);
        let honest = match self.clear(&truth) {
            Ok(clearing) => clearing,
            Err(ClearError::Term { term: "choice", .. }) => return, // The poster would not choose that.
            Err(error) => {
                let story = || format!("{}: {values:?} is refused: {error}", self.scene.name);
                let stories: Vec<String> = self.findings.iter().map(|_| story()).collect();
                self.findings.iter_mut().zip(stories).for_each(|(finding, story)| finding.violation = Some(story));
                return;
            }
        };
        self.payments(values, &truth, &honest);
        self.welfare(values, &honest);
        self.labels(values, &truth, &honest);
        self.scale(values, &honest);
        for bidder in bidders(self.scene.roles) {
            let own: Vec<usize> = (0..values.len()).filter(|&n| self.scene.roles[n].bidder == bidder).collect();
            match lie {
                Some(lie) => {
                    self.lie(values, &truth, &honest, &own, lie);
                    for &bid in own.iter().filter(|_| own.len() > 1) {
                        let mut one = values.to_vec();
                        one[bid] = lie[bid];
                        self.lie(values, &truth, &honest, &own, &one);
                    }
                }
                None => self.all_lies(values, &truth, &honest, &own),
            }
        }
    }

    fn clear(&self, bids: &[Bid<'_>]) -> Result<Clearing, ClearError> {
        self.mechanism.clear(&self.scene.auction(bids, self.lots))
    }

    /// Notes a comparison, and the violation if it failed.
    fn note(&mut self, property: &str, holds: bool, story: impl FnOnce() -> String) {
        let outside = self.scene.outside.contains(&property);
        let Some(finding) = self.findings.iter_mut().find(|finding| finding.property == property) else { return };
        finding.cases += u64::from(!outside);
        let place = if outside { &mut finding.outside } else { &mut finding.violation };
        if !holds && place.is_none() {
            *place = Some(format!("{}: {}", self.scene.name, story()));
        }
    }

    /// What a bidder with these values gains from a clearing: negative where it loses.
    fn utility(&self, values: &[u128], own: &[usize], clearing: &Clearing) -> i128 {
        let mut gain = 0;
        for award in clearing.winners.iter().filter(|award| own.contains(&award.bid)) {
            let units = if self.mechanism.prices_are_for_a_unit() { i128::from(award.units) } else { 1 };
            let (worth, price) = (values[award.bid] as i128 * units, award.price.0 as i128);
            gain += match self.scene.roles[award.bid].side {
                Side::Buy => worth - price,
                Side::Sell => price - worth,
            };
        }
        gain
    }

    fn payments(&mut self, values: &[u128], truth: &[Bid<'_>], honest: &Clearing) {
        for bidder in bidders(self.scene.roles) {
            let own: Vec<usize> = (0..values.len()).filter(|&n| self.scene.roles[n].bidder == bidder).collect();
            let gain = self.utility(values, &own, honest);
            self.note("individually_rational", gain >= 0, || format!("{values:?}: bidder {bidder} gains {gain}"));
        }
        let paid = |side: Side| -> u128 {
            honest.winners.iter().filter(|award| truth[award.bid].side == side).map(|award| award.price.0).sum()
        };
        if self.scene.best == Best::Trades {
            let (by_buyers, to_sellers) = (paid(Side::Buy), paid(Side::Sell));
            let story = || format!("{values:?}: buyers pay {by_buyers}, sellers receive {to_sellers}");
            self.note("budget_balanced", by_buyers == to_sellers, story);
            self.note("no_deficit", by_buyers >= to_sellers, story);
        } else {
            // One-sided: the poster pays or receives the total, so there is nothing to be out of balance.
            let whole = honest.total().0 == paid(Side::Buy) + paid(Side::Sell);
            self.note("budget_balanced", whole, || format!("{values:?}: the total is not the sum of payments"));
            self.note("no_deficit", whole, || format!("{values:?}: the total is not the sum of payments"));
        }
    }

    fn welfare(&mut self, values: &[u128], honest: &Clearing) {
        let (got, best) = (self.realised(values, honest), self.greatest(values));
        let holds = got + self.scene.slack as i128 >= best;
        self.note("efficient", holds, || format!("{values:?}: welfare {got} where {best} is possible"));
    }

    /// The sign of a value in the welfare of the scene: what a buyer gets counts, what a seller gives up is a cost.
    fn worth(&self, values: &[u128], bid: usize) -> i128 {
        match self.scene.roles[bid].side {
            Side::Buy => values[bid] as i128,
            Side::Sell => -(values[bid] as i128),
        }
    }

    /// What a bid adds to a set: its worth over the reserve of what it takes.
    fn gain(&self, values: &[u128], bid: usize) -> i128 {
        let Role { quantity, bundle, .. } = self.scene.roles[bid];
        let size = match self.scene.best {
            Best::Set(Fit::Quantity) => u128::from(quantity),
            _ => bundle.len() as u128,
        };
        let reserve = (self.scene.reserve.unwrap_or(0) * size) as i128;
        self.worth(values, bid) + if self.scene.side == Side::Buy { reserve } else { -reserve }
    }

    fn realised(&self, values: &[u128], honest: &Clearing) -> i128 {
        match self.scene.best {
            Best::Count => honest.winners.len() as i128,
            Best::Score => honest.winners.iter().map(|award| self.score(values, award.bid)).sum(),
            Best::Set(_) => honest.winners.iter().map(|award| self.gain(values, award.bid)).sum(),
            _ => honest.winners.iter().map(|award| self.worth(values, award.bid) * i128::from(award.units)).sum(),
        }
    }

    fn score(&self, values: &[u128], bid: usize) -> i128 {
        let bids = self.scene.bids(values);
        score::score(&self.scene.auction(&bids, self.lots), bid)
    }

    /// The greatest welfare, found by looking at all there is.
    fn greatest(&self, values: &[u128]) -> i128 {
        let bids = self.scene.bids(values);
        let auction = self.scene.auction(&bids, self.lots);
        let mut admitted: Vec<usize> = (0..values.len())
            .filter(|&bid| self.scene.best == Best::BidWithoutReserve || auction.admits(bids[bid].price))
            .collect();
        admitted.sort_by_key(|&bid| -self.worth(values, bid));
        match self.scene.best {
            Best::Bid | Best::BidWithoutReserve => admitted.first().map_or(0, |&bid| self.worth(values, bid)),
            Best::Score => admitted.iter().map(|&bid| self.score(values, bid)).max().unwrap_or(0),
            Best::Units => {
                let each = admitted.iter().flat_map(|&bid| (0..bids[bid].quantity).map(move |_| bid));
                each.take(self.scene.units as usize).map(|bid| self.worth(values, bid)).sum()
            }
            Best::Slots => {
                let slots = admitted.iter().zip(self.scene.terms.clicks);
                slots.map(|(&bid, &clicks)| self.worth(values, bid) * i128::from(clicks)).sum()
            }
            Best::Count => {
                let mut left = self.scene.terms.budget.unwrap_or_default().0;
                let fits = |&bid: &usize| left.checked_sub(values[bid]).map(|rest| left = rest).is_some();
                admitted.into_iter().take_while(fits).count() as i128
            }
            Best::Trades => {
                let side = |side| admitted_side(self.scene.roles, side, |bid| self.worth(values, bid));
                side(Side::Buy).into_iter().zip(side(Side::Sell)).map(|(buy, sell)| (buy + sell).max(0)).sum()
            }
            Best::Set(fit) => (0u32..1 << values.len())
                .map(|set| (0..values.len()).filter(|bid| set >> bid & 1 == 1).collect::<Vec<_>>())
                .filter(|set| self.fits(fit, set))
                .map(|set| set.iter().map(|&bid| self.gain(values, bid)).sum())
                .max()
                .unwrap_or(0),
        }
    }

    fn fits(&self, fit: Fit, set: &[usize]) -> bool {
        let roles = self.scene.roles;
        let apart = |clash: &dyn Fn(&Role, &Role) -> bool| {
            set.iter().enumerate().all(|(n, &a)| set[..n].iter().all(|&b| !clash(&roles[a], &roles[b])))
        };
        let share = |a: &Role, b: &Role| a.bundle.iter().any(|good| b.bundle.contains(good));
        match fit {
            Fit::Quantity => set.iter().map(|&bid| roles[bid].quantity).sum::<u64>() <= self.scene.units,
            Fit::Goods => apart(&|a, b| a.bidder == b.bidder || share(a, b)),
            Fit::Capacity => {
                let load = |bidder: u64| -> u64 {
                    set.iter().filter(|&&bid| roles[bid].bidder == bidder).map(|&bid| roles[bid].quantity).sum()
                };
                let within = |&(bidder, capacity): &(ParticipantId, u64)| load(bidder.0) <= capacity;
                apart(&share) && self.scene.terms.capacities.iter().all(within)
            }
        }
    }

    /// The order of the bids, and who is called what.
    fn labels(&mut self, values: &[u128], truth: &[Bid<'_>], honest: &Clearing) {
        let turned: Vec<Bid<'_>> = truth.iter().rev().copied().collect();
        let last = truth.len() - 1;
        let mut scene = *self.scene;
        scene.terms.choice = scene.terms.choice.map(|choice| last - choice);
        let again = self.mechanism.clear(&scene.auction(&turned, self.lots));
        let back = again.map(|clearing| sorted(&clearing, |bid| last - bid));
        let same = back == Ok(sorted(honest, |bid| bid));
        self.note("order_of_arrival", same, || format!("{values:?}: the reverse order gives another result"));
        // Lots may know names apart; where they decide nothing, names must not matter.
        let auction = super::super::Auction { lots: None, ..self.scene.auction(truth, self.lots) };
        if !self.mechanism.needs_lots(&auction) || self.mechanism.name() == "contract-net" {
            let named: Vec<Bid<'_>> =
                truth.iter().map(|bid| Bid { bidder: ParticipantId(1000 - bid.bidder.0), ..*bid }).collect();
            let capacities: Vec<_> =
                self.scene.terms.capacities.iter().map(|&(id, c)| (ParticipantId(1000 - id.0), c)).collect();
            let mut auction = self.scene.auction(&named, self.lots);
            auction.terms = Terms { capacities: &capacities, ..auction.terms };
            let same = self.mechanism.clear(&auction).as_ref().map(|clearing| sorted(clearing, |bid| bid))
                == Ok(sorted(honest, |bid| bid));
            self.note("anonymous", same, || format!("{values:?}: other names give another result"));
        }
    }

    /// All money times three: the same winners, and three times the payments to within rounding.
    fn scale(&mut self, values: &[u128], honest: &Clearing) {
        const TIMES: u128 = 3;
        let tripled = |amount: Amount| Amount(amount.0 * TIMES);
        let rule: Vec<ScoringTerm> = self
            .scene
            .terms
            .scoring
            .iter()
            .map(|term| ScoringTerm { worth: term.worth * TIMES as i128, ..*term })
            .collect();
        let prior = self.scene.terms.prior.map(|prior| Prior {
            low: tripled(prior.low),
            high: tripled(prior.high),
            own: tripled(prior.own),
        });
        let values_tripled: Vec<u128> = values.iter().map(|value| value * TIMES).collect();
        let bids = self.scene.bids(&values_tripled);
        let mut auction = self.scene.auction(&bids, self.lots);
        auction.reserve = auction.reserve.map(tripled);
        auction.terms = Terms {
            scoring: &rule,
            prior,
            budget: auction.terms.budget.map(tripled),
            tick: tripled(auction.terms.tick),
            ..auction.terms
        };
        let same = self.mechanism.clear(&auction).is_ok_and(|clearing| {
            let (ours, theirs) = (sorted(honest, |bid| bid), sorted(&clearing, |bid| bid));
            let near = |a: &(usize, u64, u128), b: &(usize, u64, u128)| {
                (a.0, a.1) == (b.0, b.1) && (a.2 * TIMES).abs_diff(b.2) < TIMES * u128::from(a.1)
            };
            // A budget's equal share may be rounded below a cost at one scale and not at the other.
            let by_share = self.scene.best == Best::Count && ours.len() != theirs.len();
            by_share || (ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| near(a, b)))
        });
        self.note("scales_with_money", same, || format!("{values:?}: three times the money gives another result"));
    }

    /// Every lie on the grid, of all of a bidder's bids at once.
    fn all_lies(&mut self, values: &[u128], truth: &[Bid<'_>], honest: &Clearing, own: &[usize]) {
        let mut lie = values.to_vec();
        own.iter().for_each(|&bid| lie[bid] = 0);
        loop {
            self.lie(values, truth, honest, own, &lie);
            let Some(place) = own.iter().position(|&bid| lie[bid] < self.scene.grid) else { break };
            own[..place].iter().for_each(|&bid| lie[bid] = 0);
            lie[own[place]] += 1;
        }
    }

    /// One lie: whether it pays, and whether a better offer still wins.
    fn lie(&mut self, values: &[u128], truth: &[Bid<'_>], honest: &Clearing, own: &[usize], lie: &[u128]) {
        let mut bids = truth.to_vec();
        own.iter().for_each(|&bid| bids[bid].price = Amount(lie[bid]));
        let most =
            if self.scene.hides_units { own.iter().map(|&bid| truth[bid].quantity).max().unwrap_or(1) } else { 1 };
        for units in 1..=most {
            if self.scene.hides_units {
                own.iter().for_each(|&bid| bids[bid].quantity = units.min(truth[bid].quantity));
            }
            let Ok(clearing) = self.clear(&bids) else { continue };
            let (honestly, lying) = (self.utility(values, own, honest), self.utility(values, own, &clearing));
            let asked: Vec<(u128, u64)> = own.iter().map(|&bid| (bids[bid].price.0, bids[bid].quantity)).collect();
            self.note("truthful", lying <= honestly, || {
                let bidder = truth[own[0]].bidder.0;
                format!("{values:?}: bidder {bidder} gains {lying} instead of {honestly} by bidding {asked:?} (price, units)")
            });
        }
        let mut changed = own.iter().copied().filter(|&bid| lie[bid] != values[bid]);
        if let (Some(bid), None) = (changed.next(), changed.next()) {
            self.better_offer(values, truth, honest, bid, lie[bid]);
        }
    }

    /// Whether a winner who makes a better offer still wins.
    fn better_offer(&mut self, values: &[u128], truth: &[Bid<'_>], honest: &Clearing, bid: usize, price: u128) {
        let better = match truth[bid].side {
            Side::Buy => price > values[bid],
            Side::Sell => price < values[bid],
        };
        if let (true, Some(before)) = (better, honest.award(bid)) {
            let mut bids = truth.to_vec();
            bids[bid].price = Amount(price);
            let after = self.clear(&bids).map(|clearing| clearing.award(bid).map_or(0, |award| award.units));
            let kept = after.is_ok_and(|units| units >= before.units);
            self.note("monotone", kept, || format!("{values:?}: bid {bid} wins, and at {price} no more"));
        }
    }
}

/// The bidders of a scene, each once.
fn bidders(roles: &[Role]) -> Vec<u64> {
    let mut all: Vec<u64> = roles.iter().map(|role| role.bidder).collect();
    all.dedup();
    all
}

/// The worths of one side, best first.
fn admitted_side(roles: &[Role], side: Side, worth: impl Fn(usize) -> i128) -> Vec<i128> {
    let mut worths: Vec<i128> = (0..roles.len()).filter(|&bid| roles[bid].side == side).map(worth).collect();
    worths.sort_by_key(|&worth| -worth);
    worths
}

/// Awards in an order of their own: bid, units, price.
fn sorted(clearing: &Clearing, number: impl Fn(usize) -> usize) -> Vec<(usize, u64, u128)> {
    let mut awards: Vec<_> =
        clearing.winners.iter().map(|award| (number(award.bid), award.units, award.price.0)).collect();
    awards.sort_unstable();
    awards
}
