//! The log: to stderr, for people or as JSON, filtered by `--log` or `OIKOS_LOG`.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// How the log is written.
#[derive(Debug, Clone, Args)]
pub struct Log {
    /// What is logged, such as `info` or `oikos=debug,warn`.
    #[arg(long = "log", env = "OIKOS_LOG", default_value = "warn", global = true, value_name = "FILTER")]
    filter: String,
    /// In which form.
    #[arg(long = "log-form", value_enum, default_value_t = Form::Human, global = true)]
    form: Form,
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Human,
    /// One JSON object a line, spans included.
    Json,
}

impl Log {
    /// Begins to log. A filter that is none is an error in words.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn begin(&self) -> Result<(), String> {
        let filter = EnvFilter::try_new(&self.filter).map_err(|error| format!("`{}`: {error}", self.filter))?;
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        let begun = match self.form {
            Form::Human => log.with_ansi(false).try_init(),
            Form::Json => log.json().try_init(),
        };
        begun.map_err(|error| error.to_string())
    }
}
