//! Streams as they cross the wire.

use crate::command::asset::AssetCode;
use crate::command::stream::{OpenStream, Rate, TopUpStream};
use crate::event::stream::{StreamEnd, StreamEvent};
use crate::id::{ParticipantId, StreamId};
use crate::money::Amount;
use crate::wire::receipt::{Refusal, RefusalCode};
use crate::wire::text::{Decimal, Lasting, Nanos};
use crate::wire::translate::{Lexicon, asset_of, read};
use serde::{Deserialize, Serialize};

/// Begins to pay by time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireOpenStream {
    /// To whom.
    pub to: ParticipantId,
    /// Of what.
    pub asset: AssetCode,
    /// How fast.
    pub rate: WireRate,
    /// How much is set apart at once.
    pub hold: Decimal,
    /// The most that is ever paid; no bound where it is absent.
    #[serde(default)]
    pub cap: Option<Decimal>,
}

/// An amount by a length of time: an exact fraction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireRate {
    /// So much.
    pub amount: Decimal,
    /// In so long.
    pub per: Lasting,
}

/// Sets more apart for a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireTopUpStream {
    /// Which.
    pub stream: StreamId,
    /// How much.
    pub amount: Decimal,
}

/// What happened to a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum WireStreamEvent {
    /// It began to pay.
    Opened {
        stream: StreamId,
        from: ParticipantId,
        to: ParticipantId,
        asset: AssetCode,
        rate: WireRate,
        hold: Decimal,
        cap: Option<Decimal>,
        ends_at: Nanos,
    },
    /// More was set apart.
    ToppedUp { stream: StreamId, from: ParticipantId, to: ParticipantId, amount: Decimal, ends_at: Nanos },
    /// What had run up was paid.
    Settled { stream: StreamId, from: ParticipantId, to: ParticipantId, amount: Decimal, paid: Decimal },
    /// It ended.
    Ended { stream: StreamId, from: ParticipantId, to: ParticipantId, why: StreamEnd, paid: Decimal, rest: Decimal },
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn open(ask: WireOpenStream, lexicon: &impl Lexicon) -> Result<OpenStream, Refusal> {
    let (asset, scale) = asset_of(ask.asset, lexicon, "open_stream.asset")?;
    let amount = read(&ask.rate.amount, scale, "open_stream.rate.amount")?;
    let cap = ask.cap.map(|cap| read(&cap, scale, "open_stream.cap")).transpose()?;
    Ok(OpenStream {
        to: ask.to,
        asset,
        rate: Rate { amount, per: ask.rate.per.0 },
        hold: read(&ask.hold, scale, "open_stream.hold")?,
        cap,
    })
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn top_up(ask: WireTopUpStream, lexicon: &impl Lexicon) -> Result<TopUpStream, Refusal> {
    let known = lexicon.asset_of_stream(ask.stream).and_then(|asset| lexicon.code(asset));
    let (_, scale) = known.ok_or_else(|| {
        let message = alloc::format!("there is no stream {}", ask.stream);
        Refusal::new(RefusalCode::UnknownStream, message).at("top_up_stream.stream")
    })?;
    Ok(TopUpStream { stream: ask.stream, amount: read(&ask.amount, scale, "top_up_stream.amount")? })
}

/// The event as the wire shows it.
pub(super) fn show(event: &StreamEvent, lexicon: &impl Lexicon) -> Option<WireStreamEvent> {
    let known = match event {
        StreamEvent::Opened { asset, .. } => lexicon.code(*asset)?,
        other => lexicon.code(lexicon.asset_of_stream(other.stream())?)?,
    };
    let decimal = |amount: Amount| Decimal::of(amount, known.1);
    Some(match *event {
        StreamEvent::Opened { stream, from, to, asset: _, rate, hold, cap, ends_at } => WireStreamEvent::Opened {
            stream,
            from,
            to,
            asset: known.0,
            rate: WireRate { amount: decimal(rate.amount), per: Lasting(rate.per) },
            hold: decimal(hold),
            cap: cap.map(decimal),
            ends_at: ends_at.into(),
        },
        StreamEvent::ToppedUp { stream, from, to, amount, ends_at } => {
            WireStreamEvent::ToppedUp { stream, from, to, amount: decimal(amount), ends_at: ends_at.into() }
        }
        StreamEvent::Settled { stream, from, to, amount, paid } => {
            WireStreamEvent::Settled { stream, from, to, amount: decimal(amount), paid: decimal(paid) }
        }
        StreamEvent::Ended { stream, from, to, why, paid, rest } => {
            WireStreamEvent::Ended { stream, from, to, why, paid: decimal(paid), rest: decimal(rest) }
        }
    })
}

/// The core's event of one that was shown.
pub(super) fn hear(event: &WireStreamEvent, lexicon: &impl Lexicon) -> Option<StreamEvent> {
    let amount = |stream: StreamId, text: &Decimal| {
        let (_, scale) = lexicon.code(lexicon.asset_of_stream(stream)?)?;
        scale.parse(&text.0).ok()
    };
    Some(match event.clone() {
        WireStreamEvent::Opened { stream, from, to, asset, rate, hold, cap, ends_at } => {
            let (asset, scale) = lexicon.asset(asset)?;
            let read = |text: &Decimal| scale.parse(&text.0).ok();
            let cap = match cap {
                Some(cap) => Some(read(&cap)?),
                None => None,
            };
            let rate = Rate { amount: read(&rate.amount)?, per: rate.per.0 };
            let hold = read(&hold)?;
            StreamEvent::Opened { stream, from, to, asset, rate, hold, cap, ends_at: ends_at.into() }
        }
        WireStreamEvent::ToppedUp { stream, from, to, amount: more, ends_at } => {
            StreamEvent::ToppedUp { stream, from, to, amount: amount(stream, &more)?, ends_at: ends_at.into() }
        }
        WireStreamEvent::Settled { stream, from, to, amount: due, paid } => {
            StreamEvent::Settled { stream, from, to, amount: amount(stream, &due)?, paid: amount(stream, &paid)? }
        }
        WireStreamEvent::Ended { stream, from, to, why, paid, rest } => {
            StreamEvent::Ended { stream, from, to, why, paid: amount(stream, &paid)?, rest: amount(stream, &rest)? }
        }
    })
}
