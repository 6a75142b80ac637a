//! The books afterwards: the journal is read from its first entry, the state is made again, and everything the summary
//! says is counted from it. Each deliverable that was paid is taken from the content store and checked once more.
//!
//! Invariant: nothing here was told by the cast, the node or a client.

use super::{DemoFolder, Ended};
use crate::care::walk::{WalkError, walk};
use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use oikos_domains::{Domain, all};
use oikos_journal::{FileStorage, Journal, OpenError, Options, Storage};
use oikos_market::Economy;
use oikos_protocol::command::task::TaskSpec;
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::id::{AssetId, Hash32, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::wire::query::InboxItem;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// Why the books cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The disk refused.
    #[error("the books cannot be read: {0}")]
    Disk(#[from] io::Error),
    /// The journal is damaged.
    #[error("the journal cannot be opened: {0}")]
    Journal(#[from] OpenError),
    /// Its entries do not apply, or a checkpoint does not agree.
    #[error("the journal does not become a state: {0}")]
    Replay(#[from] WalkError),
    /// There is nothing in it.
    #[error("the journal is empty")]
    Empty,
}

/// What a demo came to. Its field names are stable.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The economy's name.
    pub economy: &'static str,
    /// What orders were drawn.
    pub seed: u64,
    /// How long it ran, in milliseconds.
    pub ran_ms: u64,
    /// Where it could be attached to while it ran.
    pub url: String,
    /// The folder of its journal and keys, where it was kept.
    pub folder: Option<String>,
    /// Tasks that were delivered and paid.
    pub settled: u64,
    /// Those of them whose deliverable passes its trade's check, read again from the content store.
    pub verified: u64,
    /// What was paid for them.
    pub paid: String,
    /// Whether no money came into being or was lost but by the issuer: `money` says what was compared.
    pub conserved: bool,
    /// The money.
    pub money: Money,
    /// By trade, in the order of their capabilities.
    pub trades: Vec<TradeRow>,
    /// Who earned, the most first.
    pub earners: Vec<Earner>,
    /// You.
    pub you: You,
    /// What is in the journal.
    pub receipts: Receipts,
}

/// What was compared about the money.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Money {
    /// Its code.
    pub asset: String,
    /// What the issuer created, added up over the events.
    pub issued: String,
    /// What the market says there is.
    pub supply: String,
    /// What is in the ledger's accounts, holds and bonds, added up over the accounts.
    pub in_accounts: String,
    /// All debits and all credits of the ledger.
    pub debits: String,
    /// The same on the other side.
    pub credits: String,
    /// What is still held for tasks that were not over.
    pub held: String,
    /// What the audit of the whole state said: `ok`, or what is broken.
    pub audit: String,
}

/// A trade.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TradeRow {
    /// Its capability.
    pub capability: String,
    /// What it is.
    pub title: &'static str,
    /// Tasks posted.
    pub posted: u64,
    /// Tasks delivered and paid.
    pub settled: u64,
    /// Those whose deliverable passes the check.
    pub verified: u64,
    /// Tasks whose worker did not deliver in time, mostly because the gateway refused what it made.
    pub defaulted: u64,
    /// What was paid.
    pub paid: String,
}

/// Somebody who earned.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Earner {
    /// Its name.
    pub name: String,
    /// Contracts settled.
    pub settled: u64,
    /// Contracts defaulted.
    pub defaulted: u64,
    /// What it has, beside what is at stake.
    pub balance: String,
}

/// You.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct You {
    /// Your name.
    pub name: String,
    /// What you can spend.
    pub balance: String,
    /// What waited for your decision at the end.
    pub inbox: Vec<InboxItem>,
}

/// What is in the journal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Receipts {
    /// Entries; a receipt names one.
    pub entries: u64,
    /// The digest of the state after the last: whoever replays the journal gets the same.
    pub digest: String,
    /// The last settlements, with the entry that made each.
    pub latest: Vec<Settlement>,
}

/// A settlement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settlement {
    /// Which task.
    pub task: TaskId,
    /// What it asked for.
    pub capability: String,
    /// Who was paid, or led the team that was.
    pub worker: String,
    /// How much.
    pub paid: String,
    /// The entry.
    pub seq: u64,
}

