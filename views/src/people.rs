//! People: who takes part, in columns small enough for a million of them: 64 bytes each, and nothing by name.
//!
//! Reputation is what the market's rule says: the mean of a beta distribution over settled and defaulted contracts.
//! Invariant: free money is what came in less what went out; of a participant's payments to another the book's own
//! standing counts. Absent on purpose: names. They are content, and whoever shows a row asks for its name.

use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::{MoneyMoved, Purse};
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::event::transfer::Standing;
use oikos_protocol::id::{AccountId, AssetId, Capability, Hash32, MilestoneId, ParticipantId};
use oikos_protocol::money::Share;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows a chunk; a chunk is never moved, so that growing costs no second copy of all.
const CHUNK: usize = 4_096;

/// A participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Free money of the first asset, in minor units.
    free: i128,
    /// What was paid to it for settled tasks, in minor units.
    pub earned: i128,
    /// For whom it acts; itself where for nobody else.
    pub principal: ParticipantId,
    /// Contracts settled.
    pub settled: u32,
    /// Contracts defaulted.
    pub defaulted: u32,
    /// Tasks it bid for.
    pub bids: u32,
    /// Contracts it won and took.
    pub wins: u32,
    /// Which list of capabilities.
    capabilities: u32,
    /// What it is.
    pub kind: ParticipantKind,
    /// Whether its registration was seen.
    known: bool,
}

impl Person {
    const fn unknown(id: ParticipantId) -> Self {
        Self {
            free: 0,
            earned: 0,
            principal: id,
            settled: 0,
            defaulted: 0,
            bids: 0,
            wins: 0,
            capabilities: 0,
            kind: ParticipantKind::Agent,
            known: false,
        }
    }

    /// Its reputation: (settled + 1) / (settled + defaulted + 2), rounded down.
    #[must_use]
    pub fn reputation(&self) -> Share {
        let (good, bad) = (u64::from(self.settled), u64::from(self.defaulted));
        let millionths = (good + 1) * u64::from(Share::WHOLE) / (good + bad + 2);
        u32::try_from(millionths).ok().and_then(Share::from_millionths).unwrap_or_default()
    }

    /// Wins among the tasks it bid for; none where it never bid.
    #[must_use]
    pub fn win_rate(&self) -> Option<Share> {
        let millionths = u64::from(self.wins) * u64::from(Share::WHOLE) / u64::from(self.bids).max(1);
        let share = u32::try_from(millionths.min(u64::from(Share::WHOLE))).ok().and_then(Share::from_millionths);
        if self.bids == 0 { None } else { share }
    }
}

/// Everybody.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct People {
    chunks: Vec<Vec<Person>>,
    lists: Vec<Vec<Capability>>,
    numbers: BTreeMap<Vec<Capability>, u32>,
    /// Free money of all assets but the first.
    others: BTreeMap<(AssetId, ParticipantId), i128>,
    names: Option<BTreeMap<ParticipantId, Hash32>>,
    counts: [u64; 3],
}

impl People {
    /// People whose names' hashes are kept too: for a folder in which names are content.
    #[must_use]
    pub fn with_names() -> Self {
        Self { names: Some(BTreeMap::new()), ..Self::default() }
    }

    /// A participant, if it registered.
    #[must_use]
    pub fn get(&self, id: ParticipantId) -> Option<&Person> {
        let place = usize::try_from(id.0).ok()?;
        self.chunks.get(place / CHUNK)?.get(place % CHUNK).filter(|person| person.known)
    }

    /// Everybody, in order of number.
    pub fn all(&self) -> impl Iterator<Item = (ParticipantId, &Person)> {
        (0..).map(ParticipantId).zip(self.chunks.iter().flatten()).filter(|(_, person)| person.known)
    }

    /// How many agents, people and organisations there are.
    #[must_use]
    pub const fn counts(&self) -> [u64; 3] {
        self.counts
    }

    /// What a participant can do or has.
    #[must_use]
    pub fn capabilities(&self, person: &Person) -> &[Capability] {
        self.lists.get(person.capabilities as usize).map_or(&[], Vec::as_slice)
    }

