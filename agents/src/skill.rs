//! Skills: what an agent can do, as an async function from a type to a type.
//!
//! Input and output are JSON on the wire; serde reads and writes them, and schemars says what they look like. An
//! input that does not fit is the order's fault, never the worker's.

use crate::fault::Fault;
use crate::job::Job;
use crate::program::lines::{Lines, Told};
use crate::program::{Program, once};
use core::pin::Pin;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// The work on one job, under way.
pub(crate) type Working = Pin<Box<dyn Future<Output = Result<Value, Fault>> + Send>>;

/// Something that does jobs.
pub(crate) trait Work: Send + Sync {
    fn work(&self, job: Job, input: Value) -> Working;
}

/// What a skill takes and gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Schemas {
    /// Of the input.
    pub input: Schema,
    /// Of the output.
    pub output: Schema,
}

/// An async function that can be a skill: `async fn(Input) -> Result<Output, Fault>`, or with a [`Job`] before the
/// input.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a skill",
    note = "write `async fn name(input: Input) -> Result<Output, Fault>`, or `async fn name(job: Job, input: Input) -> …`",
    note = "`Input` derives `serde::Deserialize` and `schemars::JsonSchema`, `Output` `serde::Serialize` and `JsonSchema`"
)]
pub trait Skill<Args>: Send + Sync + 'static {
    /// What it takes and gives.
    fn schemas() -> Schemas;

    /// Does one job.
    fn call(&self, job: Job, input: Value) -> impl Future<Output = Result<Value, Fault>> + Send + 'static;
}

impl<F, Working, Input, Output> Skill<(Input,)> for F
where
    F: Fn(Input) -> Working + Send + Sync + 'static,
    Working: Future<Output = Result<Output, Fault>> + Send + 'static,
    Input: DeserializeOwned + JsonSchema + 'static,
    Output: Serialize + JsonSchema,
{
    fn schemas() -> Schemas {
        schemas_of::<Input, Output>()
    }

    fn call(&self, _: Job, input: Value) -> impl Future<Output = Result<Value, Fault>> + Send + 'static {
        let working = read(input).map(self);
        async move { Ok(serde_json::to_value(working?.await?)?) }
    }
}

impl<F, Working, Input, Output> Skill<(Job, Input)> for F
where
    F: Fn(Job, Input) -> Working + Send + Sync + 'static,
    Working: Future<Output = Result<Output, Fault>> + Send + 'static,
    Input: DeserializeOwned + JsonSchema + 'static,
    Output: Serialize + JsonSchema,
{
    fn schemas() -> Schemas {
        schemas_of::<Input, Output>()
    }

    fn call(&self, job: Job, input: Value) -> impl Future<Output = Result<Value, Fault>> + Send + 'static {
        let working = read(input).map(|input| self(job, input));
        async move { Ok(serde_json::to_value(working?.await?)?) }
    }
}

fn read<Input: DeserializeOwned>(input: Value) -> Result<Input, Fault> {
    serde_json::from_value(input).map_err(|why| Fault::Order(format!("the input does not fit: {why}")))
}

fn schemas_of<Input: JsonSchema, Output: JsonSchema>() -> Schemas {
    let of = |make: fn(SchemaGenerator) -> Schema| make(SchemaGenerator::default());
    Schemas {
        input: of(SchemaGenerator::into_root_schema_for::<Input>),
        output: of(SchemaGenerator::into_root_schema_for::<Output>),
    }
}

/// A function as work.
pub(crate) struct Function<S, Args> {
    pub(crate) skill: S,
    pub(crate) args: core::marker::PhantomData<fn(Args)>,
}

impl<S: Skill<Args>, Args: 'static> Work for Function<S, Args> {
    fn work(&self, job: Job, input: Value) -> Working {
        Box::pin(self.skill.call(job, input))
    }
}

/// A program that is started for each job.
impl Work for Program {
    fn work(&self, _: Job, input: Value) -> Working {
        let program = self.clone();
        Box::pin(async move { once::run(&program, &input).await })
    }
}

/// Live processes of one program: as many as there are jobs at once, each used again.
pub(crate) struct Pool {
    program: Program,
    idle: Arc<Mutex<Vec<Lines>>>,
}

impl Pool {
    pub(crate) fn new(program: Program) -> Self {
        Self { program, idle: Arc::default() }
    }
}

impl Work for Pool {
    fn work(&self, job: Job, input: Value) -> Working {
        let (program, idle) = (self.program.clone(), Arc::clone(&self.idle));
        Box::pin(async move {
            let waiting = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut lines = waiting.unwrap_or_else(|| Lines::new(program));
            let outcome = lines.run(&input, job.answer().as_deref(), &mut |told: Told| job.tell(told)).await;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(lines);
            outcome
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::id::{Capability, ParticipantId, TaskId};

    fn job() -> Job {
        Job::new(TaskId(0), Capability::new("text.shout/v1").unwrap(), ParticipantId(1)).0
    }

    async fn shout(text: String) -> Result<String, Fault> {
        Ok(text.to_uppercase())
    }

    async fn measured(job: Job, text: String) -> Result<usize, Fault> {
        job.cost("0.003".parse()?);
        Ok(text.len())
    }

    #[tokio::test]
    async fn a_function_is_a_skill_with_or_without_the_job() {
        assert_eq!(Skill::<(_,)>::call(&shout, job(), Value::from("hi")).await, Ok(Value::from("HI")));
        let job = job();
        assert_eq!(Skill::<(_, _)>::call(&measured, job.clone(), Value::from("hi")).await, Ok(Value::from(2)));
        assert_eq!(job.cost_told(), "0.003".parse().ok());
    }

    #[tokio::test]
    async fn an_input_that_does_not_fit_is_the_orders_fault() {
        let outcome = Skill::<(_,)>::call(&shout, job(), Value::from(7)).await;
        assert!(matches!(outcome, Err(Fault::Order(why)) if why.contains("expected a string")));
    }

    #[test]
    fn the_types_say_what_a_skill_takes_and_gives() {
        fn schemas<S: Skill<Args>, Args>(_: S) -> Schemas {
            S::schemas()
        }
        let schemas = schemas(measured);
        assert_eq!(schemas.input.get("type").and_then(Value::as_str), Some("string"));
        assert_eq!(schemas.output.get("type").and_then(Value::as_str), Some("integer"));
    }
}
