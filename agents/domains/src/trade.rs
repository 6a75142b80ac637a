//! What every trade has, and the same without its types for whoever deals with all of them.

use crate::dice::Dice;
use core::time::Duration;
use oikos_agents::{Agent, Fault, Job};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// How an agent goes about its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Manner {
    /// Right on every order.
    Careful,
    /// Takes a short cut that the harder orders do not forgive.
    Hasty,
}

/// What is wrong with a deliverable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {why}")]
pub struct Flaw {
    /// Which part of the deliverable.
    pub at: String,
    /// What is wrong with it.
    pub why: String,
}

impl Flaw {
    /// A flaw at this place.
    pub fn new(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self { at: at.into(), why: why.into() }
    }

    /// `expected` stands where `found` does.
    pub(crate) fn differs(
        at: impl Into<String>,
        expected: impl core::fmt::Debug,
        found: impl core::fmt::Debug,
    ) -> Self {
        Self::new(at, format!("expected {expected:?}, found {found:?}"))
    }
}

/// A question of an exam.
#[derive(Debug, Clone)]
pub struct Question<T: Trade + ?Sized> {
    /// What it is about.
    pub about: &'static str,
    /// The order.
    pub input: T::Input,
    /// A right answer, worked by hand.
    pub right: T::Deliverable,
    /// Wrong answers, each with where its flaw is.
    pub wrong: Vec<(&'static str, T::Deliverable)>,
}

/// A kind of work.
pub trait Trade: 'static {
    /// Its capability in the economy.
    const CAPABILITY: &'static str;
    /// What it is, in a few words.
    const TITLE: &'static str;
    /// An order.
    type Input: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
    /// What is delivered.
    type Deliverable: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// Draws an order.
    fn input(dice: &mut Dice) -> Self::Input;

    /// Does the work.
    ///
    /// # Errors
    /// What makes the order impossible to understand.
    fn work(input: &Self::Input, manner: Manner) -> Result<Self::Deliverable, String>;

    /// Checks a deliverable, without doing the work the agent's way.
    ///
    /// # Errors
    /// The first [`Flaw`] found.
    fn check(input: &Self::Input, deliverable: &Self::Deliverable) -> Result<(), Flaw>;

    /// Orders with known answers.
    fn exam() -> Vec<Question<Self>>;
}

/// Hears of deliverables that the gateway refused.
pub type Refused = Arc<dyn Fn(&Flaw) + Send + Sync>;

/// A trade without its types.
#[derive(Debug, Clone, Copy)]
pub struct Domain {
    /// Its capability in the economy.
    pub capability: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    input: fn(&mut Dice) -> Value,
    work: fn(&Value, Manner) -> Result<Value, String>,
    check: fn(&Value, &Value) -> Result<(), Flaw>,
    teach: fn(Agent, Manner, Duration, Refused) -> Agent,
    exam: fn(Manner) -> (usize, usize),
}

/// All trades.
#[must_use]
pub fn all() -> [Domain; 6] {
    [
        Domain::of::<crate::invoices::Invoices>(),
        Domain::of::<crate::schedules::Schedules>(),
        Domain::of::<crate::redaction::Redaction>(),
        Domain::of::<crate::forms::Forms>(),
        Domain::of::<crate::tariffs::Tariffs>(),
        Domain::of::<crate::exercises::Exercises>(),
    ]
}

impl Domain {
    /// This trade.
    #[must_use]
    pub fn of<T: Trade>() -> Self {
        Self {
            capability: T::CAPABILITY,
            title: T::TITLE,
            input: |dice| json(&T::input(dice)),
            work: |input, manner| T::work(&read::<T::Input>(input)?, manner).map(|done| json(&done)),
            check: |input, deliverable| {
                let input = read::<T::Input>(input).map_err(|why| Flaw::new("input", why))?;
                let deliverable = read::<T::Deliverable>(deliverable).map_err(|why| Flaw::new("deliverable", why))?;
                T::check(&input, &deliverable)
            },
            teach: teach::<T>,
            exam: |manner| {
                let questions = T::exam();
                let passed = questions.iter().filter(|question| {
                    T::work(&question.input, manner).is_ok_and(|done| T::check(&question.input, &done).is_ok())
                });
                (passed.count(), questions.len())
            },
        }
    }

    /// Draws an order.
    #[must_use]
    pub fn input(&self, dice: &mut Dice) -> Value {
        (self.input)(dice)
    }

    /// Does the work.
    ///
    /// # Errors
    /// What makes the order impossible to understand.
    pub fn work(&self, input: &Value, manner: Manner) -> Result<Value, String> {
        (self.work)(input, manner)
    }

    /// Checks a deliverable.
    ///
    /// # Errors
    /// The first [`Flaw`] found; also where input or deliverable do not fit the schema.
    pub fn check(&self, input: &Value, deliverable: &Value) -> Result<(), Flaw> {
        (self.check)(input, deliverable)
    }

