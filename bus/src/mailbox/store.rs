//! All mailboxes, kept in a journal of their own.
//!
//! Every change is in the journal before it counts, one group a call; opening reads them all again.
//! Invariants: what [`Store::deliver`] took is there after a crash, and what [`Store::acknowledge`] removed stays
//! away; a call that fails has changed nothing here (after a poisoned journal, open again).
//! Blocking I/O, as the journal's. The time is given; it only stands beside the records.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use oikos_journal::{AppendError, Group, Journal, OpenError, Options, ReadError, Reader, Stamp, Storage};

use super::held::{Mailbox, Number, WAITING_MAX};
use super::record::{Change, decode, encode};
use crate::subject::Name;

/// Why mail was not taken, acknowledged or read back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The journal cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The journal did not take the change.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// A record that no version of this crate wrote.
    #[error("record {sequence} of the mail journal is no change of a mailbox")]
    NotAChange {
        /// Where it stands.
        sequence: u64,
    },
    /// A participant does not fetch its mail.
    #[error("{WAITING_MAX} messages wait for {who} already")]
    Full {
        /// Whose mailbox it is.
        who: Name,
    },
    /// More in one call than a group of the journal holds.
    #[error("the mail of one call is too large for a group of the journal")]
    TooLarge,
}

/// One message for one participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who it is for.
    pub to: Name,
    /// Its number; rising for each participant.
    pub number: Number,
    /// The message.
    pub body: Bytes,
}

/// All mailboxes.
#[derive(Debug)]
pub struct Store {
    journal: Journal,
    mailboxes: BTreeMap<Name, Mailbox>,
}

impl Store {
    /// Opens the journal and reads all mailboxes back.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::Read`] or [`StoreError::NotAChange`].
    pub fn open(storage: Arc<dyn Storage>, options: Options) -> Result<Self, StoreError> {
        let (journal, _) = Journal::open(Arc::clone(&storage), options)?;
        let mut mailboxes: BTreeMap<Name, Mailbox> = BTreeMap::new();
        let mut reader = Reader::open(storage)?;
        while let Some(record) = reader.next_record()? {
            let (who, number, change) =
                decode(record.bytes).ok_or(StoreError::NotAChange { sequence: record.sequence })?;
            let mailbox = mailboxes.entry(who).or_default();
            match change {
                Change::Taken(body) => mailbox.take(number, body),
                Change::Acknowledged => mailbox.acknowledge(number),
            };
        }
        Ok(Self { journal, mailboxes })
    }

    /// Takes what is new of this mail, all of it or none, and says how much that was. What a mailbox has had
    /// before, acknowledged or not, is left out: delivering again does no harm.
    ///
    /// # Errors
    /// [`StoreError::Full`], [`StoreError::TooLarge`] or [`StoreError::Append`]; nothing is taken then.
    pub fn deliver(&mut self, now_ns: u64, mail: &[Mail]) -> Result<usize, StoreError> {
        let mut group = new_group(now_ns);
        let mut taken: BTreeMap<&Name, (Number, usize)> = BTreeMap::new();
        let mut new = Vec::new();
        for message in mail {
            let held = self.mailboxes.get(&message.to);
            let (is_new_here, so_far) = match taken.get(&message.to) {
                Some(&(last, so_far)) => (message.number > last, so_far),
                None => (held.is_none_or(|held| held.is_new(message.number)), 0),
            };
            if !is_new_here {
                continue;
            }
            if held.map_or(0, Mailbox::len) + so_far >= WAITING_MAX {
                return Err(StoreError::Full { who: message.to.clone() });
            }
            taken.insert(&message.to, (message.number, so_far + 1));
            push(&mut group, &message.to, message.number, &Change::Taken(message.body.clone()))?;
            new.push(message);
        }
        if new.is_empty() {
            return Ok(0);
        }
        self.journal.append(&mut group)?;
        for Mail { to, number, body } in &new {
            self.mailboxes.entry(to.clone()).or_default().take(*number, body.clone());
        }
        Ok(new.len())
    }

    /// Removes what was read, and says how much of it was still there.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] or [`StoreError::Append`]; nothing is removed then.
    pub fn acknowledge(&mut self, now_ns: u64, who: &Name, numbers: &[Number]) -> Result<usize, StoreError> {
        let Some(mailbox) = self.mailboxes.get_mut(who) else {
            return Ok(0);
        };
        let mut there: Vec<Number> = numbers.iter().copied().filter(|number| mailbox.waits(*number)).collect();
        there.sort_unstable();
        there.dedup();
        if there.is_empty() {
            return Ok(0);
        }
        let mut group = new_group(now_ns);
        for number in &there {
            push(&mut group, who, *number, &Change::Acknowledged)?;
        }
        self.journal.append(&mut group)?;
        for number in &there {
            mailbox.acknowledge(*number);
        }
        Ok(there.len())
    }

