//! Who is here: a lease that heartbeats renew, and look-up by capability.
//!
//! What else a heartbeat says (`Said`) is kept as it is, for whoever looks the participant up.
//! Invariants: a participant is present exactly while its lease runs, so that a look-up gives the same answer
//! whether [`Presence::expire`] has run or not; it is listed under exactly the capabilities of its last heartbeat;
//! at most [`PARTICIPANTS_MAX`] are held, with at most [`CAPABILITIES_MAX`] each.
//! Absent on purpose: a clock (the time is given, in nanoseconds) and sending anything. That a participant has fallen
//! silent is the caller's to tell, from what `expire` returns.

use std::collections::{BTreeMap, BTreeSet};

use crate::subject::Name;

/// Participants held at a time.
pub const PARTICIPANTS_MAX: usize = 1_000_000;
/// Capabilities one participant may offer.
pub const CAPABILITIES_MAX: usize = 64;

/// Who is here.
#[derive(Debug)]
pub struct Presence<Said> {
    present: BTreeMap<Name, Lease<Said>>,
    /// In order, so that the first to lapse is found without a search.
    lapsing: BTreeSet<(u64, Name)>,
    offering: BTreeMap<String, BTreeSet<Name>>,
}

#[derive(Debug)]
struct Lease<Said> {
    until_ns: u64,
    capabilities: BTreeSet<String>,
    said: Said,
}

impl<Said> Default for Presence<Said> {
    fn default() -> Self {
        Self { present: BTreeMap::new(), lapsing: BTreeSet::new(), offering: BTreeMap::new() }
    }
}

/// What a heartbeat came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heartbeat {
    /// It was not here before, or no longer.
    Joined,
    /// Its lease goes on.
    Renewed,
}

/// Why a heartbeat was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresenceError {
    /// More than [`CAPABILITIES_MAX`].
    #[error("{capabilities} capabilities are offered, at most {CAPABILITIES_MAX} are held")]
    TooManyCapabilities {
        /// Capabilities offered.
        capabilities: usize,
    },
    /// More than [`PARTICIPANTS_MAX`].
    #[error("{PARTICIPANTS_MAX} participants are present, no more are held")]
    Full,
}

impl<Said> Presence<Said> {
    /// Takes a heartbeat: from `now_ns` on for `lease_ns` the participant is here and offers these capabilities.
    ///
    /// # Errors
    /// [`PresenceError`]; nothing changes then.
    pub fn heartbeat(
        &mut self,
        who: &Name,
        capabilities: BTreeSet<String>,
        said: Said,
        now_ns: u64,
        lease_ns: u64,
    ) -> Result<Heartbeat, PresenceError> {
        if capabilities.len() > CAPABILITIES_MAX {
            return Err(PresenceError::TooManyCapabilities { capabilities: capabilities.len() });
        }
        if !self.present.contains_key(who) && self.present.len() >= PARTICIPANTS_MAX {
            return Err(PresenceError::Full);
        }
        let was_here = self.is_present(who, now_ns);
        self.leave(who);
        let until_ns = now_ns.saturating_add(lease_ns);
        self.lapsing.insert((until_ns, who.clone()));
        for capability in &capabilities {
            self.offering.entry(capability.clone()).or_default().insert(who.clone());
        }
        self.present.insert(who.clone(), Lease { until_ns, capabilities, said });
        Ok(if was_here { Heartbeat::Renewed } else { Heartbeat::Joined })
    }

    /// Takes a goodbye; says whether the participant was held.
    pub fn leave(&mut self, who: &Name) -> bool {
        let Some(lease) = self.present.remove(who) else {
            return false;
        };
        self.lapsing.remove(&(lease.until_ns, who.clone()));
        for capability in &lease.capabilities {
            if let Some(names) = self.offering.get_mut(capability) {
                names.remove(who);
                if names.is_empty() {
                    self.offering.remove(capability);
                }
            }
        }
        true
    }

