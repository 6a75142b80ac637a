//! What whoever looks after a node's folder finds: proofs, and an audit that cannot be lied to.

use crate::client::{Client, config, node, node_with, pay};
use crate::fixture::{copy, kept};
use oikos::care::audit::{Audited, audit};
use oikos::care::document::{self, Checkpoint, Proof};
use oikos::care::prove::{ProveError, Wanted, checkpoint, prove};
use oikos::care::verify::{Trust, VerifyError, verify};
use oikos::care::{Folder, document::write};
use oikos::node::Config;
use oikos::node::evidence::Evidence;
use oikos_bus::identity::nkey::KeyPair;
use oikos_journal::{FileStorage, Group, Journal, Options, Reader, Stamp};
use oikos_protocol::command::Command;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::id::{Hash32, ParticipantId, TransferId};
use oikos_protocol::wire::receipt::WireOutcome;
use std::path::Path;
use std::sync::Arc;

/// The id of the payment that mara could not afford in `tests/fixtures/v1`.
const REFUSED: &str = "188832086403856561947644381922498544754";

fn look(folder: &Path) -> Audited {
    audit(&Folder::open(folder).unwrap(), &mut |_, _| {}).unwrap()
}

fn proof(folder: &Path, wanted: Wanted, for_this: Option<&Checkpoint>) -> Result<Proof, ProveError> {
    prove(&Folder::open(folder).unwrap(), wanted, for_this, &mut |_, _| {})
}

