//! The JSON of an auction, and how it becomes bids.
//!
//! Money is in decimal strings; the scale is the largest number of decimals in the file and at least two, or what
//! `scale` says. Names of bidders and goods become numbers by themselves, never by their place in the file.

use super::read::{decimals, malformed, money, participant, seed, shown, signed};
use super::{ClearArgs, ClearFailure, PricingArg};
use oikos_market::mechanism::terms::{Pricing, Prior, ScoringTerm, Shape, Terms};
use oikos_market::mechanism::{Auction, Bid, Lots, Side};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::{Amount, Scale, Share};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// An auction as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) mechanism: Option<String>,
    side: Option<SideWord>,
    reserve: Option<String>,
    seed: Option<String>,
    units: Option<u64>,
    budget: Option<String>,
    tick: Option<String>,
    #[serde(default)]
    clicks: Vec<u64>,
    #[serde(default)]
    scoring: BTreeMap<String, Worth>,
    #[serde(default)]
    capacities: BTreeMap<String, u64>,
    prior: Option<Belief>,
    k: Option<String>,
    choice: Option<String>,
    pricing: Option<PricingWord>,
    nodes: Option<u64>,
    scale: Option<u8>,
    bids: Vec<WrittenBid>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SideWord {
    Buy,
    Sell,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PricingWord {
    Bids,
    Vcg,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Worth {
    worth: String,
    #[serde(default)]
    shape: ShapeWord,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ShapeWord {
    #[default]
    Linear,
    Root,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Belief {
    low: String,
    high: String,
    own: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenBid {
    id: String,
    bidder: String,
    price: String,
    side: Option<SideWord>,
    quantity: Option<u64>,
    #[serde(default)]
    bundle: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, serde_json::Value>,
    nonce: Option<String>,
}

/// The most bids of a file.
const BIDS_MAX: usize = 100_000;
/// The longest name.
const NAME_BYTES_MAX: usize = 200;

/// A bid whose slices are its own.
struct Owned {
    bidder: ParticipantId,
    price: Amount,
    nonce: [u8; 16],
    quantity: u64,
    side: Side,
    bundle: Vec<u32>,
    attributes: Vec<i64>,
}

/// An auction that has been understood.
pub(super) struct Sheet {
    pub(super) scale: Scale,
    pub(super) side: Side,
    /// The ids of the bids.
    pub(super) ids: Vec<String>,
    /// Who bids.
    pub(super) names: Vec<String>,
    reserve: Option<Amount>,
    lots: Option<Lots>,
    units: u64,
    budget: Option<Amount>,
    tick: Amount,
    clicks: Vec<u64>,
    scoring: Vec<ScoringTerm>,
    capacities: Vec<(ParticipantId, u64)>,
    prior: Option<Prior>,
    k: Share,
    choice: Option<usize>,
    pricing: Pricing,
    nodes_max: u64,
    bids: Vec<Owned>,
}

impl SideWord {
    const fn side(self) -> Side {
        match self {
            Self::Buy => Side::Buy,
            Self::Sell => Side::Sell,
        }
    }
}

impl Written {
    /// All texts that are money.
    fn money(&self) -> impl Iterator<Item = &str> {
        let prior = self.prior.iter().flat_map(|prior| [Some(&prior.low), Some(&prior.high), prior.own.as_ref()]);
        let terms = [self.reserve.as_ref(), self.budget.as_ref(), self.tick.as_ref()];
        let worth = self.scoring.values().map(|term| Some(&term.worth));
        let prices = self.bids.iter().map(|bid| Some(&bid.price));
        terms.into_iter().chain(prior).chain(worth).chain(prices).flatten().map(String::as_str)
    }

    fn scale(&self, path: &Path) -> Result<Scale, ClearFailure> {
        let found = self.money().map(decimals).max().unwrap_or(0).clamp(2, Scale::MAX);
        Scale::new(self.scale.unwrap_or(found)).ok_or_else(|| malformed(path, "scale: expected 0 to 18 decimals"))
    }

    /// Understands the file.
    pub(super) fn understand(self, path: &Path, args: &ClearArgs) -> Result<Sheet, ClearFailure> {
        if self.bids.len() > BIDS_MAX {
            return Err(malformed(path, format!("bids: {} of them; at most {BIDS_MAX} are read", self.bids.len())));
        }
        let scale = self.scale(path)?;
        let amount = |field: &str, text: &Option<String>| -> Result<Option<Amount>, ClearFailure> {
            text.as_ref().map(|text| money(path, scale, field, text)).transpose()
        };
        let side = self.side.map_or(Side::Buy, SideWord::side);
        let goods = self.goods();
        let mut bids = Vec::with_capacity(self.bids.len());
        for (number, bid) in self.bids.iter().enumerate() {
            bids.push(self.bid(path, scale, &goods, number, bid)?);
        }
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        self.bids.iter().for_each(|bid| {
            ids.push(bid.id.clone());
            names.push(bid.bidder.clone());
        });
        check_names(path, &ids, &names)?;
        let mut scoring = Vec::new();
        for (name, term) in &self.scoring {
            let field = format!("scoring.{}.worth", shown(name));
            let worth = signed(&term.worth, scale.decimals())
                .ok_or_else(|| malformed(path, format!("{field}: `{}` is not a decimal number", shown(&term.worth))))?;
            let shape = match term.shape {
                ShapeWord::Linear => Shape::Linear,
                ShapeWord::Root => Shape::Root,
            };
            scoring.push(ScoringTerm { worth, shape });
        }
        let prior = self.prior.as_ref().map(|prior| -> Result<Prior, ClearFailure> {
            let own = amount("prior.own", &prior.own)?.unwrap_or_default();
            let (low, high) =
                (money(path, scale, "prior.low", &prior.low)?, money(path, scale, "prior.high", &prior.high)?);
            Ok(Prior { low, high, own })
        });
        let choice = self.choice.as_ref().map(|choice| {
            let unknown = || malformed(path, format!("choice: no bid is called `{}`", shown(choice)));
            ids.iter().position(|id| id == choice).ok_or_else(unknown)
        });
        let pricing = match (self.pricing, args.pricing) {
            (Some(PricingWord::Bids), _) | (None, Some(PricingArg::Bids)) => Pricing::OwnBid,
            _ => Pricing::Externality,
        };
        let lots = match self.seed.as_ref().or(args.seed.as_ref()) {
            Some(digits) => {
                let wrong = || malformed(path, "seed: expected 1 to 128 hexadecimal digits (64 are taken as they are)");
                Some(Lots::from_seed(seed(digits).ok_or_else(wrong)?))
            }
            None => None,
        };
        let k = self.k.as_ref().map(|text| {
            let share = signed(text, 6).and_then(|k| u32::try_from(k).ok()).and_then(Share::from_millionths);
            share.ok_or_else(|| malformed(path, format!("k: `{}` is not a share from 0 to 1", shown(text))))
        });
        Ok(Sheet {
            scale,
            side,
            reserve: amount("reserve", &self.reserve)?,
            lots,
            units: self.units.unwrap_or(1),
            budget: amount("budget", &self.budget)?,
            tick: amount("tick", &self.tick)?.unwrap_or(Amount(1)),
            scoring,
            capacities: self.capacities.iter().map(|(name, &capacity)| (participant(name), capacity)).collect(),
            prior: prior.transpose()?,
            k: k.transpose()?.unwrap_or(Terms::NONE.k),
            choice: choice.transpose()?,
            pricing,
            nodes_max: self.nodes.or(args.nodes).unwrap_or(Terms::NONE.nodes_max),
            ids,
            names,
            bids,
            clicks: self.clicks,
        })
    }

    /// The goods by name, in the order of their names.
    fn goods(&self) -> BTreeMap<String, u32> {
        let mut names: Vec<&String> = self.bids.iter().flat_map(|bid| &bid.bundle).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().cloned().zip(0..).collect()
    }

    fn bid(
        &self,
        path: &Path,
        scale: Scale,
        goods: &BTreeMap<String, u32>,
        number: usize,
        bid: &WrittenBid,
    ) -> Result<Owned, ClearFailure> {
        let mut bundle: Vec<u32> = bid.bundle.iter().filter_map(|name| goods.get(name).copied()).collect();
        bundle.sort_unstable();
        if bundle.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(malformed(path, format!("bids[{number}].bundle: a good is named twice")));
        }
        let mut attributes = Vec::new();
        for name in self.scoring.keys() {
            let field = format!("bids[{number}].attributes.{}", shown(name));
            let value = bid.attributes.get(name).ok_or_else(|| malformed(path, format!("{field}: is missing")))?;
            let text = match value {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let millionths = signed(&text, 6).and_then(|millionths| i64::try_from(millionths).ok());
            let expected = || malformed(path, format!("{field}: expected a decimal number of at most 6 decimals"));
            attributes.push(millionths.ok_or_else(expected)?);
        }
        Ok(Owned {
            bidder: participant(&bid.bidder),
            price: money(path, scale, &format!("bids[{number}].price"), &bid.price)?,
            nonce: nonce(path, number, bid)?,
            quantity: bid.quantity.unwrap_or(1),
            side: bid.side.map_or(Side::Buy, SideWord::side),
            bundle,
            attributes,
        })
    }
}

/// The nonce as it is written, or one made from the bid's own names.
fn nonce(path: &Path, number: usize, bid: &WrittenBid) -> Result<[u8; 16], ClearFailure> {
    let mut nonce = [0; 16];
    match &bid.nonce {
        None => {
            let mut hash = blake3::Hasher::new();
            hash.update(bid.bidder.as_bytes()).update(b"\n").update(bid.id.as_bytes());
            nonce.copy_from_slice(&hash.finalize().as_bytes()[..16]);
        }
        Some(digits) => {
            let plain = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let parsed = if plain { u128::from_str_radix(digits, 16).ok() } else { None };
            let wrong = || malformed(path, format!("bids[{number}].nonce: expected 32 hexadecimal digits"));
            nonce = parsed.ok_or_else(wrong)?.to_be_bytes();
        }
    }
    Ok(nonce)
}

/// Ids are unique, names are of a readable length, and no two names share a participant.
fn check_names(path: &Path, ids: &[String], names: &[String]) -> Result<(), ClearFailure> {
    let mut seen = std::collections::BTreeSet::new();
    let mut people = BTreeMap::new();
    for (number, (id, name)) in ids.iter().zip(names).enumerate() {
        for (field, text) in [("id", id), ("bidder", name)] {
            if text.is_empty() || text.len() > NAME_BYTES_MAX {
                let message = format!("bids[{number}].{field}: expected 1 to {NAME_BYTES_MAX} bytes");
                return Err(malformed(path, message));
            }
        }
        if !seen.insert(id) {
            return Err(malformed(path, format!("bids[{number}].id: `{}` is there twice", shown(id))));
        }
        if people.insert(participant(name), name).is_some_and(|other| other != name) {
            return Err(malformed(path, format!("bids[{number}].bidder: `{}` shares its number", shown(name))));
        }
    }
    Ok(())
}

impl Sheet {
    /// The bids as a mechanism reads them.
    pub(super) fn bids(&self) -> Vec<Bid<'_>> {
        self.bids
            .iter()
            .map(|owned| Bid {
                bidder: owned.bidder,
                price: owned.price,
                nonce: owned.nonce,
                quantity: owned.quantity,
                side: owned.side,
                bundle: &owned.bundle,
                attributes: &owned.attributes,
            })
            .collect()
    }

    /// The auction of these bids.
    pub(super) fn auction<'a>(&'a self, bids: &'a [Bid<'a>]) -> Auction<'a> {
        Auction {
            side: self.side,
            bids,
            reserve: self.reserve,
            lots: self.lots,
            units: self.units,
            terms: Terms {
                budget: self.budget,
                tick: self.tick,
                clicks: &self.clicks,
                scoring: &self.scoring,
                capacities: &self.capacities,
                prior: self.prior,
                k: self.k,
                choice: self.choice,
                pricing: self.pricing,
                nodes_max: self.nodes_max,
            },
        }
    }
}
