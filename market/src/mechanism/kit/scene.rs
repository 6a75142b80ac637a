//! The scenes: small auctions in which the claims are checked.
//!
//! A scene fixes who bids for what; the private value of each bid is what varies. Where a scene lies outside the
//! condition of a claim it says so, and the kit expects a counter-example there.

use super::super::terms::{Pricing, Prior, ScoringTerm, Shape, Terms};
use super::super::{Auction, Bid, Lots, Side};
use alloc::vec::Vec;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;

/// One bid of a scene; its price is its bidder's private value, or a lie about it.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// Whose bid it is; the first bidder is 1.
    pub bidder: u64,
    /// What the bidder does.
    pub side: Side,
    /// How many units, or how much capacity.
    pub quantity: u64,
    /// Which goods, or which item.
    pub bundle: &'static [u32],
    /// What the scoring rule values.
    pub attributes: &'static [i64],
}

/// What the welfare of an allocation is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Best {
    /// The best single bid within the reserve.
    Bid,
    /// The best single bid whatever the reserve: the poster's own value is zero.
    BidWithoutReserve,
    /// The best units, one by one.
    Units,
    /// The best set of bids that fits.
    Set(Fit),
    /// The best bids in the best slots.
    Slots,
    /// The best score.
    Score,
    /// As many sellers as the budget could pay at cost.
    Count,
    /// All trades that gain, between the keenest of both sides.
    Trades,
}

/// Which sets of bids fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Those whose quantities are within the units.
    Quantity,
    /// Those that share no good and no bidder.
    Goods,
    /// Those that share no item and are within each bidder's capacity.
    Capacity,
}

/// A small auction.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// Its name in a counter-example.
    pub name: &'static str,
    /// The mechanism it is for.
    pub mechanism: &'static str,
    /// What the poster does.
    pub side: Side,
    /// The reserve.
    pub reserve: Option<u128>,
    /// The units.
    pub units: u64,
    /// All other terms.
    pub terms: Terms<'static>,
    /// The bids.
    pub roles: &'static [Role],
    /// Values on the grid go from 0 to this.
    pub grid: u128,
    /// Values of the random search go from 0 to this.
    pub wide: u128,
    /// Whether a lie may also hold units back.
    pub hides_units: bool,
    /// What welfare is compared with.
    pub best: Best,
    /// How far welfare may fall short of the best.
    pub slack: u128,
    /// The properties whose condition this scene does not meet.
    pub outside: &'static [&'static str],
    /// Counter-examples too large to be found on a grid: true values, and the lie of one bidder.
    pub kept: &'static [(&'static [u128], &'static [u128])],
}

impl Scene {
    /// The bids of the scene at these prices, in the order of its roles.
    pub(super) fn bids(&self, prices: &[u128]) -> Vec<Bid<'static>> {
        let bid = |(number, (role, &price)): (usize, (&Role, &u128))| Bid {
            bidder: ParticipantId(role.bidder),
            price: Amount(price),
            nonce: [number as u8 + 1; 16], // Scenes are small.
            quantity: role.quantity,
            side: role.side,
            bundle: role.bundle,
            attributes: role.attributes,
        };
        self.roles.iter().zip(prices).enumerate().map(bid).collect()
    }

    /// The auction of these bids.
    pub(super) fn auction<'a>(&self, bids: &'a [Bid<'a>], lots: Lots) -> Auction<'a> {
        Auction {
            side: self.side,
            bids,
            reserve: self.reserve.map(Amount),
            lots: Some(lots),
            units: self.units,
            terms: self.terms,
        }
    }
}

const fn seller(bidder: u64) -> Role {
    Role { bidder, side: Side::Sell, quantity: 1, bundle: &[], attributes: &[] }
}

const fn buyer(bidder: u64) -> Role {
    Role { side: Side::Buy, ..seller(bidder) }
}

const fn units(role: Role, quantity: u64) -> Role {
    Role { quantity, ..role }
}

const fn goods(role: Role, bundle: &'static [u32]) -> Role {
    Role { bundle, ..role }
}

const fn quality(role: Role, attributes: &'static [i64]) -> Role {
    Role { attributes, ..role }
}

const SELLERS: &[Role] = &[seller(1), seller(2), seller(3)];
const BUYERS: &[Role] = &[buyer(1), buyer(2), buyer(3)];
const TWO_BY_TWO: &[Role] = &[buyer(1), seller(2), buyer(3), seller(4)];
const SCORED: &[Role] =
    &[quality(seller(1), &[1_000_000]), quality(seller(2), &[400_000]), quality(seller(3), &[700_000])];
const SINGLES_AND_PAIR: &[Role] = &[goods(buyer(1), &[0]), goods(buyer(2), &[1]), goods(buyer(3), &[0, 1])];
const EITHER_AND_PAIR: &[Role] =
    &[goods(buyer(1), &[0]), goods(buyer(1), &[1]), goods(buyer(2), &[0, 1]), goods(buyer(3), &[0])];
