//! A live economy to look at: one node on a folder of its own, agents of several trades, requesters with real orders,
//! an organisation that bids as a team, and you.
//!
//! Owns who takes part and when they stop; all of them speak the wire like anybody else's program, each with its own
//! key, and nothing here can do what a participant cannot.
//! Invariants: the summary is read from the journal after the node has stopped, and not from what the cast remembers;
//! a folder that was made for the demo is gone when it ends, whatever ended it.
//! Absent on purpose: a rule of the economy, and anything that only looks like work. The trades are
//! `oikos_domains`. Start at [`Demo::start`].

mod audit;
mod cast;
mod folder;
mod requester;
mod you;

pub use audit::{AuditError, Summary, audit};
pub use folder::DemoFolder;

use crate::home::{Current, Home};
use crate::node::directory::OPERATOR;
use crate::node::folder::FolderError;
use crate::node::start::{FIRST_PERSON, FirstKeys};
use crate::node::{Config, Node, StartError, start};
use cast::{AGENTS, Handed, REQUESTERS, TEAM};
use oikos_agents::{Client, Guest};
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::subject::Name;
use oikos_domains::{Manner, Refused};
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::bid::TeamShare;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::id::{Capability, Hash32, ParticipantId};
use oikos_protocol::wire::command::{WireCommand, WireIssue};
use oikos_protocol::wire::join::Join;
use oikos_protocol::wire::query::{Found, InboxItem, WireQuery};
use oikos_protocol::wire::text::Decimal;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The economy's name.
pub const ECONOMY: &str = "demo";
/// How long contracts under way may come to their end when the demo stops.
const DRAIN: Duration = Duration::from_millis(2_500);

/// What a demo is told at its start.
#[derive(Debug, Clone)]
pub struct Script {
    /// What orders are drawn.
    pub seed: u64,
    /// The port of its bus; 0 takes a free one.
    pub port: u16,
    /// Who you are in it.
    pub you: Name,
}

