//! Splits and waterfalls as they cross the wire.

use crate::command::asset::AssetCode;
use crate::command::split::{Part, Receiver, Split, Tier};
use crate::id::{LimitId, ParticipantId};
use crate::money::Share;
use crate::wire::receipt::Refusal;
use crate::wire::text::Decimal;
use crate::wire::translate::{Lexicon, asset_of, read};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Pays an amount by tiers, in one chain of transfers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireSplit {
    /// Of what.
    pub asset: AssetCode,
    /// How much.
    pub amount: Decimal,
    /// In this order; a split has one, a waterfall several.
    pub tiers: Vec<WireTier>,
    /// Under which limit; the sender's own money where it is absent.
    #[serde(default)]
    pub limit: Option<LimitId>,
}

/// A step of a waterfall. What none takes stays with the payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireTier {
    /// How much of what is left; all of it where this is absent.
    #[serde(default)]
    pub part: WirePart,
    /// To whom, by weight.
    pub to: Vec<WireReceiver>,
}

/// How much a tier takes; never more than is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WirePart {
    /// Up to an amount.
    UpTo(Decimal),
    /// A share of the whole amount, in millionths, rounded down.
    Share(Share),
    /// All that is left.
    #[default]
    Rest,
}

/// A receiver of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireReceiver {
    /// Who.
    pub to: ParticipantId,
    /// Its weight beside the others of the tier; 1.
    #[serde(default = "one")]
    pub weight: u32,
}

const fn one() -> u32 {
    1
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn split(ask: WireSplit, lexicon: &impl Lexicon) -> Result<Split, Refusal> {
    let (asset, scale) = asset_of(ask.asset, lexicon, "split.asset")?;
    let tier = |(index, tier): (usize, WireTier)| {
        let part = match tier.part {
            WirePart::UpTo(amount) => {
                Part::UpTo(read(&amount, scale, &alloc::format!("split.tiers[{index}].part.up_to"))?)
            }
            WirePart::Share(share) => Part::Share(share),
            WirePart::Rest => Part::Rest,
        };
        let to = tier.to.into_iter().map(|WireReceiver { to, weight }| Receiver { to, weight }).collect();
        Ok(Tier { part, to })
    };
    Ok(Split {
        asset,
        amount: read(&ask.amount, scale, "split.amount")?,
        tiers: ask.tiers.into_iter().enumerate().map(tier).collect::<Result<_, Refusal>>()?,
        limit: ask.limit,
    })
}
