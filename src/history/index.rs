//! The index as a whole: open and verify it, hand it events, wait for it, write it down.
//!
//! Owns the indexing thread and the queue before it, which is bounded: who submits waits where indexing is behind.
//! Invariants: what a batch of the store holds and the sequence up to which it stands are written together; events up
//! to the standing are passed over, so that a replay may begin before it. After an error nothing is indexed any more,
//! every question is refused with it, and the next start builds the index again.

use super::Happened;
use super::keys::{RUN, STANDING, run};
use super::posters::Posters;
use super::sled_store::SledStore;
use super::store::{Store, StoreError, Write};
use super::tail::{Sums, Tail};
use oikos_journal::{Lookup, LookupError, Storage};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::thread::JoinHandle;
use std::time::Duration;

/// The form of the index; another one is built again.
const FORMAT: u16 = 3;
/// Postings after which the tail is written.
pub(crate) const TAIL_POSTINGS: u64 = 1 << 20;
/// Events that may wait to be indexed.
const QUEUE_EVENTS: usize = 64 << 10;
/// Events for which indexing waits, when nobody waits for it, and how long: a thread that is woken for every entry costs
/// more than what it does.
const GATHER_EVENTS: usize = 4 << 10;
const GATHER: Duration = Duration::from_millis(2);

/// Why history cannot answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HistoryError {
    /// What the index says makes no sense.
    #[error("the index of history is damaged ({0}); a restart builds it again")]
    Damaged(&'static str),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal could not be read.
    #[error("{0}")]
    Journal(String),
    /// The indexing thread has ended.
    #[error("history is closed")]
    Closed,
}

impl From<LookupError> for HistoryError {
    fn from(error: LookupError) -> Self {
        Self::Journal(error.to_string())
    }
}

impl From<postcard::Error> for HistoryError {
    fn from(_: postcard::Error) -> Self {
        Self::Damaged("an event has no binary form")
    }
}

/// The events of an entry.
#[derive(Debug, Clone)]
pub struct Job {
    /// The entry's sequence.
    pub seq: u64,
    /// Economy time.
    pub t: Timestamp,
    /// When it was sequenced.
    pub now_ns: u64,
    /// Which items of its batch became transfers, in order; empty where it has no batch.
    pub items: Vec<u32>,
    /// What happened.
    pub events: Arc<Vec<Happened>>,
}

/// How far the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    format: u16,
    /// Whose economy it is.
    pub journal: [u8; 16],
    /// All entries up to here are in it.
    pub seq: u64,
    /// When the last of them was sequenced.
    pub now_ns: u64,
    /// How many transfers were made.
    pub places: u64,
    /// How many keys there are, and the sum of their checksums: so a lost or foreign one is noticed.
    keys: u64,
    sum: u64,
}

/// What was found when an index was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It is whole and stands at this sequence.
    Whole(u64),
    /// There was none.
    New,
    /// It was of no use and thrown away, because of this.
    ThrownAway(String),
}

/// A stretch of the index that was written at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub first: u64,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub tail: Tail,
    pub runs: Vec<Run>,
    pub standing: Standing,
    sums: Sums,
}

enum Work {
    Index(Job),
    Flush(u64),
}

#[derive(Default)]
struct Queue {
    work: VecDeque<Work>,
    events: usize,
    submitted: u64,
    indexed: u64,
    /// Flushes that were asked for, and done.
    flushes: (u64, u64),
    /// Somebody waits for what was submitted.
    is_awaited: bool,
    failure: Option<HistoryError>,
    closing: bool,
}

pub(crate) struct Shared {
    pub store: Box<dyn Store>,
    pub state: RwLock<State>,
    pub lookup: Mutex<Lookup>,
    /// Batches that were decoded lately, by sequence.
    pub batches: Mutex<VecDeque<(u64, Arc<Vec<Transfer>>)>>,
    pub posters: Posters,
    queue: Mutex<Queue>,
    work: Condvar,
    progress: Condvar,
}

