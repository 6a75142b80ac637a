//! Group commit for many threads: all that waits goes out with one write and one `fdatasync`.
//!
//! Owns the queue and the journal's thread. A submission gets its sequence at once and is durable
//! later; the thread takes the whole queue, commits it, publishes the durable sequence and wakes
//! all waiters together. The queue fills while the disk works; where it does so by less than the round before, the
//! thread waits for those who were just answered, for half of what a commit takes at most. Without that, clients
//! that send the next record with each answer share the disk in two rounds, each with a part of them: a wait for the rest
//! that is shorter than a commit is won back.
//! Invariants: sequences are given in the order of submission and never taken back; what was
//! given a sequence is committed or the journal is poisoned. The queue is bounded, and a full one
//! answers [`SubmitError::Busy`]; a full disk answers [`SubmitError::NoSpace`] before a sequence is given.

use crate::frame::Stamp;
use crate::group::{GROUP_BYTES_MAX, Group};
use crate::link::Boundary;
use crate::writer::{AppendError, Committed, Journal};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const SPACE_RETRY_MS: u64 = 200;
/// A part of a commit's time that may be waited for more records: one of so many.
const GATHER_PARTS: u32 = 2;
/// And never longer.
const GATHER_MAX: Duration = Duration::from_millis(1);

/// How much may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of records; a longer record is refused as too large.
    pub queue_bytes: usize,
    /// Records.
    pub queue_records: usize,
}

impl Default for Limits {
    /// 1 MiB or 8,192 records.
    fn default() -> Self {
        Self { queue_bytes: 1 << 20, queue_records: 8192 }
    }
}

/// Why a record was not taken. No sequence was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The queue is full; try again when the next group is committed.
    #[error("the journal's queue is full")]
    Busy,
    /// The disk is full.
    #[error("there is no space on the disk for the next segment")]
    NoSpace,
    /// The record can never be taken.
    #[error("a record of {bytes} bytes is longer than the queue, which holds {bytes_max}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The longest possible.
        bytes_max: usize,
    },
    /// The journal failed.
    #[error(transparent)]
    Failed(AppendError),
}

type Hook = Box<dyn FnMut(&Committed) + Send>;

#[derive(Debug)]
struct State {
    queue: VecDeque<Group>,
    spare: Vec<Group>,
    queue_bytes: usize,
    queue_records: usize,
    /// How many records the thread waits for.
    wanted_records: usize,
    next_sequence: u64,
    durable: Boundary,
    is_full: bool,
    is_closing: bool,
    failure: Option<AppendError>,
}

#[derive(Debug)]
struct Shared {
    limits: Limits,
    frame_bytes_max: u64,
    state: Mutex<State>,
    work: Condvar,
    progress: Condvar,
}

/// A journal and its thread. Shared by reference among the submitting threads.
#[derive(Debug)]
pub struct GroupCommit {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Journal>>,
}

