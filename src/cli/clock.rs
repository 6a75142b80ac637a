//! `oikos clock`: moves the clock of a development economy forward, so that deadlines need not be waited for.

use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::session::Where;
use clap::Args;
use oikos::home::Home;
use oikos::node::directory::OPERATOR;
use oikos_protocol::time::Span;
use oikos_protocol::wire::operator::{OperatorAnswer, OperatorAsk};
use oikos_protocol::wire::text::Lasting;

/// Moves the clock forward for good; in development only.
#[derive(Debug, Args)]
pub struct Clock {
    /// By how much, such as `+1h`, `+30s`, `+2d`.
    #[arg(value_parser = forward, allow_hyphen_values = true)]
    forward: Span,
    #[command(flatten)]
    at: Where,
}

fn forward(text: &str) -> Result<Span, String> {
    let text = text.strip_prefix('+').ok_or("the clock only goes forward: begin with `+`, such as `+1h`")?;
    Span::parse(text).map_err(|error| error.to_string())
}

impl Clock {
    /// Runs it.
    ///
    /// # Errors
    /// The node refused, or did not answer.
    pub async fn run(self, home: &Home, output: &mut Output) -> Result<Exit, CliError> {
        let session = self.at.connect(home, Some(OPERATOR)).await?;
        let ask = OperatorAsk::Clock { forward: Lasting(self.forward) };
        let answer: OperatorAnswer = session.ask("operator", &ask).await?;
        match answer {
            OperatorAnswer::Refused(refusal) => Err(refusal.into()),
            OperatorAnswer::Clock { now: _, t, seq } if !output.is_json() => {
                let t = oikos_protocol::time::Timestamp::from(t);
                output.line(format!("clock +{} · economy time {t} · seq {seq}", self.forward))?;
                Ok(Exit::Done)
            }
            done => {
                output.json(&done)?;
                Ok(Exit::Done)
            }
        }
    }
}