/// Why a demo does not start, or does not go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The node did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The node ended by itself.
    #[error("the node ended: {0}")]
    Ended(String),
    /// Somebody could not join, or was refused.
    #[error("{who}: {why}")]
    Agents {
        /// Who.
        who: String,
        /// What the economy said.
        why: oikos_agents::Error,
    },
    /// A key cannot be kept.
    #[error(transparent)]
    Keys(#[from] FolderError),
    /// The folder cannot be used.
    #[error("{what}: {source}")]
    Folder {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The books cannot be read afterwards.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// How far it is, for whoever looks on.
#[derive(Debug, Default)]
pub struct Progress {
    /// Orders posted.
    pub posted: AtomicU64,
    /// Deliverables checked by their poster, accepted and paid.
    pub settled: AtomicU64,
    /// Deliverables that a gateway refused.
    pub refused: AtomicU64,
}

/// A demo that runs.
pub struct Demo {
    node: Node,
    you: Client,
    progress: Arc<Progress>,
    stop_requesters: watch::Sender<bool>,
    stop_agents: watch::Sender<bool>,
    requesters: JoinSet<()>,
    agents: JoinSet<()>,
    begun: Instant,
    seed: u64,
    trades: Vec<&'static str>,
}

/// A demo that has ended.
#[derive(Debug)]
pub struct Ended {
    /// What waited for you at the end.
    pub inbox: Vec<InboxItem>,
    /// Where it was.
    pub url: String,
    /// How long it ran.
    pub ran: Duration,
}

impl Demo {
    /// Starts a node in this folder and lets everybody in.
    ///
    /// # Errors
    /// [`DemoError`]; then nothing runs.
    pub async fn start(script: &Script, folder: &DemoFolder) -> Result<Self, DemoError> {
        let begun = Instant::now();
        let home = Home::find(Some(&folder.home()));
        let economy = Name::new(ECONOMY).map_err(|why| DemoError::Ended(why.to_string()))?;
        let operator = home.key_or_new(ECONOMY, OPERATOR)?;
        let is_first = script.you.as_str() == FIRST_PERSON.0;
        let your_key = home.key_or_new(ECONOMY, script.you.as_str())?;
        let config = Config {
            listen: format!("127.0.0.1:{}", script.port),
            dev: true,
            join_open: true,
            ..Config::new(economy, folder.data())
        };
        let person = is_first.then(|| your_key.public());
        let node = start(config, FirstKeys { operator: operator.public(), person }).await?;
        let url = node.url().to_owned();
        let current = Current { url: url.clone(), economy: ECONOMY.to_owned(), name: script.you.to_string() };
        home.set_current(&current)?;

        let operator = enter(&url, operator, OPERATOR).await?;
        let you = if is_first {
            enter(&url, your_key, script.you.as_str()).await?
        } else {
            let join = join(script.you.as_str(), ParticipantKind::Human, Vec::new());
            let you = take_in(&url, your_key, &join).await?;
            give(&operator, [(you.participant(), "100.00")]).await?;
            you
        };
        let (stop_requesters, requesters_stopped) = watch::channel(false);
        let (stop_agents, agents_stopped) = watch::channel(false);
        let progress = Arc::new(Progress::default());
        let mut demo = Self {
            node,
            you: you.clone(),
            progress: Arc::clone(&progress),
            stop_requesters,
            stop_agents,
            requesters: JoinSet::new(),
            agents: JoinSet::new(),
            begun,
            seed: script.seed,
            trades: oikos_domains::all().map(|domain| domain.capability).to_vec(),
        };
        let everybody = demo.everybody(&url, &home).await?;
        give(&operator, everybody.iter().map(|(kind, client)| (client.participant(), kind.money()))).await?;
        demo.begin(everybody, &agents_stopped, &requesters_stopped);
        demo.requesters.spawn(you::errands(you, script.seed, requesters_stopped));
        Ok(demo)
    }

    /// Lets everybody join, at once.
    async fn everybody(&self, url: &str, home: &Home) -> Result<Vec<(Part, Client)>, DemoError> {
        let mut joins = JoinSet::new();
        let agents = AGENTS.iter().enumerate().map(|(at, agent)| (Part::Agent(at), agent.name));
        let requesters = REQUESTERS.iter().enumerate().map(|(at, requester)| (Part::Requester(at), requester.name));
        let team = TEAM.members.iter().map(|member| (Part::Member, member.name));
        for (part, name) in agents.chain(requesters).chain([(Part::Team, TEAM.name)]).chain(team) {
            let key = home.key_or_new(ECONOMY, name)?;
            let join = join(name, part.kind(name), part.capabilities());
            let url = url.to_owned();
            joins.spawn(async move { take_in(&url, key, &join).await.map(|client| (part, client)) });
        }
        let mut everybody = Vec::new();
        while let Some(joined) = joins.join_next().await {
            everybody.push(joined.map_err(|why| DemoError::Ended(why.to_string()))??);
        }
        Ok(everybody)
    }

    fn begin(
        &mut self,
        everybody: Vec<(Part, Client)>,
        agents_stopped: &watch::Receiver<bool>,
        requesters_stopped: &watch::Receiver<bool>,
    ) {
        let progress = Arc::clone(&self.progress);
        let refused: Refused = Arc::new(move |flaw| {
            tracing::info!(%flaw, "a gateway refused a deliverable");
            progress.refused.fetch_add(1, Ordering::Relaxed);
        });
        let members: Vec<TeamShare> = everybody
            .iter()
            .filter(|(part, _)| *part == Part::Member)
            .map(|(_, client)| TeamShare { member: client.participant(), weight: TEAM.member_weight })
            .collect();
        for (part, client) in everybody {
            let agent = match part {
                Part::Agent(at) => AGENTS[at].agent(&refused),
                Part::Team => {
                    let lead = TeamShare { member: client.participant(), weight: TEAM.lead_weight };
                    let shares = core::iter::once(lead).chain(members.iter().copied()).collect();
                    TEAM.agent(shares, &refused)
                }
                Part::Requester(at) => {
                    let handed = Handed {
                        client,
                        seed: self.seed,
                        you: self.you.participant(),
                        progress: Arc::clone(&self.progress),
                        stopped: requesters_stopped.clone(),
                    };
                    self.requesters.spawn(requester::post_and_check(&REQUESTERS[at], handed));
                    continue;
                }
                // Its pay comes by the team's bids.
                Part::Member => continue,
            };
            let Ok(agent) = agent else { continue };
            let mut stopped = agents_stopped.clone();
            self.agents.spawn(async move {
                let stop = async move { told_to_stop(&mut stopped).await };
                if let Err(error) = agent.serve_as(client, stop).await {
                    tracing::warn!(%error, "an agent of the demo gave up");
                }
            });
        }
    }

    /// Where its bus is.
    #[must_use]
    pub fn url(&self) -> &str {
        self.node.url()
    }

    /// You, as a client.
    #[must_use]
    pub const fn you(&self) -> &Client {
        &self.you
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// How many trades and how many participants besides you and the operator there are.
    #[must_use]
    pub fn cast(&self) -> (usize, usize) {
        (self.trades.len(), AGENTS.len() + REQUESTERS.len() + TEAM.members.len() + 1)
    }

    /// Waits until the node ends by itself, which it does only when something is wrong.
    pub async fn failed(&mut self) -> DemoError {
        DemoError::Ended(self.node.ended().await.err().unwrap_or_else(|| "without a reason".to_owned()))
    }

    /// Stops everybody in order: requesters, then agents, then the node.
    ///
    /// # Errors
    /// The node did not end well.
    pub async fn stop(mut self) -> Result<Ended, DemoError> {
        let ran = self.begun.elapsed();
        let inbox = match self.you.ask(WireQuery::Inbox {}).await.map(|answer| answer.answer) {
            Ok(Found::Inbox(items)) => items,
            _ => Vec::new(),
        };
        self.stop_requesters.send_replace(true);
        let all = async { while self.requesters.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN * 2, all).await.is_err() {
            self.requesters.shutdown().await;
        }
        self.stop_agents.send_replace(true);
        while self.agents.join_next().await.is_some() {}
        let url = self.node.url().to_owned();
        self.node.stop().await.map_err(DemoError::Ended)?;
        Ok(Ended { inbox, url, ran })
    }
}

/// Waits until the demo is to stop, or is gone.
async fn told_to_stop(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

/// The part that somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Agent(usize),
    Requester(usize),
    Team,
    Member,
}

impl Part {
    /// What it has at the beginning.
    const fn money(self) -> &'static str {
        match self {
            // For bonds; the rest it earns.
            Self::Agent(_) | Self::Team => "10.00",
            Self::Requester(_) => "5000.00",
            Self::Member => "0.00",
        }
    }

    fn kind(self, name: &str) -> ParticipantKind {
        match self {
            Self::Agent(_) => ParticipantKind::Agent,
            Self::Requester(at) => REQUESTERS[at].kind,
            Self::Team => ParticipantKind::Organisation,
            Self::Member => {
                let member = TEAM.members.iter().find(|member| member.name == name);
                member.map_or(ParticipantKind::Human, |member| member.kind)
            }
        }
    }

    fn capabilities(self) -> Vec<Capability> {
        let of = |trades: &[&str]| trades.iter().filter_map(|trade| Capability::new(trade).ok()).collect::<Vec<_>>();
        match self {
            Self::Agent(at) => of(AGENTS[at].trades).into_iter().chain(AGENTS[at].certificate()).collect(),
            Self::Team => of(TEAM.trades).into_iter().chain(cast::certificate(TEAM.trades, Manner::Careful)).collect(),
            Self::Requester(_) | Self::Member => Vec::new(),
        }
    }
}

fn join(name: &str, kind: ParticipantKind, capabilities: Vec<Capability>) -> Join {
    Join { name: name.to_owned(), kind, capabilities, calendar: None, key: None }
}

async fn enter(url: &str, key: KeyPair, name: &str) -> Result<Client, DemoError> {
    let failed = |why| DemoError::Agents { who: name.to_owned(), why };
    let checked = Name::new(name).map_err(|why| DemoError::Ended(why.to_string()))?;
    Guest::connect(url, key).await.map_err(failed)?.enter(&checked).await.map_err(failed)
}

async fn take_in(url: &str, key: KeyPair, join: &Join) -> Result<Client, DemoError> {
    let failed = |why| DemoError::Agents { who: join.name.clone(), why };
    Guest::connect(url, key).await.map_err(failed)?.join(join).await.map_err(failed)
}

/// Creates money, as the operator may in a development economy.
async fn give<'a>(operator: &Client, to: impl IntoIterator<Item = (ParticipantId, &'a str)>) -> Result<(), DemoError> {
    let failed = |why| DemoError::Agents { who: OPERATOR.to_owned(), why };
    let Some(asset) = AssetCode::new("OIK") else { return Ok(()) };
    let issue = |(to, amount): (ParticipantId, &str)| {
        let amount = Decimal(amount.to_owned());
        WireCommand::Issue(WireIssue { asset, to, amount, reference: Hash32::of(b"demo") })
    };
    let commands: Vec<WireCommand> = to.into_iter().filter(|(_, amount)| *amount != "0.00").map(issue).collect();
    operator.commands(commands).await.map(drop).map_err(failed)
}
