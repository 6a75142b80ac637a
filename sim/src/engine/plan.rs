//! The plan: everything of a scenario that no seed changes, made ready once for any number of runs.
//!
//! Participants and tasks are numbered here: the participant of number n in the scenario is `p(n+1)` of the economy,
//! whose operator is `p0`. Items and amenities become capabilities under prefixes of their own.

use crate::behaviour::business::{self, Candidate};
use crate::scenario::{Participant, Scenario, Task, TaskWindows};
use oikos_protocol::command::Command;
use oikos_protocol::command::asset::{DefineAsset, Issue, Regime};
use oikos_protocol::command::participant::Register;
use oikos_protocol::command::policy::SetFee;
use oikos_protocol::command::task::{Milestone, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use oikos_protocol::genesis::Limits;
use oikos_protocol::id::{AssetId, Capability, Hash32, ParticipantId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::time::{Span, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The only asset of a scenario; the first that is declared.
pub const ASSET: AssetId = AssetId(1);

/// What no seed changes.
#[derive(Debug)]
pub struct Plan<'s> {
    /// What it was made from.
    pub scenario: &'s Scenario,
    /// The operator's commands at the beginning, in order.
    pub opening: Vec<Command>,
    /// The tasks, as in the scenario.
    pub tasks: Vec<PlannedTask>,
    /// The limits of the economy.
    pub limits: Limits,
}

/// A task that is ready to be posted.
#[derive(Debug)]
pub struct PlannedTask {
    /// The poster's number.
    pub poster: u32,
    /// When it is posted.
    pub at: Timestamp,
    /// What is posted.
    pub spec: Arc<TaskSpec>,
    /// Who bids, in order of their numbers.
    pub candidates: Vec<Candidate>,
}

/// A scenario that no economy can hold, though each of its parts is in order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot be the name of a capability: {why}")]
pub struct PlanError {
    /// The item or amenity.
    pub name: String,
    /// Why.
    pub why: oikos_protocol::id::CapabilityError,
}

impl<'s> Plan<'s> {
    /// Makes a scenario ready.
    ///
    /// # Errors
    /// Where a name cannot become a capability, which a checked scenario does not have.
    pub fn new(scenario: &'s Scenario) -> Result<Self, PlanError> {
        let numbers: HashMap<&str, u32> =
            (0..).zip(&scenario.participants).map(|(n, p)| (p.name.as_str(), n)).collect();
        let number = |name: &str| numbers.get(name).copied().unwrap_or_default();
        let principals: Vec<u32> = (0..)
            .zip(&scenario.participants)
            .map(|(own, participant)| participant.principal.as_deref().map_or(own, number))
            .collect();
        let mut names = Names::default();
        let mut registrations = Vec::with_capacity(scenario.participants.len());
        for participant in &scenario.participants {
            let principal = participant.principal.as_deref().map(|name| id(number(name)));
            registrations.push(Command::Register(register(participant, principal, &mut names)?));
        }
        let sellers = business::Sellers::new(scenario, &principals);
        let mut tasks = Vec::with_capacity(scenario.tasks.len());
        for task in &scenario.tasks {
            let poster = number(&task.poster);
            tasks.push(PlannedTask {
                poster,
                at: Timestamp(task.at.0),
                spec: Arc::new(spec(task, scenario, &mut names)?),
                candidates: sellers.candidates(task, poster),
            });
        }
        let bids_max = tasks.iter().map(|task| task.candidates.len() as u32).max().unwrap_or_default();
        let limits = Limits { bids_max: bids_max.max(Limits::default().bids_max), ..Limits::default() };
        Ok(Self { scenario, opening: opening(scenario, registrations), tasks, limits })
    }
}

/// The participant of this number, as the economy numbers it.
#[must_use]
pub const fn id(number: u32) -> ParticipantId {
    ParticipantId(number as u64 + 1)
}

/// The number of a participant in the scenario; none for the operator.
#[must_use]
pub fn number(id: ParticipantId) -> Option<u32> {
    u32::try_from(id.0.checked_sub(1)?).ok()
}

fn opening(scenario: &Scenario, registrations: Vec<Command>) -> Vec<Command> {
    let regime = Regime::Issuer(ParticipantId::OPERATOR);
    let asset = DefineAsset { code: scenario.asset.code, scale: scenario.asset.scale, regime };
    let mut opening = vec![Command::DefineAsset(asset)];
    if scenario.fee > Share::NONE {
        opening.push(Command::SetFee(SetFee { fee: scenario.fee }));
    }
    opening.extend(registrations);
    for (number, participant) in (0..).zip(&scenario.participants) {
        if participant.money > Amount::ZERO {
            let reference = salted("endowment", &participant.name);
            opening.push(Command::Issue(Issue { asset: ASSET, to: id(number), amount: participant.money, reference }));
        }
    }
    opening
}

fn register(
    participant: &Participant,
    principal: Option<ParticipantId>,
    names: &mut Names,
) -> Result<Register, PlanError> {
    let items = participant.sells.keys().map(|item| ("item", item));
    let amenities = participant.amenities.iter().map(|amenity| ("amenity", amenity));
    let capabilities = items.chain(amenities).map(|(kind, name)| names.capability(kind, name));
    Ok(Register {
        kind: participant.kind,
        principal,
        name: salted("name", &participant.name),
        capabilities: capabilities.collect::<Result<_, _>>()?,
        calendar: participant.hours,
    })
}

fn spec(task: &Task, scenario: &Scenario, names: &mut Names) -> Result<TaskSpec, PlanError> {
    let TaskWindows { bid, accept, deliver, grace, review, retention, end } = scenario.windows;
    let requires = task.items.keys().map(|item| names.capability("item", item)).collect::<Result<_, _>>()?;
    let amenities: &[String] = if scenario.award.needs_amenities() { &task.amenities } else { &[] };
    let constraints = amenities.iter().map(|amenity| names.capability("amenity", amenity)).collect::<Result<_, _>>()?;
    let whole = Share::from_millionths(Share::WHOLE).unwrap_or_default();
    Ok(TaskSpec {
        asset: ASSET,
        budget: task.budget,
        input: salted("task", &task.name),
        requires,
        constraints,
        reputation_min: Share::NONE,
        mechanism: task.mechanism,
        reserve: None,
        sealing: Sealing::Sealed,
        selection: Selection::Automatic,
        bid_deposit: scenario.deposits.bid,
        performance_bond: scenario.deposits.bond,
        damages_max: scenario.deposits.damages,
        cancel_fee: Amount::ZERO,
        approver: None,
        confirm_above: None,
        evaluator: None,
        review_default: ReviewDefault::Accept,
        milestones: vec![Milestone { share: whole, deliver }],
        windows: Windows { approve: Span::hours(24), bid, accept, grace, review, retention },
        // Commands of one moment follow each other by a nanosecond, so the end gets an hour of its own.
        ends_at: Timestamp(task.at.0).after(end).after(Span::hours(1)),
    })
}

/// A hash under a purpose of its own. Not secret: scenarios hold nobody's personal data.
#[must_use]
pub fn salted(purpose: &str, text: &str) -> Hash32 {
    let mut hash = blake3::Hasher::new();
    hash.update(b"oikos.sim.name.1").update(&(purpose.len() as u64).to_le_bytes());
    hash.update(purpose.as_bytes()).update(text.as_bytes());
    Hash32(*hash.finalize().as_bytes())
}

/// Capabilities that were made before, so that a thousand sellers of bread share the work.
#[derive(Default)]
struct Names(BTreeMap<(&'static str, String), Capability>);

impl Names {
    /// `item:bread`; a name too long for a capability keeps its beginning and gets its hash for an end.
    fn capability(&mut self, kind: &'static str, name: &str) -> Result<Capability, PlanError> {
        if let Some(known) = self.0.get(&(kind, name.to_owned())) {
            return Ok(known.clone());
        }
        let mut text = format!("{kind}:{name}");
        if text.len() > Capability::BYTES_MAX {
            let end = format!("#{}", &salted(kind, name).to_string()[..32]);
            let keep = Capability::BYTES_MAX - end.len();
            let keep = (0..=keep).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            text.truncate(keep);
            text.push_str(&end);
        }
        let capability = Capability::new(&text).map_err(|why| PlanError { name: name.to_owned(), why })?;
        self.0.insert((kind, name.to_owned()), capability.clone());
        Ok(capability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_and_amenities_of_one_name_and_long_names_stay_apart() {
        let mut names = Names::default();
        let mut name = |kind, text: &str| names.capability(kind, text).unwrap().as_str().to_owned();
        assert_eq!(name("item", "bread"), "item:bread");
        assert_ne!(name("item", "wifi"), name("amenity", "wifi"));
        let (a, b) = ("é".repeat(99) + "a", "é".repeat(99) + "b");
        assert!(name("item", &a).len() <= Capability::BYTES_MAX);
        assert_ne!(name("item", &a), name("item", &b));
    }
}
