//! `oikos clear`: a mechanism, a solver or an order book on a file, without an economy.
//!
//! Owns the arguments and who answers them; each form of input has a file. Data goes to the writer given, the reason
//! of a refusal to the caller. Absent on purpose: state; the same file gives the same answer.
//! Start at [`run`].

mod answer;
mod book;
mod cats;
mod failure;
mod file;
mod input;
mod or_library;
mod properties;
mod read;
mod toolbox;

pub use failure::ClearFailure;

use std::io::Write;
use std::path::PathBuf;

/// Clears bids from a file by a mechanism: `oikos clear second-price FILE.json`.
///
/// Also: `oikos clear combinatorial --cats FILE`, `oikos clear assignment --or-library FILE`,
/// `oikos clear book FEED.csv`, `oikos clear properties --all`, and the toolbox, such as `oikos clear drf FILE.json`.
#[derive(Debug, Clone, clap::Args)]
pub struct ClearArgs {
    /// A mechanism (`oikos clear list` names them all), a tool, `book`, `properties` or `list`.
    pub what: String,
    /// The file to read, `-` for standard input; for `properties` the name of a mechanism.
    pub file: Option<PathBuf>,
    /// Compares mechanisms on the same bids: names with commas, or all that fit.
    #[arg(long, value_name = "MECHANISMS", num_args = 0..=1, default_missing_value = "all")]
    pub whatif: Option<String>,
    /// Reads a combinatorial auction in the format of the CATS generator.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "whatif"])]
    pub cats: Option<PathBuf>,
    /// Reads generalised assignment problems in the format of the OR-Library.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "whatif", "cats"])]
    pub or_library: Option<PathBuf>,
    /// Solves only this problem of the file; the first is 1.
    #[arg(long, requires = "or_library")]
    pub problem: Option<usize>,
    /// How winners of an exact allocation are settled; `vcg` for bids, `bids` for the OR-Library unless told.
    #[arg(long, value_enum)]
    pub pricing: Option<PricingArg>,
    /// The most nodes a search visits.
    #[arg(long)]
    pub nodes: Option<u64>,
    /// The seed of the lots, in hexadecimal digits; the file's own comes first.
    #[arg(long, value_name = "HEX")]
    pub seed: Option<String>,
    /// All mechanisms (`properties`).
    #[arg(long)]
    pub all: bool,
    /// How many random cases each scene gets (`properties`).
    #[arg(long, default_value_t = 2000)]
    pub draws: u32,
    /// Prints one JSON object where the answer is a list or a table; clearings always are one.
    #[arg(long)]
    pub json: bool,
}

/// How winners are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PricingArg {
    /// At their own bids.
    Bids,
    /// At what their presence costs the others.
    Vcg,
}

/// Whether what was asked is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done; exit 0.
    Done,
    /// Checked and false; exit 3.
    False,
}

/// Answers on `out`; what is worth a word to a person goes to `talk`.
///
/// # Errors
/// [`ClearFailure`], which knows its code and its exit.
pub fn run(args: &ClearArgs, out: &mut impl Write, talk: &mut impl Write) -> Result<Verdict, ClearFailure> {
    if let Some(path) = &args.cats {
        return expect(args, "combinatorial", "--cats").and_then(|()| cats::run(path, args, out));
    }
    if let Some(path) = &args.or_library {
        return expect(args, "assignment", "--or-library").and_then(|()| or_library::run(path, args, out));
    }
    match args.what.as_str() {
        "list" => properties::list(args.json, out),
        "properties" => properties::run(args, out),
        "book" => book::run(path(args)?, args.json, out, talk),
        tool if toolbox::TOOLS.contains(&tool) => toolbox::run(tool, path(args)?, out),
        name => file::run(name, path(args)?, args, out),
    }
}

fn path(args: &ClearArgs) -> Result<&std::path::Path, ClearFailure> {
    args.file.as_deref().ok_or_else(|| ClearFailure::usage(format!("`oikos clear {}` needs a file", args.what)))
}

fn expect(args: &ClearArgs, mechanism: &str, option: &str) -> Result<(), ClearFailure> {
    if args.what == mechanism {
        return Ok(());
    }
    Err(ClearFailure::usage(format!("{option} goes with `oikos clear {mechanism}`, not with `{}`", args.what)))
}

#[cfg(test)]
mod tests;
