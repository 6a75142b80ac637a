//! The report of a node's folder: its journal applied again, and what happened in it as the tables of a run.
//!
//! What a delivery was worth to its poster nobody wrote down, so there is no welfare. Names are content, and whoever
//! was forgotten stands here by number.

use oikos::node::content::ContentStore;
use oikos::text::count;
use oikos_journal::{FileStorage, Reader, Storage};
use oikos_market::available_account;
use oikos_protocol::entry::Entry;
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::event::task::Phase;
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::id::{AssetId, ParticipantId};
use oikos_protocol::time::Span;
use oikos_sim::metric::figures::Figures;
use oikos_sim::report::Source;
use oikos_sim::report::data::{Checked, Facts, ReportError, Single};
use oikos_sim::run::Tape;
use oikos_sim::run::folder::{JOURNAL, METRICS, PARTICIPANTS};
use oikos_sim::table::csv;
use oikos_sim::table::parquet::{Cell, Field, TableError};
use oikos_sim::table::sheet::{Put, Sheet, Steps, kind_name, participant_fields};
use oikos_views::{Fold as _, Position, Supply};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The first asset of an economy.
const ASSET: AssetId = AssetId(1);
/// Steps of a report; more would not be seen.
const STEPS: u64 = 400;
const SECOND_NS: u64 = 1_000_000_000;

/// The events of one entry.
#[derive(Default)]
struct Kept(Vec<Event>);

impl EventSink for Kept {
    fn emit(&mut self, event: &Event) {
        self.0.push(event.clone());
    }
}

/// Who takes part, by name where the name is known.
struct People {
    code: String,
    scale: u8,
    rows: Vec<(String, &'static str, bool, u128, u128)>,
}

impl Sheet for People {
    fn code(&self) -> String {
        self.code.clone()
    }

    fn fields(&self) -> Vec<Field> {
        participant_fields(self.scale)
    }