    /// One participant's mailbox, if it ever had mail.
    #[must_use]
    pub fn mailbox(&self, who: &Name) -> Option<&Mailbox> {
        self.mailboxes.get(who)
    }

    /// Closes the journal, so that all is on disk whatever its options.
    ///
    /// # Errors
    /// [`StoreError::Append`].
    pub fn close(self) -> Result<(), StoreError> {
        self.journal.close()?;
        Ok(())
    }
}

fn new_group(now_ns: u64) -> Group {
    Group::new(Stamp { time_ns: now_ns, rules: 1, term: 1 })
}

fn push(group: &mut Group, who: &Name, number: Number, change: &Change) -> Result<(), StoreError> {
    group.push(&encode(who, number, change)).map_err(|_| StoreError::TooLarge)
}

#[cfg(test)]
mod tests {
    use oikos_journal::Memory;

    use super::*;

    fn n(seq: u64, index: u32) -> Number {
        Number { seq, index }
    }

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn mail(to: &str, number: Number, body: &str) -> Mail {
        Mail { to: name(to), number, body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    fn waiting(store: &Store, who: &str) -> Vec<(Number, String)> {
        let text = |body: &Bytes| String::from_utf8(body.to_vec()).unwrap();
        store.mailbox(&name(who)).into_iter().flat_map(|m| m.waiting().map(|(n, body)| (n, text(body)))).collect()
    }

    fn open(storage: &Arc<Memory>) -> Store {
        Store::open(Arc::clone(storage) as Arc<dyn Storage>, Options::live([7; 16])).unwrap()
    }

    #[test]
    fn mail_waits_over_a_restart_until_it_is_acknowledged_and_does_not_come_back() {
        let storage = Arc::new(Memory::new());
        let mut store = open(&storage);
        let sent = [mail("ann", n(1, 0), "a"), mail("ann", n(1, 1), "b"), mail("bob", n(1, 0), "c")];
        assert_eq!(store.deliver(1, &sent).unwrap(), 3);
        assert_eq!(store.acknowledge(2, &name("ann"), &[n(1, 0), n(1, 0), n(9, 9)]).unwrap(), 1);
        drop(store);

        let mut store = open(&storage);
        assert_eq!(waiting(&store, "ann"), [(n(1, 1), "b".to_owned())]);
        assert_eq!(waiting(&store, "bob"), [(n(1, 0), "c".to_owned())]);
        assert_eq!(store.deliver(3, &sent).unwrap(), 0, "the outbox delivers again after a crash");
        assert_eq!(store.acknowledge(4, &name("ann"), &[n(1, 0)]).unwrap(), 0, "acknowledged before");
        assert_eq!(store.acknowledge(4, &name("ann"), &[n(1, 1)]).unwrap(), 1);
        store.close().unwrap();
        let mut store = open(&storage);
        assert!(waiting(&store, "ann").is_empty());
        assert_eq!(store.deliver(5, &sent[..2]).unwrap(), 0);
    }

    #[test]
    fn a_number_is_taken_once_also_within_one_call() {
        let mut store = open(&Arc::new(Memory::new()));
        let twice = [mail("ann", n(2, 0), "x"), mail("ann", n(2, 0), "x"), mail("ann", n(1, 0), "late")];
        assert_eq!(store.deliver(1, &twice).unwrap(), 1);
        assert_eq!(waiting(&store, "ann"), [(n(2, 0), "x".to_owned())]);
    }

    #[test]
    fn a_full_mailbox_refuses_all_of_a_call_and_empties_again() {
        let mut store = open(&Arc::new(Memory::new()));
        let many: Vec<Mail> = (0..WAITING_MAX as u64).map(|seq| mail("ann", n(seq, 0), "")).collect();
        assert_eq!(store.deliver(1, &many).unwrap(), WAITING_MAX);
        let more = [mail("bob", n(1 << 40, 0), ""), mail("ann", n(1 << 40, 0), "")];
        assert!(matches!(store.deliver(1, &more), Err(StoreError::Full { who }) if who == name("ann")));
        assert!(store.mailbox(&name("bob")).is_none());
        store.acknowledge(2, &name("ann"), &[n(0, 0)]).unwrap();
        assert_eq!(store.deliver(3, &more).unwrap(), 2);
    }
}
