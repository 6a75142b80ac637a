//! Station 1, admission: from a message to requests that may be sequenced, or a refusal. Parallel to everything else.
//!
//! In this order: the subject names a participant, the size, the signature's headers, the key is theirs and may sign,
//! the time, the signature (all of a batch at once), the form, the amounts, a place in the queue. What is refused here
//! is not journaled and not remembered.
//! Invariant: the requests of a message depend on its bytes and on facts that never change, so that a retry is one.

use crate::node::clock::Face;
use crate::node::directory::SharedDirectory;
use crate::node::evidence::Evidence;
use crate::node::keys::Keys;
use oikos_bus::Envelope;
use oikos_bus::identity::signature::{Claim, SignatureError, Signed, verify_batch};
use oikos_bus::subject::Subject;
use oikos_protocol::command::Request;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::outcome::Outcome;
use oikos_protocol::wire::bundle::Bundle;
use oikos_protocol::wire::join::KeyScope;
use oikos_protocol::wire::limits::{BODY_BYTES_MAX, BUNDLE_COMMANDS_MAX};
use oikos_protocol::wire::receipt::{Refusal, RefusalCode};
use oikos_protocol::wire::text::Nanos;
use oikos_protocol::wire::translate::{Asker, translate};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Requests of one participant that may be sequenced.
#[derive(Debug)]
pub struct Admitted {
    /// Who asks.
    pub by: ParticipantId,
    /// What, in order; at least one.
    pub requests: Vec<Request>,
    /// For the entry of the first of them; empty for a trusted caller in this process.
    pub evidence: Vec<u8>,
    /// Who waits for the answer.
    pub reply: Option<ReplyTo>,
    /// Whether one of them beats a deadline.
    pub beats_a_deadline: bool,
    /// The span of the log it belongs to.
    pub span: Option<tracing::Span>,
}

/// Who waits for an answer.
#[derive(Debug)]
pub enum ReplyTo {
    /// A sender on the bus.
    Bus(Subject),
    /// A station of this node.
    Inside(oneshot::Sender<Decided>),
}

/// What became of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The sequence of its first request.
    pub seq: u64,
    /// The outcomes, in order.
    pub outcomes: Vec<Outcome>,
}

/// What admission looks things up in.
#[derive(Debug, Clone)]
pub struct Admission {
    /// Names and assets.
    pub directory: SharedDirectory,
    /// Whose keys are whose.
    pub keys: Arc<Keys>,
    /// The time.
    pub clock: Arc<Face>,
}

/// The last token of a subject.
#[must_use]
pub fn last_token(subject: &Subject) -> &str {
    subject.as_str().rsplit('.').next().unwrap_or_default()
}

/// Reads JSON; an error names the path of the field.
///
/// # Errors
/// `malformed`.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let malformed = |why: String, at: String| Refusal::new(RefusalCode::Malformed, why).at(at);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let at = error.path().to_string();
        malformed(error.into_inner().to_string(), if at == "." { String::new() } else { at })
    })?;
    reader.end().map_err(|error| malformed(error.to_string(), String::new()))?;
    Ok(value)
}

impl Admission {
    /// Looks at many messages at once: an answer for each, in their order.
    #[must_use]
    pub fn admit(&self, messages: &[Envelope]) -> Vec<Result<Admitted, Refusal>> {
        let now_ns = self.clock.now_ns();
        let looked_at: Vec<_> = messages.iter().map(|message| self.look_at(message, now_ns)).collect();
        let claims: Vec<_> = messages
            .iter()
            .zip(&looked_at)
            .filter_map(|(message, looked)| {
                let (_, signed) = looked.as_ref().ok()?;
                Some(Claim { signed, subject: message.subject.as_str(), body: &message.body })
            })
            .collect();
        let verdicts = match verify_batch(&claims, now_ns) {
            Ok(verdicts) => verdicts,
            Err(error) => vec![Err(error); claims.len()],
        };
        let mut verdicts = verdicts.into_iter();
        looked_at
            .into_iter()
            .zip(messages)
            .map(|(looked, message)| {
                let (by, signed) = looked?;
                // There is a verdict for each message that was looked at without a refusal.
                verdicts.next().unwrap_or(Err(SignatureError::NoEntropy)).map_err(|why| refusal_of(&why, now_ns))?;
                self.read(message, by, &signed)
            })
            .collect()
    }

