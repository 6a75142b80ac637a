//! Agents at work in an economy within the process: the same wire, a clock that the test turns.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use oikos_agents::agent::Agent;
use oikos_agents::order::Delivered;
use oikos_agents::serve::New;
use oikos_agents::strategy::Fixed;
use oikos_agents::testing::TestEconomy;
use oikos_agents::{Client, Error, Fault, Order};
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::TaskId;
use oikos_protocol::time::Span;
use oikos_protocol::wire::query::{Found, WireQuery};
use serde_json::Value;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

const SHOUT: &str = "text.shout/v1";

struct Hand {
    news: mpsc::UnboundedReceiver<New>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), Error>>,
}

impl Hand {
    fn serve(agent: Agent, client: Client) -> Self {
        let (tell, news) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let agent = agent.on_news(move |new| {
            tell.send(new.clone()).ok();
        });
        let serving = tokio::spawn(agent.serve_as(client, async move { drop(stopped.await) }));
        Self { news, stop, serving }
    }

    /// Waits for news of this kind.
    async fn hears<T>(&mut self, want: impl Fn(&New) -> Option<T>) -> T {
        let heard = async {
            loop {
                if let Some(found) = want(&self.news.recv().await.expect("the agent is serving")) {
                    return found;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), heard).await.expect("news in time")
    }

    async fn hears_failure(&mut self) -> String {
        self.hears(|new| match new {
            New::Failed { why, .. } => Some(why.clone()),
            _ => None,
        })
        .await
    }

    async fn bids(&mut self) -> TaskId {
        self.hears(|new| match new {
            New::Bid { task, .. } => Some(*task),
            _ => None,
        })
        .await
    }
}

async fn shout(text: String) -> Result<String, Fault> {
    match text.as_str() {
        "panic" => panic!("as ordered"),
        "hang" => std::future::pending().await,
        "fail" => "seven".parse::<u32>().map(|_| text).map_err(Fault::from),
        _ => Ok(text.to_uppercase()),
    }
}

fn shouter() -> Agent {
    Agent::new("shouter").skill(SHOUT, shout).bid(Fixed::at("0.02").unwrap()).time_max(Duration::from_millis(300))
}

fn order(text: &str) -> Order {
    Order::new(SHOUT, text).budget("0.10").close(Span::seconds(2)).deliver(Span::seconds(60))
}

async fn available(client: &Client) -> String {
    match client.ask(WireQuery::Balance { at: None }).await.unwrap().answer {
        Found::Balance(rows) => rows[0].available.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_worker_bids_works_delivers_and_is_paid_what_it_asked() {
    let town = TestEconomy::start().await.unwrap();
    let mara = town.person("mara", "100.00").await.unwrap();
    let worker = town.agent("shouter", &[SHOUT]).await.unwrap();
    let mut hand = Hand::serve(shouter(), worker.clone());
    hand.hears(|new| matches!(new, New::Listening { .. }).then_some(())).await;
    let (task, _) = mara.post(&order("hello")).await.unwrap();
    assert_eq!(hand.bids().await, task);
    assert_eq!(available(&mara).await, "99.90");
    town.advance(Span::seconds(2)).await.unwrap();
    let Delivered::Waiting { milestone, output, .. } = mara.delivered(task).await.unwrap() else {
        panic!("not delivered")
    };
    assert_eq!(output, Value::from("HELLO"));
    mara.accept(task, milestone).await.unwrap();
    hand.hears(|new| matches!(new, New::Paid { .. }).then_some(())).await;
    assert_eq!((available(&mara).await, available(&worker).await), ("99.98".to_owned(), "0.02".to_owned()));
    town.check().await.unwrap();
}

#[tokio::test]
async fn what_an_agent_missed_while_it_was_away_it_finds_by_asking() {
    let town = TestEconomy::start().await.unwrap();
    let mara = town.person("mara", "1.00").await.unwrap();
    let worker = town.agent("shouter", &[SHOUT]).await.unwrap();
    let (task, _) = mara.post(&order("hello")).await.unwrap();
    let mut hand = Hand::serve(shouter(), worker);
    assert_eq!(hand.bids().await, task);
}

#[tokio::test]
async fn a_skill_that_panics_hangs_or_fails_costs_its_own_contract_and_no_other() {
    let town = TestEconomy::start().await.unwrap();
    let mara = town.person("mara", "1.00").await.unwrap();
    let worker = town.agent("shouter", &[SHOUT]).await.unwrap();
    let mut hand = Hand::serve(shouter(), worker.clone());
    let mut failed = Vec::new();
    for (text, said) in [("panic", "panicked"), ("hang", "no result within"), ("fail", "invalid digit")] {
        let (task, _) = mara.post(&order(text)).await.unwrap();
        assert_eq!(hand.bids().await, task);
        town.advance(Span::seconds(2)).await.unwrap();
        let why = hand.hears_failure().await;
        assert!(why.contains(said), "{text}: {why}");
        failed.push(task);
    }
    let (task, _) = mara.post(&order("hello")).await.unwrap();
    assert_eq!(hand.bids().await, task);
    town.advance(Span::seconds(2)).await.unwrap();
    let Delivered::Waiting { milestone, .. } = mara.delivered(task).await.unwrap() else { panic!("not delivered") };
    mara.accept(task, milestone).await.unwrap();
    town.advance(Span::seconds(60)).await.unwrap();
    for task in failed {
        assert_eq!(mara.delivered(task).await.unwrap(), Delivered::Ended(Phase::Defaulted));
    }
    assert_eq!((available(&mara).await, available(&worker).await), ("0.98".to_owned(), "0.02".to_owned()));
    town.check().await.unwrap();
}

#[tokio::test]
async fn an_input_that_does_not_fit_is_refused_before_it_costs_and_asked_about_where_nothing_was_checked() {
    let town = TestEconomy::start().await.unwrap();
    let mara = town.person("mara", "1.00").await.unwrap();
    let worker = town.agent("shouter", &[SHOUT]).await.unwrap();
    let mut hand = Hand::serve(shouter(), worker);
    let order = Order::new(SHOUT, 7).budget("0.10").close(Span::seconds(2));
    assert!(matches!(mara.post(&order).await, Err(Error::DoesNotFit { what: "input", .. })));
    let (task, _) = mara.post(&order.no_domain()).await.unwrap();
    assert_eq!(hand.bids().await, task);
    town.advance(Span::seconds(2)).await.unwrap();
    let asked = |new: &New| matches!(new, New::Asked { task: about, .. } if *about == task).then_some(());
    hand.hears(asked).await;
}

#[tokio::test]
async fn live_bids_never_exceed_the_capacity() {
    let town = TestEconomy::start().await.unwrap();
    let mara = town.person("mara", "1.00").await.unwrap();
    let worker = town.agent("shouter", &[SHOUT]).await.unwrap();
    let mut hand = Hand::serve(shouter().capacity(2), worker);
    let mut tasks = Vec::new();
    for _ in 0..4 {
        tasks.push(mara.post(&order("hello")).await.unwrap().0);
    }
    hand.bids().await;
    hand.bids().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut bids = 0;
    for task in tasks {
        bids += mara.task(task).await.unwrap().unwrap().row.bids;
    }
    assert_eq!(bids, 2);
}

#[tokio::test]
async fn an_agent_that_stops_takes_its_bids_back() {
    let town = TestEconomy::start().await.unwrap();
    let mara = town.person("mara", "1.00").await.unwrap();
    let worker = town.agent("shouter", &[SHOUT]).await.unwrap();
    let mut hand = Hand::serve(shouter(), worker);
    let (task, _) = mara.post(&order("hello")).await.unwrap();
    hand.bids().await;
    hand.stop.send(()).unwrap();
    hand.serving.await.unwrap().unwrap();
    assert_eq!(mara.task(task).await.unwrap().unwrap().row.bids, 0);
}

#[tokio::test]
async fn a_rejection_has_its_code_and_changes_nothing() {
    let town = TestEconomy::start().await.unwrap();
    let mara = town.person("mara", "0.05").await.unwrap();
    let why = mara.post(&order("hello")).await.unwrap_err();
    assert_eq!(why.code(), "task.insufficient_funds");
    assert_eq!(available(&mara).await, "0.05");
    let why = mara.post(&order("hello").budget("0.105")).await.unwrap_err();
    assert_eq!(why.code(), "bad_amount");
}
