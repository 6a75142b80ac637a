//! The directory: names, numbers, assets; what turns a command of the wire into one of the core.
//!
//! A fold of events, shared by all stations: admission reads it, the applying loop alone writes it, before it answers.
//! Names are content: the journal holds their salted hashes, the store the names. Where a name was forgotten or is
//! taken by somebody registered earlier, its participant has none.

use crate::node::content::ContentStore;
use oikos_bus::subject::Name;
use oikos_market::available_account;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::limit::LimitEvent;
use oikos_protocol::event::offer::OfferEvent;
use oikos_protocol::event::order::OrderEvent;
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::event::stream::StreamEvent;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{
    AccountId, AssetId, Capability, DeskId, Hash32, LimitId, OfferId, ParticipantId, StreamId, TaskId,
};
use oikos_protocol::money::Scale;
use oikos_protocol::wire::limits::NAME_BYTES_MAX;
use oikos_protocol::wire::translate::Lexicon;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// The operator's name.
pub const OPERATOR: &str = "operator";

/// A participant as the directory knows it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name, as it stands in its subjects.
    pub name: Option<Name>,
    /// The salted hash of its name.
    pub hash: Hash32,
    /// For whom it acts; itself where for nobody else.
    pub principal: ParticipantId,
    /// What it can do or has.
    pub capabilities: Vec<Capability>,
}

/// Names, numbers, assets.
#[derive(Debug, Default)]
pub struct Directory {
    assets: Vec<(AssetCode, Scale)>,
    tasks: HashMap<TaskId, (AssetId, Hash32)>,
    offers: HashMap<OfferId, AssetId>,
    limits: HashMap<LimitId, AssetId>,
    streams: HashMap<StreamId, AssetId>,
    desks: Vec<(AssetId, AssetId)>,
    participants: Vec<Entry>,
    by_name: HashMap<Name, ParticipantId>,
    by_hash: HashMap<Hash32, ParticipantId>,
}

/// What a snapshot keeps of a directory. Names are content, and are looked up again.
#[derive(Debug, Serialize, Deserialize)]
pub struct Saved {
    assets: Vec<(AssetCode, Scale)>,
    tasks: Vec<(TaskId, (AssetId, Hash32))>,
    offers: Vec<(OfferId, AssetId)>,
    participants: Vec<(Hash32, ParticipantId, Vec<Capability>)>,
}

/// The directory, shared.
#[derive(Debug, Clone, Default)]
pub struct SharedDirectory(Arc<RwLock<Directory>>);

impl SharedDirectory {
    /// To be read, for a moment.
    pub fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes events in.
    pub fn follow<'a>(&self, events: impl IntoIterator<Item = &'a Event>, names: &ContentStore) {
        let mut guard = None;
        for event in events {
            if matches!(event, Event::Money(_) | Event::Ledger(_) | Event::Beacon(_)) {
                continue;
            }
            if matches!(event, Event::Order(event) if !matches!(event, OrderEvent::DeskOpened { .. })) {
                continue;
            }
            if let Event::Task(event) = event
                && !matches!(event, TaskEvent::Drafted { .. })
            {
                continue;
            }
            guard.get_or_insert_with(|| self.0.write().unwrap_or_else(PoisonError::into_inner)).follow(event, names);
        }
    }

    /// What a snapshot keeps of it.
    #[must_use]
    pub fn save(&self) -> Saved {
        let directory = self.read();
        let mut tasks: Vec<_> = directory.tasks.iter().map(|(task, asset)| (*task, *asset)).collect();
        let mut offers: Vec<_> = directory.offers.iter().map(|(offer, asset)| (*offer, *asset)).collect();
        tasks.sort_unstable();
        offers.sort_unstable();
        let participants = directory.participants.iter();
        Saved {
            assets: directory.assets.clone(),
            tasks,
            offers,
            participants: participants.map(|entry| (entry.hash, entry.principal, entry.capabilities.clone())).collect(),
        }
    }

    /// The directory that was saved.
    pub fn load(&self, saved: Saved, names: &ContentStore) {
        self.begin();
        let mut directory = self.0.write().unwrap_or_else(PoisonError::into_inner);
        directory.assets = saved.assets;
        directory.tasks = saved.tasks.into_iter().collect();
        directory.offers = saved.offers.into_iter().collect();
        // The operator is there already.
        for (hash, principal, capabilities) in saved.participants.into_iter().skip(1) {
            directory.register(hash, principal, capabilities, names);
        }
    }

    /// The economy begins with its operator.
    pub fn begin(&self) {
        let mut directory = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *directory = Directory::default();
        let name = Name::new(OPERATOR).ok();
        directory.enter(Entry {
            name,
            hash: Hash32::ZERO,
            principal: ParticipantId::OPERATOR,
            capabilities: Vec::new(),
        });
    }
}

