//! Alerts: what needs a look, each with the number that raised it and the bound it passed.
//!
//! Invariant: an alert follows from the events and the inbox alone; the same events raise the same alerts.

use super::sentence::Speaker;
use super::snapshot::InboxRow;
use super::sum::{lasting, percent};
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::ParticipantId;
use oikos_views::Overview;
use serde::Serialize;
use std::collections::BTreeMap;

/// More of the last endings than this are defaults.
const DEFAULTS_MAX: u32 = 100_000;
/// More of the last endings than this found nobody.
const NO_AWARDS_MAX: u32 = 300_000;
/// One worker settles more of the last tasks than this.
const CONCENTRATION_MAX: u32 = 500_000;
/// Prices of the last steps are off the mean by more than this.
const PRICE_MOVE_MAX: u32 = 300_000;
/// A share is only told of at least so many.
const SAMPLE_MIN: usize = 20;
/// A decision of yours falls due within this time.
const SOON_MS: u64 = 60_000;

/// How bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Something is wrong.
    Alarm,
    /// Something is out of the ordinary.
    Watch,
}

/// Something that needs a look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// How bad.
    pub level: Level,
    /// A stable word for programs.
    pub code: &'static str,
    /// In words.
    pub text: String,
    /// The number that raised it.
    pub number: String,
    /// The bound it passed, with the side on which it is: `> 10%`.
    pub bound: String,
}

/// What needs a look, the worst first.
#[must_use]
pub fn alerts(overview: &Overview, inbox: &[InboxRow], conserved: Option<bool>, speaker: Speaker<'_>) -> Vec<Alert> {
    let mut found = Vec::new();
    let mut raise = |level, code, text: String, number: String, bound: &str| {
        found.push(Alert { level, code, text, number, bound: bound.to_owned() });
    };
    if conserved == Some(false) {
        let text = "money is not conserved: the purses do not add up to the supply".to_owned();
        raise(Level::Alarm, "not_conserved", text, "supply - purses".to_owned(), "≠ 0");
    }
    let endings = overview.endings().len();
    let share = |count: usize| u32::try_from(count as u64 * 1_000_000 / (endings as u64).max(1)).unwrap_or(u32::MAX);
    let count = |phase: Phase| overview.endings().filter(|ending| ending.phase == phase).count();
    if endings >= SAMPLE_MIN {
        let defaults = share(count(Phase::Defaulted));
        if defaults > DEFAULTS_MAX {
            let text = format!("of the last {endings} tasks {} ended in default", percent(defaults));
            raise(Level::Alarm, "defaults", text, percent(defaults), &format!("> {}", percent(DEFAULTS_MAX)));
        }
        let nobody = share(count(Phase::NoAward));
        if nobody > NO_AWARDS_MAX {
            let text = format!("of the last {endings} tasks {} found nobody", percent(nobody));
            raise(Level::Watch, "no_awards", text, percent(nobody), &format!("> {}", percent(NO_AWARDS_MAX)));
        }
    }
    let mut workers: BTreeMap<ParticipantId, usize> = BTreeMap::new();
    let settled = overview.endings().filter(|ending| ending.phase == Phase::Settled);
    settled.filter_map(|ending| ending.worker).for_each(|worker| *workers.entry(worker).or_default() += 1);
    let all: usize = workers.values().sum();
    if let Some((&worker, &most)) = workers.iter().max_by_key(|(_, count)| **count)
        && all >= SAMPLE_MIN
    {
        let share = u32::try_from(most as u64 * 1_000_000 / all as u64).unwrap_or(u32::MAX);
        if share > CONCENTRATION_MAX {
            let text = format!("{} did {} of the last {all} settled tasks", speaker.name(worker), percent(share));
            raise(Level::Watch, "concentration", text, percent(share), &format!("> {}", percent(CONCENTRATION_MAX)));
        }
    }
    if let Some(moved) = price_move(overview)
        && moved.unsigned_abs() > u64::from(PRICE_MOVE_MAX)
    {
        let number = format!("{}{}", if moved < 0 { "-" } else { "+" }, shown(moved.unsigned_abs()));
        let text = format!("prices are off their mean by {number}");
        raise(Level::Watch, "price_move", text, number, &format!("> {}", percent(PRICE_MOVE_MAX)));
    }
    if let Some(beacon) = overview.beacon().filter(|beacon| beacon.left < 1_000) {
        let text = format!("the beacon has {} links left; without one no lot is drawn", beacon.left);
        raise(Level::Watch, "beacon", text, beacon.left.to_string(), "< 1000");
    }
    for item in inbox.iter().filter(|item| item.left_ms < SOON_MS) {
        let left = lasting(item.left_ms * 1_000_000);
        let text = format!("{} waits for you; in {left} {}", item.task, item.if_silent_text);
        raise(Level::Watch, "due_soon", text, left, "< 1m");
    }
    found.sort_by_key(|alert| alert.level);
    found.truncate(16);
    found
}

/// The mean of the last eighth of all steps against that of all, in millionths.
fn price_move(overview: &Overview) -> Option<i64> {
    let series = overview.series();
    let late = series.buckets().len() - series.buckets().len() / 8;
    let (mut sum, mut count) = (0i128, 0u64);
    for bucket in series.buckets().skip(late) {
        (sum, count) = (sum.saturating_add(bucket.prices.sum), count + bucket.prices.count);
    }
    let mean = overview.prices().mean()?;
    if count < SAMPLE_MIN as u64 / 4 || overview.prices().count < SAMPLE_MIN as u64 || mean == 0 {
        return None;
    }
    i64::try_from((sum / i128::from(count) - mean).checked_mul(1_000_000)? / mean).ok()
}

fn shown(millionths: u64) -> String {
    percent(u32::try_from(millionths).unwrap_or(u32::MAX))
}
