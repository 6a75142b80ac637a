//! JSON Schemas, generated from the types, so that they cannot disagree with them.

use crate::command::asset::AssetCode;
use crate::id::{Capability, CommandId, Hash32, TransferId};
use crate::wire;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

macro_rules! text {
    ($($name:ty, $title:literal, $schema:tt;)*) => {$(
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed($title)
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

text! {
    Hash32, "Hash32", { "type": "string", "pattern": "^[0-9a-f]{64}$" };
    CommandId, "CommandId", { "type": "string", "pattern": "^[0-9a-f]{32}$" };
    TransferId, "TransferId", { "type": "string", "pattern": "^[0-9a-f]{32}$" };
    Capability, "Capability", { "type": "string", "minLength": 1, "maxLength": 96 };
    AssetCode, "AssetCode", { "type": "string", "pattern": "^[A-Z0-9]{1,8}$" };
}

/// Any JSON value.
struct Anything;

impl JsonSchema for Anything {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Anything")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

/// Every message of the wire with its schema id (`oikos.<name>/v1`) and JSON Schema (draft 2020-12).
#[must_use]
pub fn schemas() -> Vec<(&'static str, Schema)> {
    macro_rules! of {
        ($($name:literal $kind:ty),* $(,)?) => { alloc::vec![$(($name, schemars::schema_for!($kind))),*] };
    }
    of![
        "command" wire::bundle::Bundle,
        "receipt" wire::receipt::Answered,
        "query" wire::query::Ask,
        "answer" wire::query::QueryAnswered,
        "event" wire::event::Numbered,
        "info" wire::join::Info,
        "join" wire::join::Join,
        "joined" wire::join::Joined,
        "keys" wire::join::KeysAsk,
        "keys-answer" wire::join::KeysAnswer,
        "content" wire::content::ContentAsk,
        "content-answer" wire::content::ContentAnswer,
        "mailbox" wire::mailbox::MailboxAsk,
        "mailbox-answer" wire::mailbox::MailboxAnswer,
        "operator" wire::operator::OperatorAsk,
        "operator-answer" wire::operator::OperatorAnswer,
        "tell" wire::tell::TellAsk<Anything>,
        "tell-answer" wire::tell::TellAnswer<Anything>,
        "told" wire::tell::Told<Anything>,
        "presence" wire::presence::Heartbeat,
    ]
}
