//! `oikos answer TASK TEXT`: answers what the worker of a running contract asked.

use super::connection::{ConnectArgs, Names, task_id};
use super::failure::Failure;
use super::voice::safe;
use oikos_agents::Client;
use oikos_agents::tell::Told;
use oikos_protocol::id::TaskId;
use oikos_protocol::wire::tell::Say;
use serde_json::json;

/// Options of `oikos answer`.
#[derive(Debug, clap::Args)]
pub struct AnswerArgs {
    /// Which task, such as `t7`
    #[arg(value_parser = task_id)]
    pub task: TaskId,
    /// What you answer
    pub text: String,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

/// A question that waits for this participant.
#[derive(Debug)]
pub struct Question {
    /// About which task.
    pub task: TaskId,
    /// Who asks, by name.
    pub from: String,
    /// What, as it was said.
    pub text: String,
}

impl AnswerArgs {
    /// Answers.
    ///
    /// # Errors
    /// A [`Failure`] where nobody asked.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (task, voice) = (self.task, self.at.voice());
        let asked = questions(&client).await?.into_iter().find(|question| question.task == task).ok_or_else(|| {
            Failure::refused("nothing_asked", format!("no question about {task} waits for {}", client.name()))
                .hint("`oikos inbox` shows what waits for you")
        })?;
        client.tell(task, Say::Answer(self.text.clone())).await?;
        voice.data(&format!("{task} answered · {} goes on", asked.from))?;
        voice.object(&json!({"task": task, "answered": true, "question": asked.text, "answer": self.text}))?;
        Ok(())
    }
}

/// The questions that wait for this participant.
///
/// # Errors
/// A [`Failure`] where the economy cannot be asked.
pub async fn questions(client: &Client) -> Result<Vec<Question>, Failure> {
    let mut names = Names::of(client);
    let mut questions = Vec::new();
    for Told { task, by, say } in client.questions().await? {
        if let Say::Question(text) = say {
            questions.push(Question { task, from: names.name(by).await?, text });
        }
    }
    Ok(questions)
}

impl Question {
    /// Its lines for people.
    pub fn lines(&self) -> [String; 3] {
        let Self { task, from, text } = self;
        [
            format!("{task} asks you a question: {from} · \"{}\"", safe(text)),
            "   if you do nothing: the contract's deadline goes on, and the work may not be delivered".to_owned(),
            format!("   oikos answer {task} \"…\""),
        ]
    }
}
