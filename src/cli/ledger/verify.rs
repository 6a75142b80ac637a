//! `oikos ledger verify PROOF --checkpoint FILE`: whether a proof holds, with no folder at hand.

use super::super::exit::{CliError, Exit};
use super::super::output::Output;
use super::prove::bytes;
use clap::Args;
use oikos::care::document::{self, Checkpoint, Proof, Shows};
use oikos::care::verify::{Trust, verify};
use oikos_bus::identity::nkey::PublicKey;
use serde::Serialize;
use std::path::PathBuf;

/// Verify a proof against a checkpoint, with no folder at hand
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// What `oikos ledger prove` printed
    #[arg(value_name = "PROOF")]
    proof: PathBuf,
    /// What `oikos ledger checkpoint` printed
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    /// The node's public key, `U…`; without it the answer says which key signed
    #[arg(long, value_name = "KEY", conflicts_with = "unsigned")]
    key: Option<PublicKey>,
    /// Take a checkpoint without a signature as it is: a run of the simulator has none
    #[arg(long)]
    unsigned: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    verified: bool,
    reason: Option<String>,
    economy: Option<&'a str>,
    seq: Option<u64>,
    index: Option<u32>,
    shows: Option<&'a Shows>,
    key: Option<String>,
    pinned: bool,
}

impl VerifyArgs {
    /// Verifies.
    ///
    /// # Errors
    /// Usage where a file is missing. That the proof does not hold is an answer.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        let (proof, checkpoint) = (bytes(&self.proof)?, bytes(&self.checkpoint)?);
        let trust = match self.key {
            Some(key) => Trust::Key(key),
            None if self.unsigned => Trust::Unsigned,
            None => Trust::AnyKey,
        };
        let read = || {
            let proof: Proof = document::read(&proof, "the proof")?;
            let checkpoint: Checkpoint = document::read(&checkpoint, "the checkpoint")?;
            verify(&proof, &checkpoint, trust).map(|verified| (proof, verified))
        };
        let verified = read();
        if output.is_json() {
            let (reason, shown) = match &verified {
                Ok((proof, verified)) => (None, Some((proof, verified))),
                Err(error) => (Some(error.to_string()), None),
            };
            output.json(&Answer {
                verified: reason.is_none(),
                reason,
                economy: shown.map(|(proof, _)| proof.economy.as_str()),
                seq: shown.map(|(proof, _)| proof.seq),
                index: shown.map(|(proof, _)| proof.index),
                shows: shown.map(|(_, verified)| &verified.shows),
                key: shown.and_then(|(_, verified)| verified.key).map(|key| key.to_string()),
                pinned: self.key.is_some(),
            })?;
            return Ok(if verified.is_ok() { Exit::Done } else { Exit::False });
        }
        let (proof, verified) = verified.map_err(CliError::disproved_by)?;
        let Proof { seq, index, economy, .. } = &proof;
        output.line(format!("verified: {} · event {seq}.{index} of economy {economy}", verified.shows))?;
        output.line(match (verified.key, self.key) {
            (Some(key), Some(_)) => format!("signed by {key}, as expected"),
            (Some(key), None) => format!("signed by {key} (--key pins it)"),
            (None, _) => "not signed: it holds under this root, and nobody vouches for the root".to_owned(),
        })?;
        Ok(Exit::Done)
    }
}
