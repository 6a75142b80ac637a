//! Every rejection, provoked by real commands in a test of its name, with its code, its field and nothing changed;
//! and what an id remembers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod town;

use oikos_market::{SUPPLY_MAX, available_account};
use oikos_protocol::command::Command;
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::award::SelectBid;
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::command::bid::{BidTerms, PlaceBid};
use oikos_protocol::command::contract::SubmitDeliverable;
use oikos_protocol::command::offer::{PublishOffer, TakeOffer, WithdrawOffer};
use oikos_protocol::command::order::{
    CancelOrder, ClearCall, Market, OpenDesk, OrderKind, PlaceOrder, ReplaceOrder, Side,
};
use oikos_protocol::command::participant::{ParticipantKind, Register, SetMandate, WorkingWeek};
use oikos_protocol::command::policy::SetFee;
use oikos_protocol::command::scoring::Shape;
use oikos_protocol::command::task::{MechanismKind, Milestone, ReviewDefault, Sealing, Selection, TaskSpec};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::event::money::Purse;
use oikos_protocol::event::task::Phase;
use oikos_protocol::genesis::Limits;
use oikos_protocol::id::{
    AccountId, AssetId, DeskId, Hash32, MilestoneId, OfferId, OrderId, ParticipantId, TaskId, TransferId,
};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::transfer::CreateTransferStatus;
use oikos_protocol::time::{Span, Timestamp};
use town::*;

const NO_TASK: TaskId = TaskId(77);
const NO_ASSET: AssetId = AssetId(77);

/// A task with one thing about it changed can't be written down.
#[track_caller]
fn no_task(change: impl Fn(&mut TaskSpec), code: &str, field: &str) {
    let mut town = Town::new();
    let mut spec = town.spec();
    change(&mut spec);
    refused(&mut town, ANN, Command::PostTask(spec.into()), code, field);
}

fn posted(change: impl Fn(&mut TaskSpec)) -> (Town, TaskId) {
    let mut town = Town::new();
    let mut spec = town.spec();
    change(&mut spec);
    let task = town.post(ANN, spec);
    (town, task)
}

/// Offered to Bob at 50.00.
fn offered(change: impl Fn(&mut TaskSpec)) -> (Town, TaskId) {
    let (mut town, task) = posted(change);
    if town.phase(task) == Phase::PendingApproval {
        town.must(OLA, approve(task));
    }
    town.bids(task, &[(BOB, 5_000)]);
    (town, task)
}

fn active() -> (Town, TaskId) {
    let (mut town, task) = offered(|_| {});
    town.accept_award(BOB, task);
    (town, task)
}

fn submitted() -> (Town, TaskId) {
    let (mut town, task) = active();
    town.submit(BOB, task, 0);
    (town, task)
}

#[test]
fn every_code_has_a_test_of_its_name_that_names_it() {
    let source = [include_str!("rejections.rs"), include_str!("on_top.rs")].concat();
    let mut missing = Vec::new();
    for (code, _) in Rejection::codes() {
        let head = format!("#[test]\nfn {}() {{\n", code.replace('.', "_"));
        let body = source.split_once(&head).and_then(|(_, rest)| rest.split("\n}\n").next());
        if !body.is_some_and(|body| body.contains(&format!("\"{code}\""))) {
            missing.push(code);
        }
    }
    assert!(missing.is_empty(), "no test provokes {missing:?}");
}

// ---- The request itself.

#[test]
fn request_expired() {
    let mut town = Town::new();
    let mut request = town.request(ANN, publish(NO_TASK));
    request.expires = town.now;
    let before = town.economy.digest();
    let Outcome::Rejected(why) = town.send(&request) else { panic!() };
    assert_eq!((why.code(), why.field()), ("request.expired", "expires"));
    assert_eq!(town.economy.digest(), before, "what had expired is not even remembered");
}

#[test]
fn request_expires_too_far() {
    let mut town = Town::new();
    let mut request = town.request(ANN, publish(NO_TASK));
    request.expires = Timestamp(town.now.0 + Span::hours(24).0 + 1);
    let before = town.economy.digest();
    let Outcome::Rejected(why) = town.send(&request) else { panic!() };
    assert_eq!((why.code(), why.field()), ("request.expires_too_far", "expires"));
    assert_eq!(town.economy.digest(), before);
}

#[test]
fn request_unknown_participant() {
    refused(&mut Town::new(), NOBODY, publish(NO_TASK), "request.unknown_participant", "by");
}

#[test]
fn request_id_reused() {
    let (mut town, task) = posted(|_| {});
    let first = town.request(BOB, bid(task, 5_000));
    assert_eq!(town.send(&first), Outcome::Accepted(Reply::Done));
    let mut other = first.clone();
    other.command = bid(task, 4_000);
    let before = town.economy.digest();
    let Outcome::Rejected(why) = town.send(&other) else { panic!() };
    assert_eq!((why.code(), why.field()), ("request.id_reused", "id"));
    assert_eq!(town.economy.digest(), before);
}

#[test]
fn request_not_the_operator() {
    let set_fee = Command::SetFee(SetFee { fee: percent(1) });
    refused(&mut Town::new(), ANN, set_fee, "request.not_the_operator", "by");
    refused(&mut Town::new(), ANN, define("USD"), "request.not_the_operator", "by");
    let link = Hash32::ZERO;
    refused(&mut Town::new(), ANN, Command::RevealBeacon(RevealBeacon { link }), "request.not_the_operator", "by");
}

// ---- Participants and mandates.

#[test]
fn participant_unknown() {
    let ask = SetMandate { participant: NOBODY, ..mandate() };
    refused(&mut Town::new(), OPERATOR, Command::SetMandate(ask), "participant.unknown", "participant");
}

#[test]
fn participant_not_the_principal() {
    let mut town = Town::new();
    let for_bob = Register { principal: Some(BOB), ..agent(&[]) };
    refused(&mut town, CAT, Command::Register(for_bob), "participant.not_the_principal", "principal");
    refused(&mut town, CAT, Command::Register(agent(&[])), "participant.not_the_principal", "principal");
    refused(&mut town, CAT, Command::SetMandate(mandate()), "participant.not_the_principal", "principal");
}

#[test]
fn participant_unknown_principal() {
    let ask = Register { principal: Some(NOBODY), ..agent(&[]) };
    refused(&mut Town::new(), OPERATOR, Command::Register(ask), "participant.unknown_principal", "principal");
}

#[test]
fn participant_nested_principal() {
    let ask = Register { principal: Some(BOT), ..agent(&[]) };
    refused(&mut Town::new(), BOT, Command::Register(ask), "participant.nested_principal", "principal");
}

#[test]
fn participant_too_many_capabilities() {
    let mut town = Town::with(1, Limits { capabilities_max: 2, ..Limits::default() });
    let ask = Command::Register(agent(&["a", "b", "c"]));
    refused(&mut town, OPERATOR, ask, "participant.too_many_capabilities", "capabilities");
}

#[test]
fn participant_capability_twice() {
    let ask = Command::Register(agent(&["a", "b", "a"]));
    refused(&mut Town::new(), OPERATOR, ask, "participant.capability_twice", "capabilities");
}