const SUPPLIERS: &[Role] = &[goods(seller(1), &[0]), goods(seller(2), &[1]), goods(seller(3), &[0, 1])];
const WORKERS: &[Role] = &[
    units(goods(buyer(1), &[0]), 1),
    units(goods(buyer(1), &[1]), 2),
    units(goods(buyer(2), &[0]), 1),
    units(goods(buyer(2), &[1]), 1),
];
const CONTRACTORS: &[Role] = &[
    units(goods(seller(1), &[0]), 1),
    units(goods(seller(1), &[1]), 2),
    units(goods(seller(2), &[0]), 1),
    units(goods(seller(2), &[1]), 1),
];

/// Procurement of one unit from three sellers, reserve 5.
const BUYING: Scene = Scene {
    name: "buying, reserve 5",
    mechanism: "",
    side: Side::Buy,
    reserve: Some(5),
    units: 1,
    terms: Terms::NONE,
    roles: SELLERS,
    grid: 6,
    wide: 12,
    hides_units: false,
    best: Best::Bid,
    slack: 0,
    outside: &[],
    kept: &[],
};

/// A sale of one unit to three buyers, reserve 3.
const SELLING: Scene =
    Scene { name: "selling, reserve 3", side: Side::Sell, reserve: Some(3), roles: BUYERS, ..BUYING };

/// Prices far apart, so that the random search meets few ties.
const fn wide(scene: Scene) -> Scene {
    Scene { reserve: Some(600_000), wide: 1_000_000, name: "values to a million, reserve 600000", grid: 0, ..scene }
}

const fn of(mechanism: &'static str, scene: Scene) -> Scene {
    Scene { mechanism, ..scene }
}

const fn two(scene: Scene) -> Scene {
    Scene { units: 2, best: Best::Units, ..scene }
}

const fn ticking(scene: Scene) -> Scene {
    Scene { terms: Terms { tick: Amount(3), ..Terms::NONE }, slack: 3, ..scene }
}

/// A scene in which less than a whole tick of welfare may be lost, and is: why the claim has its condition.
const fn exact(scene: Scene) -> Scene {
    Scene { name: "held to the last unit", slack: 0, outside: &["efficient"], ..scene }
}

const PRIOR: Terms<'static> =
    Terms { prior: Some(Prior { low: Amount(0), high: Amount(10), own: Amount(0) }), ..Terms::NONE };
const RATED: Terms<'static> = Terms { scoring: &[ScoringTerm { worth: 10, shape: Shape::Linear }], ..Terms::NONE };
const CLICKS: Terms<'static> = Terms { clicks: &[3, 2], ..Terms::NONE };
const BUDGET: Terms<'static> = Terms { budget: Some(Amount(12)), ..Terms::NONE };
const CAPACITIES: Terms<'static> = Terms { capacities: &[(ParticipantId(1), 2), (ParticipantId(2), 1)], ..Terms::NONE };
const CHOICE: Terms<'static> = Terms { choice: Some(0), ..Terms::NONE };

const CROSSING: Scene = Scene {
    name: "two buyers and two sellers",
    reserve: None,
    roles: TWO_BY_TWO,
    grid: 5,
    wide: 1_000_000,
    best: Best::Trades,
    ..BUYING
};

const APPLES: Scene = Scene {
    name: "two apples",
    side: Side::Sell,
    reserve: Some(1),
    units: 2,
    roles: &[buyer(1), buyer(2), units(buyer(3), 2)],
    best: Best::Set(Fit::Quantity),
    grid: 8,
    wide: 1_000_000,
    ..BUYING
};

const BUNDLES: Scene = Scene {
    name: "two singles and a pair",
    reserve: None,
    roles: SINGLES_AND_PAIR,
    best: Best::Set(Fit::Goods),
    grid: 4,
    ..APPLES
};

const ITEMS: Scene = Scene {
    name: "two items, capacities 2 and 1",
    reserve: None,
    terms: CAPACITIES,
    roles: WORKERS,
    best: Best::Set(Fit::Capacity),
    grid: 3,
    ..APPLES
};

