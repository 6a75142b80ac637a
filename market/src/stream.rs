//! Streams between participants: who may open, touch and stop one. The ledger keeps them and counts the time.
//!
//! A stream ends by itself: its timer is the moment at which all that it can pay has run up.

use crate::economy::Economy;
use crate::purse::AccountKind;
use alloc::vec::Vec;
use oikos_ledger::{Stream, StreamSpec};
use oikos_protocol::command::stream::{OpenStream, SettleStream, StopStream, TopUpStream};
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::stream::{StreamEnd, StreamEvent};
use oikos_protocol::id::{AssetId, ParticipantId, StreamId};
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::stream::StreamRejection;
use oikos_protocol::time::Timestamp;

/// An open stream with the people at its ends.
#[derive(Clone, Copy)]
struct Between<'a> {
    stream: &'a Stream,
    from: ParticipantId,
    to: ParticipantId,
    asset: AssetId,
}

impl Economy {
    fn between(&self, id: StreamId) -> Result<Between<'_>, StreamRejection> {
        let known = |stream: &Stream| {
            Some((stream.from.owner()?, stream.to.owner()?, self.ledger.account(stream.from)?.ledger))
        };
        match self.ledger.stream(id).and_then(|stream| known(stream).map(|ends| (stream, ends))) {
            Some((stream, (from, to, asset))) => Ok(Between { stream, from, to, asset }),
            None if id < self.ledger.next_stream() => Err(StreamRejection::Over { stream: id }),
            None => Err(StreamRejection::Unknown { stream: id }),
        }
    }

    fn party(&self, stream: StreamId, by: ParticipantId) -> Result<Between<'_>, StreamRejection> {
        let between = self.between(stream)?;
        let is_party = by == between.from || by == between.to;
        if is_party { Ok(between) } else { Err(StreamRejection::NotAParty { stream, by }) }
    }

    /// Takes the event in: the ledger moves the money, and the movements beside the event only tell it.
    pub(crate) fn evolve_stream(&mut self, event: &StreamEvent) {
        let now = self.now;
        let done = match *event {
            StreamEvent::Opened { from, to, asset, rate, hold, cap, .. } => {
                let opened = self.open_available(to, asset).is_some() && self.open_pool(AccountKind::Streams, asset);
                let (from, to) = (crate::available_account(from, asset), crate::available_account(to, asset));
                let pool = AccountKind::Streams.account(0, asset);
                opened && self.ledger.open_stream(StreamSpec { from, to, pool, rate, hold, cap }, now).is_ok()
            }
            StreamEvent::ToppedUp { stream, amount, .. } => self.ledger.top_up_stream(stream, amount).is_ok(),
            StreamEvent::Settled { stream, amount, .. } => self.ledger.settle_stream(stream, now) == Ok(amount),
            StreamEvent::Ended { stream, rest, .. } => {
                self.ledger.end_stream(stream, now).is_ok_and(|(_, back)| back == rest)
            }
        };
        self.must(done, "a stream");
    }
}

/// Begins to pay by time.
pub(crate) fn open(
    ask: &OpenStream,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let OpenStream { to, asset, rate, hold, cap } = *ask;
    if economy.assets.get(asset).is_none() {
        return Err(StreamRejection::UnknownAsset { asset }.into());
    }
    if economy.participants.get(to).is_none() {
        return Err(StreamRejection::UnknownReceiver { to }.into());
    }
    if to == by {
        return Err(StreamRejection::OwnReceiver { to }.into());
    }
    if !Stream::is_rate(rate) {
        return Err(StreamRejection::BadRate {}.into());
    }
    if hold.is_zero() {
        return Err(StreamRejection::ZeroHold {}.into());
    }
    if let Some(cap) = cap.filter(|cap| hold > *cap) {
        return Err(StreamRejection::AboveCap { held: hold, cap }.into());
    }
    economy.must_be_unbound(by, asset)?;
    check_funds(economy, by, asset, hold)?;
    let stream = economy.ledger.next_stream();
    let ends_at = now.after(Stream::time_for(rate, hold));
    out.push(Event::Stream(StreamEvent::Opened { stream, from: by, to, asset, rate, hold, cap, ends_at }));
    out.push(moved(stream, asset, hold, Purse::Available(by), Purse::Stream(stream)));
    Ok(Reply::Stream(stream))
}

