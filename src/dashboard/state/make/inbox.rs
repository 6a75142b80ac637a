//! The rows of what waits for you.

use super::super::snapshot::{InboxRow, asks};
use super::maker::{Maker, ms};
use crate::text::safe;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::wire::query::{Decision, InboxItem};
use oikos_views::task::Happened;

impl Maker<'_> {
    pub(super) fn waiting(&self, item: &InboxItem) -> InboxRow {
        let wants: Vec<_> = item.requires.iter().map(|capability| safe(capability.as_str())).collect();
        let life = self.overview.timelines().get(item.task);
        let delivered = life.and_then(|life| {
            life.story.iter().rev().find_map(|told| match &told.what {
                Happened::Task(TaskEvent::Submitted { deliverable, .. }) => Some(*deliverable),
                _ => None,
            })
        });
        let hash = if item.decision == Decision::Review { delivered } else { life.map(|life| life.spec.input) };
        let until = item.by.0.saturating_sub(self.overview.t().0);
        InboxRow {
            task: item.task,
            decision: item.decision,
            asks: asks(item.decision),
            from: self.facts.names.name(item.from),
            amount: format!("{} {}", safe(&item.amount.amount.0), item.amount.asset),
            wants: wants.join(", "),
            left_ms: ms(until),
            if_silent: item.if_silent,
            if_silent_text: safe(&item.if_silent_text),
            milestone: item.milestone.map(|milestone| milestone.0),
            content: hash.and_then(|hash| self.facts.texts.get(&hash).cloned()),
        }
    }
}
