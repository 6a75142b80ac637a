//! Names of participants: a million of them in a few dozen megabytes.
//!
//! Invariants: a name is cleaned when it is learned (see [`crate::text`]); learning the same again takes no memory.
//! All names stand in one text, and a participant's number is its place in the list of where they begin.

use oikos_protocol::id::ParticipantId;
use std::collections::BTreeMap;

/// Numbers are dense. One that is so far beyond the last that is known stands apart, and the list does not grow for it.
const LEAP_MAX: usize = 1 << 16;

/// Names of participants, cleaned.
#[derive(Debug, Clone, Default)]
pub struct Names {
    text: String,
    /// Where a name begins and how long it is; nothing is that long where none is known.
    places: Vec<Place>,
    apart: BTreeMap<ParticipantId, Box<str>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    begins: u32,
    bytes: u32,
}

impl Names {
    /// Learns a name. Everything in it that steers a terminal is escaped here.
    pub fn learn(&mut self, id: ParticipantId, name: &str) {
        let name = crate::text::safe(name);
        if self.known(id) == Some(&*name) {
            return;
        }
        let number = usize::try_from(id.0).ok().filter(|&number| number < self.places.len() + LEAP_MAX);
        let place = u32::try_from(self.text.len()).ok().zip(u32::try_from(name.len()).ok());
        let (Some(number), Some((begins, bytes))) = (number, place) else {
            self.apart.insert(id, name.into());
            return;
        };
        if number >= self.places.len() {
            self.places.resize(number + 1, Place::default());
        }
        self.text.push_str(&name);
        self.places[number] = Place { begins, bytes };
        self.apart.remove(&id);
    }

    fn known(&self, id: ParticipantId) -> Option<&str> {
        let place = usize::try_from(id.0).ok().and_then(|number| self.places.get(number)).filter(|at| at.bytes > 0);
        match place {
            Some(&Place { begins, bytes }) => self.text.get(begins as usize..begins as usize + bytes as usize),
            None => self.apart.get(&id).map(|name| &**name),
        }
    }

    /// The name; the number where it is not known.
    #[must_use]
    pub fn name(&self, id: ParticipantId) -> String {
        self.known(id).map_or_else(|| id.to_string(), str::to_owned)
    }

    /// Whether it is known.
    #[must_use]
    pub fn knows(&self, id: ParticipantId) -> bool {
        self.known(id).is_some()
    }

    /// The participant of exactly this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ParticipantId> {
        let numbers = (0..self.places.len() as u64).map(ParticipantId).chain(self.apart.keys().copied());
        numbers.into_iter().find(|id| self.known(*id) == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_by_its_number_and_a_new_one_takes_its_place() {
        let mut names = Names::default();
        let (ann, far) = (ParticipantId(7), ParticipantId(u64::MAX));
        names.learn(ann, "ann");
        names.learn(far, "\u{1b}[2J王梅");
        assert_eq!((names.name(ann), names.name(far)), ("ann".to_owned(), r"\u{1b}[2J王梅".to_owned()));
        assert_eq!((names.find("ann"), names.find("bob")), (Some(ann), None));
        assert_eq!(names.name(ParticipantId(3)), ParticipantId(3).to_string());
        names.learn(ann, "anna");
        assert_eq!((names.name(ann), names.find("ann")), ("anna".to_owned(), None));
    }

    #[test]
    fn names_heard_again_and_again_take_no_memory_and_a_far_number_no_list() {
        let mut names = Names::default();
        for _ in 0..100 {
            (0..100).for_each(|n| names.learn(ParticipantId(n), &format!("participant-{n:03}")));
            names.learn(ParticipantId(u64::MAX / 2), "far");
        }
        assert_eq!((names.text.len(), names.places.len(), names.apart.len()), (1_500, 100, 1));
    }
}
