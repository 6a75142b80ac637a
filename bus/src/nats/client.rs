//! async-nats behind the [`crate::Bus`].
//!
//! Invariants: `NatsClient::round_trip` is a real one: async-nats' `flush()` returns when the socket has taken
//! the bytes, so instead a request is sent to an inbox that nobody listens on, and the server's *no
//! responders* comes back behind everything this connection sent before. A message whose subject our side would
//! not send (see [`crate::subject`]) is dropped and logged.
//! Absent on purpose: our own reconnecting; async-nats does it and subscribes again.

use core::time::Duration;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use async_nats::{HeaderMap, RequestErrorKind, client::PublishErrorKind};
use futures_util::StreamExt;

use crate::bus::BusError;
use crate::envelope::{Envelope, Headers};
use crate::identity::nkey::KeyPair;
use crate::subject::{Filter, Name, Subject};

/// How long a round trip may take before the bus counts as gone.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(5);
/// How long a refusal may take from one task of this process to another.
const REFUSAL_HEARD_WITHIN: Duration = Duration::from_millis(24);
/// Refused filters that are remembered.
const REFUSED_MAX: usize = 1024;

/// Who connects, and how.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// How it proves who it is.
    pub credentials: Credentials,
    /// A name for the server's logs.
    pub name: Option<String>,
    /// Where inboxes are, `_INBOX` unless said otherwise; a participant has its own.
    pub inbox_prefix: Option<Subject>,
}

/// How a connection proves who it is.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Not at all.
    #[default]
    None,
    /// A shared secret.
    Token(String),
    /// A user and a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A signature over the server's nonce.
    Nkey(Box<KeyPair>),
}

impl core::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Token(_) => f.write_str("Token"),
            Self::Password { user, .. } => write!(f, "Password({user})"),
            Self::Nkey(key) => write!(f, "Nkey({})", key.public()),
        }
    }
}

/// Filters that the server refused to this connection.
type Refused = Arc<Mutex<HashSet<String>>>;

/// A connection to a server of the NATS protocol.
#[derive(Debug, Clone)]
pub(crate) struct NatsClient {
    client: async_nats::Client,
    refused: Refused,
}

/// A subscription over TCP.
#[derive(Debug)]
pub(crate) struct NatsSubscription {
    subscriber: async_nats::Subscriber,
    over: NatsClient,
}

impl NatsClient {
    pub(crate) async fn connect(url: &str, options: ConnectOptions) -> Result<Self, BusError> {
        let refused = Refused::default();
        let noted = Arc::clone(&refused);
        let mut settings = async_nats::ConnectOptions::new().event_callback(move |event| {
            note(&event, &noted);
            core::future::ready(())
        });
        settings = match options.credentials {
            Credentials::None => settings,
            Credentials::Token(token) => settings.token(token),
            Credentials::Password { user, password } => settings.user_and_password(user, password),
            Credentials::Nkey(key) => settings.nkey(key.seed()),
        };
        if let Some(name) = options.name {
            settings = settings.name(name);
        }
        if let Some(prefix) = options.inbox_prefix {
            settings = settings.custom_inbox_prefix(prefix);
        }
        let client = settings.connect(url).await.map_err(|error| match error.kind() {
            async_nats::ConnectErrorKind::AuthorizationViolation | async_nats::ConnectErrorKind::Authentication => {
                BusError::Unauthorized
            }
            _ => disconnected(error),
        })?;
        Ok(Self { client, refused })
    }

