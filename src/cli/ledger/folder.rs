//! A data folder read while no node runs on it: its history, its names, and what accounts are called.
//!
//! The index is brought up to date first, or built again, with a progress bar. Owns the folder's lock meanwhile.

use crate::cli::exit::CliError;
use crate::cli::progress;
use crate::cli::voice::safe;
use oikos::history::{History, HistoryError, Opened, Topic};
use oikos::node::content::ContentStore;
use oikos::node::directory::SharedDirectory;
use oikos::node::folder::Identity;
use oikos::node::lock::{FolderLock, LockError};
use oikos::node::replay::Replay;
use oikos_journal::{FileStorage, Storage, check_storage};
use oikos_market::account_of;
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::{AccountId, AssetId, OrderId, ParticipantId, StreamId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::wire::query::Moment;
use oikos_protocol::wire::translate::Lexicon as _;
use std::path::Path;
use std::sync::Arc;

/// A data folder, open to be read.
pub struct Folder {
    /// What happened.
    pub history: History,
    /// Names and assets.
    pub directory: SharedDirectory,
    _lock: FolderLock,
}

/// An account that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which.
    pub id: AccountId,
    /// Its asset.
    pub asset: AssetId,
}

/// What all accounts that are no participant's are called, and the purse that lies in them.
const COMMON: [(&str, Purse); 8] = [
    ("issuer", Purse::Issuer),
    ("treasury", Purse::Treasury),
    ("budgets", Purse::Hold(TaskId(0))),
    ("escrow", Purse::Escrow(TaskId(0))),
    ("deposits", Purse::Deposit(TaskId(0), ParticipantId(0))),
    ("bonds", Purse::Bond(TaskId(0))),
    ("orders", Purse::Order(OrderId(0), ParticipantId(0))),
    ("streams", Purse::Stream(StreamId(0))),
];

impl Folder {
    /// Opens a data folder; its index is made current.
    ///
    /// # Errors
    /// Usage where it is none; failed where a node runs on it or the disk refuses.
    pub fn open(path: &Path) -> Result<Self, CliError> {
        let shown = path.display();
        let no_folder = |why: String| CliError::usage(format!("{shown} is no data folder of an economy: {why}"));
        let bytes = std::fs::read(path.join("economy.json")).map_err(|error| no_folder(error.to_string()))?;
        let identity: Identity = serde_json::from_slice(&bytes).map_err(|error| no_folder(error.to_string()))?;
        let journal = u128::from_str_radix(&identity.id, 16).map_err(|error| no_folder(error.to_string()))?;
        let lock = FolderLock::take(path).map_err(|error| match error {
            LockError::Taken { .. } => CliError::failed(error.to_string())
                .code("node_runs")
                .hint(Some("ask the node: `oikos balance --at` and `oikos statement --at`")),
            LockError::Storage(_) => CliError::from_error(error),
        })?;
        let storage = FileStorage::existing(path.join("journal")).map_err(|error| no_folder(error.to_string()))?;
        let storage: Arc<dyn Storage> = Arc::new(storage);
        let content = ContentStore::open(&path.join("content")).map_err(|error| CliError::from_io(&error))?;
        let content = Arc::new(content);
        let folder = path.join("history");
        let (history, opened) =
            History::open(&folder, journal.to_be_bytes(), Arc::clone(&storage), u64::MAX).map_err(failed)?;
        if let Opened::ThrownAway(why) = &opened {
            tracing::warn!(%why, "the index of history is built again");
        }
        let directory = SharedDirectory::default();
        if history.is_current().map_err(failed)? {
            directory.begin();
            let events = history.events(Topic::Register).map_err(failed)?;
            directory.follow(events.iter().map(|kept| &kept.event), &content);
        } else {
            let report = check_storage(&storage).map_err(|error| CliError::from_io(&error))?;
            if !report.verdict.is_sound() && report.end.sequence == 0 {
                return Err(CliError::disproved(format!(
                    "the journal in {shown} cannot be read: {:?}",
                    report.verdict
                )));
            }
            let replay = Replay { storage: &storage, end: report.end, directory: &directory, names: &content };
            let bar = progress::bar(Some(report.end.sequence), "history");
            let replayed = replay.indexed(&history, &mut |done, all| {
                bar.set_length(all);
                bar.set_position(done);
            });
            bar.finish_and_clear();
            replayed.map_err(CliError::from_error)?;
            history.flush().map_err(failed)?;
        }
        Ok(Self { history, directory, _lock: lock })
    }

