//! Acts on a live economy: each becomes one command, and its answer one line.

use oikos::dashboard::act::Act;
use oikos_agents::{Client, Error, Order};
use oikos_protocol::command::award::{AcceptAward, ConfirmAward, DeclineAward, SelectBid};
use oikos_protocol::command::contract::SubmitDeliverable;
use oikos_protocol::command::task::{ApproveTask, CancelTask, RefuseTask};
use oikos_protocol::id::MilestoneId;
use oikos_protocol::time::Span;
use oikos_protocol::wire::command::{WireBid, WireCommand};
use oikos_protocol::wire::text::Decimal;
use serde_json::Value;

/// Does it; says whether it was done, and in words.
pub async fn done(client: &Client, act: Act) -> (bool, String) {
    match carry_out(client, act).await {
        Ok(line) => (true, line),
        Err(error) => (false, oikos::text::safe(&format!("{error} ({})", error.code()))),
    }
}

async fn carry_out(client: &Client, act: Act) -> Result<String, Error> {
    let (command, what) = match act {
        Act::Approve { task } => {
            (WireCommand::ApproveTask(ApproveTask { task }), format!("{task} approved: it takes bids now"))
        }
        Act::Refuse { task, reason } => {
            let reason = client.put_text(&reason).await?;
            (WireCommand::RefuseTask(RefuseTask { task, reason }), format!("{task} refused"))
        }
        Act::Confirm { task } => {
            (WireCommand::ConfirmAward(ConfirmAward { task }), format!("award of {task} confirmed"))
        }
        Act::Take { task } => (WireCommand::AcceptAward(AcceptAward { task }), format!("{task} is yours")),
        Act::Decline { task } => (WireCommand::DeclineAward(DeclineAward { task }), format!("{task} declined")),
        Act::Accept { task, milestone } => {
            let done = client.accept(task, MilestoneId(milestone)).await?;
            return Ok(format!("{task} accepted and paid · receipt seq {}", done.seq));
        }
        Act::Choose { task, bidder } => (WireCommand::SelectBid(SelectBid { task, bidder }), format!("{task} awarded")),
        Act::Deliver { task, output } => {
            let due = client.task(task).await?.and_then(|story| story.milestone);
            let milestone = due.unwrap_or(MilestoneId(0));
            let deliverable = client.put(&value(&output)).await?;
            let submit = SubmitDeliverable { task, milestone, deliverable };
            (WireCommand::SubmitDeliverable(submit), format!("{task} delivered"))
        }
        Act::Bid { task, price, promise } => {
            let nonce = Some(oikos_agents::client::nonce()?);
            let bid = WireBid {
                task,
                price: Some(Decimal(price.clone())),
                nonce,
                commitment: None,
                promise,
                team: Vec::new(),
            };
            (WireCommand::PlaceBid(bid), format!("bid {price} for {task}"))
        }
        Act::Post { capability, budget, input, close, deliver } => {
            let span = |text: &str| Span::parse(text).map_err(|why| Error::BadRequest(why.to_string()));
            let order = Order::new(capability, value(&input)).budget(budget.clone());
            let order = order.close(span(&close)?).deliver(span(&deliver)?);
            let (task, done) = client.post(&order).await?;
            return Ok(format!("{task} posted, {budget} held · receipt seq {}", done.seq));
        }
        Act::Cancel { task } => (WireCommand::CancelTask(CancelTask { task }), format!("{task} cancelled")),
    };
    let done = client.command(command).await?;
    Ok(format!("{what} · receipt seq {}", done.seq))
}

/// What was typed: JSON where it reads as such, else a text.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
