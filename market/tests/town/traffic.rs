//! Random days in a town: what people ask, sensibly most of the time, wrongly the rest, and how time passes.
//!
//! The same seed gives the same days. Every rule of a task is drawn anew, so that all of them meet each other.

use super::*;
use oikos_market::available_account;
use oikos_protocol::command::offer::{PublishOffer, TakeOffer, WithdrawOffer};
use oikos_protocol::command::policy::SetFee;
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::id::{OfferId, TransferId};

/// SplitMix64, by its published constants.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.draw() % n
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// What happens next.
#[derive(Debug)]
pub enum Step {
    Wait(Span),
    Ask(ParticipantId, Command),
}

/// Where the next steps come from.
#[derive(Debug)]
pub struct Traffic {
    pub random: Random,
    transfers: u128,
    offers: u64,
    live: Vec<TaskId>,
    seen: u64,
}

const PEOPLE: [ParticipantId; 8] = [ANN, BOB, CAT, DAN, OLA, EVA, IDA, BOT];

impl Traffic {
    pub fn new(seed: u64) -> Self {
        Self { random: Random(seed), transfers: 0, offers: 0, live: Vec::new(), seen: 0 }
    }

    pub fn next(&mut self, town: &Town) -> Step {
        while town.economy.phase(TaskId(self.seen)).is_some() {
            self.live.push(TaskId(self.seen));
            self.seen += 1;
        }
        self.live.retain(|task| town.economy.task(*task).is_some());
        match self.random.below(100) {
            0..14 => self.wait(town),
            14..24 if self.live.len() < 24 => self.post(town),
            24..30 => self.pay(),
            30..36 => self.offer(town),
            36..40 => self.operator(town),
            40..55 => self.nonsense(),
            _ => self.sensible(town),
        }
    }

    fn wait(&mut self, town: &Town) -> Step {
        // Just before, at and after a deadline are where mistakes live.
        let due = town.economy.next_due().map_or(HOUR, |due| due.since(town.now));
        let span = match self.random.below(6) {
            0 => Span(due.0.saturating_sub(1)),
            1 => due,
            2 => Span(due.0.saturating_add(1)),
            3 => Span(self.random.below(HOUR.0)),
            4 => Span::seconds(self.random.below(120)),
            _ => Span(1),
        };
        Step::Wait(Span(span.0.min(Span::hours(40).0)))
    }

    fn share(&mut self) -> Share {
        let any = self.random.below(1_000_001) as u32;
        let shares = [Share::NONE, Share::NONE, percent(10), percent(100), Share::from_millionths(any).unwrap()];
        self.random.of(&shares)
    }

    fn post(&mut self, town: &Town) -> Step {
        let random = &mut self.random;
        let by = random.of(&PEOPLE);
        let most = if random.one_in(20) { 200_000 } else { 3_000 };
        let budget = 1 + random.below(most);
        let mechanism = random.of(&[
            MechanismKind::FirstPrice,
            MechanismKind::SecondPrice,
            MechanismKind::Lottery,
            MechanismKind::PostedPrice,
            MechanismKind::ScoringFirst(counts(Some((u128::from(budget), Shape::Root)), None, Some(7))),
            MechanismKind::ScoringSecond(counts(None, Some(u128::from(budget / 2 + 1)), None)),
        ]);
        let reveal = Sealing::CommitReveal { reveal: HOUR };
        let sealing = random.of(&[Sealing::Sealed, Sealing::Sealed, Sealing::Open, reveal]);
        let manual = Selection::Manual { select: HOUR };
        let selection = random.of(&[Selection::Automatic, Selection::Automatic, manual]);
        let parts: &[u32] = random.of(&[&[1_000_000][..], &[1_000_000], &[333_333, 666_667], &[1, 499_999, 500_000]]);
        let part = |&share| Milestone { share: Share::from_millionths(share).unwrap(), deliver: HOUR };
        let milestones: Vec<Milestone> = parts.iter().map(part).collect();
        let approver = random.of(&[None, None, None, Some(OLA)]);
        let evaluator = random.of(&[None, Some(EVA), Some(IDA)]);
        let reserve = random.of(&[None, Some(cents(u128::from(budget / 2)))]);
        let cancel_fee = cents(u128::from(random.of(&[0, budget / 7, budget])));
        let retention = random.of(&[Span::ZERO, HOUR]);
        let constraints = random.of(&[None, None, None, Some("quiet")]).map(can).into_iter().collect();
        let split = self.share();
        let review_default =
            self.random.of(&[ReviewDefault::Accept, ReviewDefault::Evaluator, ReviewDefault::Split(split)]);
        let confirm_above = approver.map(|_| cents(u128::from(budget / 3)));
        let mut spec = TaskSpec {
            budget: cents(u128::from(budget)),
            constraints,
            mechanism,
            reserve,
            sealing,
            selection,
            bid_deposit: self.share(),
            performance_bond: self.share(),
            damages_max: self.share(),
            cancel_fee,
            approver,
            confirm_above,
            evaluator,
            review_default,
            milestones,
            ends_at: town.now.after(Span::hours(12 + self.random.below(240))),
            ..town.spec()
        };
        spec.windows.retention = retention;
        spec.windows.grace = self.random.of(&[Span::ZERO, Span::seconds(600)]);
        let spec = Arc::new(spec);
        Step::Ask(by, if self.random.one_in(4) { Command::DraftTask(spec) } else { Command::PostTask(spec) })
    }

