//! Starting and stopping a node.
//!
//! In this order: lock, identity, secrets, journal, replay, bus, desks, loop. Stopping goes the other way round: the
//! desks close, what is in flight is finished and answered, a checkpoint and a snapshot are written, the bus goes last.

use crate::history::{History, HistoryError, Opened};
use crate::node::admit::Admission;
use crate::node::append::Appender;
use crate::node::apply::{Core, CoreError};
use crate::node::beacon::{Chain, LINKS};
use crate::node::clock::{Machine, SequencerClock};
use crate::node::config::{Config, Progress};
use crate::node::content::{ContentStore, Piece};
use crate::node::desk::{CHECKS_MAX, Desk};
use crate::node::directory::{OPERATOR, SharedDirectory};
use crate::node::doorman::Doorman;
use crate::node::folder::{self, FolderError};
use crate::node::keys::{Binding, Keys, KeysError};
use crate::node::lock::{FolderLock, LockError};
use crate::node::mailbox::Acknowledged;
use crate::node::presence::Presence;
use crate::node::publish::{WAITING_MAX, publish};
use crate::node::replay::{Replay, ReplayError};
use crate::node::sequence::Lanes;
use crate::node::sequencer::{Sequencer, Stopped, Waiting};
use crate::node::snapshotter::{Follower, Snapshotter};
use crate::node::state::PastOf;
use crate::node::tell::Telling;
use oikos_bus::broker::listener::{Listener, Settings};
use oikos_bus::identity::nkey::{KeyPair, PublicKey};
use oikos_bus::nats::client::{ConnectOptions, Credentials};
use oikos_bus::subject::Subject;
use oikos_bus::{Bus, BusError};
use oikos_journal::{FileStorage, Group, Journal, OpenError, Options, Stamp, Storage};
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry, RULES};
use oikos_protocol::event::money::Purse;
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{AssetId, CommandId, Hash32, ParticipantId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::time::Span;
use oikos_protocol::wire::join::KeyScope;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};

/// The first person of a development economy, with her money in minor units.
pub const FIRST_PERSON: (&str, Amount) = ("mara", Amount(10_000));
/// Questions that may wait for the loop.
const ASKED_MAX: usize = 1_024;

/// A node that runs.
pub struct Node {
    url: String,
    disk: Duration,
    replayed: u64,
    money: Vec<(ParticipantId, String)>,
    stop: watch::Sender<bool>,
    run: JoinHandle<Result<(), Stopped>>,
    publisher: JoinHandle<()>,
    desks: JoinSet<()>,
    listener: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    _lock: FolderLock,
}

