//! The audit: everything in a folder, from the first entry.
//!
//! Owns the list of what is checked: the bytes of segments and snapshots and the chain through them; that every entry
//! decodes and applies, with the running sums after each; that time does not go back; that money comes from issuers
//! alone; that the balances which a fold of the events gives are those of the book; the checkpoints' digests, roots and
//! signatures; who signed each request.
//! Invariant: the first thing that is wrong is named with its entry, and nothing behind it is vouched for.

use crate::care::evidence::{Counted, Witness, verify_registry};
use crate::care::folder::{Folder, FolderError};
use crate::care::walk::{Fault, Seen, WalkError, walk};
use crate::node::checkpoint::signer;
use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use crate::node::keys;
use oikos_bus::identity::nkey::PublicKey;
use oikos_journal::{Report, Verdict};
use oikos_market::{Economy, available_account};
use oikos_protocol::command::asset::Regime;
use oikos_protocol::entry::Body;
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::{AssetId, Hash32};
use oikos_protocol::outcome::Outcome;
use oikos_views::balance::Balances;
use oikos_views::fold::{Fold, Position};
use serde::Serialize;
use std::collections::BTreeMap;

/// What an audit found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Audited {
    /// Whether everything holds.
    pub sound: bool,
    /// The economy's name; none for a run.
    pub economy: Option<String>,
    /// Whether a node ran on it meanwhile; then the audit is of what was committed when it began.
    pub running: bool,
    /// Entries that were applied.
    pub entries: u64,
    /// The last of them.
    pub sequence: u64,
    /// Requests among them.
    pub requests: u64,
    /// Those that were accepted.
    pub accepted: u64,
    /// Those that were rejected.
    pub rejected: u64,
    /// Events that followed.
    pub events: u64,
    /// Transfers in the book.
    pub transfers: u64,
    /// Checkpoints that were compared.
    pub checkpoints: u64,
    /// Those of them that the node signed.
    pub signed_checkpoints: u64,
    /// The key that signed them.
    pub key: Option<String>,
    /// Whose requests they were.
    pub evidence: Counted,
    /// Signatures under changes of keys.
    pub key_changes: u64,
    /// The assets.
    pub assets: Vec<AssetAudited>,
    /// The digest of the state at the end.
    pub digest: String,
    /// The root of the tree of outcomes at the end.
    pub root: String,
    /// The link that stands for every byte of the journal.
    pub link: String,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

/// An asset at the end.
#[derive(Debug, Clone, Serialize)]
pub struct AssetAudited {
    /// Its code.
    pub code: String,
    /// Its decimals.
    pub scale: u8,
    /// How much of it there is, in the smallest units.
    pub supply: String,
}

/// What is followed from entry to entry.
#[derive(Default)]
struct Course {
    balances: Balances,
    issued: BTreeMap<AssetId, u128>,
    regimes: BTreeMap<AssetId, Regime>,
    last: Option<(u64, u64)>,
    key: Option<PublicKey>,
}

/// Audits a folder; `progress` is told the sequence and the last one.
///
/// # Errors
/// The folder cannot be read. That something in it is wrong is an answer.
pub fn audit(folder: &Folder, progress: &mut dyn FnMut(u64, u64)) -> Result<Audited, FolderError> {
    let running = folder.is_running();
    let report = folder.check()?;
    let mut audited = Audited {
        economy: folder.identity().map(|identity| identity.economy.clone()),
        running,
        link: report.end.link.to_string(),
        ..Audited::default()
    };
    let mut witness = match registry(folder, &mut audited) {
        Ok(witness) => witness,
        Err(what) => {
            audited.fault = Some(Fault::at(0, what));
            return Ok(audited);
        }
    };
    let names = folder.root().join("content");
    let names = names.is_dir().then(|| ContentStore::open(&names)).transpose();
    let names = names.map_err(|source| FolderError::Disk { path: folder.root().display().to_string(), source })?;
    let directory = SharedDirectory::default();
    let mut course = Course { key: folder.public_key(), ..Course::default() };
    let end = report.end.sequence;
    let walked = walk(folder.storage(), end, &mut |seen| {
        progress(seen.seq, end);
        if seen.seq == 1 {
            directory.begin();
        }
        audited.count(seen);
        course.follow(seen)?;
        if let Some(witness) = &mut witness {
            witness.look_at(seen, &directory.read())?;
        }
        if let Some(names) = &names {
            directory.follow(seen.events, names);
        }
        Ok(())
    });
    audited.fault = match walked {
        Ok(Some(state)) => {
            audited.digest = state.digest().to_string();
            audited.root = state.root().to_string();
            audited.assets = assets_of(state.economy());
            let seq = state.seq();
            let last = match &mut witness {
                Some(witness) => witness.finish(),
                None => Ok(()),
            };
            let agreed = last.and_then(|()| course.agree(state.economy()).map_err(|what| Fault::at(seq, what)));
            agreed.err().or_else(|| ending(&report, running))
        }
        Ok(None) => Some(Fault::at(0, "the journal has no entry")),
        Err(WalkError::Fault(fault)) => Some(fault),
        Err(WalkError::Read(error)) => Some(Fault::at(audited.sequence + 1, error.to_string())),
    };
    audited.evidence = witness.map(|witness| witness.counted()).unwrap_or_default();
    audited.key = course.key.filter(|_| audited.signed_checkpoints > 0).map(|key| key.to_string());
    audited.sound = audited.fault.is_none();
    Ok(audited)
}