impl GroupCommit {
    /// Starts the thread. `on_commit` is called by it after each commit, before the waiters wake:
    /// the place to wake an async runtime. It must be quick and must not submit.
    ///
    /// # Errors
    /// The system refused the thread.
    pub fn start(
        journal: Journal,
        limits: Limits,
        on_commit: impl FnMut(&Committed) + Send + 'static,
    ) -> std::io::Result<Self> {
        let frame_bytes_max = journal.group_bytes_max();
        let state = State {
            queue: VecDeque::new(),
            spare: Vec::new(),
            queue_bytes: 0,
            queue_records: 0,
            wanted_records: 0,
            next_sequence: journal.end().sequence + 1,
            durable: journal.end(),
            is_full: false,
            is_closing: false,
            failure: None,
        };
        let shared = Arc::new(Shared {
            limits,
            frame_bytes_max,
            state: Mutex::new(state),
            work: Condvar::new(),
            progress: Condvar::new(),
        });
        let in_thread = Arc::clone(&shared);
        let hook: Hook = Box::new(on_commit);
        let thread =
            std::thread::Builder::new().name("oikos-journal".into()).spawn(move || in_thread.run(journal, hook))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Puts a record into the queue and says which sequence it will have. Records of one frame
    /// share a stamp: the time is that of the last one; other rules, another term or a full segment
    /// begin a frame.
    ///
    /// # Errors
    /// See [`SubmitError`]; no sequence was given then.
    pub fn submit(&self, stamp: Stamp, record: &[u8]) -> Result<u64, SubmitError> {
        self.put(stamp, record, false)
    }

    /// The same for a record that belongs to one that was taken already: it is taken on a full disk as well, and waits
    /// with the other for space.
    ///
    /// # Errors
    /// See [`SubmitError`]; never [`SubmitError::NoSpace`].
    pub fn submit_begun(&self, stamp: Stamp, record: &[u8]) -> Result<u64, SubmitError> {
        self.put(stamp, record, true)
    }

    fn put(&self, stamp: Stamp, record: &[u8], is_begun: bool) -> Result<u64, SubmitError> {
        let Limits { queue_bytes, queue_records } = self.shared.limits;
        let frame_bytes_max = self.shared.frame_bytes_max;
        let bytes_max = queue_bytes.min(longest_record_bytes(frame_bytes_max));
        if record.len() > bytes_max {
            return Err(SubmitError::TooLarge { bytes: record.len(), bytes_max });
        }
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        if let Some(failure) = &state.failure {
            return Err(SubmitError::Failed(failure.clone()));
        }
        if state.is_full && !is_begun {
            return Err(SubmitError::NoSpace);
        }
        if state.queue_bytes + record.len() > queue_bytes || state.queue_records >= queue_records {
            return Err(SubmitError::Busy);
        }
        let continues = |last: &Group| {
            (last.stamp().rules, last.stamp().term) == (stamp.rules, stamp.term)
                && last.frame_bytes_with(record.len()) <= frame_bytes_max
        };
        if !state.queue.back().is_some_and(continues) {
            let mut group = state.spare.pop().unwrap_or_else(|| Group::new(stamp));
            group.clear(stamp);
            state.queue.push_back(group);
        }
        if let Some(group) = state.queue.back_mut() {
            let too_large = |_| SubmitError::TooLarge { bytes: record.len(), bytes_max };
            group.push(record).map_err(too_large)?;
            group.set_time_ns(stamp.time_ns);
        }
        state.queue_bytes += record.len();
        state.queue_records += 1;
        let sequence = state.next_sequence;
        state.next_sequence += 1;
        let is_awaited = state.queue_records == 1 || state.queue_records == state.wanted_records;
        drop(guard);
        if is_awaited {
            self.shared.work.notify_one();
        }
        Ok(sequence)
    }

    /// The end of what is durable.
    #[must_use]
    pub fn durable(&self) -> Boundary {
        self.shared.lock().durable
    }

    /// Whether the disk is full and submissions are refused.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.shared.lock().is_full
    }

    /// Why the journal failed, if it did. Does not wait.
    #[must_use]
    pub fn failure(&self) -> Option<AppendError> {
        self.shared.lock().failure.clone()
    }

