//! The two files a proof consists of, and their one spelling.
//!
//! Owns `oikos.proof/1` (an event, and its way to a root) and `oikos.checkpoint/1` (a root, its signature, and how
//! older trees lead to it). Invariant: a document has exactly one form as bytes, so that a file in which any byte was
//! changed is another document or none: [`read`] refuses whatever it would not itself have written.

use oikos_market::available_account;
use oikos_protocol::command::transfer::TransferFlags;
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::id::{AccountId, AssetId, Hash32, ParticipantId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// That an event stands in the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// [`PROOF`].
    pub form: String,
    /// Which economy, 32 hexadecimal digits.
    pub economy: String,
    /// The sequence of the event's entry.
    pub seq: u64,
    /// Its place among the entry's events.
    pub index: u32,
    /// The event for people to read; the bytes decide.
    pub shows: Shows,
    /// The event's bytes, hexadecimal.
    pub event: String,
    /// The path from the event to the root of its entry's events.
    pub beside: Vec<Hash32>,
    /// How many events the entry has.
    pub events: u32,
    /// Economy time of the entry, in nanoseconds.
    pub t: String,
    /// The hash of who asked what under which id.
    pub request: Hash32,
    /// The hash of the outcome.
    pub outcome: Hash32,
    /// Of how many entries the tree was.
    pub size: u64,
    /// The path from the entry to the root of that tree.
    pub path: Vec<Hash32>,
}

/// The form of a [`Proof`].
pub const PROOF: &str = "oikos.proof/1";
/// The form of a [`Checkpoint`].
pub const CHECKPOINT: &str = "oikos.checkpoint/1";

/// What an event says of money, in numbers that the book has; names and decimals are not proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shows {
    /// `transfer`, `payment`, `expiry`, or what else happened.
    pub what: String,
    /// The transfer's id, where it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transfer: Option<String>,
    /// How much, in the smallest units.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<String>,
    /// Of which asset, by number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asset: Option<u32>,
    /// Out of which account or purse.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<String>,
    /// Into which.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<String>,
    /// Its flags, or the reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub how: Option<String>,
}

/// What stood after an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// [`CHECKPOINT`].
    pub form: String,
    /// Which economy, 32 hexadecimal digits.
    pub economy: String,
    /// After which sequence; of so many entries the tree is.
    pub seq: u64,
    /// The digest of the state.
    pub digest: Hash32,
    /// The root of the tree of outcomes.
    pub root: Hash32,
    /// The signature; none for a run of the simulator, which has no node.
    pub signed: Option<Signature>,
    /// Older trees, each with the way from its root to this one.
    pub older: Vec<Older>,
}

/// A node's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The node's public key, `U…`.
    pub key: String,
    /// The signature, hexadecimal.
    pub signature: String,
}

/// A tree that was how this one began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Older {
    /// Of how many entries.
    pub size: u64,
    /// Its root.
    pub root: Hash32,
    /// The path to the root of the checkpoint.
    pub path: Vec<Hash32>,
}

/// Bytes that are no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not as it was written: {reason}")]
pub struct NoDocument {
    /// Which of the two.
    pub what: &'static str,
    /// Why not.
    pub reason: String,
}

/// The bytes of a document: one line of JSON.
#[must_use]
pub fn write(document: &impl Serialize) -> String {
    // The serialiser refuses no value of these types.
    let mut text = serde_json::to_string(document).unwrap_or_default();
    text.push('\n');
    text
}

/// Reads a document, which must be spelled as [`write()`] spells it.
///
/// # Errors
/// [`NoDocument`].
pub fn read<D: Serialize + DeserializeOwned>(bytes: &[u8], what: &'static str) -> Result<D, NoDocument> {
    let document: D = serde_json::from_slice(bytes).map_err(|error| NoDocument { what, reason: error.to_string() })?;
    if write(&document).as_bytes() == bytes {
        return Ok(document);
    }
    Err(NoDocument { what, reason: "a byte was added, left out or spelled otherwise".to_owned() })
}

