//! `oikos key`: the keys of a participant. A participant is not its key.

use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::session::Where;
use clap::{Args, Subcommand, ValueEnum};
use oikos::home::Home;
use oikos_bus::identity::nkey::KeyPair;
use oikos_protocol::wire::join::{KeyInfo, KeyScope, KeysAnswer, KeysAsk};
use serde::Serialize;

/// Makes, lists, changes and revokes keys.
#[derive(Debug, Args)]
pub struct Key {
    #[command(subcommand)]
    action: Action,
    /// Whose keys; what `oikos up` said last.
    #[arg(long = "as", global = true, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    at: Where,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Makes a key in the home folder (mode 0600) and shows its public half.
    New {
        /// Under which name.
        name: String,
    },
    /// Lists the participant's keys as the node knows them.
    List,
    /// Binds another key to the participant.
    Add {
        /// The public key, `U…`.
        key: String,
        /// What it may sign.
        #[arg(long, value_enum, default_value_t = Scope::Commands)]
        scope: Scope,
    },
    /// Makes a new key, binds it, and revokes the one in the home folder.
    Rotate,
    /// Takes a key away and cuts its connections.
    Revoke {
        /// The public key, `U…`.
        key: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// Everything, changes of keys included.
    All,
    /// Commands, but no change of keys.
    Commands,
    /// Nothing: it may connect, ask and listen.
    Read,
}

#[derive(Debug, Serialize)]
struct Made<'a> {
    name: &'a str,
    key: String,
    file: String,
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    participant: &'a str,
    keys: &'a [KeyInfo],
}

impl Key {
    /// Runs it.
    ///
    /// # Errors
    /// The home folder cannot be used, or the node refused.
    pub async fn run(self, home: &Home, output: &mut Output) -> Result<Exit, CliError> {
        let ask = match self.action {
            Action::New { name } => {
                let economy = self.at.resolve(home, None).economy;
                if home.names(&economy).map_err(CliError::from_error)?.contains(&name) {
                    return Err(CliError::usage(format!(
                        "there is a key `{name}` already; `oikos key rotate` changes it"
                    )));
                }
                let key = home.key_or_new(&economy, &name).map_err(CliError::from_error)?.public().to_string();
                let file = home.key_path(&economy, &name).display().to_string();
                if output.is_json() {
                    output.json(&Made { name: &name, key, file })?;
                } else {
                    output.line(format!("{name} {key} · {file}"))?;
                }
                return Ok(Exit::Done);
            }
            Action::Rotate => return Self::rotate(&self.at, self.name.as_deref(), home, output).await,
            Action::List => KeysAsk::List {},
            Action::Revoke { key } => KeysAsk::Revoke { key },
            Action::Add { key, scope } => {
                let scope = match scope {
                    Scope::All => KeyScope::All,
                    Scope::Commands => KeyScope::Commands,
                    Scope::Read => KeyScope::Read,
                };
                KeysAsk::Add { key, scope, expires: None }
            }
        };
        let session = self.at.connect(home, self.name.as_deref()).await?;
        let answer: KeysAnswer = session.ask(&format!("keys.{}", session.name), &ask).await?;
        show(&session.name, answer, output)
    }

    async fn rotate(at: &Where, name: Option<&str>, home: &Home, output: &mut Output) -> Result<Exit, CliError> {
        let session = at.connect(home, name).await?;
        let room = format!("keys.{}", session.name);
        let old = home.key(&session.economy, &session.name).map_err(CliError::from_error)?;
        let new = KeyPair::generate().map_err(CliError::from_error)?;
        let add = KeysAsk::Add { key: new.public().to_string(), scope: KeyScope::All, expires: None };
        if let KeysAnswer::Refused(refusal) = session.ask(&room, &add).await? {
            return Err(refusal.into());
        }
        // From here on either key works, so that a crash between the steps locks nobody out.
        home.replace_key(&session.economy, &session.name, &new).map_err(CliError::from_error)?;
        let session = at.connect(home, name).await?;
        let revoke = KeysAsk::Revoke { key: old.public().to_string() };
        let answer: KeysAnswer = session.ask(&room, &revoke).await?;
        show(&session.name, answer, output)
    }
}

fn show(name: &str, answer: KeysAnswer, output: &mut Output) -> Result<Exit, CliError> {
    match answer {
        KeysAnswer::Refused(refusal) => return Err(refusal.into()),
        KeysAnswer::Keys(keys) if output.is_json() => output.json(&Listed { participant: name, keys: &keys })?,
        KeysAnswer::Keys(keys) => {
            for key in keys {
                let scope = match key.scope {
                    KeyScope::All => "all",
                    KeyScope::Commands => "commands",
                    KeyScope::Read => "read",
                };
                let end = key.expires.map_or_else(String::new, |end| format!(" until {}", end.0));
                output.line(format!("{name} {} {scope}{end}", key.key))?;
            }
        }
    }
    Ok(Exit::Done)
}
