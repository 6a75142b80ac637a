//! Content: what the journal knows only by a salted hash. Put before the command that names it.
//!
//! A request on `oikos.<economy>.content.<participant>`; unsigned, since the hash vouches for the bytes.

use crate::id::Hash32;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// What is asked of the content store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ContentAsk {
    /// Keeps content.
    Put(Content),
    /// Reads content; whoever knows the hash may read.
    Get {
        /// The salted hash.
        hash: Hash32,
    },
}

/// Bytes with what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// 32 lower-case hexadecimal digits of randomness, so that short texts cannot be guessed from their hash.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = r"^[0-9a-f]{32}$")))]
    pub salt: String,
    /// What the bytes are, such as `application/json`.
    pub media_type: String,
    /// The bytes, base64 (standard alphabet, with padding); at most 512 KiB of them.
    pub bytes: String,
}

/// What the content store answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContentAnswer {
    /// It is kept, and survives a restart.
    Kept {
        /// BLAKE3 over `"oikos.content.1\n"`, the 16 bytes of the salt, the media type, a zero byte and the bytes.
        hash: Hash32,
    },
    /// Here it is.
    Found(Content),
    /// Refused.
    Refused(super::receipt::Refusal),
}

/// The media type of JSON that was written under a domain.
#[must_use]
pub fn media_type_under(domain: Hash32) -> String {
    alloc::format!("application/json;domain={domain}")
}

/// The domain that a media type names.
#[must_use]
pub fn domain_of(media_type: &str) -> Option<Hash32> {
    media_type.strip_prefix("application/json;domain=").and_then(Hash32::parse)
}

/// The salted hash of content.
#[must_use]
pub fn content_hash(salt: &[u8; 16], media_type: &str, bytes: &[u8]) -> Hash32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"oikos.content.1\n").update(salt).update(media_type.as_bytes()).update(&[0]).update(bytes);
    Hash32(*hasher.finalize().as_bytes())
}