#[test]
fn participant_bad_calendar() {
    let week = WorkingWeek { days: 0, from_minute: 540, to_minute: 1_020, utc_offset_minutes: 0 };
    let ask = Register { kind: ParticipantKind::Human, calendar: Some(week), ..agent(&[]) };
    refused(&mut Town::new(), OPERATOR, Command::Register(ask), "participant.bad_calendar", "calendar");
}

#[test]
fn participant_calendar_of_a_machine() {
    let week = WorkingWeek { days: 1, from_minute: 540, to_minute: 1_020, utc_offset_minutes: 0 };
    let ask = Register { calendar: Some(week), ..agent(&[]) };
    refused(&mut Town::new(), OPERATOR, Command::Register(ask), "participant.calendar_of_a_machine", "calendar");
}

fn mandate() -> SetMandate {
    SetMandate { participant: ANN, asset: EUR, per_task_max: cents(1), open_max: cents(1), approver: OLA }
}

#[test]
fn participant_unknown_asset() {
    let ask = SetMandate { asset: NO_ASSET, ..mandate() };
    refused(&mut Town::new(), ANN, Command::SetMandate(ask), "participant.unknown_asset", "asset");
}

#[test]
fn participant_unknown_approver() {
    let ask = SetMandate { approver: NOBODY, ..mandate() };
    refused(&mut Town::new(), ANN, Command::SetMandate(ask), "participant.unknown_approver", "approver");
}

#[test]
fn participant_own_approver() {
    let ask = SetMandate { approver: ANN, ..mandate() };
    refused(&mut Town::new(), ANN, Command::SetMandate(ask), "participant.own_approver", "approver");
}

// ---- Assets.

fn define(code: &str) -> Command {
    define_as(code, Regime::Issuer(OPERATOR))
}

fn define_as(code: &str, regime: Regime) -> Command {
    Command::DefineAsset(DefineAsset { code: AssetCode::new(code).unwrap(), scale: Scale::new(2).unwrap(), regime })
}

#[test]
fn asset_code_taken() {
    refused(&mut Town::new(), OPERATOR, define("EUR"), "asset.code_taken", "code");
}

#[test]
fn asset_too_many() {
    let mut town = Town::with(1, Limits { assets_max: 1, ..Limits::default() });
    refused(&mut town, OPERATOR, define("USD"), "asset.too_many", "code");
}

#[test]
fn asset_unknown_holder() {
    let regime = Regime::Issuer(NOBODY);
    refused(&mut Town::new(), OPERATOR, define_as("USD", regime), "asset.unknown_holder", "regime");
}

#[test]
fn asset_zero_supply() {
    let regime = Regime::FixedSupply { supply: Amount::ZERO, to: ANN };
    refused(&mut Town::new(), OPERATOR, define_as("USD", regime), "asset.zero_supply", "regime");
}

fn issue(asset: AssetId, to: ParticipantId, amount: Amount) -> Command {
    Command::Issue(Issue { asset, to, amount, reference: Hash32::ZERO })
}

#[test]
fn asset_unknown() {
    refused(&mut Town::new(), OPERATOR, issue(NO_ASSET, ANN, cents(1)), "asset.unknown", "asset");
    refused(&mut Town::new(), OPERATOR, issue(AssetId(0), ANN, cents(1)), "asset.unknown", "asset");
}

#[test]
fn asset_not_the_issuer() {
    let mut town = Town::new();
    refused(&mut town, ANN, issue(EUR, ANN, cents(1)), "asset.not_the_issuer", "by");
    let regime = Regime::FixedSupply { supply: cents(100), to: ANN };
    assert_eq!(town.must(OPERATOR, define_as("USD", regime)), Reply::Asset(AssetId(2)));
    refused(&mut town, OPERATOR, issue(AssetId(2), ANN, cents(1)), "asset.not_the_issuer", "by");
}

#[test]
fn asset_unknown_receiver() {
    refused(&mut Town::new(), OPERATOR, issue(EUR, NOBODY, cents(1)), "asset.unknown_receiver", "to");
}

#[test]
fn asset_zero_amount() {
    refused(&mut Town::new(), OPERATOR, issue(EUR, ANN, Amount::ZERO), "asset.zero_amount", "amount");
}

#[test]
fn asset_supply_overflow() {
    let mut town = Town::new();
    refused(&mut town, OPERATOR, issue(EUR, ANN, SUPPLY_MAX), "asset.supply_overflow", "amount");
    refused(&mut town, OPERATOR, issue(EUR, ANN, Amount::MAX), "asset.supply_overflow", "amount");
    let regime = Regime::FixedSupply { supply: Amount(SUPPLY_MAX.0 + 1), to: ANN };
    refused(&mut town, OPERATOR, define_as("USD", regime), "asset.supply_overflow", "amount");
}

// ---- Payments.

fn transfer(id: u128, from: ParticipantId, to: ParticipantId, amount: u128) -> Transfer {
    Transfer {
        id: TransferId(id),
        debit_account_id: available_account(from, EUR),
        credit_account_id: available_account(to, EUR),
        amount: cents(amount),
        ledger: EUR,
        code: 1,
        ..Transfer::ZERO
    }
}

fn pay(transfers: &[Transfer]) -> Command {
    Command::CreateTransfers(transfers.to_vec())
}

#[test]
fn payment_empty_batch() {
    refused(&mut Town::new(), ANN, pay(&[]), "payment.empty_batch", "transfers");
}

#[test]
fn payment_batch_too_large() {
    let mut town = Town::with(1, Limits { transfers_max: 1, ..Limits::default() });
    let two = [transfer(1, ANN, BOB, 1), transfer(2, ANN, BOB, 1)];
    refused(&mut town, ANN, pay(&two), "payment.batch_too_large", "transfers");
}

#[test]
fn payment_not_your_account() {
    let mut town = Town::new();
    let (code, field) = ("payment.not_your_account", "transfers.debit_account_id");
    refused(&mut town, BOB, pay(&[transfer(1, ANN, BOB, 1)]), code, field);
    refused(&mut town, OPERATOR, pay(&[transfer(1, ANN, BOB, 1)]), code, field);
    // Neither a task's pool nor the issuer's account is anybody's to spend from.
    let pools: Vec<AccountId> = town.economy.ledger().accounts().iter().map(|account| account.id).collect();
    for account in pools.into_iter().filter(|id| *id != available_account(BOB, EUR)) {
        let theft = Transfer { debit_account_id: account, ..transfer(1, ANN, BOB, 1) };
        refused(&mut town, BOB, pay(&[theft]), code, field);
    }
}

#[test]
fn payment_not_your_pending() {
    let mut town = Town::new();
    let pending = Transfer { flags: TransferFlags::PENDING, ..transfer(1, ANN, BOB, 1) };
    town.must(ANN, pay(&[pending]));
    let (code, field) = ("payment.not_your_pending", "transfers.pending_id");
    let (post, void) = (TransferFlags::POST_PENDING_TRANSFER, TransferFlags::VOID_PENDING_TRANSFER);
    let ends = |flags| Transfer { pending_id: TransferId(1), flags, ..transfer(2, ANN, BOB, 1) };
    refused(&mut town, CAT, pay(&[ends(post)]), code, field);
    refused(&mut town, ANN, pay(&[ends(void)]), code, field);
    let unnamed = Transfer { debit_account_id: AccountId(0), credit_account_id: AccountId(0), ..ends(post) };
    refused(&mut town, BOB, pay(&[unnamed]), code, field);
    let Reply::Transfers(statuses) = town.must(BOB, pay(&[ends(void)])) else { panic!() };
    assert_eq!(statuses, [CreateTransferStatus::Created]);
}

