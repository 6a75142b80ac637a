//! Reading a scenario: the fields of the file's format, their types, bounds and defaults.
//!
//! The format is documented in `docs/scenarios.md`. What one field can tell is checked here; what several tell
//! together (references, sums) in `check`.

use super::check;
use super::mistake::{Mistake, Place, ScenarioError, Source};
use super::set;
use super::tree::{Fields, Node, Read, check_name};
use super::*;
use oikos_protocol::command::participant::WorkingWeek;
use std::path::Path;

/// What the command line changes of a file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--set key=value`, in order.
    pub sets: Vec<String>,
    /// `--seed`.
    pub seed: Option<u64>,
}

/// Reads a scenario's file.
///
/// # Errors
/// The first mistake, with its place and a way out.
pub fn read(path: &Path, overrides: &Overrides) -> Result<Scenario, ScenarioError> {
    let mut source = Source { path: path.to_owned(), sets: overrides.sets.clone(), ..Source::default() };
    let unreadable = |source: &Source, what: String| {
        let location = super::mistake::Shown(&source.path.display().to_string()).to_string();
        ScenarioError { what, location, excerpt: String::new(), hint: None }
    };
    let bytes = match std::fs::metadata(path).map(|meta| meta.len()) {
        Ok(bytes) if bytes > FILE_BYTES_MAX => {
            return Err(unreadable(
                &source,
                format!("a scenario has at most {FILE_BYTES_MAX} bytes, this one {bytes}"),
            ));
        }
        _ => std::fs::read(path).map_err(|error| unreadable(&source, format!("cannot read the scenario: {error}")))?,
    };
    source.text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            source.text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let what = "the file is not UTF-8 from here on";
            return Err(source.explain(Mistake::new(&Place::File(good..good + 1), "", what)));
        }
    };
    parse(&source, overrides.seed).map_err(|mistake| source.explain(mistake))
}

/// Reads the text of a scenario and the arguments that change it.
fn parse(source: &Source, seed: Option<u64>) -> Read<Scenario> {
    let mut root = Node::parse(&source.text)?;
    for (index, text) in source.sets.iter().enumerate() {
        set::set(&mut root, text, index)?;
    }
    let mut scenario = scenario(&root)?;
    if let Some(seed) = seed {
        scenario.seed = seed;
    }
    Ok(scenario)
}

/// How far one may count: what JSON readers in other languages hold exactly.
const WHOLE_MAX: u64 = (1 << 53) - 1;

fn scenario(root: &Node) -> Read<Scenario> {
    let mut fields = root.fields("")?;
    let name = file_name(fields.required("name")?)?;
    let award = fields.required("award")?.one_of("award", &Award::WORDS)?;
    let seed = fields.optional("seed").map_or(Ok(1), |node| node.whole("seed", 0, WHOLE_MAX))?;
    let arrival = fields.optional("arrival").map(|node| node.one_of("arrival", &Arrival::WORDS));
    let arrival = arrival.unwrap_or(Ok(Arrival::Shuffled))?;
    let journal = fields.optional("journal").map(|node| node.one_of("journal", &JournalLevel::WORDS));
    let journal = journal.unwrap_or(Ok(JournalLevel::Commands))?;
    let count = |node: &Node, field| node.whole(field, 1, WHOLE_MAX);
    let checkpoint_every =
        fields.optional("checkpoint_every").map(|node| count(node, "checkpoint_every")).transpose()?;
    let snapshot_every = fields.optional("snapshot_every").map(|node| count(node, "snapshot_every")).transpose()?;
    let metrics_every = span(&mut fields, "metrics_every", Span::hours(1), Span(1))?;
    let asset = asset(fields.optional("asset"), &root.place)?;
    let fee = fields.optional("fee").map_or(Ok(Share::NONE), |node| node.share("fee"))?;
    let windows = fields.optional("windows").map_or(Ok(TaskWindows::default()), windows)?;
    let deposits = fields.optional("deposits").map_or(Ok(Deposits::default()), deposits)?;
    let pace = fields.optional("pace").map_or(Ok(Pace::default()), pace)?;

    let nodes = fields.required("participants")?;
    let list = nodes.list("participants", ENTRIES_MAX)?.iter().enumerate();
    let participants = list.map(|(index, node)| participant(node, index, asset.scale)).collect::<Read<Vec<_>>>()?;
    let nodes = fields.required("tasks")?;
    let list = nodes.list("tasks", ENTRIES_MAX)?.iter().enumerate();
    let tasks = list.map(|(index, node)| task(node, index, asset.scale, award)).collect::<Read<Vec<_>>>()?;
    fields.finish()?;

    let scenario = Scenario {
        name,
        seed,
        award,
        arrival,
        journal,
        checkpoint_every,
        snapshot_every,
        metrics_every,
        asset,
        fee,
        windows,
        deposits,
        pace,
        participants: Vec::new(),
        tasks: Vec::new(),
    };
    check::assemble(scenario, participants, tasks, root)
}