/// Keys that are bound when an economy begins: the operator's, and in development the first person's.
#[derive(Debug, Clone, Copy)]
pub struct FirstKeys {
    /// The operator's.
    pub operator: PublicKey,
    /// The first person's.
    pub person: Option<PublicKey>,
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process runs on the folder.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The registry of keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] OpenError),
    /// The journal does not become a state.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The index of history can neither be read nor built.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The first entries cannot be written.
    #[error("the economy cannot begin: {reason}")]
    Begin {
        /// What the journal or the state said.
        reason: String,
    },
    /// The bus does not work.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The disk or the network refused.
    #[error("{what}")]
    System {
        /// What was tried.
        what: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> StartError {
    let what = what.into();
    move |source| StartError::System { what, source }
}

/// Starts a node. `first` is used where the economy begins.
///
/// # Errors
/// [`StartError`]; then nothing runs.
pub async fn start(config: Config, first: FirstKeys) -> Result<Node, StartError> {
    let data = config.data.clone();
    std::fs::create_dir_all(&data).map_err(system(format!("{} cannot be made", data.display())))?;
    let lock = FolderLock::take(&data)?;
    let (identity, id) = folder::identity(&data, config.economy.as_str(), config.dev)?;
    let node_key = folder::key(&data.join("node.nk"))?;
    let chain = Chain::grow(folder::seed(&data.join("beacon.seed"))?, LINKS);
    let keys = Arc::new(Keys::open(&data.join("keys"))?);
    let content = ContentStore::open(&data.join("content")).map_err(system("the content store cannot be opened"))?;
    let content = Arc::new(content);
    let disk = probe(&data).map_err(system("the disk does not sync"))?;
    let storage: Arc<dyn Storage> = match &config.storage {
        Some(storage) => Arc::clone(storage),
        None => Arc::new(
            FileStorage::create_in(data.join("journal")).map_err(system("the journal's folder cannot be made"))?,
        ),
    };
    let options = Options { segment_bytes: config.segment_bytes, ..Options::live(id.to_be_bytes()) };
    let (mut journal, recovery) = Journal::open(Arc::clone(&storage), options)?;
    let directory = SharedDirectory::default();
    let (history, opened) =
        History::open(&data.join("history"), id.to_be_bytes(), Arc::clone(&storage), recovery.end.sequence)?;
    match opened {
        Opened::Whole(seq) => tracing::info!(seq, "the index of history is whole"),
        Opened::New => tracing::info!("there is no index of history; it is built"),
        Opened::ThrownAway(why) => tracing::warn!(%why, "the index of history is built again"),
    }
    let replay = Replay { storage: &storage, end: recovery.end, directory: &directory, names: &content };
    let progress = config.progress.clone();
    let replayed = replay.indexed(&history, &mut |done, all| {
        if let Some(Progress(hear)) = &progress {
            hear(done, all);
        }
    })?;
    let entries = replayed.as_ref().map_or(0, |replayed| replayed.entries);
    let (core, clock) = match replayed {
        Some(replayed) => {
            let epoch_ns = replayed.core.economy().genesis().epoch_unix_ns;
            let clock = SequencerClock::resume(config.machine.clone(), epoch_ns, replayed.core.now_ns(), replayed.t);
            (replayed.core, clock)
        }
        None => {
            let dev_person = if identity.dev { first.person } else { None };
            let beginning = Beginning {
                id,
                anchor: chain.anchor(),
                operator: first.operator,
                dev_person,
                machine: config.machine.clone(),
            };
            begin(&mut journal, beginning, &keys, (&content, &directory, &history))?
        }
    };
    let acknowledged = Acknowledged::open(&data.join("acknowledged"));
    let money = money_of(&core);
    let face = clock.face();
    let (url, broker, listener) = match &config.nats {
        Some(url) => (url.clone(), None, None),
        None => {
            let doorman = Doorman {
                economy: config.economy.clone(),
                keys: Arc::clone(&keys),
                directory: directory.clone(),
                clock: Arc::clone(&face),
            };
            let settings = Settings { admission: Arc::new(doorman), name: "oikos".to_owned(), ..Settings::default() };
            let listener = Listener::bind(&config.listen, settings)
                .await
                .map_err(system(format!("cannot listen on {}", config.listen)))?;
            let (url, broker) = (url_of(listener.address()), listener.broker());
            let (stop, stopped) = oneshot::channel::<()>();
            let serving = tokio::spawn(listener.serve(async move {
                // Stops when told, or when whoever could tell is gone.
                drop(stopped.await);
            }));
            (url, Some(broker), Some((stop, serving)))
        }
    };
    let bus = match &broker {
        Some(broker) => broker.bus(),
        None => Bus::connect(&url, connect_options(&node_key)).await?,
    };

    let (commits_in, commits) = mpsc::unbounded_channel();
    let (asked_in, asked) = mpsc::channel(ASKED_MAX);
    let (outgoing, outgoing_out) = mpsc::channel(WAITING_MAX);
    let (stop, stop_seen) = watch::channel(false);
    let waiting = Arc::new(Waiting::new(Lanes::new(config.places)));
    let presence = Presence::default();
    let appender = Appender::start(journal, commits_in).map_err(system("the journal's thread cannot be started"))?;
    let names = Arc::clone(&content);
    let desk = Desk {
        bus: bus.clone(),
        economy: config.economy.clone(),
        admission: Admission { directory: directory.clone(), keys, clock: face },
        content,
        presence: presence.clone(),
        telling: Telling::default(),
        checking: Arc::new(Semaphore::new(CHECKS_MAX)),
        waiting: Arc::clone(&waiting),
        asked: asked_in,
        broker,
        dev: config.dev,
        join_open: config.join_open,
    };
    let (made_in, made) = mpsc::unbounded_channel();
    let follower = Follower { storage: Arc::clone(&storage), names, history, key: node_key.clone() };
    let snapshotter =
        Snapshotter::start(follower, made_in).map_err(system("the snapshots' thread cannot be started"))?;
    let sequencer = Sequencer {
        core,
        clock,
        appender,
        storage,
        commits,
        waiting,
        asked,
        outgoing,
        chain,
        key: node_key.clone(),
        snapshotter,
        made,
        presence,
        acknowledged,
        stop: stop_seen,
        snapshot_entries: config.snapshot_entries,
    };
    let publisher = tokio::spawn(publish(outgoing_out, bus, config.economy, directory));
    let run = tokio::spawn(sequencer.run());
    let desks = desk.open().await?;
    Ok(Node { url, disk, replayed: entries, money, stop, run, publisher, desks, listener, _lock: lock })
}

impl Node {
    /// Where clients connect.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How long the disk takes to make 4 KiB safe: the median of a few tries at the start.
    #[must_use]
    pub const fn disk(&self) -> Duration {
        self.disk
    }

    /// How many entries were applied to come where it stands.
    #[must_use]
    pub const fn replayed(&self) -> u64 {
        self.replayed
    }

    /// What a participant could spend when the node started, such as `100.00 OIK`.
    #[must_use]
    pub fn money(&self, whose: ParticipantId) -> Option<&str> {
        self.money.iter().find(|(known, _)| *known == whose).map(|(_, money)| money.as_str())
    }

    /// Waits until the node ends by itself, which it does only when its journal or its state failed.
    ///
    /// # Errors
    /// Why it ended.
    pub async fn ended(&mut self) -> Result<(), String> {
        match (&mut self.run).await {
            Ok(ended) => ended.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Stops it: what was taken is finished and answered.
    ///
    /// # Errors
    /// The journal or the state failed.
    pub async fn stop(mut self) -> Result<(), String> {
        self.stop.send_replace(true);
        let ended = if self.run.is_finished() { Ok(()) } else { self.ended().await };
        // The loop was the last that sends to the publisher.
        drop(self.publisher.await);
        self.desks.shutdown().await;
        if let Some((stop, serving)) = self.listener {
            let _ = stop.send(());
            drop(serving.await);
        }
        ended
    }
}

/// The free money of the first two participants in the first asset, for the greeting.
fn money_of(core: &Core) -> Vec<(ParticipantId, String)> {
    let economy = core.economy();
    let Some((id, asset)) = economy.assets().next() else { return Vec::new() };
    let known = economy.participants().take(2).map(|(whose, _)| whose);
    known
        .map(|whose| {
            let amount = economy.balance(Purse::Available(whose), id);
            (whose, format!("{} {}", asset.scale.show(amount), asset.code))
        })
        .collect()
}

fn url_of(address: SocketAddr) -> String {
    format!("nats://{address}")
}

fn connect_options(key: &KeyPair) -> ConnectOptions {
    ConnectOptions {
        credentials: Credentials::Nkey(Box::new(key.clone())),
        name: Some("oikos node".to_owned()),
        inbox_prefix: Subject::new(&format!("_INBOX.{}", key.public())).ok(),
    }
}

/// What the first entries are made of.
struct Beginning {
    id: u128,
    anchor: Hash32,
    operator: PublicKey,
    dev_person: Option<PublicKey>,
    machine: Machine,
}

/// Writes the first entries: the economy, its money, in development its first person.
fn begin(
    journal: &mut Journal,
    beginning: Beginning,
    keys: &Keys,
    (content, directory, history): (&Arc<ContentStore>, &SharedDirectory, &History),
) -> Result<(Core, SequencerClock), StartError> {
    let Beginning { id, anchor, operator, dev_person, machine } = beginning;
    let mut clock = SequencerClock::begin(machine);
    let (now, t) = clock.tick();
    let bind = |key, whose| {
        let bound = keys.bind(key, Binding { whose, scope: KeyScope::All, expires_ns: None }, now, None);
        bound.map_err(KeysError::from)?.map_err(|refusal| StartError::Begin { reason: refusal.message })
    };
    bind(operator, Hash32::ZERO)?;
    let genesis = Genesis {
        economy: id,
        epoch_unix_ns: now - t.0,
        beacon_anchor: anchor,
        beacon_links: LINKS,
        beacon_window: Span::seconds(60),
        limits: Limits::default(),
    };
    let genesis = Entry { now, t, body: Body::Genesis(Box::new(genesis)), evidence: Vec::new() };
    // The index hears of entries before they are on disk; where they do not get there, it is ahead and is built again.
    let past = PastOf::Index(history.clone());
    let core = Core::begin(&genesis, directory.clone(), Arc::clone(content)).map_err(begin_failed)?;
    let mut core = core.with_past(past);
    let mut entries = vec![genesis];
    let mut commands = Vec::new();
    if let (Some(code), Some(scale)) = (AssetCode::new("OIK"), Scale::new(2)) {
        let regime = Regime::Issuer(ParticipantId::OPERATOR);
        commands.push(Command::DefineAsset(DefineAsset { code, scale, regime }));
    }
    if let Some(key) = dev_person {
        let (name, money) = FIRST_PERSON;
        let piece = Piece::salted("text/plain", name.as_bytes()).map_err(system("no random bytes"))?;
        let whose = content.put(&piece).map_err(system("the content store cannot be written"))?;
        bind(key, whose)?;
        let kind = ParticipantKind::Human;
        let register = Register { kind, principal: None, name: whose, capabilities: Vec::new(), calendar: None };
        commands.push(Command::Register(register));
        let issue = Issue { asset: AssetId(1), to: ParticipantId(1), amount: money, reference: Hash32::of(b"dev") };
        commands.push(Command::Issue(issue));
    }
    for (index, command) in (1..).zip(commands) {
        let (now, t) = clock.tick();
        let request =
            Request { by: ParticipantId::OPERATOR, id: CommandId(index), expires: t.after(Span::hours(1)), command };
        let entry = Entry { now, t, body: Body::Request(request), evidence: Vec::new() };
        core.apply(&entry).map_err(begin_failed)?;
        entries.push(entry);
    }
    // All of it in one group: an economy begins whole or not at all.
    let mut group = Group::new(Stamp { time_ns: now, rules: u32::from(RULES), term: 1 });
    for entry in &entries {
        let bytes = entry.encode_into(Vec::new()).map_err(begin_failed)?;
        group.push(&bytes).map_err(begin_failed)?;
    }
    journal.append(&mut group).map_err(begin_failed)?;
    tracing::info!(operator = OPERATOR, dev = dev_person.is_some(), "the economy begins");
    Ok((core, clock))
}

fn begin_failed(error: impl core::fmt::Display) -> StartError {
    StartError::Begin { reason: error.to_string() }
}

impl From<CoreError> for StartError {
    fn from(error: CoreError) -> Self {
        Self::Replay(error.into())
    }
}

/// The median time of a few 4 KiB writes, each made safe.
fn probe(folder: &Path) -> io::Result<Duration> {
    use std::io::{Seek, Write};
    let path = folder.join("probe");
    let mut file = std::fs::File::create(&path)?;
    file.write_all(&[0; 4096])?;
    file.sync_all()?;
    let mut times = Vec::new();
    for round in 0..9u8 {
        let begun = Instant::now();
        file.rewind()?;
        file.write_all(&[round; 4096])?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    drop(file);
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
