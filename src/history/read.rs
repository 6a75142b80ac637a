//! Questions to history: which events touched a topic, what an event was, how an account stood, what a transfer was.
//!
//! Invariant: an answer comes from the tail and the store as they stand together; the newest is found first.

use super::Kept;
use super::chunk::{Number, Posting, chunks_of_block, read};
use super::index::{History, HistoryError, Run, Shared, State};
use super::keys::{PAGE, PLACE, TIME, TOPIC_BYTES, Topic, block, blocks, by, first_of_block, page, page_of};
use super::page::{Record, Said, records};
use oikos_ledger::Past;
use oikos_protocol::command::Command;
use oikos_protocol::command::account::Balances;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::event::transfer::{Standing, TransferCreated};
use oikos_protocol::id::{AccountId, ParticipantId, TaskId};
use std::sync::{Arc, PoisonError};

/// Decoded batches that are kept.
const BATCHES_KEPT: usize = 8;

/// The last number there can be.
pub(crate) const LAST: Number = (u64::MAX, u32::MAX);

impl Shared {
    /// Calls `visit` with the chunks of a topic in the store, the newest first, until it says false.
    fn chunks_in_store(
        &self,
        runs: &[Run],
        topic: Topic,
        upto: Number,
        visit: &mut dyn FnMut(&[u8]) -> Result<bool, HistoryError>,
    ) -> Result<(), HistoryError> {
        let wanted = topic.bytes();
        for run in runs.iter().rev().filter(|run| run.first <= upto.0) {
            let floor = blocks(run.first);
            let mut to = block(run.first, wanted, u32::MAX);
            while let Some((key, stored)) = self.store.last(&floor, &to)? {
                let value = self.checked(&key, stored)?;
                let chunks = chunks_of_block(&value).ok_or(HistoryError::Damaged("a block"))?;
                for (_, bytes) in chunks.iter().rev().filter(|(found, _)| *found == wanted) {
                    if !visit(bytes)? {
                        return Ok(());
                    }
                }
                let first: [u8; TOPIC_BYTES] = first_of_block(&key).ok_or(HistoryError::Damaged("a block's key"))?;
                if first < wanted {
                    break;
                }
                // The topic began before this block: the rest of it is in the one before.
                to = key;
                let Some(last) = to.pop() else { break };
                match last.checked_sub(1) {
                    Some(less) => to.extend([less, u8::MAX]),
                    None => continue,
                }
            }
        }
        Ok(())
    }

    /// How an account stood, from the store alone.
    pub(crate) fn balances_in_store(
        &self,
        runs: &[Run],
        account: AccountId,
        upto: Number,
    ) -> Result<Balances, HistoryError> {
        let topic = Topic::Account(account);
        let mut found = Balances::default();
        self.chunks_in_store(runs, topic, upto, &mut |bytes| {
            let postings = read(topic, bytes, upto).ok_or(HistoryError::Damaged("a chunk"))?;
            // Where all of this chunk is later, an older one knows; without one the account was not touched yet.
            found = postings.last().map_or(found, |posting| posting.after);
            Ok(postings.is_empty())
        })?;
        Ok(found)
    }

    fn chunks(
        &self,
        state: &State,
        topic: Topic,
        upto: Number,
        visit: &mut dyn FnMut(&[u8]) -> Result<bool, HistoryError>,
    ) -> Result<(), HistoryError> {
        for chunk in state.tail.topics.get(&topic).into_iter().flatten().rev() {
            if !visit(&chunk.bytes)? {
                return Ok(());
            }
        }
        self.chunks_in_store(&state.runs, topic, upto, visit)
    }

    /// The records of the last page whose number (by `kind`, as `of` says of those in the tail) is not above `upto`.
    fn page_of(
        &self,
        state: &State,
        in_tail: impl Fn(&super::page::Page) -> bool,
        from: &[u8],
        to: &[u8],
    ) -> Result<Vec<Record>, HistoryError> {
        let damaged = || HistoryError::Damaged("a page");
        let behind = state.tail.pages.partition_point(in_tail);
        if let Some(page) = behind.checked_sub(1).map(|at| &state.tail.pages[at]) {
            return records(&page.bytes).ok_or_else(damaged);
        }
        let Some((key, stored)) = self.store.last(from, to)? else { return Ok(Vec::new()) };
        let value = if key.first() == Some(&PAGE) {
            self.checked(&key, stored)?
        } else {
            let key = page_of(&key).ok_or_else(damaged)?;
            let stored = self.store.get(&key)?.ok_or_else(damaged)?;
            self.checked(&key, stored)?
        };
        records(&value).ok_or_else(damaged)
    }
}

