//! An agent, described: its name, what it can do, how it bids and how much it takes on at once.
//!
//! Mistakes in the description are told when it is served, so that describing reads without question marks.

use crate::client::Client;
use crate::domain::Domain;
use crate::error::Error;
use crate::guest::Guest;
use crate::home::Home;
use crate::program::Program;
use crate::serve;
use crate::skill::{Function, Pool, Schemas, Skill, Work};
use crate::strategy::Strategy;
use core::marker::PhantomData;
use core::time::Duration;
use oikos_bus::subject::Name;
use oikos_protocol::command::bid::TeamShare;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::id::Capability;
use oikos_protocol::wire::join::Join;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where an economy is if nobody says otherwise.
pub const URL: &str = "nats://127.0.0.1:4222";

/// An agent that is being described. Start with [`Agent::new`], end with [`Agent::serve`].
#[must_use = "an agent does nothing until it is served"]
pub struct Agent {
    pub(crate) name: String,
    pub(crate) skills: BTreeMap<Capability, Arc<dyn Work>>,
    schemas: BTreeMap<Capability, Schemas>,
    pub(crate) domains: BTreeMap<Capability, Arc<Domain>>,
    pub(crate) strategy: Option<Arc<dyn Strategy>>,
    pub(crate) capacity: u32,
    pub(crate) team: Vec<TeamShare>,
    pub(crate) promise: Promise,
    pub(crate) time_max: Duration,
    pub(crate) finish_within: Duration,
    pub(crate) news: Option<serve::News>,
    mistake: Option<String>,
}

impl Agent {
    /// An agent of this name: 1 to 32 letters, digits, `-` or `_`, or Chinese, Japanese or Korean letters alone.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            skills: BTreeMap::new(),
            schemas: BTreeMap::new(),
            domains: BTreeMap::new(),
            strategy: None,
            capacity: 1,
            team: Vec::new(),
            promise: Promise::default(),
            time_max: Duration::from_secs(600),
            finish_within: Duration::from_secs(5),
            news: None,
            mistake: None,
        }
    }

    /// It can do this.
    pub fn skill<S: Skill<Args>, Args: 'static>(mut self, capability: &str, skill: S) -> Self {
        if let Some(capability) = self.take_on(capability, Arc::new(Function { skill, args: PhantomData })) {
            let schemas = S::schemas();
            match Domain::new(schemas.input.clone().to_value(), schemas.output.clone().to_value()) {
                Ok(domain) => drop(self.domains.insert(capability.clone(), Arc::new(domain))),
                Err(why) => tracing::info!(%capability, %why, "nobody is told what this skill takes and gives"),
            }
            self.schemas.insert(capability, schemas);
        }
        self
    }

    /// A program does this, started for each job ([`crate::program::once`]).
    pub fn program(mut self, capability: &str, program: Program) -> Self {
        self.take_on(capability, Arc::new(program));
        self
    }

    /// A program does this, kept alive ([`crate::program::lines`]).
    pub fn program_of_lines(mut self, capability: &str, program: Program) -> Self {
        self.take_on(capability, Arc::new(Pool::new(program)));
        self
    }

    fn take_on(&mut self, capability: &str, work: Arc<dyn Work>) -> Option<Capability> {
        match Capability::new(capability) {
            Ok(capability) => {
                if let Some(domain) = Domain::known(&capability) {
                    self.domains.insert(capability.clone(), Arc::new(domain));
                }
                self.skills.insert(capability.clone(), work);
                Some(capability)
            }
            Err(why) => {
                self.mistake = Some(why.to_string());
                None
            }
        }
    }

    /// What this capability takes and gives, in place of what its types say; a program's types say nothing.
    pub fn domain(mut self, capability: &str, domain: Domain) -> Self {
        match Capability::new(capability) {
            Ok(capability) => drop(self.domains.insert(capability, Arc::new(domain))),
            Err(why) => self.mistake = Some(why.to_string()),
        }
        self
    }

    /// It bids like this. Without a strategy it does not bid.
    pub fn bid(mut self, strategy: impl Strategy) -> Self {
        self.strategy = Some(Arc::new(strategy));
        self
    }

    /// It takes on so many contracts at once, live bids included: it never bids for more than it could do.
    pub const fn capacity(mut self, contracts: u32) -> Self {
        self.capacity = contracts;
        self
    }

    /// It bids as the lead of a team: whoever is named here shares the pay by weight, itself included.
    pub fn team(mut self, shares: Vec<TeamShare>) -> Self {
        self.team = shares;
        self
    }

    /// It promises this where a task's score counts it. Without a promise of quality it leaves tasks alone that count
    /// it; without one of time it needs all there is.
    pub const fn promise(mut self, promise: Promise) -> Self {
        self.promise = promise;
        self
    }

    /// A job that takes longer is given up; 10 minutes.
    pub const fn time_max(mut self, time: Duration) -> Self {
        self.time_max = time;
        self
    }

    /// Work under way may go on for so long when the agent is told to stop; 5 seconds.
    pub const fn finish_within(mut self, time: Duration) -> Self {
        self.finish_within = time;
        self
    }

    /// Hears what the agent does, as it does it.
    pub fn on_news(mut self, hear: impl Fn(&serve::New) + Send + Sync + 'static) -> Self {
        self.news = Some(Arc::new(hear));
        self
    }

    /// What its skills take and give; programs say nothing of it.
    #[must_use]
    pub const fn schemas(&self) -> &BTreeMap<Capability, Schemas> {
        &self.schemas
    }

    /// Serves until Ctrl-C, at `OIKOS_URL` (else where the last `oikos up` was), with its key from `OIKOS_HOME`.
    ///
    /// # Errors
    /// [`Error`] where it cannot join, or loses its economy for good.
    pub async fn serve(self) -> Result<(), Error> {
        let home = Home::from_env();
        self.serve_at(&url_from_env(&home), &home, interrupted()).await
    }

    /// Serves there, with a key from this home, until `stop` is done; then hands open work back.
    ///
    /// # Errors
    /// As [`Agent::serve`].
    pub async fn serve_at(self, url: &str, home: &Home, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let client = self.join(url, home).await?;
        serve::serve(self, client, stop).await
    }

    /// Serves as this participant until `stop` is done; then hands open work back.
    ///
    /// # Errors
    /// As [`Agent::serve`].
    pub async fn serve_as(self, client: Client, stop: impl Future<Output = ()>) -> Result<(), Error> {
        if let Some(mistake) = self.mistake {
            return Err(Error::BadRequest(mistake));
        }
        serve::serve(self, client, stop).await
    }

    /// The participant of this name, taken in if it is not one yet.
    async fn join(&self, url: &str, home: &Home) -> Result<Client, Error> {
        if let Some(mistake) = &self.mistake {
            return Err(Error::BadRequest(mistake.clone()));
        }
        let join = Join {
            name: self.name.clone(),
            kind: ParticipantKind::Agent,
            capabilities: self.skills.keys().cloned().collect(),
            calendar: None,
            key: None,
        };
        enter_or_join(url, home, &join).await
    }
}

