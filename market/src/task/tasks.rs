//! All tasks by number: those that live, and of the others only how they ended.

use super::state::Task;
use alloc::boxed::Box;
use alloc::vec::Vec;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::TaskId;
use serde::{Deserialize, Serialize};

/// A place for a task. What is over takes no more room than the place itself.
#[derive(Debug, Serialize, Deserialize)]
enum Slot {
    Open(Box<Task>),
    Over(Phase),
}

/// All tasks, in order of creation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tasks(Vec<Slot>);

impl Tasks {
    pub(crate) fn next(&self) -> TaskId {
        TaskId(self.0.len() as u64)
    }

    pub(crate) fn push(&mut self, task: Task) {
        self.0.push(Slot::Open(Box::new(task)));
    }

    pub(crate) fn phase(&self, id: TaskId) -> Option<Phase> {
        match self.0.get(usize::try_from(id.0).ok()?)? {
            Slot::Open(task) => Some(task.state.phase()),
            Slot::Over(phase) => Some(*phase),
        }
    }

    pub(crate) fn open(&self, id: TaskId) -> Option<&Task> {
        match self.0.get(usize::try_from(id.0).ok()?)? {
            Slot::Open(task) => Some(task),
            Slot::Over(_) => None,
        }
    }

    pub(crate) fn open_mut(&mut self, id: TaskId) -> Option<&mut Task> {
        match self.0.get_mut(usize::try_from(id.0).ok()?)? {
            Slot::Open(task) => Some(task),
            Slot::Over(_) => None,
        }
    }

    /// Ends a task, and hands out what it was.
    pub(crate) fn end(&mut self, id: TaskId, phase: Phase) -> Option<Task> {
        let slot = self.0.get_mut(usize::try_from(id.0).ok()?)?;
        match core::mem::replace(slot, Slot::Over(phase)) {
            Slot::Open(task) => Some(*task),
            Slot::Over(before) => {
                *slot = Slot::Over(before);
                None
            }
        }
    }

    pub(crate) fn all_open(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        (0..).map(TaskId).zip(&self.0).filter_map(|(id, slot)| match slot {
            Slot::Open(task) => Some((id, &**task)),
            Slot::Over(_) => None,
        })
    }
}
