//! Refusals about tasks and their rules.

use crate::event::task::Phase;
use crate::id::{AssetId, ParticipantId, TaskId};
use crate::money::Amount;
use crate::time::Timestamp;
use alloc::string::String;

super::rejections! {
    /// Why a task was not written down, not published, not approved or not cancelled.
    TaskRejection {
        416 Unknown "task.unknown" at "task" { task: TaskId }
            "task {task} does not exist";
        418 NotDraft "task.not_draft" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase}; only a Draft can be published";
        419 NotPendingApproval "task.not_pending_approval" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase}; only a task in PendingApproval waits for an approver";
        421 NotCancellable "task.not_cancellable" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase}; only an Open task can be cancelled";
        417 NotThePoster "task.not_the_poster" at "task" { task: TaskId, by: ParticipantId }
            "task {task} is not {by}'s";
        420 NotTheApprover "task.not_the_approver" at "task" { task: TaskId, by: ParticipantId }
            "task {task} waits for another approver than {by}";
        401 UnknownAsset "task.unknown_asset" at "asset" { asset: AssetId }
            "there is no asset {asset}";
        402 ZeroBudget "task.zero_budget" at "budget" {}
            "a budget is above zero";
        424 BudgetTooLarge "task.budget_too_large" at "budget" { budget: Amount, max: Amount }
            "a budget of {budget} is more than the {max} that mechanisms can compute with";
        403 ReserveAboveBudget "task.reserve_above_budget" at "reserve" { reserve: Amount, budget: Amount }
            "the reserve {reserve} is above the budget {budget}";
        404 CancelFeeAboveBudget "task.cancel_fee_above_budget" at "cancel_fee" { fee: Amount, budget: Amount }
            "the fee {fee} for cancelling is above the budget {budget}";
        405 BadCapability "task.bad_capability" at "requires" { name: String }
            "capability `{name}` is named twice or is one too many";
        406 BadMilestones "task.bad_milestones" at "milestones" { given: u32, max: u32 }
            "{given} milestones: between 1 and {max} are allowed, each with a share and time to deliver, the shares making a whole";
        407 ZeroWindow "task.zero_window" at "windows" { window: String }
            "the window `{window}` is zero";
        408 ReviewTooShort "task.review_too_short" at "windows.review" {}
            "a human who reviews has at least one working day (8 h of working time)";
        409 EndsTooSoon "task.ends_too_soon" at "ends_at" { ends_at: Timestamp, earliest: Timestamp }
            "the hard end {ends_at} leaves no room for the windows before it; at least {earliest}";
        410 UnknownApprover "task.unknown_approver" at "approver" { approver: ParticipantId }
            "there is no participant {approver} to approve";
        411 OwnApprover "task.own_approver" at "approver" { approver: ParticipantId }
            "participant {approver} cannot approve its own task";
        412 NoConfirmer "task.no_confirmer" at "confirm_above" {}
            "an award can wait for confirmation only where the task names an approver";
        413 UnknownEvaluator "task.unknown_evaluator" at "evaluator" { evaluator: ParticipantId }
            "there is no participant {evaluator} to evaluate";
        414 NoEvaluator "task.no_evaluator" at "review_default" {}
            "the evaluator cannot decide by default where the task names none";
        415 BeaconExhausted "task.beacon_exhausted" at "mechanism" {}
            "the economy's beacon has no link left for a lot";
        425 BadScoring "task.bad_scoring" at "mechanism" { max: Amount }
            "a score counts quality, time or reputation, at least one of them, each worth above zero and at most {max}";
        422 AboveMandate "task.above_mandate" at "budget" { budget: Amount, left: Amount }
            "the budget {budget} is above the {left} that the mandate leaves for open tasks";
        423 InsufficientFunds "task.insufficient_funds" at "budget" { budget: Amount, available: Amount }
            "the budget {budget} is above the available {available}";
    }
}
