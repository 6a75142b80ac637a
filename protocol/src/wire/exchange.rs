//! Exchanges as they cross the wire.

use crate::command::exchange::{Leg, OfferExchange};
use crate::event::exchange::ExchangeEvent;
use crate::id::{ExchangeId, ParticipantId};
use crate::time::Timestamp;
use crate::wire::receipt::{Money, Refusal};
use crate::wire::text::{Decimal, Nanos};
use crate::wire::translate::{Lexicon, asset_of, read};
use serde::{Deserialize, Serialize};

/// Offers one asset for another. Nothing is set apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireOfferExchange {
    /// What the sender gives.
    pub give: Money,
    /// What it gets for it.
    pub get: Money,
    /// The only participant who may take it; anyone.
    #[serde(default)]
    pub taker: Option<ParticipantId>,
    /// When it ends, in economy time; never.
    #[serde(default)]
    pub expires: Option<Nanos>,
}

/// What happened to an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum WireExchangeEvent {
    /// It was offered.
    Offered {
        exchange: ExchangeId,
        maker: ParticipantId,
        give: Money,
        get: Money,
        taker: Option<ParticipantId>,
        expires: Nanos,
    },
    /// Both legs were paid.
    Taken { exchange: ExchangeId, maker: ParticipantId, taker: ParticipantId },
    /// Its maker took it back.
    Withdrawn { exchange: ExchangeId, maker: ParticipantId },
    /// Its time is over.
    Expired { exchange: ExchangeId, maker: ParticipantId },
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn offer(ask: WireOfferExchange, lexicon: &impl Lexicon) -> Result<OfferExchange, Refusal> {
    let leg = |money: &Money, at: &str| {
        let (asset, scale) = asset_of(money.asset, lexicon, &alloc::format!("offer_exchange.{at}.asset"))?;
        let amount = read(&money.amount, scale, &alloc::format!("offer_exchange.{at}.amount"))?;
        Ok::<_, Refusal>(Leg { asset, amount })
    };
    Ok(OfferExchange {
        give: leg(&ask.give, "give")?,
        get: leg(&ask.get, "get")?,
        taker: ask.taker,
        expires: ask.expires.map_or(Timestamp::NEVER, Timestamp::from),
    })
}

/// A leg with its asset's code.
#[must_use]
pub fn show_leg(leg: Leg, lexicon: &impl Lexicon) -> Option<Money> {
    let (asset, scale) = lexicon.code(leg.asset)?;
    Some(Money { amount: Decimal::of(leg.amount, scale), asset })
}

/// The event as the wire shows it.
pub(super) fn show(event: &ExchangeEvent, lexicon: &impl Lexicon) -> Option<WireExchangeEvent> {
    Some(match *event {
        ExchangeEvent::Offered { exchange, maker, give, get, taker, expires } => WireExchangeEvent::Offered {
            exchange,
            maker,
            give: show_leg(give, lexicon)?,
            get: show_leg(get, lexicon)?,
            taker,
            expires: expires.into(),
        },
        ExchangeEvent::Taken { exchange, maker, taker } => WireExchangeEvent::Taken { exchange, maker, taker },
        ExchangeEvent::Withdrawn { exchange, maker, .. } => WireExchangeEvent::Withdrawn { exchange, maker },
        ExchangeEvent::Expired { exchange, maker, .. } => WireExchangeEvent::Expired { exchange, maker },
    })
}

/// The core's event of one that was shown. To whom alone an exchange was offered is told when it is offered.
pub(super) fn hear(event: &WireExchangeEvent, lexicon: &impl Lexicon) -> Option<ExchangeEvent> {
    let leg = |money: &Money| {
        let (asset, scale) = lexicon.asset(money.asset)?;
        Some(Leg { asset, amount: scale.parse(&money.amount.0).ok()? })
    };
    Some(match event {
        WireExchangeEvent::Offered { exchange, maker, give, get, taker, expires } => ExchangeEvent::Offered {
            exchange: *exchange,
            maker: *maker,
            give: leg(give)?,
            get: leg(get)?,
            taker: *taker,
            expires: (*expires).into(),
        },
        WireExchangeEvent::Taken { exchange, maker, taker } => {
            ExchangeEvent::Taken { exchange: *exchange, maker: *maker, taker: *taker }
        }
        WireExchangeEvent::Withdrawn { exchange, maker } => {
            ExchangeEvent::Withdrawn { exchange: *exchange, maker: *maker, taker: None }
        }
        WireExchangeEvent::Expired { exchange, maker } => {
            ExchangeEvent::Expired { exchange: *exchange, maker: *maker, taker: None }
        }
    })
}