impl History {
    /// The postings of a topic up to a number, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn postings(&self, topic: Topic, upto: Number, limit: usize) -> Result<Vec<Posting>, HistoryError> {
        let state = self.shared.state();
        let mut found = Vec::new();
        self.shared.chunks(&state, topic, upto, &mut |bytes| {
            let postings = read(topic, bytes, upto).ok_or(HistoryError::Damaged("a chunk"))?;
            found.extend(postings.into_iter().rev().take(limit - found.len()));
            Ok(found.len() < limit)
        })?;
        Ok(found)
    }

    /// How an account stood right after an event, or before it where that did not touch it.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn balances(&self, account: AccountId, upto: Number) -> Result<Balances, HistoryError> {
        let state = self.shared.state();
        self.balances_at(&state, account, upto)
    }

    fn balances_at(&self, state: &State, account: AccountId, upto: Number) -> Result<Balances, HistoryError> {
        let topic = Topic::Account(account);
        let mut found = Balances::default();
        self.shared.chunks(state, topic, upto, &mut |bytes| {
            let postings = read(topic, bytes, upto).ok_or(HistoryError::Damaged("a chunk"))?;
            // Where all of this chunk is later, an older one knows; without one the account was not touched yet.
            found = postings.last().map_or(found, |posting| posting.after);
            Ok(postings.is_empty())
        })?;
        Ok(found)
    }

    /// The event of a number.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn event(&self, at: Number) -> Result<Option<Kept>, HistoryError> {
        let state = self.shared.state();
        let (from, to) = (page((0, 0)), page(at));
        let records = self.shared.page_of(&state, |page| page.first <= at, &from, &to)?;
        let found =
            records.iter().filter(|record| record.seq == at.0).find_map(|record| self.kept(&state, record, at.1));
        found.transpose()
    }

    /// An event of a record; `None` where that has no event of this index.
    fn kept(&self, state: &State, record: &Record, index: u32) -> Option<Result<Kept, HistoryError>> {
        let said = record.said(index)?;
        let at = (record.seq, index);
        let event = || {
            let place = match said {
                Said::Event(event) => return Ok(event),
                Said::Plain { place, .. } => place,
            };
            let transfer = self.body(at.0, &said)?;
            let standing = |account| {
                let balances = self.balances_at(state, account, at)?;
                // A plain transfer never touches a closed account, nor closes one.
                Ok::<_, HistoryError>(Standing { balances, closed: false })
            };
            let (debit, credit) = (standing(transfer.debit_account_id)?, standing(transfer.credit_account_id)?);
            let created = TransferCreated { place, transfer, debit, credit };
            Ok(Event::Ledger(Box::new(LedgerEvent::TransferCreated(created))))
        };
        Some(event().map(|event| Kept { seq: at.0, index, t: record.t, event }))
    }

    /// The events behind a number, in order, up to another one; at most `limit`.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn after(&self, after: Number, upto: Number, limit: usize) -> Result<Vec<Kept>, HistoryError> {
        let state = self.shared.state();
        let damaged = || HistoryError::Damaged("a page");
        let mut found = Vec::new();
        // Says whether there may be more.
        let mut take = |records: Vec<Record>| {
            for record in records {
                for index in record.index..record.index + record.count() {
                    let at = (record.seq, index);
                    if found.len() == limit || at > upto {
                        return Ok(false);
                    }
                    if at > after {
                        found.extend(self.kept(&state, &record, index).transpose()?);
                    }
                }
            }
            Ok::<_, HistoryError>(true)
        };
        let store = &self.shared.store;
        let last = page(LAST);
        let mut next = match store.last(&page((0, 0)), &page(after))? {
            None => store.first(&page(after), &last)?,
            holds => holds,
        };
        while let Some((key, stored)) = next {
            let value = self.shared.checked(&key, stored)?;
            if !take(records(&value).ok_or_else(damaged)?)? {
                return Ok(found);
            }
            next = store.first(&[&key[..], &[0]].concat(), &last)?;
        }
        // The tail grows between two flushes: what lies before the page that is asked for is passed over unread.
        let begins = state.tail.pages.partition_point(|page| page.first <= after).saturating_sub(1);
        for page in &state.tail.pages[begins..] {
            if !take(records(&page.bytes).ok_or_else(damaged)?)? {
                break;
            }
        }
        Ok(found)
    }

    /// The number of the last event up to a number.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn last(&self, upto: Number) -> Result<Option<Number>, HistoryError> {
        let state = self.shared.state();
        let records = self.shared.page_of(&state, |page| page.first <= upto, &page((0, 0)), &page(upto))?;
        let last = records.iter().rev().find(|record| (record.seq, record.index) <= upto);
        Ok(last.map(|record| {
            let index = record.index + record.count().saturating_sub(1);
            (record.seq, if record.seq == upto.0 { index.min(upto.1) } else { index })
        }))
    }

    /// Who posted a task.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn poster(&self, task: TaskId) -> Result<Option<ParticipantId>, HistoryError> {
        if let Some(poster) = self.shared.posters.of(task) {
            return Ok(Some(poster));
        }
        let Some(first) = self.postings(Topic::Task(task), LAST, usize::MAX)?.pop() else { return Ok(None) };
        let Some(kept) = self.event(first.at)? else { return Ok(None) };
        Ok(self.learn_poster(&kept.event))
    }

    /// Remembers who drafted a task, where this event tells it.
    pub(crate) fn learn_poster(&self, event: &Event) -> Option<ParticipantId> {
        let Event::Task(TaskEvent::Drafted { task, poster, .. }) = event else { return None };
        self.shared.posters.learn(*task, *poster);
        Some(*poster)
    }

    /// The events of a topic, the oldest first.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn events(&self, topic: Topic) -> Result<Vec<Kept>, HistoryError> {
        let postings = self.postings(topic, LAST, usize::MAX)?;
        let found = postings.iter().rev().map(|posting| self.event(posting.at));
        found.filter_map(Result::transpose).collect()
    }

    /// The transfer at a place; `None` where there is none.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn transfer(&self, place: u64) -> Result<Option<Transfer>, HistoryError> {
        if place >= self.shared.state().standing.places {
            self.catch_up()?; // It may have been made a moment ago.
        }
        let state = self.shared.state();
        if place >= state.standing.places {
            return Ok(None);
        }
        let (from, to) = (by(PLACE, 0, (0, 0)), by(PLACE, place, LAST));
        // Pages of events that made no transfer share a place; the last of them has it, or the one behind a boundary.
        let records = self.shared.page_of(&state, |page| page.places <= place, &from, &to)?;
        let found = records.iter().find_map(|record| Some((record.seq, record.transfer(place)?)));
        let Some((seq, said)) = found else { return Err(HistoryError::Damaged("a transfer is in no page")) };
        self.body(seq, &said).map(Some)
    }

    /// The last entry that was sequenced by this moment.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn sequence_at(&self, now_ns: u64) -> Result<u64, HistoryError> {
        let state = self.shared.state();
        let (from, to) = (by(TIME, 0, (0, 0)), by(TIME, now_ns, LAST));
        let records = self.shared.page_of(&state, |page| page.now_ns <= now_ns, &from, &to)?;
        Ok(records.iter().rev().find(|record| record.now_ns <= now_ns).map_or(0, |record| record.seq))
    }

    /// When the entry of an event was sequenced, in nanoseconds since 1970; `None` where it made no event.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn moment(&self, at: Number) -> Result<Option<u64>, HistoryError> {
        let state = self.shared.state();
        let records = self.shared.page_of(&state, |page| page.first <= at, &page((0, 0)), &page(at))?;
        Ok(records.iter().rev().find(|record| record.seq == at.0).map(|record| record.now_ns))
    }

    fn body(&self, seq: u64, said: &Said) -> Result<Transfer, HistoryError> {
        match said {
            Said::Event(Event::Ledger(event)) => match &**event {
                LedgerEvent::TransferCreated(created) => Ok(created.transfer),
                _ => Err(HistoryError::Damaged("a transfer that is none")),
            },
            Said::Event(_) => Err(HistoryError::Damaged("a transfer that is none")),
            Said::Plain { item, at, .. } => {
                let batch = self.batch(seq)?;
                let transfer = batch.get(*item as usize).copied();
                let transfer = transfer.ok_or(HistoryError::Damaged("an item that its batch has not"))?;
                Ok(Transfer { timestamp: *at, ..transfer })
            }
        }
    }

    fn batch(&self, seq: u64) -> Result<Arc<Vec<Transfer>>, HistoryError> {
        let mut kept = self.shared.batches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(known, _)| *known == seq) {
            if let Some(found) = kept.remove(at) {
                kept.push_front(found);
            }
        } else {
            let Some(Entry { body: Body::Request(request), .. }) = self.entry(seq)? else {
                return Err(HistoryError::Damaged("a batch that is not in the journal"));
            };
            let Command::CreateTransfers(transfers) = request.command else {
                return Err(HistoryError::Damaged("a batch that is none"));
            };
            kept.truncate(BATCHES_KEPT - 1);
            kept.push_front((seq, Arc::new(transfers)));
        }
        kept.front().map(|(_, batch)| Arc::clone(batch)).ok_or(HistoryError::Damaged("a batch"))
    }

    /// The entry of a sequence in the journal.
    pub(crate) fn entry(&self, seq: u64) -> Result<Option<Entry>, HistoryError> {
        let mut lookup = self.shared.lookup.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bytes) = lookup.record(seq)? else { return Ok(None) };
        Entry::decode(bytes).map(Some).map_err(|error| HistoryError::Journal(error.to_string()))
    }
}

impl Past for History {
    /// An error is told to whoever drives the book by [`History::failure`].
    fn transfer(&self, place: u64) -> Option<Transfer> {
        match Self::transfer(self, place) {
            Ok(found) => found,
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }
}