/// All scenes.
pub static SCENES: &[Scene] = &[
    of("posted-price", BUYING),
    of("posted-price", SELLING),
    of("posted-price", wide(BUYING)),
    of("lottery", BUYING),
    of("lottery", SELLING),
    of("first-price", BUYING),
    of("first-price", SELLING),
    of("first-price", wide(BUYING)),
    of("second-price", Scene { grid: 10, ..BUYING }),
    of("second-price", Scene { grid: 10, ..SELLING }),
    of("second-price", wide(BUYING)),
    of("second-price", wide(SELLING)),
    of(
        "optimal-reserve",
        Scene { name: "prior 0 to 10", grid: 8, reserve: None, terms: PRIOR, best: Best::BidWithoutReserve, ..SELLING },
    ),
    of("english", ticking(BUYING)),
    of("english", ticking(SELLING)),
    of("english", exact(ticking(SELLING))),
    of("dutch", ticking(BUYING)),
    of("dutch", ticking(SELLING)),
    of("dutch", exact(ticking(SELLING))),
    of("uniform", two(BUYING)),
    of("uniform", two(SELLING)),
    of("uniform", two(wide(BUYING))),
    of(
        "uniform",
        Scene {
            name: "a seller of two units, three wanted",
            units: 3,
            roles: &[units(seller(1), 2), seller(2), seller(3)],
            hides_units: true,
            outside: &["truthful"],
            ..two(BUYING)
        },
    ),
    of("discriminatory", two(BUYING)),
    of("discriminatory", two(SELLING)),
    of("vcg", APPLES),
    of(
        "vcg",
        Scene {
            name: "two wanted at up to 5",
            side: Side::Buy,
            reserve: Some(5),
            roles: &[seller(1), seller(2), units(seller(3), 2)],
            ..APPLES
        },
    ),
    of("combinatorial", BUNDLES),
    of("combinatorial", Scene { name: "either good or the pair", roles: EITHER_AND_PAIR, grid: 3, ..BUNDLES }),
    of(
        "combinatorial",
        Scene { name: "buying two goods at up to 3", side: Side::Buy, reserve: Some(3), roles: SUPPLIERS, ..BUNDLES },
    ),
    of(
        "combinatorial",
        Scene {
            name: "at own bids",
            terms: Terms { pricing: Pricing::OwnBid, ..Terms::NONE },
            outside: &["truthful"],
            ..BUNDLES
        },
    ),
    of(
        "combinatorial",
        Scene {
            name: "a chain, one node to search",
            terms: Terms { nodes_max: 1, ..Terms::NONE },
            roles: &[goods(buyer(1), &[1, 2]), goods(buyer(2), &[2, 3]), goods(buyer(3), &[0, 3])],
            grid: 4,
            outside: &["truthful", "efficient", "monotone"],
            kept: &[(&[1, 2, 2], &[2, 2, 2])],
            ..BUNDLES
        },
    ),
    of(
        "position-gsp",
        Scene { name: "slots of 3 and 2 clicks", reserve: Some(1), terms: CLICKS, best: Best::Slots, ..SELLING },
    ),
    of(
        "position-vcg",
        Scene { name: "slots of 3 and 2 clicks", reserve: Some(1), terms: CLICKS, best: Best::Slots, ..SELLING },
    ),
    of("scoring-first", Scene { name: "quality worth 10", terms: RATED, roles: SCORED, best: Best::Score, ..BUYING }),
    of("scoring-second", Scene { name: "quality worth 10", terms: RATED, roles: SCORED, best: Best::Score, ..BUYING }),
    of("budget-feasible", Scene { name: "budget 12", reserve: None, terms: BUDGET, best: Best::Count, ..BUYING }),
    of(
        "budget-feasible",
        Scene { name: "budget 12, reserve 5", reserve: Some(5), terms: BUDGET, best: Best::Count, ..BUYING },
    ),
    of("assignment", ITEMS),
    of(
        "assignment",
        Scene { name: "two jobs at up to 3", side: Side::Buy, reserve: Some(3), roles: CONTRACTORS, ..ITEMS },
    ),
    of(
        "assignment",
        Scene {
            name: "at own bids",
            terms: Terms { pricing: Pricing::OwnBid, ..CAPACITIES },
            outside: &["truthful"],
            ..ITEMS
        },
    ),
    of(
        "assignment",
        Scene {
            name: "three items, two nodes to search",
            terms: Terms { nodes_max: 2, capacities: &[(ParticipantId(1), 4), (ParticipantId(2), 4)], ..Terms::NONE },
            roles: &[
                units(goods(buyer(1), &[0]), 2),
                units(goods(buyer(1), &[1]), 3),
                units(goods(buyer(1), &[2]), 2),
                units(goods(buyer(2), &[0]), 2),
                units(goods(buyer(2), &[1]), 3),
                units(goods(buyer(2), &[2]), 3),
            ],
            grid: 0,
            outside: &["truthful", "efficient", "monotone"],
            kept: &[(&[9, 7, 3, 8, 0, 4], &[9, 8, 3, 8, 0, 4]), (&[9, 8, 3, 8, 0, 4], &[9, 7, 3, 8, 0, 4])],
            ..ITEMS
        },
    ),
    of("double-auction", CROSSING),
    of("call-market", CROSSING),
    of("mcafee", CROSSING),
    of(
        "mcafee",
        Scene {
            name: "three buyers and three sellers",
            roles: &[buyer(1), seller(2), buyer(3), seller(4), buyer(5), seller(6)],
            grid: 2,
            ..CROSSING
        },
    ),
    of("contract-net", Scene { name: "the first is chosen", reserve: None, terms: CHOICE, ..BUYING }),
];