    fn rows(&self, put: &mut Put<'_>) -> Result<(), TableError> {
        self.rows.iter().try_for_each(|(name, kind, sells, earned, left)| {
            let money = |amount: &u128| Cell::Money(*amount as i128); // At most the supply, 2^100.
            put(&[Cell::Text(name), Cell::Text(kind), Cell::Truth(*sells), Cell::Money(0), money(earned), money(left)])
        })
    }
}

/// Reads a node's folder; `progress` is told the sequence.
///
/// # Errors
/// There is no journal, or the disk refused. A journal that differs from itself is a check that fails.
pub fn read(folder: &Path, progress: &mut dyn FnMut(u64)) -> Result<Source, ReportError> {
    let failed = |why: String| ReportError::Form { file: folder.join(JOURNAL).display().to_string(), why };
    let width = width(folder).map_err(failed)?;
    let mut tape = Tape::open(folder).map_err(|error| failed(error.to_string()))?;
    let (mut figures, mut supply, mut kept) = (Figures::new(ASSET, width), Supply::default(), Kept::default());
    let mut names = BTreeMap::new();
    while let Some(step) = tape.step(&mut kept).map_err(|error| failed(error.to_string()))? {
        figures.step(step.t);
        for event in kept.0.drain(..) {
            figures.fold(&event);
            supply.fold(Position { seq: step.sequence, index: 0 }, &event);
            if let Event::Participant(ParticipantEvent::Registered { participant, name, .. }) = &event {
                names.insert(*participant, *name);
            }
        }
        if step.sequence.is_multiple_of(4_096) {
            progress(step.sequence);
        }
    }
    figures.close();
    let Some(economy) = tape.economy() else { return Err(failed("the journal is empty".to_owned())) };
    let asset = economy.asset(ASSET);
    let (code, scale) =
        asset.map_or_else(|| ("".to_owned(), 0), |asset| (asset.code.to_string(), asset.scale.decimals()));
    let content = ContentStore::open(&folder.join("content")).ok();
    let name_of = |who: ParticipantId| {
        let piece = names.get(&who).and_then(|hash| content.as_ref()?.get(*hash));
        piece.and_then(|piece| String::from_utf8(piece.bytes).ok()).unwrap_or_else(|| who.to_string())
    };
    let sellers: BTreeMap<ParticipantId, u128> = figures.income.sellers(ASSET).collect();
    let person = |who: ParticipantId| {
        let left = economy.ledger().available(available_account(who, ASSET)).0;
        let (kind, earned) = (kind_name(figures.income.kind(who)), sellers.get(&who).copied());
        (name_of(who), kind, earned.is_some(), earned.unwrap_or_default(), left)
    };
    let people = People { code: code.clone(), scale, rows: names.keys().map(|who| person(*who)).collect() };
    let steps = Steps { code: &code, scale, width, rows: &figures.rows, welfare: None };
    let mut phases: BTreeMap<String, u64> = BTreeMap::new();
    for phase in figures.ends.iter().filter_map(|end| end.phase) {
        *phases.entry(phase.name().to_owned()).or_default() += 1;
    }
    let (entries, checkpoints) = tape.counts();
    let whereabouts = supply.of(ASSET);
    let fault = tape.fault().map(|fault| format!("at sequence {}: {}", fault.sequence, fault.what));
    let audit = economy.audit().err().map(|violation| violation.to_string());
    let settled = figures.ends.iter().filter(|end| end.phase == Some(Phase::Settled));
    let wrong = settled.filter(|end| end.settlements != 1 || end.winner.is_none()).count();
    let check = |name: &str, ok: bool, detail: String| Checked { name: name.to_owned(), ok, detail };
    let checks = vec![
        check(
            "replay",
            fault.is_none(),
            fault.unwrap_or_else(|| format!("{}, {}", count(entries, "entry"), count(checkpoints, "checkpoint"))),
        ),
        check("audit", audit.is_none(), audit.unwrap_or_else(|| "everything added up anew".to_owned())),
        check(
            "supply",
            whereabouts.is_conserved(),
            format!(
                "created {}, of which {} free, {} reserved",
                whereabouts.supply, whereabouts.free, whereabouts.held
            ),
        ),
        check("one_settlement_per_award", wrong == 0, format!("{wrong} settled wrongly")),
    ];
    let facts = Facts {
        name: economy_name(folder),
        what: format!("live economy · {} · {}", count(names.len(), "participant"), count(figures.ends.len(), "task")),
        code: code.clone(),
        scale,
        provenance: vec![
            ("Oikos".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("Entries".to_owned(), entries.to_string()),
            ("Digest".to_owned(), tape.digest().to_string()),
        ],
    };
    let (steps, people) = (bytes(METRICS, &steps)?, bytes(PARTICIPANTS, &people)?);
    let run = Single::of(facts, steps.as_slice(), people.as_slice(), checks, phases)?;
    Ok(Source::Single(Box::new(run)))
}

fn bytes(file: &str, sheet: &dyn Sheet) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    csv::write(&mut bytes, sheet)
        .map_err(|error| ReportError::Form { file: file.to_owned(), why: error.to_string() })?;
    Ok(bytes)
}

/// A four-hundredth of the time the economy has lived, whole seconds.
fn width(folder: &Path) -> Result<Span, String> {
    let storage = FileStorage::existing(folder.join(JOURNAL)).map_err(|error| error.to_string())?;
    let storage: Arc<dyn Storage> = Arc::new(storage);
    let mut reader = Reader::open(storage).map_err(|error| error.to_string())?;
    let mut last = 0;
    // What cannot be read is told by the tape, with its place.
    while let Ok(Some(record)) = reader.next_record() {
        match Entry::decode(record.bytes) {
            Ok(entry) => last = entry.t.0,
            Err(_) => break,
        }
    }
    Ok(Span((last / STEPS).div_ceil(SECOND_NS).max(1) * SECOND_NS))
}

/// The name of the economy of a folder.
pub fn economy_name(folder: &Path) -> String {
    let bytes = std::fs::read(folder.join("economy.json")).unwrap_or_default();
    let identity: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    identity["economy"].as_str().unwrap_or("economy").to_owned()
}
