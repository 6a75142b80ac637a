//! Streams: pay by time, out of a hold that the payee can rely on.
//!
//! Owns the open streams. What has run up is always the exact fraction from the beginning, rounded down to whole minor
//! units, less what was paid: however often a stream is settled, nothing is lost to rounding.
//! Invariants: a stream's hold is what was set apart for it less what it paid; it never pays more than its cap.
//! Absent on purpose: a clock. A stream is settled when somebody touches it, and ended by the owner above when
//! [`Ledger::next_stream_end`] says so.
//! Start at [`Ledger::open_stream`].

use crate::book::Ledger;
use crate::digest::Canonical;
use crate::hold::MoveError;
use alloc::collections::{BTreeMap, BTreeSet};
use oikos_protocol::command::stream::Rate;
use oikos_protocol::id::{AccountId, HoldId, StreamId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// An open stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// The account that gets back what is not paid.
    pub from: AccountId,
    /// The account that is paid.
    pub to: AccountId,
    /// How fast.
    pub rate: Rate,
    /// The most that is ever paid.
    pub cap: Option<Amount>,
    /// When it began.
    pub since: Timestamp,
    /// How much was set apart in all.
    pub funded: Amount,
    /// How much was paid.
    pub paid: Amount,
    hold: HoldId,
}

impl Stream {
    /// All that it can pay.
    #[must_use]
    pub fn bound(&self) -> Amount {
        self.cap.map_or(self.funded, |cap| cap.min(self.funded))
    }

    /// How much it has run up by `now` and not paid yet.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Amount {
        Amount(run_up(self.rate, now.since(self.since))).min(self.bound()).saturating_sub(self.paid)
    }

    /// When all that it can pay has run up.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.since.after(time_for(self.rate, self.bound()))
    }

    /// Where its money is set apart.
    #[must_use]
    pub const fn hold(&self) -> HoldId {
        self.hold
    }

    /// Whether it ends because its cap is reached, not because what was set apart is used up.
    #[must_use]
    pub fn ends_by_cap(&self) -> bool {
        self.cap.is_some_and(|cap| cap <= self.funded)
    }

    /// Into the digest of the book.
    pub(crate) fn hash(&self, id: StreamId, to: &mut Canonical) {
        let Self { from, to: payee, rate, cap, since, funded, paid, hold } = self;
        for number in [id.0, rate.per.0, since.0, hold.0, u64::from(cap.is_some())] {
            to.u64(number);
        }
        for wide in [from.0, payee.0, rate.amount.0, cap.unwrap_or_default().0, funded.0, paid.0] {
            to.bytes(wide.to_le_bytes());
        }
    }

    /// The shortest time in which a rate runs up an amount.
    #[must_use]
    pub fn time_for(rate: Rate, amount: Amount) -> Span {
        time_for(rate, amount)
    }

    /// Whether a rate is one: an amount above zero and below 2^64, in a time above zero.
    #[must_use]
    pub const fn is_rate(rate: Rate) -> bool {
        rate.amount.0 > 0 && rate.amount.0 < 1 << 64 && rate.per.0 > 0
    }
}

/// `rate` × `time`, rounded down. Both factors are below 2^64.
const fn run_up(rate: Rate, time: Span) -> u128 {
    rate.amount.0 * time.0 as u128 / rate.per.0 as u128
}

/// The shortest time in which `rate` runs up `amount`.
fn time_for(rate: Rate, amount: Amount) -> Span {
    // amount × per / rate, rounded up: whole multiples of the rate first, so that nothing overflows.
    let (whole, rest) = (amount.0 / rate.amount.0, amount.0 % rate.amount.0);
    let per = u128::from(rate.per.0);
    let time = whole.saturating_mul(per).saturating_add((rest * per).div_ceil(rate.amount.0));
    Span(u64::try_from(time).unwrap_or(u64::MAX))
}

/// All open streams, and the number of the next one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Streams {
    pub(crate) open: BTreeMap<StreamId, Stream>,
    pub(crate) next: u64,
    ends: BTreeSet<(Timestamp, StreamId)>,
}

impl Streams {
    pub(crate) fn restore(open: BTreeMap<StreamId, Stream>, next: u64) -> Self {
        let ends = open.iter().map(|(id, stream)| (stream.ends_at(), *id)).collect();
        Self { open, next, ends }
    }
}

/// What is asked of a new stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamSpec {
    /// The account that pays.
    pub from: AccountId,
    /// The account that is paid.
    pub to: AccountId,
    /// The pool in which its money is set apart.
    pub pool: AccountId,
    /// How fast; [`Stream::is_rate`].
    pub rate: Rate,
    /// How much is set apart.
    pub hold: Amount,
    /// The most that is ever paid.
    pub cap: Option<Amount>,
}

/// Why a stream did not do what it was asked. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// There is no such stream, or no longer.
    #[error("stream {stream} is not open")]
    NotOpen {
        /// Which.
        stream: StreamId,
    },
    /// A rate is above zero, in a time above zero.
    #[error("an amount below 2^64 in a time above zero is a rate, and nothing else")]
    BadRate,
    /// The money could not be moved.
    #[error(transparent)]
    Move(#[from] MoveError),
}

impl Ledger {
    /// An open stream.
    #[must_use]
    pub fn stream(&self, stream: StreamId) -> Option<&Stream> {
        self.streams.open.get(&stream)
    }

    /// All open streams, in order.
    pub fn open_streams(&self) -> impl Iterator<Item = (StreamId, &Stream)> {
        self.streams.open.iter().map(|(id, stream)| (*id, stream))
    }

