//! A snapshot of a run: the economy and the transfers that its owners made, as bytes and back.

use oikos_ledger::{LedgerSink as _, MemoryPast};
use oikos_market::Economy;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::transfer::{Standing, TransferCreated};
use serde::Serialize;

/// The snapshot of a state.
///
/// # Errors
/// None that is known: no type here refuses.
pub fn encode(economy: &Economy, past: &MemoryPast) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_extend(&(economy, past.transfers()), Vec::new())
}

/// The form of a value where it takes at most so many bytes; never are more than those in memory.
#[must_use]
pub fn within<T: Serialize + ?Sized>(value: &T, bytes_max: usize) -> Option<Vec<u8>> {
    let bounded = Bounded { bytes: Vec::new(), bytes_max, is_over: false };
    let mut bounded = postcard::to_extend(value, bounded).ok().filter(|bounded| !bounded.is_over)?;
    bounded.bytes.shrink_to_fit();
    Some(bounded.bytes)
}

/// The snapshot of a state where it takes at most so many bytes.
#[must_use]
pub fn encode_within(economy: &Economy, past: &MemoryPast, bytes_max: usize) -> Option<Vec<u8>> {
    within(&(economy, past.transfers()), bytes_max)
}

/// Keeps what fits, and nothing at all once something did not.
struct Bounded {
    bytes: Vec<u8>,
    bytes_max: usize,
    is_over: bool,
}

impl Extend<u8> for Bounded {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, more: I) {
        if self.is_over {
            return;
        }
        let room = self.bytes_max - self.bytes.len();
        let mut more = more.into_iter();
        self.bytes.extend(more.by_ref().take(room));
        if more.next().is_some() {
            (self.bytes, self.is_over) = (Vec::new(), true);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_takes_more_than_it_may_is_not_kept() {
        let value = vec![7_u8; 1_000];
        let whole = postcard::to_extend(&value, Vec::new()).unwrap();
        assert_eq!(within(&value, whole.len()), Some(whole.clone()));
        assert_eq!(within(&value, whole.len() - 1), None);
        assert_eq!(within(&value, 0), None);
    }
}
