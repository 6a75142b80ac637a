//! Who may spend whose money: the holders of the ledger's limits.
//!
//! The ledger keeps the limits and checks them; here stands who may set, use, pass on and end one. A limit whose holder
//! is its source *binds*: while it is not revoked, its holder pays that asset under a limit and in no other way.
//! Invariants: for every limit of the ledger there is one grant; a limit that was passed on has its parent's source.
//! Absent on purpose: mandates. They bound what a participant has *committed* to open tasks, which comes back; a limit
//! bounds what is *paid*, which does not (`participant.rs`).

use crate::economy::Economy;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use oikos_protocol::command::limit::{LimitTerm, LimitTerms, NarrowLimit, Payees, RevokeLimit, SetLimit};
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::event::Event;
use oikos_protocol::event::limit::LimitEvent;
use oikos_protocol::id::{AssetId, LimitId, ParticipantId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::limit::LimitRejection;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Who holds a limit, and on whose money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who may spend.
    pub holder: ParticipantId,
    /// Whose money.
    pub source: ParticipantId,
    /// Of what.
    pub asset: AssetId,
    /// Who set it, or passed it on.
    pub granted_by: ParticipantId,
}

/// All grants, by number of limit.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Grants {
    all: Vec<Grant>,
    /// The limits that bind their holders.
    bound: BTreeSet<(ParticipantId, AssetId, LimitId)>,
}

impl Grants {
    pub(crate) fn get(&self, limit: LimitId) -> Option<Grant> {
        self.all.get(usize::try_from(limit.0).ok()?).copied()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (LimitId, Grant)> {
        (0..).map(LimitId).zip(self.all.iter().copied())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn evolve(&mut self, event: &LimitEvent) {
        match *event {
            LimitEvent::Set { limit, parent, holder, source, granted_by, asset, .. } => {
                self.all.push(Grant { holder, source, asset, granted_by });
                if parent.is_none() && holder == source {
                    self.bound.insert((source, asset, limit));
                }
            }
            LimitEvent::Revoked { limit, .. } => {
                if let Some(Grant { source, asset, .. }) = self.get(limit) {
                    self.bound.remove(&(source, asset, limit));
                }
            }
            LimitEvent::Spent { .. } => {}
        }
    }
}

impl Economy {
    /// That no limit binds this participant in this asset.
    ///
    /// # Errors
    /// [`LimitRejection::Bound`].
    pub(crate) fn must_be_unbound(&self, by: ParticipantId, asset: AssetId) -> Result<(), LimitRejection> {
        let first = (by, asset, LimitId(0));
        match self.grants.bound.range(first..).next() {
            Some(&(whose, of, limit)) if (whose, of) == (by, asset) => Err(LimitRejection::Bound { by, asset, limit }),
            _ => Ok(()),
        }
    }

    /// The grant of a limit that `by` may use.
    ///
    /// # Errors
    /// [`LimitRejection::Unknown`] or [`LimitRejection::NotTheHolder`].
    pub(crate) fn held_by(&self, limit: LimitId, by: ParticipantId) -> Result<Grant, LimitRejection> {
        let grant = self.grants.get(limit).ok_or(LimitRejection::Unknown { limit })?;
        if grant.holder == by { Ok(grant) } else { Err(LimitRejection::NotTheHolder { limit, by }) }
    }

    /// Takes the event in.
    pub(crate) fn evolve_limit(&mut self, event: &LimitEvent) {
        let now = self.now;
        let done = match event {
            LimitEvent::Set { parent: None, source, asset, terms, .. } => {
                self.ledger.set_limit(crate::available_account(*source, *asset), terms, now).is_ok()
            }
            LimitEvent::Set { parent: Some(parent), terms, .. } => {
                self.ledger.narrow_limit(*parent, terms, now).is_ok()
            }
            LimitEvent::Spent { .. } => true, // The ledger counted it with the transfers.
            LimitEvent::Revoked { limit, .. } => self.ledger.revoke_limit(*limit).is_ok(),
        };
        self.must(done, "a limit");
        self.grants.evolve(event);
    }

    /// Classes and accounts that are some participant's.
    fn check_payees(&self, terms: &LimitTerms) -> Result<(), LimitRejection> {
        let every = ParticipantKind::ALL.into_iter().fold(0, |all, kind| all | kind.class());
        let known = match &terms.payees {
            Payees::Anyone => true,
            Payees::Classes(classes) => classes & !every == 0,
            Payees::These(accounts) => {
                let known = |owner| self.participants.get(owner).is_some();
                accounts.len() <= self.genesis.limits.transfers_max as usize
                    && accounts.iter().all(|account| account.owner().is_some_and(known))
            }
        };
        if known { Ok(()) } else { Err(LimitRejection::BadTerms { term: LimitTerm::Payees }) }
    }
}

/// Sets a limit on somebody's money.
pub(crate) fn set(
    ask: &SetLimit,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let SetLimit { holder, source, asset, .. } = *ask;
    if economy.participants.get(holder).is_none() {
        return Err(LimitRejection::UnknownHolder { holder }.into());
    }
    let owner = economy.participants.get(source).ok_or(LimitRejection::UnknownSource { source_of: source })?;
    if economy.assets.get(asset).is_none() {
        return Err(LimitRejection::UnknownAsset { asset }.into());
    }
    if by != source && by != owner.principal {
        return Err(LimitRejection::NotTheSource { source_of: source, by }.into());
    }
    economy.check_payees(&ask.terms)?;
    let terms = economy.ledger.check_limit(&ask.terms, now)?;
    let limit = economy.ledger.next_limit();
    let terms = Box::new(terms);
    out.push(Event::Limit(LimitEvent::Set { limit, parent: None, holder, source, granted_by: by, asset, terms }));
    Ok(Reply::Limit(limit))
}

/// Passes on a part of a limit.
pub(crate) fn narrow(
    ask: &NarrowLimit,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let NarrowLimit { parent, holder, .. } = *ask;
    if economy.participants.get(holder).is_none() {
        return Err(LimitRejection::UnknownHolder { holder }.into());
    }
    let Grant { source, asset, .. } = economy.held_by(parent, by)?;
    economy.check_payees(&ask.terms)?;
    let terms = Box::new(economy.ledger.check_narrow(parent, &ask.terms, now)?);
    let limit = economy.ledger.next_limit();
    let parent = Some(parent);
    out.push(Event::Limit(LimitEvent::Set { limit, parent, holder, source, granted_by: by, asset, terms }));
    Ok(Reply::Limit(limit))
}

/// Ends a limit.
pub(crate) fn revoke(
    ask: &RevokeLimit,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let limit = ask.limit;
    let Grant { holder, source, granted_by, .. } =
        economy.grants.get(limit).ok_or(LimitRejection::Unknown { limit })?;
    let above = |id| economy.grants.get(id).is_some_and(|grant| grant.holder == by);
    // Whoever is bound by its principal does not free itself.
    let is_source = by == source && holder != source;
    let may = by == granted_by
        || is_source
        || by == economy.participants.principal(source) && by != source
        || economy.ledger.limits_above(limit).any(above);
    if !may {
        return Err(LimitRejection::NotTheGranter { limit, by }.into());
    }
    economy.ledger.must_be_alive(limit)?;
    out.push(Event::Limit(LimitEvent::Revoked { limit, holder, by }));
    Ok(Reply::Done)
}
