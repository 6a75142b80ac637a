//! History on disk gives the answers of a fold over all events in memory, whatever happens to its index.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

#[path = "../market/tests/town/mod.rs"]
mod town;

use oikos::history::memory_store::MemoryStore;
use oikos::history::{
    Happened, Hearers, History, Opened, Topic, at_stake_account, free, hearers::task_of, held_account,
};
use oikos::node::apply::Core;
use oikos::node::content::ContentStore;
use oikos::node::directory::SharedDirectory;
use oikos::node::replay::Replay;
use oikos::node::snapshotter;
use oikos::node::state::PastOf;
use oikos_journal::{Boundary, FileStorage, Group, Journal, Memory, Options, Stamp, Storage};
use oikos_market::{account_of, available_account};
use oikos_protocol::command::account::Balances;
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::{AccountId, Capability, CommandId, Hash32, ParticipantId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use town::traffic::{Random, Step, Traffic};
use town::{ANN, BOB, BOT, EUR, HOUR, OPERATOR, PURSE, Town};

const JOURNAL: [u8; 16] = [9; 16];

/// A journal, the state it leads to, and every event in memory.
struct Run {
    journal: Journal,
    core: Core,
    all: Vec<Happened>,
    next_id: u128,
    end: Boundary,
    _content: tempfile::TempDir,
}

fn content() -> (tempfile::TempDir, Arc<ContentStore>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(ContentStore::open(folder.path()).unwrap());
    (folder, store)
}

impl Run {
    fn begin(storage: Arc<dyn Storage>, history: &History, town: &Town) -> Self {
        let options = Options { segment_bytes: 1 << 20, ..Options::simulation(JOURNAL) };
        let (mut journal, _) = Journal::open(storage, options).unwrap();
        let genesis = Box::new(town.economy.genesis().clone());
        let entry = Entry { now: 1, t: Timestamp::ZERO, body: Body::Genesis(genesis), evidence: Vec::new() };
        let end = append(&mut journal, &entry);
        let (folder, names) = content();
        let core = Core::begin(&entry, SharedDirectory::default(), names).unwrap();
        let core = core.with_past(PastOf::Index(history.clone()));
        let mut run = Self { journal, core, all: Vec::new(), next_id: 0, end, _content: folder };
        run.people();
        run
    }

    /// The same beginning as the town's.
    fn people(&mut self) {
        let euro = DefineAsset {
            code: AssetCode::new("EUR").unwrap(),
            scale: Scale::new(2).unwrap(),
            regime: Regime::Issuer(OPERATOR),
        };
        self.ask(Timestamp::ZERO, OPERATOR, Command::DefineAsset(euro));
        let register = |kind, principal, name: &[u8]| {
            let capabilities = vec![Capability::new("write").unwrap()];
            Command::Register(Register { kind, principal, name: Hash32::of(name), capabilities, calendar: None })
        };
        for name in 0..6u8 {
            self.ask(Timestamp::ZERO, OPERATOR, register(ParticipantKind::Agent, None, &[name]));
        }
        self.ask(Timestamp::ZERO, OPERATOR, register(ParticipantKind::Human, None, &[6]));
        self.ask(Timestamp::ZERO, BOB, register(ParticipantKind::Agent, Some(BOB), &[7]));
        for to in (1..=8).map(ParticipantId) {
            let ask = Issue { asset: EUR, to, amount: Amount(PURSE), reference: Hash32::of(b"why") };
            self.ask(Timestamp::ZERO, OPERATOR, Command::Issue(ask));
        }
    }

    fn ask(&mut self, t: Timestamp, by: ParticipantId, command: Command) -> Outcome {
        self.next_id += 1;
        let request = Request { by, id: CommandId(self.next_id), expires: t.after(HOUR), command };
        self.step(t, Body::Request(request)).unwrap()
    }

    fn step(&mut self, t: Timestamp, body: Body) -> Option<Outcome> {
        let entry = Entry { now: 1_000 + self.core.seq() * 10, t, body, evidence: Vec::new() };
        self.end = append(&mut self.journal, &entry);
        let applied = self.core.apply(&entry).unwrap();
        self.all.extend(applied.events.iter().cloned());
        applied.outcome
    }

    /// Lets random days pass in the town and here.
    fn days(&mut self, town: &mut Town, traffic: &mut Traffic, steps: usize) {
        for _ in 0..steps {
            match traffic.next(town) {
                Step::Wait(span) => {
                    town.wait(span);
                    self.step(town.now, Body::Tick);
                }
                Step::Ask(by, command) => {
                    let theirs = town.ask(by, command.clone());
                    let ours = self.ask(town.now, by, command);
                    assert_eq!(matches!(ours, Outcome::Accepted(_)), theirs.is_ok(), "{ours:?}, {theirs:?}");
                }
            }
        }
    }
}

fn append(journal: &mut Journal, entry: &Entry) -> Boundary {
    let mut group = Group::new(Stamp { time_ns: entry.now, rules: 1, term: 1 });
    group.push(&entry.encode_into(Vec::new()).unwrap()).unwrap();
    journal.append(&mut group).unwrap().boundary
}

/// How every account stood after each event that touched it.
/// How each account stood after each event that touched it.
type Courses = BTreeMap<AccountId, Vec<((u64, u32), Balances)>>;

fn fold(all: &[Happened]) -> Courses {
    let mut accounts = Courses::new();
    for Happened { kept, .. } in all {
        let at = (kept.seq, kept.index);
        let mut set = |account: AccountId, after: Balances| accounts.entry(account).or_default().push((at, after));
        match &kept.event {
            Event::Ledger(event) => match &**event {
                LedgerEvent::TransferCreated(made) => {
                    set(made.transfer.debit_account_id, made.debit.balances);
                    set(made.transfer.credit_account_id, made.credit.balances);
                }
                LedgerEvent::TransferExpired(over) => {
                    set(over.transfer.debit_account_id, over.debit.balances);
                    set(over.transfer.credit_account_id, over.credit.balances);
                }
                LedgerEvent::AccountOpened(_) => {}
            },
            Event::Money(moved) => {
                let (from, to) = (account_of(moved.from, moved.asset), account_of(moved.to, moved.asset));
                if from != to {
                    let last = |account| {
                        accounts.get(&account).and_then(|known| known.last()).map_or(Balances::default(), |last| last.1)
                    };
                    let (mut debit, mut credit) = (last(from), last(to));
                    debit.debits_posted.0 += moved.amount.0;
                    credit.credits_posted.0 += moved.amount.0;
                    accounts.entry(from).or_default().push((at, debit));
                    accounts.entry(to).or_default().push((at, credit));
                }
            }
            _ => {}
        }
    }
    accounts
}

/// Asks history everything it can be asked (of events and moments every `stride`-th), and compares with memory.
fn check(history: &History, run: &Run, stride: usize) {
    history.catch_up().unwrap();
    let all = &run.all;
    for Happened { kept, .. } in all.iter().step_by(stride) {
        assert_eq!(history.event((kept.seq, kept.index)).unwrap().as_ref(), Some(kept));
    }
    let last = all.last().unwrap();
    assert_eq!(history.event((last.kept.seq, last.kept.index + 1)).unwrap(), None);
    let (last, end) = ((last.kept.seq, last.kept.index), (u64::MAX, u32::MAX));
    assert_eq!(history.last(end).unwrap(), Some(last));
    for from in (0..all.len()).step_by(all.len() / 3 + stride) {
        let at = (all[from].kept.seq, all[from].kept.index);
        let behind: Vec<_> = all[from + 1..].iter().take(40).map(|happened| happened.kept.clone()).collect();
        assert_eq!(history.after(at, end, 40).unwrap(), behind);
    }
    let whole = if stride < 10 { history.after((0, 0), end, usize::MAX).unwrap() } else { Vec::new() };
    assert!(whole.is_empty() || whole.iter().eq(all.iter().map(|happened| &happened.kept)));
    for (account, standings) in fold(all) {
        let topic = Topic::Account(account);
        let postings = history.postings(topic, (u64::MAX, u32::MAX), usize::MAX).unwrap();
        let found: Vec<_> = postings.iter().rev().map(|posting| (posting.at, posting.after)).collect();
        assert_eq!(found, standings, "{account}");
        for pair in standings.windows(2).filter(|pair| pair[0].0 != pair[1].0).step_by(stride) {
            assert_eq!(history.balances(account, pair[0].0).unwrap(), pair[0].1);
        }
        assert_eq!(history.balances(account, (0, 0)).unwrap(), Balances::default());
    }
    let economy = run.core.economy();
    let now = (u64::MAX, u32::MAX);
    for whose in (0..9).map(ParticipantId) {
        let spendable = free(&history.balances(available_account(whose, EUR), now).unwrap());
        assert_eq!(spendable, economy.balance(Purse::Available(whose), EUR));
        let (mut held, mut at_stake) = (0, 0);
        for (task, view) in economy.open_tasks() {
            let of = |purse| economy.balance(purse, EUR).0;
            if view.poster == whose {
                held += of(Purse::Hold(task)) + of(Purse::Escrow(task));
            }
            if view.award.is_some_and(|(worker, _)| worker == whose) {
                at_stake += of(Purse::Bond(task));
            }
            at_stake += of(Purse::Deposit(task, whose));
        }
        assert_eq!(free(&history.balances(held_account(whose, EUR), now).unwrap()), Amount(held), "held by {whose}");
        let found = free(&history.balances(at_stake_account(whose, EUR), now).unwrap());
        assert_eq!(found, Amount(at_stake), "at stake of {whose}");
        let mail: Vec<_> = all
            .iter()
            .filter(|happened| matches!(&happened.hearers, Hearers::These(these) if these.contains(&whose)))
            .map(|happened| (happened.kept.seq, happened.kept.index))
            .collect();
        let postings = history.postings(Topic::Mail(whose), now, usize::MAX).unwrap();
        assert_eq!(postings.iter().rev().map(|posting| posting.at).collect::<Vec<_>>(), mail, "mail of {whose}");
        let newest: Vec<_> = mail.iter().rev().take(3).copied().collect();
        let three = history.postings(Topic::Mail(whose), now, 3).unwrap();
        assert_eq!(three.iter().map(|posting| posting.at).collect::<Vec<_>>(), newest);
    }
    for task in run.core.open().tasks().step_by(stride) {
        let of_task: Vec<_> =
            all.iter().map(|happened| &happened.kept).filter(|kept| task_of(&kept.event) == Some(task)).collect();
        let found = history.events(Topic::Task(task)).unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), of_task, "{task}");
        if let Some(open) = run.core.open().of_task(task) {
            assert_eq!(open, found);
        } else {
            assert!(economy.phase(task).unwrap().is_terminal());
        }
    }
    let made = all.iter().filter_map(|happened| match &happened.kept.event {
        Event::Ledger(event) => match **event {
            LedgerEvent::TransferCreated(made) => Some(made),
            _ => None,
        },
        _ => None,
    });
    let places = made.clone().count() as u64;
    for made in made.step_by(stride) {
        assert_eq!(history.transfer(made.place).unwrap(), Some(made.transfer));
    }
    assert!(places > 0, "no transfer was made");
    assert_eq!(history.transfer(places).unwrap(), None);
    let seqs: Vec<u64> = all.iter().map(|happened| happened.kept.seq).collect();
    for (now, seq) in seqs.iter().map(|seq| (1_000 + (seq - 1) * 10, *seq)).step_by(stride) {
        assert_eq!(history.sequence_at(now).unwrap(), seq);
        assert_eq!(history.sequence_at(now + 9).unwrap(), seq);
    }
    assert_eq!(history.sequence_at(0).unwrap(), 0);
}