/// The witness of a node's folder; a run's callers were trusted, and has none.
fn registry(folder: &Folder, audited: &mut Audited) -> Result<Option<Witness>, String> {
    let Some(identity) = folder.identity() else { return Ok(None) };
    let periods = keys::periods(&folder.root().join("keys")).map_err(|error| error.to_string())?;
    audited.key_changes = verify_registry(&periods.asked)?;
    Ok(Some(Witness::new(&identity.economy, periods)))
}

/// What is wrong with the way the journal ends.
fn ending(report: &Report, running: bool) -> Option<Fault> {
    match &report.verdict {
        Verdict::Damaged(damage) => {
            Some(Fault { seq: damage.place.sequence, what: damage.what.to_string(), place: Some(damage.place.clone()) })
        }
        // Beside a running node the last write is only not finished yet.
        Verdict::TornTail(place) if !running => Some(Fault {
            seq: place.sequence,
            what: "the last write did not finish, or was changed: a node that starts here clears it away".to_owned(),
            place: Some(place.clone()),
        }),
        Verdict::TornTail(_) | Verdict::Nothing | Verdict::Clean | Verdict::Open => None,
    }
}

impl Audited {
    fn count(&mut self, seen: &Seen<'_>) {
        self.entries += 1;
        self.sequence = seen.seq;
        self.events += seen.events.len() as u64;
        let transfer = |event: &&Event| matches!(event, Event::Ledger(event) if matches!(**event, LedgerEvent::TransferCreated(_)));
        self.transfers += seen.events.iter().filter(transfer).count() as u64;
        match seen.outcome {
            Some(Outcome::Accepted(_)) => (self.requests, self.accepted) = (self.requests + 1, self.accepted + 1),
            Some(Outcome::Rejected(_)) => (self.requests, self.rejected) = (self.requests + 1, self.rejected + 1),
            None => {}
        }
        self.checkpoints += u64::from(matches!(seen.entry.body, Body::Checkpoint { .. } | Body::SignedCheckpoint(_)));
        self.signed_checkpoints += u64::from(matches!(seen.entry.body, Body::SignedCheckpoint(_)));
    }
}

impl Course {
    fn follow(&mut self, seen: &Seen<'_>) -> Result<(), Fault> {
        let fault = |what: String| Fault::at(seen.seq, what);
        let times = (seen.entry.now, seen.entry.t.0);
        if self.last.is_some_and(|(now, t)| times.0 <= now && seen.seq > 1 || times.1 < t) {
            return Err(fault("time goes back".to_owned()));
        }
        self.last = Some(times);
        for (event, index) in seen.events.iter().zip(0..) {
            self.balances.fold(Position { seq: seen.seq, index }, event);
            self.issue(seen, event).map_err(fault)?;
        }
        match &seen.entry.body {
            Body::SignedCheckpoint(checkpoint) => {
                let key = signer(checkpoint, seen.state.economy().genesis().economy)
                    .map_err(|error| fault(format!("the checkpoint: {error}")))?;
                if *self.key.get_or_insert(key) != key {
                    return Err(fault(format!("the checkpoint is signed by {key}, which is not the node's key")));
                }
                self.agree(seen.state.economy()).map_err(fault)
            }
            Body::Checkpoint { .. } => self.agree(seen.state.economy()).map_err(fault),
            Body::Genesis(_) | Body::Request(_) | Body::Tick => Ok(()),
        }
    }

