//! The life of a task as one table: state × command or deadline → next state.
//!
//! The table is the truth: `evolve` refuses a change of state that stands in no row, a test walks every state
//! with every command, and `docs/lifecycle.md` is written from it. The numbers are those of LIFECYCLE.

use oikos_protocol::event::task::Phase;

/// What may be asked of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are those of the commands")]
pub enum Ask {
    DraftTask,
    PostTask,
    PublishTask,
    ApproveTask,
    RefuseTask,
    PlaceBid,
    WithdrawBid,
    RevealBid,
    CancelTask,
    SelectBid,
    AcceptAward,
    ConfirmAward,
    DeclineAward,
    SubmitDeliverable,
    AcceptDeliverable,
}

impl Ask {
    /// Everything that may be asked of a task that exists.
    pub const OF_A_TASK: [Self; 13] = [
        Self::PublishTask,
        Self::ApproveTask,
        Self::RefuseTask,
        Self::PlaceBid,
        Self::WithdrawBid,
        Self::RevealBid,
        Self::CancelTask,
        Self::SelectBid,
        Self::AcceptAward,
        Self::ConfirmAward,
        Self::DeclineAward,
        Self::SubmitDeliverable,
        Self::AcceptDeliverable,
    ];

    /// The code of the rejection in every state without a row for it.
    #[must_use]
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::DraftTask | Self::PostTask => "",
            Self::PublishTask => "task.not_draft",
            Self::ApproveTask | Self::RefuseTask => "task.not_pending_approval",
            Self::PlaceBid | Self::WithdrawBid => "bid.not_open",
            Self::RevealBid => "bid.not_revealing",
            Self::CancelTask => "task.not_cancellable",
            Self::SelectBid => "award.not_selecting",
            Self::AcceptAward | Self::ConfirmAward | Self::DeclineAward => "award.not_offered",
            Self::SubmitDeliverable => "contract.not_active",
            Self::AcceptDeliverable => "contract.not_submitted",
        }
    }
}

/// What makes something happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A command.
    Asked(Ask),
    /// The deadline of the state.
    Deadline,
    /// The beacon, where a lot waits for it.
    Lot,
    /// The task's hard end.
    HardEnd,
}

/// One row: what may happen in some states.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its number in LIFECYCLE.
    pub number: u8,
    /// In which states; none for a task that is new.
    pub from: &'static [Phase],
    /// By what.
    pub trigger: Trigger,
    /// By whom.
    pub by: &'static str,
    /// Into which states.
    pub to: &'static [Phase],
    /// Under which condition, or by which default.
    pub guard: &'static str,
    /// What money moves.
    pub money: &'static str,
}

use Phase::{
    Accepted, Active, AwardOffered, Cancelled, Defaulted, Draft, Evaluating, Expired, NoAward, Open, PendingApproval,
    Rejected, Settled, Submitted,
};
use Trigger::{Asked, Deadline, HardEnd, Lot};

const fn row(
    number: u8,
    from: &'static [Phase],
    trigger: Trigger,
    by: &'static str,
    to: &'static [Phase],
    guard: &'static str,
    money: &'static str,
) -> Row {
    Row { number, from, trigger, by, to, guard, money }
}

