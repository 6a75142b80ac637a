//! `oikos schema`: the JSON Schemas of the wire, generated from its types.

use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use clap::Args;
use oikos_protocol::wire::schema::schemas;
use serde_json::{Map, Value};

/// Prints the JSON Schemas of the wire.
#[derive(Debug, Args)]
pub struct Schema {
    /// Only this message, such as `command` or `receipt`; all of them, in one object.
    message: Option<String>,
}

impl Schema {
    /// Runs it.
    ///
    /// # Errors
    /// There is no such message.
    pub fn run(self, output: &mut Output) -> Result<Exit, CliError> {
        let all = schemas();
        let value = match &self.message {
            None => {
                let entries = all.into_iter().map(|(name, schema)| (format!("oikos.{name}/v1"), schema.to_value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
            Some(wanted) => {
                let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
                let found = all.iter().find(|(name, _)| name == wanted).map(|(_, schema)| schema.clone().to_value());
                found.ok_or_else(|| {
                    CliError::usage(format!("there is no message `{wanted}`; there are {}", names.join(", ")))
                })?
            }
        };
        let text = serde_json::to_string_pretty(&value).map_err(CliError::from_error)?;
        output.line(&text)?;
        Ok(Exit::Done)
    }
}
