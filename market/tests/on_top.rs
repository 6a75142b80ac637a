//! Limits, splits, streams, issuing and exchanges: every rejection provoked, and the stories that go well.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod town;

use oikos_market::{SUPPLY_MAX, available_account};
use oikos_protocol::command::Command;
use oikos_protocol::command::asset::{AssetCode, Burn, DefineAsset, Deposit, Regime, SetCredit, Withdraw};
use oikos_protocol::command::exchange::{Leg, OfferExchange, TakeExchange, WithdrawExchange};
use oikos_protocol::command::limit::{LimitTerms, NarrowLimit, Payees, RevokeLimit, SetLimit};
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::command::split::{Part, Receiver, Split, Tier};
use oikos_protocol::command::stream::{OpenStream, Rate, SettleStream, StopStream, TopUpStream};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::event::exchange::ExchangeEvent;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::stream::{StreamEnd, StreamEvent};
use oikos_protocol::event::{Audience, Event};
use oikos_protocol::genesis::Limits;
use oikos_protocol::id::{AccountId, AssetId, ExchangeId, Hash32, LimitId, ParticipantId, StreamId, TransferId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::rejection::transfer::CreateTransferStatus;
use oikos_protocol::time::{Span, Timestamp};
use town::*;

const NO_ASSET: AssetId = AssetId(77);
/// A second asset, with a fixed supply that Cat has.
const GEM: AssetId = AssetId(2);
const L0: LimitId = LimitId(0);

fn define(town: &mut Town, code: &str, regime: Regime) -> AssetId {
    let ask = DefineAsset { code: AssetCode::new(code).unwrap(), scale: Scale::new(0).unwrap(), regime };
    match town.must(OPERATOR, Command::DefineAsset(ask)) {
        Reply::Asset(asset) => asset,
        other => panic!("{other:?}"),
    }
}

/// A town with a second asset.
fn gems() -> Town {
    let mut town = Town::new();
    assert_eq!(define(&mut town, "GEM", Regime::FixedSupply { supply: cents(50), to: CAT }), GEM);
    town
}

// ---- Limits.

fn set(holder: ParticipantId, source: ParticipantId, terms: LimitTerms) -> Command {
    Command::SetLimit(SetLimit { holder, source, asset: EUR, terms })
}

fn narrow(parent: LimitId, holder: ParticipantId, terms: LimitTerms) -> Command {
    Command::NarrowLimit(NarrowLimit { parent, holder, terms })
}

fn revoke(limit: LimitId) -> Command {
    Command::RevokeLimit(RevokeLimit { limit })
}

fn total(total: u128) -> LimitTerms {
    LimitTerms { total_max: cents(total), depth: 2, ..LimitTerms::OPEN }
}

/// Pays one receiver, under a limit.
fn pay(limit: Option<LimitId>, to: ParticipantId, amount: u128) -> Command {
    split(limit, amount, &[(Part::Rest, &[(to, 1)])])
}

fn split(limit: Option<LimitId>, amount: u128, tiers: &[(Part, &[(ParticipantId, u32)])]) -> Command {
    let receivers = |to: &[(ParticipantId, u32)]| to.iter().map(|&(to, weight)| Receiver { to, weight }).collect();
    let tiers = tiers.iter().map(|&(part, to)| Tier { part, to: receivers(to) }).collect();
    Command::Split(Split { asset: EUR, amount: cents(amount), tiers, limit })
}

/// Bob may spend Ann's money under these terms.
fn with_limit(terms: LimitTerms) -> Town {
    let mut town = Town::new();
    assert_eq!(town.must(ANN, set(BOB, ANN, terms)), Reply::Limit(L0));
    town
}

#[test]
fn limit_unknown_holder() {
    refused(&mut Town::new(), ANN, set(NOBODY, ANN, total(5)), "limit.unknown_holder", "holder");
    refused(&mut with_limit(total(5)), BOB, narrow(L0, NOBODY, total(5)), "limit.unknown_holder", "holder");
}

#[test]
fn limit_unknown_source() {
    refused(&mut Town::new(), ANN, set(BOB, NOBODY, total(5)), "limit.unknown_source", "source");
}

#[test]
fn limit_unknown_asset() {
    let ask = SetLimit { holder: BOB, source: ANN, asset: NO_ASSET, terms: total(5) };
    refused(&mut Town::new(), ANN, Command::SetLimit(ask), "limit.unknown_asset", "asset");
}

#[test]
fn limit_not_the_source() {
    let mut town = Town::new();
    for by in [CAT, OPERATOR, BOT] {
        refused(&mut town, by, set(CAT, ANN, total(5)), "limit.not_the_source", "source");
    }
    town.must(BOB, set(CAT, BOT, total(5))); // Bob is the bot's principal.
}

#[test]
fn limit_unknown() {
    let mut town = with_limit(total(5));
    for command in [pay(Some(LimitId(1)), CAT, 1), narrow(LimitId(1), CAT, total(5)), revoke(LimitId(1))] {
        refused(&mut town, BOB, command, "limit.unknown", "limit");
    }
}

#[test]
fn limit_not_the_holder() {
    let mut town = with_limit(total(5));
    for by in [ANN, CAT] {
        refused(&mut town, by, pay(Some(L0), DAN, 1), "limit.not_the_holder", "limit");
        refused(&mut town, by, narrow(L0, DAN, total(1)), "limit.not_the_holder", "limit");
    }
}

#[test]
fn limit_not_the_granter() {
    let mut town = with_limit(total(5));
    for by in [BOB, CAT, OPERATOR] {
        refused(&mut town, by, revoke(L0), "limit.not_the_granter", "limit");
    }
    // Whoever is bound by its principal does not free itself.
    town.must(BOB, set(BOT, BOT, total(5)));
    refused(&mut town, BOT, revoke(LimitId(1)), "limit.not_the_granter", "limit");
    town.must(BOB, revoke(LimitId(1)));
}

#[test]
fn limit_revoked() {
    let mut town = with_limit(total(50));
    town.must(BOB, narrow(L0, CAT, LimitTerms { depth: 1, ..total(20) }));
    town.must(CAT, narrow(LimitId(1), DAN, LimitTerms { depth: 0, ..total(20) }));
    town.must(DAN, pay(Some(LimitId(2)), EVA, 5));
    town.must(ANN, revoke(L0));
    refused(&mut town, DAN, pay(Some(LimitId(2)), EVA, 5), "limit.revoked", "limit");
    refused(&mut town, CAT, narrow(LimitId(1), EVA, LimitTerms { depth: 0, ..total(1) }), "limit.revoked", "limit");
    refused(&mut town, ANN, revoke(L0), "limit.revoked", "limit");
}

#[test]
fn limit_bad_terms() {
    let mut town = Town::new();
    town.wait(HOUR);
    let stranger = AccountId::free_money(NOBODY, EUR);
    let known = |who| AccountId::free_money(who, EUR);
    for terms in [
        LimitTerms { payees: Payees::Classes(0), ..total(5) },
        LimitTerms { payees: Payees::Classes(1 << 3), ..total(5) },
        LimitTerms { payees: Payees::These(vec![]), ..total(5) },
        LimitTerms { payees: Payees::These(vec![stranger]), ..total(5) },
        LimitTerms { payees: Payees::These(vec![known(CAT), known(BOB)]), ..total(5) },
        LimitTerms { amount_min: cents(3), amount_max: cents(2), ..total(5) },
        LimitTerms { amount_max: cents(0), ..total(5) },
        LimitTerms { amount_min: cents(6), ..total(5) },
        LimitTerms { count_max: 0, ..total(5) },
        LimitTerms { period: Some(Span::ZERO), ..total(5) },
        LimitTerms { expires: town.now, ..total(5) },
        total(0),
    ] {
        refused(&mut town, ANN, set(BOB, ANN, terms), "limit.bad_terms", "terms");
    }
}

#[test]
fn limit_too_deep() {
    let mut town = with_limit(LimitTerms { depth: 0, ..total(5) });
    refused(&mut town, BOB, narrow(L0, CAT, LimitTerms { depth: 0, ..total(5) }), "limit.too_deep", "terms.depth");
    refused(&mut with_limit(total(5)), BOB, narrow(L0, CAT, total(5)), "limit.too_deep", "terms.depth");
}

#[test]
fn limit_wider() {
    let mut town = with_limit(total(5));
    refused(&mut town, BOB, narrow(L0, CAT, LimitTerms { depth: 0, ..total(6) }), "limit.wider", "terms");
}

#[test]
fn limit_not_yet() {
    let mut town = with_limit(LimitTerms { from: Timestamp(HOUR.0), ..total(5) });
    refused(&mut town, BOB, pay(Some(L0), CAT, 1), "limit.not_yet", "limit");
    town.wait(HOUR);
    town.must(BOB, pay(Some(L0), CAT, 1));
}

#[test]
fn limit_expired() {
    let mut town = with_limit(LimitTerms { expires: Timestamp(HOUR.0), ..total(5) });
    town.wait(HOUR);
    refused(&mut town, BOB, pay(Some(L0), CAT, 1), "limit.expired", "limit");
}

#[test]
fn limit_payee_not_allowed() {
    let humans = Payees::Classes(ParticipantKind::Human.class());
    let mut town = with_limit(LimitTerms { payees: humans, ..total(5) });
    refused(&mut town, BOB, pay(Some(L0), CAT, 1), "limit.payee_not_allowed", "to");
    town.must(BOB, pay(Some(L0), IDA, 1));
    let cat = Payees::These(vec![AccountId::free_money(CAT, EUR)]);
    let mut town = with_limit(LimitTerms { payees: cat, ..total(5) });
    refused(
        &mut town,
        BOB,
        split(Some(L0), 4, &[(Part::Rest, &[(CAT, 1), (DAN, 1)])]),
        "limit.payee_not_allowed",
        "to",
    );
    town.must(BOB, pay(Some(L0), CAT, 1));
}

#[test]
fn limit_below_min() {
    let mut town = with_limit(LimitTerms { amount_min: cents(2), ..total(5) });
    refused(&mut town, BOB, pay(Some(L0), CAT, 1), "limit.below_min", "amount");
}

#[test]
fn limit_above_max() {
    let mut town = with_limit(LimitTerms { amount_max: cents(2), ..total(50) });
    refused(&mut town, BOB, pay(Some(L0), CAT, 3), "limit.above_max", "amount");
    // Each receiver of a split is a payment of its own.
    town.must(BOB, split(Some(L0), 4, &[(Part::Rest, &[(CAT, 1), (DAN, 1)])]));
}

#[test]
fn limit_above_count() {
    let mut town = with_limit(LimitTerms { count_max: 1, period: Some(HOUR), ..total(50) });
    let both = split(Some(L0), 4, &[(Part::Rest, &[(CAT, 1), (DAN, 1)])]);
    refused(&mut town, BOB, both, "limit.above_count", "limit");
    town.must(BOB, pay(Some(L0), CAT, 1));
    refused(&mut town, BOB, pay(Some(L0), CAT, 1), "limit.above_count", "limit");
    town.wait(HOUR);
    town.must(BOB, pay(Some(L0), CAT, 1));
}

#[test]
fn limit_above_total() {
    let mut town = with_limit(total(5));
    town.must(BOB, pay(Some(L0), CAT, 3));
    refused(&mut town, BOB, pay(Some(L0), CAT, 3), "limit.above_total", "amount");
    assert_eq!(town.money([ANN, BOB, CAT]), [PURSE - 3, PURSE, PURSE + 3]);
}

#[test]
fn limit_bound() {
    let mut town = gems();
    town.must(BOB, set(BOT, BOT, total(500)));
    let transfer = Transfer {
        id: TransferId(9),
        debit_account_id: available_account(BOT, EUR),
        credit_account_id: available_account(CAT, EUR),
        amount: cents(1),
        ledger: EUR,
        code: 1,
        ..Transfer::ZERO
    };
    for command in [
        Command::CreateTransfers(vec![transfer]),
        pay(None, CAT, 1),
        open(CAT, 1, 10, None),
        Command::Withdraw(Withdraw { asset: EUR, amount: cents(1), reference: Hash32::of(b"out") }),
        offer((EUR, 1), (GEM, 1), None),
    ] {
        refused(&mut town, BOT, command, "limit.bound", "limit");
    }
    town.must(BOT, pay(Some(L0), CAT, 1));
    assert_eq!(town.money([BOT]), [PURSE - 1]);
}

#[test]
fn what_is_spent_under_a_limit_is_the_sources_and_counts_for_all_above() {
    let mut town = with_limit(total(100));
    town.must(BOB, narrow(L0, CAT, LimitTerms { depth: 1, ..total(60) }));
    town.must(CAT, pay(Some(LimitId(1)), DAN, 50));
    town.must(BOB, pay(Some(L0), DAN, 45));
    refused(&mut town, CAT, pay(Some(LimitId(1)), DAN, 6), "limit.above_total", "amount");
    assert_eq!(town.money([ANN, BOB, CAT, DAN]), [PURSE - 95, PURSE, PURSE, PURSE + 95]);
    let ledger = town.economy.ledger();
    assert_eq!(ledger.limit(L0).unwrap().spent(town.now), (cents(95), 2));
    assert_eq!(ledger.left_under(LimitId(1), town.now).0, cents(5));
}

// ---- Splits.

#[test]
fn split_unknown_asset() {
    let tiers = vec![Tier { part: Part::Rest, to: vec![Receiver { to: BOB, weight: 1 }] }];
    let ask = Split { asset: NO_ASSET, amount: cents(1), tiers, limit: None };
    refused(&mut Town::new(), ANN, Command::Split(ask), "split.unknown_asset", "asset");
}

#[test]
fn split_other_asset() {
    let mut town = gems();
    town.must(CAT, Command::SetLimit(SetLimit { holder: BOB, source: CAT, asset: GEM, terms: total(5) }));
    refused(&mut town, BOB, pay(Some(L0), DAN, 1), "split.other_asset", "asset");
}

#[test]
fn split_zero_amount() {
    refused(&mut Town::new(), ANN, pay(None, BOB, 0), "split.zero_amount", "amount");
}

#[test]
fn split_no_receiver() {
    let mut town = Town::new();
    for tiers in [&[][..], &[(Part::Rest, &[][..])], &[(Part::Rest, &[(BOB, 0)][..])]] {
        refused(&mut town, ANN, split(None, 5, tiers), "split.no_receiver", "tiers");
    }
}

#[test]
fn split_too_many_receivers() {
    let mut town = Town::with(4, Limits { transfers_max: 2, ..Limits::default() });
    let three = split(None, 9, &[(Part::UpTo(cents(1)), &[(BOB, 1)]), (Part::Rest, &[(CAT, 1), (DAN, 1)])]);
    refused(&mut town, ANN, three, "split.too_many_receivers", "tiers");
}

#[test]
fn split_unknown_receiver() {
    refused(&mut Town::new(), ANN, pay(None, NOBODY, 1), "split.unknown_receiver", "tiers.to");
}

#[test]
fn split_own_receiver() {
    refused(&mut Town::new(), ANN, pay(None, ANN, 1), "split.own_receiver", "tiers.to");
    refused(&mut with_limit(total(5)), BOB, pay(Some(L0), ANN, 1), "split.own_receiver", "tiers.to");
}

#[test]
fn split_nothing_paid() {
    let none = split(None, 9, &[(Part::UpTo(cents(0)), &[(BOB, 1)])]);
    refused(&mut Town::new(), ANN, none, "split.nothing_paid", "tiers");
}

#[test]
fn split_insufficient_funds() {
    refused(&mut Town::new(), ANN, pay(None, BOB, PURSE + 1), "split.insufficient_funds", "amount");
}

#[test]
fn split_already_paid() {
    let mut town = Town::new();
    let request = town.request(ANN, pay(None, BOB, 5));
    assert!(matches!(town.send(&request), Outcome::Accepted(_)));
    // Long after the command's id is forgotten, the payment's is not.
    town.wait(Span::hours(30));
    let later = oikos_protocol::command::Request { expires: town.now.after(HOUR), ..request };
    let Outcome::Rejected(why) = town.send(&later) else { panic!("paid twice") };
    assert_eq!((why.code(), why.field()), ("split.already_paid", "id"));
    assert_eq!(town.money([ANN, BOB]), [PURSE - 5, PURSE + 5]);
}

#[test]
fn a_waterfall_pays_tier_after_tier_in_one_chain_that_its_receivers_see() {
    let mut town = Town::new();
    let from = town.events.len();
    let tiers: [(Part, &[(ParticipantId, u32)]); 3] = [
        (Part::UpTo(cents(100)), &[(BOB, 1), (CAT, 2)]),
        (Part::Share(percent(50)), &[(DAN, 1)]),
        (Part::Rest, &[(EVA, 1), (OLA, 1)]),
    ];
    let reply = town.must(ANN, split(None, 301, &tiers));
    assert_eq!(reply, Reply::Transfers(vec![CreateTransferStatus::Created; 5]));
    assert_eq!(town.money([ANN, BOB, CAT, DAN]), [PURSE - 301, PURSE + 33, PURSE + 67, PURSE + 150]);
    assert_eq!(town.money([EVA, OLA]), [PURSE + 26, PURSE + 25]);
    let mut seen = 0;
    for event in &town.events[from..] {
        if let Event::Ledger(made) = event
            && let LedgerEvent::TransferCreated(made) = &**made
        {
            let payee = made.transfer.credit_account_id.owner();
            assert_eq!(event.audience(), Audience::Parties([Some(ANN), payee]));
            seen += 1;
            assert_eq!(made.transfer.flags.contains(TransferFlags::LINKED), seen < 5);
        }
    }
    assert_eq!(seen, 5);
}

// ---- Streams.

const S0: StreamId = StreamId(0);

/// Pays so much an hour.
fn open(to: ParticipantId, per_hour: u128, hold: u128, cap: Option<u128>) -> Command {
    let rate = Rate { amount: cents(per_hour), per: HOUR };
    Command::OpenStream(OpenStream { to, asset: EUR, rate, hold: cents(hold), cap: cap.map(cents) })
}

fn settle(stream: StreamId) -> Command {
    Command::SettleStream(SettleStream { stream })
}

fn stop(stream: StreamId) -> Command {
    Command::StopStream(StopStream { stream })
}

fn top_up(stream: StreamId, amount: u128) -> Command {
    Command::TopUpStream(TopUpStream { stream, amount: cents(amount) })
}

/// Ann pays Bob 7 cents an hour out of 70.
fn streaming() -> Town {
    let mut town = Town::new();
    assert_eq!(town.must(ANN, open(BOB, 7, 70, Some(100))), Reply::Stream(S0));
    town
}

#[test]
fn stream_unknown_asset() {
    let rate = Rate { amount: cents(1), per: HOUR };
    let ask = OpenStream { to: BOB, asset: NO_ASSET, rate, hold: cents(1), cap: None };
    refused(&mut Town::new(), ANN, Command::OpenStream(ask), "stream.unknown_asset", "asset");
}

#[test]
fn stream_unknown_receiver() {
    refused(&mut Town::new(), ANN, open(NOBODY, 1, 1, None), "stream.unknown_receiver", "to");
}

#[test]
fn stream_own_receiver() {
    refused(&mut Town::new(), ANN, open(ANN, 1, 1, None), "stream.own_receiver", "to");
}

#[test]
fn stream_bad_rate() {
    let mut town = Town::new();
    for (amount, per) in [(0, HOUR), (1, Span::ZERO), (1 << 64, HOUR)] {
        let rate = Rate { amount: cents(amount), per };
        let ask = OpenStream { to: BOB, asset: EUR, rate, hold: cents(1), cap: None };
        refused(&mut town, ANN, Command::OpenStream(ask), "stream.bad_rate", "rate");
    }
}

#[test]
fn stream_zero_hold() {
    refused(&mut Town::new(), ANN, open(BOB, 1, 0, None), "stream.zero_hold", "amount");
    refused(&mut streaming(), ANN, top_up(S0, 0), "stream.zero_hold", "amount");
}

#[test]
fn stream_above_cap() {
    refused(&mut Town::new(), ANN, open(BOB, 1, 11, Some(10)), "stream.above_cap", "amount");
    refused(&mut streaming(), ANN, top_up(S0, 31), "stream.above_cap", "amount");
}

#[test]
fn stream_unknown() {
    for command in [settle(StreamId(1)), stop(StreamId(1)), top_up(StreamId(1), 5)] {
        refused(&mut streaming(), ANN, command, "stream.unknown", "stream");
    }
}

#[test]
fn stream_over() {
    let mut town = streaming();
    town.must(BOB, stop(S0));
    for command in [settle(S0), stop(S0), top_up(S0, 5)] {
        refused(&mut town, ANN, command, "stream.over", "stream");
    }
}

#[test]
fn stream_not_a_party() {
    let mut town = streaming();
    town.wait(HOUR);
    for command in [settle(S0), stop(S0)] {
        refused(&mut town, CAT, command, "stream.not_a_party", "stream");
    }
}

#[test]
fn stream_not_the_payer() {
    refused(&mut streaming(), BOB, top_up(S0, 5), "stream.not_the_payer", "stream");
}

#[test]
fn stream_insufficient_funds() {
    refused(&mut Town::new(), ANN, open(BOB, 1, PURSE + 1, None), "stream.insufficient_funds", "amount");
    let mut town = Town::new();
    town.must(ANN, open(BOB, 7, 70, None));
    refused(&mut town, ANN, top_up(S0, PURSE), "stream.insufficient_funds", "amount");
}

#[test]
fn stream_nothing_due() {
    let mut town = streaming();
    refused(&mut town, BOB, settle(S0), "stream.nothing_due", "stream");
    town.wait(Span(HOUR.0 / 7)); // A seventh of an hour, rounded down: a moment too early.
    refused(&mut town, BOB, settle(S0), "stream.nothing_due", "stream");
    town.wait(Span(1));
    town.must(BOB, settle(S0));
}

#[test]
fn a_stream_that_is_settled_often_pays_what_one_that_is_never_settled_pays() {
    let mut town = streaming();
    for _ in 0..500 {
        town.wait(Span(60_000_000_007)); // About a minute; 7 cents take 60.
        let _ = town.ask(BOB, settle(S0));
    }
    let elapsed = u128::from(town.now.0);
    assert_eq!(town.money([ANN, BOB]), [PURSE - 70, PURSE + 7 * elapsed / u128::from(HOUR.0)]);
    // What was set apart runs out at ten hours sharp, whoever looks.
    town.until(Timestamp(10 * HOUR.0 - 1));
    assert!(town.economy.ledger().stream(S0).is_some());
    town.wait(Span(1));
    assert_eq!(town.money([ANN, BOB]), [PURSE - 70, PURSE + 70]);
    let ended = town.events.iter().rev().find_map(|event| match event {
        Event::Stream(StreamEvent::Ended { why, paid, rest, .. }) => Some((*why, *paid, *rest)),
        _ => None,
    });
    assert_eq!(ended, Some((StreamEnd::Exhausted, cents(70), Amount::ZERO)));
}

#[test]
fn a_stream_ends_by_its_cap_and_gives_back_what_it_did_not_pay_when_it_is_stopped() {
    let mut town = streaming();
    town.must(ANN, top_up(S0, 30));
    town.until(Timestamp(20 * HOUR.0));
    assert_eq!(town.money([ANN, BOB]), [PURSE - 100, PURSE + 100]);
    let last = |town: &Town| {
        town.events.iter().rev().find_map(|event| match event {
            Event::Stream(StreamEvent::Ended { why, .. }) => Some(*why),
            _ => None,
        })
    };
    assert_eq!(last(&town), Some(StreamEnd::Capped));
    town.must(ANN, open(CAT, 10, 50, None));
    town.wait(Span(HOUR.0 * 5 / 2));
    town.must(ANN, stop(StreamId(1)));
    assert_eq!(town.money([ANN, CAT]), [PURSE - 125, PURSE + 25]);
    assert_eq!(last(&town), Some(StreamEnd::Stopped(ANN)));
}

// ---- Issuing.

fn deposit(asset: AssetId, to: ParticipantId, amount: Amount, reference: &[u8]) -> Command {
    Command::Deposit(Deposit { asset, to, amount, reference: Hash32::of(reference) })
}

fn withdraw(asset: AssetId, amount: u128, reference: &[u8]) -> Command {
    Command::Withdraw(Withdraw { asset, amount: cents(amount), reference: Hash32::of(reference) })
}

fn burn(asset: AssetId, amount: u128, reference: &[u8]) -> Command {
    Command::Burn(Burn { asset, amount: cents(amount), reference: Hash32::of(reference) })
}

fn credit(asset: AssetId, member: ParticipantId, credit: u128) -> Command {
    Command::SetCredit(SetCredit { asset, member, credit: cents(credit) })
}

/// A town with a mutual credit that Ola keeps.
fn mutual() -> (Town, AssetId) {
    let mut town = Town::new();
    let regime = Regime::MutualCredit { steward: OLA, credit_max: cents(100) };
    let asset = define(&mut town, "TIME", regime);
    (town, asset)
}

#[test]
fn asset_not_issued() {
    let mut town = gems();
    for command in [deposit(GEM, CAT, cents(1), b"1"), withdraw(GEM, 1, b"1"), burn(GEM, 1, b"1")] {
        refused(&mut town, CAT, command, "asset.not_issued", "asset");
    }
}

#[test]
fn asset_reference_used() {
    let mut town = Town::new();
    town.must(OPERATOR, deposit(EUR, ANN, cents(500), b"statement 7 line 3"));
    refused(
        &mut town,
        OPERATOR,
        deposit(EUR, ANN, cents(500), b"statement 7 line 3"),
        "asset.reference_used",
        "reference",
    );
    refused(&mut town, ANN, withdraw(EUR, 1, b"statement 7 line 3"), "asset.reference_used", "reference");
    refused(&mut town, OPERATOR, burn(EUR, 1, b"statement 7 line 3"), "asset.reference_used", "reference");
    // Over all assets of one issuer; another issuer has references of its own.
    let (own, other) =
        (define(&mut town, "USD", Regime::Issuer(OPERATOR)), define(&mut town, "CHF", Regime::Issuer(ANN)));
    refused(
        &mut town,
        OPERATOR,
        deposit(own, ANN, cents(5), b"statement 7 line 3"),
        "asset.reference_used",
        "reference",
    );
    town.must(ANN, deposit(other, ANN, cents(5), b"statement 7 line 3"));
    assert_eq!(town.money([ANN]), [PURSE + 500]);
}

#[test]
fn asset_insufficient_funds() {
    let mut town = Town::new();
    refused(&mut town, ANN, withdraw(EUR, PURSE + 1, b"1"), "asset.insufficient_funds", "amount");
    refused(&mut town, OPERATOR, burn(EUR, 1, b"1"), "asset.insufficient_funds", "amount");
}

#[test]
fn asset_not_mutual_credit() {
    refused(&mut Town::new(), OPERATOR, credit(EUR, ANN, 5), "asset.not_mutual_credit", "asset");
}

#[test]
fn asset_not_the_steward() {
    let (mut town, asset) = mutual();
    refused(&mut town, OPERATOR, credit(asset, ANN, 5), "asset.not_the_steward", "by");
}

#[test]
fn asset_unknown_member() {
    let (mut town, asset) = mutual();
    refused(&mut town, OLA, credit(asset, NOBODY, 5), "asset.unknown_member", "member");
}

#[test]
fn asset_above_credit_max() {
    let (mut town, asset) = mutual();
    refused(&mut town, OLA, credit(asset, ANN, 101), "asset.above_credit_max", "credit");
}

#[test]
fn asset_credit_in_use() {
    let (mut town, asset) = mutual();
    town.must(OLA, credit(asset, ANN, 80));
    let tiers = vec![Tier { part: Part::Rest, to: vec![Receiver { to: BOB, weight: 1 }] }];
    town.must(ANN, Command::Split(Split { asset, amount: cents(50), tiers, limit: None }));
    refused(&mut town, OLA, credit(asset, ANN, 40), "asset.credit_in_use", "credit");
    town.must(OLA, credit(asset, ANN, 50));
    assert_eq!(town.economy.credit(ANN, asset), cents(50));
    assert_eq!(town.economy.asset(asset).unwrap().supply, cents(50));
}

#[test]
fn money_from_outside_comes_once_and_leaves_against_a_reference() {
    let mut town = Town::new();
    let before = town.economy.asset(EUR).unwrap().supply;
    town.must(OPERATOR, deposit(EUR, ANN, cents(500), b"in"));
    town.must(ANN, withdraw(EUR, 300, b"out"));
    town.must(OPERATOR, deposit(EUR, OPERATOR, cents(40), b"own"));
    town.must(OPERATOR, burn(EUR, 40, b"burnt"));
    assert_eq!(town.money([ANN, OPERATOR]), [PURSE + 200, 0]);
    assert_eq!(town.economy.asset(EUR).unwrap().supply, cents(before.0 + 200));
    for (by, command, code) in [
        (ANN, deposit(EUR, ANN, cents(1), b"x"), "asset.not_the_issuer"),
        (ANN, burn(EUR, 1, b"x"), "asset.not_the_issuer"),
        (OPERATOR, deposit(EUR, ANN, cents(0), b"x"), "asset.zero_amount"),
        (OPERATOR, deposit(EUR, NOBODY, cents(1), b"x"), "asset.unknown_receiver"),
        (OPERATOR, deposit(NO_ASSET, ANN, cents(1), b"x"), "asset.unknown"),
        (OPERATOR, deposit(EUR, ANN, SUPPLY_MAX, b"x"), "asset.supply_overflow"),
    ] {
        let why = town.ask(by, command).unwrap_err();
        assert_eq!(why.code(), code);
    }
}

// ---- Exchanges.

const E0: ExchangeId = ExchangeId(0);

fn offer(give: (AssetId, u128), get: (AssetId, u128), taker: Option<ParticipantId>) -> Command {
    let leg = |(asset, amount)| Leg { asset, amount: cents(amount) };
    let expires = Timestamp(5 * HOUR.0);
    Command::OfferExchange(OfferExchange { give: leg(give), get: leg(get), taker, expires })
}

fn take() -> Command {
    Command::TakeExchange(TakeExchange { exchange: E0 })
}

/// Cat gives two gems for 30 cents.
fn exchanging(taker: Option<ParticipantId>) -> Town {
    let mut town = gems();
    assert_eq!(town.must(CAT, offer((GEM, 2), (EUR, 30), taker)), Reply::Exchange(E0));
    town
}

#[test]
fn exchange_unknown_asset() {
    refused(&mut Town::new(), ANN, offer((NO_ASSET, 1), (EUR, 1), None), "exchange.unknown_asset", "asset");
}

#[test]
fn exchange_same_asset() {
    refused(&mut Town::new(), ANN, offer((EUR, 1), (EUR, 1), None), "exchange.same_asset", "get.asset");
}

#[test]
fn exchange_zero_amount() {
    refused(&mut gems(), CAT, offer((GEM, 0), (EUR, 1), None), "exchange.zero_amount", "amount");
}

#[test]
fn exchange_unknown_taker() {
    refused(&mut gems(), CAT, offer((GEM, 1), (EUR, 1), Some(NOBODY)), "exchange.unknown_taker", "taker");
}

#[test]
fn exchange_expires_in_the_past() {
    let mut town = gems();
    town.wait(Span::hours(5));
    refused(&mut town, CAT, offer((GEM, 1), (EUR, 1), None), "exchange.expires_in_the_past", "expires");
}

#[test]
fn exchange_unknown() {
    refused(&mut gems(), ANN, take(), "exchange.unknown", "exchange");
}

#[test]
fn exchange_over() {
    let mut town = exchanging(None);
    town.wait(Span::hours(5));
    refused(&mut town, ANN, take(), "exchange.over", "exchange");
    assert!(town.events.iter().any(|event| matches!(event, Event::Exchange(ExchangeEvent::Expired { .. }))));
    let mut town = exchanging(None);
    town.must(CAT, Command::WithdrawExchange(WithdrawExchange { exchange: E0 }));
    refused(&mut town, ANN, take(), "exchange.over", "exchange");
}

#[test]
fn exchange_not_the_maker() {
    let command = Command::WithdrawExchange(WithdrawExchange { exchange: E0 });
    refused(&mut exchanging(None), ANN, command, "exchange.not_the_maker", "exchange");
}

#[test]
fn exchange_own_exchange() {
    refused(&mut exchanging(None), CAT, take(), "exchange.own_exchange", "exchange");
}

#[test]
fn exchange_not_the_taker() {
    refused(&mut exchanging(Some(BOB)), ANN, take(), "exchange.not_the_taker", "exchange");
}

#[test]
fn exchange_maker_lacks() {
    let mut town = exchanging(None);
    let tiers = vec![Tier { part: Part::Rest, to: vec![Receiver { to: BOB, weight: 1 }] }];
    town.must(CAT, Command::Split(Split { asset: GEM, amount: cents(49), tiers, limit: None }));
    refused(&mut town, ANN, take(), "exchange.maker_lacks", "exchange");
}

#[test]
fn exchange_taker_lacks() {
    let mut town = exchanging(None);
    town.must(ANN, pay(None, BOB, PURSE - 29));
    refused(&mut town, ANN, take(), "exchange.taker_lacks", "exchange");
}

#[test]
fn exchange_already_paid() {
    let mut town = exchanging(None);
    let request = town.request(ANN, take());
    assert!(matches!(town.send(&request), Outcome::Accepted(_)));
    let again = offer((GEM, 2), (EUR, 30), None);
    let Command::OfferExchange(mut again) = again else { panic!() };
    again.expires = Timestamp::NEVER;
    assert_eq!(town.must(CAT, Command::OfferExchange(again)), Reply::Exchange(ExchangeId(1)));
    town.wait(Span::hours(30));
    let command = Command::TakeExchange(TakeExchange { exchange: ExchangeId(1) });
    let later = oikos_protocol::command::Request { expires: town.now.after(HOUR), command, ..request };
    let Outcome::Rejected(why) = town.send(&later) else { panic!("paid twice") };
    assert_eq!((why.code(), why.field()), ("exchange.already_paid", "id"));
}

#[test]
fn both_legs_of_an_exchange_are_paid_or_none() {
    let mut town = exchanging(None);
    let gem = |town: &Town, who| town.economy.balance(oikos_protocol::event::money::Purse::Available(who), GEM).0;
    let reply = town.must(ANN, take());
    assert_eq!(reply, Reply::Transfers(vec![CreateTransferStatus::Created; 2]));
    assert_eq!(town.money([ANN, CAT]), [PURSE - 30, PURSE + 30]);
    assert_eq!((gem(&town, ANN), gem(&town, CAT)), (2, 48));
    refused(&mut town, BOB, take(), "exchange.over", "exchange");
}

// ---- All of it together.

#[test]
fn a_snapshot_of_all_this_is_the_same_economy_and_goes_on_alike() {
    let mut town = exchanging(None);
    town.must(ANN, set(BOB, ANN, total(100)));
    town.must(BOB, pay(Some(L0), DAN, 30));
    town.must(ANN, open(BOB, 7, 70, None));
    town.must(OPERATOR, deposit(EUR, ANN, cents(5), b"in"));
    let bytes = postcard::to_allocvec(&town.economy).unwrap();
    let economy: oikos_market::Economy = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(economy.digests(), town.economy.digests());
    assert_eq!(economy.audit(), Ok(()));
    let mut other = town.with_economy(economy);
    for town in [&mut town, &mut other] {
        town.wait(Span::hours(11));
        town.must(BOB, pay(Some(L0), DAN, 30));
        refused(town, BOB, pay(Some(L0), DAN, 41), "limit.above_total", "amount");
        refused(town, OPERATOR, deposit(EUR, ANN, cents(5), b"in"), "asset.reference_used", "reference");
    }
    assert_eq!(other.economy.digests(), town.economy.digests());
}