impl Summary {
    /// Whether everything that was paid passes its check, and money was conserved.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.settled == self.verified && self.conserved
    }
}

/// What is known of a task from its events.
#[derive(Debug, Default)]
struct Life {
    spec: Option<Arc<TaskSpec>>,
    deliverable: Option<Hash32>,
    phase: Option<Phase>,
    paid: Amount,
    worker: Option<ParticipantId>,
    seq: u64,
}

/// Reads the books of a demo that has ended.
///
/// # Errors
/// [`AuditError`] where they cannot be read; what is wrong in them is in the summary.
pub fn audit(folder: &DemoFolder, seed: u64, you: &str, ended: Ended) -> Result<Summary, AuditError> {
    let data = folder.data();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::create_in(data.join("journal"))?);
    let identity = crate::node::folder::identity(&data, super::ECONOMY, true).map_err(io::Error::other)?;
    let (journal, recovery) = Journal::open(Arc::clone(&storage), Options::live(identity.1.to_be_bytes()))?;
    drop(journal);
    let (content, directory) = (Arc::new(ContentStore::open(&data.join("content"))?), SharedDirectory::default());
    directory.begin();
    let (mut lives, mut issued) = (BTreeMap::new(), 0u128);
    let state = walk(storage, recovery.end.sequence, &mut |seen| {
        directory.follow(seen.events, &content);
        for event in seen.events {
            match event {
                Event::Task(event) => follow(&mut lives, seen.seq, event),
                Event::Asset(AssetEvent::Issued { amount, .. }) => issued += amount.0,
                _ => {}
            }
        }
        Ok(())
    })?;
    let state = state.ok_or(AuditError::Empty)?;
    let economy = state.economy();
    let directory = directory.read();
    let asset = AssetId(1);
    let (code, scale) = directory.assets().first().copied().ok_or(AuditError::Empty)?;
    let name = |whose| directory.name(whose).map_or_else(|| ParticipantId::to_string(&whose), ToString::to_string);
    let show = |amount: Amount| scale.show(amount).to_string();

    let mut trades: BTreeMap<&str, (TradeRow, Amount)> = BTreeMap::new();
    let mut workers: BTreeMap<ParticipantId, (u64, u64)> = BTreeMap::new();
    let mut settlements = Vec::new();
    for (&task, life) in &lives {
        let Some(domain) = life.spec.as_ref().and_then(|spec| domain_of(spec)) else { continue };
        let (row, paid) = trades.entry(domain.capability).or_insert_with(|| {
            let row = TradeRow { capability: domain.capability.to_owned(), title: domain.title, ..TradeRow::default() };
            (row, Amount::ZERO)
        });
        row.posted += 1;
        match life.phase {
            Some(Phase::Defaulted) => {
                row.defaulted += 1;
                life.worker.into_iter().for_each(|worker| workers.entry(worker).or_default().1 += 1);
            }
            // What was left unaccepted by its poster is over too, and unpaid.
            Some(Phase::Settled) if !life.paid.is_zero() => {
                row.settled += 1;
                row.verified += u64::from(passes(&domain, life, &content));
                *paid = paid.checked_add(life.paid).unwrap_or(*paid);
                life.worker.into_iter().for_each(|worker| workers.entry(worker).or_default().0 += 1);
                settlements.push(Settlement {
                    task,
                    capability: domain.capability.to_owned(),
                    worker: life.worker.map_or_else(String::new, name),
                    paid: show(life.paid),
                    seq: life.seq,
                });
            }
            _ => {}
        }
    }
    settlements.sort_unstable_by_key(|settlement| core::cmp::Reverse(settlement.seq));
    settlements.truncate(10);
    let balance = |whose| economy.ledger().available(oikos_market::available_account(whose, asset));
    let mut earners: Vec<(Amount, Earner)> = workers
        .into_iter()
        .map(|(whose, (settled, defaulted))| {
            let has = balance(whose);
            (has, Earner { name: name(whose), settled, defaulted, balance: show(has) })
        })
        .collect();
    earners.sort_unstable_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.name.cmp(&other.name)));
    let (money, conserved) = money(economy, issued, asset, &code.to_string(), scale);
    let paid = trades.values().fold(Amount::ZERO, |sum, (_, paid)| sum.checked_add(*paid).unwrap_or(sum));
    let your = directory.of_name(you).map_or(Amount::ZERO, balance);
    let trades: Vec<TradeRow> = trades.into_values().map(|(row, paid)| TradeRow { paid: show(paid), ..row }).collect();
    Ok(Summary {
        economy: super::ECONOMY,
        seed,
        ran_ms: u64::try_from(ended.ran.as_millis()).unwrap_or(u64::MAX),
        url: ended.url,
        folder: folder.is_kept().then(|| folder.path().display().to_string()),
        settled: trades.iter().map(|row| row.settled).sum(),
        verified: trades.iter().map(|row| row.verified).sum(),
        paid: show(paid),
        conserved,
        money,
        trades,
        earners: earners.into_iter().map(|(_, earner)| earner).collect(),
        you: You { name: you.to_owned(), balance: show(your), inbox: ended.inbox },
        receipts: Receipts { entries: state.seq(), digest: state.digest().to_string(), latest: settlements },
    })
}

