//! Commands as they cross the wire: the core's, with amounts as decimal texts and assets by code.

use crate::command::asset::AssetCode;
use crate::command::award::{AcceptAward, ConfirmAward, DeclineAward, SelectBid};
use crate::command::beacon::RevealBeacon;
use crate::command::bid::TeamShare;
use crate::command::bid::WithdrawBid;
use crate::command::contract::{AcceptDeliverable, SubmitDeliverable};
use crate::command::exchange::{TakeExchange, WithdrawExchange};
use crate::command::limit::RevokeLimit;
use crate::command::offer::WithdrawOffer;
use crate::command::order::{CancelOrder, ClearCall};
use crate::command::participant::Register;
use crate::command::policy::SetFee;
use crate::command::scoring::Promise;
use crate::command::stream::{SettleStream, StopStream};
use crate::command::task::{ApproveTask, CancelTask, PublishTask, RefuseTask};
use crate::id::{Capability, Hash32, MilestoneId, OfferId, ParticipantId, TaskId};
use crate::money::{Scale, Share};
use crate::time::Span;
use crate::wire::exchange::WireOfferExchange;
use crate::wire::issue::{WireCredit, WireDeposit, WireWithdraw};
use crate::wire::limit::{WireNarrowLimit, WireSetLimit};
use crate::wire::order::{WireDesk, WireOrder, WireReplace};
use crate::wire::scoring::WireMechanism;
use crate::wire::split::WireSplit;
use crate::wire::stream::{WireOpenStream, WireTopUpStream};
use crate::wire::text::{Decimal, Lasting, Nanos};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// All that a participant can ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WireCommand {
    /// Declares an asset (operator).
    DefineAsset(WireDefineAsset),
    /// Creates money (the asset's issuer).
    Issue(WireIssue),
    /// Sets the fee of tasks posted from now on (operator).
    SetFee(SetFee),
    /// Takes a participant in (its future principal); a key comes by `join` or `keys`.
    Register(Register),
    /// Bounds what a participant may commit without asking (its principal).
    SetMandate(WireMandate),
    /// Pays other participants, each payment for itself.
    Pay(Vec<WirePayment>),
    /// Posts a task and opens it, or puts it before its approver.
    PostTask(WireTask),
    /// Writes a task down.
    DraftTask(WireTask),
    /// Opens a draft.
    PublishTask(PublishTask),
    /// Lets a task go on (its approver).
    ApproveTask(ApproveTask),
    /// Stops a task (its approver).
    RefuseTask(RefuseTask),
    /// Takes an open task back.
    CancelTask(CancelTask),
    /// Bids, or bids anew.
    PlaceBid(WireBid),
    /// Takes a bid back.
    WithdrawBid(WithdrawBid),
    /// Opens a bid that was a commitment.
    RevealBid(WireReveal),
    /// Chooses a bid by hand.
    SelectBid(SelectBid),
    /// Takes the contract.
    AcceptAward(AcceptAward),
    /// Confirms an award above the task's threshold (the approver).
    ConfirmAward(ConfirmAward),
    /// Does not take the contract.
    DeclineAward(DeclineAward),
    /// Hands a milestone in.
    SubmitDeliverable(SubmitDeliverable),
    /// Accepts a milestone and pays it.
    AcceptDeliverable(AcceptDeliverable),
    /// Puts an offer up.
    PublishOffer(WireOffer),
    /// Takes an offer back.
    WithdrawOffer(WithdrawOffer),
    /// Takes units of an offer and pays.
    TakeOffer(WireTake),
    /// Reveals the beacon's next link (operator; the node does it by itself).
    RevealBeacon(RevealBeacon),
    /// Opens a desk for a pair of assets (operator).
    OpenDesk(WireDesk),
    /// Sends an order to a desk.
    PlaceOrder(WireOrder),
    /// Cancels a resting order.
    CancelOrder(CancelOrder),
    /// Changes a resting order.
    ReplaceOrder(WireReplace),
    /// Clears a call before its time (operator).
    ClearCall(ClearCall),
    /// Turns money from outside into money here (the asset's issuer).
    Deposit(WireDeposit),
    /// Takes the sender's money out.
    Withdraw(WireWithdraw),
    /// Destroys money of the issuer's own.
    Burn(WireWithdraw),
    /// Sets a member's line of mutual credit (the asset's steward).
    SetCredit(WireCredit),
    /// Lets somebody spend out of another's money, or bounds what it spends of its own.
    SetLimit(WireSetLimit),
    /// Passes on a part of a limit.
    NarrowLimit(WireNarrowLimit),
    /// Ends a limit and all that was passed on from it.
    RevokeLimit(RevokeLimit),
    /// Pays several at once, by weight and by tiers, all or none.
    Split(WireSplit),
    /// Begins to pay by time.
    OpenStream(WireOpenStream),
    /// Sets more apart for a stream.
    TopUpStream(WireTopUpStream),
    /// Pays what a stream has run up.
    SettleStream(SettleStream),
    /// Ends a stream.
    StopStream(StopStream),
    /// Offers one asset for another.
    OfferExchange(WireOfferExchange),
    /// Takes an exchange.
    TakeExchange(TakeExchange),
    /// Takes the offer of an exchange back.
    WithdrawExchange(WithdrawExchange),
}