/// A name that can be part of a folder's name.
fn file_name(node: &Node) -> Read<String> {
    let name = node.name("name", 64)?;
    let good =
        name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) && !name.starts_with('.');
    if good {
        return Ok(name.to_owned());
    }
    let kept: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let what = "the name of a scenario has letters, digits, `-`, `_` and `.` only, since a folder is named after it";
    Err(Mistake::new(&node.place, "name", what).hint(format!("such as `{}`", kept.trim_matches('-'))))
}

/// The money: `OIK` with two decimals where the file says nothing else.
fn asset(node: Option<&Node>, file: &Place) -> Read<AssetTerms> {
    let (mut code, mut code_place, mut decimals) = ("OIK", file, 2);
    if let Some(node) = node {
        let mut fields = node.fields("asset")?;
        if let Some(node) = fields.optional("code") {
            (code, code_place) = (node.text("asset.code")?, &node.place);
        }
        if let Some(node) = fields.optional("scale") {
            decimals = node.whole("asset.scale", 0, u64::from(Scale::MAX))?;
        }
        fields.finish()?;
    }
    let what = "an asset's code has 1 to 8 capital letters or digits, such as `OIK`";
    let code = AssetCode::new(code).ok_or_else(|| Mistake::new(code_place, "asset.code", what))?;
    let scale = u8::try_from(decimals).ok().and_then(Scale::new);
    let scale = scale.ok_or_else(|| Mistake::new(file, "asset.scale", "an asset has at most 18 decimals"))?;
    Ok(AssetTerms { code, scale })
}

fn span(fields: &mut Fields<'_>, name: &'static str, default: Span, min: Span) -> Read<Span> {
    let Some(node) = fields.optional(name) else { return Ok(default) };
    let path = fields.path(name);
    let span = node.span(&path)?;
    if span < min { Err(Mistake::new(&node.place, path, format!("`{name}` must be at least {min}"))) } else { Ok(span) }
}

fn windows(node: &Node) -> Read<TaskWindows> {
    let mut fields = node.fields("windows")?;
    let usual = TaskWindows::default();
    // An answer takes a moment, so that a window of nothing would let nobody in.
    let moment = Span::seconds(2);
    let windows = TaskWindows {
        bid: span(&mut fields, "bid", usual.bid, moment)?,
        accept: span(&mut fields, "accept", usual.accept, moment)?,
        deliver: span(&mut fields, "deliver", usual.deliver, moment)?,
        grace: span(&mut fields, "grace", usual.grace, Span::ZERO)?,
        review: span(&mut fields, "review", usual.review, moment)?,
        retention: span(&mut fields, "retention", usual.retention, Span::ZERO)?,
        end: span(&mut fields, "end", usual.end, moment)?,
    };
    fields.finish()?;
    Ok(windows)
}

fn share(fields: &mut Fields<'_>, name: &'static str) -> Read<Share> {
    let Some(node) = fields.optional(name) else { return Ok(Share::NONE) };
    node.share(&fields.path(name))
}

fn deposits(node: &Node) -> Read<Deposits> {
    let mut fields = node.fields("deposits")?;
    let deposits = Deposits {
        bid: share(&mut fields, "bid")?,
        bond: share(&mut fields, "bond")?,
        damages: share(&mut fields, "damages")?,
    };
    fields.finish()?;
    Ok(deposits)
}

fn pace(node: &Node) -> Read<Pace> {
    let mut fields = node.fields("pace")?;
    let usual = Pace::default();
    let pace = Pace {
        react: span(&mut fields, "react", usual.react, Span(1))?,
        work: span(&mut fields, "work", usual.work, Span(1))?,
    };
    fields.finish()?;
    Ok(pace)
}

/// Monday to Friday, 9 to 17, UTC.
const USUAL_WEEK: WorkingWeek =
    WorkingWeek { days: 0b001_1111, from_minute: 540, to_minute: 1_020, utc_offset_minutes: 0 };

/// A participant as the file has it.
pub(super) struct Declared {
    pub(super) participant: Participant,
    pub(super) name_place: Place,
    pub(super) kind_place: Place,
    pub(super) principal_place: Place,
    /// Nothing where the file leaves it out.
    pub(super) money: Option<Amount>,
    pub(super) money_place: Place,
    pub(super) path: String,
}

