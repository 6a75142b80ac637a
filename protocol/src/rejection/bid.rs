//! Refusals about bids.

use crate::event::task::Phase;
use crate::id::{Capability, ParticipantId, TaskId};
use crate::money::Amount;

super::rejections! {
    /// Why a bid was not taken, not taken back or not revealed.
    BidRejection {
        501 UnknownTask "bid.unknown_task" at "task" { task: TaskId }
            "task {task} does not exist";
        502 NotOpen "bid.not_open" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase}; bids are for Open tasks";
        515 NotRevealing "bid.not_revealing" at "task" { task: TaskId, phase: Phase }
            "task {task} is {phase} and reveals no bids now";
        503 OwnTask "bid.own_task" at "task" { task: TaskId }
            "task {task} is the bidder's own";
        504 Affiliate "bid.affiliate" at "task" { task: TaskId, principal: ParticipantId }
            "poster and bidder of task {task} act for the same principal {principal}";
        518 Judge "bid.judge" at "by" { task: TaskId }
            "the bidder, or somebody on its team, acts for whoever approves or evaluates task {task}";
        505 LacksCapability "bid.lacks_capability" at "task" { capability: Capability }
            "the bidder lacks the capability `{capability}`";
        506 LowReputation "bid.low_reputation" at "task" { reputation: u32, needed: u32 }
            "a reputation of {reputation} millionths is below the {needed} that are asked for";
        507 WrongTerms "bid.wrong_terms" at "terms" {}
            "the task asks for the other kind of bid: a price, or a commitment";
        508 AboveReserve "bid.above_reserve" at "terms.price" { price: Amount, reserve: Amount }
            "the price {price} is above the reserve {reserve}";
        509 BadTeam "bid.bad_team" at "team" { max: u32 }
            "a team has the bidder in it, nobody twice or unknown, no zero weight, and at most {max} members";
        510 PrincipalHasBid "bid.principal_has_bid" at "by" { principal: ParticipantId }
            "another participant of principal {principal} has a live bid";
        511 TooManyBids "bid.too_many_bids" at "task" { max: u32 }
            "the task has {max} bids, and takes no more";
        512 AboveMandate "bid.above_mandate" at "terms.price" { at_stake: Amount, limit: Amount }
            "deposit and bond put {at_stake} at stake, above the {limit} of the bidder's mandate";
        513 InsufficientFunds "bid.insufficient_funds" at "terms.price" { deposit: Amount, available: Amount }
            "the deposit {deposit} is above the available {available}";
        514 NoBid "bid.no_bid" at "task" { task: TaskId }
            "the sender has no bid on task {task}";
        516 AlreadyRevealed "bid.already_revealed" at "task" { task: TaskId }
            "the sender's bid on task {task} is revealed";
        517 NotTheCommitment "bid.not_the_commitment" at "nonce" {}
            "price, nonce and promise are not what was committed to";
        519 WrongPromise "bid.wrong_promise" at "terms.promise" { quality: bool, time: bool }
            "the task's score asks for a promise of quality: {quality}, and of time, above none: {time}; the bid says otherwise";
    }
}
