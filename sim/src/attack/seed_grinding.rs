//! Grinding the seed: choose a nonce, or a link of the beacon, for which the lot falls on oneself.

use super::stage::Stage;
use super::{Attack, Verdict};
use oikos_market::mechanism::Lots;
use oikos_protocol::command::Command;
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::time::Span;

pub(super) const ATTACK: Attack =
    Attack { name: "seed-grinding", aim: "win a lottery among three more often than one time in three", play };

const TRIALS: u64 = 600;
const NONCES_TRIED: u8 = 64;

fn play() -> Verdict {
    let mut wins = 0u32;
    let mut forged = true;
    for trial in 0..TRIALS {
        let mut stage = Stage::new(trial);
        let poster = stage.agent("poster", None);
        let bidders = [stage.agent("attacker", None), stage.agent("one", None), stage.agent("other", None)];
        let spec = stage.spec(MechanismKind::Lottery);
        let task = stage.post(poster, spec);
        // The attacker knows the nonces of the others, and the last link that is known. It takes the nonce that
        // would win most often if the next link were one of its guesses.
        let others = [[trial as u8; 16], [!(trial as u8); 16]];
        let wins_with = |nonce: [u8; 16], link: Hash32| {
            let lots = Lots::new(&link.0, task.0, &mut [nonce, others[0], others[1]]);
            let mine = lots.rank(bidders[0], &nonce);
            (1..3).all(|n| mine < lots.rank(bidders[n], &others[n - 1]))
        };
        let guesses: Vec<Hash32> = (0..8u8).map(|guess| Hash32::of(&[guess, trial as u8])).collect();
        let best = (0..NONCES_TRIED)
            .map(|n| [n; 16])
            .max_by_key(|&nonce| guesses.iter().filter(|&&link| wins_with(nonce, link)).count())
            .unwrap_or_default();
        stage.bid(bidders[0], task, 500, best);
        stage.bid(bidders[1], task, 500, others[0]);
        stage.bid(bidders[2], task, 500, others[1]);
        // An operator in league would need a link of its own choice.
        let link = Hash32::of(&trial.to_be_bytes());
        let chosen = Command::RevealBeacon(RevealBeacon { link });
        forged &= stage.code(ParticipantId::OPERATOR, chosen) == "beacon.not_the_next_link";
        stage.pass(Span::seconds(60));
        wins += u32::from(stage.winner(task).is_some_and(|(who, _)| who == bidders[0]));
    }
    // One third of 600 is 200; the standard error is sqrt(600 · 1/3 · 2/3) = 11.5.
    let failed = forged && wins.abs_diff(200) <= 46;
    (
        failed,
        format!(
            "with the best of {NONCES_TRIED} nonces it won {wins} of {TRIALS} lots among three (200 expected, standard error 11.5): the link was committed before and revealed after; a link of the operator's choice is refused as beacon.not_the_next_link"
        ),
    )
}