#[test]
fn payment_no_such_receiver() {
    let mut town = Town::new();
    let (code, field) = ("payment.no_such_receiver", "transfers.credit_account_id");
    refused(&mut town, ANN, pay(&[transfer(1, ANN, NOBODY, 1)]), code, field);
    let issuer = town.economy.ledger().accounts()[0].id;
    refused(&mut town, ANN, pay(&[Transfer { credit_account_id: issuer, ..transfer(1, ANN, BOB, 1) }]), code, field);
}

#[test]
fn payment_forbidden_flag() {
    for flags in [TransferFlags::CLOSING_DEBIT, TransferFlags::CLOSING_CREDIT, TransferFlags::IMPORTED] {
        let closing = Transfer { flags: flags.with(TransferFlags::PENDING), ..transfer(1, ANN, BOB, 1) };
        refused(&mut Town::new(), ANN, pay(&[closing]), "payment.forbidden_flag", "transfers.flags");
    }
}

// ---- Tasks.

#[test]
fn task_unknown() {
    for (by, command) in
        [(ANN, publish(NO_TASK)), (OLA, approve(NO_TASK)), (OLA, refuse(NO_TASK)), (ANN, cancel(NO_TASK))]
    {
        refused(&mut Town::new(), by, command, "task.unknown", "task");
    }
}

#[test]
fn task_not_draft() {
    let (mut town, task) = posted(|_| {});
    refused(&mut town, ANN, publish(task), "task.not_draft", "task");
    refused(&mut town, BOB, publish(task), "task.not_draft", "task");
}

#[test]
fn task_not_pending_approval() {
    let (mut town, task) = posted(|_| {});
    refused(&mut town, OLA, approve(task), "task.not_pending_approval", "task");
    refused(&mut town, OLA, refuse(task), "task.not_pending_approval", "task");
}

#[test]
fn task_not_cancellable() {
    let (mut town, task) = active();
    refused(&mut town, ANN, cancel(task), "task.not_cancellable", "task");
}

#[test]
fn task_not_the_poster() {
    let (mut town, task) = posted(|_| {});
    refused(&mut town, BOB, cancel(task), "task.not_the_poster", "task");
    let draft = town.draft(ANN, town.spec());
    refused(&mut town, BOB, publish(draft), "task.not_the_poster", "task");
}

#[test]
fn task_not_the_approver() {
    let (mut town, task) = posted(|spec| spec.approver = Some(OLA));
    refused(&mut town, ANN, approve(task), "task.not_the_approver", "task");
    refused(&mut town, BOB, refuse(task), "task.not_the_approver", "task");
}

#[test]
fn task_unknown_asset() {
    no_task(|spec| spec.asset = NO_ASSET, "task.unknown_asset", "asset");
}

#[test]
fn task_zero_budget() {
    no_task(|spec| spec.budget = Amount::ZERO, "task.zero_budget", "budget");
}

#[test]
fn task_budget_too_large() {
    no_task(|spec| spec.budget = Amount(1 << 88), "task.budget_too_large", "budget");
    no_task(|spec| spec.budget = Amount::MAX, "task.budget_too_large", "budget");
}

#[test]
fn task_reserve_above_budget() {
    no_task(|spec| spec.reserve = Some(cents(10_001)), "task.reserve_above_budget", "reserve");
}

#[test]
fn task_cancel_fee_above_budget() {
    no_task(|spec| spec.cancel_fee = cents(10_001), "task.cancel_fee_above_budget", "cancel_fee");
}

#[test]
fn task_bad_capability() {
    let twice = || vec![can("write"), can("write")];
    no_task(|spec| spec.requires = twice(), "task.bad_capability", "requires");
    no_task(|spec| spec.constraints = twice(), "task.bad_capability", "requires");
}

#[test]
fn task_bad_milestones() {
    let (code, field) = ("task.bad_milestones", "milestones");
    let part = |share, deliver| Milestone { share: Share::from_millionths(share).unwrap(), deliver };
    no_task(|spec| spec.milestones = vec![], code, field);
    no_task(|spec| spec.milestones = vec![part(999_999, HOUR)], code, field);
    no_task(|spec| spec.milestones = vec![part(1_000_000, HOUR), part(0, HOUR)], code, field);
    no_task(|spec| spec.milestones = vec![part(1_000_000, Span::ZERO)], code, field);
    no_task(|spec| spec.milestones = [vec![part(15_625, HOUR); 64], vec![part(1, HOUR)]].concat(), code, field);
}

#[test]
fn task_zero_window() {
    let zeros: [fn(&mut TaskSpec); 6] = [
        |spec| spec.windows.approve = Span::ZERO,
        |spec| spec.windows.bid = Span::ZERO,
        |spec| spec.sealing = Sealing::CommitReveal { reveal: Span::ZERO },
        |spec| spec.selection = Selection::Manual { select: Span::ZERO },
        |spec| spec.windows.accept = Span::ZERO,
        |spec| spec.windows.review = Span::ZERO,
    ];
    for zero in zeros {
        no_task(zero, "task.zero_window", "windows");
    }
}

#[test]
fn task_review_too_short() {
    let mut town = Town::new();
    let mut spec = town.spec();
    spec.windows.review = Span(Span::hours(8).0 - 1);
    let (code, field) = ("task.review_too_short", "windows.review");
    refused(&mut town, IDA, Command::PostTask(spec.clone().into()), code, field);
    (spec.evaluator, spec.review_default) = (Some(IDA), ReviewDefault::Evaluator);
    refused(&mut town, ANN, Command::PostTask(spec.into()), code, field);
}

#[test]
fn task_ends_too_soon() {
    // Bids, lot, acceptance and delivery an hour each, eight for the review.
    let (code, field) = ("task.ends_too_soon", "ends_at");
    no_task(|spec| spec.ends_at = Timestamp(Span::hours(12).0 - 1), code, field);
    posted(|spec| spec.ends_at = Timestamp(Span::hours(12).0));
    let by_evaluator = |spec: &mut TaskSpec| {
        (spec.evaluator, spec.review_default) = (Some(EVA), ReviewDefault::Evaluator);
        spec.ends_at = Timestamp(Span::hours(20).0 - 1);
    };
    no_task(by_evaluator, code, field);
    // A draft that has waited for too long.
    let mut town = Town::new();
    let draft = town.draft(ANN, TaskSpec { ends_at: town.now.after(Span::hours(12)), ..town.spec() });
    town.wait(Span(1));
    refused(&mut town, ANN, publish(draft), code, field);
}

#[test]
fn task_unknown_approver() {
    no_task(|spec| spec.approver = Some(NOBODY), "task.unknown_approver", "approver");
}