    /// Whoever is waited for does what is waited for.
    fn sensible(&mut self, town: &Town) -> Step {
        if self.live.is_empty() {
            return self.post(town);
        }
        let task = self.random.of(&self.live);
        let Some(view) = town.economy.task(task) else { return self.post(town) };
        let worker = view.award.map_or(BOB, |(worker, _)| worker);
        let milestone = view.milestone.map_or(0, |milestone| milestone.0);
        let (by, command) = match view.phase {
            Phase::Draft => (view.poster, publish(task)),
            Phase::PendingApproval if self.random.one_in(4) => (OLA, refuse(task)),
            Phase::PendingApproval => (OLA, approve(task)),
            Phase::Open if self.random.one_in(30) => (view.poster, cancel(task)),
            Phase::Open => {
                let by = self.random.of(&PEOPLE);
                (by, self.place_bid(by, task, view.spec))
            }
            Phase::Evaluating if view.spec.mechanism == MechanismKind::Lottery && self.random.one_in(3) => {
                return self.operator(town);
            }
            Phase::Evaluating => {
                let who = self.random.of(&PEOPLE);
                let choose = matches!(view.spec.selection, Selection::Manual { .. }) && self.random.one_in(2);
                if choose {
                    (view.poster, select(task, who))
                } else {
                    let price = price_of(task, who);
                    let scored = view.spec.mechanism.scoring().map(|scoring| promise_of(task, who, &scoring));
                    (who, scored.map_or_else(|| reveal(task, price), |promise| reveal_scored(task, price, promise)))
                }
            }
            Phase::AwardOffered if self.random.one_in(5) => (worker, decline(task)),
            Phase::AwardOffered if self.random.one_in(2) => (OLA, confirm(task)),
            Phase::AwardOffered => (worker, take_award(task)),
            Phase::Active => (worker, submit(task, milestone)),
            Phase::Submitted if self.random.one_in(4) => (EVA, accept(task, milestone)),
            _ => (view.poster, accept(task, milestone)),
        };
        Step::Ask(by, command)
    }

    fn place_bid(&mut self, by: ParticipantId, task: TaskId, spec: &TaskSpec) -> Command {
        if matches!(spec.sealing, Sealing::CommitReveal { .. }) {
            let price = price_of(task, by);
            return match spec.mechanism.scoring() {
                Some(scoring) => commit_scored(by, task, price, promise_of(task, by, &scoring)),
                None => commit(by, task, price),
            };
        }
        // Few prices, so that ties are frequent.
        let price = u128::from(self.random.below(6)) * spec.budget.0 / 5;
        if let Some(scoring) = spec.mechanism.scoring()
            && !self.random.one_in(20)
        {
            return scored_bid(task, price, promise_of(task, by, &scoring));
        }
        match self.random.below(5) {
            0 => team_bid(task, price, &[(by, 1 + self.random.below(3) as u32), (IDA, 2), (DAN, 3)]),
            _ => bid(task, price),
        }
    }

    /// Anybody asks anything about any task.
    fn nonsense(&mut self) -> Step {
        let task = TaskId(self.random.below(self.seen + 2));
        let (by, who) = (self.random.of(&PEOPLE), self.random.of(&PEOPLE));
        let n = self.random.below(3) as u16;
        let command = match self.random.below(14) {
            0 => publish(task),
            1 => approve(task),
            2 => refuse(task),
            3 => bid(task, u128::from(self.random.draw())),
            4 => withdraw(task),
            5 => reveal(task, price_of(task, by)),
            6 => cancel(task),
            7 => select(task, who),
            8 => take_award(task),
            9 => confirm(task),
            10 => decline(task),
            11 => submit(task, n),
            12 => scored_bid(task, 1, promise(Some(50), None)),
            _ => accept(task, n),
        };
        Step::Ask(by, command)
    }

