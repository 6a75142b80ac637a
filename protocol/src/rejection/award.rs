//! Refusals about awards.

use crate::event::task::Phase;
use crate::id::{ParticipantId, TaskId};
use crate::money::Amount;

super::rejections! {
    /// Why an award was not made, not taken or not confirmed.
    AwardRejection {
        601 UnknownTask "award.unknown_task" at "task" { task: TaskId }
            "task {task} does not exist";
        602 NotSelecting "award.not_selecting" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase} and waits for no selection by hand";
        603 NotThePoster "award.not_the_poster" at "task" { task: TaskId, by: ParticipantId }
            "task {task} is not {by}'s";
        604 NoSuchBid "award.no_such_bid" at "bidder" { bidder: ParticipantId }
            "participant {bidder} has no eligible bid";
        605 NotOffered "award.not_offered" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase}; only an offered award can be taken, confirmed or declined";
        606 NotTheWinner "award.not_the_winner" at "task" { task: TaskId, by: ParticipantId }
            "the award of task {task} is offered to another than {by}";
        607 AlreadyAccepted "award.already_accepted" at "task" { task: TaskId }
            "the award of task {task} is accepted and waits for its confirmation";
        608 NotTheApprover "award.not_the_approver" at "task" { task: TaskId, by: ParticipantId }
            "the award of task {task} is confirmed by another than {by}";
        609 NotToConfirm "award.not_to_confirm" at "task" { task: TaskId }
            "the award of task {task} needs no confirmation, or waits for its winner first";
        610 InsufficientBond "award.insufficient_bond" at "task" { bond: Amount, available: Amount }
            "the bond needs {bond} more, above the available {available}";
    }
}
