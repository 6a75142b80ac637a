//! Totals: sums of the book that betray nobody. One walk over the rows of the accounts, without a look-up.
//!
//! Invariant: deposits are told together with free money, since the deposit of a lone bidder betrays its price.

use oikos_market::Economy;
use oikos_protocol::command::account::Account;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::money::Amount;
use oikos_protocol::wire::query::{AssetTotals, TotalsRow};
use oikos_protocol::wire::text::Decimal;

/// The sums of an economy.
#[must_use]
pub fn of(economy: &Economy) -> TotalsRow {
    let (mut agents, mut people, mut organisations) = (0, 0, 0);
    for (_, participant) in economy.participants() {
        match participant.kind {
            ParticipantKind::Agent => agents += 1,
            ParticipantKind::Human => people += 1,
            ParticipantKind::Organisation => organisations += 1,
        }
    }
    let accounts = economy.ledger().accounts();
    let assets = economy.assets().map(|(id, asset)| {
        let (mut free, mut held, mut escrow, mut bonds, mut treasury, mut issued) = (0u128, 0, 0, 0, 0, 0);
        let (mut debits, mut credits) = (0u128, 0u128);
        for account in accounts.iter().filter(|account| account.ledger == id) {
            debits = debits.wrapping_add(account.debits_posted.0);
            credits = credits.wrapping_add(account.credits_posted.0);
            let balance = balance(account);
            // The kinds of the market's accounts; whatever kind comes later is somebody's money.
            match account.id.0 >> 120 {
                1 => issued += account.debits_posted.0.wrapping_sub(account.credits_posted.0),
                // What is set apart for streams is reserved like a budget.
                3 | 9 | 8 => held += balance,
                4 => escrow += balance,
                6 => bonds += balance,
                7 => treasury += balance,
                _ => free += balance,
            }
        }
        let parts = free + held + escrow + bonds + treasury;
        let decimal = |units: u128| Decimal::of(Amount(units), asset.scale);
        AssetTotals {
            asset: asset.code,
            supply: decimal(asset.supply.0),
            free: decimal(free),
            held: decimal(held),
            escrow: decimal(escrow),
            bonds: decimal(bonds),
            treasury: decimal(treasury),
            debits: decimal(debits),
            credits: decimal(credits),
            conserved: debits == credits && parts == issued && parts == asset.supply.0,
        }
    });
    TotalsRow { agents, people, organisations, assets: assets.collect() }
}

const fn balance(account: &Account) -> u128 {
    account.credits_posted.0.saturating_sub(account.debits_posted.0)
}