#[test]
fn random_days_read_from_disk_as_they_happened() {
    for seed in 1..=2 {
        let (mut town, mut traffic, mut random) = (Town::new(), Traffic::new(seed), Random(seed));
        let (storage, store) = (Arc::new(Memory::new()), MemoryStore::default());
        let history = History::begin(Box::new(store.clone()), JOURNAL, storage.clone()).unwrap();
        let mut run = Run::begin(storage.clone(), &history, &town);
        for _ in 0..12 {
            run.days(&mut town, &mut traffic, 100);
            if random.one_in(2) {
                history.flush().unwrap();
            }
            if random.one_in(4) {
                check(&history, &run, 29);
            }
        }
        check(&history, &run, 11);
        history.flush().unwrap();
        let again = History::begin(Box::new(store), JOURNAL, storage).unwrap();
        assert_eq!(again.standing().seq, run.core.seq());
        check(&again, &run, 1);
        assert!(run.core.open().of_task(oikos_protocol::id::TaskId(0)).is_none(), "an old task is still in memory");
    }
}

/// A data folder with a journal, an index and a snapshot of the middle, and what memory says of it.
fn folder_of_days(folder: &Path) -> (Run, Arc<dyn Storage>) {
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::create_in(folder.join("journal")).unwrap());
    let (mut town, mut traffic) = (Town::new(), Traffic::new(11));
    let (history, opened) = History::open(&folder.join("history"), JOURNAL, Arc::clone(&storage), 0).unwrap();
    assert_eq!(opened, Opened::New);
    let mut run = Run::begin(Arc::clone(&storage), &history, &town);
    run.days(&mut town, &mut traffic, 300);
    history.flush().unwrap();
    snapshotter::write(&run.core, &*storage, run.end).unwrap();
    run.days(&mut town, &mut traffic, 300);
    history.flush().unwrap();
    // What follows was indexed and never written: as after a kill.
    run.days(&mut town, &mut traffic, 100);
    check(&history, &run, 7);
    // The index is closed with the last that holds it.
    drop(history);
    let run = Run { core: run.core.with_past(PastOf::Memory(oikos_ledger::MemoryPast::new())), ..run };
    (run, storage)
}