/// Declares an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireDefineAsset {
    /// Its code, such as `OIK`.
    pub code: AssetCode,
    /// How many decimals it has.
    pub scale: Scale,
    /// By whose right it comes into being.
    pub regime: WireRegime,
}

/// By whose right units of an asset come into being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WireRegime {
    /// All of it at once.
    FixedSupply {
        /// How much there is.
        supply: Decimal,
        /// Whose it is at first.
        to: ParticipantId,
    },
    /// One participant creates it.
    Issuer(ParticipantId),
    /// Members owe each other, each up to a line that the steward sets.
    MutualCredit {
        /// Who sets the lines.
        steward: ParticipantId,
        /// The longest line.
        credit_max: Decimal,
    },
}

/// Creates money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireIssue {
    /// Of what.
    pub asset: AssetCode,
    /// Whose it will be.
    pub to: ParticipantId,
    /// How much.
    pub amount: Decimal,
    /// A hash of what justifies it.
    pub reference: Hash32,
}

/// Bounds what a participant may commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireMandate {
    /// Who is bound.
    pub participant: ParticipantId,
    /// For which money.
    pub asset: AssetCode,
    /// A larger budget waits for the approver.
    pub per_task_max: Decimal,
    /// The budgets of all its open tasks together.
    pub open_max: Decimal,
    /// Who is asked.
    pub approver: ParticipantId,
}

/// One payment out of the sender's free money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WirePayment {
    /// To whom.
    pub to: ParticipantId,
    /// Of what.
    pub asset: AssetCode,
    /// How much, above zero.
    pub amount: Decimal,
}

/// A task, with its rules. What is absent has the default named here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireTask {
    /// The money it is paid in.
    pub asset: AssetCode,
    /// The most the poster pays.
    pub budget: Decimal,
    /// The hash of the input, which was put into the content store before.
    pub input: Hash32,
    /// What a bidder must be able to do.
    pub requires: Vec<Capability>,
    /// What a winner must have besides; none.
    #[serde(default)]
    pub constraints: Vec<Capability>,
    /// The least reputation of a bidder, in millionths; 0.
    #[serde(default)]
    pub reputation_min: Share,
    /// `posted-price`, `lottery`, `first-price` (the default), `second-price`, or `scoring-first` or `scoring-second`
    /// with what counts.
    #[serde(default)]
    pub mechanism: WireMechanism,
    /// No award costs more; the budget.
    #[serde(default)]
    pub reserve: Option<Decimal>,
    /// Who sees bids before they close; sealed.
    #[serde(default)]
    pub sealing: WireSealing,
    /// Who picks the winner; automatic.
    #[serde(default)]
    pub selection: WireSelection,
    /// What a bidder puts down, in millionths of its bid; 0.
    #[serde(default)]
    pub bid_deposit: Share,
    /// What the worker puts down, in millionths of the price; 0.
    #[serde(default)]
    pub performance_bond: Share,
    /// What a defaulting worker loses of its bond at most, in millionths of the price; 0.
    #[serde(default)]
    pub damages_max: Share,
    /// Paid to the bidders if the poster cancels when there are bids; 0.
    #[serde(default)]
    pub cancel_fee: Option<Decimal>,
    /// Who must let the task go on; nobody but whom the mandate names.
    #[serde(default)]
    pub approver: Option<ParticipantId>,
    /// An award above this waits for the approver; none.
    #[serde(default)]
    pub confirm_above: Option<Decimal>,
    /// Who may accept besides the poster; nobody.
    #[serde(default)]
    pub evaluator: Option<ParticipantId>,
    /// What happens to a deliverable that nobody reviews in time; accept.
    #[serde(default)]
    pub review_default: WireReviewDefault,
    /// The parts it is delivered in; one, with an hour to deliver.
    #[serde(default)]
    pub milestones: Vec<WireMilestone>,
    /// How long each step may take.
    #[serde(default)]
    pub windows: WireWindows,
    /// The hard end, in economy time; never.
    #[serde(default)]
    pub ends_at: Option<Nanos>,
}