    fn look_at(&self, message: &Envelope, now_ns: u64) -> Result<(ParticipantId, Signed), Refusal> {
        let (by, whose) = {
            let directory = self.directory.read();
            let by = directory.of_name(last_token(&message.subject));
            by.and_then(|by| Some((by, directory.entry(by)?.hash))).ok_or_else(|| {
                Refusal::new(RefusalCode::BadSubject, format!("`{}` names no participant", message.subject))
            })?
        };
        if message.body.len() > BODY_BYTES_MAX {
            let text = format!("a body has at most {BODY_BYTES_MAX} bytes, this one has {}", message.body.len());
            return Err(Refusal::new(RefusalCode::TooLarge, text));
        }
        let signed = Signed::from_envelope(message).map_err(|why| refusal_of(&why, now_ns))?;
        match self.keys.current(signed.key, now_ns) {
            Some(binding) if binding.whose == whose && binding.scope != KeyScope::Read => Ok((by, signed)),
            Some(binding) if binding.whose == whose => {
                Err(Refusal::new(RefusalCode::Unauthorised, "the key may read and not sign"))
            }
            _ => Err(Refusal::new(RefusalCode::Unauthorised, "the key is not this participant's")),
        }
    }

    fn read(&self, message: &Envelope, by: ParticipantId, signed: &Signed) -> Result<Admitted, Refusal> {
        let bundle: Bundle = from_json(&message.body)?;
        let count = bundle.requests.len();
        if count == 0 {
            return Err(Refusal::new(RefusalCode::Malformed, "no request").at("requests"));
        }
        if count > BUNDLE_COMMANDS_MAX {
            let text = format!("a message has at most {BUNDLE_COMMANDS_MAX} requests, this one has {count}");
            return Err(Refusal::new(RefusalCode::TooLarge, text).at("requests"));
        }
        let span = tracing::info_span!(
            "command",
            id = %signed.id,
            %by,
            requests = count,
            traceparent = message.headers.get("traceparent").unwrap_or_default(),
        );
        let beats_a_deadline = bundle.requests.iter().any(|request| request.command.beats_a_deadline());
        let expires = self.clock.economy_time(signed.expires_ns);
        let directory = self.directory.read();
        let mut requests = Vec::with_capacity(count);
        for (index, request) in bundle.requests.into_iter().enumerate() {
            let id = request.id;
            let command = translate(request.command, Asker { by, id }, &*directory).map_err(|refusal| {
                let field = format!("requests[{index}].command.{}", refusal.field);
                refusal.at(field)
            })?;
            requests.push(Request { by, id, expires, command });
        }
        Ok(Admitted {
            by,
            requests,
            evidence: Evidence::signed(signed, &message.body).encode(),
            reply: message.reply.clone().map(ReplyTo::Bus),
            beats_a_deadline,
            span: Some(span),
        })
    }

    /// Verifies a message that is no command, and says whose key signed it.
    ///
    /// # Errors
    /// As for a command.
    pub fn verify(&self, message: &Envelope) -> Result<Signed, Refusal> {
        let now_ns = self.clock.now_ns();
        let signed = Signed::from_envelope(message).map_err(|why| refusal_of(&why, now_ns))?;
        signed.verify(message.subject.as_str(), &message.body, now_ns).map_err(|why| refusal_of(&why, now_ns))?;
        Ok(signed)
    }
}

fn refusal_of(why: &SignatureError, now_ns: u64) -> Refusal {
    let (code, field) = match why {
        SignatureError::Unsigned { header } => (RefusalCode::Unsigned, *header),
        SignatureError::Malformed { header } => (RefusalCode::Malformed, *header),
        SignatureError::Expired { .. } => (RefusalCode::Expired, "Oikos-Expires"),
        SignatureError::TooFarAhead { .. } => (RefusalCode::TooFarAhead, "Oikos-Expires"),
        SignatureError::Invalid { .. } => (RefusalCode::BadSignature, "Oikos-Signature"),
        SignatureError::BundleSize { .. } | SignatureError::BundleLine { .. } => (RefusalCode::Malformed, ""),
        SignatureError::NoEntropy => (RefusalCode::Busy, ""),
    };
    let mut refusal = Refusal::new(code, why.to_string()).at(field);
    match code {
        RefusalCode::Expired | RefusalCode::TooFarAhead => refusal.now = Some(Nanos(now_ns)),
        RefusalCode::Busy => refusal.retry_after_ms = Some(1_000),
        _ => {}
    }
    refusal
}
