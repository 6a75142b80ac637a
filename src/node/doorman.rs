//! The doorman: as whom a key comes in at the embedded listener, and what it may say and hear there.
//!
//! Invariants: a participant publishes on its own subjects and hears its own mail and what is public; a key nobody
//! knows may ask for `oikos.info` and join; nobody may do everything, since the node needs no connection; inboxes are `_INBOX.<public key>.>`, so that nobody reads another's answers.

use crate::node::clock::Face;
use crate::node::directory::{OPERATOR, SharedDirectory};
use crate::node::keys::Keys;
use oikos_bus::Filter;
use oikos_bus::broker::auth::{Admission, Proof};
use oikos_bus::identity::Identity;
use oikos_bus::identity::nkey::PublicKey;
use oikos_bus::identity::permission::{Permissions, Rules};
use oikos_bus::subject::Name;
use std::sync::Arc;

/// What a participant may publish on, after `oikos.<economy>.`.
pub const ROOMS: [&str; 7] = ["cmd", "keys", "query", "content", "mailbox", "presence", "tell"];

/// As whom a key comes in.
#[derive(Debug, Clone)]
pub struct Doorman {
    /// The economy.
    pub economy: Name,
    /// Whose keys are whose.
    pub keys: Arc<Keys>,
    /// Names.
    pub directory: SharedDirectory,
    /// The time.
    pub clock: Arc<Face>,
}

impl Admission for Doorman {
    fn required(&self) -> bool {
        true
    }

    fn admit(&self, proof: Proof<'_>) -> Option<Identity> {
        let Proof::Nkey(key) = proof else { return None };
        // The identity is the key, so that revoking one key cuts its connections and no others.
        let name = Arc::from(key.to_string());
        Some(Identity { name, permissions: self.permissions(key) })
    }
}

impl Doorman {
    fn permissions(&self, key: PublicKey) -> Permissions {
        let economy = &self.economy;
        let inbox = format!("_INBOX.{key}.>");
        let mut publish = vec![inbox.clone(), "oikos.info".to_owned(), format!("oikos.{economy}.join")];
        let mut subscribe = vec![inbox];
        let binding = self.keys.current(key, self.clock.now_ns());
        let directory = self.directory.read();
        let who = binding.and_then(|binding| directory.of_hash(binding.whose)).and_then(|who| directory.name(who));
        if let Some(name) = who {
            publish.extend(ROOMS.iter().map(|room| format!("oikos.{economy}.{room}.{name}")));
            subscribe.extend([
                format!("oikos.{economy}.mail.{name}"),
                format!("oikos.{economy}.told.{name}"),
                format!("oikos.{economy}.evt.>"),
                format!("oikos.{economy}.cap.>"),
            ]);
            if name.as_str() == OPERATOR {
                publish.push(format!("oikos.{economy}.operator"));
            }
        }
        // Names and keys hold no character that a filter would refuse.
        let filters = |texts: Vec<String>| texts.iter().filter_map(|text| Filter::new(text).ok()).collect();
        let only = |texts| Rules { allow: Some(filters(texts)), deny: Vec::new() };
        Permissions::new(only(publish), only(subscribe))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::clock::{Machine, SequencerClock};
    use oikos_bus::identity::nkey::KeyPair;
    use oikos_bus::identity::permission::Grant;

    #[test]
    fn a_key_nobody_knows_may_ask_what_this_is_and_join_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let stranger = KeyPair::from_secret([2; 32]).public();
        let doorman = Doorman {
            economy: Name::new("kitchen").unwrap(),
            keys: Arc::new(Keys::open(&folder.path().join("keys")).unwrap()),
            directory: SharedDirectory::default(),
            clock: SequencerClock::begin(Machine::system()).face(),
        };
        assert_eq!(doorman.admit(Proof::Nothing), None);
        let may = doorman.admit(Proof::Nkey(stranger)).unwrap().permissions;
        assert!(may.may_publish(b"oikos.info") && may.may_publish(b"oikos.kitchen.join"));
        for subject in ["oikos.kitchen.cmd.mara", "oikos.kitchen.operator", "oikos.kitchen.evt.task.0", "x"] {
            assert!(!may.may_publish(subject.as_bytes()), "{subject}");
        }
        for filter in ["oikos.kitchen.evt.>", ">", "_INBOX.>", "oikos.kitchen.mail.*"] {
            assert_eq!(may.may_subscribe(filter.as_bytes()), Grant::Refused, "{filter}");
        }
        assert_eq!(may.may_subscribe(format!("_INBOX.{stranger}.a").as_bytes()), Grant::Whole);
    }
}
