//! Coming in: what an economy says of itself, and how a key becomes a participant.
//!
//! `oikos.info` (any body) is answered with [`Info`]. `oikos.<economy>.join` takes a [`Join`] signed by the new key;
//! where joining is closed, by the operator's key on behalf of the one named in it.

use crate::command::asset::AssetCode;
use crate::command::participant::{ParticipantKind, WorkingWeek};
use crate::id::{Capability, ParticipantId};
use crate::money::Scale;
use crate::wire::text::Nanos;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What an economy says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Info {
    /// The version of this wire: 1.
    pub wire: u32,
    /// Its name, the second token of its subjects.
    pub economy: String,
    /// Whether it is a development economy with fake money and a clock that can be moved.
    pub dev: bool,
    /// Whether anybody with a key may join.
    pub join_open: bool,
    /// The node's clock: nanoseconds since 1970. `Oikos-Expires` counts by it.
    pub now: Nanos,
    /// Economy time, which stands still while the node is down. Deadlines count by it.
    pub t: Nanos,
    /// The last sequence that is applied.
    pub seq: u64,
    /// The assets, in order of their numbers, beginning with 1.
    pub assets: Vec<AssetInfo>,
    /// The asking key's participant, where it has one.
    pub you: Option<WhoIs>,
}

/// An asset as a reader of amounts needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetInfo {
    /// Its code.
    pub code: AssetCode,
    /// How many decimals it has.
    pub scale: Scale,
}

/// A participant's number and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WhoIs {
    /// Its number.
    pub participant: ParticipantId,
    /// Its name, the last token of its subjects; absent where it was forgotten.
    pub name: Option<String>,
}

/// Asks to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The wanted name: 1 to 32 bytes of letters, digits, `-` or `_`, or of Chinese, Japanese or Korean letters alone.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = r"^([A-Za-z0-9_-]{1,32}|[㐀-䶿一-鿿ぁ-ゖァ-ヺー가-힣]{1,10})$")))]
    pub name: String,
    /// What it is.
    pub kind: ParticipantKind,
    /// What it can do or has.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// When it works; only for humans.
    #[serde(default)]
    pub calendar: Option<WorkingWeek>,
    /// The new participant's key, `U…`, where the operator signs for it; else the signer's.
    #[serde(default)]
    pub key: Option<String>,
}

/// The answer to a join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Joined {
    /// It is in. Its connections have to be made anew to get their permissions.
    Welcome(WhoIs),
    /// It is not.
    Refused(super::receipt::Refusal),
}

/// A change of a participant's keys, signed by one of its keys of scope `all`, or by the operator.
/// A request on `oikos.<economy>.keys.<participant>`, answered with [`KeysAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeysAsk {
    /// Adds a key.
    Add {
        /// The key, `U…`.
        key: String,
        /// What it may sign.
        scope: KeyScope,
        /// From when on it counts no more, in nanoseconds since 1970; never where absent.
        #[serde(default)]
        expires: Option<Nanos>,
    },
    /// Takes a key away and cuts its connections. The last key of scope `all` stays.
    Revoke {
        /// The key, `U…`.
        key: String,
    },
    /// Names the keys.
    List {},
}

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// Everything, changes of keys included.
    All,
    /// Commands, but no change of keys.
    Commands,
    /// Nothing: it may connect, ask and listen.
    Read,
}

/// A key of a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeyInfo {
    /// The key, `U…`.
    pub key: String,
    /// What it may sign.
    pub scope: KeyScope,
    /// From when on it counts no more.
    pub expires: Option<Nanos>,
}

/// The answer to a change of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeysAnswer {
    /// The keys as they stand now; written down for good.
    Keys(Vec<KeyInfo>),
    /// Nothing was changed.
    Refused(super::receipt::Refusal),
}