    /// The number of the next stream.
    #[must_use]
    pub const fn next_stream(&self) -> StreamId {
        StreamId(self.streams.next)
    }

    /// When the next stream has run up all that it can pay, and which.
    #[must_use]
    pub fn next_stream_end(&self) -> Option<(Timestamp, StreamId)> {
        self.streams.ends.first().copied()
    }

    /// Sets money apart and begins to pay.
    ///
    /// # Errors
    /// [`StreamError`]; nothing has changed.
    pub fn open_stream(&mut self, spec: StreamSpec, now: Timestamp) -> Result<StreamId, StreamError> {
        let StreamSpec { from, to, pool, rate, hold: funded, cap } = spec;
        if !Stream::is_rate(rate) {
            return Err(StreamError::BadRate);
        }
        // Whether the payee can be paid is asked before it relies on it.
        self.can_pay(from, to, funded)?;
        let hold = self.hold(from, pool, funded)?;
        let id = self.next_stream();
        let stream = Stream { from, to, rate, cap, since: now, funded, paid: Amount::ZERO, hold };
        self.streams.ends.insert((stream.ends_at(), id));
        self.streams.open.insert(id, stream);
        self.streams.next += 1;
        Ok(id)
    }

    /// Sets more apart for a stream.
    ///
    /// # Errors
    /// [`StreamError`]; nothing has changed.
    pub fn top_up_stream(&mut self, stream: StreamId, amount: Amount) -> Result<(), StreamError> {
        let found = self.streams.open.get(&stream).ok_or(StreamError::NotOpen { stream })?;
        let (hold, from, ended) = (found.hold, found.from, found.ends_at());
        self.top_up(hold, from, amount)?;
        if let Some(found) = self.streams.open.get_mut(&stream) {
            found.funded.0 += amount.0;
            self.streams.ends.remove(&(ended, stream));
            self.streams.ends.insert((found.ends_at(), stream));
        }
        Ok(())
    }

    /// Pays what has run up, unless that is all it can pay: then [`Ledger::end_stream`] is due. Says how much.
    ///
    /// # Errors
    /// [`StreamError`]; nothing has changed.
    pub fn settle_stream(&mut self, stream: StreamId, now: Timestamp) -> Result<Amount, StreamError> {
        let found = self.streams.open.get(&stream).ok_or(StreamError::NotOpen { stream })?;
        let (due, hold, to) = (found.due(now), found.hold, found.to);
        self.release(hold, to, due)?;
        if let Some(found) = self.streams.open.get_mut(&stream) {
            found.paid.0 += due.0;
        }
        Ok(due)
    }

    /// Pays what has run up, gives the rest back and forgets the stream. Says how much of each.
    ///
    /// # Errors
    /// [`StreamError`]; nothing has changed.
    pub fn end_stream(&mut self, stream: StreamId, now: Timestamp) -> Result<(Amount, Amount), StreamError> {
        let found = self.streams.open.get(&stream).ok_or(StreamError::NotOpen { stream })?;
        let (due, hold, from, to, ended) = (found.due(now), found.hold, found.from, found.to, found.ends_at());
        let rest = self.held(hold).unwrap_or_default().saturating_sub(due);
        if !rest.is_zero() {
            self.can_release(hold, from, rest)?;
        }
        if !due.is_zero() {
            self.release(hold, to, due)?;
        }
        if !rest.is_zero() {
            self.release(hold, from, rest)?;
        }
        self.streams.open.remove(&stream);
        self.streams.ends.remove(&(ended, stream));
        Ok((due, rest))
    }

    /// That every stream has in its hold what it was given less what it paid.
    pub(crate) fn streams_hold(&self) -> bool {
        let ends = self.streams.open.iter().all(|(id, stream)| self.streams.ends.contains(&(stream.ends_at(), *id)));
        let held = self.streams.open.iter().all(|(id, stream)| {
            let rest = stream.funded.checked_sub(stream.paid);
            id.0 < self.streams.next
                && Stream::is_rate(stream.rate)
                && stream.paid <= stream.bound()
                && rest.is_some_and(|rest| self.held(stream.hold).unwrap_or_default() == rest)
        });
        ends && held && self.streams.ends.len() == self.streams.open.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_runs_up_exactly_however_it_is_cut() {
        let rate = Rate { amount: Amount(10), per: Span(3) };
        let mut paid = 0;
        for at in 1..=3_000u64 {
            paid += run_up(rate, Span(at)) - paid;
        }
        assert_eq!(paid, 10_000);
        assert_eq!(time_for(rate, Amount(10_000)), Span(3_000));
        // One minor unit less has run up one moment before.
        for amount in 1..=1_000 {
            let time = time_for(rate, Amount(amount));
            assert!(run_up(rate, time) >= amount && run_up(rate, Span(time.0 - 1)) < amount);
        }
    }

    #[test]
    fn the_largest_rates_and_amounts_do_not_overflow() {
        let fast = Rate { amount: Amount(u128::from(u64::MAX)), per: Span(1) };
        assert_eq!(run_up(fast, Span(u64::MAX)), u128::from(u64::MAX) * u128::from(u64::MAX));
        let slow = Rate { amount: Amount(1), per: Span(u64::MAX) };
        assert_eq!(time_for(slow, Amount(1 << 100)), Span(u64::MAX));
        assert_eq!(time_for(fast, Amount::MAX), Span(u64::MAX));
    }
}
