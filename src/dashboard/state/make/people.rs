//! The rows of participants.

use super::super::sentence::kind_word;
use super::super::snapshot::{PeopleOrder, PersonRow};
use super::super::sum::Sum;
use super::filter::has;
use super::maker::{Maker, whole};
use crate::text::safe;
use oikos_protocol::id::{AssetId, ParticipantId};
use oikos_protocol::money::Share;
use oikos_views::people::Person;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

impl Maker<'_> {
    /// The first `rows` in an order, found in one pass that keeps no more than those.
    pub(super) fn people(&self, filter: &str, order: PeopleOrder, rows: usize) -> Vec<PersonRow> {
        let people = self.overview.people();
        let main = self.overview.main().map_or(AssetId(1), |main| main.asset);
        let key = |id: ParticipantId, who: &Person| -> i128 {
            match order {
                PeopleOrder::Earned => who.earned,
                PeopleOrder::Reputation => i128::from(who.reputation().millionths()),
                PeopleOrder::WinRate => i128::from(who.win_rate().map_or(0, Share::millionths)),
                PeopleOrder::Balance => people.free(id, main),
                PeopleOrder::Number => 0,
            }
        };
        let matches = |id: ParticipantId, who: &Person| {
            let line = || {
                let can: Vec<_> = people.capabilities(who).iter().map(|c| c.as_str()).collect();
                format!("{id} {} {} {}", self.facts.names.name(id), kind_word(who.kind), can.join(" "))
            };
            filter.is_empty() || has(&line(), filter)
        };
        let mut best = BinaryHeap::with_capacity(rows + 1);
        for (id, who) in people.all() {
            if !matches(id, who) {
                continue;
            }
            best.push((Reverse(key(id, who)), id));
            if best.len() > rows {
                best.pop();
            }
        }
        let found = best.into_sorted_vec();
        let held = self.held(found.iter().map(|(_, id)| *id).collect());
        found.into_iter().filter_map(|(_, id)| self.person(id, &held)).collect()
    }

    /// What is held for the tasks of these.
    fn held(&self, of: BTreeSet<ParticipantId>) -> BTreeMap<ParticipantId, i128> {
        let mut held = BTreeMap::new();
        let main = self.overview.main().map(|main| main.asset);
        for (_, life) in self.overview.timelines().open() {
            if of.contains(&life.poster) && Some(life.spec.asset) == main {
                *held.entry(life.poster).or_default() += life.purses.hold + life.purses.escrow;
            }
        }
        held
    }

    fn person(&self, id: ParticipantId, held: &BTreeMap<ParticipantId, i128>) -> Option<PersonRow> {
        let people = self.overview.people();
        let who = people.get(id)?;
        let main = self.overview.main();
        let scale = self.scale();
        let seen = self.facts.is_whole;
        let told = || {
            let row = self.facts.balances.iter().find(|row| main.is_some_and(|main| main.code == row.asset))?;
            let sum = |text: &str| scale.parse(text).ok().map(|amount| Sum::of(whole(amount), scale));
            Some((sum(&row.available.0)?, sum(&row.held.0)?))
        };
        let yours = if !seen && self.facts.you == Some(id) { told() } else { None };
        let whole_view = main.filter(|_| seen).map(|main| {
            let held = held.get(&id).copied().unwrap_or_default();
            (Sum::of(people.free(id, main.asset), scale), Sum::of(held, scale))
        });
        let (balance, held) = whole_view.or(yours).unzip();
        Some(PersonRow {
            participant: id,
            name: self.facts.names.name(id),
            kind: kind_word(who.kind),
            status: match &self.facts.present {
                Some(present) if present.contains(&id) => "here",
                Some(_) => "away",
                None => "-",
            },
            acts_for: (who.principal != id).then(|| self.facts.names.name(who.principal)),
            reputation: who.reputation().millionths(),
            settled: who.settled,
            defaulted: who.defaulted,
            bids: who.bids,
            wins: who.wins,
            win_rate: who.win_rate().map(Share::millionths),
            earned: Sum::of(who.earned, scale),
            balance,
            held,
            can: people.capabilities(who).iter().map(|capability| safe(capability.as_str())).collect(),
        })
    }
}