fn participant(node: &Node, index: usize, scale: Scale) -> Read<Declared> {
    const KINDS: [(&str, ParticipantKind); 3] = [
        ("agent", ParticipantKind::Agent),
        ("human", ParticipantKind::Human),
        ("organisation", ParticipantKind::Organisation),
    ];
    let path = format!("participants[{index}]");
    let mut fields = node.fields(path.clone())?;
    let name_node = fields.required("name")?;
    let name = name_node.name(&fields.path("name"), NAME_BYTES_MAX)?.to_owned();
    let kind_node = fields.optional("kind");
    let kind = kind_node.map_or(Ok(ParticipantKind::Agent), |node| node.one_of(&fields.path("kind"), &KINDS))?;
    let principal_node = fields.optional("principal");
    let principal = principal_node.map(|node| node.text(&fields.path("principal"))).transpose()?;
    let money_node = fields.optional("money");
    let money = money_node.map(|node| node.money(&fields.path("money"), scale)).transpose()?;
    let sells = priced(&mut fields, "sells", scale)?;
    let amenities = names(&mut fields, "amenities")?;
    let hours_node = fields.optional("hours");
    let hours = hours_node.map(|node| hours(node, &fields.path("hours"))).transpose()?;
    if let (Some(node), true) = (hours_node, kind != ParticipantKind::Human) {
        return Err(Mistake::new(&node.place, fields.path("hours"), "only a human has working hours"));
    }
    // A person who says nothing works the hours that the market takes for usual.
    let hours = hours.or((kind == ParticipantKind::Human).then_some(USUAL_WEEK));
    let begin = fields.place().clone();
    let place = |node: Option<&Node>| node.map_or(begin.clone(), |node| node.place.clone());
    fields.finish()?;
    Ok(Declared {
        name_place: name_node.place.clone(),
        kind_place: place(kind_node),
        principal_place: place(principal_node),
        money_place: place(money_node),
        participant: Participant {
            name,
            kind,
            principal: principal.map(str::to_owned),
            money: money.unwrap_or_default(),
            sells,
            amenities,
            hours,
            declared: index as u32, // At most `ENTRIES_MAX`.
        },
        money,
        path,
    })
}

/// A task as the file has it.
pub(super) struct Wanted {
    pub(super) task: Task,
    pub(super) name: Option<Place>,
    pub(super) poster_place: Place,
    pub(super) budget_place: Place,
    pub(super) path: String,
}

fn task(node: &Node, index: usize, scale: Scale, award: Award) -> Read<Wanted> {
    const MECHANISMS: [(&str, MechanismKind); 4] = [
        ("first-price", MechanismKind::FirstPrice),
        ("second-price", MechanismKind::SecondPrice),
        ("lottery", MechanismKind::Lottery),
        ("posted-price", MechanismKind::PostedPrice),
    ];
    let path = format!("tasks[{index}]");
    let mut fields = node.fields(path.clone())?;
    let name_node = fields.optional("name");
    let name = name_node.map(|node| node.name(&fields.path("name"), NAME_BYTES_MAX)).transpose()?;
    let poster_node = fields.required("poster")?;
    let poster = poster_node.text(&fields.path("poster"))?.to_owned();
    let items_node = fields.required("items")?;
    let items = priced_in(items_node, &fields.path("items"), scale)?;
    if items.is_empty() {
        return Err(Mistake::new(&items_node.place, fields.path("items"), "a task wants at least one item"));
    }
    let amenities = names(&mut fields, "amenities")?;
    let at = span(&mut fields, "at", Span::ZERO, Span::ZERO)?;
    let mechanism = fields.optional("mechanism").map(|node| node.one_of(&fields.path("mechanism"), &MECHANISMS));
    let mechanism = mechanism.unwrap_or(Ok(award.mechanism()))?;
    let budget_node = fields.optional("budget");
    let budget_place = budget_node.unwrap_or(items_node).place.clone();
    let budget_path = fields.path("budget");
    let budget = match budget_node {
        Some(node) => node.money(&budget_path, scale)?,
        None => {
            let sum = items.values().try_fold(Amount::ZERO, |sum, price| sum.checked_add(*price));
            let twice = sum.and_then(|sum| sum.checked_add(sum));
            twice.ok_or_else(|| Mistake::new(&budget_place, &budget_path, "the reference prices add up to too much"))?
        }
    };
    if budget.is_zero() {
        return Err(Mistake::new(&budget_place, budget_path, "a budget is more than nothing"));
    }
    fields.finish()?;
    let name = name.unwrap_or_default().to_owned();
    Ok(Wanted {
        task: Task { name, poster, at, items, amenities, budget, mechanism },
        name: name_node.map(|node| node.place.clone()),
        poster_place: poster_node.place.clone(),
        budget_place,
        path,
    })
}

