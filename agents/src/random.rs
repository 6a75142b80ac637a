//! Numbers that nobody can foresee: command ids, salts and nonces.

use crate::error::Error;
use oikos_bus::identity::nkey::NkeyError;
use oikos_protocol::id::CommandId;

/// Sixteen random bytes from the operating system.
pub(crate) fn bytes16() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| NkeyError::NoEntropy)?;
    Ok(bytes)
}

/// Sixteen random bytes as 32 lower-case hexadecimal digits: a nonce or a salt of the wire.
pub(crate) fn hex32() -> Result<String, Error> {
    Ok(format!("{:032x}", u128::from_be_bytes(bytes16()?)))
}

/// A name for a command.
pub(crate) fn command_id() -> Result<CommandId, Error> {
    Ok(CommandId(u128::from_be_bytes(bytes16()?)))
}
