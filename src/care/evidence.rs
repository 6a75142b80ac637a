//! Whether every request was signed by a key that spoke for its sender then.
//!
//! Owns the check of an entry's evidence: the signature (ZIP-215, in batches) over the subject put together from the
//! economy's name and the participant's, the key's time in the registry, and that the request is the one that the signed
//! body says. Invariants: a request of anybody but the operator without a signature is a fault; where a name was
//! forgotten, nothing can be said, and it is counted.
//! Absent on purpose: the expiry, which admission judged by a clock that is gone.

use crate::care::walk::{Fault, Seen};
use crate::node::directory::Directory;
use crate::node::evidence::Evidence;
use crate::node::keys::{Asked, Period, Periods};
use data_encoding::HEXLOWER;
use oikos_bus::identity::nkey::PublicKey;
use oikos_bus::identity::signature::{AHEAD_NS_MAX, Claim, Signed, verify_batch};
use oikos_protocol::command::Request;
use oikos_protocol::entry::Body;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::wire::bundle::Bundle;
use oikos_protocol::wire::join::KeyScope;
use oikos_protocol::wire::translate::{Asker, translate};
use serde::Serialize;
use std::collections::HashMap;

/// Signatures that are verified with one equation.
const BATCH: usize = 256;
/// A key that was revoked between admission and sequencing still spoke: nothing waits longer than this.
const WAIT_NS: u64 = 60_000_000_000;

/// How many requests stand on what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Requests under a signature that holds.
    pub signed: u64,
    /// Signatures that were verified; one covers a bundle.
    pub signatures: u64,
    /// Requests of the operator's own process.
    pub trusted: u64,
    /// Requests whose sender's name was forgotten.
    pub unverifiable: u64,
}

/// A signature that waits for its batch.
struct Waiting {
    seq: u64,
    subject: String,
    signed: Signed,
    body: Vec<u8>,
}

/// What the entries before have left behind.
pub struct Witness {
    economy: String,
    periods: HashMap<PublicKey, Vec<Period>>,
    /// The requests of the bundle that was begun, and the sequence of the first.
    bundle: Option<(u64, Vec<Request>)>,
    waiting: Vec<Waiting>,
    counted: Counted,
}

impl Witness {
    /// A witness with this registry at hand.
    #[must_use]
    pub fn new(economy: &str, registry: Periods) -> Self {
        let mut periods: HashMap<PublicKey, Vec<Period>> = HashMap::new();
        for period in registry.periods {
            periods.entry(period.key).or_default().push(period);
        }
        Self { economy: economy.to_owned(), periods, bundle: None, waiting: Vec::new(), counted: Counted::default() }
    }

    /// Looks at an entry; `directory` stands where it stood before the entry.
    ///
    /// # Errors
    /// The first [`Fault`], which may lie up to a batch before.
    pub fn look_at(&mut self, seen: &Seen<'_>, directory: &Directory) -> Result<(), Fault> {
        let fault = |what: &str| Err(Fault::at(seen.seq, what));
        let Body::Request(request) = &seen.entry.body else { return Ok(()) };
        if seen.entry.evidence.is_empty() {
            if request.by != ParticipantId::OPERATOR {
                return fault("a request of somebody else than the operator carries no signature");
            }
            self.counted.trusted += 1;
            return Ok(());
        }
        match Evidence::decode(&seen.entry.evidence) {
            None => return fault("the evidence does not decode"),
            Some(Evidence::Back(back)) => {
                let begun = self.bundle.as_ref().is_some_and(|(first, _)| first + u64::from(back) == seen.seq);
                if !begun {
                    return fault("the evidence points at an entry that begins no such bundle");
                }
            }
            Some(Evidence::Signed { key, id, expires_ns, signature, body }) => {
                let signature = [signature.0, signature.1].concat().try_into().unwrap_or([0; 64]);
                let signed = Signed { id, expires_ns, key: PublicKey::from_bytes(key), signature };
                self.begin(seen, request.by, signed, body, directory)?;
            }
        }
        let Some((first, requests)) = &self.bundle else {
            // The name of whoever began the bundle is gone.
            self.counted.unverifiable += 1;
            return Ok(());
        };
        if requests.is_empty() {
            self.counted.unverifiable += 1;
            return Ok(());
        }
        let said = usize::try_from(seen.seq - first).ok().and_then(|at| requests.get(at));
        let is_said = said.is_some_and(|said| said.by == request.by && said.id == request.id);
        if !is_said || said.is_none_or(|said| said.command != request.command) {
            return fault("the request is not the one that the signed body says");
        }
        self.counted.signed += 1;
        Ok(())
    }

