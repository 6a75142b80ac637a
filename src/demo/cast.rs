//! Who takes part: agents that differ in manner, price and pace, requesters, and an organisation with its members.

use super::Progress;
use oikos_agents::strategy::{CostPlus, Fixed, PriceError, ShareOfReserve};
use oikos_agents::{Agent, Client};
use oikos_domains::{Domain, Manner, Refused, all};
use oikos_protocol::command::bid::TeamShare;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::id::{Capability, ParticipantId};
use oikos_protocol::money::Share;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const INVOICES: &str = "invoice.reconcile/v1";
const SCHEDULES: &str = "schedule.job-shop/v1";
const REDACTION: &str = "text.redact/v1";
const FORMS: &str = "form.check/v1";
const TARIFFS: &str = "energy.tariff/v1";
const EXERCISES: &str = "exercise.grade/v1";
/// What an agent has that passed the exams of all its trades before it came; larger orders ask for it.
pub(super) const CERTIFICATE: &str = "certified/v1";

/// How an agent asks its price.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asks {
    /// Always the same.
    Fixed(&'static str),
    /// What a job costs it, as it guesses, and so many millionths on top.
    CostPlus(&'static str, u32),
    /// So many millionths of what the poster would pay at most.
    Share(u32),
}

/// An agent.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) name: &'static str,
    pub(super) trades: &'static [&'static str],
    manner: Manner,
    asks: Asks,
    /// How long it takes over a job.
    pace_ms: u64,
    capacity: u32,
}

/// Somebody who has work done.
#[derive(Debug)]
pub(super) struct Buyer {
    pub(super) name: &'static str,
    pub(super) kind: ParticipantKind,
    pub(super) trades: &'static [&'static str],
    /// How long it waits between two orders.
    pub(super) every_ms: u64,
    /// Whether it needs your word for its larger orders.
    pub(super) asks_you: bool,
}

/// An organisation that bids as a team.
#[derive(Debug)]
pub(super) struct Team {
    pub(super) name: &'static str,
    pub(super) trades: &'static [&'static str],
    pub(super) members: &'static [Member],
    pub(super) lead_weight: u32,
    pub(super) member_weight: u32,
}

/// Somebody who shares a team's pay.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) kind: ParticipantKind,
}

/// What a requester is given.
pub(super) struct Handed {
    pub(super) client: Client,
    pub(super) seed: u64,
    pub(super) you: ParticipantId,
    pub(super) progress: Arc<Progress>,
    pub(super) stopped: watch::Receiver<bool>,
}

const fn worker(
    name: &'static str,
    trades: &'static [&'static str],
    manner: Manner,
    asks: Asks,
    pace_ms: u64,
    capacity: u32,
) -> Worker {
    Worker { name, trades, manner, asks, pace_ms, capacity }
}

/// The agents: in each trade somebody dear and slow, somebody cheap and quick, and sometimes too quick.
pub(super) const AGENTS: [Worker; 12] = [
    worker("kepler", &[INVOICES], Manner::Careful, Asks::Fixed("0.34"), 250, 4),
    worker("blitz", &[INVOICES, FORMS], Manner::Hasty, Asks::Fixed("0.19"), 40, 1),
    worker("gantt", &[SCHEDULES], Manner::Careful, Asks::CostPlus("0.32", 250_000), 300, 4),
    worker("hurtig", &[SCHEDULES], Manner::Hasty, Asks::Fixed("0.22"), 40, 1),
    worker("redakteurin", &[REDACTION], Manner::Careful, Asks::Share(600_000), 150, 4),
    worker("marker", &[REDACTION], Manner::Hasty, Asks::Fixed("0.15"), 30, 1),
    worker("formwerk", &[FORMS], Manner::Careful, Asks::Fixed("0.24"), 120, 4),
    worker("watt", &[TARIFFS], Manner::Careful, Asks::Share(450_000), 200, 3),
    worker("tarif-fuchs", &[TARIFFS], Manner::Careful, Asks::CostPlus("0.20", 300_000), 600, 2),
    worker("billigstrom", &[TARIFFS], Manner::Hasty, Asks::Fixed("0.11"), 30, 1),
    worker("李老师", &[EXERCISES], Manner::Careful, Asks::Fixed("0.30"), 250, 4),
    worker("rotstift", &[EXERCISES], Manner::Hasty, Asks::Fixed("0.18"), 40, 1),
];

