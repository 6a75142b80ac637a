//! A program that is started for each job: the input is its whole standard input, the result its whole output.

use super::Program;
use super::group::Group;
use crate::fault::Fault;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Runs the program on one input.
///
/// # Errors
/// [`Fault::Mine`] where it cannot be started, ends with another code than 0, takes too long, writes too much,
/// or writes something else than one JSON value.
pub async fn run(program: &Program, input: &Value) -> Result<Value, Fault> {
    let mut group = Group::start(program).map_err(|why| Fault::Mine(format!("`{}`: {why}", program.name())))?;
    let ended = tokio::time::timeout(program.limits.time_max, converse(&mut group, program, input)).await;
    let output = ended.map_err(|_| program.too_slow())??;
    let left = tokio::time::timeout(program.limits.time_max, group.child.wait()).await;
    let status = left.map_err(|_| program.too_slow())??;
    if !status.success() {
        let complaint = group.complaint().await;
        return Err(Fault::Mine(format!("`{}` ended with {status}: {complaint}", program.name())));
    }
    serde_json::from_slice(&output)
        .map_err(|why| Fault::Mine(format!("`{}` wrote something else than JSON: {why}", program.name())))
}

/// Writes and reads at once: a program may answer before it has read everything.
async fn converse(group: &mut Group, program: &Program, input: &Value) -> Result<Vec<u8>, Fault> {
    let mut sent = serde_json::to_vec(input)?;
    sent.push(b'\n');
    let mut output = Vec::new();
    let (stdin, stdout) = (group.stdin.take(), &mut group.stdout);
    let writing = async move {
        if let Some(mut stdin) = stdin {
            // A program that does not want its input is not wrong: `echo 1` never reads. Dropping closes the pipe.
            stdin.write_all(&sent).await.ok();
        }
    };
    let mut limited = stdout.take(program.limits.output_bytes_max as u64 + 1);
    let ((), read) = tokio::join!(writing, limited.read_to_end(&mut output));
    read?;
    if output.len() > program.limits.output_bytes_max { Err(program.too_much()) } else { Ok(output) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Limits;
    use core::time::Duration;
    use std::time::Instant;

    fn program(command: &[&str], time_ms: u64) -> Program {
        let limits = Limits { time_max: Duration::from_millis(time_ms), output_bytes_max: 4096 };
        Program::new(command.iter().map(Into::into).collect(), limits).unwrap()
    }

    fn why(outcome: Result<Value, Fault>) -> String {
        match outcome {
            Err(Fault::Mine(why)) => why,
            other => panic!("expected the worker's fault, got {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_program_turns_json_into_json() {
        let shout = program(&["tr", "a-z", "A-Z"], 5_000);
        assert_eq!(run(&shout, &Value::from("hello")).await, Ok(Value::from("HELLO")));
    }

    #[tokio::test]
    async fn a_program_need_not_read_its_input() {
        let big = Value::from("x".repeat(200_000));
        assert_eq!(run(&program(&["echo", "7"], 5_000), &big).await, Ok(Value::from(7)));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_killed_with_all_it_started() {
        let started = Instant::now();
        let hang = program(&["sh", "-c", "sleep 300 & echo $! >&2; sleep 300"], 200);
        assert!(why(run(&hang, &Value::Null).await).contains("was killed"));
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_grandchild_that_stays_behind_dies_with_its_group() {
        let folder = std::env::temp_dir().join(format!("oikos-group-{}", std::process::id()));
        let script = format!("sleep 300 </dev/null >/dev/null 2>&1 & echo $! > {0}; echo 1", folder.display());
        assert_eq!(run(&program(&["sh", "-c", &script], 5_000), &Value::Null).await, Ok(Value::from(1)));
        let pid = std::fs::read_to_string(&folder).unwrap();
        std::fs::remove_file(&folder).unwrap();
        let gone = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
            stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z ")) // nobody has reaped it yet
        };
        for _ in 0..100 {
            if gone() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("process {pid} outlived its group");
    }

    #[tokio::test]
    async fn a_program_that_floods_is_killed() {
        assert!(why(run(&program(&["yes"], 20_000), &Value::Null).await).contains("more than 4096 bytes"));
    }

    #[tokio::test]
    async fn a_program_that_fails_is_quoted() {
        let said = why(run(&program(&["sh", "-c", "echo no paper >&2; exit 3"], 5_000), &Value::Null).await);
        assert!(said.contains("exit status: 3: no paper"), "{said}");
        assert!(why(run(&program(&["/no/such/program"], 5_000), &Value::Null).await).contains("/no/such/program"));
    }

    #[tokio::test]
    async fn garbage_is_not_a_result() {
        for garbage in ["", "hello", "{\"a\":1} trailing", "\u{1b}[31m"] {
            let said = why(run(&program(&["printf", "%s", garbage], 5_000), &Value::Null).await);
            assert!(said.contains("something else than JSON"), "{said}");
        }
    }
}
