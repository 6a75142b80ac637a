//! What hostile bytes are driven through: by libFuzzer for hours, by `tests/hostile_bytes.rs` for seconds.
//!
//! Each function ends quietly whatever it is given, or the caller has found something. What is read is asked to keep
//! its promises: an entry that decodes encodes to the same bytes, a journal that was found sound is read to its end.

use oikos_journal::{Journal, Memory, Options, Proof, Reader, Snapshot, Storage, check_storage};
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::entry::{Entry, FORMAT};
use oikos_protocol::id::{AccountId, AssetId, CommandId, DeskId, LimitId, OfferId, ParticipantId, StreamId, TaskId};
use oikos_protocol::money::Scale;
use oikos_protocol::wire::bundle::Bundle;
use oikos_protocol::wire::content::ContentAsk;
use oikos_protocol::wire::join::{Join, KeysAsk};
use oikos_protocol::wire::mailbox::MailboxAsk;
use oikos_protocol::wire::operator::OperatorAsk;
use oikos_protocol::wire::query::Ask;
use oikos_protocol::wire::receipt::Answered;
use oikos_protocol::wire::translate::{Asker, Lexicon, translate};
use std::sync::Arc;

/// An entry of the journal.
#[allow(dead_code, reason = "each fuzz target uses one of three")]
pub fn entry(bytes: &[u8]) {
    let Ok(entry) = Entry::decode(bytes) else { return };
    let again = entry.encode_into(Vec::new()).expect("what was decoded encodes");
    assert_eq!(Entry::decode(&again).as_ref(), Ok(&entry), "an entry is what it was");
    // A number may be spelled longer than it need be; what we write is the short spelling.
    assert!(again.len() <= bytes.len() && again.first() == Some(&FORMAT));
}

/// A little of a directory, so that commands are translated to their end.
struct Words;

impl Lexicon for Words {
    fn asset(&self, _: AssetCode) -> Option<(AssetId, Scale)> {
        Scale::new(2).map(|scale| (AssetId(1), scale))
    }
    fn code(&self, _: AssetId) -> Option<(AssetCode, Scale)> {
        AssetCode::new("OIK").zip(Scale::new(2))
    }
    fn asset_of_task(&self, _: TaskId) -> Option<AssetId> {
        Some(AssetId(1))
    }
    fn asset_of_offer(&self, _: OfferId) -> Option<AssetId> {
        Some(AssetId(1))
    }
    fn asset_of_limit(&self, _: LimitId) -> Option<AssetId> {
        Some(AssetId(1))
    }
    fn asset_of_stream(&self, _: StreamId) -> Option<AssetId> {
        Some(AssetId(1))
    }
    fn pair_of_desk(&self, _: DeskId) -> Option<(AssetId, AssetId)> {
        Some((AssetId(2), AssetId(1)))
    }
    fn available(&self, participant: ParticipantId, asset: AssetId) -> AccountId {
        AccountId(u128::from(participant.0) << 32 | u128::from(asset.0))
    }
}

/// A message of the wire, as every kind that a stranger may send.
#[allow(dead_code, reason = "each fuzz target uses one of three")]
pub fn wire(bytes: &[u8]) {
    drop(serde_json::from_slice::<Ask>(bytes));
    drop(serde_json::from_slice::<Join>(bytes));
    drop(serde_json::from_slice::<KeysAsk>(bytes));
    drop(serde_json::from_slice::<ContentAsk>(bytes));
    drop(serde_json::from_slice::<MailboxAsk>(bytes));
    drop(serde_json::from_slice::<OperatorAsk>(bytes));
    drop(serde_json::from_slice::<Answered>(bytes));
    let Ok(bundle) = serde_json::from_slice::<Bundle>(bytes) else { return };
    let text = serde_json::to_vec(&bundle).expect("what was read is written");
    assert_eq!(serde_json::from_slice::<Bundle>(&text).ok().as_ref(), Some(&bundle), "a bundle is what it was");
    for request in bundle.requests {
        let asker = Asker { by: ParticipantId(3), id: CommandId(7) };
        drop(translate(request.command, asker, &Words));
    }
}

/// A folder of a journal: bytes of a segment, of a snapshot, and of a proof. The first byte says which.
#[allow(dead_code, reason = "each fuzz target uses one of three")]
pub fn segment(bytes: &[u8]) {
    let Some((&what, bytes)) = bytes.split_first() else { return };
    let memory = Memory::new();
    match what % 4 {
        0 => memory.replace("0000000001.segment", bytes.to_vec()),
        1 => {
            let (first, second) = bytes.split_at(bytes.len() / 2 / 4096 * 4096);
            memory.replace("0000000001.segment", first.to_vec());
            memory.replace("0000000002.segment", second.to_vec());
        }
        2 => memory.replace("00000000000000000009.snapshot", bytes.to_vec()),
        _ => return proof(bytes),
    }
    let storage: Arc<dyn Storage> = Arc::new(memory);
    let report = check_storage(&storage).expect("memory is always read");
    drop(Snapshot::newest(&*storage, report.end));
    if let Ok(mut reader) = Reader::open(Arc::clone(&storage)) {
        let mut last = 0;
        while let Ok(Some(record)) = reader.next_record() {
            last = record.sequence;
            if let Ok(proof) = reader.prove() {
                assert!(proof.verify().is_ok(), "what was read is proven");
            }
        }
        assert!(!report.verdict.is_sound() || last == report.end.sequence, "a sound journal is read to its end");
    }
    let options = Options { segment_bytes: 16 << 10, ..Options::simulation(*b"hostile bytes...") };
    drop(Journal::open(storage, options));
}

fn proof(bytes: &[u8]) {
    let Some((header, rest)) = bytes.split_first_chunk::<128>() else { return };
    let Some((numbers, rest)) = rest.split_first_chunk::<12>() else { return };
    let number = |at: usize| u32::from_le_bytes([numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3]]);
    let (chunks, hidden) = rest.split_at(rest.len() / 2);
    let hidden = hidden.chunks_exact(32).filter_map(|chunk| chunk.try_into().ok()).collect();
    let proof =
        Proof { header: *header, index: number(0), range: number(4)..number(8), chunks: chunks.to_vec(), hidden };
    drop(proof.verify());
}
