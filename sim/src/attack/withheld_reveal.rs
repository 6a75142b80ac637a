//! The withheld reveal: commit to a price, see what the others reveal, and open one's own only if it pays.

use super::stage::{PURSE, Stage, percent, shown};
use super::{Attack, Verdict};
use oikos_protocol::command::Command;
use oikos_protocol::command::bid::{BidTerms, PlaceBid, RevealBid, seal};
use oikos_protocol::command::task::{MechanismKind, Sealing, TaskSpec};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Span;

pub(super) const ATTACK: Attack =
    Attack { name: "withheld-reveal", aim: "decide after the others have revealed whether to have bid at all", play };

fn play() -> Verdict {
    let mut stage = Stage::new(4);
    let (poster, attacker, honest) =
        (stage.agent("poster", None), stage.agent("attacker", None), stage.agent("honest", None));
    let sealing = Sealing::CommitReveal { reveal: Span::seconds(60) };
    let spec = TaskSpec { sealing, bid_deposit: percent(20), ..stage.spec(MechanismKind::SecondPrice) };
    let task = stage.post(poster, spec);
    for (bidder, price) in [(attacker, 300), (honest, 400)] {
        let commitment = seal(task, bidder, Amount(price), &[7; 16]);
        let terms = BidTerms::Committed { commitment };
        stage.send(bidder, Command::PlaceBid(PlaceBid { task, terms, team: Vec::new() }));
    }
    stage.pass(Span::seconds(60));
    stage.send(honest, Command::RevealBid(RevealBid { task, price: Amount(400), nonce: [7; 16] }));
    // It may not open something else than what it committed to, either.
    let other = stage.code(attacker, Command::RevealBid(RevealBid { task, price: Amount(399), nonce: [7; 16] }));
    stage.pass(Span::seconds(60));
    let loss = PURSE.0 - stage.money(attacker);
    let gained = stage.money(poster) + 1_000 - PURSE.0;
    let awarded = stage.winner(task).is_some_and(|(who, _)| who == honest);
    let failed = other == "bid.not_the_commitment" && loss == 200 && gained == 200 && awarded;
    (
        failed,
        format!(
            "silence cost it its deposit of {}, which the poster has; another price than the committed one was refused as {other}; the honest bid has the task",
            shown(loss)
        ),
    )
}
