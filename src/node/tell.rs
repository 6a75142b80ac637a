//! What the parties of a running contract tell each other: looked at, and passed on.
//!
//! Owns the rates and the questions that wait for an answer. Nothing here is journaled, and nothing of the economy
//! depends on it.
//! Invariants: only the two parties of a contract that runs reach each other; one participant says at most
//! [`TELL_PER_SECOND_MAX`] things a second (twice as many in a burst) of [`TELL_BYTES_MAX`] bytes each; memory is
//! bounded: a question a task, [`QUESTIONS_MAX`] of them, a few numbers for whoever spoke in the last seconds.

use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::wire::limits::{QUESTIONS_MAX, TELL_BYTES_MAX, TELL_PER_SECOND_MAX};
use oikos_protocol::wire::receipt::{Refusal, RefusalCode};
use oikos_protocol::wire::tell::{Say, Told};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Participants whose rate is remembered; whoever was silent for as long as a burst takes to fill up is forgotten.
const SPEAKERS_MAX: usize = 4_096;
/// What may be said at once.
const BURST: f64 = TELL_PER_SECOND_MAX as f64 * 2.0;

/// The two parties of a contract that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parties {
    /// Who pays.
    pub poster: ParticipantId,
    /// Who works.
    pub worker: ParticipantId,
}

impl Parties {
    /// The other one, where `by` is one of them and this is its to say.
    fn other(self, by: ParticipantId, is_the_workers: bool) -> Option<ParticipantId> {
        match (by == self.worker, by == self.poster) {
            (true, _) if is_the_workers => Some(self.poster),
            (_, true) if !is_the_workers => Some(self.worker),
            _ => None,
        }
    }
}

/// Rates and questions; shared.
#[derive(Debug, Clone, Default)]
pub struct Telling(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    speakers: HashMap<ParticipantId, Bucket>,
    questions: BTreeMap<TaskId, (ParticipantId, Told<Value>)>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Telling {
    /// Whether this participant may say something of this size now; counts it.
    ///
    /// # Errors
    /// `too_large` or `busy`.
    pub fn charge(&self, by: ParticipantId, bytes: usize) -> Result<(), Refusal> {
        self.charge_at(by, bytes, Instant::now())
    }

    fn charge_at(&self, by: ParticipantId, bytes: usize, now: Instant) -> Result<(), Refusal> {
        if bytes > TELL_BYTES_MAX {
            let text = format!("what is told has at most {TELL_BYTES_MAX} bytes, this has {bytes}");
            return Err(Refusal::new(RefusalCode::TooLarge, text));
        }
        let mut state = self.lock();
        if state.speakers.len() >= SPEAKERS_MAX {
            state.speakers.retain(|_, bucket| now.duration_since(bucket.at) < Duration::from_secs(2));
        }
        let bucket = state.speakers.entry(by).or_insert(Bucket { left: BURST, at: now });
        let passed = now.duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + passed * f64::from(TELL_PER_SECOND_MAX)).min(BURST);
        bucket.at = now;
        if bucket.left < 1.0 {
            let text = format!("at most {TELL_PER_SECOND_MAX} things a second may be told");
            return Err(Refusal::new(RefusalCode::Busy, text).retry_after_ms(50));
        }
        bucket.left -= 1.0;
        Ok(())
    }

    /// To whom this goes; keeps a question, and lets go of one that is answered.
    ///
    /// # Errors
    /// `not_allowed`.
    pub fn pass(&self, told: &Told<Value>, parties: Option<Parties>) -> Result<ParticipantId, Refusal> {
        let not = |text: &str| Refusal::new(RefusalCode::NotAllowed, text.to_owned()).at("say.task");
        let parties = parties.ok_or_else(|| not("no contract on this task runs"))?;
        let other = parties
            .other(told.by, told.say.is_the_workers())
            .ok_or_else(|| not("the worker of a contract tells and asks, its poster answers"))?;
        let mut state = self.lock();
        match &told.say {
            Say::Question(_) => {
                state.questions.insert(told.task, (parties.poster, told.clone()));
                if state.questions.len() > QUESTIONS_MAX {
                    state.questions.pop_first();
                }
            }
            Say::Answer(_) if state.questions.remove(&told.task).is_none() => {
                return Err(not("no question about this task waits for an answer"));
            }
            _ => {}
        }
        Ok(other)
    }

    /// The questions that wait for this participant.
    #[must_use]
    pub fn questions(&self, poster: ParticipantId) -> Vec<Told<Value>> {
        let state = self.lock();
        state.questions.values().filter(|(whose, _)| *whose == poster).map(|(_, told)| told.clone()).collect()
    }

    /// The contract runs no more: nobody waits for an answer.
    pub fn forget(&self, task: TaskId) {
        self.lock().questions.remove(&task);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTER: ParticipantId = ParticipantId(1);
    const WORKER: ParticipantId = ParticipantId(2);
    const RUNS: Option<Parties> = Some(Parties { poster: POSTER, worker: WORKER });

    fn told(by: ParticipantId, say: Say<Value>) -> Told<Value> {
        Told { task: TaskId(7), by, say }
    }

    #[test]
    fn only_the_parties_of_a_running_contract_reach_each_other() {
        let telling = Telling::default();
        let half = || Say::Progress(Value::from(0.5));
        assert_eq!(telling.pass(&told(WORKER, half()), RUNS), Ok(POSTER));
        for (by, say, parties) in [
            (WORKER, half(), None),
            (POSTER, half(), RUNS),
            (ParticipantId(3), half(), RUNS),
            (WORKER, Say::Answer("7".to_owned()), RUNS),
            (POSTER, Say::Answer("nobody asked".to_owned()), RUNS),
        ] {
            let refused = telling.pass(&told(by, say), parties).unwrap_err();
            assert_eq!(refused.code, RefusalCode::NotAllowed, "{}", refused.message);
        }
    }

    #[test]
    fn a_question_waits_for_the_poster_until_it_is_answered_once() {
        let telling = Telling::default();
        let question = told(WORKER, Say::Question("which language?".to_owned()));
        telling.pass(&question, RUNS).unwrap();
        assert_eq!((telling.questions(POSTER), telling.questions(WORKER)), (vec![question], Vec::new()));
        let answer = told(POSTER, Say::Answer("Greek".to_owned()));
        assert_eq!(telling.pass(&answer, RUNS), Ok(WORKER));
        assert!(telling.questions(POSTER).is_empty() && telling.pass(&answer, RUNS).is_err());
    }

    #[test]
    fn whoever_tells_too_much_or_too_large_is_refused_and_others_are_not() {
        let (telling, now) = (Telling::default(), Instant::now());
        assert_eq!(telling.charge_at(WORKER, TELL_BYTES_MAX + 1, now).unwrap_err().code, RefusalCode::TooLarge);
        for _ in 0..2 * TELL_PER_SECOND_MAX {
            telling.charge_at(WORKER, 10, now).unwrap();
        }
        let refused = telling.charge_at(WORKER, 10, now).unwrap_err();
        assert_eq!((refused.code, refused.retry_after_ms), (RefusalCode::Busy, Some(50)));
        telling.charge_at(POSTER, 10, now).unwrap();
        telling.charge_at(WORKER, 10, now + Duration::from_millis(50)).unwrap();
    }
}
