//! The rows of events.

use super::super::sentence::Speaker;
use super::super::snapshot::EventRow;
use super::filter::has;
use super::maker::{Maker, ms};
use oikos_protocol::event::Event;

impl Maker<'_> {
    pub(super) fn log(&self) -> Vec<EventRow> {
        let speaker = self.speaker();
        let rows = self.overview.log().rev().map(|seen| EventRow {
            sequence: seen.at.seq,
            index: seen.at.index,
            t_ms: ms(seen.t.0),
            kind: Speaker::kind(&seen.event),
            task: match &seen.event {
                Event::Task(event) => Some(event.task()),
                Event::Money(moved) => moved.from.task().or(moved.to.task()),
                _ => None,
            },
            text: speaker.event(&seen.event),
        });
        let wanted = |row: &EventRow| {
            let task = row.task.map(|task| task.to_string()).unwrap_or_default();
            has(&format!("{} {} {task} {}", row.sequence, row.kind, row.text), &self.lens.log)
        };
        rows.filter(wanted).take(self.lens.rows_max).collect()
    }
}