impl Directory {
    fn follow(&mut self, event: &Event, names: &ContentStore) {
        match event {
            Event::Asset(AssetEvent::Defined { code, scale, .. }) => self.assets.push((*code, *scale)),
            Event::Task(TaskEvent::Drafted { task, spec, .. }) => {
                self.tasks.insert(*task, (spec.asset, spec.input));
            }
            Event::Limit(LimitEvent::Set { limit, asset, .. }) => {
                self.limits.insert(*limit, *asset);
            }
            Event::Stream(StreamEvent::Opened { stream, asset, .. }) => {
                self.streams.insert(*stream, *asset);
            }
            Event::Offer(OfferEvent::Published { offer, terms, .. }) => {
                self.offers.insert(*offer, terms.asset);
            }
            Event::Order(OrderEvent::DeskOpened { terms, .. }) => self.desks.push((terms.base, terms.quote)),
            Event::Participant(ParticipantEvent::Registered { participant, principal, name, capabilities, .. }) => {
                self.register(*name, principal.unwrap_or(*participant), capabilities.clone(), names);
            }
            Event::Asset(_)
            | Event::Participant(_)
            | Event::Task(_)
            | Event::Offer(_)
            | Event::Order(_)
            | Event::Money(_)
            | Event::Ledger(_)
            | Event::Beacon(_)
            | Event::Limit(_)
            | Event::Stream(_)
            | Event::Exchange(_) => {}
        }
    }

    fn register(
        &mut self,
        hash: Hash32,
        principal: ParticipantId,
        capabilities: Vec<Capability>,
        names: &ContentStore,
    ) {
        let text = names.get(hash).and_then(|piece| String::from_utf8(piece.bytes).ok());
        let name = text.and_then(|text| name_of(&text)).filter(|name| !self.by_name.contains_key(name));
        self.enter(Entry { name, hash, principal, capabilities });
    }

    fn enter(&mut self, entry: Entry) {
        let participant = ParticipantId(self.participants.len() as u64);
        if let Some(name) = &entry.name {
            self.by_name.insert(name.clone(), participant);
        }
        self.by_hash.insert(entry.hash, participant);
        self.participants.push(entry);
    }

    /// The participant of a name.
    #[must_use]
    pub fn of_name(&self, name: &str) -> Option<ParticipantId> {
        self.by_name.get(&Name::new(name).ok()?).copied()
    }

    /// The participant whose name has this salted hash.
    #[must_use]
    pub fn of_hash(&self, hash: Hash32) -> Option<ParticipantId> {
        self.by_hash.get(&hash).copied()
    }

    /// What is known of a participant.
    #[must_use]
    pub fn entry(&self, participant: ParticipantId) -> Option<&Entry> {
        self.participants.get(usize::try_from(participant.0).ok()?)
    }

    /// The hash of a task's input.
    #[must_use]
    pub fn input(&self, task: TaskId) -> Option<Hash32> {
        self.tasks.get(&task).map(|(_, input)| *input)
    }

    /// The name of a participant.
    #[must_use]
    pub fn name(&self, participant: ParticipantId) -> Option<&Name> {
        self.entry(participant)?.name.as_ref()
    }

    /// All participants, in order.
    pub fn all(&self) -> impl Iterator<Item = (ParticipantId, &Entry)> {
        (0..).map(ParticipantId).zip(&self.participants)
    }

    /// All assets, in order; the first has number 1.
    #[must_use]
    pub fn assets(&self) -> &[(AssetCode, Scale)] {
        &self.assets
    }
}

/// A name a participant may have.
#[must_use]
pub fn name_of(text: &str) -> Option<Name> {
    (text.len() <= NAME_BYTES_MAX).then(|| Name::new(text).ok()).flatten()
}

impl Lexicon for Directory {
    fn asset(&self, code: AssetCode) -> Option<(AssetId, Scale)> {
        let index = self.assets.iter().position(|(known, _)| *known == code)?;
        Some((AssetId(u32::try_from(index).ok()? + 1), self.assets[index].1))
    }

    fn code(&self, asset: AssetId) -> Option<(AssetCode, Scale)> {
        self.assets.get(usize::try_from(asset.0).ok()?.checked_sub(1)?).copied()
    }

    fn asset_of_task(&self, task: TaskId) -> Option<AssetId> {
        self.tasks.get(&task).map(|(asset, _)| *asset)
    }

    fn asset_of_offer(&self, offer: OfferId) -> Option<AssetId> {
        self.offers.get(&offer).copied()
    }

    fn asset_of_limit(&self, limit: LimitId) -> Option<AssetId> {
        self.limits.get(&limit).copied()
    }

    fn asset_of_stream(&self, stream: StreamId) -> Option<AssetId> {
        self.streams.get(&stream).copied()
    }

    fn pair_of_desk(&self, desk: DeskId) -> Option<(AssetId, AssetId)> {
        self.desks.get(usize::try_from(desk.0).ok()?).copied()
    }

    fn available(&self, participant: ParticipantId, asset: AssetId) -> AccountId {
        available_account(participant, asset)
    }
}
