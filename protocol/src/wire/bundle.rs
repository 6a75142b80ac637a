//! The body of a command message: 1 to 256 requests of one participant under one signature.

use crate::id::CommandId;
use crate::wire::command::WireCommand;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Requests that are sequenced one after the other, in this order; each is decided for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// At least one, at most [`super::limits::BUNDLE_COMMANDS_MAX`].
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 256)))]
    pub requests: Vec<WireRequest>,
}

/// One command with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireRequest {
    /// 32 lower-case hexadecimal digits, chosen by the sender and kept across retries: the same id and content gets
    /// the first outcome again. It is remembered until the message's `Oikos-Expires`.
    pub id: CommandId,
    /// What is asked.
    pub command: WireCommand,
}
