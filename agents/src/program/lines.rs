//! A program that stays alive: one JSON object a line, in either direction.
//!
//! To the program, one line a job: `{"job":7,"input":…}`, with `"answer":"…"` where the buyer answered its question. From it, any number of `{"progress":…}`, `{"chunk":…}`
//! and `{"cost":"0.003"}`, then one `{"output":…}`, or `{"fault":{"order":"why"}}` (`mine`, `order` or `retry`).
//! Owns one process that does one job at a time; where it breaks the protocol it is killed and started anew.

use super::Program;
use super::group::Group;
use crate::fault::Fault;
use core::time::Duration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::ChildStdout;

/// Before a program that asked for another try gets it.
const PAUSE: Duration = Duration::from_secs(1);

/// What a program tells about a job before its result.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// How far it is: anything that the buyer understands.
    Progress(Value),
    /// A piece of the result, ahead of the whole.
    Chunk(Value),
    /// What this job has cost the worker so far, a decimal string in the worker's own money.
    Cost(String),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Progress(Value),
    Chunk(Value),
    Cost(String),
    Output(Value),
    Fault(FaultLine),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum FaultLine {
    Mine(String),
    Order(String),
    Retry(String),
}

/// One live process of a program.
#[derive(Debug)]
pub struct Lines {
    program: Program,
    live: Option<Live>,
    job: u64,
}

#[derive(Debug)]
struct Live {
    group: Group,
}

impl Lines {
    /// A process that is started with its first job.
    #[must_use]
    pub const fn new(program: Program) -> Self {
        Self { program, live: None, job: 0 }
    }

    /// Does one job. What the program tells on its way goes to `told`.
    ///
    /// # Errors
    /// The fault that the program names, or [`Fault::Mine`] where it breaks the protocol, ends, takes too long or
    /// writes too much; then it is killed, and the next job starts it anew.
    pub async fn run(
        &mut self,
        input: &Value,
        answer: Option<&str>,
        told: &mut (dyn FnMut(Told) + Send),
    ) -> Result<Value, Fault> {
        self.job += 1;
        let mut live = match self.live.take() {
            Some(live) => live,
            None => Live::start(&self.program)?,
        };
        let mut line = serde_json::json!({"job": self.job, "input": input});
        if let Some(answer) = answer {
            line["answer"] = answer.into();
        }
        let line = line.to_string() + "\n";
        let answer = live.converse(&self.program, line.as_bytes(), told);
        match tokio::time::timeout(self.program.limits.time_max, answer).await {
            Err(_) => Err(self.program.too_slow()),
            Ok(Err(broken)) => Err(broken),
            Ok(Ok(answer)) => {
                self.live = Some(live);
                answer
            }
        }
    }
}

impl Live {
    fn start(program: &Program) -> Result<Self, Fault> {
        let group = Group::start(program).map_err(|why| Fault::Mine(format!("`{}`: {why}", program.name())))?;
        Ok(Self { group })
    }

    /// The outer error says that the process is of no further use.
    async fn converse(
        &mut self,
        program: &Program,
        line: &[u8],
        told: &mut (dyn FnMut(Told) + Send),
    ) -> Result<Result<Value, Fault>, Fault> {
        let Group { stdin, stdout, .. } = &mut self.group;
        let gone = || Fault::Mine(format!("`{}` ended in the middle of a job", program.name()));
        let mut reader = BufReader::new(stdout.take(program.limits.output_bytes_max as u64 + 1));
        // Written while reading, for a program that talks before it listens.
        let sent = async {
            let stdin = stdin.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
            stdin.write_all(line).await?;
            stdin.flush().await
        };
        let (sent, answer) = tokio::join!(sent, Self::listen(&mut reader, program, told));
        match (sent, answer) {
            (_, Ok(Some(answer))) => Ok(answer),
            (_, Ok(None)) if reader.get_ref().limit() == 0 => Err(program.too_much()),
            (_, Err(fault)) => Err(fault),
            (_, Ok(None)) => Err(gone()),
        }
    }