#[test]
fn task_own_approver() {
    no_task(|spec| spec.approver = Some(ANN), "task.own_approver", "approver");
}

#[test]
fn task_no_confirmer() {
    no_task(|spec| spec.confirm_above = Some(cents(1)), "task.no_confirmer", "confirm_above");
}

#[test]
fn task_unknown_evaluator() {
    no_task(|spec| spec.evaluator = Some(NOBODY), "task.unknown_evaluator", "evaluator");
}

#[test]
fn task_no_evaluator() {
    no_task(|spec| spec.review_default = ReviewDefault::Evaluator, "task.no_evaluator", "review_default");
}

#[test]
fn task_beacon_exhausted() {
    let mut town = Town::with(0, Limits::default());
    for mechanism in [MechanismKind::Lottery, MechanismKind::PostedPrice] {
        let spec = TaskSpec { mechanism, ..town.spec() };
        refused(&mut town, ANN, Command::PostTask(spec.into()), "task.beacon_exhausted", "mechanism");
    }
}

#[test]
fn task_above_mandate() {
    let mut town = Town::new();
    town.mandate(ANN, 20_000, 15_000, OLA);
    town.post(ANN, town.spec());
    let spec = Command::PostTask(town.spec().into());
    refused(&mut town, ANN, spec, "task.above_mandate", "budget");
}

#[test]
fn task_insufficient_funds() {
    let (code, field) = ("task.insufficient_funds", "budget");
    no_task(|spec| spec.budget = cents(PURSE + 1), code, field);
    let mut town = Town::new();
    let draft = town.draft(ANN, TaskSpec { budget: cents(PURSE + 1), ..town.spec() });
    refused(&mut town, ANN, publish(draft), code, field);
}

// ---- Bids.

#[test]
fn bid_unknown_task() {
    for command in [bid(NO_TASK, 1), withdraw(NO_TASK), reveal(NO_TASK, 1)] {
        refused(&mut Town::new(), BOB, command, "bid.unknown_task", "task");
    }
}

#[test]
fn bid_not_open() {
    let (mut town, task) = offered(|_| {});
    refused(&mut town, CAT, bid(task, 1), "bid.not_open", "task");
    refused(&mut town, BOB, withdraw(task), "bid.not_open", "task");
}

#[test]
fn bid_not_revealing() {
    let (mut town, task) = posted(|_| {});
    town.bid(BOB, task, 5_000);
    refused(&mut town, BOB, reveal(task, 5_000), "bid.not_revealing", "task");
    refused(&mut town, CAT, reveal(task, 5_000), "bid.not_revealing", "task");
}

#[test]
fn bid_own_task() {
    let (mut town, task) = posted(|_| {});
    refused(&mut town, ANN, bid(task, 1), "bid.own_task", "task");
}

#[test]
fn bid_affiliate() {
    let mut town = Town::new();
    let task = town.post(BOB, town.spec());
    refused(&mut town, BOT, bid(task, 1), "bid.affiliate", "task");
}

#[test]
fn bid_judge() {
    let (mut town, task) = posted(|spec| spec.evaluator = Some(BOB));
    refused(&mut town, BOB, bid(task, 1), "bid.judge", "by");
    refused(&mut town, BOT, bid(task, 1), "bid.judge", "by");
    refused(&mut town, CAT, team_bid(task, 1, &[(CAT, 1), (BOT, 1)]), "bid.judge", "by");
    let (mut town, task) = posted(|spec| spec.approver = Some(OLA));
    town.must(OLA, approve(task));
    refused(&mut town, OLA, bid(task, 1), "bid.judge", "by");
}

#[test]
fn bid_lacks_capability() {
    let (mut town, task) = posted(|spec| spec.requires.push(can("sing")));
    refused(&mut town, BOB, bid(task, 1), "bid.lacks_capability", "task");
}

#[test]
fn bid_low_reputation() {
    let (mut town, task) = posted(|spec| spec.reputation_min = percent(51));
    refused(&mut town, BOB, bid(task, 1), "bid.low_reputation", "task");
}

#[test]
fn bid_wrong_terms() {
    let (mut town, task) = posted(|_| {});
    refused(&mut town, BOB, commit(BOB, task, 1), "bid.wrong_terms", "terms");
    let (mut town, task) = posted(|spec| spec.sealing = Sealing::CommitReveal { reveal: HOUR });
    refused(&mut town, BOB, bid(task, 1), "bid.wrong_terms", "terms");
}

#[test]
fn bid_wrong_promise() {
    let scoring = counts(Some((100, Shape::Linear)), Some(100), None);
    let (mut town, task) = posted(|spec| spec.mechanism = MechanismKind::ScoringFirst(scoring));
    let wrong = [promise(None, None), promise(Some(90), None), promise(None, Some(50)), promise(Some(90), Some(0))];
    for said in wrong {
        refused(&mut town, BOB, scored_bid(task, 1, said), "bid.wrong_promise", "terms.promise");
    }
    refused(&mut town, BOB, bid(task, 1), "bid.wrong_promise", "terms.promise");
    let (mut town, task) = posted(|_| {});
    refused(&mut town, BOB, scored_bid(task, 1, promise(None, None)), "bid.wrong_promise", "terms.promise");
    // What was committed to is looked at when it is revealed.
    let (mut town, task) = posted(|spec| {
        spec.mechanism = MechanismKind::ScoringFirst(scoring);
        spec.sealing = Sealing::CommitReveal { reveal: HOUR };
    });
    town.must(BOB, commit_scored(BOB, task, 1, promise(Some(90), None)));
    town.wait(HOUR);
    refused(&mut town, BOB, reveal_scored(task, 1, promise(Some(90), None)), "bid.wrong_promise", "terms.promise");
}

#[test]
fn task_bad_scoring() {
    let none = counts(None, None, None);
    let nothing = counts(Some((0, Shape::Linear)), None, None);
    let too_much = counts(None, Some(1 << 88), None);
    for scoring in [none, nothing, too_much] {
        for mechanism in [MechanismKind::ScoringFirst(scoring), MechanismKind::ScoringSecond(scoring)] {
            no_task(|spec| spec.mechanism = mechanism, "task.bad_scoring", "mechanism");
        }
    }
}

#[test]
fn bid_above_reserve() {
    let (mut town, task) = posted(|_| {});
    refused(&mut town, BOB, bid(task, 10_001), "bid.above_reserve", "terms.price");
    let (mut town, task) = posted(|spec| spec.reserve = Some(cents(5_000)));
    refused(&mut town, BOB, bid(task, 5_001), "bid.above_reserve", "terms.price");
}

#[test]
fn bid_bad_team() {
    let (mut town, task) = posted(|_| {});
    let bad: [&[(ParticipantId, u32)]; 4] =
        [&[(CAT, 1), (DAN, 1)], &[(BOB, 1), (CAT, 0)], &[(BOB, 1), (BOB, 1)], &[(BOB, 1), (NOBODY, 1)]];
    for team in bad {
        refused(&mut town, BOB, team_bid(task, 1, team), "bid.bad_team", "team");
    }
    let mut town = Town::with(1, Limits { team_max: 1, ..Limits::default() });
    let task = town.post(ANN, town.spec());
    refused(&mut town, BOB, team_bid(task, 1, &[(BOB, 1), (CAT, 1)]), "bid.bad_team", "team");
}

