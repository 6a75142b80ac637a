//! The book as bytes and back: an identical book, or an error.
//!
//! Derived parts (the index of accounts, the expiries) are built anew. A snapshot that does not pass the
//! full audit is refused, so that a damaged one never becomes a book.

use crate::account::table::{AccountTable, Ties};
use crate::book::{Ledger, Open};
use crate::hold::Holds;
use crate::invariant::Sums;
use crate::limit::Limits;
use crate::stream::{Stream, Streams};
use crate::transfer::expires_at;
use crate::transfer::ids::TransferIds;
use crate::transfer::scratch::Scratch;
use alloc::vec::Vec;
use oikos_protocol::command::account::Account;
use oikos_protocol::id::{Hash32, StreamId, TransferId};
use oikos_protocol::time::Timestamp;
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The parts of a book that cannot be derived. The order is the format.
#[derive(Serialize, Deserialize)]
struct Parts<'a> {
    accounts: Vec<Account>,
    ties: Vec<Ties>,
    sums: Sums,
    ids: Shards<'a>,
    failed: Vec<TransferId>,
    open: Vec<(u64, Open)>,
    places: u64,
    holds: Holds,
    last: Timestamp,
    last_account: Timestamp,
    last_transfer: Timestamp,
    limits: Limits,
    streams: Vec<(StreamId, Stream)>,
    next_stream: u64,
    references: Vec<(u64, Hash32)>,
}

/// All shards: written one after the other, since together they are as large as all the rest.
enum Shards<'a> {
    Of(&'a TransferIds),
    Read(Vec<Vec<u128>>),
}

impl Serialize for Shards<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Of(ids) => {
                let shards = ids.walk();
                let mut to = to.serialize_seq(Some(shards.len()))?;
                shards.into_iter().try_for_each(|shard| to.serialize_element(&Slots(shard)))?;
                to.end()
            }
            Self::Read(_) => Err(S::Error::custom("an index of ids is written from a book")),
        }
    }
}

impl<'de> Deserialize<'de> for Shards<'_> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let shards = Vec::<Slots>::deserialize(from)?;
        Ok(Self::Read(shards.into_iter().map(|slots| slots.0).collect()))
    }
}

/// The slots of a shard, 16 bytes each in little-endian: varints would make them longer.
struct Slots(Vec<u128>);

impl Serialize for Slots {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|slot| slot.to_le_bytes()).collect();
        to.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Slots {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(from)?;
        let (slots, rest) = bytes.as_chunks::<16>();
        if !rest.is_empty() {
            return Err(D::Error::custom("the index of ids has a part of a slot"));
        }
        Ok(Self(slots.iter().map(|slot| u128::from_le_bytes(*slot)).collect()))
    }
}

impl Serialize for Ledger {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Parts {
            accounts: self.accounts.rows.clone(),
            ties: self.accounts.ties.clone(),
            sums: self.sums.clone(),
            ids: Shards::Of(&self.ids),
            failed: self.ids.failed().to_vec(),
            open: self.open.iter().map(|(place, open)| (*place, *open)).collect(),
            places: self.places,
            holds: self.holds.clone(),
            last: self.last,
            last_account: self.last_account,
            last_transfer: self.last_transfer,
            limits: self.limits.clone(),
            streams: self.streams.open.iter().map(|(id, stream)| (*id, stream.clone())).collect(),
            next_stream: self.streams.next,
            references: self.references.iter().copied().collect(),
        }
        .serialize(to)
    }
}

impl<'de> Deserialize<'de> for Ledger {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let parts = Parts::deserialize(from)?;
        let Shards::Read(ids) = parts.ids else { return Err(D::Error::custom("an index of ids that was not read")) };
        let ids = TransferIds::restore(ids, parts.failed);
        let timed = parts.open.iter().filter(|(_, open)| open.transfer.timeout != 0);
        let expiries = timed.map(|(place, open)| (expires_at(&open.transfer), *place)).collect();
        let ledger = Self {
            accounts: AccountTable::restore(parts.accounts, parts.ties),
            sums: parts.sums,
            ids: ids.ok_or_else(|| D::Error::custom("the index of ids is damaged"))?,
            open: parts.open.into_iter().collect(),
            expiries,
            places: parts.places,
            holds: parts.holds,
            last: parts.last,
            last_account: parts.last_account,
            last_transfer: parts.last_transfer,
            limits: parts.limits,
            streams: Streams::restore(parts.streams.into_iter().collect(), parts.next_stream),
            references: parts.references.into_iter().collect(),
            scratch: Scratch::default(),
        };
        ledger.audit().map_err(D::Error::custom)?;
        Ok(ledger)
    }
}