    async fn listen(
        reader: &mut BufReader<tokio::io::Take<&mut ChildStdout>>,
        program: &Program,
        told: &mut (dyn FnMut(Told) + Send),
    ) -> Result<Option<Result<Value, Fault>>, Fault> {
        let mut line = Vec::new();
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line).await?;
            if line.pop_if(|last| *last == b'\n').is_none() {
                return Ok(None);
            }
            let line: Line = serde_json::from_slice(&line).map_err(|why| {
                Fault::Mine(format!("`{}` wrote a line that is none of its protocol: {why}", program.name()))
            })?;
            match line {
                Line::Progress(value) => told(Told::Progress(value)),
                Line::Chunk(value) => told(Told::Chunk(value)),
                Line::Cost(cost) => told(Told::Cost(cost)),
                Line::Output(value) => return Ok(Some(Ok(value))),
                Line::Fault(FaultLine::Mine(why)) => return Ok(Some(Err(Fault::Mine(why)))),
                Line::Fault(FaultLine::Order(why)) => return Ok(Some(Err(Fault::Order(why)))),
                Line::Fault(FaultLine::Retry(why)) => return Ok(Some(Err(Fault::retry(why, PAUSE)))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Limits;

    fn lines(script: &str) -> Lines {
        let limits = Limits { time_max: Duration::from_millis(2_000), output_bytes_max: 4096 };
        Lines::new(Program::new(["sh", "-c", script].map(Into::into).to_vec(), limits).unwrap())
    }

    async fn job(lines: &mut Lines) -> (Result<Value, Fault>, Vec<Told>) {
        let mut told = Vec::new();
        let outcome = lines.run(&Value::from("x"), None, &mut |item| told.push(item)).await;
        (outcome, told)
    }

    #[tokio::test]
    async fn one_process_does_job_after_job_and_tells_how_far_it_is() {
        let mut counter = lines(
            r#"n=0; while read -r line; do n=$((n+1)); echo '{"progress":0.5}'; echo '{"cost":"0.003"}'; echo "{\"output\":$n}"; done"#,
        );
        let (first, told) = job(&mut counter).await;
        assert_eq!(first, Ok(Value::from(1)));
        assert_eq!(told, [Told::Progress(Value::from(0.5)), Told::Cost("0.003".to_owned())]);
        assert_eq!(job(&mut counter).await.0, Ok(Value::from(2)));
    }

    #[tokio::test]
    async fn a_program_names_whose_fault_it_is() {
        let mut picky = lines(r#"while read -r line; do echo '{"fault":{"order":"which language?"}}'; done"#);
        assert_eq!(job(&mut picky).await.0, Err(Fault::Order("which language?".to_owned())));
    }

    #[tokio::test]
    async fn after_garbage_a_flood_a_hang_or_an_end_the_next_job_gets_a_fresh_process() {
        let mark = std::env::temp_dir().join(format!("oikos-lines-{}", std::process::id()));
        for (bad, said) in [
            ("echo nonsense", "none of its protocol"),
            ("yes '{\"progress\":1}'", "more than 4096 bytes"),
            ("sleep 300", "gave no result"),
            ("exit 3", "ended in the middle"),
        ] {
            let script = format!(
                "if [ -e {0} ]; then read -r line; echo '{{\"output\":\"well\"}}'; read -r line; fi; touch {0}; read -r line; {bad}",
                mark.display()
            );
            let mut moody = lines(&script);
            match job(&mut moody).await.0 {
                Err(Fault::Mine(why)) => assert!(why.contains(said), "{bad}: {why}"),
                other => panic!("{bad}: {other:?}"),
            }
            assert_eq!(job(&mut moody).await.0, Ok(Value::from("well")), "{bad}");
            std::fs::remove_file(&mark).unwrap();
        }
    }
}
