//! What was indexed and is not written yet: chunks by topic, and pages.
//!
//! Owned by the indexing thread, read by everybody. Invariant: what is in the tail is behind everything in the store.

use super::Happened;
use super::change::{Change, ends, set_apart, sides};
use super::chunk::{CHUNK_BYTES, Chunk, Number, put_into_block};
use super::hearers::{Hearers, parties, task_of};
use super::index::{HistoryError, Job};
use super::keys::{PLACE, TIME, Topic, block, by, page};
use super::page::{PAGE_BYTES, Page, Recorder, made};
use super::store::Write;
use foldhash::fast::FixedState;
use oikos_protocol::command::account::Balances;
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::id::AccountId;
use std::collections::HashMap;

/// Blocks are closed when they are this long; one chunk more may come in.
const BLOCK_BYTES: usize = 24 << 10;

/// The sums of accounts that were touched since the start.
pub(crate) type Sums = HashMap<AccountId, Balances, FixedState>;

#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// The first sequence in it; zero while there is none.
    pub first: u64,
    pub topics: HashMap<Topic, Vec<Chunk>, FixedState>,
    pub pages: Vec<Page>,
    pub postings: u64,
}

impl Tail {
    /// Takes the events of an entry in. `before` finds the sums of an account that was not touched yet.
    pub(crate) fn take_in(
        &mut self,
        job: &Job,
        places: &mut u64,
        sums: &mut Sums,
        before: &dyn Fn(AccountId) -> Result<Balances, HistoryError>,
    ) -> Result<(), HistoryError> {
        if job.events.is_empty() {
            return Ok(());
        }
        if self.first == 0 {
            self.first = job.seq;
        }
        let is_batch =
            job.events.iter().filter(|happened| made(&happened.kept.event).is_some()).count() == job.items.len();
        let items = if is_batch { job.items.as_slice() } else { &[] };
        let mut recorder = Recorder::begin(job.seq, job.t, job.now_ns, *places, items);
        for Happened { kept, hearers, whose } in job.events.iter() {
            let at = (kept.seq, kept.index);
            recorder.push(&kept.event);
            match &kept.event {
                Event::Ledger(event) => {
                    let sides = match &**event {
                        LedgerEvent::TransferCreated(created) => {
                            *places = created.place + 1;
                            let transfer = &created.transfer;
                            sides(
                                (transfer.debit_account_id, &created.debit),
                                (transfer.credit_account_id, &created.credit),
                            )
                        }
                        LedgerEvent::TransferExpired(expired) => {
                            let transfer = &expired.transfer;
                            sides(
                                (transfer.debit_account_id, &expired.debit),
                                (transfer.credit_account_id, &expired.credit),
                            )
                        }
                        LedgerEvent::AccountOpened(_) => continue,
                    };
                    for (account, after, credit) in sides {
                        let sum = entry(sums, account, before)?;
                        let change = Change::between(sum, &after, credit);
                        self.post_account(account, at, sum, &change);
                    }
                }
                Event::Money(moved) => {
                    let set_apart = set_apart(moved, *whose).into_iter().flatten();
                    for (account, change) in ends(moved).into_iter().flatten().chain(set_apart) {
                        let sum = entry(sums, account, before)?;
                        self.post_account(account, at, sum, &change);
                    }
                }
                Event::Participant(ParticipantEvent::Registered { .. }) | Event::Asset(AssetEvent::Defined { .. }) => {
                    self.post(Topic::Register, at);
                }
                Event::Asset(AssetEvent::CreditSet { member, .. }) => self.post(Topic::Credit(*member), at),
                Event::Participant(_)
                | Event::Asset(_)
                | Event::Task(_)
                | Event::Offer(_)
                | Event::Beacon(_)
                | Event::Limit(_)
                | Event::Stream(_)
                | Event::Exchange(_)
                | Event::Order(_) => {}
            }
            if let Some(task) = task_of(&kept.event) {
                self.post(Topic::Task(task), at);
            }
            parties(&kept.event).into_iter().for_each(|party| self.post(Topic::Party(party), at));
            if let Hearers::These(these) = hearers {
                these.iter().for_each(|whose| self.post(Topic::Mail(*whose), at));
            }
        }
        for record in recorder.end() {
            match self.pages.last_mut() {
                Some(page) if page.bytes.len() < PAGE_BYTES => page.push(&record)?,
                _ => {
                    let mut page = Page::begin(&record);
                    page.push(&record)?;
                    self.pages.push(page);
                }
            }
        }
        Ok(())
    }

    fn post(&mut self, topic: Topic, at: Number) {
        chunk_of(self.topics.entry(topic).or_default(), None).push(at, None);
        self.postings += 1;
    }

    fn post_account(&mut self, account: AccountId, at: Number, sum: &mut Balances, change: &Change) {
        let chunks = self.topics.entry(Topic::Account(account)).or_default();
        chunk_of(chunks, Some(sum)).push(at, Some(change));
        *sum = change.after(*sum);
        self.postings += 1;
    }

    /// All of it as what the store takes.
    pub(crate) fn writes(&self) -> Vec<Write> {
        let mut topics: Vec<_> = self.topics.iter().map(|(topic, chunks)| (topic.bytes(), chunks)).collect();
        topics.sort_unstable_by_key(|(topic, _)| *topic);
        let mut writes = Vec::new();
        let mut open: Option<(Vec<u8>, Vec<u8>)> = None;
        for (topic, chunks) in topics {
            for (part, chunk) in (0..).zip(chunks) {
                let (_, bytes) = open.get_or_insert_with(|| (block(self.first, topic, part), Vec::new()));
                put_into_block(bytes, topic, &chunk.bytes);
                if bytes.len() >= BLOCK_BYTES
                    && let Some((key, bytes)) = open.take()
                {
                    writes.push((key, Some(bytes)));
                }
            }
        }
        writes.extend(open.map(|(key, bytes)| (key, Some(bytes))));
        for written in &self.pages {
            writes.push((page(written.first), Some(written.bytes.clone())));
            writes.push((by(PLACE, written.places, written.first), Some(Vec::new())));
            writes.push((by(TIME, written.now_ns, written.first), Some(Vec::new())));
        }
        writes
    }
}

fn entry<'a>(
    sums: &'a mut Sums,
    account: AccountId,
    before: &dyn Fn(AccountId) -> Result<Balances, HistoryError>,
) -> Result<&'a mut Balances, HistoryError> {
    use std::collections::hash_map::Entry;
    Ok(match sums.entry(account) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(before(account)?),
    })
}

fn chunk_of<'a>(chunks: &'a mut Vec<Chunk>, base: Option<&Balances>) -> &'a mut Chunk {
    if chunks.last().is_none_or(|chunk| chunk.bytes.len() >= CHUNK_BYTES) {
        chunks.push(Chunk::begin(base));
    }
    let last = chunks.len() - 1; // There is one: it was just pushed where there was none.
    &mut chunks[last]
}