/// Everything that happened. Clones share it.
#[derive(Clone)]
pub struct History {
    pub(crate) shared: Arc<Shared>,
    /// The last one to go joins the thread.
    _thread: Arc<Joiner>,
}

impl core::fmt::Debug for History {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("History").field("standing", &self.standing()).finish_non_exhaustive()
    }
}

struct Joiner {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Joiner {
    fn drop(&mut self) {
        lock(&self.shared.queue).closing = true;
        self.shared.work.notify_all();
        if let Some(thread) = lock(&self.thread).take() {
            drop(thread.join()); // Its panic is told as a failure already.
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The checksum that stands before every value, and its key with it.
fn checksum(key: &[u8], value: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(value);
    hasher.finalize()
}

impl Shared {
    /// The value of a key, checked.
    pub(crate) fn checked(&self, key: &[u8], stored: Vec<u8>) -> Result<Vec<u8>, HistoryError> {
        let Some((sum, value)) = stored.split_first_chunk::<4>() else {
            return Err(HistoryError::Damaged("a value without checksum"));
        };
        if u32::from_le_bytes(*sum) != checksum(key, value) {
            return Err(HistoryError::Damaged("a value that does not match its checksum"));
        }
        Ok(value.to_vec())
    }

    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl History {
    /// Opens the index of the journal `journal` in `folder`, which ends at `end`. One that is
    /// damaged, of another journal or ahead of it is thrown away.
    ///
    /// # Errors
    /// The store cannot be made, or the thread.
    pub fn open(
        folder: &Path,
        journal: [u8; 16],
        storage: Arc<dyn Storage>,
        end: u64,
    ) -> Result<(Self, Opened), HistoryError> {
        let is_new = !folder.exists();
        let opened = SledStore::open(folder).map_err(HistoryError::from).and_then(|store| {
            let history = Self::begin(Box::new(store), journal, Arc::clone(&storage))?;
            history.agrees(end).map(|()| history)
        });
        match opened {
            Ok(history) => {
                let seq = history.standing().seq;
                Ok((history, if seq == 0 { Opened::New } else { Opened::Whole(seq) }))
            }
            Err(why) => {
                // A folder that another process has open is not ours to take away; the lock of the data folder is held.
                if !is_new {
                    std::fs::remove_dir_all(folder).map_err(|error| StoreError(error.to_string()))?;
                }
                let store = SledStore::open(folder)?;
                let history = Self::begin(Box::new(store), journal, storage)?;
                Ok((history, Opened::ThrownAway(why.to_string())))
            }
        }
    }

    /// Begins with what `store` holds, which is verified whole.
    ///
    /// # Errors
    /// [`HistoryError::Damaged`] where it is not what was written.
    pub fn begin(store: Box<dyn Store>, journal: [u8; 16], storage: Arc<dyn Storage>) -> Result<Self, HistoryError> {
        let new = Standing { format: FORMAT, journal, ..Standing::default() };
        let standing = match store.get(STANDING)? {
            Some(bytes) => {
                postcard::from_bytes::<Standing>(&bytes).map_err(|_| HistoryError::Damaged("its standing"))?
            }
            None => new,
        };
        if standing.format != FORMAT || standing.journal != journal {
            return Err(HistoryError::Damaged("it is another journal's, or another version's"));
        }
        let (mut keys, mut sum, mut runs) = (0u64, 0u64, Vec::new());
        store.scan(&[], &mut |key, stored| {
            if key == STANDING {
                return Ok(());
            }
            let damaged = || StoreError("a value does not match its checksum".to_owned());
            let (kept, value) = stored.split_first_chunk::<4>().ok_or_else(damaged)?;
            let found = checksum(key, value);
            if u32::from_le_bytes(*kept) != found {
                return Err(damaged());
            }
            keys += 1;
            sum = sum.wrapping_add(u64::from(found));
            if key.first() == Some(&RUN)
                && let Some(first) = key.get(1..9).and_then(|bytes| bytes.first_chunk())
            {
                runs.push(Run { first: u64::from_be_bytes(*first) });
            }
            Ok(())
        })?;
        if (keys, sum) != (standing.keys, standing.sum) {
            return Err(HistoryError::Damaged("keys are missing, or too many"));
        }
        let state = State { runs, standing, ..State::default() };
        let queue = Queue { submitted: standing.seq, indexed: standing.seq, ..Queue::default() };
        let shared = Arc::new(Shared {
            store,
            state: RwLock::new(state),
            lookup: Mutex::new(Lookup::new(storage)),
            batches: Mutex::default(),
            posters: Posters::default(),
            queue: Mutex::new(queue),
            work: Condvar::new(),
            progress: Condvar::new(),
        });
        let in_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("oikos-history".into())
            .spawn(move || in_thread.run())
            .map_err(|error| StoreError(error.to_string()))?;
        let joiner = Joiner { shared: Arc::clone(&shared), thread: Mutex::new(Some(thread)) };
        Ok(Self { shared, _thread: Arc::new(joiner) })
    }

    /// Whether the journal has what the index claims: its last entry, of the same moment.
    fn agrees(&self, end: u64) -> Result<(), HistoryError> {
        let standing = self.standing();
        if standing.seq == 0 {
            return Ok(());
        }
        if standing.seq > end {
            return Err(HistoryError::Damaged("it is ahead of the journal"));
        }
        match self.entry(standing.seq)? {
            Some(entry) if entry.now == standing.now_ns => Ok(()),
            _ => Err(HistoryError::Damaged("the journal has another entry where it stands")),
        }
    }

    /// How far it is, what is not written yet included.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.shared.state().standing
    }

    /// Whether the journal has no entry behind those that are in it.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub fn is_current(&self) -> Result<bool, HistoryError> {
        let seq = self.standing().seq;
        Ok(seq > 0 && self.entry(seq + 1)?.is_none())
    }

    /// Hands the events of the next entry over; waits while too much waits. Entries that are in it are passed over.
    ///
    /// # Errors
    /// Why nothing is indexed any more.
    pub fn submit(&self, job: Job) -> Result<(), HistoryError> {
        let mut queue = lock(&self.shared.queue);
        if job.seq <= queue.submitted {
            return Ok(());
        }
        while queue.events > QUEUE_EVENTS && queue.failure.is_none() {
            queue.is_awaited = true;
            self.shared.work.notify_all();
            queue = self.shared.progress.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(failure) = &queue.failure {
            return Err(failure.clone());
        }
        let events = job.events.len();
        queue.submitted = job.seq;
        queue.events += events;
        let wake = queue.work.is_empty() || queue.events >= GATHER_EVENTS && queue.events - events < GATHER_EVENTS;
        queue.work.push_back(Work::Index(job));
        drop(queue);
        if wake {
            self.shared.work.notify_all();
        }
        Ok(())
    }

    /// Waits until all that was submitted can be found.
    ///
    /// # Errors
    /// Why nothing is indexed any more.
    pub fn catch_up(&self) -> Result<(), HistoryError> {
        let submitted = lock(&self.shared.queue).submitted;
        self.wait(|queue| queue.indexed >= submitted)
    }

    /// Why nothing can be found any more, if so.
    #[must_use]
    pub fn failure(&self) -> Option<HistoryError> {
        lock(&self.shared.queue).failure.clone()
    }

    /// Stops answering because of this.
    pub(crate) fn fail(&self, why: HistoryError) {
        lock(&self.shared.queue).failure.get_or_insert(why);
        self.shared.progress.notify_all();
    }

    /// Writes all that was submitted, and waits until it is written.
    ///
    /// # Errors
    /// Why nothing is indexed any more.
    pub fn flush(&self) -> Result<(), HistoryError> {
        let number = {
            let mut queue = lock(&self.shared.queue);
            queue.flushes.0 += 1;
            let (number, _) = queue.flushes;
            queue.work.push_back(Work::Flush(number));
            queue.is_awaited = true;
            number
        };
        self.shared.work.notify_all();
        self.wait(|queue| queue.flushes.1 >= number)
    }

    fn wait(&self, done: impl Fn(&Queue) -> bool) -> Result<(), HistoryError> {
        let mut queue = lock(&self.shared.queue);
        loop {
            if done(&queue) {
                return Ok(());
            }
            if let Some(failure) = &queue.failure {
                return Err(failure.clone());
            }
            if !queue.is_awaited {
                queue.is_awaited = true;
                self.shared.work.notify_all();
            }
            queue = self.shared.progress.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Shared {
    fn run(&self) {
        let _watch = FailOnPanic(self);
        while let Some(gathered) = self.next() {
            if let Err(error) = gathered.into_iter().try_for_each(|work| self.do_one(work)) {
                tracing::error!(%error, "history is not indexed any more");
                lock(&self.queue).failure = Some(error);
                self.progress.notify_all();
                return;
            }
            self.progress.notify_all();
        }
        lock(&self.queue).failure.get_or_insert(HistoryError::Closed);
        self.progress.notify_all();
    }

    /// All that waits, once something does. Waits a little for more.
    fn next(&self) -> Option<VecDeque<Work>> {
        let mut queue = lock(&self.queue);
        while queue.work.is_empty() {
            if queue.closing {
                return None;
            }
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let is_enough = |queue: &mut Queue| queue.is_awaited || queue.closing || queue.events >= GATHER_EVENTS;
        queue = self
            .work
            .wait_timeout_while(queue, GATHER, |queue| !is_enough(queue))
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        queue.is_awaited = false;
        Some(core::mem::take(&mut queue.work))
    }

    fn do_one(&self, work: Work) -> Result<(), HistoryError> {
        match work {
            Work::Index(job) => {
                let full = self.index(&job)?;
                {
                    let mut queue = lock(&self.queue);
                    queue.indexed = job.seq;
                    queue.events -= job.events.len();
                }
                if full {
                    self.write_tail()?;
                }
            }
            Work::Flush(number) => {
                self.write_tail()?;
                lock(&self.queue).flushes.1 = number;
            }
        }
        Ok(())
    }

    /// Takes the events of an entry in; says whether the tail is long enough to be written.
    fn index(&self, job: &Job) -> Result<bool, HistoryError> {
        let mut guard = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let runs = &state.runs;
        let before = |account| self.balances_in_store(runs, account, (u64::MAX, u32::MAX));
        let mut places = state.standing.places;
        state.tail.take_in(job, &mut places, &mut state.sums, &before)?;
        state.standing.places = places;
        (state.standing.seq, state.standing.now_ns) = (job.seq, job.now_ns);
        Ok(state.tail.postings >= TAIL_POSTINGS)
    }

    /// Writes the tail as a run, while others go on reading it.
    fn write_tail(&self) -> Result<(), HistoryError> {
        let (mut writes, mut standing, first) = {
            let state = self.state();
            (state.tail.writes(), state.standing, state.tail.first)
        };
        if first > 0 {
            writes.push((run(first), Some(Vec::new())));
        }
        for (key, value) in &mut writes {
            let value = value.get_or_insert_default();
            let sum = checksum(key, value);
            value.splice(0..0, sum.to_le_bytes());
            standing.keys += 1;
            standing.sum = standing.sum.wrapping_add(u64::from(sum));
        }
        let standing_write: Write = (STANDING.to_vec(), Some(postcard::to_stdvec(&standing)?));
        writes.push(standing_write);
        self.store.write(writes)?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.standing = standing;
        if first > 0 {
            state.runs.push(Run { first });
            state.tail = Tail::default();
        }
        Ok(())
    }
}

struct FailOnPanic<'a>(&'a Shared);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.queue).failure.get_or_insert(HistoryError::Damaged("indexing panicked"));
            self.0.progress.notify_all();
        }
    }
}
