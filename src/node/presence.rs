//! Presence: who is here, by a lease that heartbeats renew. Nothing depends on it but a look-up.
//!
//! Invariant: bounded by the number of participants; a lease that ran out counts no more.

use oikos_protocol::id::ParticipantId;
use oikos_protocol::wire::limits::LEASE_MS_MAX;
use oikos_protocol::wire::presence::Heartbeat;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who is here; shared.
#[derive(Debug, Clone, Default)]
pub struct Presence(Arc<Mutex<HashMap<ParticipantId, Instant>>>);

impl Presence {
    /// Takes a heartbeat in.
    pub fn renew(&self, whose: ParticipantId, heartbeat: &Heartbeat) {
        self.renew_at(Instant::now(), whose, heartbeat);
    }

    fn renew_at(&self, now: Instant, whose: ParticipantId, heartbeat: &Heartbeat) {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heartbeat.lease_ms == 0 {
            leases.remove(&whose);
        } else {
            leases.insert(whose, now + Duration::from_millis(heartbeat.lease_ms.min(LEASE_MS_MAX)));
        }
    }

    /// Whether a participant's lease has not run out.
    #[must_use]
    pub fn is_here(&self, whose: ParticipantId) -> bool {
        self.is_here_at(Instant::now(), whose)
    }

    fn is_here_at(&self, now: Instant, whose: ParticipantId) -> bool {
        let leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        leases.get(&whose).is_some_and(|&until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_runs_out_is_renewed_and_given_up() {
        let (presence, ann, now) = (Presence::default(), ParticipantId(1), Instant::now());
        let beat = |lease_ms| Heartbeat { lease_ms, capabilities: Vec::new(), capacity: 1 };
        presence.renew_at(now, ann, &beat(1_000));
        let at = |ms| now + Duration::from_millis(ms);
        assert!(presence.is_here_at(at(999), ann) && !presence.is_here_at(at(1_000), ann));
        presence.renew_at(at(500), ann, &beat(1_000));
        assert!(presence.is_here_at(at(1_400), ann));
        presence.renew_at(at(600), ann, &beat(0));
        assert!(!presence.is_here_at(at(601), ann));
        presence.renew_at(now, ann, &beat(u64::MAX));
        assert!(!presence.is_here_at(at(LEASE_MS_MAX), ann));
    }
}