    /// The accounts that a text means: a number, `NAME`, `NAME/ASSET`, or one of the economy's own.
    ///
    /// # Errors
    /// Refused where there is none.
    pub fn accounts(&self, text: &str) -> Result<Vec<Named>, CliError> {
        let directory = self.directory.read();
        let number =
            text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |hex| u128::from_str_radix(hex, 16).ok());
        if let Some(number) = number {
            return Ok(vec![Named { id: AccountId(number), asset: AssetId(number as u32) }]);
        }
        let (name, code) = text.split_once('/').map_or((text, None), |(name, code)| (name, Some(code)));
        let assets = (1..).map(AssetId).zip(directory.assets());
        let wanted: Vec<AssetId> =
            assets.filter(|(_, (known, _))| code.is_none_or(|code| known.as_str() == code)).map(|(id, _)| id).collect();
        if let (Some(code), true) = (code, wanted.is_empty()) {
            return Err(refused("unknown_asset", format!("there is no asset `{}`", safe(code))));
        }
        let purse = match (directory.of_name(name), COMMON.iter().find(|(known, _)| *known == name)) {
            (Some(whose), _) => Purse::Available(whose),
            (None, Some((_, purse))) => *purse,
            (None, None) => {
                let text = format!("there is neither a participant nor an account `{}`", safe(name));
                let known = COMMON.map(|(name, _)| name).join(", ");
                return Err(refused("unknown_account", text)
                    .hint(Some(format!("a number, a participant's name, or {known}, and `/ASSET` behind it"))));
            }
        };
        Ok(wanted.into_iter().map(|asset| Named { id: account_of(purse, asset), asset }).collect())
    }

    /// What an account is called; its number where it has no name.
    pub fn name(&self, account: AccountId) -> String {
        let directory = self.directory.read();
        let asset = AssetId(account.0 as u32);
        let owner = account.owner();
        let name = match owner {
            Some(owner) => directory.name(owner).map(|name| safe(name.as_str())),
            None => COMMON
                .iter()
                .find(|(_, purse)| !matches!(purse, Purse::Available(_)) && account_of(*purse, asset) == account)
                .map(|(name, _)| (*name).to_owned()),
        };
        match (name, directory.code(asset)) {
            (Some(name), Some((code, _))) => format!("{name}/{code}"),
            _ => account.0.to_string(),
        }
    }

    /// An amount of an asset as a decimal; of an asset that is unknown in its smallest units.
    pub fn amount(&self, asset: AssetId, amount: Amount) -> String {
        let known = self.directory.read().code(asset);
        known.map_or_else(|| amount.0.to_string(), |(_, scale)| scale.show(amount).to_string())
    }

    /// The last entry of a moment.
    ///
    /// # Errors
    /// Failed where the index cannot be read.
    pub fn upto(&self, moment: Option<Moment>) -> Result<u64, CliError> {
        let last = self.history.standing().seq;
        Ok(match moment {
            None => last,
            Some(Moment::Seq(seq)) => seq.min(last),
            Some(Moment::Time(ns)) => self.history.sequence_at(ns.0).map_err(failed)?,
        })
    }
}

pub fn failed(error: HistoryError) -> CliError {
    CliError::from_error(error)
}

fn refused(code: &'static str, text: String) -> CliError {
    CliError::failed(text).code(code)
}
