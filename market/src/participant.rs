//! Participants: who is who, for whom they act, and what they may commit without asking.
//!
//! Invariants: a principal has no principal of its own; what a participant has committed in an asset
//! is the sum of the budgets of its tasks that wait for approval or are open.

use crate::calendar::{self, USUAL_WEEK};
use crate::capability::{Capabilities, CapabilityNumber};
use crate::economy::Economy;
use crate::reputation::Reputation;
use alloc::vec::Vec;
use oikos_protocol::command::participant::{ParticipantKind, Register, SetMandate, WorkingWeek};
use oikos_protocol::event::Event;
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::id::{AssetId, Capability, Hash32, ParticipantId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::participant::ParticipantRejection;
use serde::{Deserialize, Serialize};

/// A participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// What it is.
    pub kind: ParticipantKind,
    /// For whom it acts; itself where for nobody else.
    pub principal: ParticipantId,
    /// The salted hash of its name.
    pub name: Hash32,
    /// What it has earned.
    pub reputation: Reputation,
    pub(crate) calendar: Option<WorkingWeek>,
    pub(crate) capabilities: Vec<CapabilityNumber>,
    mandates: Vec<SetMandate>,
    committed: Vec<(AssetId, Amount)>,
}

impl Participant {
    /// The mandate that bounds it in an asset.
    #[must_use]
    pub fn mandate(&self, asset: AssetId) -> Option<&SetMandate> {
        self.mandates.iter().find(|mandate| mandate.asset == asset)
    }

    /// The budgets of its tasks that are not over, in an asset.
    #[must_use]
    pub fn committed(&self, asset: AssetId) -> Amount {
        self.committed.iter().find(|(of, _)| *of == asset).map_or(Amount::ZERO, |(_, amount)| *amount)
    }

    pub(crate) fn committed_mut(&mut self, asset: AssetId) -> &mut Amount {
        let index = self.committed.iter().position(|(of, _)| *of == asset).unwrap_or_else(|| {
            self.committed.push((asset, Amount::ZERO));
            self.committed.len() - 1
        });
        &mut self.committed[index].1
    }

    pub(crate) fn all_committed(&self) -> &[(AssetId, Amount)] {
        &self.committed
    }

    pub(crate) fn has(&self, capability: CapabilityNumber) -> bool {
        self.capabilities.binary_search(&capability).is_ok()
    }

    /// The hours in which it works, where it does not work around the clock.
    pub(crate) fn week(&self) -> Option<WorkingWeek> {
        (self.kind == ParticipantKind::Human).then(|| self.calendar.unwrap_or(USUAL_WEEK))
    }
}

/// All participants; number 0 is the operator.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Participants(Vec<Participant>);

impl Participants {
    pub(crate) fn new() -> Self {
        let operator = Participant {
            kind: ParticipantKind::Organisation,
            principal: ParticipantId::OPERATOR,
            name: Hash32::ZERO,
            reputation: Reputation::default(),
            calendar: None,
            capabilities: Vec::new(),
            mandates: Vec::new(),
            committed: Vec::new(),
        };
        Self(alloc::vec![operator])
    }

    pub(crate) fn get(&self, id: ParticipantId) -> Option<&Participant> {
        self.0.get(usize::try_from(id.0).ok()?)
    }

    pub(crate) fn get_mut(&mut self, id: ParticipantId) -> Option<&mut Participant> {
        self.0.get_mut(usize::try_from(id.0).ok()?)
    }

    /// The reputation of a participant; none where it is unknown.
    pub(crate) fn reputation(&self, id: ParticipantId) -> Share {
        self.get(id).map_or(Share::NONE, |participant| participant.reputation.share())
    }

