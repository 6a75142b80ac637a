//! What the entries of a scenario must be to each other: unique names, known references, sums that fit, windows that
//! leave everybody time. Sorts the entries, so that their order in the file decides nothing.

use super::file::{Declared, Wanted};
use super::mistake::{Mistake, Place, Shown, did_you_mean};
use super::tree::{Node, Read, Value};
use super::*;
use oikos_market::SUPPLY_MAX;
use oikos_market::mechanism::auction::PRICE_MAX;
use std::collections::HashMap;

/// A working day, the least that a human reviewer is given.
const WORKING_DAY: Span = Span::hours(8);

/// Puts the entries into the scenario.
pub(super) fn assemble(
    mut scenario: Scenario,
    mut participants: Vec<Declared>,
    mut tasks: Vec<Wanted>,
    root: &Node,
) -> Read<Scenario> {
    let by_name = unique(&participants)?;
    check_principals(&participants, &by_name)?;
    name_tasks(&mut tasks)?;
    for wanted in &tasks {
        let Wanted { task, poster_place, budget_place, path, .. } = wanted;
        let Some(&poster) = by_name.get(task.poster.as_str()) else {
            return Err(unknown(poster_place, &format!("{path}.poster"), &task.poster, &by_name));
        };
        if task.budget > PRICE_MAX {
            return Err(Mistake::new(
                budget_place,
                format!("{path}.budget"),
                "the budget is more than a task may cost",
            ));
        }
        let poster = &participants[poster].participant;
        if poster.kind == ParticipantKind::Human && scenario.windows.review < WORKING_DAY {
            let what = format!(
                "`{}` is human and reviews its tasks, so `windows.review` must be at least 8h of working time",
                Shown(&poster.name)
            );
            let place = window_place(root, "review").unwrap_or(poster_place);
            return Err(Mistake::new(place, "windows.review", what));
        }
    }
    check_end(&scenario, &participants, root)?;
    endow(&mut participants, &tasks)?;

    participants.sort_by(|a, b| {
        let key = |declared: &Declared| declared.participant.principal.is_some();
        key(a).cmp(&key(b)).then_with(|| a.participant.name.cmp(&b.participant.name))
    });
    tasks.sort_by(|a, b| {
        let key = |wanted: &Wanted| (wanted.task.at, wanted.task.poster.clone(), wanted.task.name.clone());
        key(a).cmp(&key(b))
    });
    scenario.participants = participants.into_iter().map(|declared| declared.participant).collect();
    scenario.tasks = tasks.into_iter().map(|wanted| wanted.task).collect();
    Ok(scenario)
}

type Names = HashMap<String, usize>;

fn unique(participants: &[Declared]) -> Read<Names> {
    let mut by_name = HashMap::with_capacity(participants.len());
    for (index, declared) in participants.iter().enumerate() {
        let Participant { name, sells, amenities, .. } = &declared.participant;
        if let Some(first) = by_name.insert(name.clone(), index) {
            let what = format!("two participants are named `{}`; the first is participants[{first}]", Shown(name));
            return Err(Mistake::new(&declared.name_place, format!("{}.name", declared.path), what));
        }
        if sells.len() + amenities.len() > ITEMS_MAX {
            let what = format!("`{}` has more than {ITEMS_MAX} items and amenities together", Shown(name));
            return Err(Mistake::new(&declared.name_place, &declared.path, what));
        }
    }
    Ok(by_name)
}

fn unknown(place: &Place, field: &str, name: &str, known: &Names) -> Mistake {
    let hint = did_you_mean(name, known.keys().map(String::as_str));
    Mistake { hint, ..Mistake::new(place, field, format!("there is no participant `{}`", Shown(name))) }
}

fn check_principals(participants: &[Declared], by_name: &Names) -> Read<()> {
    for declared in participants {
        let Participant { name, kind, principal, .. } = &declared.participant;
        let Some(principal) = principal else { continue };
        let (place, field) = (&declared.principal_place, format!("{}.principal", declared.path));
        let Some(&index) = by_name.get(principal) else {
            return Err(unknown(place, &field, principal, by_name));
        };
        let of = &participants[index].participant;
        if principal == name {
            return Err(Mistake::new(place, field, "a participant is its own principal where it names none")
                .hint("leave `principal` out"));
        }
        if *kind == ParticipantKind::Organisation {
            let what = "an organisation acts for itself and has no principal";
            return Err(Mistake::new(&declared.kind_place, field, what));
        }
        if of.principal.is_some() {
            let what =
                format!("`{}` has a principal of its own; chains of principals are not possible", Shown(principal));
            return Err(Mistake::new(place, field, what));
        }
    }
    Ok(())
}