    fn begin(
        &mut self,
        seen: &Seen<'_>,
        by: ParticipantId,
        signed: Signed,
        body: Vec<u8>,
        directory: &Directory,
    ) -> Result<(), Fault> {
        let fault = |what: String| Fault::at(seen.seq, what);
        let known = directory.entry(by);
        let whose = known.map(|entry| entry.hash).ok_or_else(|| fault(format!("nobody is {by}")))?;
        let now_ns = seen.entry.now;
        let spoke = self.periods.get(&signed.key).is_some_and(|periods| {
            periods.iter().any(|Period { binding, from_ns, until_ns, .. }| {
                let until = until_ns.unwrap_or(u64::MAX).min(binding.expires_ns.unwrap_or(u64::MAX));
                binding.whose == whose
                    && binding.scope != KeyScope::Read
                    && *from_ns <= now_ns
                    && now_ns <= until.saturating_add(WAIT_NS)
            })
        });
        if !spoke {
            return Err(fault(format!("{} did not speak for {by} then", signed.key)));
        }
        let Some(name) = directory.name(by) else {
            self.bundle = Some((seen.seq, Vec::new()));
            return Ok(());
        };
        let subject = format!("oikos.{}.cmd.{name}", self.economy);
        let bundle: Bundle =
            serde_json::from_slice(&body).map_err(|error| fault(format!("the signed body: {error}")))?;
        let mut requests = Vec::with_capacity(bundle.requests.len());
        for request in bundle.requests {
            let id = request.id;
            let command = translate(request.command, Asker { by, id }, directory)
                .map_err(|refusal| fault(format!("the signed body: {}", refusal.message)))?;
            requests.push(Request { by, id, expires: seen.entry.t, command });
        }
        if requests.is_empty() {
            return Err(fault("the signed body asks for nothing".to_owned()));
        }
        self.bundle = Some((seen.seq, requests));
        self.waiting.push(Waiting { seq: seen.seq, subject, signed, body });
        if self.waiting.len() >= BATCH { self.finish() } else { Ok(()) }
    }

    /// Verifies what waits.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn finish(&mut self) -> Result<(), Fault> {
        let waiting = core::mem::take(&mut self.waiting);
        for batch in
            waiting.chunk_by(|one, next| one.signed.expires_ns.abs_diff(next.signed.expires_ns) < AHEAD_NS_MAX / 2)
        {
            verify(batch)?;
        }
        self.counted.signatures += waiting.len() as u64;
        Ok(())
    }

    /// How many requests stand on what.
    #[must_use]
    pub const fn counted(&self) -> Counted {
        self.counted
    }
}

/// Verifies signatures at a moment at which none had expired.
fn verify(batch: &[Waiting]) -> Result<(), Fault> {
    let earliest = batch.iter().map(|waiting| waiting.signed.expires_ns).min().unwrap_or_default();
    let latest = batch.iter().map(|waiting| waiting.signed.expires_ns).max().unwrap_or_default();
    if latest - earliest >= AHEAD_NS_MAX && batch.len() > 1 {
        // No one moment suits them all.
        return batch.iter().try_for_each(|alone| verify(std::slice::from_ref(alone)));
    }
    let claims: Vec<Claim<'_>> = batch
        .iter()
        .map(|waiting| Claim { signed: &waiting.signed, subject: &waiting.subject, body: &waiting.body })
        .collect();
    let verdicts = verify_batch(&claims, earliest.saturating_sub(1))
        .map_err(|error| Fault::at(batch.first().map_or(0, |first| first.seq), error.to_string()))?;
    for (waiting, verdict) in batch.iter().zip(verdicts) {
        verdict.map_err(|error| Fault::at(waiting.seq, error.to_string()))?;
    }
    Ok(())
}

/// Whether the signatures that asked for changes of the registry hold.
///
/// # Errors
/// A sentence that names the line.
pub fn verify_registry(asked: &[(usize, Asked)]) -> Result<u64, String> {
    for (line, asked) in asked {
        let key: Option<PublicKey> = asked.by.parse().ok();
        let signature = HEXLOWER.decode(asked.signature.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let signed = key.zip(signature).map(|(key, signature)| Signed {
            id: asked.id.clone(),
            expires_ns: asked.expires_ns,
            key,
            signature,
        });
        let signed = signed.ok_or_else(|| format!("line {line} of the registry of keys names no signature"))?;
        signed
            .verify(&asked.subject, asked.body.as_bytes(), asked.expires_ns.saturating_sub(1))
            .map_err(|error| format!("line {line} of the registry of keys: {error}"))?;
    }
    Ok(asked.len() as u64)
}
