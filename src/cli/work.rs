//! `oikos work CAPABILITY --price P -- CMD…`: any program becomes a paid worker.

use super::connection::ConnectArgs;
use super::failure::Failure;
use super::voice::{Voice, safe};
use core::time::Duration;

use oikos::text::share;
use oikos_agents::agent::enter_or_join;
use oikos_agents::program::{Limits, Program};
use oikos_agents::serve::New;
use oikos_agents::strategy::Fixed;
use oikos_agents::{Agent, Guest};
use oikos_bus::subject::Name;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::id::{Capability, Hash32};
use oikos_protocol::money::Share;
use oikos_protocol::time::Span;
use oikos_protocol::wire::join::Join;
use serde_json::json;
use std::ffi::OsString;

/// Options of `oikos work`.
#[derive(Debug, clap::Args)]
pub struct WorkArgs {
    /// What the program can do, such as `text.shout/v1`
    pub capability: String,
    /// What it asks for each task, such as `0.02`
    #[arg(long, value_name = "AMOUNT")]
    pub price: String,
    /// How many tasks at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub max: u32,
    /// How good its work is going to be, 0 to 1 or in percent, where a task's score counts it; without it, the worker
    /// leaves such tasks alone
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub quality: Option<Share>,
    /// How much of the time for delivery it needs, 0 to 1 or in percent, where a task's score counts it [default: all]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub time: Option<Share>,
    /// Keep the program alive: one JSON object a line in either direction, with progress, chunks and costs
    #[arg(long)]
    pub jsonl: bool,
    /// How long the program may take for one task; then it is killed
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = |text: &str| Span::parse(text).map_err(|why| why.to_string()))]
    pub time_limit: Span,
    /// Where to connect; `--as` names the worker [default: a name made from the command]
    #[command(flatten)]
    pub at: ConnectArgs,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

impl WorkArgs {
    /// Works until Ctrl-C.
    ///
    /// # Errors
    /// A [`Failure`] where it cannot join, or the economy is gone for good.
    pub async fn run(self) -> Result<(), Failure> {
        let time_max = Duration::from_nanos(self.time_limit.0);
        let limits = Limits { time_max, ..Limits::default() };
        let program = Program::new(self.command.clone(), limits).map_err(|why| Failure::usage(why.to_string()))?;
        let price = Fixed::at(&self.price).map_err(|why| Failure::usage(format!("--price: {why}")))?;
        let capability = Capability::new(&self.capability).map_err(|why| Failure::usage(why.to_string()))?;
        let (url, home, voice) = (self.at.url(), self.at.home(), self.at.voice());
        let info = Guest::look(&url).await.map_err(|why| {
            Failure::from(why).hint(format!("is an economy running at {url}? `oikos up --dev` starts one"))
        })?;
        let economy = Name::new(&info.economy).map_err(|why| Failure::usage(why.to_string()))?;
        let name = self.at.name.clone().unwrap_or_else(|| self.own_name(&economy));
        let join = Join {
            name: name.clone(),
            kind: ParticipantKind::Agent,
            capabilities: vec![capability],
            calendar: None,
            key: None,
        };
        let client = enter_or_join(&url, &home, &join).await?;
        let mut agent = Agent::new(name).bid(price).capacity(self.max).time_max(time_max + Duration::from_secs(5));
        agent = agent.promise(Promise { quality: self.quality, time: self.time });
        agent = if self.jsonl {
            agent.program_of_lines(&self.capability, program)
        } else {
            agent.program(&self.capability, program)
        };
        let (price, max) = (self.price, self.max);
        let agent = agent.on_news(move |new| {
            // Where nobody reads any more, the work goes on.
            tell(voice, new, &price, max).ok();
        });
        Ok(agent.serve_as(client, interrupted()).await?)
    }

    /// The same command has the same name, so that it finds its work again.
    fn own_name(&self, economy: &Name) -> String {
        let mut said = vec![economy.as_str().to_owned(), self.capability.clone()];
        said.extend(self.command.iter().map(|part| part.to_string_lossy().into_owned()));
        let hash = Hash32::of(said.join("\n").as_bytes()).to_string();
        format!("worker-{}", &hash[..4])
    }
}

fn tell(voice: Voice, new: &New, price: &str, max: u32) -> std::io::Result<()> {
    let (event, line) = match new {
        New::Listening { name } => (
            json!({"event": "listening", "name": name, "price": price, "capacity": max}),
            format!("{name} joined · bids {price} · capacity {max} · waiting (Ctrl-C hands open work back)"),
        ),
        New::Bid { task, price } => {
            (json!({"event": "bid", "task": task, "price": price}), format!("{task} bid {price}"))
        }
        New::Working { task } => (json!({"event": "working", "task": task}), format!("{task} working")),
        New::Delivered { task } => (json!({"event": "delivered", "task": task}), format!("{task} delivered")),
        New::Paid { task, paid } => {
            (json!({"event": "paid", "task": task, "paid": paid}), format!("{task} paid {paid}"))
        }
        New::Failed { task, why } => {
            (json!({"event": "failed", "task": task, "why": why}), format!("{task} failed: {}", safe(why)))
        }
        New::Asked { task, question } => {
            (json!({"event": "asked", "task": task, "question": question}), format!("{task} asks: {}", safe(question)))
        }
        New::Stopped { bids, awards, competing, finished, unfinished } => (
            json!({"event": "stopped", "bids": bids, "awards": awards, "competing": competing, "finished": finished,
                "unfinished": unfinished}),
            stopped(&[
                (*bids, "bid handed back", "bids handed back"),
                (*awards, "award declined", "awards declined"),
                (*finished, "contract finished", "contracts finished"),
                (*competing, "bid competes on", "bids compete on"),
                (
                    unfinished.len(),
                    "contract unfinished: start again, or it defaults",
                    "contracts unfinished: start again, or they default",
                ),
            ]),
        ),
        _ => return Ok(()),
    };
    voice.data(&line)?;
    voice.object(&event)
}

/// What became of what was open, each kind in the singular and in the plural; of what there was none nothing is said.
fn stopped(counts: &[(usize, &str, &str)]) -> String {
    let said = counts.iter().filter_map(|(count, one, many)| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    });
    let said: Vec<String> = said.collect();
    if said.is_empty() { "stopped · nothing was open".to_owned() } else { format!("stopped · {}", said.join(" · ")) }
}

/// Ctrl-C, or a polite request to end.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        }
        // Where signals cannot be heard, nobody can interrupt.
        _ => core::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_says_what_became_of_what_was_open_and_nothing_else() {
        assert_eq!(stopped(&[(0, "bid", "bids")]), "stopped · nothing was open");
        assert_eq!(
            stopped(&[(1, "bid", "bids"), (0, "x", "xs"), (2, "award", "awards")]),
            "stopped · 1 bid · 2 awards"
        );
    }
}
