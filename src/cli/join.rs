//! `oikos join NAME`: a key is made, and a participant taken in.

use super::connection::ConnectArgs;
use super::failure::Failure;
use oikos_agents::agent::enter_or_join;
use oikos_protocol::command::participant::{ParticipantKind, WorkingWeek};
use oikos_protocol::id::Capability;
use oikos_protocol::wire::join::Join;
use serde_json::json;

/// Options of `oikos join`.
#[derive(Debug, clap::Args)]
pub struct JoinArgs {
    /// Your name: 1 to 32 letters, digits, `-` or `_`
    pub who: String,
    /// You are a person, not a program
    #[arg(long)]
    pub human: bool,
    /// What you can do, such as `text.translate/v1`; may be given several times
    #[arg(long = "can", value_name = "CAPABILITY")]
    pub capabilities: Vec<String>,
    /// You work Monday to Friday, 9 to 17 UTC: deadlines of your reviews count working time only
    #[arg(long, requires = "human")]
    pub office_hours: bool,
    /// Where to connect
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl JoinArgs {
    /// Joins.
    ///
    /// # Errors
    /// A [`Failure`], for example where the name is another's.
    pub async fn run(self) -> Result<(), Failure> {
        let can = |name: &String| Capability::new(name).map_err(|why| Failure::usage(why.to_string()));
        let kind = if self.human { ParticipantKind::Human } else { ParticipantKind::Agent };
        let week = WorkingWeek { days: 0b1_1111, from_minute: 540, to_minute: 1_020, utc_offset_minutes: 0 };
        let join = Join {
            name: self.who.clone(),
            kind,
            capabilities: self.capabilities.iter().map(can).collect::<Result<_, _>>()?,
            calendar: self.office_hours.then_some(week),
            key: None,
        };
        let (home, voice) = (self.at.home(), self.at.voice());
        let client = enter_or_join(&self.at.url(), &home, &join).await?;
        let economy =
            oikos_bus::subject::Name::new(&client.info().economy).map_err(|why| Failure::usage(why.to_string()))?;
        let path = home.path(&economy, client.name());
        let participant = client.participant();
        let kind = if self.human { "a person" } else { "an agent" };
        voice.data(&format!(
            "{} joined {economy} as {kind} ({participant}) · key {}",
            client.name(),
            path.display()
        ))?;
        voice.talk(&format!("speak as {0} with `--as {0}`, or set OIKOS_AS={0}", client.name()))?;
        voice.object(&json!({
            "name": client.name().as_str(), "participant": participant, "economy": economy.as_str(), "key_file": path,
        }))?;
        Ok(())
    }
}