    /// Money comes into being, and goes, by whoever may do that, and by nothing else.
    fn issue(&mut self, seen: &Seen<'_>, event: &Event) -> Result<(), String> {
        let Event::Asset(event) = event else { return Ok(()) };
        let by = if let Body::Request(request) = &seen.entry.body { Some(request.by) } else { None };
        let is_issuer = |asset: &AssetId, whose| self.regimes.get(asset) == Some(&Regime::Issuer(whose));
        let (asset, more, less, may) = match event {
            AssetEvent::Defined { asset, regime, .. } => {
                self.regimes.insert(*asset, *regime);
                let supply = if let Regime::FixedSupply { supply, .. } = regime { supply.0 } else { 0 };
                (asset, supply, 0, true)
            }
            AssetEvent::Issued { asset, amount, .. } | AssetEvent::Deposited { asset, amount, .. } => {
                (asset, amount.0, 0, by.is_some_and(|by| is_issuer(asset, by)))
            }
            AssetEvent::Withdrawn { asset, issuer, from, amount, .. } => {
                (asset, 0, amount.0, by == Some(*from) && is_issuer(asset, *issuer))
            }
            AssetEvent::Burned { asset, issuer, amount, .. } => {
                (asset, 0, amount.0, by == Some(*issuer) && is_issuer(asset, *issuer))
            }
            AssetEvent::CreditSet { asset, steward, from, to, .. } => {
                let declared = match self.regimes.get(asset) {
                    Some(Regime::MutualCredit { steward, .. }) => Some(*steward),
                    _ => None,
                };
                (asset, to.0, from.0, by == Some(*steward) && declared == Some(*steward))
            }
            AssetEvent::FeeSet { .. } => return Ok(()),
        };
        let before = self.issued.get(asset).copied().unwrap_or_default();
        match before.checked_add(more).and_then(|sum| sum.checked_sub(less)) {
            Some(sum) if may => {
                self.issued.insert(*asset, sum);
                Ok(())
            }
            _ => Err(format!("the supply of {asset} was changed by somebody who may not")),
        }
    }

    /// Compares the balances that follow from the events with those of the book, and adds the book up anew.
    fn agree(&self, economy: &Economy) -> Result<(), String> {
        economy.audit().map_err(|violation| violation.to_string())?;
        for (asset, declared) in economy.assets() {
            let issued = self.issued.get(&asset).copied().unwrap_or_default();
            let out = -self.balances.of(Purse::Issuer, asset);
            if declared.supply.0 != issued || i128::try_from(issued).ok() != Some(out) {
                let supply = declared.supply.0;
                return Err(format!("of {asset} {issued} units were issued, {out} moved out, {supply} are declared"));
            }
            if self.balances.sum(asset) != 0 {
                return Err(format!("the movements of {asset} do not sum to zero"));
            }
        }
        for (asset, purse, amount) in self.balances.all() {
            let booked = match purse {
                Purse::Issuer => continue,
                // Posted money alone: what a pending transfer reserves is still the payer's.
                Purse::Available(whose) => {
                    let account = economy.ledger().account(available_account(whose, asset));
                    account.map_or(0, |account| account.credits_posted.0.saturating_sub(account.debits_posted.0))
                }
                _ => economy.balance(purse, asset).0,
            };
            if u128::try_from(amount).ok() != Some(booked) {
                return Err(format!("{purse:?} has {booked} units of {asset}, its movements sum to {amount}"));
            }
        }
        Ok(())
    }
}

fn assets_of(economy: &Economy) -> Vec<AssetAudited> {
    let shown = |(_, asset): (AssetId, &oikos_market::Asset)| AssetAudited {
        code: asset.code.to_string(),
        scale: asset.scale.decimals(),
        supply: asset.supply.0.to_string(),
    };
    economy.assets().map(shown).collect()
}

impl Audited {
    /// The digest at the end; zeros where something is wrong.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        Hash32::parse(&self.digest).unwrap_or(Hash32::ZERO)
    }
}