fn priced(fields: &mut Fields<'_>, name: &'static str, scale: Scale) -> Read<BTreeMap<String, Amount>> {
    let Some(node) = fields.optional(name) else { return Ok(BTreeMap::new()) };
    priced_in(node, &fields.path(name), scale)
}

fn priced_in(node: &Node, path: &str, scale: Scale) -> Read<BTreeMap<String, Amount>> {
    let mut priced = BTreeMap::new();
    for entry in node.table(path, ITEMS_MAX)? {
        check_name(&entry.key, path, &entry.place, NAME_BYTES_MAX)?;
        let field = format!("{path}.{}", super::mistake::Shown(&entry.key));
        priced.insert(entry.key.clone(), entry.node.money(&field, scale)?);
    }
    Ok(priced)
}

/// A list of names, sorted; one that stands there twice is a mistake.
fn names(fields: &mut Fields<'_>, name: &'static str) -> Read<Vec<String>> {
    let Some(node) = fields.optional(name) else { return Ok(Vec::new()) };
    let path = fields.path(name);
    let mut names: Vec<String> = Vec::new();
    for node in node.list(&path, ITEMS_MAX)? {
        let given = node.name(&path, NAME_BYTES_MAX)?;
        if names.iter().any(|name| name == given) {
            let what = format!("`{}` stands here twice", super::mistake::Shown(given));
            return Err(Mistake::new(&node.place, path, what));
        }
        names.push(given.to_owned());
    }
    names.sort_unstable();
    Ok(names)
}

fn hours(node: &Node, path: &str) -> Read<WorkingWeek> {
    let mut fields = node.fields(path)?;
    let days_node = fields.required("days")?;
    let days_path = fields.path("days");
    let mut days = 0;
    for day in days_node.list(&days_path, 7)? {
        const DAYS: [(&str, u8); 7] =
            [("mon", 1), ("tue", 2), ("wed", 4), ("thu", 8), ("fri", 16), ("sat", 32), ("sun", 64)];
        days |= day.one_of(&days_path, &DAYS)?;
    }
    if days == 0 {
        return Err(Mistake::new(&days_node.place, days_path, "a week has at least one working day"));
    }
    let from_minute = minute(fields.required("from")?, &fields.path("from"))?;
    let to_node = fields.required("to")?;
    let to_minute = minute(to_node, &fields.path("to"))?;
    if to_minute <= from_minute {
        return Err(Mistake::new(&to_node.place, fields.path("to"), "a working day ends after it begins"));
    }
    let utc_offset_minutes = match fields.optional("utc_offset_minutes") {
        Some(node) => offset(node, &fields.path("utc_offset_minutes"))?,
        None => 0,
    };
    fields.finish()?;
    Ok(WorkingWeek { days, from_minute, to_minute, utc_offset_minutes })
}

/// A time of day such as `09:30`, as a minute; `24:00` is the end of the day.
fn minute(node: &Node, path: &str) -> Read<u16> {
    let text = node.text(path)?;
    let two = |part: &str| (part.len() == 2).then(|| part.parse::<u16>().ok()).flatten();
    let minute = text.split_once(':').and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)));
    let minute = minute.filter(|(_, minute)| *minute < 60).map(|(hour, minute)| hour * 60 + minute);
    minute.filter(|minute| *minute <= 1_440).ok_or_else(|| {
        let what = format!("`{}` is not a time of day from `00:00` to `24:00`", super::mistake::Shown(text));
        Mistake::new(&node.place, path, what)
    })
}

fn offset(node: &Node, path: &str) -> Read<i16> {
    let (super::tree::Value::Number(raw) | super::tree::Value::Text(raw)) = &node.value else {
        return Err(Mistake::new(&node.place, path, "expected minutes east of UTC, such as `60` or `-300`"));
    };
    let minutes = raw.parse::<i16>().ok().filter(|minutes| minutes.unsigned_abs() <= 840);
    let what = format!("`{}` is not a number of minutes from -840 to 840", super::mistake::Shown(raw));
    minutes.ok_or_else(|| Mistake::new(&node.place, path, what))
}

impl Default for TaskWindows {
    fn default() -> Self {
        Self {
            bid: Span::hours(1),
            accept: Span::hours(4 * 24),
            deliver: Span::hours(14 * 24),
            grace: Span::ZERO,
            review: Span::hours(8),
            retention: Span::ZERO,
            end: Span::hours(60 * 24),
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self { react: Span::seconds(1), work: Span::hours(1) }
    }
}
