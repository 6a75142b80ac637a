//! One hash of the whole state: equal for equal histories, on every machine, with any number of threads.
//!
//! BLAKE3 over the binary form of the parts, in the order of the fields; no map is read in the order of its hashes.

use crate::economy::Economy;
use oikos_protocol::id::Hash32;
use postcard::ser_flavors::Flavor;
use serde::Serialize;

/// The digests of an economy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    /// Of the book of accounts and transfers.
    pub ledger: Hash32,
    /// Of everything else that a command can change.
    pub market: Hash32,
    /// Of the memory of ids, which even a rejection changes.
    pub memory: Hash32,
}

impl Digests {
    /// The hash of the state without the memory of ids: what a rejection leaves as it was.
    #[must_use]
    pub fn state(&self) -> Hash32 {
        Hash32::of(&[self.ledger.0, self.market.0].concat())
    }

    /// The hash of all.
    #[must_use]
    pub fn all(&self) -> Hash32 {
        Hash32::of(&[self.ledger.0, self.market.0, self.memory.0].concat())
    }
}

impl Economy {
    /// The digest of everything.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        self.digests().all()
    }

    /// The digests of the parts.
    #[must_use]
    pub fn digests(&self) -> Digests {
        let Self {
            genesis,
            now: _,
            ledger,
            assets,
            fee,
            participants,
            names,
            tasks,
            offers,
            timers,
            beacon,
            desks,
            ..
        } = self;
        let market = (genesis, assets, fee, participants, names, tasks, offers, timers, beacon);
        // An economy without desks has the digest that it had before there were any.
        let market = match desks.len() {
            0 => hash(&market),
            _ => Hash32::of(&[hash(&market).0, hash(desks).0].concat()),
        };
        // What came later is hashed where there is any: an economy without it has the digest it had before.
        let on_top = !self.grants.is_empty() || !self.exchanges.is_empty() || !self.credits.is_empty();
        let market = if on_top { hash(&(market, &self.grants, &self.exchanges, &self.credits)) } else { market };
        Digests { ledger: ledger.digest(), market, memory: hash(&self.memory) }
    }
}

fn hash(value: &impl Serialize) -> Hash32 {
    // The hasher takes every byte, and none of the types here refuses to be serialised.
    postcard::serialize_with_flavor(value, Hashed(blake3::Hasher::new())).unwrap_or(Hash32::ZERO)
}

/// Bytes on their way into a hash instead of a buffer.
struct Hashed(blake3::Hasher);

impl Flavor for Hashed {
    type Output = Hash32;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.update(&[byte]);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.update(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Self::Output> {
        Ok(Hash32(*self.0.finalize().as_bytes()))
    }
}