    /// Waits until record `sequence` is durable, and says how far the journal is by then.
    ///
    /// # Errors
    /// The journal failed before.
    pub fn wait(&self, sequence: u64) -> Result<Boundary, AppendError> {
        let mut state = self.shared.lock();
        loop {
            if state.durable.sequence >= sequence {
                return Ok(state.durable);
            }
            if let Some(failure) = &state.failure {
                return Err(failure.clone());
            }
            state = self.shared.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Commits what waits and closes the journal.
    ///
    /// # Errors
    /// The journal failed; [`AppendError::NoSpace`] if what waits does not fit onto the disk.
    pub fn close(mut self) -> Result<Boundary, AppendError> {
        let journal = self.stop().ok_or_else(thread_is_gone)?;
        if let Some(failure) = &self.shared.lock().failure {
            return Err(failure.clone());
        }
        journal.close()
    }

    fn stop(&mut self) -> Option<Journal> {
        self.shared.lock().is_closing = true;
        self.shared.work.notify_one();
        self.thread.take()?.join().ok()
    }
}

/// The longest record that fits into a frame of `frame_bytes` on its own.
fn longest_record_bytes(frame_bytes: u64) -> usize {
    let beside = (crate::frame::FRAME_HEADER_BYTES + crate::group::END_BYTES) as u64;
    usize::try_from(frame_bytes.saturating_sub(beside)).unwrap_or(usize::MAX).min(GROUP_BYTES_MAX)
}

fn thread_is_gone() -> AppendError {
    AppendError::Poisoned { operation: "the journal's thread", reason: "it panicked".into() }
}

impl Drop for GroupCommit {
    /// Commits what waits; the journal stays open on disk.
    fn drop(&mut self) {
        drop(self.stop());
    }
}

impl Shared {
    // A submitter that panics does so outside the critical sections, so the state is whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut journal: Journal, mut on_commit: Hook) -> Journal {
        // If the hook panics, nobody may wait for ever.
        let _watch = FailOnPanic(self);
        let mut rounds = Rounds::default();
        while let Some((mut groups, records)) = self.take(&mut journal, &rounds) {
            let begun = Instant::now();
            while let Some(mut group) = groups.pop_front() {
                match self.commit(&mut journal, &mut group) {
                    Ok(committed) => {
                        on_commit(&committed);
                        let mut state = self.lock();
                        state.durable = committed.boundary;
                        state.is_full = journal.is_full();
                        if state.spare.len() < 2 {
                            state.spare.push(group);
                        }
                        drop(state);
                        self.progress.notify_all();
                    }
                    Err(failure) => {
                        self.lock().failure = Some(failure);
                        self.progress.notify_all();
                        return journal;
                    }
                }
            }
            rounds.add(records, begun.elapsed());
        }
        journal
    }

    /// The whole queue, and how many records are in it; waits while it is empty, and a little for more. `None` when
    /// closing and nothing is left.
    fn take(&self, journal: &mut Journal, rounds: &Rounds) -> Option<(VecDeque<Group>, usize)> {
        let mut state = self.lock();
        while state.queue.is_empty() {
            if state.is_closing {
                return None;
            }
            journal.try_space_again();
            state.is_full = journal.is_full();
            state = if state.is_full {
                let patience = Duration::from_millis(SPACE_RETRY_MS);
                self.work.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0
            } else {
                self.work.wait(state).unwrap_or_else(PoisonError::into_inner)
            };
        }
        state = self.gather(state, rounds);
        state.queue_bytes = 0;
        let records = std::mem::take(&mut state.queue_records);
        Some((std::mem::take(&mut state.queue), records))
    }

    /// Waits until as many records are there as are to be expected, but not long.
    fn gather<'a>(&self, mut state: MutexGuard<'a, State>, rounds: &Rounds) -> MutexGuard<'a, State> {
        let until = Instant::now() + rounds.patience();
        state.wanted_records = rounds.records();
        while state.queue_records < state.wanted_records && !state.is_closing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.wanted_records = 0;
        state
    }

    /// Commits one group. Its sequences are given, so on a full disk it waits for space.
    fn commit(&self, journal: &mut Journal, group: &mut Group) -> Result<Committed, AppendError> {
        loop {
            match journal.append(group) {
                Err(AppendError::NoSpace) => {}
                answer => return answer,
            }
            let mut state = self.lock();
            state.is_full = true;
            if state.is_closing {
                return Err(AppendError::NoSpace);
            }
            drop(self.work.wait_timeout(state, Duration::from_millis(SPACE_RETRY_MS)));
        }
    }
}

/// What the last two rounds were like.
#[derive(Debug, Default)]
struct Rounds {
    records: [usize; 2],
    took: Duration,
}

impl Rounds {
    fn add(&mut self, records: usize, took: Duration) {
        self.records = [self.records[1], records];
        self.took = took;
    }

    /// As many records as the larger of both had.
    fn records(&self) -> usize {
        self.records[0].max(self.records[1])
    }

    fn patience(&self) -> Duration {
        (self.took / GATHER_PARTS).min(GATHER_MAX)
    }
}

struct FailOnPanic<'a>(&'a Shared);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().failure.get_or_insert_with(thread_is_gone);
            self.0.progress.notify_all();
        }
    }
}