/// Sets more apart.
pub(crate) fn top_up(
    ask: &TopUpStream,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let TopUpStream { stream, amount } = *ask;
    let Between { stream: open, from, to, asset } = economy.between(stream)?;
    if by != from {
        return Err(StreamRejection::NotThePayer { stream, by }.into());
    }
    if amount.is_zero() {
        return Err(StreamRejection::ZeroHold {}.into());
    }
    let held = Amount(open.funded.0.saturating_add(amount.0));
    if let Some(cap) = open.cap.filter(|cap| held > *cap) {
        return Err(StreamRejection::AboveCap { held, cap }.into());
    }
    economy.must_be_unbound(by, asset)?;
    check_funds(economy, by, asset, amount)?;
    let ends_at = open.since.after(Stream::time_for(open.rate, held));
    out.push(Event::Stream(StreamEvent::ToppedUp { stream, from, to, amount, ends_at }));
    out.push(moved(stream, asset, amount, Purse::Available(from), Purse::Stream(stream)));
    Ok(Reply::Done)
}

/// Pays what has run up.
pub(crate) fn settle(
    ask: &SettleStream,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let stream = ask.stream;
    let Between { stream: open, from, to, asset } = economy.party(stream, by)?;
    let amount = open.due(now);
    if amount.is_zero() {
        return Err(StreamRejection::NothingDue { stream }.into());
    }
    let paid = Amount(open.paid.0 + amount.0);
    out.push(Event::Stream(StreamEvent::Settled { stream, from, to, amount, paid }));
    out.push(moved(stream, asset, amount, Purse::Stream(stream), Purse::Available(to)));
    Ok(Reply::Done)
}

/// Ends it before its time.
pub(crate) fn stop(
    ask: &StopStream,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let between = economy.party(ask.stream, by)?;
    end(ask.stream, between, StreamEnd::Stopped(by), now, out);
    Ok(Reply::Done)
}

/// All that it can pay has run up.
pub(crate) fn run_out(stream: StreamId, economy: &Economy, now: Timestamp, out: &mut Vec<Event>) {
    if let Ok(between) = economy.between(stream) {
        let why = if between.stream.ends_by_cap() { StreamEnd::Capped } else { StreamEnd::Exhausted };
        end(stream, between, why, now, out);
    }
}

fn end(stream: StreamId, between: Between<'_>, why: StreamEnd, now: Timestamp, out: &mut Vec<Event>) {
    let Between { stream: open, from, to, asset } = between;
    let due = open.due(now);
    let paid = Amount(open.paid.0 + due.0);
    let rest = open.funded.saturating_sub(paid);
    out.push(Event::Stream(StreamEvent::Ended { stream, from, to, why, paid, rest }));
    for (amount, whose) in [(due, to), (rest, from)] {
        if !amount.is_zero() {
            out.push(moved(stream, asset, amount, Purse::Stream(stream), Purse::Available(whose)));
        }
    }
}

fn check_funds(economy: &Economy, by: ParticipantId, asset: AssetId, amount: Amount) -> Result<(), StreamRejection> {
    let available = economy.available(by, asset);
    if amount > available { Err(StreamRejection::InsufficientFunds { amount, available }) } else { Ok(()) }
}

fn moved(stream: StreamId, asset: AssetId, amount: Amount, from: Purse, to: Purse) -> Event {
    Event::Money(MoneyMoved { asset, amount, from, to, reason: MoneyReason::Stream(stream) })
}
