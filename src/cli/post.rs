//! `oikos post CAPABILITY --budget B`: buys work; with `--wait` until it is delivered, checked and paid.

use super::connection::{ConnectArgs, Names, available, less, participant};
use super::failure::Failure;
use super::input;
use super::voice::{Voice, safe, safe_json};
use oikos::text::count;
use oikos_agents::domain::{Fit, Misfit};
use oikos_agents::order::Delivered;
use oikos_agents::tell::{Tellings, Told};
use oikos_agents::{Client, Order};
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::scoring::Shape;
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::{Hash32, TaskId};
use oikos_protocol::time::Span;
use oikos_protocol::wire::scoring::{WireCriterion, WireMechanism, WireScoring};
use oikos_protocol::wire::tell::Say;
use oikos_protocol::wire::text::Decimal;
use serde_json::{Value, json};

/// Options of `oikos post`.
#[derive(Debug, clap::Args)]
pub struct PostArgs {
    /// What is to be done, such as `text.shout/v1`
    pub capability: String,
    /// The most it may cost; held until it is paid or returned
    #[arg(long, value_name = "AMOUNT")]
    pub budget: String,
    /// The money it is paid in [default: the economy's first]
    #[arg(long, value_name = "CODE")]
    pub asset: Option<String>,
    /// How long bids are taken
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = span)]
    pub close: Span,
    /// How long the worker has
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = span)]
    pub deadline: Span,
    /// How long you may review before silence accepts
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
    pub review: Span,
    /// The rule that chooses: first-price, second-price, posted-price, lottery, scoring-first or scoring-second
    #[arg(long, default_value = "first-price", value_parser = rule)]
    pub mechanism: String,
    /// What scoring counts besides the price: quality, time or reputation, and what the whole of it is worth, such as
    /// `quality=2.00`; `quality=2.00:root` grows with the root. Several times for several
    #[arg(long, value_name = "WHAT=WORTH", value_parser = counted)]
    pub score: Vec<Counted>,
    /// Who has to approve it first
    #[arg(long, value_name = "NAME")]
    pub approver: Option<String>,
    /// Wait until it is delivered; accept what passes the checks, and print it
    #[arg(long)]
    pub wait: bool,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).map_err(|why| why.to_string())
}

fn rule(text: &str) -> Result<String, String> {
    let names = MechanismKind::NAMES;
    let known = names.contains(&text).then(|| text.to_owned());
    known.ok_or_else(|| format!("live tasks are awarded by one of {}", names.join(", ")))
}

/// One thing that a score counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    what: What,
    criterion: WireCriterion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Quality,
    Time,
    Reputation,
}

fn counted(text: &str) -> Result<Counted, String> {
    let expected = "expected quality, time or reputation, `=`, and its worth, such as `quality=2.00` or `time=1:root`";
    let (what, worth) = text.split_once('=').ok_or(expected)?;
    let what = match what {
        "quality" => What::Quality,
        "time" => What::Time,
        "reputation" => What::Reputation,
        _ => return Err(expected.to_owned()),
    };
    let (worth, shape) = match worth.split_once(':') {
        None | Some((_, "linear")) => (worth.trim_end_matches(":linear"), Shape::Linear),
        Some((worth, "root")) => (worth, Shape::Root),
        Some(_) => return Err(expected.to_owned()),
    };
    Ok(Counted { what, criterion: WireCriterion { worth: Decimal(worth.to_owned()), shape } })
}

fn mechanism(rule: &str, score: &[Counted]) -> Result<WireMechanism, Failure> {
    let mut scoring = WireScoring::default();
    for Counted { what, criterion } in score {
        let counted = match what {
            What::Quality => &mut scoring.quality,
            What::Time => &mut scoring.time,
            What::Reputation => &mut scoring.reputation,
        };
        if counted.replace(criterion.clone()).is_some() {
            return Err(Failure::usage("--score: what counts is named once"));
        }
    }
    // A rule that cannot be had without a score.
    let scores = MechanismKind::named(rule, None).is_none();
    match (scores, score.is_empty()) {
        (true, true) => {
            Err(Failure::usage(format!("--score: {rule} needs what counts, such as `--score quality=2.00`")))
        }
        (false, false) => Err(Failure::usage(format!(
            "--score: {rule} counts the price alone; scoring-first and scoring-second score"
        ))),
        _ => WireMechanism::named(rule, scores.then_some(scoring))
            .ok_or_else(|| Failure::usage(format!("--mechanism: there is no {rule}"))),
    }
}

