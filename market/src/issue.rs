//! Money from outside and back, money destroyed, and lines of mutual credit.
//!
//! A deposit, a withdrawal and a burn carry the hash of their name outside; an issuer takes each only once, over all
//! its assets. A line of mutual credit is money that its member has and owes: all lines together are the supply, so
//! that what somebody is below nothing, others together are above it.

use crate::asset::{Asset, SUPPLY_MAX};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::asset::{Burn, Deposit, Regime, SetCredit, Withdraw};
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::id::{AssetId, Hash32, ParticipantId};
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::asset::AssetRejection;

/// Money comes from outside.
pub(crate) fn deposit(
    ask: &Deposit,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let Deposit { asset, to, amount, reference } = *ask;
    let (declared, issuer) = issued(economy, asset)?;
    if issuer != by {
        return Err(AssetRejection::NotTheIssuer { by, asset }.into());
    }
    if economy.participants.get(to).is_none() {
        return Err(AssetRejection::UnknownReceiver { to }.into());
    }
    check_amount(amount)?;
    check_supply(declared, amount)?;
    check_reference(economy, issuer, reference)?;
    out.push(Event::Asset(AssetEvent::Deposited { asset, issuer, to, amount, reference }));
    out.push(moved(asset, amount, Purse::Issuer, Purse::Available(to), MoneyReason::FromOutside));
    Ok(Reply::Done)
}

/// Money leaves for outside.
pub(crate) fn withdraw(
    ask: &Withdraw,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let Withdraw { asset, amount, reference } = *ask;
    let (_, issuer) = issued(economy, asset)?;
    check_amount(amount)?;
    check_reference(economy, issuer, reference)?;
    economy.must_be_unbound(by, asset)?;
    check_funds(economy, by, asset, amount)?;
    out.push(Event::Asset(AssetEvent::Withdrawn { asset, issuer, from: by, amount, reference }));
    out.push(moved(asset, amount, Purse::Available(by), Purse::Issuer, MoneyReason::ToOutside));
    Ok(Reply::Done)
}

/// An issuer destroys money of its own.
pub(crate) fn burn(ask: &Burn, economy: &Economy, by: ParticipantId, out: &mut Vec<Event>) -> Result<Reply, Rejection> {
    let Burn { asset, amount, reference } = *ask;
    let (_, issuer) = issued(economy, asset)?;
    if issuer != by {
        return Err(AssetRejection::NotTheIssuer { by, asset }.into());
    }
    check_amount(amount)?;
    check_reference(economy, issuer, reference)?;
    check_funds(economy, by, asset, amount)?;
    out.push(Event::Asset(AssetEvent::Burned { asset, issuer, amount, reference }));
    out.push(moved(asset, amount, Purse::Available(by), Purse::Issuer, MoneyReason::Burn));
    Ok(Reply::Done)
}

/// A line of mutual credit becomes longer or shorter.
pub(crate) fn set_credit(
    ask: &SetCredit,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let SetCredit { asset, member, credit: to } = *ask;
    let declared = economy.assets.get(asset).ok_or(AssetRejection::Unknown { asset })?;
    let Regime::MutualCredit { steward, credit_max } = declared.regime else {
        return Err(AssetRejection::NotMutualCredit { asset }.into());
    };
    if steward != by {
        return Err(AssetRejection::NotTheSteward { by, asset }.into());
    }
    if economy.participants.get(member).is_none() {
        return Err(AssetRejection::UnknownMember { member }.into());
    }
    if to > credit_max {
        return Err(AssetRejection::AboveCreditMax { credit: to, credit_max }.into());
    }
    let from = economy.credit(member, asset);
    let (more, less) = (to.saturating_sub(from), from.saturating_sub(to));
    check_supply(declared, more)?;
    let available = economy.available(member, asset);
    if less > available {
        return Err(AssetRejection::CreditInUse { less, available }.into());
    }
    out.push(Event::Asset(AssetEvent::CreditSet { asset, steward, member, from, to }));
    let (issuer, member) = (Purse::Issuer, Purse::Available(member));
    if !more.is_zero() {
        out.push(moved(asset, more, issuer, member, MoneyReason::Credit));
    }
    if !less.is_zero() {
        out.push(moved(asset, less, member, issuer, MoneyReason::Credit));
    }
    Ok(Reply::Done)
}

fn issued(economy: &Economy, asset: AssetId) -> Result<(&Asset, ParticipantId), AssetRejection> {
    let declared = economy.assets.get(asset).ok_or(AssetRejection::Unknown { asset })?;
    match declared.regime {
        Regime::Issuer(issuer) => Ok((declared, issuer)),
        Regime::FixedSupply { .. } | Regime::MutualCredit { .. } => Err(AssetRejection::NotIssued { asset }),
    }
}

fn check_amount(amount: Amount) -> Result<(), AssetRejection> {
    if amount.is_zero() { Err(AssetRejection::ZeroAmount {}) } else { Ok(()) }
}

fn check_supply(declared: &Asset, amount: Amount) -> Result<(), AssetRejection> {
    let fits = declared.supply.checked_add(amount).is_some_and(|supply| supply <= SUPPLY_MAX);
    if fits { Ok(()) } else { Err(AssetRejection::SupplyOverflow { amount }) }
}

fn check_reference(economy: &Economy, issuer: ParticipantId, reference: Hash32) -> Result<(), AssetRejection> {
    let used = economy.ledger.has_reference(issuer.0, reference);
    if used { Err(AssetRejection::ReferenceUsed { reference }) } else { Ok(()) }
}

fn check_funds(economy: &Economy, by: ParticipantId, asset: AssetId, amount: Amount) -> Result<(), AssetRejection> {
    let available = economy.available(by, asset);
    if amount > available { Err(AssetRejection::InsufficientFunds { amount, available }) } else { Ok(()) }
}

fn moved(asset: AssetId, amount: Amount, from: Purse, to: Purse, reason: MoneyReason) -> Event {
    Event::Money(MoneyMoved { asset, amount, from, to, reason })
}
