//! Why something was refused, in order of precedence, each with a stable code; one file a noun.
//!
//! Where several reasons hold, the one declared first is the answer. A number is never used again.
//! Amounts in messages are whole minor units: the core knows no decimals.

pub mod account;
pub mod asset;
pub mod award;
pub mod beacon;
pub mod bid;
pub mod contract;
pub mod exchange;
pub mod limit;
pub mod offer;
pub mod order;
pub mod participant;
pub mod request;
pub mod split;
pub(crate) mod status;
pub mod stream;
pub mod task;
pub mod transfer;

use serde::{Deserialize, Serialize};

/// Declares the rejections of one noun: number, name, stable code, field, data and message, in order of precedence.
macro_rules! rejections {
    ($(#[$doc:meta])* $name:ident {
        $($number:literal $variant:ident $code:literal at $field:literal { $($data:ident: $kind:ty),* $(,)? } $message:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "the message beside each variant names its fields")]
        pub enum $name {
            $(#[error($message)] #[doc = $message] $variant { $($data: $kind),* },)*
        }

        impl $name {
            /// Every stable code, in order of precedence.
            pub const CODES: &'static [(&'static str, u16)] = &[$(($code, $number)),*];

            /// The stable code, such as `task.not_open`.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }

            /// The number on the wire.
            #[must_use]
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant { .. } => $number,)* }
            }

            /// The field of the command that it is about.
            #[must_use]
            pub const fn field(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $field,)* }
            }
        }
    };
}
pub(crate) use rejections;

macro_rules! nouns {
    ($($(#[$doc:meta])* $variant:ident($kind:ty)),* $(,)?) => {
        /// An answer that says no: typed, stable, the sender's to read. It changes nothing but the memory of its id.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Rejection {
            $($(#[$doc])* #[error(transparent)] $variant(#[from] $kind),)*
        }

        impl Rejection {
            /// Every stable code and its number, noun by noun.
            pub fn codes() -> impl Iterator<Item = (&'static str, u16)> {
                [$(<$kind>::CODES),*].into_iter().flatten().copied()
            }

            /// The stable code, such as `task.not_open`.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$variant(why) => why.code(),)* }
            }

            /// The number on the wire.
            #[must_use]
            pub const fn number(&self) -> u16 {
                match self { $(Self::$variant(why) => why.number(),)* }
            }

            /// The field of the command that it is about.
            #[must_use]
            pub const fn field(&self) -> &'static str {
                match self { $(Self::$variant(why) => why.field(),)* }
            }
        }
    };
}

nouns! {
    /// About the request itself.
    Request(request::RequestRejection),
    /// About a participant.
    Participant(participant::ParticipantRejection),
    /// About an asset.
    Asset(asset::AssetRejection),
    /// About money moved by its owner.
    Payment(asset::PaymentRejection),
    /// About a task.
    Task(task::TaskRejection),
    /// About a bid.
    Bid(bid::BidRejection),
    /// About an award.
    Award(award::AwardRejection),
    /// About a contract.
    Contract(contract::ContractRejection),
    /// About an offer.
    Offer(offer::OfferRejection),
    /// About the beacon.
    Beacon(beacon::BeaconRejection),
    /// About a desk.
    Desk(order::DeskRejection),
    /// About an order.
    Order(order::OrderRejection),
    /// About a limit.
    Limit(limit::LimitRejection),
    /// About money paid by tiers.
    Split(split::SplitRejection),
    /// About a stream.
    Stream(stream::StreamRejection),
    /// About an exchange.
    Exchange(exchange::ExchangeRejection),
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn no_code_and_no_number_is_used_twice() {
        let codes: BTreeSet<_> = Rejection::codes().map(|(code, _)| code).collect();
        let numbers: BTreeSet<_> = Rejection::codes().map(|(_, number)| number).collect();
        assert_eq!(codes.len(), Rejection::codes().count());
        assert_eq!(numbers.len(), Rejection::codes().count());
    }
}
