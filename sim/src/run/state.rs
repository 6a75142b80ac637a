//! A snapshot of a run: the economy and the transfers that its owners made, as bytes and back.

use oikos_ledger::{LedgerSink as _, MemoryPast};
use oikos_market::Economy;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::transfer::{Standing, TransferCreated};

/// The snapshot of a state.
///
/// # Errors
/// None that is known: no type here refuses.
pub fn encode(economy: &Economy, past: &MemoryPast) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(&(economy, past.transfers()), Vec::new())
}

/// The state of a snapshot. The book in it has passed its audit.
///
/// # Errors
/// Where the bytes are no snapshot, or more than one.
pub fn decode(bytes: &[u8]) -> Result<(Economy, MemoryPast), postcard::Error> {
    let ((economy, transfers), rest): ((Economy, Vec<Transfer>), _) = postcard::take_from_bytes(bytes)?;
    if !rest.is_empty() {
        return Err(postcard::Error::DeserializeBadEncoding);
    }
    let mut past = MemoryPast::new();
    for (place, transfer) in (0..).zip(transfers) {
        // Only the transfer is looked up in a past, so that the balances after it need not be known.
        let (debit, credit) = (Standing::default(), Standing::default());
        past.emit(LedgerEvent::TransferCreated(TransferCreated { place, transfer, debit, credit }));
    }
    Ok((economy, past))
}