impl Shows {
    /// What an event says.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let nothing =
            Self { what: String::new(), transfer: None, amount: None, asset: None, from: None, to: None, how: None };
        match event {
            Event::Money(moved) => Self {
                what: "payment".to_owned(),
                amount: Some(moved.amount.0.to_string()),
                asset: Some(moved.asset.0),
                from: Some(purse(moved.from)),
                to: Some(purse(moved.to)),
                how: Some(reason(moved.reason)),
                ..nothing
            },
            Event::Ledger(event) => {
                let (what, transfer) = match &**event {
                    LedgerEvent::TransferCreated(created) => ("transfer", &created.transfer),
                    LedgerEvent::TransferExpired(expired) => ("expiry", &expired.transfer),
                    LedgerEvent::AccountOpened(_) => return Self { what: "account opened".to_owned(), ..nothing },
                };
                Self {
                    what: what.to_owned(),
                    transfer: Some(transfer.id.0.to_string()),
                    amount: Some(transfer.amount.0.to_string()),
                    asset: Some(transfer.ledger.0),
                    from: Some(account(transfer.debit_account_id, transfer.ledger)),
                    to: Some(account(transfer.credit_account_id, transfer.ledger)),
                    how: flags(transfer.flags),
                }
            }
            Event::Asset(_) => Self { what: "asset".to_owned(), ..nothing },
            Event::Participant(_) => Self { what: "participant".to_owned(), ..nothing },
            Event::Task(_) => Self { what: "task".to_owned(), ..nothing },
            Event::Offer(_) => Self { what: "offer".to_owned(), ..nothing },
            Event::Beacon(_) => Self { what: "beacon".to_owned(), ..nothing },
            Event::Limit(_) => Self { what: "limit".to_owned(), ..nothing },
            Event::Stream(_) => Self { what: "stream".to_owned(), ..nothing },
            Event::Exchange(_) => Self { what: "exchange".to_owned(), ..nothing },
            Event::Order(_) => Self { what: "order".to_owned(), ..nothing },
        }
    }
}

/// A purse in words that have no names in them.
#[must_use]
pub fn purse(purse: Purse) -> String {
    match purse {
        Purse::Issuer => "issuer".to_owned(),
        Purse::Available(whose) => whose.to_string(),
        Purse::Hold(task) => format!("hold of {task}"),
        Purse::Escrow(task) => format!("escrow of {task}"),
        Purse::Deposit(task, whose) => format!("deposit of {whose} on {task}"),
        Purse::Bond(task) => format!("bond of {task}"),
        Purse::Treasury => "treasury".to_owned(),
        Purse::Stream(stream) => format!("stream {stream}"),
        Purse::Order(order, whose) => format!("order {order} of {whose}"),
    }
}

/// An account: by its owner, where it is somebody's free money.
#[must_use]
pub fn account(account: AccountId, asset: AssetId) -> String {
    match owner(account, asset) {
        Some(whose) => whose.to_string(),
        None => format!("account {}", account.0),
    }
}

/// Whose free money an account is, if it is somebody's.
#[must_use]
pub fn owner(account: AccountId, asset: AssetId) -> Option<ParticipantId> {
    let whose = ParticipantId((account.0 >> 32) as u64);
    (available_account(whose, asset) == account).then_some(whose)
}

/// A reason in a word.
#[must_use]
pub fn reason(reason: MoneyReason) -> String {
    match reason {
        MoneyReason::Offer(offer) => format!("offer {offer}"),
        other => serde_json::to_value(other).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default(),
    }
}

/// The names of flags, if there are any.
#[must_use]
pub fn flags(flags: TransferFlags) -> Option<String> {
    let names = serde_json::to_value(flags).ok()?;
    let names: Vec<&str> = names.as_array()?.iter().filter_map(serde_json::Value::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

impl core::fmt::Display for Shows {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.what)?;
        if let Some(transfer) = &self.transfer {
            write!(f, " {transfer}")?;
        }
        if let (Some(amount), Some(asset)) = (&self.amount, &self.asset) {
            write!(f, " of {amount} (smallest units of asset {asset})")?;
        }
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            write!(f, " from {from} to {to}")?;
        }
        match &self.how {
            Some(how) => write!(f, " ({how})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_one_spelling() {
        let older = Older { size: 3, root: Hash32([1; 32]), path: vec![Hash32([2; 32])] };
        let text = write(&older);
        assert_eq!(read::<Older>(text.as_bytes(), "it"), Ok(older));
        for other in [text.replace(':', ": "), text.trim().to_owned(), text.replace("01", "0A"), format!(" {text}")] {
            assert!(read::<Older>(other.as_bytes(), "it").is_err(), "{other}");
        }
    }
}
