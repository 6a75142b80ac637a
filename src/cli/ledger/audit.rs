//! `oikos ledger audit DIR`: everything in a folder, checked from the first entry.

use super::super::exit::{CliError, Exit};
use super::super::output::Output;
use super::super::progress;
use super::prove::no_folder;
use clap::Args;
use oikos::care::Folder;
use oikos::care::audit::{Audited, audit};
use oikos::text::count;
use std::path::PathBuf;

/// Check everything in a folder, from the first entry
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// The folder of an economy, of a run, or of a backup
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl AuditArgs {
    /// Audits.
    ///
    /// # Errors
    /// Usage where there is no journal. That something is wrong is an answer.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        let folder = Folder::open(&self.folder).map_err(no_folder)?;
        let bar = progress::bar(Some(0), "entries");
        let audited = audit(&folder, &mut |seq, end| progress::at(&bar, seq, end));
        bar.finish_and_clear();
        let audited = audited.map_err(no_folder)?;
        if output.is_json() {
            output.json(&audited)?;
        } else {
            tell(&audited, &mut output)?;
        }
        Ok(if audited.sound { Exit::Done } else { Exit::False })
    }
}

fn tell(audited: &Audited, output: &mut Output) -> Result<(), CliError> {
    let Audited { entries, requests, accepted, rejected, events, transfers, evidence, .. } = audited;
    let running = if audited.running { " · a node is running on it" } else { "" };
    output.line(format!(
        "{} · {} ({accepted} accepted, {rejected} rejected) · {} · {}{running}",
        count(entries, "entry"),
        count(requests, "request"),
        count(events, "event"),
        count(transfers, "transfer"),
    ))?;
    output.line(format!(
        "{} under {}, {} trusted, {} of forgotten names · {} of keys",
        count(evidence.signed, "request"),
        count(evidence.signatures, "signature"),
        evidence.trusted,
        evidence.unverifiable,
        count(audited.key_changes, "signed change"),
    ))?;
    let key = audited.key.as_ref().map_or(String::new(), |key| format!(" by {key}"));
    output.line(format!("{}, {} signed{key}", count(audited.checkpoints, "checkpoint"), audited.signed_checkpoints))?;
    for asset in &audited.assets {
        output
            .line(format!("{}: {} units of 10^-{} issued, all accounted for", asset.code, asset.supply, asset.scale))?;
    }
    match &audited.fault {
        None => {
            output.line(format!("sound at {}: digest {} · root {}", audited.sequence, audited.digest, audited.root))
        }
        Some(fault) => {
            let place = fault
                .place
                .as_ref()
                .map_or(String::new(), |place| format!(" ({} at byte {})", place.file.escape_debug(), place.offset));
            output.line(format!("NOT SOUND at entry {}: {}{place}", fault.seq, fault.what))
        }
    }
}
