//! A live economy as a source: a participant's own view of it, through the agents' client.
//!
//! For `oikos demo` and whoever else has a connection: [`live`] takes it, shows the dashboard, and comes back when the
//! person leaves. Its signature is `live(client, Options { ui }) -> Result<(), Failure>` and stays so; `first_look`
//! makes the `ui`, whose `screen` says where it opens. [`attach`] gives the source without a terminal.
//! It listens first, reads the history by pages, then follows. It asks for what events do not tell at most once a
//! second, and for your own things only when something of yours happened; it sends no command unless you act.

use super::history::{Known, Row};
use crate::cli::failure::Failure;
use oikos::dashboard::act::Asked;
use oikos::dashboard::state::facts::{Facts, Model, Shared};
use oikos::dashboard::state::ui::Ui;
use oikos::dashboard::{Source, event_loop};
use oikos_agents::{Client, Error};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::time::{Span, Timestamp};
use oikos_protocol::wire::event::{Numbered, WireEvent, WireParticipantEvent, WireTaskEvent};
use oikos_protocol::wire::query::{EventNumber, Found, WireQuery};
use oikos_views::Overview;
use oikos_views::task::Happened;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Rows of a page of history.
const PAGE: u32 = 1_000;
/// How long an answer may take before the person is told.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How often what was heard is shown.
const BEAT: Duration = Duration::from_millis(100);
/// Sums of the node are asked for so often, while something happens.
const TOTALS_EVERY: Duration = Duration::from_secs(2);
/// Who is here is asked for so often.
const PRESENCE_EVERY: Duration = Duration::from_secs(5);
/// What waits for you is asked for so often, even if nothing was heard of it.
const INBOX_EVERY: Duration = Duration::from_secs(20);
/// The history is read anew at most so often: that takes the node's time.
const ANEW_EVERY: Duration = Duration::from_secs(30);
/// Characters of a text that are shown.
const TEXT_MAX: usize = 600;

/// How the dashboard opens.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Its first look: screen, theme, ASCII.
    pub ui: Ui,
}

/// Shows the dashboard of the economy this client is connected to, until the person leaves.
///
/// # Errors
/// There is no terminal, or the economy does not answer.
pub async fn live(client: Client, options: Options) -> Result<(), Failure> {
    let source = attach(client).await?;
    event_loop::run(&source, options.ui).await?;
    Ok(())
}

/// The source alone: it fills itself until it is dropped.
///
/// # Errors
/// The economy does not answer.
pub async fn attach(client: Client) -> Result<Source, Failure> {
    let events = client.events(">").await?;
    let info = client.info();
    let mut facts = Facts {
        economy: oikos::text::safe(&info.economy),
        place: "live".to_owned(),
        you: Some(client.participant()),
        reading: Some(0),
        ..Facts::default()
    };
    facts.names.learn(client.participant(), client.name().as_str());
    facts.names.learn(ParticipantId::OPERATOR, "operator");
    let (source, asked) = Source::new(Shared::new(Model { facts, ..Model::default() }));
    let clock = Clock { t: info.t.into(), at: Instant::now() };
    let feed = Feed {
        known: Known::of(info),
        shared: source.model.clone(),
        row: Row::default(),
        clock,
        due: Due::default(),
        client,
    };
    tokio::spawn(feed.run(events, asked));
    Ok(source)
}

/// Waits until the history is read and the first questions are answered.
pub async fn read(source: &Source, within: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < within && source.model.read().facts.reading.is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Economy time between two things that were heard.
struct Clock {
    t: Timestamp,
    at: Instant,
}

impl Clock {
    fn now(&self) -> Timestamp {
        self.t.after(Span(u64::try_from(self.at.elapsed().as_nanos()).unwrap_or(u64::MAX)))
    }

    /// The economy's clock may be moved forward; what was heard is right.
    fn heard(&mut self, t: Timestamp) {
        if t > self.now() {
            (self.t, self.at) = (t, Instant::now());
        }
    }
}

/// What is to be asked for next.
#[derive(Default)]
struct Due {
    /// An event came too late to be counted in order.
    anew: bool,
    read_at: Option<Instant>,
    inbox: bool,
    totals: bool,
    people: bool,
    inbox_at: Option<Instant>,
    totals_at: Option<Instant>,
    people_at: Option<Instant>,
    texts_missing: BTreeSet<Hash32>,
}

struct Feed {
    client: Client,
    shared: Shared,
    known: Known,
    row: Row,
    clock: Clock,
    due: Due,
}

fn is_past(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= every)
}

