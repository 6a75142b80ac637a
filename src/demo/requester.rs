//! A requester: posts orders, checks what comes back by its trade's own check, and pays only what passes.
//!
//! What does not pass is left alone: the order says from the start that a deliverable nobody accepts is not paid.

use super::cast::{Buyer, CERTIFICATE, Handed, domain};
use super::{DRAIN, Progress, told_to_stop};
use oikos_agents::{Client, Error, Order};
use oikos_domains::{Dice, Domain};
use oikos_protocol::id::{Capability, Hash32, MilestoneId, ParticipantId, TaskId};
use oikos_protocol::money::Share;
use oikos_protocol::time::Span;
use oikos_protocol::wire::command::{WireCommand, WireReviewDefault, WireTask};
use oikos_protocol::wire::event::{Numbered, WireEvent, WireTaskEvent};
use oikos_protocol::wire::text::{Decimal, Lasting};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// Orders of one requester under way.
const OPEN_MAX: usize = 12;
/// How often you are asked.
const ASK_YOU_EVERY: Duration = Duration::from_secs(40);
/// How long bids are taken.
const BID: Span = Span::millis(900);
/// How long a worker has.
const DELIVER: Span = Span::seconds(4);
/// How long you may take before the stated default.
const YOUR_TIME: Span = Span::seconds(60);

/// An order under way.
#[derive(Debug, Clone)]
struct Ordered {
    domain: Domain,
    input: Arc<Value>,
}

/// Posts and checks until it is stopped; then waits for what is under way, for a moment.
pub(super) async fn post_and_check(buyer: &'static Buyer, handed: Handed) {
    if let Err(error) = try_post_and_check(buyer, handed).await {
        tracing::warn!(%error, who = buyer.name, "a requester of the demo gave up");
    }
}

async fn try_post_and_check(buyer: &'static Buyer, handed: Handed) -> Result<(), Error> {
    let Handed { client, seed, you, progress, mut stopped } = handed;
    let mut events = client.events("task").await?;
    let mut dice = Dice::new(seed, buyer.name);
    let mut open: HashMap<TaskId, Ordered> = HashMap::new();
    let mut checks = JoinSet::new();
    let mut tick = interval(Duration::from_millis(buyer.every_ms));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut ask_you, mut asking) = (interval(ASK_YOU_EVERY), Dice::new(seed, "you are asked"));
    let (mut asked, mut is_over) = (0_u32, false);
    let until = tokio::time::sleep(Duration::MAX);
    tokio::pin!(until);
    loop {
        tokio::select! {
            () = told_to_stop(&mut stopped), if !is_over => {
                is_over = true;
                until.as_mut().reset(tokio::time::Instant::now() + DRAIN);
            }
            () = &mut until, if is_over => return Ok(()),
            _ = tick.tick(), if !is_over && open.len() < OPEN_MAX => {
                post(&client, buyer, &mut dice, None, &mut open, &progress).await?;
            }
            _ = ask_you.tick(), if !is_over && buyer.asks_you => {
                let way = if asked.is_multiple_of(2) { Word::Approve(you) } else { Word::Confirm(you) };
                asked += 1;
                post(&client, buyer, &mut asking, Some(way), &mut open, &progress).await?;
            }
            event = events.next() => {
                let Some(Numbered { event: WireEvent::Task(event), .. }) = event else {
                    if event.is_none() { return Err(Error::Unanswered) }
                    continue;
                };
                match event {
                    WireTaskEvent::Submitted { task, milestone, deliverable, .. } => {
                        if let Some(ordered) = open.get(&task) {
                            checks.spawn(check(client.clone(), task, milestone, deliverable, ordered.clone()));
                        }
                    }
                    WireTaskEvent::Settled { task, .. }
                    | WireTaskEvent::Defaulted { task, .. }
                    | WireTaskEvent::NoAward { task, .. }
                    | WireTaskEvent::Rejected { task, .. }
                    | WireTaskEvent::Expired { task, .. } => drop(open.remove(&task)),
                    _ => {}
                }
            }
            Some(checked) = checks.join_next() => match checked {
                Ok(Ok(true)) => drop(progress.settled.fetch_add(1, Ordering::Relaxed)),
                Ok(Ok(false)) => drop(progress.refused.fetch_add(1, Ordering::Relaxed)),
                Ok(Err(error)) => tracing::warn!(%error, who = buyer.name, "a deliverable could not be checked"),
                Err(error) => tracing::warn!(%error, who = buyer.name, "a check broke"),
            },
        }
        if is_over && open.is_empty() && checks.is_empty() {
            return Ok(());
        }
    }
}

/// Where your word is needed.
#[derive(Debug, Clone, Copy)]
enum Word {
    /// Before bids are taken.
    Approve(ParticipantId),
    /// Before the winner begins.
    Confirm(ParticipantId),
}

async fn post(
    client: &Client,
    buyer: &Buyer,
    dice: &mut Dice,
    word: Option<Word>,
    open: &mut HashMap<TaskId, Ordered>,
    progress: &Progress,
) -> Result<(), Error> {
    let Some(domain) = domain(dice.pick::<&str>(buyer.trades)) else { return Ok(()) };
    let input = domain.input(dice);
    let budget = if word.is_some() { "12.00".to_owned() } else { format!("0.{}", dice.range(40, 95)) };
    let hash = client.put(&input).await?;
    let task = task(client, &domain, &budget, hash, word)?;
    match client.command(WireCommand::PostTask(task)).await {
        Ok(done) => {
            let Some(task) = done.reply.task else { return Ok(()) };
            open.insert(task, Ordered { domain, input: Arc::new(input) });
            progress.posted.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
        // Out of money, or a rule against it: the next order may be another.
        Err(Error::Rejected(why)) => {
            tracing::warn!(code = why.code, who = buyer.name, "an order was rejected");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn task(client: &Client, domain: &Domain, budget: &str, input: Hash32, word: Option<Word>) -> Result<WireTask, Error> {
    let share = |millionths| Share::from_millionths(millionths).unwrap_or_default();
    let order = Order::new(domain.capability, Value::Null).budget(budget).close(BID).deliver(DELIVER);
    let mut task = order.task(client, input)?;
    task.review_default = WireReviewDefault::Split(Share::NONE);
    // Who fails to deliver loses a quarter of the price, and who does so again and again is not asked any more.
    (task.performance_bond, task.damages_max) = (share(250_000), share(250_000));
    task.reputation_min = share(300_000);
    if word.is_some() {
        task.constraints = Capability::new(CERTIFICATE).into_iter().collect();
    }
    match word {
        Some(Word::Approve(you)) => {
            task.approver = Some(you);
            task.windows.approve = Lasting(YOUR_TIME);
        }
        Some(Word::Confirm(you)) => {
            task.approver = Some(you);
            task.confirm_above = Some(Decimal("0.10".to_owned()));
            task.windows.approve = Lasting(YOUR_TIME);
            task.windows.accept = Lasting(YOUR_TIME);
        }
        None => {}
    }
    Ok(task)
}

/// Checks a deliverable and pays it if it passes; says whether it did.
async fn check(
    client: Client,
    task: TaskId,
    milestone: MilestoneId,
    deliverable: Hash32,
    ordered: Ordered,
) -> Result<bool, Error> {
    let deliverable = client.get(deliverable).await?;
    if let Err(flaw) = ordered.domain.check(&ordered.input, &deliverable) {
        tracing::warn!(%task, %flaw, "a deliverable was not accepted");
        return Ok(false);
    }
    client.accept(task, milestone).await.map(|_| true)
}
