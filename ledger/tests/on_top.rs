//! Limits, waterfalls, streams, references and exchanges against a tiny model that is obviously right.
//!
//! The model keeps every payment that was ever made under a limit and adds them up anew each time; it counts a stream
//! from its beginning; it divides by handing out one unit after the other. 20,000 operations in a normal run, 1,000,000
//! with `OIKOS_LONG=1`. A failure names its seed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use oikos_ledger::split::waterfall;
use oikos_ledger::{AccountSpec, Ledger, MemoryPast, NoPast, Payment, SpendError, StreamSpec};
use oikos_protocol::command::account::AccountFlags as A;
use oikos_protocol::command::limit::{LimitTerms, Payees};
use oikos_protocol::command::split::Part;
use oikos_protocol::command::stream::Rate;
use oikos_protocol::command::transfer::{Transfer, TransferFlags as T};
use oikos_protocol::id::{AccountId, AssetId, Hash32, LimitId, StreamId, TransferId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::rejection::transfer::CreateTransferStatus as TS;
use oikos_protocol::time::{Span, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

const BANK: u128 = 1;
const PEOPLE: [u128; 4] = [2, 3, 4, 5];
const POOL: u128 = 9;
/// The same people's accounts of the other asset.
const OTHER: u128 = 10;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<X: Copy>(&mut self, choices: &[X]) -> X {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn amount(&mut self, n: u64) -> Amount {
        Amount(self.below(n).into())
    }

    fn terms(&mut self, now: u64) -> LimitTerms {
        let open = LimitTerms::OPEN;
        let mut these: Vec<AccountId> = (0..3).map(|_| AccountId(self.of(&PEOPLE))).collect();
        these.sort_unstable();
        these.dedup();
        LimitTerms {
            payees: match self.below(5) {
                0 => Payees::Classes(1 + self.below(3) as u32),
                1 => Payees::These(these),
                _ => Payees::Anyone,
            },
            amount_min: if self.one_in(4) { self.amount(4) } else { open.amount_min },
            amount_max: if self.one_in(3) { self.amount(40) } else { open.amount_max },
            total_max: if self.one_in(2) { self.amount(200) } else { open.total_max },
            count_max: if self.one_in(3) { self.below(6) as u32 } else { open.count_max },
            period: self.one_in(2).then(|| Span(self.below(60))),
            from: Timestamp(if self.one_in(5) { now + self.below(30) } else { 0 }),
            expires: if self.one_in(5) { Timestamp(now + self.below(200)) } else { open.expires },
            depth: self.below(4) as u8,
        }
    }
}

/// A limit with every payment ever made under it or below it.
#[derive(Clone)]
struct Kept {
    account: u128,
    parent: Option<usize>,
    terms: LimitTerms,
    paid: Vec<(u64, u128)>,
    revoked: bool,
}

#[derive(Clone, Copy)]
struct Flow {
    from: u128,
    to: u128,
    amount: u128,
    per: u64,
    cap: Option<u128>,
    since: u64,
    funded: u128,
    paid: u128,
    open: bool,
}

impl Flow {
    fn bound(&self) -> u128 {
        self.cap.map_or(self.funded, |cap| cap.min(self.funded))
    }

    fn due(&self, now: u64) -> u128 {
        (self.amount * u128::from(now - self.since) / u128::from(self.per)).min(self.bound()) - self.paid
    }
}

struct Session {
    seed: u64,
    dice: Dice,
    ledger: Ledger,
    past: MemoryPast,
    now: u64,
    ids: u128,
    money: BTreeMap<u128, i128>,
    limits: Vec<Kept>,
    flows: Vec<Flow>,
    references: BTreeSet<(u64, u64)>,
    done: [u32; 10],
    refused: [u32; 10],
}

fn class(account: u128) -> u32 {
    1 << (account % 2)
}

/// The first sum that is useless, or wider than above; what `within` says of everything at once.
fn useless(terms: &LimitTerms, now: u64) -> bool {
    let nobody = match &terms.payees {
        Payees::Anyone => false,
        Payees::Classes(classes) => *classes == 0,
        Payees::These(these) => these.is_empty(),
    };
    nobody
        || terms.amount_max.0 == 0
        || terms.amount_min > terms.amount_max
        || terms.total_max.0 == 0
        || terms.total_max < terms.amount_min
        || terms.count_max == 0
        || terms.period == Some(Span(0))
        || terms.expires <= terms.from
        || terms.expires.0 <= now
}

fn within(below: &LimitTerms, above: &LimitTerms) -> bool {
    let payees = match (&below.payees, &above.payees) {
        (_, Payees::Anyone) | (Payees::These(_), Payees::Classes(_)) => true,
        (Payees::Classes(below), Payees::Classes(above)) => below | above == *above,
        (Payees::These(below), Payees::These(above)) => below.iter().all(|one| above.contains(one)),
        _ => false,
    };
    let calm = match (below.period, above.period) {
        (Some(below), Some(above)) => below >= above,
        _ => true,
    };
    payees
        && calm
        && below.amount_min >= above.amount_min
        && below.amount_max <= above.amount_max
        && below.total_max <= above.total_max
        && below.count_max <= above.count_max
        && below.from >= above.from
        && below.expires <= above.expires
        && below.depth < above.depth
}

fn inherited(terms: &LimitTerms, above: &LimitTerms, now: u64) -> LimitTerms {
    let mut whole = terms.clone();
    let open = LimitTerms::OPEN;
    if terms.payees == open.payees {
        whole.payees = above.payees.clone();
    }
    if terms.amount_min == open.amount_min {
        whole.amount_min = above.amount_min;
    }
    if terms.amount_max == open.amount_max {
        whole.amount_max = above.amount_max;
    }
    if terms.total_max == open.total_max && terms.count_max == open.count_max && terms.period.is_none() {
        whole.period = above.period;
    }
    if terms.total_max == open.total_max {
        whole.total_max = above.total_max;
    }
    if terms.count_max == open.count_max {
        whole.count_max = above.count_max;
    }
    if terms.from == open.from {
        whole.from = if whole.period == above.period { above.from } else { above.from.max(Timestamp(now)) };
    }
    if terms.expires == open.expires {
        whole.expires = above.expires;
    }
    whole
}

/// Hands out one unit after the other to whoever is furthest behind its share; the earlier one among equals.
fn hand_out(total: u128, weights: &[u32]) -> Vec<u128> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let mut parts: Vec<u128> = weights.iter().map(|weight| total * u128::from(*weight) / sum).collect();
    let mut left = total - parts.iter().sum::<u128>();
    let mut served = BTreeSet::new();
    while left > 0 {
        let behind = |i: usize| total * u128::from(weights[i]) - parts[i] * sum;
        let next = (0..weights.len()).filter(|i| !served.contains(i)).max_by_key(|i| (behind(*i), usize::MAX - i));
        let next = next.unwrap();
        served.insert(next);
        parts[next] += 1;
        left -= 1;
    }
    parts
}

impl Session {
    fn new(seed: u64) -> Self {
        let mut ledger = Ledger::new();
        let people = PEOPLE.into_iter().chain(PEOPLE.map(|who| who + OTHER));
        for (id, asset, flags) in [(BANK, 1, A::NONE), (BANK + OTHER, 2, A::NONE), (POOL, 1, A::POOL)]
            .into_iter()
            .chain(people.map(|id| (id, if id < OTHER { 1 } else { 2 }, A::DEBITS_MUST_NOT_EXCEED_CREDITS)))
        {
            let id = AccountId(id);
            let asset = AssetId(asset);
            let spec = AccountSpec { id, asset, code: 1, flags, user_data_128: 0, user_data_64: 0, user_data_32: 0 };
            ledger.open_account(Timestamp(1), spec).unwrap();
        }
        let mut session = Self {
            seed,
            dice: Dice(seed),
            ledger,
            past: MemoryPast::new(),
            now: 1_000,
            ids: 0,
            money: BTreeMap::new(),
            limits: Vec::new(),
            flows: Vec::new(),
            references: BTreeSet::new(),
            done: [0; 10],
            refused: [0; 10],
        };
        for who in PEOPLE {
            for (bank, who) in [(BANK, who), (BANK + OTHER, who + OTHER)] {
                session.ledger.pay(AccountId(bank), AccountId(who), Amount(400)).unwrap();
                session.moved(bank, who, 400);
            }
        }
        session
    }

    fn moved(&mut self, from: u128, to: u128, amount: u128) {
        *self.money.entry(from).or_default() -= amount as i128;
        *self.money.entry(to).or_default() += amount as i128;
    }

    fn free(&self, who: u128) -> u128 {
        self.money[&who] as u128
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.now)
    }

    fn step(&mut self) {
        let kind = self.dice.below(10) as usize;
        let before = self.dice.one_in(16).then(|| self.ledger.digest());
        let failed = self.past.transfers().len();
        let done = match kind {
            0 => self.set(),
            1 => self.narrow(),
            2 => self.dice.one_in(3) && self.revoke(),
            3 => self.pass(),
            4 => self.open(),
            5 => self.touch(),
            6 => self.issue(),
            7 => self.exchange(),
            _ => self.spend(),
        };
        if done {
            self.done[kind] += 1;
        } else {
            self.refused[kind] += 1;
            // A chain that the book refused binds the id of the transfer that failed, and nothing else.
            if let Some(before) = before.filter(|_| kind < 7) {
                assert_eq!(self.ledger.digest(), before, "seed {}: a refusal of {kind} changed something", self.seed);
            }
            assert_eq!(self.past.transfers().len(), failed, "seed {}", self.seed);
        }
        self.compare();
    }

    fn set(&mut self) -> bool {
        let (account, mut terms) = (self.dice.of(&PEOPLE), self.dice.terms(self.now));
        let got = self.ledger.set_limit(AccountId(account), &terms, self.now());
        if terms.from.0 == 0 {
            terms.from = self.now();
        }
        assert_eq!(got.is_ok(), !useless(&terms, self.now), "seed {}: {terms:?}", self.seed);
        if let Ok(limit) = got {
            assert_eq!(limit.0, self.limits.len() as u64);
            self.limits.push(Kept { account, parent: None, terms, paid: Vec::new(), revoked: false });
        }
        got.is_ok()
    }

    fn pick(&mut self) -> Option<usize> {
        let n = self.limits.len() as u64;
        (n > 0).then(|| self.dice.below(n) as usize)
    }

    fn chain(&self, from: usize) -> Vec<usize> {
        let mut chain = vec![from];
        while let Some(parent) = self.limits[chain[chain.len() - 1]].parent {
            chain.push(parent);
        }
        chain
    }

    fn alive(&self, limit: usize) -> bool {
        self.chain(limit).iter().all(|limit| !self.limits[*limit].revoked)
    }

    fn narrow(&mut self) -> bool {
        let Some(parent) = self.pick() else { return false };
        let mut terms = self.dice.terms(self.now);
        if self.dice.one_in(3) {
            let depth = self.limits[parent].terms.depth.saturating_sub(1);
            terms = LimitTerms { depth, ..LimitTerms::OPEN };
        }
        let got = self.ledger.narrow_limit(LimitId(parent as u64), &terms, self.now());
        let above = &self.limits[parent].terms;
        let whole = inherited(&terms, above, self.now);
        let fine = self.alive(parent) && !useless(&whole, self.now) && within(&whole, above);
        assert_eq!(got.is_ok(), fine, "seed {}: {got:?} {whole:?} in {above:?}", self.seed);
        if got.is_ok() {
            let account = self.limits[parent].account;
            let parent = Some(parent);
            self.limits.push(Kept { account, parent, terms: whole, paid: Vec::new(), revoked: false });
        }
        got.is_ok()
    }

    fn revoke(&mut self) -> bool {
        let Some(limit) = self.pick() else { return false };
        let alive = self.alive(limit);
        assert_eq!(self.ledger.revoke_limit(LimitId(limit as u64)).is_ok(), alive, "seed {}", self.seed);
        self.limits[limit].revoked |= alive;
        alive
    }

    /// Whether a limit lets these payments through, one after the other.
    fn lets(&self, limit: &Kept, payments: &[(u128, u128)]) -> bool {
        let terms = &limit.terms;
        if self.now < terms.from.0 || self.now >= terms.expires.0 {
            return false;
        }
        let period = |at: u64| terms.period.map_or(0, |period| (at - terms.from.0) / period.0);
        let mine: Vec<u128> =
            limit.paid.iter().filter(|(at, _)| period(*at) == period(self.now)).map(|(_, paid)| *paid).collect();
        let total = mine.iter().sum::<u128>() + payments.iter().map(|(_, amount)| amount).sum::<u128>();
        total <= terms.total_max.0
            && mine.len() + payments.len() <= terms.count_max as usize
            && payments.iter().all(|(to, amount)| {
                let payee = match &terms.payees {
                    Payees::Anyone => true,
                    Payees::Classes(classes) => classes & class(*to) != 0,
                    Payees::These(these) => these.contains(&AccountId(*to)),
                };
                payee && *amount >= terms.amount_min.0 && *amount <= terms.amount_max.0
            })
    }

    /// A waterfall under a limit, as one chain.
    fn spend(&mut self) -> bool {
        let Some(limit) = self.pick() else { return false };
        let payer = self.limits[limit].account;
        let total = self.dice.amount(60);
        let mut tiers: Vec<(Part, Vec<(u128, u32)>)> = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            let part = match self.dice.below(3) {
                0 => Part::UpTo(self.dice.amount(30)),
                1 => Part::Share(Share::from_millionths(self.dice.below(1_000_001) as u32).unwrap()),
                _ => Part::Rest,
            };
            let to = (0..1 + self.dice.below(3)).map(|_| (self.dice.of(&PEOPLE), self.dice.below(4) as u32)).collect();
            tiers.push((part, to));
        }
        let payments = self.divide(total.0, &tiers);
        let chain: Vec<Transfer> = payments.iter().map(|(to, amount)| self.leg(payer, *to, 1, *amount)).collect();
        let chain = linked(chain);
        let asked: Vec<Payment> = payments
            .iter()
            .map(|(to, amount)| Payment { to: AccountId(*to), classes: class(*to), amount: Amount(*amount) })
            .collect();
        let mut out = Vec::new();
        let now = self.now();
        let got = self.ledger.spend(LimitId(limit as u64), &asked, now, &chain, &NoPast, &mut self.past, &mut out);
        let chain = self.chain(limit);
        let allowed = self.alive(limit) && chain.iter().all(|limit| self.lets(&self.limits[*limit], &payments));
        let paid: u128 = payments.iter().map(|(_, amount)| amount).sum();
        let possible = payments.iter().all(|(to, _)| *to != payer) && paid <= self.free(payer);
        match &got {
            Ok(()) => assert!(allowed && possible, "seed {}: {payments:?}", self.seed),
            Err(SpendError::Limit(why)) => assert!(!allowed, "seed {}: {why}", self.seed),
            Err(SpendError::Transfers) => assert!(allowed && !possible, "seed {}: {out:?}", self.seed),
            Err(SpendError::NotOneChain) => panic!("seed {}", self.seed),
        }
        if got.is_err() {
            return false;
        }
        for (to, amount) in &payments {
            self.moved(payer, *to, *amount);
            for limit in &chain {
                self.limits[*limit].paid.push((self.now, *amount));
            }
        }
        true
    }

    fn divide(&self, total: u128, tiers: &[(Part, Vec<(u128, u32)>)]) -> Vec<(u128, u128)> {
        let weights: Vec<Vec<u32>> =
            tiers.iter().map(|(_, to)| to.iter().map(|(_, weight)| *weight).collect()).collect();
        let asked = tiers.iter().zip(&weights).map(|((part, _), weights)| (*part, &**weights));
        let (got, rest) = waterfall(Amount(total), asked);
        let mut left = total;
        let mut payments = Vec::new();
        for (((part, to), weights), got) in tiers.iter().zip(&weights).zip(&got) {
            let wanted = match part {
                Part::UpTo(amount) => amount.0,
                Part::Share(share) => total * u128::from(share.millionths()) / 1_000_000,
                Part::Rest => left,
            };
            let parts = hand_out(wanted.min(left), weights);
            left -= parts.iter().sum::<u128>();
            assert_eq!(got.iter().map(|part| part.0).collect::<Vec<_>>(), parts, "seed {}", self.seed);
            payments.extend(to.iter().zip(parts).filter(|(_, part)| *part > 0).map(|((to, _), part)| (*to, part)));
        }
        assert_eq!(rest.0, left, "seed {}", self.seed);
        payments
    }

    fn leg(&mut self, from: u128, to: u128, asset: u32, amount: u128) -> Transfer {
        self.ids += 1;
        Transfer {
            id: TransferId(self.ids),
            debit_account_id: AccountId(from),
            credit_account_id: AccountId(to),
            amount: Amount(amount),
            ledger: AssetId(asset),
            code: 1,
            ..Transfer::ZERO
        }
    }

    /// Two assets against each other: both legs or none.
    fn exchange(&mut self) -> bool {
        let (one, two) = (self.dice.of(&PEOPLE), self.dice.of(&PEOPLE));
        let (give, get) = (u128::from(self.dice.below(500)), u128::from(self.dice.below(500)));
        let legs = vec![self.leg(one, two, 1, give), self.leg(two + OTHER, one + OTHER, 2, get)];
        let fine = one != two && give <= self.free(one) && get <= self.free(two + OTHER);
        let mut out = Vec::new();
        let now = self.now();
        self.ledger.create_transfers(now, &linked(legs), &NoPast, &mut self.past, &mut out);
        assert_eq!(out.iter().all(|status| *status == TS::Created), fine, "seed {}: {out:?}", self.seed);
        if fine {
            self.moved(one, two, give);
            self.moved(two + OTHER, one + OTHER, get);
        }
        fine
    }

    fn issue(&mut self) -> bool {
        let (issuer, number) = (self.dice.below(2), self.dice.below(2_000));
        let who = self.dice.of(&PEOPLE);
        let amount = u128::from(self.dice.below(40));
        let (from, to) = if self.dice.one_in(2) { (BANK, who) } else { (who, BANK) };
        let reference = Hash32::of(&number.to_le_bytes());
        let fresh = !self.references.contains(&(issuer, number));
        let fine = fresh && amount > 0 && (from == BANK || amount <= self.free(from));
        assert_eq!(self.ledger.has_reference(issuer, reference), !fresh, "seed {}", self.seed);
        let got = self.ledger.pay_against(issuer, reference, AccountId(from), AccountId(to), Amount(amount));
        assert_eq!(got.is_ok(), fine, "seed {}: {got:?}", self.seed);
        if fine {
            self.references.insert((issuer, number));
            self.moved(from, to, amount);
        }
        fine
    }

    fn open(&mut self) -> bool {
        let (from, to) = (self.dice.of(&PEOPLE), self.dice.of(&PEOPLE));
        let rate = Rate { amount: self.dice.amount(9), per: Span(self.dice.below(7)) };
        let hold = self.dice.amount(50);
        let cap = self.dice.one_in(2).then(|| Amount(hold.0 + u128::from(self.dice.below(30))));
        let spec = StreamSpec { from: AccountId(from), to: AccountId(to), pool: AccountId(POOL), rate, hold, cap };
        let got = self.ledger.open_stream(spec, self.now());
        let fine = from != to && rate.amount.0 > 0 && rate.per.0 > 0 && hold.0 > 0 && hold.0 <= self.free(from);
        assert_eq!(got.is_ok(), fine, "seed {}: {got:?}", self.seed);
        if let Ok(stream) = got {
            assert_eq!(stream.0, self.flows.len() as u64);
            let cap = cap.map(|cap| cap.0);
            let (amount, per, since) = (rate.amount.0, rate.per.0, self.now);
            self.flows.push(Flow { from, to, amount, per, cap, since, funded: hold.0, paid: 0, open: true });
            self.moved(from, POOL, hold.0);
        }
        got.is_ok()
    }

    /// Tops up, settles or stops a stream.
    fn touch(&mut self) -> bool {
        if self.flows.is_empty() {
            return false;
        }
        let place = self.dice.below(self.flows.len() as u64) as usize;
        let (id, flow, now) = (StreamId(place as u64), self.flows[place], self.now());
        match self.dice.below(3) {
            0 => {
                let more = self.dice.amount(20);
                let fine = flow.open && more.0 > 0 && more.0 <= self.free(flow.from);
                assert_eq!(self.ledger.top_up_stream(id, more).is_ok(), fine, "seed {}", self.seed);
                if fine {
                    self.flows[place].funded += more.0;
                    self.moved(flow.from, POOL, more.0);
                }
                fine
            }
            1 => {
                let due = if flow.open { flow.due(self.now) } else { 0 };
                let got = self.ledger.settle_stream(id, now);
                assert_eq!(got.ok(), (due > 0).then_some(Amount(due)), "seed {}", self.seed);
                if due > 0 {
                    self.flows[place].paid += due;
                    self.moved(POOL, flow.to, due);
                }
                due > 0
            }
            _ => {
                assert_eq!(self.ledger.end_stream(id, now).is_ok(), flow.open, "seed {}", self.seed);
                if flow.open {
                    self.end(place);
                }
                flow.open
            }
        }
    }

    fn end(&mut self, place: usize) {
        let flow = self.flows[place];
        let due = flow.due(self.now);
        self.flows[place].open = false;
        self.moved(POOL, flow.to, due);
        self.moved(POOL, flow.from, flow.funded - flow.paid - due);
    }

    /// Time passes; streams end by themselves, the earliest first, at their own moment.
    fn pass(&mut self) -> bool {
        let until = self.now + self.dice.below(12);
        while let Some((at, id)) = self.ledger.next_stream_end().filter(|(at, _)| at.0 <= until) {
            let flow = self.flows[id.0 as usize];
            assert!(flow.open && at.0 >= flow.since, "seed {}", self.seed);
            self.now = self.now.max(at.0);
            assert_eq!(flow.due(at.0.max(flow.since)) + flow.paid, flow.bound(), "seed {}: too early", self.seed);
            let early = at.0 > flow.since && flow.due(at.0 - 1) + flow.paid < flow.bound();
            assert!(early || flow.bound() == 0, "seed {}: too late", self.seed);
            let (due, _) = self.ledger.end_stream(id, self.now()).unwrap();
            assert_eq!(due.0, flow.due(self.now), "seed {}", self.seed);
            self.end(id.0 as usize);
        }
        self.now = until.max(self.now);
        true
    }

    fn compare(&mut self) {
        let seed = self.seed;
        assert_eq!(self.ledger.check_invariants(), Ok(()), "seed {seed}");
        for (id, amount) in &self.money {
            let account = self.ledger.account(AccountId(*id)).unwrap();
            let balance = account.credits_posted.0 as i128 - account.debits_posted.0 as i128;
            assert_eq!(balance, *amount, "seed {seed}: account {id}");
        }
        assert_eq!(self.money.values().sum::<i128>(), 0, "seed {seed}: money was lost or made");
        if self.dice.one_in(64) {
            assert_eq!(self.ledger.audit(), Ok(()), "seed {seed}");
            let bytes = postcard::to_allocvec(&self.ledger).unwrap();
            let restored: Ledger = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(restored.digest(), self.ledger.digest(), "seed {seed}");
            self.ledger = restored;
        }
    }
}

