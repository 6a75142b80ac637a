//! Sizes and counts that a node enforces on the wire before it looks any further.

/// Commands under one signature.
pub const BUNDLE_COMMANDS_MAX: usize = 256;
/// Bytes of a command's body, all requests of the bundle together.
pub const BODY_BYTES_MAX: usize = 512 * 1024;
/// Bytes of one piece of content.
pub const CONTENT_BYTES_MAX: usize = 512 * 1024;
/// Bytes of content that one participant may have in the store.
pub const CONTENT_BYTES_OF_ONE_MAX: u64 = 256 * 1024 * 1024;
/// Bytes of a participant's name: letters, digits, `-` and `_`, or Chinese, Japanese and Korean letters alone.
pub const NAME_BYTES_MAX: usize = 32;
/// Rows of an answer to a query.
pub const ROWS_MAX: u32 = 1_000;
/// Events that wait in one participant's mailbox; the oldest give way.
pub const MAILBOX_EVENTS_MAX: usize = 100_000;
/// Bytes of one message that the parties of a contract tell each other.
pub const TELL_BYTES_MAX: usize = 16 * 1024;
/// Such messages of one participant, a second; a burst may have twice as many.
pub const TELL_PER_SECOND_MAX: u32 = 200;
/// Questions to posters that the node keeps; those about the oldest tasks give way.
pub const QUESTIONS_MAX: usize = 10_000;
/// Capabilities that one heartbeat may name.
pub const PRESENCE_CAPABILITIES_MAX: usize = 64;
/// The longest lease of a presence, in milliseconds.
pub const LEASE_MS_MAX: u64 = 120_000;
