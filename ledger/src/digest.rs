//! One hash of the whole book: BLAKE3 over a canonical form, streamed, the same on every machine.
//!
//! Fields are little-endian and of fixed width, lists are preceded by their length, indexes are walked in
//! order of their keys. What is derived (the index of accounts, the expiries) is left out.

use crate::book::Ledger;
use oikos_protocol::command::account::{Account, Balances};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::id::Hash32;

pub(crate) struct Canonical(blake3::Hasher);

impl Canonical {
    pub(crate) fn bytes<const N: usize>(&mut self, bytes: [u8; N]) {
        self.0.update(&bytes);
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes(value.to_le_bytes());
    }

    fn balances(&mut self, balances: Balances) {
        let Balances { debits_pending, debits_posted, credits_pending, credits_posted } = balances;
        let mut bytes = [0; 64];
        for (part, amount) in
            bytes.chunks_exact_mut(16).zip([debits_pending, debits_posted, credits_pending, credits_posted])
        {
            part.copy_from_slice(&amount.0.to_le_bytes());
        }
        self.bytes(bytes);
    }

    fn account(&mut self, account: &Account) {
        self.bytes(account.id.0.to_le_bytes());
        self.balances(account.balances());
        self.bytes(account.user_data_128.to_le_bytes());
        self.u64(account.user_data_64);
        self.bytes(account.user_data_32.to_le_bytes());
        self.bytes(account.ledger.0.to_le_bytes());
        self.bytes(account.code.to_le_bytes());
        self.bytes(account.flags.0.to_le_bytes());
        self.u64(account.timestamp.0);
    }

    fn transfer(&mut self, transfer: &Transfer) {
        for wide in [
            transfer.id.0,
            transfer.debit_account_id.0,
            transfer.credit_account_id.0,
            transfer.amount.0,
            transfer.pending_id.0,
            transfer.user_data_128,
        ] {
            self.bytes(wide.to_le_bytes());
        }
        self.u64(transfer.user_data_64);
        self.bytes(transfer.user_data_32.to_le_bytes());
        self.bytes(transfer.timeout.to_le_bytes());
        self.bytes(transfer.ledger.0.to_le_bytes());
        self.bytes(transfer.code.to_le_bytes());
        self.bytes(transfer.flags.0.to_le_bytes());
        self.u64(transfer.timestamp.0);
    }
}

impl Ledger {
    /// One hash of the whole book. Equal books have equal digests, whatever led to them; it takes about
    /// a tenth of a second for a million bound ids.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        let mut to = Canonical(blake3::Hasher::new());
        to.0.update(b"oikos ledger digest 1\n");
        to.u64(self.accounts.len() as u64);
        self.accounts.rows.iter().for_each(|account| to.account(account));
        to.u64(self.sums.len() as u64);
        for sum in self.sums.as_slice() {
            to.bytes(sum.asset.0.to_le_bytes());
            to.balances(sum.balances);
        }
        to.u64(self.ids.len());
        for shard in self.ids.walk() {
            shard.into_iter().for_each(|slot| to.bytes(slot.to_le_bytes()));
        }
        to.u64(self.ids.failed().len() as u64);
        self.ids.failed().iter().for_each(|id| to.bytes(id.0.to_le_bytes()));
        to.u64(self.open.len() as u64);
        for (place, open) in &self.open {
            to.u64(*place);
            to.transfer(&open.transfer);
        }
        for counter in [self.places, self.last.0, self.last_account.0, self.last_transfer.0] {
            to.u64(counter);
        }
        to.u64(self.holds.slots.len() as u64);
        for slot in &self.holds.slots {
            to.bytes(slot.generation.to_le_bytes());
            to.bytes(slot.pool.to_le_bytes());
            to.bytes(slot.amount.0.to_le_bytes());
        }
        to.u64(self.holds.free.len() as u64);
        self.holds.free.iter().for_each(|slot| to.bytes(slot.to_le_bytes()));
        to.u64(self.holds.pools.len() as u64);
        for pool in &self.holds.pools {
            to.bytes(pool.row.to_le_bytes());
            to.bytes(pool.held.0.to_le_bytes());
        }
        self.hash_on_top(&mut to);
        Hash32(*to.0.finalize().as_bytes())
    }

    /// Limits, streams and references. A book that never had any has the digest it had before there were such.
    fn hash_on_top(&self, to: &mut Canonical) {
        if !self.limits.0.is_empty() {
            to.0.update(b"limits\n");
            to.u64(self.limits.0.len() as u64);
            self.limits.0.iter().for_each(|limit| limit.hash(to));
        }
        if self.streams.next > 0 {
            to.0.update(b"streams\n");
            to.u64(self.streams.next);
            to.u64(self.streams.open.len() as u64);
            self.streams.open.iter().for_each(|(id, stream)| stream.hash(*id, to));
        }
        if !self.references.is_empty() {
            to.0.update(b"references\n");
            to.u64(self.references.len() as u64);
            for (issuer, reference) in &self.references {
                to.u64(*issuer);
                to.bytes(reference.0);
            }
        }
    }
}