impl Feed {
    async fn run(mut self, mut events: oikos_agents::events::Events, mut asked: UnboundedReceiver<Asked>) {
        self.read_all().await;
        (self.due.inbox, self.due.totals, self.due.people) = (true, true, true);
        self.ask().await;
        self.shared.change(|model| model.facts.reading = None);
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                heard = events.next() => match heard {
                    Some(event) => self.row.push(event),
                    None => {
                        let gone = "the connection has ended; start the dashboard again".to_owned();
                        self.shared.change(|model| model.facts.trouble = Some(gone));
                        return;
                    }
                },
                act = asked.recv() => match act {
                    Some(Asked::Act(act)) => {
                        let (client, shared) = (self.client.clone(), self.shared.clone());
                        tokio::spawn(async move {
                            let answer = super::act::done(&client, act).await;
                            shared.change(|model| model.facts.answers.push_back(answer));
                        });
                    }
                    Some(Asked::Play(_)) => {}
                    // Nobody looks any more.
                    None => return,
                },
                _ = beat.tick() => self.beat().await,
            }
        }
    }

    /// The whole history, page by page, with pauses so that the node has time for others.
    async fn read_all(&mut self) {
        let mut after: Option<EventNumber> = None;
        loop {
            let begun = Instant::now();
            let query = WireQuery::Events { after, limit: Some(PAGE) };
            let page = match self.answer(query).await {
                Some(Found::Events(page)) => page,
                _ => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
            };
            let part =
                page.next.zip(page.last).map_or(100, |(next, last)| next.seq.saturating_mul(100) / last.seq.max(1));
            let Self { known, clock, .. } = self;
            self.shared.change(|model| {
                for event in &page.events {
                    known.fold(event, model);
                    clock.heard(event.t.into());
                }
                model.facts.reading = Some(u8::try_from(part).unwrap_or(100));
            });
            match page.next {
                Some(next) => after = Some(next),
                None => {
                    if let Some(last) = page.last {
                        self.row.told((last.seq, last.index));
                    }
                    (self.due.anew, self.due.read_at) = (false, Some(Instant::now()));
                    return;
                }
            }
            tokio::time::sleep(begun.elapsed()).await;
        }
    }

    async fn beat(&mut self) {
        let ready = self.row.ready();
        let mut late = false;
        if ready.is_empty() {
            let now = self.clock.now();
            let passed = self.shared.read().overview.t();
            // Time left is shown in seconds: a picture a second is enough where nothing happens.
            if now.since(passed).0 >= 500_000_000 {
                self.shared.change(|model| model.overview.reach(now));
            }
        } else {
            self.due.totals = true;
            let you = self.client.participant();
            let Self { known, clock, due, .. } = self;
            self.shared.change(|model| {
                for event in &ready {
                    clock.heard(event.t.into());
                    late |= !known.fold(event, model);
                    due.inbox |= concerns(event, you, &model.overview);
                    due.people |= registers(event);
                }
                model.overview.reach(clock.now());
            });
        }
        self.due.anew |= late;
        if self.due.anew && is_past(self.due.read_at, ANEW_EVERY) {
            // Something came behind the others: the sums are only right if everything is counted in order.
            self.shared.change(|model| model.overview = Overview::default());
            self.read_all().await;
            self.shared.change(|model| model.facts.reading = None);
        }
        self.ask().await;
    }

    /// Asks for what is due.
    async fn ask(&mut self) {
        if (self.due.inbox && is_past(self.due.inbox_at, Duration::from_millis(300)))
            || is_past(self.due.inbox_at, INBOX_EVERY)
        {
            (self.due.inbox, self.due.inbox_at) = (false, Some(Instant::now()));
            self.yours().await;
        }
        if self.due.totals && is_past(self.due.totals_at, TOTALS_EVERY) {
            (self.due.totals, self.due.totals_at) = (false, Some(Instant::now()));
            if let Some(Found::Totals(totals)) = self.answer(WireQuery::Totals {}).await {
                self.shared.change(|model| model.facts.totals = Some(totals));
            }
        }
        let soon = if self.due.people { Duration::from_millis(500) } else { PRESENCE_EVERY };
        if is_past(self.due.people_at, soon) {
            (self.due.people, self.due.people_at) = (false, Some(Instant::now()));
            self.people().await;
        }
    }

    async fn people(&mut self) {
        let all = WireQuery::Participants { name: None, participant: None, capability: None, present: false };
        let Some(Found::Participants(rows)) = self.answer(all).await else { return };
        let you = self.client.participant();
        self.shared.change(|model| {
            // Whoever looks is here, though a person sends no heartbeats.
            let mut present = BTreeSet::from([you]);
            for row in rows {
                if let Some(name) = &row.name {
                    model.facts.names.learn(row.participant, name);
                }
                if row.present {
                    present.insert(row.participant);
                }
            }
            model.facts.present = Some(present);
        });
    }

    /// What waits for you, what you have, and the texts to decide upon.
    async fn yours(&mut self) {
        if let Some(Found::Balance(rows)) = self.answer(WireQuery::Balance { at: None }).await {
            self.shared.change(|model| model.facts.balances = rows);
        }
        let Some(Found::Inbox(items)) = self.answer(WireQuery::Inbox {}).await else { return };
        let wanted = self.shared.change(|model| {
            let timelines = model.overview.timelines();
            let mut wanted = BTreeSet::new();
            for item in &items {
                let Some(life) = timelines.get(item.task) else { continue };
                wanted.insert(life.spec.input);
                wanted.extend(life.story.iter().rev().find_map(|told| match &told.what {
                    Happened::Task(TaskEvent::Submitted { deliverable, .. }) => Some(*deliverable),
                    _ => None,
                }));
            }
            model.facts.inbox = items;
            wanted.retain(|hash| !model.facts.texts.contains_key(hash));
            wanted
        });
        for hash in wanted.into_iter().filter(|hash| !self.due.texts_missing.contains(hash)).collect::<Vec<_>>() {
            match timeout(ANSWER_WITHIN, self.client.get(hash)).await {
                Ok(Ok(value)) => {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    let text: String = text.chars().take(TEXT_MAX).collect();
                    self.shared.change(|model| model.facts.texts.insert(hash, oikos::text::safe(&text)));
                }
                // Not kept, not for us, or not JSON: it is not asked for again.
                _ => drop(self.due.texts_missing.insert(hash)),
            }
        }
    }

    /// The answer to a question; the person is told where there is none, and when there is one again.
    async fn answer(&mut self, query: WireQuery) -> Option<Found> {
        let told = match timeout(ANSWER_WITHIN, self.client.ask(query)).await {
            Ok(Ok(answer)) => {
                self.clock.heard(answer.t.into());
                if self.shared.read().facts.trouble.is_some() {
                    self.shared.change(|model| model.facts.trouble = None);
                }
                return Some(answer.answer);
            }
            Ok(Err(error @ (Error::Refused(_) | Error::BadAnswer(_)))) => error.to_string(),
            Ok(Err(_)) | Err(_) => "the economy does not answer; trying again".to_owned(),
        };
        self.shared.change(|model| model.facts.trouble = Some(oikos::text::safe(&told)));
        None
    }
}

/// Whether an event may change what waits for you, or what you have.
fn concerns(event: &Numbered, you: ParticipantId, overview: &Overview) -> bool {
    match &event.event {
        // Money is told to its owners alone.
        WireEvent::Money(_)
        | WireEvent::Transfer(_)
        | WireEvent::Limit(_)
        | WireEvent::Stream(_)
        | WireEvent::Exchange(_) => true,
        WireEvent::Task(WireTaskEvent::ApprovalAsked { .. }) => true,
        WireEvent::Task(event) => overview.timelines().get(event.task()).is_some_and(|life| {
            life.poster == you
                || life.approver == Some(you)
                || life.spec.evaluator == Some(you)
                || life.award.is_some_and(|(worker, _)| worker == you)
                || life.bids.iter().any(|bid| bid.bidder == you)
        }),
        WireEvent::Asset(_)
        | WireEvent::Participant(_)
        | WireEvent::Offer(_)
        | WireEvent::Order(_)
        | WireEvent::Beacon { .. } => false,
    }
}

const fn registers(event: &Numbered) -> bool {
    matches!(event.event, WireEvent::Participant(WireParticipantEvent::Registered { .. }))
}
