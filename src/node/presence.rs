//! Who is here, shared between the desk that hears heartbeats and the loop that answers questions.
//!
//! The leases themselves are [`oikos_bus::presence`]'s. They run by a steady clock of this process, which neither
//! `oikos clock` nor a jump of the machine's time moves.

use oikos_bus::presence::PresenceError;
use oikos_bus::subject::Name;
use oikos_protocol::wire::limits::LEASE_MS_MAX;
use oikos_protocol::wire::presence::Heartbeat;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Leases, with what the last heartbeat said.
type Leases = oikos_bus::presence::Presence<Heartbeat>;

/// Who is here; shared.
#[derive(Debug, Clone)]
pub struct Presence {
    leases: Arc<Mutex<Leases>>,
    since: Instant,
}

impl Default for Presence {
    fn default() -> Self {
        Self { leases: Arc::default(), since: Instant::now() }
    }
}

impl Presence {
    /// Takes a heartbeat in; one with a lease of zero is a good-bye.
    ///
    /// # Errors
    /// It names too many capabilities.
    pub fn renew(&self, who: &Name, heartbeat: Heartbeat) -> Result<(), PresenceError> {
        let now_ns = self.now_ns();
        let mut leases = self.lock();
        leases.expire(now_ns);
        if heartbeat.lease_ms == 0 {
            leases.leave(who);
            return Ok(());
        }
        let capabilities = heartbeat.capabilities.iter().map(|capability| capability.as_str().to_owned()).collect();
        let lease_ns = heartbeat.lease_ms.min(LEASE_MS_MAX) * 1_000_000;
        leases.heartbeat(who, capabilities, heartbeat, now_ns, lease_ns).map(drop)
    }

    /// Whether a participant's lease has not run out.
    #[must_use]
    pub fn is_here(&self, who: &Name) -> bool {
        self.lock().is_present(who, self.now_ns())
    }

    /// What the last heartbeat of a participant that is here said.
    #[must_use]
    pub fn said(&self, who: &Name) -> Option<Heartbeat> {
        self.lock().said(who, self.now_ns()).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_bus::presence::CAPABILITIES_MAX;
    use oikos_protocol::id::Capability;
    use oikos_protocol::wire::limits::PRESENCE_CAPABILITIES_MAX;

    #[test]
    fn a_heartbeat_is_shown_until_a_good_bye_and_one_with_too_much_is_not_taken() {
        assert_eq!(CAPABILITIES_MAX, PRESENCE_CAPABILITIES_MAX);
        let (presence, ann) = (Presence::default(), Name::new("ann").unwrap());
        let can = |many: usize| (0..many).map(|n| Capability::new(&format!("a{n}/v1")).unwrap()).collect();
        let beat = |lease_ms, many| Heartbeat { lease_ms, capabilities: can(many), capacity: 3, domains: Vec::new() };
        presence.renew(&ann, beat(60_000, 1)).unwrap();
        assert!(presence.is_here(&ann));
        assert_eq!(presence.said(&ann), Some(beat(60_000, 1)));
        presence.renew(&ann, beat(60_000, CAPABILITIES_MAX + 1)).unwrap_err();
        assert_eq!(presence.said(&ann), Some(beat(60_000, 1)));
        presence.renew(&ann, beat(0, 1)).unwrap();
        assert!(!presence.is_here(&ann) && presence.said(&ann).is_none());
    }
}