/// Takes in what happened to a task in entry `seq`.
fn follow(lives: &mut BTreeMap<TaskId, Life>, seq: u64, event: &TaskEvent) {
    let life = lives.entry(event.task()).or_default();
    if let Some(phase) = event.enters() {
        life.phase = Some(phase);
    }
    match event {
        TaskEvent::Drafted { spec, .. } => life.spec = Some(Arc::clone(spec)),
        TaskEvent::Submitted { deliverable, .. } => life.deliverable = Some(*deliverable),
        TaskEvent::Settled { worker, paid, .. } => (life.worker, life.paid, life.seq) = (Some(*worker), *paid, seq),
        TaskEvent::Defaulted { worker, .. } => life.worker = Some(*worker),
        _ => {}
    }
}

/// The trade of a task; none where a stranger asked for something else.
fn domain_of(spec: &TaskSpec) -> Option<Domain> {
    let [only] = spec.requires.as_slice() else { return None };
    all().into_iter().find(|domain| domain.capability == only.as_str())
}

fn passes(domain: &Domain, life: &Life, content: &ContentStore) -> bool {
    let read = |hash: Hash32| serde_json::from_slice::<Value>(&content.get(hash)?.bytes).ok();
    let input = life.spec.as_ref().and_then(|spec| read(spec.input));
    let deliverable = life.deliverable.and_then(read);
    input.zip(deliverable).is_some_and(|(input, deliverable)| domain.check(&input, &deliverable).is_ok())
}

/// Everything that can be compared about the money, and whether all of it agrees.
fn money(economy: &Economy, issued: u128, asset: AssetId, code: &str, scale: Scale) -> (Money, bool) {
    let supply = economy.asset(asset).map_or(0, |asset| asset.supply.0);
    let accounts = economy.ledger().accounts();
    let debits: u128 = accounts.iter().map(|account| account.debits_posted.0).sum();
    let credits: u128 = accounts.iter().map(|account| account.credits_posted.0).sum();
    // The issuer alone may owe; what all others have together is the supply.
    let in_accounts: u128 =
        accounts.iter().map(|account| account.credits_posted.0.saturating_sub(account.debits_posted.0)).sum();
    let pool = oikos_protocol::command::account::AccountFlags::POOL;
    let pools = accounts.iter().filter(|account| account.flags.contains(pool));
    let held: u128 = pools.map(|pool| pool.credits_posted.0.saturating_sub(pool.debits_posted.0)).sum();
    let audit = economy.audit();
    let conserved = audit.is_ok() && issued == supply && supply == in_accounts && debits == credits;
    let show = |amount: u128| scale.show(Amount(amount)).to_string();
    let money = Money {
        asset: code.to_owned(),
        issued: show(issued),
        supply: show(supply),
        in_accounts: show(in_accounts),
        debits: show(debits),
        credits: show(credits),
        held: show(held),
        audit: audit.err().map_or_else(|| "ok".to_owned(), |violation| violation.to_string()),
    };
    (money, conserved)
}