/// Enters as this name, and joins first where its key is not known.
///
/// # Errors
/// [`Error::Refused`] where the name is another's.
pub async fn enter_or_join(url: &str, home: &Home, join: &Join) -> Result<Client, Error> {
    let bad = |why: oikos_bus::subject::SubjectError| Error::BadRequest(why.to_string());
    let name = Name::new(&join.name).map_err(bad)?;
    let economy = Name::new(&Guest::look(url).await?.economy).map_err(bad)?;
    let guest = Guest::connect(url, home.key_or_new(&economy, &name)?).await?;
    if guest.info().you.is_some() { guest.enter(&name).await } else { guest.join(join).await }
}

impl Client {
    /// The person of the last `oikos up` on this machine, or `OIKOS_AS`, at `OIKOS_URL` or where that was.
    ///
    /// # Errors
    /// [`Error::NotJoined`] where there is no key of that name, or it is not a participant's.
    pub async fn from_env() -> Result<Self, Error> {
        let home = Home::from_env();
        let url = url_from_env(&home);
        let said = std::env::var("OIKOS_AS").ok().or_else(|| home.current().map(|current| current.name));
        let name = said.ok_or_else(|| Error::NotJoined { name: "nobody".to_owned() })?;
        let bad = |why: oikos_bus::subject::SubjectError| Error::BadRequest(why.to_string());
        let name = Name::new(&name).map_err(bad)?;
        let economy = Name::new(&Guest::look(&url).await?.economy).map_err(bad)?;
        let key = home.key(&economy, &name)?.ok_or_else(|| Error::NotJoined { name: name.to_string() })?;
        Guest::connect(&url, key).await?.enter(&name).await
    }
}

fn url_from_env(home: &Home) -> String {
    let url = std::env::var("OIKOS_URL").ok().or_else(|| home.current().map(|current| current.url));
    url.unwrap_or_else(|| URL.to_owned())
}

/// Ctrl-C.
async fn interrupted() {
    // Where signals cannot be heard, nobody can interrupt.
    if tokio::signal::ctrl_c().await.is_err() {
        core::future::pending::<()>().await;
    }
}