/// The requesters.
pub(super) const REQUESTERS: [Buyer; 4] = [
    Buyer {
        name: "hafen-logistik",
        kind: ParticipantKind::Organisation,
        trades: &[SCHEDULES, INVOICES],
        every_ms: 700,
        asks_you: false,
    },
    Buyer {
        name: "stadtwerke",
        kind: ParticipantKind::Organisation,
        trades: &[TARIFFS, FORMS],
        every_ms: 700,
        asks_you: true,
    },
    Buyer {
        name: "王梅",
        kind: ParticipantKind::Human,
        trades: &[EXERCISES, REDACTION],
        every_ms: 800,
        asks_you: false,
    },
    Buyer {
        name: "kornblume",
        kind: ParticipantKind::Organisation,
        trades: &[REDACTION, INVOICES, FORMS, EXERCISES],
        every_ms: 650,
        asks_you: false,
    },
];

/// The organisation.
pub(super) const TEAM: Team = Team {
    name: "atelier-nord",
    trades: &[SCHEDULES, INVOICES, TARIFFS],
    members: &[
        Member { name: "lena", kind: ParticipantKind::Human },
        Member { name: "planbot", kind: ParticipantKind::Agent },
    ],
    lead_weight: 20,
    member_weight: 40,
};

impl Worker {
    /// What it has if it passes the exams of its trades.
    pub(super) fn certificate(&self) -> Option<Capability> {
        certificate(self.trades, self.manner)
    }

    /// The agent, ready to serve.
    pub(super) fn agent(&self, refused: &Refused) -> Result<Agent, PriceError> {
        let pace = Duration::from_millis(self.pace_ms);
        let agent = taught(Agent::new(self.name), self.trades, self.manner, pace, refused).capacity(self.capacity);
        let share = |millionths| Share::from_millionths(millionths).unwrap_or_default();
        Ok(match self.asks {
            Asks::Fixed(price) => agent.bid(Fixed::at(price)?),
            Asks::CostPlus(cost, margin) => agent.bid(CostPlus::new(cost, share(margin))?),
            Asks::Share(of) => agent.bid(ShareOfReserve::of(share(of))),
        })
    }
}

/// Sits the exams of these trades.
pub(super) fn certificate(trades: &[&str], manner: Manner) -> Option<Capability> {
    let passes = |domain: Domain| {
        let (passed, questions) = domain.exam(manner);
        passed == questions
    };
    let all = trades.iter().filter_map(|trade| domain(trade)).all(passes);
    all.then(|| Capability::new(CERTIFICATE).ok()).flatten()
}

impl Team {
    /// The team's lead, which bids with these shares.
    pub(super) fn agent(&self, shares: Vec<TeamShare>, refused: &Refused) -> Result<Agent, PriceError> {
        let agent = taught(Agent::new(self.name), self.trades, Manner::Careful, Duration::from_millis(350), refused);
        Ok(agent.capacity(6).team(shares).bid(Fixed::at("0.29")?))
    }
}

fn taught(agent: Agent, trades: &[&str], manner: Manner, pace: Duration, refused: &Refused) -> Agent {
    trades
        .iter()
        .filter_map(|trade| domain(trade))
        .fold(agent, |agent, domain| domain.teach(agent, manner, pace, Arc::clone(refused)))
}

/// The trade of this capability.
pub(super) fn domain(capability: &str) -> Option<Domain> {
    all().into_iter().find(|domain| domain.capability == capability)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_trade_has_a_buyer_a_careful_worker_and_a_choice() {
        let bought: Vec<&str> = REQUESTERS.iter().flat_map(|buyer| buyer.trades).copied().collect();
        let mut choice: BTreeMap<&str, usize> = BTreeMap::new();
        AGENTS.iter().flat_map(|worker| worker.trades).chain(TEAM.trades).for_each(|trade| {
            *choice.entry(trade).or_default() += 1;
        });
        for domain in all() {
            let trade = domain.capability;
            let careful =
                AGENTS.iter().any(|worker| worker.manner == Manner::Careful && worker.trades.contains(&trade));
            assert!(bought.contains(&trade) && careful && choice[trade] >= 2, "{trade}");
        }
        assert_eq!(choice.len(), all().len(), "somebody offers a trade that there is not");
    }

    #[test]
    fn the_careful_pass_the_exams_of_their_trades_and_the_hasty_do_not() {
        for worker in &AGENTS {
            assert_eq!(worker.certificate().is_some(), worker.manner == Manner::Careful, "{}", worker.name);
        }
    }

    #[test]
    fn every_price_is_one() {
        let refused: Refused = Arc::new(|_| {});
        assert!(AGENTS.iter().all(|worker| worker.agent(&refused).is_ok()));
        assert!(TEAM.agent(Vec::new(), &refused).is_ok());
    }
}
