//! Mechanisms of tasks as they cross the wire: the worth of what a score counts is a decimal of the task's asset.

use crate::command::scoring::{Criterion, Scoring, Shape};
use crate::command::task::MechanismKind;
use crate::money::{Amount, Scale};
use crate::wire::receipt::Refusal;
use crate::wire::text::Decimal;
use crate::wire::translate::read;
use alloc::boxed::Box;
use alloc::format;
use serde::{Deserialize, Serialize};

/// The rule that turns bids into an award.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum WireMechanism {
    /// A lot among those who accept the posted price.
    PostedPrice,
    /// A lot among eligible bids, paid as bid.
    Lottery,
    /// The lowest bid wins and is paid as bid.
    #[default]
    FirstPrice,
    /// The lowest bid wins and is paid the second lowest.
    SecondPrice,
    /// The best score wins and is paid as bid.
    ScoringFirst(Box<WireScoring>),
    /// The best score wins and is paid what brings its score down to the second best.
    ScoringSecond(Box<WireScoring>),
}

/// What counts besides the price: at least one of them. A bid's score is what it brings less its price.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireScoring {
    /// The promised quality.
    #[serde(default)]
    pub quality: Option<WireCriterion>,
    /// The part of the time for delivery that is left unused.
    #[serde(default)]
    pub time: Option<WireCriterion>,
    /// The bidder's reputation when it bids or reveals.
    #[serde(default)]
    pub reputation: Option<WireCriterion>,
}

/// What one thing is worth to the poster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireCriterion {
    /// What the whole of it is worth, in the task's asset.
    pub worth: Decimal,
    /// How the worth grows with it: `linear` or `root`.
    #[serde(default)]
    pub shape: Shape,
}

impl WireMechanism {
    /// The rule of this name; one that scores needs to be told what counts.
    #[must_use]
    pub fn named(name: &str, scoring: Option<WireScoring>) -> Option<Self> {
        Some(match name {
            "posted-price" => Self::PostedPrice,
            "lottery" => Self::Lottery,
            "first-price" => Self::FirstPrice,
            "second-price" => Self::SecondPrice,
            "scoring-first" => Self::ScoringFirst(Box::new(scoring?)),
            "scoring-second" => Self::ScoringSecond(Box::new(scoring?)),
            _ => return None,
        })
    }

    /// What it counts besides the price, where it scores.
    #[must_use]
    pub fn scoring(&self) -> Option<&WireScoring> {
        match self {
            Self::ScoringFirst(scoring) | Self::ScoringSecond(scoring) => Some(scoring),
            Self::PostedPrice | Self::Lottery | Self::FirstPrice | Self::SecondPrice => None,
        }
    }

    /// The core's rule. `at` is the field it stands in.
    ///
    /// # Errors
    /// A [`Refusal`] with the field.
    pub fn hear(&self, scale: Scale, at: &str) -> Result<MechanismKind, Refusal> {
        Ok(match self {
            Self::PostedPrice => MechanismKind::PostedPrice,
            Self::Lottery => MechanismKind::Lottery,
            Self::FirstPrice => MechanismKind::FirstPrice,
            Self::SecondPrice => MechanismKind::SecondPrice,
            Self::ScoringFirst(scoring) => {
                MechanismKind::ScoringFirst(scoring.hear(scale, &format!("{at}.scoring-first"))?)
            }
            Self::ScoringSecond(scoring) => {
                MechanismKind::ScoringSecond(scoring.hear(scale, &format!("{at}.scoring-second"))?)
            }
        })
    }

    /// The core's rule as the wire shows it.
    #[must_use]
    pub fn show(kind: MechanismKind, scale: Scale) -> Self {
        let scoring = |scoring| Box::new(WireScoring::show(&scoring, scale));
        match kind {
            MechanismKind::PostedPrice => Self::PostedPrice,
            MechanismKind::Lottery => Self::Lottery,
            MechanismKind::FirstPrice => Self::FirstPrice,
            MechanismKind::SecondPrice => Self::SecondPrice,
            MechanismKind::ScoringFirst(counts) => Self::ScoringFirst(scoring(counts)),
            MechanismKind::ScoringSecond(counts) => Self::ScoringSecond(scoring(counts)),
        }
    }
}

impl WireScoring {
    /// The core's score. `at` is the field it stands in.
    ///
    /// # Errors
    /// A [`Refusal`] with the field.
    pub fn hear(&self, scale: Scale, at: &str) -> Result<Scoring, Refusal> {
        let criterion = |counts: &Option<WireCriterion>, name| {
            let hear = |counts: &WireCriterion| {
                let worth: Amount = read(&counts.worth, scale, &format!("{at}.{name}.worth"))?;
                Ok::<_, Refusal>(Criterion { worth, shape: counts.shape })
            };
            counts.as_ref().map(hear).transpose()
        };
        Ok(Scoring {
            quality: criterion(&self.quality, "quality")?,
            time: criterion(&self.time, "time")?,
            reputation: criterion(&self.reputation, "reputation")?,
        })
    }

    fn show(scoring: &Scoring, scale: Scale) -> Self {
        let criterion =
            |counts: Criterion| WireCriterion { worth: Decimal::of(counts.worth, scale), shape: counts.shape };
        Self {
            quality: scoring.quality.map(criterion),
            time: scoring.time.map(criterion),
            reputation: scoring.reputation.map(criterion),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_scores_is_heard_as_it_is_shown() {
        let scale = Scale::new(2).unwrap();
        let text = r#"{"scoring-second":{"quality":{"worth":"2.00","shape":"root"},"time":{"worth":"0.50"}}}"#;
        let wire: WireMechanism = serde_json::from_str(text).unwrap();
        let heard = wire.hear(scale, "task.mechanism").unwrap();
        let scoring = heard.scoring().unwrap();
        assert_eq!(scoring.quality, Some(Criterion { worth: Amount(200), shape: Shape::Root }));
        assert_eq!(scoring.time, Some(Criterion { worth: Amount(50), shape: Shape::Linear }));
        assert_eq!(WireMechanism::show(heard, scale), wire);
        assert_eq!(serde_json::to_string(&WireMechanism::default()).unwrap(), r#""first-price""#);
        let bad: WireMechanism = serde_json::from_str(r#"{"scoring-first":{"time":{"worth":"0.505"}}}"#).unwrap();
        let refusal = bad.hear(scale, "task.mechanism").unwrap_err();
        assert_eq!(refusal.field, "task.mechanism.scoring-first.time.worth");
    }
}