    /// Single, pending, posting and voiding transfers, in chains now and then.
    fn pay(&mut self) -> Step {
        let (from, to) = (self.random.of(&PEOPLE), self.random.of(&PEOPLE));
        let count = 1 + self.random.below(3);
        let transfers = (0..count).map(|n| {
            self.transfers += 1;
            let id = if self.random.one_in(8) { 1 + self.transfers / 2 } else { self.transfers };
            let base = Transfer {
                id: TransferId(id),
                debit_account_id: available_account(from, EUR),
                credit_account_id: available_account(to, EUR),
                amount: cents(u128::from(self.random.below(20_000))),
                ledger: EUR,
                code: 1,
                ..Transfer::ZERO
            };
            let pending_id = TransferId(self.transfers.saturating_sub(1 + u128::from(self.random.below(6))));
            let linked =
                if n + 1 < count && self.random.one_in(3) { TransferFlags::LINKED } else { TransferFlags::NONE };
            match self.random.below(6) {
                0..3 => Transfer { flags: linked, ..base },
                3 => Transfer { flags: TransferFlags::PENDING, timeout: self.random.of(&[0, 60, 4_000]), ..base },
                4 => Transfer { flags: TransferFlags::POST_PENDING_TRANSFER, pending_id, amount: Amount::MAX, ..base },
                _ => Transfer { flags: TransferFlags::VOID_PENDING_TRANSFER, pending_id, amount: Amount::ZERO, ..base },
            }
        });
        let transfers = transfers.collect();
        let by = if self.random.one_in(3) { to } else { from };
        Step::Ask(by, Command::CreateTransfers(transfers))
    }

    fn offer(&mut self, town: &Town) -> Step {
        let by = self.random.of(&PEOPLE);
        let offer = OfferId(self.random.below(self.offers + 1));
        let price = cents(100);
        Step::Ask(
            by,
            match self.random.below(6) {
                0 | 1 => {
                    self.offers += 1;
                    Command::PublishOffer(PublishOffer {
                        capability: can("write"),
                        asset: EUR,
                        price,
                        units: self.random.below(5) as u32,
                        buyer: self.random.of(&[None, None, Some(CAT)]),
                        expires: town.now.after(Span(self.random.below(3 * HOUR.0))),
                    })
                }
                2 => Command::WithdrawOffer(WithdrawOffer { offer }),
                _ => Command::TakeOffer(TakeOffer { offer, units: self.random.below(3) as u32, price }),
            },
        )
    }

    fn operator(&mut self, town: &Town) -> Step {
        let command = match self.random.below(12) {
            0 => Command::SetFee(SetFee { fee: self.share() }),
            1 => Command::SetMandate(SetMandate {
                participant: self.random.of(&[ANN, BOB]),
                asset: EUR,
                per_task_max: cents(u128::from(self.random.below(3_000))),
                open_max: cents(u128::from(self.random.below(9_000))),
                approver: OLA,
            }),
            2 => Command::Issue(Issue {
                asset: EUR,
                to: self.random.of(&PEOPLE),
                amount: cents(u128::from(self.random.below(20_000))),
                reference: Hash32::ZERO,
            }),
            _ => Command::RevealBeacon(RevealBeacon { link: town.peek_link() }),
        };
        Step::Ask(OPERATOR, command)
    }
}

/// What this bidder commits to for this task, so that it can be revealed later.
pub fn price_of(task: TaskId, bidder: ParticipantId) -> u128 {
    u128::from((task.0 * 31 + bidder.0 * 17) % 900)
}

/// What this bidder promises for this task, so that it can be revealed later.
pub fn promise_of(task: TaskId, bidder: ParticipantId, scoring: &Scoring) -> Promise {
    let share = |n: u64| 1 + ((task.0 * 13 + bidder.0 * n) % 100) as u32;
    promise(scoring.quality.map(|_| share(29)), scoring.time.map(|_| share(43)))
}

/// Plays steps on a town, with a retry now and then; hands every request with its moment and answer to `seen`.
pub fn play(
    town: &mut Town,
    traffic: &mut Traffic,
    commands: usize,
    mut seen: impl FnMut(&Town, usize, &Request, &Outcome),
) {
    let mut asked: Vec<(Request, Outcome)> = Vec::new();
    let mut done = 0;
    while done < commands {
        let before = town.events.len();
        if !asked.is_empty() && traffic.random.one_in(12) {
            let back = traffic.random.below(asked.len().min(40) as u64) as usize;
            let (request, first) = &asked[asked.len() - 1 - back];
            let again = town.send(request);
            if request.expires > town.now {
                assert_eq!(&again, first, "a retry gets the first outcome");
            }
            seen(town, before, request, &again);
            done += 1;
            continue;
        }
        match traffic.next(town) {
            Step::Wait(span) => town.wait(span),
            Step::Ask(by, command) => {
                let is_beacon = matches!(command, Command::RevealBeacon(_));
                let request = town.request(by, command);
                let outcome = town.send(&request);
                if is_beacon && matches!(outcome, Outcome::Accepted(_)) {
                    town.next_link();
                }
                seen(town, before, &request, &outcome);
                asked.push((request, outcome));
                done += 1;
            }
        }
    }
}