/// Starts from a folder as a node does: what was found, how many entries were applied, and the same answers.
fn start(folder: &Path, run: &Run, storage: &Arc<dyn Storage>) -> (Opened, u64) {
    let (history, opened) =
        History::open(&folder.join("history"), JOURNAL, Arc::clone(storage), run.end.sequence).unwrap();
    let (_keep, names) = content();
    let directory = SharedDirectory::default();
    let replay = Replay { storage, end: run.end, directory: &directory, names: &names };
    let mut heard = (0, 0);
    let replayed = replay.indexed(&history, &mut |done, all| heard = (done, all)).unwrap().unwrap();
    assert_eq!(replayed.core.digest(), run.core.digest());
    assert!(heard.0 <= heard.1 && (replayed.entries < 256 || heard.0 > 0));
    check(&history, run, 13);
    (opened, replayed.entries)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn an_index_that_is_removed_cut_flipped_or_stale_is_built_again_with_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (run, storage) = folder_of_days(folder);
    let index = folder.join("history");
    let whole = folder.join("whole");

    // After a kill: from the snapshot, and the index is told what it has not got.
    let (opened, applied) = start(folder, &run, &storage);
    assert!(matches!(opened, Opened::Whole(seq) if seq < run.core.seq()), "{opened:?}");
    assert!(applied < run.core.seq() - 200, "{applied} entries were applied, though there was a snapshot");
    copy(&index, &whole);

    std::fs::remove_dir_all(&index).unwrap();
    assert_eq!(start(folder, &run, &storage), (Opened::New, run.core.seq()));

    let mut noticed = 0;
    for (damage, name) in (0..6u32).flat_map(|damage| [(damage, "keys/db"), (damage, "bodies")]) {
        let bytes = std::fs::read(whole.join(name)).unwrap();
        std::fs::remove_dir_all(&index).unwrap();
        copy(&whole, &index);
        let mut spoiled = bytes.clone();
        match damage {
            0 => spoiled.truncate(bytes.len() / 2),
            1 => spoiled.truncate(0),
            2 => spoiled.truncate(4_097),
            // Somewhere in what was written: most of a small database is empty.
            _ => {
                let written: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
                let at = written[written.len() * (damage as usize - 2) / 5];
                spoiled[at] ^= 0x10;
            }
        }
        std::fs::write(index.join(name), spoiled).unwrap();
        let (opened, _) = start(folder, &run, &storage);
        let was_noticed = matches!(opened, Opened::ThrownAway(_) | Opened::New);
        assert!(was_noticed || name != "bodies", "damage {damage} of the bodies");
        noticed += u32::from(was_noticed);
    }
    assert!(noticed >= 9, "{noticed} of 12 damages were noticed; the others changed no answer");

    std::fs::remove_dir_all(&index).unwrap();
    copy(&whole, &index);
    // An index of another journal, and one that is ahead of the journal.
    let (history, opened) = History::open(&index, [1; 16], Arc::clone(&storage), run.end.sequence).unwrap();
    assert!(matches!(opened, Opened::ThrownAway(_)), "{opened:?}");
    drop(history);
    std::fs::remove_dir_all(&index).unwrap();
    copy(&whole, &index);
    let (history, opened) = History::open(&index, JOURNAL, Arc::clone(&storage), 10).unwrap();
    assert!(matches!(opened, Opened::ThrownAway(_)), "{opened:?}");
    drop(history);
}

#[test]
fn a_poster_and_its_bot_take_part_in_tasks_that_are_found_again() {
    let (mut town, mut traffic) = (Town::new(), Traffic::new(5));
    let storage = Arc::new(Memory::new());
    let history = History::begin(Box::new(MemoryStore::default()), JOURNAL, storage.clone()).unwrap();
    let mut run = Run::begin(storage, &history, &town);
    run.days(&mut town, &mut traffic, 600);
    history.catch_up().unwrap();
    for whose in [ANN, BOT] {
        let posted = run.all.iter().filter(|happened| {
            matches!(&happened.kept.event, Event::Task(oikos_protocol::event::task::TaskEvent::Drafted { poster, .. }) if *poster == whose)
        });
        let events = history.events(Topic::Party(whose)).unwrap();
        for happened in posted {
            assert!(events.contains(&happened.kept));
        }
    }
}
