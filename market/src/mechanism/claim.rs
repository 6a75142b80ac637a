//! What a mechanism claims about itself.
//!
//! A claim is a promise that the property kit checks on an exhaustive grid and by random search. What is not
//! claimed has a kept counter-example, so that a reader sees why not.

/// Whether a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It holds.
    Holds,
    /// It holds under the condition named.
    When(&'static str),
    /// It does not hold; the kit keeps a counter-example.
    Fails,
    /// The question does not arise, for the reason named; there is nothing to claim and nothing to refute.
    NotAsked(&'static str),
}

impl Claim {
    /// Whether the property is claimed, with or without a condition.
    #[must_use]
    pub const fn claimed(self) -> bool {
        matches!(self, Self::Holds | Self::When(_))
    }
}

/// The properties a mechanism may claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Properties {
    /// To bid one's own cost or value is a dominant strategy, whatever the lots.
    pub truthful: Claim,
    /// Nobody who bids truthfully loses by taking part.
    pub individually_rational: Claim,
    /// What is paid in is what is paid out.
    pub budget_balanced: Claim,
    /// No more is paid out than is paid in.
    pub no_deficit: Claim,
    /// Among the allocations allowed, the one of greatest stated welfare is chosen.
    pub efficient: Claim,
    /// A winner who makes a better offer still wins.
    pub monotone: Claim,
    /// Relabelling the bidders relabels the result: who somebody is decides nothing.
    pub anonymous: Claim,
}

impl Properties {
    /// The claims as pairs of name and claim, in a fixed order.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, Claim); 7] {
        [
            ("truthful", self.truthful),
            ("individually_rational", self.individually_rational),
            ("budget_balanced", self.budget_balanced),
            ("no_deficit", self.no_deficit),
            ("efficient", self.efficient),
            ("monotone", self.monotone),
            ("anonymous", self.anonymous),
        ]
    }
}

/// Why a one-sided auction is not asked about its budget.
const ONE_SIDED: Claim =
    Claim::NotAsked("one-sided: the poster is a party, and pays or receives what the winners receive or pay");

impl Properties {
    /// The claims of an exact one-sided auction; a mechanism says where it differs.
    pub(super) const ONE_SIDED: Self = Self {
        truthful: Claim::Fails,
        individually_rational: Claim::Holds,
        budget_balanced: ONE_SIDED,
        no_deficit: ONE_SIDED,
        efficient: Claim::Holds,
        monotone: Claim::Holds,
        anonymous: Claim::Holds,
    };

    /// The claims of an exact two-sided market with one price for both sides of a trade.
    pub(super) const BALANCED: Self =
        Self { budget_balanced: Claim::Holds, no_deficit: Claim::Holds, ..Self::ONE_SIDED };
}
