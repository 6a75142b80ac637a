//! All desks, in order of opening, with the deadlines that stand for each.
//!
//! Invariants: a desk's expiry deadline is the earliest of its orders'; its call deadline is there exactly while it is a
//! call market and crossed, and lies on a multiple of its interval after its opening.

use crate::economy::Economy;
use crate::order_book::{Desk, Phase};
use crate::timer::TimerKind;
use alloc::vec::Vec;
use oikos_protocol::command::order::{Market, OpenDesk};
use oikos_protocol::event::order::OrderEvent;
use oikos_protocol::id::{AssetId, DeskId, OrderId};
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A desk of the economy.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OpenedDesk {
    pub(crate) desk: Desk,
    pub(crate) terms: OpenDesk,
    opened: Timestamp,
    call_at: Option<Timestamp>,
}

/// All desks.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Desks {
    all: Vec<OpenedDesk>,
    /// How many orders were ever taken in.
    orders: u64,
}

impl Desks {
    pub(crate) fn get(&self, desk: DeskId) -> Option<&OpenedDesk> {
        self.all.get(desk.0 as usize)
    }

    pub(crate) fn get_mut(&mut self, desk: DeskId) -> Option<&mut OpenedDesk> {
        self.all.get_mut(desk.0 as usize)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (DeskId, &OpenedDesk)> {
        (0..).map(DeskId).zip(&self.all)
    }

    pub(crate) fn len(&self) -> u32 {
        self.all.len() as u32 // At most `DESKS_MAX`.
    }

    pub(crate) fn of_pair(&self, base: AssetId, quote: AssetId) -> Option<DeskId> {
        self.all().find(|(_, open)| open.terms.base == base && open.terms.quote == quote).map(|(id, _)| id)
    }

    /// The number of the next order.
    pub(crate) const fn next_order(&self) -> OrderId {
        OrderId(self.orders)
    }

    pub(crate) fn count_order(&mut self) {
        self.orders += 1;
    }

    /// The deadlines that stand for all desks.
    pub(crate) fn deadlines(&self) -> impl Iterator<Item = (Timestamp, TimerKind, u64)> {
        self.all().flat_map(|(id, open)| {
            let expiry = open.desk.book().next_expiry().map(|at| (at, TimerKind::Order, u64::from(id.0)));
            let call = open.call_at.map(|at| (at, TimerKind::Call, u64::from(id.0)));
            [expiry, call].into_iter().flatten()
        })
    }

    /// Whether each desk's call deadline is there exactly while something crosses.
    pub(crate) fn calls_are_those_of_crossed_books(&self) -> bool {
        self.all.iter().all(|open| {
            open.call_at.is_some() == (open.desk.book().phase() == Phase::Call && open.desk.book().is_crossed())
        })
    }
}

impl OpenedDesk {
    /// The first moment of a call after `now`.
    fn next_call(&self, now: Timestamp) -> Option<Timestamp> {
        let Market::Call { every, .. } = self.terms.market else { return None };
        let calls = now.since(self.opened).0.checked_div(every.0)?.saturating_add(1);
        Some(Timestamp(self.opened.0.saturating_add(calls.saturating_mul(every.0))))
    }
}

impl Economy {
    /// Opens the desk of an event.
    pub(crate) fn evolve_order(&mut self, event: &OrderEvent) {
        let OrderEvent::DeskOpened { terms, .. } = *event else { return };
        let phase = if terms.market == Market::Continuous { Phase::Continuous } else { Phase::Call };
        let pair = crate::order_book::Pair { base: terms.base, quote: terms.quote, lot: terms.lot };
        match Desk::open(pair, terms.self_trade, phase, &mut self.ledger, self.now) {
            Ok(desk) => self.desks.all.push(OpenedDesk { desk, terms, opened: self.now, call_at: None }),
            Err(_) => self.broken = Some(crate::economy::Violation::Accounts),
        }
    }

    /// The earliest expiry of a desk, before a message changes it.
    pub(crate) fn expiry_of(&self, desk: DeskId) -> Option<Timestamp> {
        self.desks.get(desk)?.desk.book().next_expiry()
    }

    /// Sets the deadlines of a desk anew after a message; `before` is its earliest expiry before it.
    pub(crate) fn set_desk_timers(&mut self, id: DeskId, before: Option<Timestamp>) {
        let now = self.now;
        let Some(open) = self.desks.get_mut(id) else { return };
        let number = u64::from(id.0);
        let after = open.desk.book().next_expiry();
        if before != after {
            before.into_iter().for_each(|at| self.timers.clear((at, TimerKind::Order, number)));
            after.into_iter().for_each(|at| self.timers.set((at, TimerKind::Order, number)));
        }
        let waits = open.desk.book().phase() == Phase::Call && open.desk.book().is_crossed();
        let call_at = if waits { open.call_at.or_else(|| open.next_call(now)) } else { None };
        if call_at != open.call_at {
            open.call_at.into_iter().for_each(|at| self.timers.clear((at, TimerKind::Call, number)));
            call_at.into_iter().for_each(|at| self.timers.set((at, TimerKind::Call, number)));
            open.call_at = call_at;
        }
    }
}
