//! What an identity may publish to and subscribe to.
//!
//! Owns the two lists of filters, allowed and denied, for either direction.
//! Invariants: a denial outweighs an allowance; a subscription is allowed only where *all* it could hear is
//! allowed (subset, not overlap); one that overlaps a denied filter without lying inside it is granted, but
//! each message is checked again before it is delivered.
//! Absent on purpose: permissions for one queue group only, and permission to answer by the fact of being
//! asked (`allow_responses`): participants answer through commands.
//! Source: NATS documentation, "Authorization". Stricter than nats-server 2.15 in one case: there the
//! allowance `a.*` also grants the subscription `a.>`, here it does not.

use std::sync::Arc;

use crate::subject::{Filter, Subject, covers, overlaps};

/// Filters allowed and denied in one direction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// `None` allows everything that is not denied; an empty list allows nothing.
    pub allow: Option<Vec<Filter>>,
    /// Outweighs `allow`.
    pub deny: Vec<Filter>,
}

/// What an identity may do. Cheap to clone; the default allows everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    publish: Option<Arc<Rules>>,
    subscribe: Option<Arc<Rules>>,
}

/// The answer to "may it subscribe to this filter?"
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// No.
    Refused,
    /// Yes, and nothing it hears is denied.
    Whole,
    /// Yes, but each message must pass [`Permissions::may_hear`].
    Sifted,
}

impl Permissions {
    /// These rules in the two directions.
    #[must_use]
    pub fn new(publish: Rules, subscribe: Rules) -> Self {
        Self { publish: Some(Arc::new(publish)), subscribe: Some(Arc::new(subscribe)) }
    }

    /// What a participant of an economy gets: it publishes to its own command subject and its presence, hears
    /// its own mail, public events and capabilities, and uses inboxes for answers.
    #[must_use]
    pub fn of_participant(commands: &Subject, presence: &Subject, hears: Vec<Filter>, inbox: Filter) -> Self {
        let mut subscribe = hears;
        subscribe.push(inbox.clone());
        Self::new(
            Rules { allow: Some(vec![Filter::from(commands), Filter::from(presence), inbox]), deny: Vec::new() },
            Rules { allow: Some(subscribe), deny: Vec::new() },
        )
    }

    /// Whether nothing is forbidden in publishing, so that no subject needs a look.
    #[must_use]
    pub(crate) const fn publishes_freely(&self) -> bool {
        self.publish.is_none()
    }

    /// Whether it may publish to this subject.
    #[must_use]
    pub fn may_publish(&self, subject: &[u8]) -> bool {
        self.publish.as_ref().is_none_or(|rules| {
            rules.allow.as_ref().is_none_or(|allow| allow.iter().any(|f| covers(f.as_str().as_bytes(), subject)))
                && !rules.deny.iter().any(|f| covers(f.as_str().as_bytes(), subject))
        })
    }

    /// Whether, and how, it may subscribe to this filter.
    #[must_use]
    pub fn may_subscribe(&self, filter: &[u8]) -> Grant {
        let Some(rules) = &self.subscribe else {
            return Grant::Whole;
        };
        let within = |f: &Filter| covers(f.as_str().as_bytes(), filter);
        if rules.allow.as_ref().is_some_and(|allow| !allow.iter().any(within)) || rules.deny.iter().any(within) {
            return Grant::Refused;
        }
        if rules.deny.iter().any(|f| overlaps(f.as_str().as_bytes(), filter)) { Grant::Sifted } else { Grant::Whole }
    }

    /// Whether a message on this subject may reach a subscription that was granted [`Grant::Sifted`].
    #[must_use]
    pub fn may_hear(&self, subject: &[u8]) -> bool {
        self.subscribe.as_ref().is_none_or(|rules| !rules.deny.iter().any(|f| covers(f.as_str().as_bytes(), subject)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(texts: &[&str]) -> Vec<Filter> {
        texts.iter().map(|t| Filter::new(t).unwrap()).collect()
    }

    fn rules(allow: &[&str], deny: &[&str]) -> Rules {
        Rules { allow: Some(filters(allow)), deny: filters(deny) }
    }

    #[test]
    fn a_subscription_must_lie_within_what_is_allowed() {
        let p = Permissions::new(Rules::default(), rules(&["s.*", "t.>"], &["t.secret.>", "t.x"]));
        for (filter, expected) in [
            ("s.a", Grant::Whole),
            ("s.*", Grant::Whole),
            ("s.>", Grant::Refused),
            (">", Grant::Refused),
            ("*.a", Grant::Refused),
            ("no", Grant::Refused),
            ("t.x", Grant::Refused),
            ("t.secret.a", Grant::Refused),
            ("t.secret.*", Grant::Refused),
            ("t.secret.>", Grant::Refused),
            ("t.*", Grant::Sifted),
            ("t.>", Grant::Sifted),
            ("t.y.>", Grant::Whole),
        ] {
            assert_eq!(p.may_subscribe(filter.as_bytes()), expected, "{filter}");
        }
        assert!(p.may_hear(b"t.y") && !p.may_hear(b"t.x") && !p.may_hear(b"t.secret.a"));
    }

    #[test]
    fn a_denial_outweighs_an_allowance_and_an_empty_list_allows_nothing() {
        let p = Permissions::new(rules(&["ok.>"], &["ok.no.>"]), rules(&[], &[]));
        assert!(p.may_publish(b"ok.a") && !p.may_publish(b"ok.no.a") && !p.may_publish(b"other"));
        assert_eq!(p.may_subscribe(b"a"), Grant::Refused);
        // A publisher's "wildcard" is no way around: the subject is compared token by token.
        assert!(!p.may_publish(b">") && !p.may_publish(b"*.a"));
    }

    #[test]
    fn a_participant_commands_as_itself_and_reads_its_own_mail() {
        let subject = |text| Subject::new(text).unwrap();
        let p = Permissions::of_participant(
            &subject("oikos.k.cmd.ann"),
            &subject("oikos.k.presence.ann"),
            filters(&["oikos.k.mail.ann", "oikos.k.evt.>"]),
            Filter::new("_INBOX.ann.>").unwrap(),
        );
        assert!(p.may_publish(b"oikos.k.cmd.ann") && !p.may_publish(b"oikos.k.cmd.bob"));
        assert_eq!(p.may_subscribe(b"oikos.k.mail.ann"), Grant::Whole);
        for foreign in
            ["oikos.k.mail.bob", "oikos.k.mail.*", "oikos.k.>", ">", "_INBOX.>", "_INBOX.bob.x", "oikos.k.cmd.*"]
        {
            assert_eq!(p.may_subscribe(foreign.as_bytes()), Grant::Refused, "{foreign}");
        }
    }
}