    /// Its free money, in minor units.
    #[must_use]
    pub fn free(&self, id: ParticipantId, asset: AssetId) -> i128 {
        match asset {
            AssetId(1) => self.get(id).map_or(0, |person| person.free),
            _ => self.others.get(&(asset, id)).copied().unwrap_or_default(),
        }
    }

    /// The sum of all free money of an asset, added up anew.
    #[must_use]
    pub fn free_of_all(&self, asset: AssetId) -> i128 {
        match asset {
            AssetId(1) => self.chunks.iter().flatten().map(|person| person.free).sum(),
            _ => self.others.range((asset, ParticipantId(0))..=(asset, ParticipantId(u64::MAX))).map(|(_, &n)| n).sum(),
        }
    }

    /// The salted hash of a name, where those are kept.
    #[must_use]
    pub fn name(&self, id: ParticipantId) -> Option<Hash32> {
        self.names.as_ref()?.get(&id).copied()
    }

    /// Takes one event in.
    pub fn fold(&mut self, event: &Event) {
        match event {
            Event::Participant(ParticipantEvent::Registered {
                participant,
                kind,
                principal,
                name,
                capabilities,
                ..
            }) => {
                let list = self.list(capabilities);
                if let Some(names) = &mut self.names {
                    names.insert(*participant, *name);
                }
                let is_new = self.get(*participant).is_none();
                let Some(person) = self.person(*participant) else { return };
                (person.kind, person.principal) = (*kind, principal.unwrap_or(*participant));
                (person.capabilities, person.known) = (list, true);
                if is_new {
                    self.counts[place(*kind)] += 1;
                }
            }
            Event::Task(event) => self.follow(event),
            Event::Money(MoneyMoved { asset, amount, from, to, .. }) => {
                let amount = i128::try_from(amount.0).unwrap_or(i128::MAX); // No supply is above 2^100.
                if let Purse::Available(owner) = from {
                    self.add(*owner, *asset, -amount);
                }
                if let Purse::Available(owner) = to {
                    self.add(*owner, *asset, amount);
                }
            }
            Event::Ledger(event) => match &**event {
                LedgerEvent::TransferCreated(made) => self.stand(&made.transfer, &made.debit, &made.credit),
                LedgerEvent::TransferExpired(over) => self.stand(&over.transfer, &over.debit, &over.credit),
                LedgerEvent::AccountOpened(_) => {}
            },
            Event::Participant(ParticipantEvent::MandateSet(_))
            | Event::Asset(_)
            | Event::Offer(_)
            | Event::Beacon(_)
            | Event::Limit(_)
            | Event::Stream(_)
            | Event::Exchange(_)
            | Event::Order(_) => {}
        }
    }

    fn follow(&mut self, event: &TaskEvent) {
        let (who, change): (_, fn(&mut Person)) = match event {
            TaskEvent::BidPlaced { bidder, revised: false, .. } => (*bidder, |person| person.bids += 1),
            TaskEvent::BidWithdrawn { bidder, .. } => (*bidder, |person| person.bids = person.bids.saturating_sub(1)),
            TaskEvent::Activated { worker, milestone: MilestoneId(0), .. } => (*worker, |person| person.wins += 1),
            TaskEvent::Defaulted { worker, .. } => (*worker, |person| person.defaulted += 1),
            TaskEvent::Settled { worker, paid, .. } => {
                if let Some(person) = self.person(*worker) {
                    person.earned = person.earned.saturating_add(i128::try_from(paid.0).unwrap_or(i128::MAX));
                }
                (*worker, |person| person.settled += 1)
            }
            _ => return,
        };
        if let Some(person) = self.person(who) {
            change(person);
        }
    }

    fn person(&mut self, id: ParticipantId) -> Option<&mut Person> {
        // Numbers are dense; one far beyond the last is nobody's.
        let wanted = usize::try_from(id.0).ok().filter(|&place| place < self.len() + 64 * CHUNK)?;
        while self.len() <= wanted {
            let next = ParticipantId(self.len() as u64);
            match self.chunks.last_mut() {
                Some(chunk) if chunk.len() < CHUNK => chunk.push(Person::unknown(next)),
                _ => {
                    let mut chunk = Vec::with_capacity(CHUNK);
                    chunk.push(Person::unknown(next));
                    self.chunks.push(chunk);
                }
            }
        }
        self.chunks.get_mut(wanted / CHUNK)?.get_mut(wanted % CHUNK)
    }

    fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    fn list(&mut self, capabilities: &[Capability]) -> u32 {
        if let Some(&number) = self.numbers.get(capabilities) {
            return number;
        }
        if self.lists.is_empty() {
            self.lists.push(Vec::new());
        }
        let number = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.lists.push(capabilities.to_vec());
        self.numbers.insert(capabilities.to_vec(), number);
        number
    }

    fn add(&mut self, owner: ParticipantId, asset: AssetId, amount: i128) {
        if asset == AssetId(1) {
            if let Some(person) = self.person(owner) {
                person.free += amount;
            }
        } else {
            *self.others.entry((asset, owner)).or_default() += amount;
        }
    }

    fn stand(&mut self, transfer: &Transfer, debit: &Standing, credit: &Standing) {
        for (account, standing) in [(transfer.debit_account_id, debit), (transfer.credit_account_id, credit)] {
            // Beyond the wire a book's standing is not told.
            if *standing == Standing::default() {
                continue;
            }
            let Some(owner) = owner(account) else { continue };
            let sums = &standing.balances;
            let whole = |amount: oikos_protocol::money::Amount| i128::try_from(amount.0).unwrap_or(i128::MAX);
            let free = whole(sums.credits_posted) - whole(sums.debits_posted) - whole(sums.debits_pending);
            let before = self.free(owner, transfer.ledger);
            self.add(owner, transfer.ledger, free - before);
        }
    }
}

/// The place of a kind in [`People::counts`].
const fn place(kind: ParticipantKind) -> usize {
    match kind {
        ParticipantKind::Agent => 0,
        ParticipantKind::Human => 1,
        ParticipantKind::Organisation => 2,
    }
}

/// Whose free money an account is: accounts of this kind have a 2 for their highest byte.
fn owner(account: AccountId) -> Option<ParticipantId> {
    (account.0 >> 120 == 2).then_some(ParticipantId((account.0 >> 32) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::id::TaskId;
    use oikos_protocol::money::Amount;

    fn registered(n: u64) -> Event {
        Event::Participant(ParticipantEvent::Registered {
            participant: ParticipantId(n),
            kind: ParticipantKind::Human,
            principal: None,
            name: Hash32::ZERO,
            capabilities: Vec::new(),
            calendar: None,
        })
    }

    #[test]
    fn a_participant_takes_64_bytes() {
        assert_eq!(size_of::<Person>(), 64);
        let mut people = People::default();
        (0..10_000).for_each(|n| people.fold(&registered(n)));
        assert_eq!((people.all().count(), people.counts()), (10_000, [0, 10_000, 0]));
        assert!(people.chunks.iter().all(|chunk| chunk.capacity() == CHUNK));
    }

    #[test]
    fn reputation_and_win_rate_are_what_the_events_say() {
        let (task, worker) = (TaskId(0), ParticipantId(1));
        let mut people = People::default();
        people.fold(&registered(1));
        let seal = Hash32::ZERO;
        let bid = TaskEvent::BidPlaced { task, bidder: worker, seal, revised: false, team: Vec::new() };
        (0..4).for_each(|_| people.fold(&Event::Task(bid.clone())));
        let by = oikos_protocol::time::Timestamp(9);
        people.fold(&Event::Task(TaskEvent::Activated { task, worker, milestone: MilestoneId(0), deliver_by: by }));
        people.fold(&Event::Task(TaskEvent::Settled { task, worker, paid: Amount(70) }));
        let person = people.get(worker).unwrap();
        assert_eq!((person.reputation().millionths(), person.earned), (666_666, 70));
        assert_eq!(person.win_rate().map(Share::millionths), Some(250_000));
        assert_eq!(people.get(ParticipantId(0)), None);
    }

    #[test]
    fn a_number_far_beyond_the_last_takes_no_memory() {
        let mut people = People::default();
        people.fold(&registered(u64::MAX));
        assert_eq!(people.len(), 0);
    }
}
