//! Whole lives of tasks over TCP: 7 signed commands and one deadline each, with three sealed bids.

use crate::Failure;
use crate::client::Client;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Sealed bids need a nonce each; nobody draws lots here.
const NONCE: &str = "00000000000000000000000000000000";

/// So many lives, and how they overlap.
#[derive(Clone, Copy)]
pub struct Lives {
    /// Groups of each cell.
    pub groups: usize,
    /// Tasks of a group; their commands of one kind go under one signature.
    pub tasks: usize,
    /// Groups of a cell that live at the same time.
    pub at_once: usize,
}

/// How long bids are taken.
const BID_WINDOW: Duration = Duration::from_secs(6);

/// How many tasks may live at once in a node that does so many commands a second. More than a 7th of a window's commands,
/// or the node would wait for windows to close; fewer than a 4th, or posts and bids would not be done within one.
pub fn tasks_at_once(commands_per_s: u64) -> usize {
    usize::try_from(commands_per_s * BID_WINDOW.as_secs() * 2 / 12).unwrap_or(usize::MAX).max(1)
}

/// One who posts and the three who bid for what it posts.
#[derive(Clone)]
pub struct Cell {
    pub poster: Client,
    pub workers: [Client; 3],
}

/// Lives them in every cell at the same time. Answers how long it took.
pub async fn live(cells: &[Cell], lives: Lives, piece: &str) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let mut living = JoinSet::new();
    for cell in cells {
        let places = Arc::new(Semaphore::new(lives.at_once));
        for nth in 0..lives.groups {
            let (cell, places, piece) = (cell.clone(), places.clone(), piece.to_owned());
            // The first ones begin one after the other over a window: all kinds of commands mix from the start.
            let after = if nth < lives.at_once {
                BID_WINDOW.mul_f64(nth as f64 / lives.at_once as f64)
            } else {
                Duration::ZERO
            };
            living.spawn(async move {
                let _place = places.acquire_owned().await?;
                tokio::time::sleep(after).await;
                group(&cell, lives, &piece).await
            });
        }
    }
    while let Some(life) = living.join_next().await {
        life??;
    }
    Ok(begun.elapsed())
}

/// From the post to the payment.
async fn group(cell: &Cell, lives: Lives, piece: &str) -> Result<(), Failure> {
    let window = BID_WINDOW.as_millis();
    let post = format!(
        "{{\"post_task\":{{\"asset\":\"OIK\",\"budget\":\"0.03\",\"input\":\"{piece}\",\"requires\":[\"text.shout/v1\"],\
         \"windows\":{{\"bid\":\"{window}ms\",\"accept\":\"1h\",\"approve\":\"1h\",\"grace\":\"0\",\"review\":\"24h\",\
         \"retention\":\"0\"}}}}}}"
    );
    let replies = cell.poster.send(&vec![post; lives.tasks]).await?;
    let closes = tokio::time::Instant::now() + BID_WINDOW;
    let posted = replies.iter().map(|reply| reply.task.map(|task| task.0).ok_or("a post without a task"));
    let posted = posted.collect::<Result<Vec<_>, _>>()?;
    let all = |command: &dyn Fn(u64) -> String| posted.iter().map(|task| command(*task)).collect::<Vec<_>>();
    let bids = |price: &'static str| {
        all(&|task| format!("{{\"place_bid\":{{\"task\":{task},\"price\":\"{price}\",\"nonce\":\"{NONCE}\"}}}}"))
    };
    let [first, second, third] = &cell.workers;
    let (cheapest, middle, dearest) = (bids("0.01"), bids("0.02"), bids("0.03"));
    tokio::try_join!(first.send(&cheapest), second.send(&middle), third.send(&dearest))?;
    tokio::time::sleep_until(closes).await;
    first.send(&all(&|task| format!("{{\"accept_award\":{{\"task\":{task}}}}}"))).await?;
    let submit =
        |task| format!("{{\"submit_deliverable\":{{\"task\":{task},\"milestone\":0,\"deliverable\":\"{piece}\"}}}}");
    first.send(&all(&submit)).await?;
    cell.poster.send(&all(&|task| format!("{{\"accept_deliverable\":{{\"task\":{task},\"milestone\":0}}}}"))).await?;
    Ok(())
}
