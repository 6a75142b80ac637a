//! Pending transfers whose timeout has passed, one at a time in order of (expiry, creation).
//!
//! One at a time, so that the owner above can merge them with timers of its own and bound its work.
//! Source: TigerBeetle's documentation, "timeout".

use crate::book::Ledger;
use crate::sink::LedgerSink;
use crate::transfer::ids::{Key, State};
use crate::transfer::scratch::Scratch;
use crate::transfer::void::{reopened, void_accounts};
use crate::transfer::{standing, timeout_span};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::transfer::TransferExpired;
use oikos_protocol::time::Timestamp;

/// When a pending transfer with a timeout expires.
pub(crate) fn expires_at(pending: &Transfer) -> Timestamp {
    pending.timestamp.after(timeout_span(pending))
}

impl Ledger {
    /// When the next pending transfer expires.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.expiries.first().map(|(expiry, _)| *expiry)
    }

    /// Frees what the next pending transfer had reserved, if it has expired by `now`; says whether one had.
    pub fn expire_next(&mut self, now: Timestamp, sink: &mut impl LedgerSink) -> bool {
        let Some((expiry, place)) = self.expiries.first().copied() else {
            return false;
        };
        let Some(open) = self.open.get(&place).copied() else {
            return false; // Not reached: every expiry has its pending transfer.
        };
        if expiry > now {
            return false;
        }
        let mut scratch = Scratch::default(); // No chain is under way, so that nothing is noted in it.
        self.take_out(place, Key::of(open.transfer.id), State::Expired, &mut scratch);
        let (debit, credit) = void_accounts(open.transfer.amount, reopened(&open.transfer));
        self.change_both((open.debit, open.credit), &mut scratch, debit, credit);
        let timestamp = self.next_timestamp(now);
        self.last = timestamp;
        sink.emit(LedgerEvent::TransferExpired(TransferExpired {
            place,
            transfer: open.transfer,
            timestamp,
            debit: standing(self.accounts.get(open.debit)),
            credit: standing(self.accounts.get(open.credit)),
        }));
        true
    }
}