    pub(crate) async fn publish(&self, envelope: Envelope) -> Result<(), BusError> {
        let (bytes, bytes_max) = (size(&envelope), self.client.max_payload());
        let Envelope { subject, reply, headers, body } = envelope;
        let subject = subject.as_str().to_owned();
        let sent = match (reply, headers.is_empty()) {
            (None, true) => self.client.publish(subject, body).await,
            (None, false) => self.client.publish_with_headers(subject, to_map(&headers), body).await,
            (Some(reply), true) => self.client.publish_with_reply(subject, reply.as_str().to_owned(), body).await,
            (Some(reply), false) => {
                let (reply, headers) = (reply.as_str().to_owned(), to_map(&headers));
                self.client.publish_with_reply_and_headers(subject, reply, headers, body).await
            }
        };
        sent.map_err(|error| match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => BusError::TooLarge { bytes, bytes_max },
            PublishErrorKind::InvalidSubject | PublishErrorKind::Send => disconnected(error),
        })
    }

    pub(crate) async fn subscribe(&self, filter: &Filter, group: Option<&Name>) -> Result<NatsSubscription, BusError> {
        self.refused().remove(filter.as_str());
        let subject = filter.as_str().to_owned();
        let subscriber = match group {
            None => self.client.subscribe(subject).await,
            Some(group) => self.client.queue_subscribe(subject, group.as_str().to_owned()).await,
        }
        .map_err(disconnected)?;
        Ok(NatsSubscription { subscriber, over: self.clone() })
    }

    pub(crate) async fn request(&self, envelope: Envelope, timeout: Duration) -> Result<Envelope, BusError> {
        let (bytes, bytes_max) = (size(&envelope), self.client.max_payload());
        let Envelope { subject, headers, body, .. } = envelope;
        let mut request = async_nats::Request::new().payload(body).timeout(Some(timeout));
        if !headers.is_empty() {
            request = request.headers(to_map(&headers));
        }
        match self.client.send_request(subject.as_str().to_owned(), request).await {
            Ok(message) => from_message(message),
            Err(error) => Err(match error.kind() {
                RequestErrorKind::NoResponders => BusError::NoResponders { subject },
                RequestErrorKind::TimedOut => BusError::TimedOut { subject, waited: timeout },
                RequestErrorKind::MaxPayloadExceeded => BusError::TooLarge { bytes, bytes_max },
                RequestErrorKind::InvalidSubject | RequestErrorKind::Other => disconnected(error),
            }),
        }
    }

    pub(crate) fn inbox(&self) -> Subject {
        // async-nats: our own valid prefix, a dot, and letters and digits.
        Subject::literal(&self.client.new_inbox())
    }

    pub(crate) async fn round_trip(&self) -> Result<(), BusError> {
        match self.request(Envelope::new(self.inbox(), Vec::new()), ROUND_TRIP_MAX).await {
            Ok(_) | Err(BusError::NoResponders { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NatsSubscription {
    pub(crate) async fn ready(&self, filter: &Filter) -> Result<(), BusError> {
        self.over.round_trip().await?;
        // A refusal stood before the answer in the stream, but async-nats tells of it from a task of its own, which
        // was woken first and need not have run. Only a server that asks who we are has permissions to refuse by.
        let mut patience =
            if self.over.client.server_info().auth_required { REFUSAL_HEARD_WITHIN } else { Duration::ZERO };
        loop {
            if self.over.refused().contains(filter.as_str()) {
                return Err(BusError::Forbidden { filter: filter.clone() });
            }
            if patience.is_zero() {
                return Ok(());
            }
            let step = patience.min(Duration::from_millis(2));
            tokio::time::sleep(step).await;
            patience -= step;
        }
    }

    pub(crate) async fn next(&mut self) -> Option<Envelope> {
        loop {
            match from_message(self.subscriber.next().await?) {
                Ok(envelope) => return Some(envelope),
                Err(error) => tracing::debug!(%error, "dropped a message"),
            }
        }
    }

    pub(crate) async fn end_after(&mut self, messages: u64) -> Result<(), BusError> {
        self.subscriber.unsubscribe_after(messages).await.map_err(disconnected)
    }
}

fn note(event: &async_nats::Event, refused: &Refused) {
    match event {
        async_nats::Event::ServerError(async_nats::ServerError::Other(text)) => {
            tracing::warn!(%text, "the server refuses");
            // Permissions Violation for Subscription to "x" [using queue "q"]
            let Some(rest) = text.strip_prefix("Permissions Violation for Subscription to \"") else {
                return;
            };
            let filter = rest.split('"').next().unwrap_or_default();
            let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
            if refused.len() < REFUSED_MAX {
                refused.insert(filter.to_owned());
            }
        }
        event => tracing::debug!(%event, "connection"),
    }
}

fn size(envelope: &Envelope) -> usize {
    envelope.body.len() + if envelope.headers.is_empty() { 0 } else { envelope.headers.to_block().len() }
}

fn disconnected(error: impl core::fmt::Display) -> BusError {
    BusError::Disconnected { reason: error.to_string() }
}

fn to_map(headers: &Headers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        map.append(name, value);
    }
    map
}

fn from_message(message: async_nats::Message) -> Result<Envelope, BusError> {
    let mut headers = Headers::new();
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        for value in values {
            if let Err(error) = headers.append(name.as_ref(), value.as_str()) {
                tracing::debug!(%error, "dropped a header");
            }
        }
    }
    let reply = message.reply.as_deref().map(Subject::new).transpose()?;
    Ok(Envelope { subject: Subject::new(&message.subject)?, reply, headers, body: message.payload })
}