/// Tasks without a name are named after their poster, and numbered where it has several.
fn name_tasks(tasks: &mut [Wanted]) -> Read<()> {
    let mut taken: HashMap<String, usize> = HashMap::with_capacity(tasks.len());
    for (index, wanted) in tasks.iter().enumerate() {
        let Some(place) = &wanted.name else { continue };
        if let Some(first) = taken.insert(wanted.task.name.clone(), index) {
            let what = format!("two tasks are named `{}`; the first is tasks[{first}]", Shown(&wanted.task.name));
            return Err(Mistake::new(place, format!("{}.name", wanted.path), what));
        }
    }
    // By what they say and not by their place in the file, which decides nothing.
    let mut unnamed: Vec<usize> = (0..tasks.len()).filter(|&index| tasks[index].name.is_none()).collect();
    unnamed.sort_by(|&a, &b| {
        let (a, b) = (&tasks[a].task, &tasks[b].task);
        let rest = |task: &Task| (task.budget, task.mechanism);
        (a.poster.cmp(&b.poster))
            .then_with(|| a.at.cmp(&b.at))
            .then_with(|| a.items.cmp(&b.items))
            .then_with(|| a.amenities.cmp(&b.amenities))
            .then_with(|| rest(a).cmp(&rest(b)))
    });
    let mut numbers: HashMap<String, u64> = HashMap::new();
    for index in unnamed {
        let poster = tasks[index].task.poster.clone();
        let number = numbers.entry(poster.clone()).or_default();
        let name = loop {
            *number += 1;
            let name = if *number == 1 { poster.clone() } else { format!("{poster}/{number}") };
            if !taken.contains_key(&name) {
                break name;
            }
        };
        taken.insert(name.clone(), index);
        tasks[index].task.name = name;
    }
    Ok(())
}

/// Nobody who keeps every deadline may be cut off by the hard end.
fn check_end(scenario: &Scenario, participants: &[Declared], root: &Node) -> Read<()> {
    let TaskWindows { bid, accept, deliver, grace, review, retention, end } = scenario.windows;
    let longest = |declared: &Declared| match (declared.participant.kind, declared.participant.hours) {
        (ParticipantKind::Human, hours) => {
            let week = hours.map_or(40 * 60, |week| {
                u64::from(week.to_minute - week.from_minute) * u64::from(week.days.count_ones())
            });
            // Any seven days hold a whole working week, so what is left over takes at most seven more.
            Span::hours(7 * 24 * (review.0 / Span::seconds(week * 60).0 + 1))
        }
        _ => review,
    };
    let review = participants.iter().map(longest).max().unwrap_or(review);
    let needed =
        [bid, accept, deliver, grace, review, retention].iter().fold(0u64, |sum, span| sum.saturating_add(span.0));
    if end.0 >= needed {
        return Ok(());
    }
    let hours = Span::hours(needed.div_ceil(Span::hours(1).0));
    let what = format!("tasks end after {end}, but their steps may take {hours} together");
    let place = window_place(root, "end").unwrap_or(&root.place);
    Err(Mistake::new(place, "windows.end", what).hint(format!("write `end = \"{hours}\"` or more, or shorten a step")))
}

fn window_place<'a>(root: &'a Node, name: &str) -> Option<&'a Place> {
    let find = |node: &'a Node, key: &str| match &node.value {
        Value::Table(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node),
        _ => None,
    };
    let windows = find(root, "windows")?;
    Some(&find(windows, name).unwrap_or(windows).place)
}

/// Posters whose money is left out get what their tasks may cost; all money together has to fit.
fn endow(participants: &mut [Declared], tasks: &[Wanted]) -> Read<()> {
    let mut budgets: HashMap<&str, Amount> = HashMap::new();
    for Wanted { task, budget_place, path, .. } in tasks {
        let sum = budgets.entry(task.poster.as_str()).or_default();
        let more = sum.checked_add(task.budget).filter(|sum| *sum <= SUPPLY_MAX);
        *sum = more.ok_or_else(|| Mistake::new(budget_place, format!("{path}.budget"), "the budgets are too much"))?;
    }
    let mut supply = Amount::ZERO;
    for declared in participants {
        let budgets = budgets.get(declared.participant.name.as_str()).copied().unwrap_or_default();
        declared.participant.money = declared.money.unwrap_or(budgets);
        let more = supply.checked_add(declared.participant.money).filter(|sum| *sum <= SUPPLY_MAX);
        supply = more.ok_or_else(|| {
            let what = "all money together is more than an asset can have";
            Mistake::new(&declared.money_place, format!("{}.money", declared.path), what)
        })?;
    }
    Ok(())
}