fn signed(folder: &Path, at: Option<u64>) -> Checkpoint {
    checkpoint(&Folder::open(folder).unwrap(), at, &mut |_, _| {}).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_is_proven_beside_a_running_node_and_a_refused_one_is_not_in_the_book() {
    let folder = tempfile::tempdir().unwrap();
    let running = node_with(Config { snapshot_entries: 8, ..config(folder.path()) }).await;
    let mut mara = Client::mara(running.url()).await;
    for _ in 0..12 {
        mara.send(vec![pay(ParticipantId::OPERATOR, "0.01")]).await;
    }
    let receipt = mara.send(vec![pay(ParticipantId::OPERATOR, "0.07"), pay(ParticipantId::OPERATOR, "0.05")]).await;
    let refused = mara.send(vec![pay(ParticipantId::OPERATOR, "99999.00")]).await;
    let WireOutcome::Accepted(reply) = &refused.outcomes[0] else { panic!("{refused:?}") };
    assert_ne!(reply.transfers, ["created"]);

    let wanted = Wanted::Entry(receipt.seq + 1);
    // A checkpoint that covers it comes by itself, a little later.
    let (shown, end) = loop {
        let (shown, end) = (proof(folder.path(), wanted, None).unwrap(), signed(folder.path(), None));
        if shown.size + 1 < end.seq {
            break (shown, end);
        }
        mara.send(vec![pay(ParticipantId::OPERATOR, "0.01")]).await;
    };
    let key = Folder::open(folder.path()).unwrap().public_key().unwrap();
    let verified = verify(&shown, &end, Trust::Key(key)).unwrap();
    assert_eq!((verified.shows.amount.as_deref(), verified.key), (Some("5"), Some(key)));
    // The receipt named the leaf that the proof is about.
    let leaf = oikos::node::outcomes::Leaf {
        seq: shown.seq,
        t: shown.t.parse().unwrap(),
        request: shown.request,
        outcome: shown.outcome,
        events: Hash32(oikos_journal::tree::leaf(&data_encoding::HEXLOWER.decode(shown.event.as_bytes()).unwrap())),
        count: 1,
    };
    assert_eq!(Hash32(leaf.hash()), receipt.hashes[1]);
    let nothing = proof(folder.path(), Wanted::Entry(refused.seq), None);
    assert!(matches!(nothing, Err(ProveError::NotInTheBook { .. })));
    let nothing = proof(folder.path(), Wanted::Transfer(TransferId(7)), None);
    assert!(matches!(nothing, Err(ProveError::NotInTheBook { .. })));

    // A proof of before holds under a later checkpoint, and an older checkpoint takes one made for it.
    for _ in 0..20 {
        mara.send(vec![pay(ParticipantId::OPERATOR, "0.01")]).await;
    }
    assert_eq!(verify(&shown, &signed(folder.path(), None), Trust::AnyKey).map(|verified| verified.key), Ok(Some(key)));
    let again = proof(folder.path(), wanted, Some(&end)).unwrap();
    assert!(verify(&again, &end, Trust::Key(key)).is_ok());
    let early = signed(folder.path(), Some(5));
    assert!(matches!(proof(folder.path(), wanted, Some(&early)), Err(ProveError::TooEarly { .. })));
    let stranger = KeyPair::from_secret([9; 32]).public();
    assert!(matches!(verify(&again, &end, Trust::Key(stranger)), Err(VerifyError::OtherKey { .. })));
    let found = look(folder.path());
    assert!(found.sound && found.running && found.signed_checkpoints >= 3, "{found:?}");
    running.stop().await.unwrap();
}

#[test]
fn a_proof_or_a_checkpoint_with_any_byte_changed_holds_no_more() {
    let folder = kept("v1");
    let shown = proof(&folder, Wanted::Entry(100), None);
    let shown = shown.or_else(|_| proof(&folder, Wanted::Event(100, 0), None)).unwrap();
    // A kept folder has no secret in it, so that its checkpoint is signed here.
    let with_key = tempfile::tempdir().unwrap();
    copy(&folder, with_key.path());
    std::fs::write(with_key.path().join("node.nk"), KeyPair::from_secret([4; 32]).seed()).unwrap();
    let end = signed(with_key.path(), None);
    let (shown, end) = (write(&shown), write(&end));
    let holds = |proof: &[u8], checkpoint: &[u8]| {
        let proof: Proof = document::read(proof, "the proof").ok()?;
        let checkpoint: Checkpoint = document::read(checkpoint, "the checkpoint").ok()?;
        verify(&proof, &checkpoint, Trust::AnyKey).ok()
    };
    assert!(holds(shown.as_bytes(), end.as_bytes()).is_some());
    for at in 0..shown.len() {
        for bit in [0, 1, 3, 5] {
            let mut changed = shown.clone().into_bytes();
            changed[at] ^= 1 << bit;
            assert!(holds(&changed, end.as_bytes()).is_none(), "proof, byte {at}, bit {bit}");
        }
    }
    for at in 0..end.len() {
        let mut changed = end.clone().into_bytes();
        changed[at] ^= 1 << (at % 7);
        assert!(holds(shown.as_bytes(), &changed).is_none(), "checkpoint, byte {at}");
    }
}

/// A folder with the same entries but for what `change` does to them, in a journal whose chain is whole.
fn retold(from: &Path, to: &Path, change: impl Fn(u64, &mut Entry)) {
    copy(from, to);
    std::fs::remove_dir_all(to.join("journal")).unwrap();
    let storage = Arc::new(FileStorage::create_in(to.join("journal")).unwrap());
    let (mut journal, _) = Journal::open(storage, Options::simulation([1; 16])).unwrap();
    let mut reader = Reader::open(Arc::new(FileStorage::existing(from.join("journal")).unwrap())).unwrap();
    let mut group = Group::new(Stamp { time_ns: 1, rules: 1, term: 1 });
    while let Some(record) = reader.next_record().unwrap() {
        let mut entry = Entry::decode(record.bytes).unwrap();
        change(record.sequence, &mut entry);
        group.push(&entry.encode_into(Vec::new()).unwrap()).unwrap();
    }
    journal.append(&mut group).unwrap();
    journal.close().unwrap();
}

#[test]
fn an_audit_names_the_entry_that_lies_although_the_chain_is_whole() {
    let folder = kept("v1");
    let honest = look(&folder);
    assert!(honest.sound && honest.evidence.signed > 150, "{honest:?}");
    let digest = std::fs::read_to_string(folder.join("digest")).unwrap();
    assert_eq!(honest.digest, digest.trim());
    type Change = fn(&mut Entry);
    let lies: [(&str, u64, Change); 6] = [
        ("carries no signature", 60, |entry| entry.evidence.clear()),
        ("is not the one that the signed body says", 61, |entry| {
            let Body::Request(request) = &mut entry.body else { panic!() };
            let Command::CreateTransfers(transfers) = &mut request.command else { panic!() };
            transfers[0].amount.0 += 1;
        }),
        ("signature", 62, |entry| {
            let Some(Evidence::Signed { key, id, expires_ns, mut signature, body }) = Evidence::decode(&entry.evidence)
            else {
                panic!()
            };
            signature.0[3] ^= 1;
            entry.evidence = Evidence::Signed { key, id, expires_ns, signature, body }.encode();
        }),
        ("did not speak for", 62, |entry| {
            let Some(Evidence::Signed { id, expires_ns, signature, body, .. }) = Evidence::decode(&entry.evidence)
            else {
                panic!()
            };
            let key = *KeyPair::from_secret([9; 32]).public().as_bytes();
            entry.evidence = Evidence::Signed { key, id, expires_ns, signature, body }.encode();
        }),
        ("time goes back", 63, |entry| entry.now = 5),
        ("not the one the checkpoint names", 197, |entry| {
            let Body::Checkpoint { digest, .. } = &mut entry.body else { panic!("{entry:?}") };
            digest.0[0] ^= 1;
        }),
    ];
    for (what, seq, lie) in lies {
        // A bundle of two begins at an even sequence here or at an odd one; its evidence stands in the first.
        let begins = |at| {
            let mut reader = Reader::open(Arc::new(FileStorage::existing(folder.join("journal")).unwrap())).unwrap();
            let mut evidence = None;
            while let Some(record) = reader.next_record().unwrap() {
                if record.sequence == at {
                    evidence = Evidence::decode(&Entry::decode(record.bytes).unwrap().evidence);
                }
            }
            matches!(evidence, Some(Evidence::Signed { .. }))
        };
        let seq = if seq < 190 && !begins(seq) { seq + 1 } else { seq };
        let told = tempfile::tempdir().unwrap();
        retold(&folder, told.path(), |at, entry| {
            if at == seq {
                lie(entry);
            }
        });
        let found = look(told.path());
        let fault = found.fault.unwrap_or_else(|| panic!("nothing was noticed of: {what}"));
        assert!(!found.sound && fault.what.contains(what), "{what}: {fault}");
        assert_eq!(fault.seq, seq, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_audit_follows_money_that_comes_from_outside_and_leaves_again() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let (mut mara, mut operator) = (Client::mara(running.url()).await, Client::operator(running.url()).await);
    let [one, other] = ["1".repeat(64), "2".repeat(64)];
    operator
        .json(serde_json::json!({"deposit": {"asset": "OIK", "to": mara.id, "amount": "5.00", "reference": one}}))
        .await;
    mara.json(serde_json::json!({"withdraw": {"asset": "OIK", "amount": "3.00", "reference": other}})).await;
    running.stop().await.unwrap();
    let found = look(folder.path());
    assert!(found.sound, "{found:?}");
    assert_eq!(found.assets[0].supply, "10200");
}

#[test]
fn the_payment_that_a_kept_journal_refused_is_not_in_its_book() {
    let mut reader = Reader::open(Arc::new(FileStorage::existing(kept("v1").join("journal")).unwrap())).unwrap();
    let mut refused = None;
    while let Some(record) = reader.next_record().unwrap() {
        if let Body::Request(request) = Entry::decode(record.bytes).unwrap().body
            && let Command::CreateTransfers(transfers) = request.command
        {
            refused = refused.or(transfers.into_iter().find(|transfer| transfer.amount.0 == 100_000_000));
        }
    }
    let id = refused.unwrap().id;
    assert_eq!(id.0.to_string(), REFUSED, "tests/accept/ledger names it too");
    let nothing = proof(&kept("v1"), Wanted::Transfer(id), None);
    assert!(matches!(nothing, Err(ProveError::NotInTheBook { .. })));
}

#[test]
fn an_audit_names_the_place_of_a_flipped_bit() {
    let folder = tempfile::tempdir().unwrap();
    copy(&kept("v1"), folder.path());
    let segment = folder.path().join("journal/0000000003.segment");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[9_000] ^= 16;
    std::fs::write(segment, bytes).unwrap();
    let fault = look(folder.path()).fault.unwrap();
    assert_eq!(fault.place.map(|place| place.file).as_deref(), Some("0000000003.segment"));
    assert!(fault.seq > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_node_leaves_a_signed_checkpoint_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let mut mara = Client::mara(running.url()).await;
    let receipt = mara.send(vec![pay(ParticipantId::OPERATOR, "0.01")]).await;
    let digest = mara.digest().await;
    running.stop().await.unwrap();
    let end = signed(folder.path(), None);
    assert_eq!((end.seq, end.digest), (receipt.seq, digest));
    std::fs::remove_file(folder.path().join("node.nk")).unwrap();
    assert_eq!(signed(folder.path(), None), end, "what stands in the journal needs no key");
    let found = checkpoint(&Folder::open(folder.path()).unwrap(), Some(2), &mut |_, _| {});
    assert!(matches!(found, Err(ProveError::NoKey { wanted: 2 })));
}
