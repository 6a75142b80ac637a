//! Events as a participant hears them: public ones and its own mail, in one stream, each once.
//!
//! Delivery is at least once; what was seen is dropped by its number. The memory of numbers is bounded: numbers far
//! behind the latest are taken for seen.

use oikos_bus::Subscription;
use oikos_protocol::wire::event::Numbered;
use std::collections::BTreeSet;

/// Numbers that are remembered.
const SEEN_MAX: usize = 8_192;

/// A stream of events.
#[derive(Debug)]
pub struct Events {
    public: Subscription,
    mail: Subscription,
    seen: Seen,
}

impl Events {
    pub(crate) const fn new(public: Subscription, mail: Subscription) -> Self {
        Self { public, mail, seen: Seen(BTreeSet::new()) }
    }

    /// The next event, or none when the connection has ended for good. What cannot be read is passed over.
    pub async fn next(&mut self) -> Option<Numbered> {
        loop {
            let envelope = tokio::select! {
                public = self.public.next() => public?,
                mail = self.mail.next() => mail?,
            };
            match serde_json::from_slice::<Numbered>(&envelope.body) {
                Ok(event) if self.seen.is_new((event.seq, event.index)) => return Some(event),
                Ok(_) => {}
                Err(why) => tracing::debug!(%why, "an event that cannot be read"),
            }
        }
    }
}

#[derive(Debug)]
struct Seen(BTreeSet<(u64, u32)>);

impl Seen {
    fn is_new(&mut self, number: (u64, u32)) -> bool {
        if self.0.contains(&number) {
            return false;
        }
        if self.0.len() >= SEEN_MAX {
            match self.0.first() {
                Some(oldest) if number < *oldest => return false,
                _ => self.0.pop_first(),
            };
        }
        self.0.insert(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_new_once_and_memory_stays_bounded() {
        let mut seen = Seen(BTreeSet::new());
        for seq in 0..SEEN_MAX as u64 + 1_000 {
            assert!(seen.is_new((seq, 0)));
            assert!(!seen.is_new((seq, 0)));
        }
        assert!(seen.0.len() <= SEEN_MAX);
        assert!(!seen.is_new((1, 0)), "forgotten numbers count as seen");
    }
}