#[test]
fn bid_principal_has_bid() {
    let (mut town, task) = posted(|_| {});
    town.bid(BOT, task, 5_000);
    refused(&mut town, BOB, bid(task, 4_000), "bid.principal_has_bid", "by");
}

#[test]
fn bid_too_many_bids() {
    let mut town = Town::with(1, Limits { bids_max: 1, ..Limits::default() });
    let task = town.post(ANN, town.spec());
    town.bid(BOB, task, 5_000);
    town.bid(BOB, task, 4_000);
    refused(&mut town, CAT, bid(task, 1), "bid.too_many_bids", "task");
}

#[test]
fn bid_above_mandate() {
    let (code, field) = ("bid.above_mandate", "terms.price");
    let (mut town, task) = posted(|spec| spec.bid_deposit = percent(10));
    town.mandate(BOB, 499, 499, OLA);
    refused(&mut town, BOB, bid(task, 5_000), code, field);
    town.bid(BOB, task, 4_990);
    // Under second-price the award, and with it the bond, may be as high as the reserve.
    let with_bond = |spec: &mut TaskSpec| {
        (spec.mechanism, spec.performance_bond) = (MechanismKind::SecondPrice, percent(10));
    };
    let (mut town, task) = posted(with_bond);
    town.mandate(BOB, 999, 999, OLA);
    refused(&mut town, BOB, bid(task, 1), code, field);
}

#[test]
fn bid_insufficient_funds() {
    let (mut town, task) = posted(|spec| spec.bid_deposit = percent(100));
    town.must(BOB, pay(&[transfer(1, BOB, CAT, PURSE - 99)]));
    refused(&mut town, BOB, bid(task, 100), "bid.insufficient_funds", "terms.price");
    town.bid(BOB, task, 99);
    refused(&mut town, BOB, bid(task, 100), "bid.insufficient_funds", "terms.price");
}

#[test]
fn bid_no_bid() {
    let (mut town, task) = posted(|_| {});
    refused(&mut town, BOB, withdraw(task), "bid.no_bid", "task");
    let (mut town, task) = posted(|spec| spec.sealing = Sealing::CommitReveal { reveal: HOUR });
    town.must(BOB, commit(BOB, task, 1));
    town.wait_for(task);
    refused(&mut town, CAT, reveal(task, 1), "bid.no_bid", "task");
}

fn revealing() -> (Town, TaskId) {
    let (mut town, task) = posted(|spec| spec.sealing = Sealing::CommitReveal { reveal: HOUR });
    town.must(BOB, commit(BOB, task, 5_000));
    town.wait_for(task);
    (town, task)
}

#[test]
fn bid_already_revealed() {
    let (mut town, task) = revealing();
    town.must(BOB, reveal(task, 5_000));
    refused(&mut town, BOB, reveal(task, 5_000), "bid.already_revealed", "task");
}

#[test]
fn bid_not_the_commitment() {
    let (mut town, task) = revealing();
    refused(&mut town, BOB, reveal(task, 4_999), "bid.not_the_commitment", "nonce");
}

#[test]
fn a_commitment_copied_from_another_bidder_cannot_be_opened() {
    let (mut town, task) = posted(|spec| spec.sealing = Sealing::CommitReveal { reveal: HOUR });
    town.must(BOB, commit(BOB, task, 5_000));
    town.must(CAT, commit(BOB, task, 5_000));
    town.wait_for(task);
    refused(&mut town, CAT, reveal(task, 5_000), "bid.not_the_commitment", "nonce");
}

// ---- Awards.

fn selecting() -> (Town, TaskId) {
    let (mut town, task) = posted(|spec| spec.selection = Selection::Manual { select: HOUR });
    town.bids(task, &[(BOB, 5_000)]);
    (town, task)
}

#[test]
fn award_unknown_task() {
    let commands = [select(NO_TASK, BOB), take_award(NO_TASK), confirm(NO_TASK), decline(NO_TASK)];
    for command in commands {
        refused(&mut Town::new(), ANN, command, "award.unknown_task", "task");
    }
}

#[test]
fn award_not_selecting() {
    let (mut town, task) = offered(|_| {});
    refused(&mut town, ANN, select(task, BOB), "award.not_selecting", "task");
}

#[test]
fn award_not_the_poster() {
    let (mut town, task) = selecting();
    refused(&mut town, BOB, select(task, BOB), "award.not_the_poster", "task");
}

#[test]
fn award_no_such_bid() {
    let (mut town, task) = selecting();
    let ask = Command::SelectBid(SelectBid { task, bidder: CAT });
    refused(&mut town, ANN, ask, "award.no_such_bid", "bidder");
}

#[test]
fn award_not_offered() {
    let (mut town, task) = active();
    for (by, command) in [(BOB, take_award(task)), (BOB, decline(task)), (OLA, confirm(task))] {
        refused(&mut town, by, command, "award.not_offered", "task");
    }
}

#[test]
fn award_not_the_winner() {
    let (mut town, task) = offered(|_| {});
    refused(&mut town, CAT, take_award(task), "award.not_the_winner", "task");
    refused(&mut town, ANN, decline(task), "award.not_the_winner", "task");
}

fn confirmed_above_zero(spec: &mut TaskSpec) {
    (spec.approver, spec.confirm_above) = (Some(OLA), Some(Amount::ZERO));
}

#[test]
fn award_already_accepted() {
    let (mut town, task) = offered(confirmed_above_zero);
    town.accept_award(BOB, task);
    refused(&mut town, BOB, take_award(task), "award.already_accepted", "task");
    refused(&mut town, BOB, decline(task), "award.already_accepted", "task");
}

#[test]
fn award_not_the_approver() {
    let (mut town, task) = offered(confirmed_above_zero);
    town.accept_award(BOB, task);
    refused(&mut town, ANN, confirm(task), "award.not_the_approver", "task");
    let (mut town, task) = offered(|_| {});
    refused(&mut town, ANN, confirm(task), "award.not_the_approver", "task");
}

#[test]
fn award_not_to_confirm() {
    let (mut town, task) = offered(confirmed_above_zero);
    refused(&mut town, OLA, confirm(task), "award.not_to_confirm", "task");
}

#[test]
fn award_insufficient_bond() {
    let (mut town, task) = offered(|spec| spec.performance_bond = percent(100));
    town.must(BOB, pay(&[transfer(1, BOB, CAT, PURSE - 4_999)]));
    refused(&mut town, BOB, take_award(task), "award.insufficient_bond", "task");
}

// ---- Contracts.

#[test]
fn contract_unknown_task() {
    refused(&mut Town::new(), BOB, submit(NO_TASK, 0), "contract.unknown_task", "task");
    refused(&mut Town::new(), ANN, accept(NO_TASK, 0), "contract.unknown_task", "task");
}

#[test]
fn contract_not_active() {
    let (mut town, task) = submitted();
    refused(&mut town, BOB, submit(task, 0), "contract.not_active", "task");
}

#[test]
fn contract_not_the_worker() {
    let (mut town, task) = active();
    refused(&mut town, CAT, submit(task, 0), "contract.not_the_worker", "task");
}