/// All but the last are linked with the next.
fn linked(mut legs: Vec<Transfer>) -> Vec<Transfer> {
    let last = legs.len().saturating_sub(1);
    legs.iter_mut().take(last).for_each(|leg| leg.flags = T::LINKED);
    legs
}

#[test]
fn all_that_is_on_top_agrees_with_the_model_on_random_operations() {
    let operations: u64 = if std::env::var_os("OIKOS_LONG").is_some() { 1_000_000 } else { 20_000 };
    let per_session = 400;
    let (mut done, mut refused) = ([0u64; 10], [0u64; 10]);
    for seed in 0..operations / per_session {
        let mut session = Session::new(seed);
        for _ in 0..per_session {
            session.step();
        }
        assert_eq!(session.ledger.audit(), Ok(()), "seed {seed}");
        for kind in 0..10 {
            done[kind] += u64::from(session.done[kind]);
            refused[kind] += u64::from(session.refused[kind]);
        }
    }
    println!("done {done:?}, refused {refused:?}");
    let enough = operations / 500;
    assert!(done.iter().all(|done| *done >= enough), "too few of a kind were done: {done:?}");
    let asked = refused.iter().enumerate().filter(|(kind, _)| *kind != 3);
    assert!(asked.clone().all(|(_, refused)| *refused >= enough), "too few of a kind were refused: {refused:?}");
}
