//! The next segment, made before it is needed.
//!
//! Owns the prepared file between its making and its use. A disk that is full is noticed here,
//! while the current segment still has room; making the file again is no retry of a sync, for the
//! half-made file is thrown away. Any other failure is handed on and ends the journal.

use crate::options::{Options, Prepare};
use crate::segment::{self, Fill, temporary_name};
use crate::storage::{Handle, Storage};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

type Made = io::Result<Box<dyn Handle>>;

#[derive(Debug)]
enum Slot {
    Empty,
    Working(JoinHandle<Made>),
    Made(Made),
}

#[derive(Debug)]
pub(crate) struct Preparer {
    storage: Arc<dyn Storage>,
    options: Options,
    number: u64,
    /// How the next one is made.
    fill: Fill,
    slot: Slot,
    /// The disk was full when this segment was tried before: it counts as full until a try has found otherwise.
    was_full: bool,
    stop: Arc<AtomicBool>,
}

impl Preparer {
    pub(crate) fn new(storage: Arc<dyn Storage>, options: Options) -> Self {
        Self {
            storage,
            options,
            number: 0,
            fill: options.fill,
            slot: Slot::Empty,
            was_full: false,
            stop: Arc::default(),
        }
    }

    /// Begins to make segment `number` this way, if the options say that it is made ahead.
    pub(crate) fn begin(&mut self, number: u64, fill: Fill) {
        self.number = number;
        self.fill = fill;
        self.was_full = false;
        self.slot = match self.options.prepare {
            Prepare::OnDemand => Slot::Empty,
            Prepare::Inline => Slot::Made(self.make(number)),
            Prepare::Background => {
                let (storage, stop) = (Arc::clone(&self.storage), Arc::clone(&self.stop));
                let bytes = self.options.segment_bytes;
                let work = move || make(&*storage, number, bytes, fill, &stop);
                match std::thread::Builder::new().name("oikos-segment".into()).spawn(work) {
                    Ok(thread) => Slot::Working(thread),
                    Err(error) => Slot::Made(Err(error)),
                }
            }
        };
    }

    /// The prepared file of segment `number`; made now if it is not there, or if the disk was full.
    pub(crate) fn take(&mut self, number: u64) -> Made {
        self.settle();
        match std::mem::replace(&mut self.slot, Slot::Empty) {
            Slot::Made(Err(error)) if error.kind() != io::ErrorKind::StorageFull => Err(error),
            Slot::Made(Ok(file)) if self.number == number => Ok(file),
            _ => {
                let made = self.make(number);
                if let Err(error) = &made {
                    self.number = number;
                    self.slot = Slot::Made(Err(error.kind().into()));
                }
                made
            }
        }
    }

    /// Whether the last try found the disk full. Does not wait.
    pub(crate) fn is_full(&mut self) -> bool {
        if let Slot::Working(thread) = &self.slot
            && thread.is_finished()
        {
            self.settle();
        }
        match &self.slot {
            Slot::Working(_) => self.was_full,
            Slot::Made(Err(error)) => error.kind() == io::ErrorKind::StorageFull,
            Slot::Made(Ok(_)) | Slot::Empty => false,
        }
    }

    /// Tries again if the disk was full and nobody is trying.
    pub(crate) fn try_again(&mut self) {
        if self.is_full() && !matches!(self.slot, Slot::Working(_)) {
            self.begin(self.number, self.fill);
            self.was_full = true;
        }
    }

    fn make(&self, number: u64) -> Made {
        make(&*self.storage, number, self.options.segment_bytes, self.fill, &self.stop)
    }

    /// Waits for the thread, if there is one.
    fn settle(&mut self) {
        self.slot = match std::mem::replace(&mut self.slot, Slot::Empty) {
            Slot::Working(thread) => {
                let panicked = |_| Err(io::Error::other("the thread that makes segments panicked"));
                Slot::Made(thread.join().unwrap_or_else(panicked))
            }
            other => other,
        };
    }

    /// Stops, waits, and takes an unused file away.
    pub(crate) fn abandon(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.settle();
        if let Slot::Made(Ok(_)) = std::mem::replace(&mut self.slot, Slot::Empty) {
            // A leftover does no harm: the next opening removes it.
            drop(self.storage.remove(&temporary_name(self.number)));
        }
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.settle();
    }
}

fn make(storage: &dyn Storage, number: u64, segment_bytes: u64, fill: Fill, stop: &AtomicBool) -> Made {
    let made = segment::prepare(storage, number, segment_bytes, fill, stop);
    if made.is_err() {
        // Gives the space back; what matters is the first error.
        drop(storage.remove(&temporary_name(number)));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::SyncMode;
    use crate::storage::{Failing, Failure, Memory};
    use std::time::{Duration, Instant};

    #[test]
    fn a_full_disk_counts_as_full_while_it_is_tried_again_and_no_longer_once_there_is_space() {
        let disk = Failing::from(Memory::new(), Failure::Full, 0);
        let options = Options {
            journal: [1; 16],
            segment_bytes: 64 << 10,
            sync: SyncMode::Every,
            prepare: Prepare::Background,
            fill: Fill::Zeros,
        };
        let mut preparer = Preparer::new(Arc::new(disk.clone()), options);
        preparer.begin(2, Fill::Zeros);
        let until = |preparer: &mut Preparer, full: bool| {
            let begun = Instant::now();
            while preparer.is_full() != full {
                assert!(begun.elapsed() < Duration::from_secs(10));
                std::thread::yield_now();
            }
        };
        until(&mut preparer, true);
        for _ in 0..200 {
            preparer.try_again();
            assert!(preparer.is_full(), "a try that has not ended is no space");
        }
        disk.heal();
        let begun = Instant::now();
        while preparer.is_full() {
            assert!(begun.elapsed() < Duration::from_secs(10));
            preparer.try_again();
        }
        assert!(preparer.take(2).is_ok());
    }
}
