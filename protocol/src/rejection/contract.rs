//! Refusals about deliverables.

use crate::event::task::Phase;
use crate::id::{MilestoneId, ParticipantId, TaskId};

super::rejections! {
    /// Why a deliverable was not taken or not accepted.
    ContractRejection {
        701 UnknownTask "contract.unknown_task" at "task" { task: TaskId }
            "task {task} does not exist";
        702 NotActive "contract.not_active" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase}; deliverables are for Active tasks";
        703 NotTheWorker "contract.not_the_worker" at "task" { task: TaskId, by: ParticipantId }
            "task {task} is delivered by its worker, not by {by}";
        706 NotSubmitted "contract.not_submitted" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase}; only a Submitted task can be accepted";
        707 NotAReviewer "contract.not_a_reviewer" at "task" { task: TaskId, by: ParticipantId }
            "task {task} is accepted by its poster or its evaluator, not by {by}";
        704 OtherMilestone "contract.other_milestone" at "milestone" { given: MilestoneId, expected: MilestoneId }
            "milestone {given} is not the one that is due, {expected} is";
        705 NoDeliverable "contract.no_deliverable" at "deliverable" {}
            "a deliverable has a hash that is not zero";
    }
}
