//! Station 5: answers and events go out, in order.
//!
//! Invariants: nothing goes out before its entry is on disk and applied; events leave in the order of their numbers.
//! A public event goes to `.evt.<kind>.<of>`, one for certain participants to their `.mail.`.

use crate::node::directory::SharedDirectory;
use crate::node::history::{Happened, Hearers, Kept};
use oikos_bus::subject::{Name, Subject, quote_capability};
use oikos_bus::{Bus, Envelope};
use oikos_protocol::event::Event;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::Capability;
use oikos_protocol::wire::event::{Numbered, WireAssetEvent, WireEvent, WireOfferEvent, WireParticipantEvent};
use oikos_protocol::wire::exchange::WireExchangeEvent;
use oikos_protocol::wire::receipt::Answered;
use oikos_protocol::wire::show::show;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Messages that may wait to go out; then the loop waits.
pub const WAITING_MAX: usize = 16_384;
/// As many of them go out together.
const TOGETHER_MAX: usize = 256;

/// What goes out.
#[derive(Debug)]
pub enum Outgoing {
    /// The answer to a command.
    Answer(Subject, Answered),
    /// Bytes that are ready.
    Bytes(Subject, Vec<u8>),
    /// The events of an entry.
    Events(Arc<Vec<Happened>>),
}

/// Sends what comes, until nothing can come any more.
pub async fn publish(mut outgoing: mpsc::Receiver<Outgoing>, bus: Bus, economy: Name, directory: SharedDirectory) {
    let mut together = Vec::with_capacity(TOGETHER_MAX);
    while outgoing.recv_many(&mut together, TOGETHER_MAX).await > 0 {
        let mut envelopes = Vec::with_capacity(together.len());
        for next in together.drain(..) {
            match next {
                Outgoing::Answer(to, answered) => {
                    envelopes.extend(json(&answered).map(|body| Envelope::new(to, body)));
                }
                Outgoing::Bytes(to, body) => envelopes.push(Envelope::new(to, body)),
                Outgoing::Events(events) => {
                    let of_one =
                        |Happened { kept, hearers, .. }: &Happened| of_event(kept, hearers, &economy, &directory, &bus);
                    envelopes.extend(events.iter().flat_map(of_one));
                }
            }
        }
        for (subject, error) in bus.publish_all(envelopes).await {
            tracing::warn!(%error, %subject, "could not publish");
        }
    }
}

/// An event for each subject on which somebody may hear it.
fn of_event(kept: &Kept, hearers: &Hearers, economy: &Name, directory: &SharedDirectory, bus: &Bus) -> Vec<Envelope> {
    let directory = directory.read();
    let Some(event) = show(&kept.event, &*directory) else { return Vec::new() };
    let numbered = Numbered { seq: kept.seq, index: kept.index, t: kept.t.into(), event };
    let subjects: Vec<String> = match hearers {
        Hearers::All => {
            let event = &numbered.event;
            let mut subjects = vec![format!("oikos.{economy}.evt.{}.{}", event.kind(), of(event))];
            if let Event::Task(TaskEvent::Opened { spec, .. }) = &kept.event {
                let quoted = |capability: &Capability| quote_capability(capability.as_str()).ok();
                let quoted = spec.requires.iter().filter_map(quoted);
                subjects.extend(quoted.map(|capability| format!("oikos.{economy}.cap.{capability}")));
            }
            subjects
        }
        Hearers::These(these) => these
            .iter()
            .filter_map(|participant| directory.name(*participant))
            .map(|name| format!("oikos.{economy}.mail.{name}"))
            .collect(),
    };
    let subjects = subjects.iter().filter_map(|subject| Subject::new(subject).ok());
    let heard: Vec<Subject> = subjects.filter(|subject| bus.hears(subject)).collect();
    if heard.is_empty() {
        return Vec::new();
    }
    let Some(body) = json(&numbered).map(bytes::Bytes::from) else { return Vec::new() };
    let envelope = |subject| Envelope::new(subject, body.clone()).with_header("Oikos-Schema", "oikos.event/v1").ok();
    heard.into_iter().filter_map(envelope).collect()
}

/// The last token of a public event's subject.
fn of(event: &WireEvent) -> String {
    match event {
        WireEvent::Asset(
            WireAssetEvent::Defined { asset, .. }
            | WireAssetEvent::Issued { asset, .. }
            | WireAssetEvent::Deposited { asset, .. }
            | WireAssetEvent::Withdrawn { asset, .. }
            | WireAssetEvent::Burned { asset, .. }
            | WireAssetEvent::CreditSet { asset, .. },
        ) => asset.to_string(),
        WireEvent::Participant(
            WireParticipantEvent::Registered { participant, .. } | WireParticipantEvent::MandateSet { participant, .. },
        ) => participant.0.to_string(),
        WireEvent::Task(event) => event.task().0.to_string(),
        WireEvent::Offer(
            WireOfferEvent::Published { offer, .. }
            | WireOfferEvent::Taken { offer, .. }
            | WireOfferEvent::Withdrawn { offer }
            | WireOfferEvent::Expired { offer },
        ) => offer.0.to_string(),
        WireEvent::Exchange(
            WireExchangeEvent::Offered { exchange, .. }
            | WireExchangeEvent::Taken { exchange, .. }
            | WireExchangeEvent::Withdrawn { exchange, .. }
            | WireExchangeEvent::Expired { exchange, .. },
        ) => exchange.0.to_string(),
        WireEvent::Order(event) => event.desk().0.to_string(),
        WireEvent::Asset(WireAssetEvent::FeeSet { .. })
        | WireEvent::Limit(_)
        | WireEvent::Stream(_)
        | WireEvent::Money(_)
        | WireEvent::Transfer(_)
        | WireEvent::Beacon { .. } => "0".to_owned(),
    }
}

/// JSON; an error is a bug of a type and goes to the log.
pub fn json(value: &impl serde::Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| tracing::error!(%error, "a message has no JSON form")).ok()
}