impl PostArgs {
    /// Posts, and waits if asked to.
    ///
    /// # Errors
    /// A [`Failure`]; `nothing_delivered` where it was waited for and nothing came.
    pub async fn run(self) -> Result<(), Failure> {
        let input = input::read()?;
        let client = self.at.connect().await?;
        let voice = self.at.voice();
        let order = self.order(input, &client).await?;
        let task = order.task(&client, Hash32::ZERO)?;
        let asset = task.asset;
        // The budget as the economy is going to read it, so that a mistake shows before anything is sent.
        let scale =
            client.scale(asset).ok_or_else(|| Failure::refused("unknown_asset", format!("no asset {asset}")))?;
        let budget = scale.parse(&self.budget).map_err(|why| Failure::usage(format!("--budget: {why}")))?;
        let budget = Decimal::of(budget, scale);
        if self.dry_run {
            let left = less(&client, &Decimal(available(&client, asset).await?), &budget, asset);
            voice.data(&format!("dry run: would hold {budget} {asset}, leaving {left}; nothing was sent"))?;
            voice.object(&json!({"dry_run": true, "held": budget, "asset": asset, "balance": left, "task": task}))?;
            return Ok(());
        }
        // Listened to before there is anything to hear.
        let tellings = if self.wait { Some(client.tellings().await?) } else { None };
        let (task, done) = client.post(&order).await?;
        let posted = Posted { task, asset, budget, seq: done.seq, client, voice };
        match (&self.approver, self.wait) {
            (Some(name), true) => voice.talk(&format!("{task} waits for {name} to approve"))?,
            (Some(name), false) => {
                voice.data(&format!("{task} waits for {name} to approve · up to {} {asset}", posted.budget))?;
            }
            (None, true) => {}
            (None, false) => {
                voice.data(&format!("{task} posted, {} held · receipt seq {}", posted.budget, posted.seq))?
            }
        }
        if let Some(tellings) = tellings {
            return posted.wait(tellings).await;
        }
        let (budget, seq) = (&posted.budget, posted.seq);
        voice.object(&json!({"task": task, "held": budget, "asset": asset, "seq": seq}))?;
        Ok(())
    }

    async fn order(&self, input: Value, client: &Client) -> Result<Order, Failure> {
        let mut order =
            Order::new(&self.capability, input).budget(&self.budget).close(self.close).deliver(self.deadline);
        order = order.review(self.review).mechanism(mechanism(&self.mechanism, &self.score)?);
        if let Some(code) = &self.asset {
            let code = AssetCode::new(code).ok_or_else(|| Failure::usage("an asset's code is such as `OIK`"))?;
            order = order.asset(code);
        }
        if let Some(name) = &self.approver {
            order = order.approver(participant(client, name).await?.participant);
        }
        Ok(order)
    }
}

/// A task that was posted and is waited for.
struct Posted {
    task: TaskId,
    asset: AssetCode,
    budget: Decimal,
    seq: u64,
    client: Client,
    voice: Voice,
}

impl Posted {
    async fn wait(&self, mut tellings: Tellings) -> Result<(), Failure> {
        let Self { task, asset, budget, client, voice, .. } = self;
        let awarded = client.watch(*task, |story| {
            let past =
                !matches!(story.row.phase, Phase::Draft | Phase::PendingApproval | Phase::Open | Phase::Evaluating);
            past.then(|| (story.row.phase, story.row.bids, story.row.worker.zip(story.row.price.clone())))
        });
        let (phase, bids, award) = self.hearing(&mut tellings, awarded).await?;
        let Some((worker, price)) = award else {
            return Err(self.nothing(phase, bids));
        };
        let worker = Names::of(client).name(worker).await?;
        let plural = if bids == 1 { "" } else { "s" };
        voice.talk(&format!(
            "{task} posted, {budget} held · {bids} bid{plural} · awarded {worker} at {price} (oikos task explain {task})"
        ))?;
        let (output, fit, seq, accepted) = match self.hearing(&mut tellings, client.delivered(*task)).await? {
            Delivered::Waiting { fit: Fit::DoesNot(misfit), .. } => return Err(self.does_not_fit(&misfit)),
            Delivered::Waiting { milestone, output, fit } => {
                voice.data(&safe_json(&output))?;
                let seq = client.accept(*task, milestone).await?.seq;
                (output, fit, seq, "accepted")
            }
            Delivered::Settled { output, fit } => {
                voice.data(&safe_json(&output))?;
                (output, fit, self.seq, "accepted by its deadline")
            }
            Delivered::Ended(phase) => return Err(self.nothing(phase, bids)),
        };
        // Whoever won last, should the first winner have declined.
        let row = client.task(*task).await?.map(|story| story.row);
        let paid = row.and_then(|row| row.price).unwrap_or(price);
        let returned = less(client, budget, &paid, *asset);
        let balance = available(client, *asset).await?;
        let (checked, schema_ok) = match fit {
            Fit::Fits => ("schema ok", Some(true)),
            Fit::NoSchema => ("no schema to check", None),
            Fit::DoesNot(_) => ("schema not met", Some(false)),
        };
        voice.talk(&format!(
            "{checked} · {accepted} · paid {paid}, returned {returned} · receipt seq {seq} · balance {balance}"
        ))?;
        voice.object(&json!({
            "task": task, "phase": Phase::Settled, "asset": asset, "held": budget, "bids": bids, "worker": worker,
            "price": paid, "paid": paid, "returned": returned, "output": output, "schema_ok": schema_ok, "accepted": true,
            "seq": seq, "balance": balance,
        }))?;
        Ok(())
    }

