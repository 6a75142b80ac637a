//! A child in a process group of its own, killed with all it started when it is let go.

use super::Program;
use rustix::process::{Pid, Signal, kill_process_group};
use std::process::Stdio;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// What is kept of a program's complaints.
const COMPLAINT_BYTES_MAX: usize = 2 << 10;

/// A running program. Dropping it kills its whole group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) child: Child,
    leader: Option<Pid>,
    /// Taken, and with it closed, by whoever sends one input only.
    pub(super) stdin: Option<ChildStdin>,
    pub(super) stdout: ChildStdout,
    complaint: tokio::task::JoinHandle<String>,
}

impl Group {
    /// Starts the program.
    pub(super) fn start(program: &Program) -> std::io::Result<Self> {
        let mut parts = program.command.iter();
        let mut command = Command::new(parts.next().ok_or(std::io::ErrorKind::InvalidInput)?);
        command.args(parts).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Keys are the worker's, not the program's.
        command.env_remove("OIKOS_HOME").process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let missing = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        Ok(Self { child, leader, stdin: Some(stdin), stdout, complaint: tokio::spawn(first_of(stderr)) })
    }

    /// The beginning of what it complained about, once it has ended.
    pub(super) async fn complaint(mut self) -> String {
        self.kill();
        (&mut self.complaint).await.unwrap_or_default()
    }

    /// Kills the program and all it started.
    pub(super) fn kill(&self) {
        if let Some(leader) = self.leader {
            // Nothing left to kill is as good as killed.
            kill_process_group(leader, Signal::KILL).ok();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The first bytes of a stream, which is read to its end all the same, so that its writer never waits.
async fn first_of(mut stream: impl AsyncRead + Unpin) -> String {
    let (mut kept, mut chunk) = (Vec::new(), [0; 4096]);
    while let Ok(read) = stream.read(&mut chunk).await {
        if read == 0 {
            break;
        }
        let room = COMPLAINT_BYTES_MAX - kept.len();
        kept.extend_from_slice(&chunk[..read.min(room)]);
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}
