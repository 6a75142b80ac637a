//! Who posted a task, as far as somebody asked or read of it lately: what never changes is not looked up twice.
//!
//! Whoever reads the past page by page meets the draft of a task before its money.

use oikos_protocol::id::{ParticipantId, TaskId};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Tasks that are remembered; the one that was learned first gives way.
const TASKS_MAX: usize = 16_384;

#[derive(Default)]
pub(crate) struct Posters(Mutex<Known>);

#[derive(Default)]
struct Known {
    posters: HashMap<TaskId, ParticipantId>,
    learned: VecDeque<TaskId>,
}

impl Posters {
    pub(crate) fn learn(&self, task: TaskId, poster: ParticipantId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.posters.insert(task, poster).is_none() {
            known.learned.push_back(task);
            if known.learned.len() > TASKS_MAX
                && let Some(oldest) = known.learned.pop_front()
            {
                known.posters.remove(&oldest);
            }
        }
    }

    pub(crate) fn of(&self, task: TaskId) -> Option<ParticipantId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).posters.get(&task).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_first_gives_way_and_nothing_else() {
        let posters = Posters::default();
        let all = TASKS_MAX as u64 + 10;
        (0..all).for_each(|n| posters.learn(TaskId(n), ParticipantId(n % 7)));
        posters.learn(TaskId(all - 1), ParticipantId((all - 1) % 7));
        assert_eq!(posters.of(TaskId(9)), None);
        assert!((10..all).all(|n| posters.of(TaskId(n)) == Some(ParticipantId(n % 7))));
    }
}