#[test]
fn contract_not_submitted() {
    let (mut town, task) = active();
    refused(&mut town, ANN, accept(task, 0), "contract.not_submitted", "task");
    let (mut town, task) = submitted();
    town.accept(ANN, task, 0);
    refused(&mut town, ANN, accept(task, 0), "contract.not_submitted", "task");
    assert_eq!(town.money([ANN, BOB]), [95_000, 105_000], "nobody is paid twice");
}

#[test]
fn contract_not_a_reviewer() {
    let (mut town, task) = submitted();
    refused(&mut town, BOB, accept(task, 0), "contract.not_a_reviewer", "task");
    refused(&mut town, OPERATOR, accept(task, 0), "contract.not_a_reviewer", "task");
}

#[test]
fn contract_other_milestone() {
    let (mut town, task) = active();
    refused(&mut town, BOB, submit(task, 1), "contract.other_milestone", "milestone");
    let (mut town, task) = submitted();
    refused(&mut town, ANN, accept(task, 1), "contract.other_milestone", "milestone");
}

#[test]
fn contract_no_deliverable() {
    let (mut town, task) = active();
    let empty = SubmitDeliverable { task, milestone: MilestoneId(0), deliverable: Hash32::ZERO };
    refused(&mut town, BOB, Command::SubmitDeliverable(empty), "contract.no_deliverable", "deliverable");
}

// ---- Offers.

fn terms(town: &Town) -> PublishOffer {
    PublishOffer {
        capability: can("write"),
        asset: EUR,
        price: cents(100),
        units: 3,
        buyer: None,
        expires: town.now.after(HOUR),
    }
}

fn no_offer(change: impl Fn(&mut PublishOffer), code: &str, field: &str) {
    let mut town = Town::new();
    let mut ask = terms(&town);
    change(&mut ask);
    refused(&mut town, BOB, Command::PublishOffer(ask), code, field);
}

/// Bob sells three units for 1.00 each.
fn selling(change: impl Fn(&mut PublishOffer)) -> (Town, OfferId) {
    let mut town = Town::new();
    let mut ask = terms(&town);
    change(&mut ask);
    match town.must(BOB, Command::PublishOffer(ask)) {
        Reply::Offer(offer) => (town, offer),
        other => panic!("{other:?}"),
    }
}

fn take(offer: OfferId, units: u32) -> Command {
    Command::TakeOffer(TakeOffer { offer, units, price: cents(100) })
}

fn take_back(offer: OfferId) -> Command {
    Command::WithdrawOffer(WithdrawOffer { offer })
}

#[test]
fn offer_unknown_asset() {
    no_offer(|ask| ask.asset = NO_ASSET, "offer.unknown_asset", "asset");
}

#[test]
fn offer_lacks_capability() {
    no_offer(|ask| ask.capability = can("sing"), "offer.lacks_capability", "capability");
}

#[test]
fn offer_zero_price() {
    no_offer(|ask| ask.price = Amount::ZERO, "offer.zero_price", "price");
}

#[test]
fn offer_zero_units() {
    no_offer(|ask| ask.units = 0, "offer.zero_units", "units");
    let (mut town, offer) = selling(|_| {});
    refused(&mut town, ANN, take(offer, 0), "offer.zero_units", "units");
}

#[test]
fn offer_expires_in_the_past() {
    no_offer(|ask| ask.expires = Timestamp::ZERO, "offer.expires_in_the_past", "expires");
}

#[test]
fn offer_unknown_buyer() {
    no_offer(|ask| ask.buyer = Some(NOBODY), "offer.unknown_buyer", "buyer");
}

#[test]
fn offer_unknown() {
    refused(&mut Town::new(), ANN, take(OfferId(7), 1), "offer.unknown", "offer");
    refused(&mut Town::new(), ANN, take_back(OfferId(7)), "offer.unknown", "offer");
}

#[test]
fn offer_expired() {
    let (mut town, offer) = selling(|_| {});
    town.wait(HOUR);
    refused(&mut town, ANN, take(offer, 1), "offer.expired", "offer");
    refused(&mut town, BOB, take_back(offer), "offer.expired", "offer");
    assert_eq!(town.money([ANN, BOB]), [PURSE; 2]);
}

#[test]
fn offer_used_up() {
    let (mut town, offer) = selling(|_| {});
    town.must(ANN, take(offer, 3));
    refused(&mut town, ANN, take(offer, 1), "offer.used_up", "offer");
    assert_eq!(town.money([ANN, BOB]), [99_700, 100_300]);
}

#[test]
fn offer_withdrawn() {
    let (mut town, offer) = selling(|_| {});
    town.must(BOB, take_back(offer));
    refused(&mut town, ANN, take(offer, 1), "offer.withdrawn", "offer");
}

#[test]
fn offer_not_the_seller() {
    let (mut town, offer) = selling(|_| {});
    refused(&mut town, ANN, take_back(offer), "offer.not_the_seller", "offer");
}

#[test]
fn offer_own_offer() {
    let (mut town, offer) = selling(|_| {});
    refused(&mut town, BOB, take(offer, 1), "offer.own_offer", "offer");
    refused(&mut town, BOT, take(offer, 1), "offer.own_offer", "offer");
}

#[test]
fn offer_not_the_buyer() {
    let (mut town, offer) = selling(|ask| ask.buyer = Some(CAT));
    refused(&mut town, ANN, take(offer, 1), "offer.not_the_buyer", "offer");
}

#[test]
fn offer_other_price() {
    let (mut town, offer) = selling(|ask| ask.price = cents(101));
    refused(&mut town, ANN, take(offer, 1), "offer.other_price", "price");
}

#[test]
fn offer_too_few_left() {
    let (mut town, offer) = selling(|_| {});
    town.must(ANN, take(offer, 2));
    refused(&mut town, ANN, take(offer, 2), "offer.too_few_left", "units");
}

#[test]
fn offer_insufficient_funds() {
    let (mut town, offer) = selling(|ask| ask.units = u32::MAX);
    refused(&mut town, ANN, take(offer, 1_001), "offer.insufficient_funds", "units");
    let (mut town, offer) = selling(|ask| ask.price = Amount::MAX);
    let dear = Command::TakeOffer(TakeOffer { offer, units: 3, price: Amount::MAX });
    refused(&mut town, ANN, dear, "offer.insufficient_funds", "units");
}

// ---- Desks.

const NO_DESK: DeskId = DeskId(77);
const CALL: Market = Market::Call { every: Span::seconds(60), split: Share::NONE };

fn no_desk(change: impl Fn(&mut OpenDesk), code: &str, field: &str) {
    let mut town = Town::with_desk(Market::Continuous);
    let mut ask = OpenDesk { base: EUR, quote: KWH, ..desk(Market::Continuous) };
    change(&mut ask);
    refused(&mut town, OPERATOR, Command::OpenDesk(ask), code, field);
}

#[test]
fn desk_unknown_base() {
    no_desk(|ask| ask.base = NO_ASSET, "desk.unknown_base", "base");
}

#[test]
fn desk_unknown_quote() {
    no_desk(|ask| ask.quote = NO_ASSET, "desk.unknown_quote", "quote");
}