    /// Teaches an agent the trade, with a gateway in front of the economy: what does not pass the check is refused
    /// and not delivered, while the contract's clock goes on. `pace` is how long it takes over a job.
    pub fn teach(&self, agent: Agent, manner: Manner, pace: Duration, refused: Refused) -> Agent {
        (self.teach)(agent, manner, pace, refused)
    }

    /// Sits the exam: questions passed, and how many there are.
    #[must_use]
    pub fn exam(&self, manner: Manner) -> (usize, usize) {
        (self.exam)(manner)
    }
}

fn teach<T: Trade>(agent: Agent, manner: Manner, pace: Duration, refused: Refused) -> Agent {
    agent.skill(T::CAPABILITY, move |_: Job, input: T::Input| {
        let refused = Arc::clone(&refused);
        async move {
            let done = T::work(&input, manner).map_err(Fault::Order)?;
            tokio::time::sleep(pace).await;
            T::check(&input, &done).map_err(|flaw| {
                refused(&flaw);
                Fault::Mine(format!("refused by the gateway at {flaw}"))
            })?;
            Ok::<_, Fault>(done)
        }
    })
}

fn read<V: DeserializeOwned>(value: &Value) -> Result<V, String> {
    V::deserialize(value).map_err(|why| why.to_string())
}

/// Plain structures of texts and numbers: that they are JSON cannot fail.
fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examine<T: Trade>() {
        for Question { about, input, right, wrong } in T::exam() {
            assert_eq!(T::check(&input, &right), Ok(()), "{}: {about}", T::CAPABILITY);
            assert!(!wrong.is_empty(), "{}: {about} has no wrong answer", T::CAPABILITY);
            for (at, answer) in wrong {
                let flaw = T::check(&input, &answer).expect_err(&format!("{}: {about}: {at}", T::CAPABILITY));
                assert!(flaw.at.contains(at), "{}: {about}: a flaw at {at} was found at {flaw}", T::CAPABILITY);
            }
        }
    }

    #[test]
    fn the_answers_of_every_exam_pass_and_its_wrong_answers_are_refused_where_they_are_wrong() {
        examine::<crate::invoices::Invoices>();
        examine::<crate::schedules::Schedules>();
        examine::<crate::redaction::Redaction>();
        examine::<crate::forms::Forms>();
        examine::<crate::tariffs::Tariffs>();
        examine::<crate::exercises::Exercises>();
    }

    #[test]
    fn a_careful_agent_passes_every_exam_and_a_hasty_one_passes_none_whole() {
        for domain in all() {
            let (careful, questions) = domain.exam(Manner::Careful);
            assert_eq!(careful, questions, "{}", domain.capability);
            let (hasty, _) = domain.exam(Manner::Hasty);
            assert!(0 < hasty && hasty < questions, "{}: {hasty} of {questions}", domain.capability);
        }
    }

    #[test]
    fn a_careful_agent_passes_on_every_order_and_a_hasty_one_on_most() {
        for domain in all() {
            let (mut dice, mut refused) = (Dice::new(7, domain.capability), 0);
            for order in 0..200 {
                let input = domain.input(&mut dice);
                let done = domain.work(&input, Manner::Careful).unwrap();
                assert_eq!(domain.check(&input, &done), Ok(()), "{} {order}: {input}", domain.capability);
                let quick = domain.work(&input, Manner::Hasty).unwrap();
                refused += u32::from(domain.check(&input, &quick).is_err());
            }
            assert!((10..120).contains(&refused), "{}: {refused} of 200 refused", domain.capability);
        }
    }

    #[test]
    fn a_deliverable_of_another_order_is_refused() {
        for domain in all() {
            let mut dice = Dice::new(11, domain.capability);
            let (one, other) = (domain.input(&mut dice), domain.input(&mut dice));
            assert_ne!(one, other, "{}", domain.capability);
            let done = domain.work(&one, Manner::Careful).unwrap();
            assert!(domain.check(&other, &done).is_err(), "{}", domain.capability);
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_orders_and_another_seed_others() {
        for domain in all() {
            let draw = |seed| domain.input(&mut Dice::new(seed, domain.capability));
            assert_eq!(draw(1), draw(1));
            assert_ne!(draw(1), draw(2), "{}", domain.capability);
        }
    }

    #[test]
    fn what_fits_no_schema_is_refused_and_never_a_panic() {
        for domain in all() {
            let input = domain.input(&mut Dice::new(3, domain.capability));
            for garbage in [Value::Null, Value::from("\u{1b}[2J"), serde_json::json!({"made_up": 1})] {
                assert!(domain.check(&input, &garbage).is_err());
                assert!(domain.work(&garbage, Manner::Careful).is_err());
            }
        }
    }
}