    /// The principal of a participant; itself where it is unknown.
    pub(crate) fn principal(&self, id: ParticipantId) -> ParticipantId {
        self.get(id).map_or(id, |participant| participant.principal)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (ParticipantId, &Participant)> {
        (0..).map(ParticipantId).zip(&self.0)
    }

    pub(crate) fn evolve(&mut self, event: &ParticipantEvent, names: &mut Capabilities) {
        match event {
            ParticipantEvent::Registered { participant, kind, principal, name, capabilities, calendar } => {
                let mut capabilities: Vec<_> = capabilities.iter().map(|name| names.number(name)).collect();
                capabilities.sort_unstable();
                self.0.push(Participant {
                    kind: *kind,
                    principal: principal.unwrap_or(*participant),
                    name: *name,
                    reputation: Reputation::default(),
                    calendar: *calendar,
                    capabilities,
                    mandates: Vec::new(),
                    committed: Vec::new(),
                });
            }
            ParticipantEvent::MandateSet(mandate) => {
                if let Some(bound) = self.get_mut(mandate.participant) {
                    bound.mandates.retain(|earlier| earlier.asset != mandate.asset);
                    bound.mandates.push(mandate.clone());
                }
            }
        }
    }
}

/// Takes a participant in.
pub(crate) fn register(
    ask: &Register,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    if by != ParticipantId::OPERATOR && ask.principal != Some(by) {
        return Err(ParticipantRejection::NotThePrincipal { by }.into());
    }
    if let Some(principal) = ask.principal {
        let known = economy.participants.get(principal).ok_or(ParticipantRejection::UnknownPrincipal { principal })?;
        if known.principal != principal {
            return Err(ParticipantRejection::NestedPrincipal { principal }.into());
        }
    }
    check_capabilities(&ask.capabilities, economy.genesis.limits.capabilities_max)?;
    if let Some(week) = &ask.calendar {
        if !calendar::is_valid(week) {
            return Err(ParticipantRejection::BadCalendar {}.into());
        }
        if ask.kind != ParticipantKind::Human {
            return Err(ParticipantRejection::CalendarOfAMachine {}.into());
        }
    }
    let participant = ParticipantId(economy.participants.len() as u64);
    out.push(Event::Participant(ParticipantEvent::Registered {
        participant,
        kind: ask.kind,
        principal: ask.principal,
        name: ask.name,
        capabilities: ask.capabilities.clone(),
        calendar: ask.calendar,
    }));
    Ok(Reply::Participant(participant))
}

fn check_capabilities(capabilities: &[Capability], max: u32) -> Result<(), Rejection> {
    let given = u32::try_from(capabilities.len()).unwrap_or(u32::MAX);
    if given > max {
        return Err(ParticipantRejection::TooManyCapabilities { given, max }.into());
    }
    match first_repeated(capabilities) {
        Some(index) => Err(ParticipantRejection::CapabilityTwice { index }.into()),
        None => Ok(()),
    }
}

/// The place of the first name that stands earlier in the list as well.
pub(crate) fn first_repeated(capabilities: &[Capability]) -> Option<u32> {
    let mut seen = alloc::collections::BTreeSet::new();
    capabilities.iter().position(|name| !seen.insert(name)).map(|index| index as u32)
}

/// Bounds what a participant may commit.
pub(crate) fn set_mandate(
    ask: &SetMandate,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let SetMandate { participant, asset, approver, .. } = *ask;
    let bound = economy.participants.get(participant).ok_or(ParticipantRejection::Unknown { participant })?;
    if by != ParticipantId::OPERATOR && by != bound.principal {
        return Err(ParticipantRejection::NotThePrincipal { by }.into());
    }
    if economy.assets.get(asset).is_none() {
        return Err(ParticipantRejection::UnknownAsset { asset }.into());
    }
    if economy.participants.get(approver).is_none() {
        return Err(ParticipantRejection::UnknownApprover { approver }.into());
    }
    if approver == participant {
        return Err(ParticipantRejection::OwnApprover { approver }.into());
    }
    out.push(Event::Participant(ParticipantEvent::MandateSet(ask.clone())));
    Ok(Reply::Done)
}