#[test]
fn desk_same_asset() {
    no_desk(|ask| ask.quote = EUR, "desk.same_asset", "quote");
}

#[test]
fn desk_zero_lot() {
    no_desk(|ask| ask.lot = 0, "desk.zero_lot", "lot");
}

#[test]
fn desk_zero_tick() {
    no_desk(|ask| ask.tick = Amount::ZERO, "desk.zero_tick", "tick");
}

#[test]
fn desk_bad_quantity_max() {
    no_desk(|ask| ask.quantity_max = 0, "desk.bad_quantity_max", "quantity_max");
    no_desk(|ask| ask.quantity_max = 1 << 32, "desk.bad_quantity_max", "quantity_max");
}

#[test]
fn desk_bad_orders_max() {
    no_desk(|ask| ask.orders_max = 0, "desk.bad_orders_max", "orders_max");
    no_desk(|ask| ask.orders_max = u32::MAX, "desk.bad_orders_max", "orders_max");
}

#[test]
fn desk_call_too_often() {
    let often = Market::Call { every: Span(999_999), split: Share::NONE };
    no_desk(|ask| ask.market = often, "desk.call_too_often", "market.call.every");
}

#[test]
fn desk_pair_taken() {
    no_desk(|ask| (ask.base, ask.quote) = (KWH, EUR), "desk.pair_taken", "base");
}

#[test]
fn desk_too_many() {
    let mut town = Town::new();
    let mut pairs = Vec::new();
    for number in 2..20 {
        let code = AssetCode::new(&format!("A{number}")).unwrap();
        let (scale, regime) = (Scale::new(0).unwrap(), Regime::Issuer(OPERATOR));
        let asset = AssetId(number);
        assert_eq!(town.must(OPERATOR, Command::DefineAsset(DefineAsset { code, scale, regime })), Reply::Asset(asset));
        pairs.extend((1..number).flat_map(|other| [(asset, AssetId(other)), (AssetId(other), asset)]));
    }
    let ask = |(base, quote)| Command::OpenDesk(OpenDesk { base, quote, ..desk(Market::Continuous) });
    for &pair in &pairs[..256] {
        town.must(OPERATOR, ask(pair));
    }
    refused(&mut town, OPERATOR, ask(pairs[256]), "desk.too_many", "base");
}

#[test]
fn desk_unknown() {
    let ask = Command::ClearCall(ClearCall { desk: NO_DESK });
    refused(&mut Town::new(), OPERATOR, ask, "desk.unknown", "desk");
}

#[test]
fn desk_not_a_call() {
    let mut town = Town::with_desk(Market::Continuous);
    refused(&mut town, OPERATOR, Command::ClearCall(ClearCall { desk: DESK }), "desk.not_a_call", "desk");
}

#[test]
fn desks_are_opened_and_calls_cleared_by_the_operator_alone() {
    let mut town = Town::with_desk(CALL);
    let clear = Command::ClearCall(ClearCall { desk: DESK });
    refused(&mut town, ANN, clear, "request.not_the_operator", "by");
    refused(&mut town, ANN, Command::OpenDesk(desk(CALL)), "request.not_the_operator", "by");
}

// ---- Orders.

fn no_order(by: ParticipantId, ask: Command, code: &str, field: &str) {
    let mut town = Town::with_desk(Market::Continuous);
    refused(&mut town, by, ask, code, field);
}

fn cancel_order(order: OrderId) -> Command {
    Command::CancelOrder(CancelOrder { desk: DESK, order })
}

fn replace_order(order: OrderId, price: u128, quantity: u64) -> Command {
    Command::ReplaceOrder(ReplaceOrder { desk: DESK, order, price: cents(price), quantity })
}

/// Ann's order to buy ten lots at 2.00 rests.
fn resting() -> (Town, OrderId) {
    let mut town = Town::with_desk(Market::Continuous);
    let order = town.order(ANN, Side::Buy, 10, limit(200));
    (town, order)
}

#[test]
fn order_unknown_desk() {
    let (mut town, order) = resting();
    let ask = PlaceOrder { desk: NO_DESK, side: Side::Buy, quantity: 1, kind: limit(5) };
    refused(&mut town, ANN, Command::PlaceOrder(ask), "order.unknown_desk", "desk");
    let ask = CancelOrder { desk: NO_DESK, order };
    refused(&mut town, ANN, Command::CancelOrder(ask), "order.unknown_desk", "desk");
}

#[test]
fn order_unknown() {
    no_order(ANN, cancel_order(OrderId(0)), "order.unknown", "order");
    no_order(ANN, replace_order(OrderId(0), 5, 1), "order.unknown", "order");
}

#[test]
fn order_over() {
    let (mut town, order) = resting();
    town.must(ANN, cancel_order(order));
    refused(&mut town, ANN, cancel_order(order), "order.over", "order");
    refused(&mut town, ANN, replace_order(order, 5, 1), "order.over", "order");
}

#[test]
fn order_not_yours() {
    let (mut town, order) = resting();
    refused(&mut town, BOB, cancel_order(order), "order.not_yours", "order");
    refused(&mut town, BOB, replace_order(order, 5, 1), "order.not_yours", "order");
}

#[test]
fn order_bad_quantity() {
    no_order(ANN, place(Side::Buy, 0, limit(5)), "order.bad_quantity", "quantity");
    no_order(ANN, place(Side::Sell, 101, OrderKind::Market), "order.bad_quantity", "quantity");
    let (mut town, order) = resting();
    refused(&mut town, ANN, replace_order(order, 200, 0), "order.bad_quantity", "quantity");
}

#[test]
fn order_bad_price() {
    no_order(ANN, place(Side::Buy, 1, limit(0)), "order.bad_price", "price");
    no_order(ANN, place(Side::Buy, 1, OrderKind::FillOrKill { price: cents(7) }), "order.bad_price", "price");
    let (mut town, order) = resting();
    refused(&mut town, ANN, replace_order(order, 201, 1), "order.bad_price", "price");
}

#[test]
fn order_price_too_high() {
    no_order(BOB, place(Side::Sell, 1, limit(5 << 88)), "order.price_too_high", "price");
}

#[test]
fn order_expires_in_the_past() {
    let expired = OrderKind::Limit { price: cents(5), expires: Timestamp::ZERO };
    no_order(ANN, place(Side::Buy, 1, expired), "order.expires_in_the_past", "expires");
}

#[test]
fn order_in_call() {
    let mut town = Town::with_desk(CALL);
    refused(&mut town, ANN, place(Side::Buy, 1, OrderKind::Market), "order.in_call", "kind");
}

#[test]
fn order_too_many() {
    let mut town = Town::with_desk(Market::Continuous);
    for _ in 0..3 {
        town.order(ANN, Side::Buy, 1, limit(5));
    }
    refused(&mut town, ANN, place(Side::Buy, 1, limit(5)), "order.too_many", "desk");
    // What cannot come to rest is not counted, and neither is what is over.
    town.order(ANN, Side::Buy, 1, OrderKind::Market);
    town.must(ANN, cancel_order(OrderId(1)));
    town.order(ANN, Side::Buy, 1, limit(5));
}

