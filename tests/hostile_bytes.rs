//! Random and mutated bytes through the decoders and the segment reader: none panics, none takes memory without bound.
//!
//! The same functions that libFuzzer drives for hours (`fuzz/`), with 100,000 inputs each and no instrumentation.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a promise that is broken fails the test")]

#[path = "../fuzz/drive.rs"]
mod drive;

use oikos_journal::{Group, Journal, Memory, Options, Reader, Stamp, Storage};
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Regime};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::id::{CommandId, ParticipantId, TransferId};
use oikos_protocol::money::Scale;
use oikos_protocol::time::Timestamp;
use std::sync::Arc;

const INPUTS: usize = 100_000;
/// More address space than this, and something reserved what a stranger asked for.
const GROWTH_KIB_MAX: u64 = 512 << 10;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }

    fn bytes(&mut self, longest: usize) -> Vec<u8> {
        (0..self.below(longest)).map(|_| self.roll() as u8).collect()
    }

    /// One to four changes: a bit, a byte, a run of large bytes, a piece cut out, a piece from elsewhere.
    fn mutate(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let run = self.below(12).min(bytes.len() - at);
            match self.below(5) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = self.roll() as u8,
                2 => bytes[at..at + run].fill(0xff),
                3 => drop(bytes.drain(at..at + run)),
                _ => {
                    let from = self.below(seed.len());
                    let piece = &seed[from..(from + run).min(seed.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
        bytes
    }
}

/// What this process has reserved at most, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"));
    line.and_then(|text| text.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or_default()
}

fn entries() -> Vec<Vec<u8>> {
    let transfer = Transfer { id: TransferId(u128::MAX - 9), ..Transfer::ZERO };
    let define = DefineAsset {
        code: AssetCode::new("OIK").unwrap(),
        scale: Scale::new(2).unwrap(),
        regime: Regime::Issuer(ParticipantId::OPERATOR),
    };
    let request =
        |command| Body::Request(Request { by: ParticipantId(1), id: CommandId(2), expires: Timestamp(3), command });
    let bodies =
        [Body::Tick, request(Command::DefineAsset(define)), request(Command::CreateTransfers(vec![transfer; 5]))];
    let encode = |body| Entry { now: 7, t: Timestamp(5), body, evidence: vec![1; 20] }.encode_into(Vec::new()).unwrap();
    bodies.map(encode).to_vec()
}

fn messages() -> Vec<Vec<u8>> {
    let bundle = |command: &str| format!(r#"{{"requests":[{{"id":"{:032x}","command":{command}}}]}}"#, 9).into_bytes();
    vec![
        bundle(r#"{"pay":[{"to":1,"asset":"OIK","amount":"1.25"}]}"#),
        bundle(
            r#"{"post_task":{"asset":"OIK","budget":"0.10","input":"00","requires":["text.shout/v1"],
            "windows":{"bid":"1s","accept":"1m","approve":"1h","grace":"0","review":"24h","retention":"0"}}}"#,
        ),
        br#"{"query":{"task":{"task":4}},"at_least":9}"#.to_vec(),
        br#"{"name":"bob","kind":"agent","capabilities":["text.shout/v1"]}"#.to_vec(),
        br#"{"put":{"salt":"00000000000000000000000000000000","media_type":"text/plain","bytes":"aGk="}}"#.to_vec(),
        br#"{"add":{"key":"UABC","scope":"all","expires":"5"}}"#.to_vec(),
    ]
}

/// Journals of one and of two segments, closed and open, each with the byte in front that says what it is.
fn segments() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (records, close) in [(3, true), (3, false), (30, true)] {
        let memory = Memory::new();
        let options = Options { segment_bytes: 16 << 10, ..Options::simulation(*b"hostile bytes...") };
        let (mut journal, _) = Journal::open(Arc::new(memory.clone()), options).unwrap();
        for n in 0..records {
            let mut group = Group::new(Stamp { time_ns: n, rules: 1, term: 1 });
            group.push(&vec![n as u8; 200 * (1 + n as usize % 3)]).unwrap();
            group.push(b"short").unwrap();
            journal.append(&mut group).unwrap();
        }
        if close {
            journal.close().unwrap();
        }
        let file = |name: &String| memory.content(name).unwrap();
        let names = memory.list().unwrap();
        let whole: Vec<u8> = names.iter().take(2).flat_map(file).collect();
        seeds.push([&[u8::from(names.len() > 1)], &whole[..]].concat());
        let mut reader = Reader::open(Arc::new(memory.clone())).unwrap();
        reader.next_record().unwrap();
        let proof = reader.prove().unwrap();
        let numbers = [proof.index, proof.range.start, proof.range.end].map(u32::to_le_bytes).concat();
        let hidden = proof.hidden.concat();
        seeds.push([&[3], &proof.header[..], &numbers, &proof.chunks, &hidden].concat());
    }
    seeds.push([&[2], &b"OIKOSNAP"[..], &[0; 200]].concat());
    seeds
}

fn drive(seeds: &[Vec<u8>], seed: u64, longest: usize, through: fn(&[u8])) {
    let (mut dice, before) = (Dice(seed), peak_kib());
    for seed in seeds {
        through(seed);
    }
    for n in 0..INPUTS {
        let bytes = match n % 8 {
            0 => dice.bytes(longest),
            _ => {
                let seed = &seeds[dice.below(seeds.len())];
                dice.mutate(seed)
            }
        };
        through(&bytes);
    }
    let growth = peak_kib().saturating_sub(before);
    assert!(growth < GROWTH_KIB_MAX, "{growth} KiB were reserved");
}

#[test]
fn hostile_bytes_are_answered_and_never_obeyed() {
    // One after the other, so that each accounts for its own memory.
    assert!(entries().iter().all(|bytes| Entry::decode(bytes).is_ok()), "the seeds are entries");
    drive(&entries(), 1, 200, drive::entry);
    drive(&messages(), 2, 200, drive::wire);
    drive(&segments(), 3, 9_000, drive::segment);
}