/// The table.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(1, &[], Asked(Ask::DraftTask), "poster", &[Draft], "the spec is valid; its rules are frozen", "–"),
    row(3, &[], Asked(Ask::PostTask), "poster", &[Open, PendingApproval], "rows 1 and 2 or 3 in one step", "avail(P) → hold B"),
    row(2, &[Draft], Asked(Ask::PublishTask), "poster", &[PendingApproval], "the task names an approver, or B is above the mandate's limit for one task", "B counts under the mandate"),
    row(3, &[Draft], Asked(Ask::PublishTask), "poster", &[Open], "within the mandate", "avail(P) → hold B"),
    row(3, &[PendingApproval], Asked(Ask::ApproveTask), "approver", &[Open], "before T_approve", "avail(P) → hold B"),
    row(4, &[PendingApproval], Asked(Ask::RefuseTask), "approver", &[Rejected], "before T_approve", "B leaves the mandate"),
    row(4, &[PendingApproval], Deadline, "clock", &[Rejected], "T_approve", "B leaves the mandate"),
    row(5, &[Open], Asked(Ask::PlaceBid), "bidder", &[Open], "able, fit, unrelated, one live bid a principal, before T_bid", "avail(W) → deposit d"),
    row(5, &[Open], Asked(Ask::WithdrawBid), "bidder", &[Open], "before T_bid", "deposit → avail(W)"),
    row(6, &[Open], Asked(Ask::CancelTask), "poster", &[Cancelled], "before T_bid", "hold → avail(P), less the declared fee to the bidders; all d back"),
    row(7, &[Open], Deadline, "clock", &[Evaluating, AwardOffered, NoAward], "T_bid; rows 8 and 9 follow at once unless somebody is waited for", "–"),
    row(7, &[Evaluating], Asked(Ask::RevealBid), "bidder", &[Evaluating], "commit–reveal, before T_reveal", "–"),
    row(8, &[Evaluating], Deadline, "clock", &[NoAward], "nobody eligible, or the beacon did not come", "hold → avail(P), d back; an unrevealed d → P"),
    row(9, &[Evaluating], Deadline, "clock", &[AwardOffered, Evaluating], "T_reveal or T_select, by the mechanism", "hold → escrow p; losers' d back; an unrevealed d → P"),
    row(9, &[Evaluating], Asked(Ask::SelectBid), "poster", &[AwardOffered], "before T_select", "hold → escrow p; losers' d back"),
    row(9, &[Evaluating], Lot, "beacon", &[AwardOffered, NoAward], "the lot is drawn", "hold → escrow p; losers' d back"),
    row(10, &[AwardOffered], Asked(Ask::AcceptAward), "worker", &[Active, AwardOffered], "before T_accept; waits for the approver above the threshold", "d → b_w, avail(W) → b_w; rest of hold → avail(P)"),
    row(10, &[AwardOffered], Asked(Ask::ConfirmAward), "approver", &[Active], "before T_accept, after the worker", "rest of hold → avail(P)"),
    row(11, &[AwardOffered], Asked(Ask::DeclineAward), "worker", &[AwardOffered, Evaluating, NoAward], "before T_accept; the mechanism names the next", "min(d, new price − own price) → P, rest of d back"),
    row(11, &[AwardOffered], Deadline, "clock", &[AwardOffered, Evaluating, NoAward], "T_accept counts as declined; an unconfirmed award ends", "as declined; unconfirmed: all back"),
    row(15, &[Active], Asked(Ask::SubmitDeliverable), "worker", &[Submitted], "before D_i + grace", "–"),
    row(16, &[Active], Deadline, "clock", &[Defaulted], "D_i + grace", "b_w → P up to the cap, rest back; escrow → avail(P)"),
    row(17, &[Submitted], Asked(Ask::AcceptDeliverable), "poster, evaluator", &[Active, Accepted, Settled], "before T_review", "m_i: escrow → W, less the fee"),
    row(17, &[Submitted], Deadline, "clock", &[Submitted, Active, Accepted, Settled], "T_review: accept, evaluator or split, as posted", "m_i, or its share: escrow → W, less the fee; the rest → P"),
    row(20, &[Accepted], Deadline, "clock", &[Settled], "retention over; at once where there is none", "b_w back"),
    row(27, &[Draft, PendingApproval, Open, Evaluating, AwardOffered, Active, Submitted, Accepted], HardEnd, "clock", &[Expired], "ends_at", "unearned escrow and hold → P; bonds and deposits back"),
];

/// The states that can follow each state, as bits.
const FOLLOWS: [u16; Phase::ALL.len()] = {
    let mut follows = [0; Phase::ALL.len()];
    let mut r = 0;
    while r < ROWS.len() {
        let mut f = 0;
        while f < ROWS[r].from.len() {
            let mut t = 0;
            while t < ROWS[r].to.len() {
                follows[ROWS[r].from[f] as usize] |= 1 << ROWS[r].to[t] as u16;
                t += 1;
            }
            f += 1;
        }
        r += 1;
    }
    follows
};

/// Whether some row leads from one state to the other.
#[must_use]
pub const fn permits(from: Phase, to: Phase) -> bool {
    FOLLOWS[from as usize] >> to as u16 & 1 == 1
}

/// The rows for a command in a state.
pub fn rows(phase: Phase, ask: Ask) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |row| row.trigger == Trigger::Asked(ask) && row.from.contains(&phase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_a_terminal_state_and_every_other_state_has_a_deadline_and_a_hard_end() {
        for phase in Phase::ALL {
            let timed = |trigger| ROWS.iter().any(|row| row.trigger == trigger && row.from.contains(&phase));
            if phase.is_terminal() {
                assert!(ROWS.iter().all(|row| !row.from.contains(&phase)), "{phase}");
            } else {
                // A draft waits for nobody but its poster: its deadline is the hard end itself.
                assert!(timed(Trigger::Deadline) || phase == Phase::Draft, "{phase}");
                assert!(timed(Trigger::HardEnd), "{phase}");
            }
        }
    }

    #[test]
    fn what_no_row_says_is_not_permitted() {
        assert!(permits(Phase::Submitted, Phase::Settled));
        assert!(!permits(Phase::Settled, Phase::Submitted));
        assert!(!permits(Phase::Open, Phase::Active));
    }
}