#[test]
fn order_insufficient_funds() {
    no_order(ANN, place(Side::Buy, 100, limit(1_005)), "order.insufficient_funds", "quantity");
    no_order(EVA, place(Side::Sell, 1, limit(5)), "order.insufficient_funds", "quantity");
    let (mut town, order) = resting();
    refused(&mut town, ANN, replace_order(order, 100_000, 2), "order.insufficient_funds", "quantity");
}

// ---- The beacon.

#[test]
fn beacon_exhausted() {
    let mut town = Town::with(0, Limits::default());
    let link = Hash32::ZERO;
    refused(&mut town, OPERATOR, Command::RevealBeacon(RevealBeacon { link }), "beacon.exhausted", "link");
}

#[test]
fn beacon_not_the_next_link() {
    let link = Hash32::ZERO;
    refused(
        &mut Town::new(),
        OPERATOR,
        Command::RevealBeacon(RevealBeacon { link }),
        "beacon.not_the_next_link",
        "link",
    );
}

#[test]
fn beacon_nobody_waits() {
    let mut town = Town::new();
    let link = town.next_link();
    refused(&mut town, OPERATOR, Command::RevealBeacon(RevealBeacon { link }), "beacon.nobody_waits", "link");
}

// ---- What an id remembers.

#[test]
fn a_retry_gets_the_first_outcome_again_also_after_other_commands() {
    let mut town = Town::new();
    let post = town.request(ANN, Command::PostTask(town.spec().into()));
    let first = town.send(&post);
    assert_eq!(first, Outcome::Accepted(Reply::Task(TaskId(0))));
    town.bid(BOB, TaskId(0), 5_000);
    town.issue(ANN, PURSE);
    town.post(ANN, town.spec());
    town.wait(Span(HOUR.0 - 1));
    let before = (town.economy.digests().state(), town.money([ANN]));
    assert_eq!(town.send(&post), first);
    assert_eq!((town.economy.digests().state(), town.money([ANN])), before, "nothing is done twice");
}

#[test]
fn a_rejection_is_as_durable_as_an_acceptance() {
    let mut town = Town::new();
    let post = town.request(ANN, Command::PostTask(TaskSpec { budget: cents(2 * PURSE), ..town.spec() }.into()));
    let refused = town.send(&post);
    town.issue(ANN, 10 * PURSE);
    assert_eq!(town.send(&post), refused, "she could pay now, but the answer was given");
}

#[test]
fn an_id_is_remembered_until_the_last_moment_a_request_under_it_named_and_not_longer() {
    let mut town = Town::new();
    let pay_bob = town.request(ANN, pay(&[transfer(1, ANN, BOB, 1)]));
    let post = town.request(ANN, Command::PostTask(town.spec().into()));
    town.send(&pay_bob);
    let first = town.send(&post);
    town.wait(Span::seconds(1_800));
    let mut later = post.clone();
    later.expires = town.now.after(HOUR);
    assert_eq!(town.send(&later), first, "the same content is a retry, whatever it says about its expiry");
    town.wait(Span::seconds(1_801));
    let Outcome::Rejected(why) = town.send(&post) else { panic!() };
    assert_eq!(why.code(), "request.expired");
    assert_eq!(town.send(&later), first, "the later moment has not come");
    town.wait(Span::seconds(1_799));
    let mut again = later.clone();
    again.expires = town.now.after(HOUR);
    assert_eq!(town.send(&again), Outcome::Accepted(Reply::Task(TaskId(1))), "the id is free, the task is another");
}

#[test]
fn one_sender_does_not_use_up_the_ids_of_another() {
    let (mut town, task) = posted(|_| {});
    let by_bob = town.request(BOB, bid(task, 5_000));
    let mut by_cat = by_bob.clone();
    by_cat.by = CAT;
    assert_eq!(town.send(&by_bob), Outcome::Accepted(Reply::Done));
    assert_eq!(town.send(&by_cat), Outcome::Accepted(Reply::Done));
    assert_eq!(town.economy.bids(task).count(), 2);
}

#[test]
fn the_memory_of_ids_shrinks_when_they_have_expired() {
    let mut town = Town::new();
    let before = town.economy.remembered();
    for _ in 0..100 {
        town.ask(ANN, publish(NO_TASK)).unwrap_err();
    }
    assert_eq!(town.economy.remembered(), before + 100);
    town.wait(Span::seconds(3_601));
    for _ in 0..60 {
        town.ask(ANN, publish(NO_TASK)).unwrap_err();
    }
    assert_eq!(town.economy.remembered(), 60);
}

#[test]
fn acting_for_another_is_refused_by_whoever_is_asked() {
    let (mut town, task) = submitted();
    for by in [BOB, CAT, DAN, OLA, EVA, OPERATOR] {
        refused(&mut town, by, accept(task, 0), "contract.not_a_reviewer", "task");
    }
    let money = town.money([ANN, BOB, CAT]);
    refused(&mut town, CAT, pay(&[transfer(1, ANN, CAT, 1)]), "payment.not_your_account", "transfers.debit_account_id");
    assert_eq!(town.money([ANN, BOB, CAT]), money);
}

#[test]
fn a_transfer_paid_twice_is_made_once() {
    let mut town = Town::new();
    let once = pay(&[transfer(1, ANN, BOB, 500)]);
    town.must(ANN, once.clone());
    // Another command with the same transfer: the ledger knows its id for ever.
    assert_eq!(town.must(ANN, once), Reply::Transfers(vec![CreateTransferStatus::Exists]));
    assert_eq!(town.money([ANN, BOB]), [99_500, 100_500]);
    town.wait(Span::hours(48));
    let other = pay(&[transfer(1, ANN, BOB, 501)]);
    assert_eq!(town.must(ANN, other), Reply::Transfers(vec![CreateTransferStatus::ExistsWithDifferentAmount]));
    assert_eq!(town.money([ANN, BOB]), [99_500, 100_500]);
}

#[test]
fn money_that_a_task_holds_cannot_be_paid_away() {
    let (mut town, task) = posted(|spec| spec.budget = cents(60_000));
    let all = pay(&[transfer(1, ANN, BOB, PURSE)]);
    assert_eq!(town.must(ANN, all), Reply::Transfers(vec![CreateTransferStatus::ExceedsCredits]));
    assert_eq!((town.money([ANN]), town.purse(Purse::Hold(task))), ([40_000], 60_000));
    // What is pending is reserved as well.
    let pending = Transfer { flags: TransferFlags::PENDING, ..transfer(2, ANN, BOB, 40_000) };
    town.must(ANN, pay(&[pending]));
    let spec = Command::PostTask(TaskSpec { budget: cents(1), ..town.spec() }.into());
    refused(&mut town, ANN, spec, "task.insufficient_funds", "budget");
}

#[test]
fn an_open_bid_of_the_largest_price_is_an_answer_and_no_panic() {
    let (mut town, task) = posted(|_| {});
    let terms = BidTerms::Priced { price: Amount::MAX, nonce: NONCE };
    let ask = Command::PlaceBid(PlaceBid { task, terms, team: vec![] });
    refused(&mut town, BOB, ask, "bid.above_reserve", "terms.price");
}