    /// Forgets those whose lease has run out, and names them, the first to lapse first.
    pub fn expire(&mut self, now_ns: u64) -> Vec<Name> {
        let mut gone = Vec::new();
        while let Some((until_ns, who)) = self.lapsing.first()
            && *until_ns <= now_ns
        {
            let who = who.clone();
            self.leave(&who);
            gone.push(who);
        }
        gone
    }

    /// Whether a participant is here.
    #[must_use]
    pub fn is_present(&self, who: &Name, now_ns: u64) -> bool {
        self.present.get(who).is_some_and(|lease| now_ns < lease.until_ns)
    }

    /// What a participant that is here said with its last heartbeat.
    #[must_use]
    pub fn said(&self, who: &Name, now_ns: u64) -> Option<&Said> {
        self.present.get(who).filter(|lease| now_ns < lease.until_ns).map(|lease| &lease.said)
    }

    /// Those who are here and offer a capability, by name.
    pub fn offering(&self, capability: &str, now_ns: u64) -> impl Iterator<Item = &Name> {
        self.offering.get(capability).into_iter().flatten().filter(move |who| self.is_present(who, now_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn offers(capabilities: &[&str]) -> BTreeSet<String> {
        capabilities.iter().map(|c| (*c).to_owned()).collect()
    }

    fn offering<Said>(presence: &Presence<Said>, capability: &str, now_ns: u64) -> Vec<String> {
        presence.offering(capability, now_ns).map(ToString::to_string).collect()
    }

    #[test]
    fn a_lease_lapses_unless_a_heartbeat_renews_it() {
        let mut presence = Presence::default();
        let (ann, bob) = (name("ann"), name("bob"));
        assert_eq!(presence.heartbeat(&ann, offers(&["a/v1"]), "said", 0, 10), Ok(Heartbeat::Joined));
        assert_eq!(presence.heartbeat(&bob, offers(&["a/v1"]), "said", 0, 10), Ok(Heartbeat::Joined));
        assert_eq!(presence.heartbeat(&ann, offers(&["a/v1"]), "said", 9, 10), Ok(Heartbeat::Renewed));
        assert_eq!(offering(&presence, "a/v1", 9), ["ann", "bob"]);
        assert_eq!(offering(&presence, "a/v1", 10), ["ann"], "also before expire has run");
        assert_eq!(presence.expire(10), [bob]);
        assert_eq!(presence.expire(10), []);
        assert_eq!(
            presence.heartbeat(&ann, offers(&[]), "said", 19, 10),
            Ok(Heartbeat::Joined),
            "it had lapsed unseen"
        );
    }

    #[test]
    fn the_last_heartbeat_says_what_is_offered() {
        let mut presence = Presence::default();
        let ann = name("ann");
        presence.heartbeat(&ann, offers(&["a/v1", "b/v1"]), "said", 0, 10).unwrap();
        presence.heartbeat(&ann, offers(&["b/v1"]), "said", 1, 10).unwrap();
        assert!(offering(&presence, "a/v1", 2).is_empty());
        assert_eq!(offering(&presence, "b/v1", 2), ["ann"]);
        assert_eq!((presence.said(&ann, 10), presence.said(&ann, 11)), (Some(&"said"), None));
        assert!(presence.leave(&ann) && !presence.leave(&ann));
        assert!(presence.offering.is_empty() && presence.lapsing.is_empty() && presence.present.is_empty());
    }

    #[test]
    fn a_heartbeat_with_too_much_changes_nothing() {
        let mut presence = Presence::default();
        let many = (0..=CAPABILITIES_MAX).map(|n| n.to_string()).collect();
        let refused = Err(PresenceError::TooManyCapabilities { capabilities: CAPABILITIES_MAX + 1 });
        assert_eq!(presence.heartbeat(&name("ann"), many, "said", 0, 10), refused);
        assert!(!presence.is_present(&name("ann"), 0));
    }
}
