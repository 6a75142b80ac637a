//! Attacks on the economy, played for real against the core: each is tried, and what comes of it is measured.
//!
//! An attack is a story by commands that a participant could send. It *fails* where the attacker is no better off
//! than by honest play and nobody else is worse off; the report says how. Nothing here is asserted by the code that
//! is under attack: balances are read from the ledger, chances are counted over many economies.
//! Absent on purpose: attacks on the wire, which are the bus's and the node's to repel.

mod bid_sniping;
mod commanding_text;
mod decline_option;
mod double_settlement;
mod resurrection;
mod seed_grinding;
mod shill_bids;
mod stage;
mod sybil_tickets;
mod withheld_reveal;

/// What came of an attack.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// Its name on the command line.
    pub attack: &'static str,
    /// What the attacker tries to gain.
    pub aim: &'static str,
    /// Whether the attacker gained nothing.
    pub failed: bool,
    /// What happened, with the figures.
    pub how: String,
}

/// An attack by name.
#[derive(Debug, Clone, Copy)]
pub struct Attack {
    /// Its name on the command line.
    pub name: &'static str,
    /// What the attacker tries to gain.
    pub aim: &'static str,
    play: fn() -> Verdict,
}

/// Whether the attack failed, and how.
type Verdict = (bool, String);

/// Every attack, in alphabetical order.
pub const ATTACKS: &[Attack] = &[
    bid_sniping::ATTACK,
    commanding_text::ATTACK,
    decline_option::ATTACK,
    double_settlement::ATTACK,
    resurrection::ATTACK,
    seed_grinding::ATTACK,
    shill_bids::ATTACK,
    sybil_tickets::ATTACK,
    withheld_reveal::ATTACK,
];

impl Attack {
    /// Plays it.
    #[must_use]
    pub fn play(&self) -> Report {
        let (failed, how) = (self.play)();
        Report { attack: self.name, aim: self.aim, failed, how }
    }
}

/// The attack of this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Attack> {
    ATTACKS.iter().find(|attack| attack.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attack_fails_and_says_how() {
        for attack in ATTACKS {
            let report = attack.play();
            assert!(report.failed, "{}: {}", report.attack, report.how);
            assert!(report.how.len() > 20, "{}", report.attack);
            assert_eq!(by_name(attack.name).map(|found| found.name), Some(attack.name));
        }
    }
}
