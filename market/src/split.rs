//! Splits and waterfalls: what each receiver gets, as one chain of linked transfers; under a limit where one is named.

use crate::economy::Economy;
use crate::payment::{Chain, Order};
use alloc::vec::Vec;
use oikos_ledger::split::waterfall;
use oikos_ledger::{Past, Payment};
use oikos_protocol::command::split::{Receiver, Split};
use oikos_protocol::event::Event;
use oikos_protocol::event::limit::LimitEvent;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::split::SplitRejection;
use oikos_protocol::time::Timestamp;

/// The transfers that pay everybody, if all of them can be made.
pub(crate) fn decide(
    ask: &Split,
    economy: &Economy,
    order: Order,
    now: Timestamp,
    past: &impl Past,
) -> Result<Chain, Rejection> {
    let (asset, by) = (ask.asset, order.by);
    if economy.assets.get(asset).is_none() {
        return Err(SplitRejection::UnknownAsset { asset }.into());
    }
    let payer = payer(ask, economy, by)?;
    if ask.amount.is_zero() {
        return Err(SplitRejection::ZeroAmount {}.into());
    }
    check_receivers(ask, economy, payer)?;
    let payments = payments(ask, economy);
    if payments.is_empty() {
        return Err(SplitRejection::NothingPaid {}.into());
    }
    let amount = payments.iter().fold(Amount::ZERO, |sum, payment| Amount(sum.0 + payment.amount.0));
    let mut events = Vec::new();
    if let Some(limit) = ask.limit {
        economy.ledger.check_spend(limit, &payments, now)?;
        let payments = payments.len() as u32; // At most `transfers_max`.
        events.push(Event::Limit(LimitEvent::Spent { limit, holder: by, source: payer, asset, amount, payments }));
    }
    let available = economy.available(payer, asset);
    if amount > available {
        return Err(SplitRejection::InsufficientFunds { amount, available }.into());
    }
    let legs =
        payments.iter().map(|payment| (crate::available_account(payer, asset), payment.to, asset, payment.amount));
    let chain = Chain::of(legs, order, events);
    if let Some(transfer) = chain.first_bound(economy, past) {
        return Err(SplitRejection::AlreadyPaid { transfer }.into());
    }
    Ok(chain.under(ask.limit, payments))
}

/// Whose money is spent.
fn payer(ask: &Split, economy: &Economy, by: ParticipantId) -> Result<ParticipantId, Rejection> {
    let Some(limit) = ask.limit else {
        economy.must_be_unbound(by, ask.asset)?;
        return Ok(by);
    };
    let grant = economy.held_by(limit, by)?;
    if grant.asset != ask.asset {
        return Err(SplitRejection::OtherAsset { limit, asset: grant.asset }.into());
    }
    Ok(grant.source)
}

fn check_receivers(ask: &Split, economy: &Economy, payer: ParticipantId) -> Result<(), SplitRejection> {
    let empty = |to: &[Receiver]| to.iter().all(|receiver| receiver.weight == 0);
    if let Some(tier) = ask.tiers.iter().position(|tier| empty(&tier.to)) {
        return Err(SplitRejection::NoReceiver { tier: tier as u32 });
    }
    if ask.tiers.is_empty() {
        return Err(SplitRejection::NoReceiver { tier: 0 });
    }
    let given = ask.tiers.iter().map(|tier| tier.to.len()).sum::<usize>();
    let (given, max) = (u32::try_from(given).unwrap_or(u32::MAX), economy.genesis.limits.transfers_max);
    if given > max {
        return Err(SplitRejection::TooManyReceivers { given, max });
    }
    for &Receiver { to, .. } in ask.tiers.iter().flat_map(|tier| &tier.to) {
        if economy.participants.get(to).is_none() {
            return Err(SplitRejection::UnknownReceiver { to });
        }
        if to == payer {
            return Err(SplitRejection::OwnReceiver { to });
        }
    }
    Ok(())
}

/// Who gets how much; whoever gets nothing is left out.
fn payments(ask: &Split, economy: &Economy) -> Vec<Payment> {
    let weights: Vec<Vec<u32>> =
        ask.tiers.iter().map(|tier| tier.to.iter().map(|receiver| receiver.weight).collect()).collect();
    let tiers = ask.tiers.iter().zip(&weights).map(|(tier, weights)| (tier.part, &**weights));
    let (parts, _) = waterfall(ask.amount, tiers);
    let receivers = ask.tiers.iter().zip(parts).flat_map(|(tier, parts)| tier.to.iter().zip(parts));
    receivers
        .filter(|(_, amount)| !amount.is_zero())
        .map(|(receiver, amount)| Payment {
            to: crate::available_account(receiver.to, ask.asset),
            classes: economy.participants.get(receiver.to).map_or(0, |known| known.kind.class()),
            amount,
        })
        .collect()
}