    /// Waits, and shows meanwhile what the worker tells.
    async fn hearing<T>(
        &self,
        tellings: &mut Tellings,
        what: impl Future<Output = Result<T, oikos_agents::Error>>,
    ) -> Result<T, Failure> {
        tokio::pin!(what);
        loop {
            tokio::select! {
                // What was told before the end is shown before the end.
                biased;
                Some(told) = tellings.next() => self.show(&told).await?,
                done = &mut what => return Ok(done?),
            }
        }
    }

    async fn show(&self, told: &Told) -> Result<(), Failure> {
        if told.task != self.task {
            return Ok(());
        }
        let (task, voice) = (self.task, self.voice);
        let line = match &told.say {
            Say::Progress(how_far) => format!("{task} progress {}", safe_json(how_far)),
            Say::Chunk(piece) => format!("{task} chunk {}", safe_json(piece)),
            Say::Cost(cost) => format!("{task} has cost its worker {} so far", safe(cost)),
            Say::Question(question) => {
                let worker = Names::of(&self.client).name(told.by).await?;
                format!("{task} {worker} asks: \"{}\" (oikos answer {task} \"…\")", safe(question))
            }
            Say::Answer(_) => return Ok(()),
        };
        voice.talk(&line)?;
        Ok(voice.object(&json!({"task": task, "by": told.by, "told": told.say}))?)
    }

    fn does_not_fit(&self, misfit: &Misfit) -> Failure {
        let task = self.task;
        let why = format!("{task}: what was delivered does not fit at `{}`: {}", safe(&misfit.at), safe(&misfit.why));
        Failure::refused("does_not_fit", why).hint(format!("look at it with `oikos task {task}`; it is not accepted"))
    }

    fn nothing(&self, phase: Phase, bids: u32) -> Failure {
        let (task, budget, bids) = (self.task, &self.budget, count(bids, "bid"));
        let why = format!("{task} ended as {phase} with {bids}; nothing was delivered, up to {budget} came back");
        let hint = match phase {
            Phase::NoAward => {
                format!("is a worker for it running? `oikos task explain {task}` tells who could have bid")
            }
            _ => format!("`oikos task {task}` tells its story"),
        };
        Failure::refused("nothing_delivered", why).hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::super::connection::task_id;
    use super::*;

    #[test]
    fn a_task_is_written_with_or_without_its_letter() {
        assert_eq!((task_id("t7"), task_id("7")), (Ok(TaskId(7)), Ok(TaskId(7))));
        assert!(task_id("7f").is_err() && task_id("t").is_err());
    }

    #[test]
    fn a_mechanism_that_live_tasks_do_not_have_is_answered_with_those_they_have() {
        assert_eq!(mechanism("second-price", &[]).ok(), Some(WireMechanism::SecondPrice));
        assert!(rule("vcg").unwrap_err().contains("first-price, second-price"));
    }

    #[test]
    fn what_a_score_counts_is_read_by_name_and_refused_where_it_makes_no_sense() {
        let asked: Vec<_> = ["quality=2.00:root", "time=0.50"].map(|text| counted(text).unwrap()).into();
        let Ok(WireMechanism::ScoringSecond(scoring)) = mechanism("scoring-second", &asked) else { panic!() };
        assert_eq!(scoring.quality, Some(WireCriterion { worth: Decimal("2.00".into()), shape: Shape::Root }));
        assert_eq!(scoring.time, Some(WireCriterion { worth: Decimal("0.50".into()), shape: Shape::Linear }));
        assert_eq!(scoring.reputation, None);
        assert_eq!(counted("time=1:linear").unwrap().criterion.worth, Decimal("1".into()));
        for bad in ["quality", "beauty=1", "time=1:square"] {
            assert!(counted(bad).is_err(), "{bad}");
        }
        let twice = [counted("time=1").unwrap(), counted("time=2").unwrap()];
        for (rule, score) in [("scoring-first", &twice[..]), ("scoring-first", &[]), ("lottery", &twice[..1])] {
            assert!(mechanism(rule, score).is_err(), "{rule} {score:?}");
        }
    }
}