/// Who sees bids before they close.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WireSealing {
    /// The node keeps bids closed until bidding ends.
    #[default]
    Sealed,
    /// Everybody sees every bid.
    Open,
    /// Bids are commitments.
    CommitReveal {
        /// How long bidders have to reveal.
        reveal: Lasting,
    },
}

/// Who picks the winner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WireSelection {
    /// The mechanism, as soon as bids are closed.
    #[default]
    Automatic,
    /// The poster, within a window; then the mechanism.
    Manual {
        /// How long the poster may take.
        select: Lasting,
    },
}

/// What happens to a deliverable that nobody reviews in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WireReviewDefault {
    /// Silence is consent.
    #[default]
    Accept,
    /// The evaluator gets as much time again; then silence is consent.
    Evaluator,
    /// The worker gets this share, in millionths, and the poster the rest.
    Split(Share),
}

/// A part that is delivered, accepted and paid on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireMilestone {
    /// Its share of the price, in millionths.
    pub share: Share,
    /// How long the worker has.
    pub deliver: Lasting,
}

/// How long each step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WireWindows {
    /// For the approver; `24h`.
    pub approve: Lasting,
    /// For bids; `10s`.
    pub bid: Lasting,
    /// For the winner to take the contract; `1m`.
    pub accept: Lasting,
    /// After a missed delivery; `0`.
    pub grace: Lasting,
    /// For the review; `24h`, of working time where a human reviews.
    pub review: Lasting,
    /// After the last acceptance; `0`.
    pub retention: Lasting,
}

impl Default for WireWindows {
    fn default() -> Self {
        Self {
            approve: Lasting(Span::hours(24)),
            bid: Lasting(Span::seconds(10)),
            accept: Lasting(Span::seconds(60)),
            grace: Lasting(Span::ZERO),
            review: Lasting(Span::hours(24)),
            retention: Lasting(Span::ZERO),
        }
    }
}

/// A bid: a price, or a commitment to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireBid {
    /// For which task.
    pub task: TaskId,
    /// What is asked, in the task's asset; absent where the bid is a commitment.
    #[serde(default)]
    pub price: Option<Decimal>,
    /// The bidder's ticket in the lots: 32 lower-case hexadecimal digits, beside the price.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = r"^[0-9a-f]{32}$")))]
    pub nonce: Option<String>,
    /// The seal of price and nonce, and of the promise where there is one, instead of them.
    #[serde(default)]
    pub commitment: Option<Hash32>,
    /// What the task's score counts of quality and time, beside the price; absent where the task does not score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// Who shares the pay, the sender included; empty where it works alone.
    #[serde(default)]
    pub team: Vec<TeamShare>,
}

/// Opens a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireReveal {
    /// For which task.
    pub task: TaskId,
    /// The price that was committed to.
    pub price: Decimal,
    /// The nonce that was committed to: 32 lower-case hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = r"^[0-9a-f]{32}$")))]
    pub nonce: String,
    /// The promise that was committed to; absent where the task does not score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
}

/// Puts an offer up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireOffer {
    /// What is sold.
    pub capability: Capability,
    /// The money it is paid in.
    pub asset: AssetCode,
    /// The price of one unit.
    pub price: Decimal,
    /// How many units.
    pub units: u32,
    /// The only one who may take it; anyone.
    #[serde(default)]
    pub buyer: Option<ParticipantId>,
    /// When it ends, in economy time; never.
    #[serde(default)]
    pub expires: Option<Nanos>,
}

/// Takes units of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireTake {
    /// Which offer.
    pub offer: OfferId,
    /// How many units.
    pub units: u32,
    /// The unit price the buyer saw.
    pub price: Decimal,
}

impl WireCommand {
    /// Whether it beats a deadline, so that a quarter of the places in a full queue is kept for it.
    #[must_use]
    pub const fn beats_a_deadline(&self) -> bool {
        matches!(
            self,
            Self::RevealBid(_)
                | Self::SubmitDeliverable(_)
                | Self::AcceptDeliverable(_)
                | Self::AcceptAward(_)
                | Self::ConfirmAward(_)
                | Self::DeclineAward(_)
                | Self::ApproveTask(_)
                | Self::RefuseTask(_)
        )
    }
}

/// The milestone of a task that has only one.
pub const FIRST_MILESTONE: MilestoneId = MilestoneId(0);
