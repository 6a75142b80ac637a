//! A record as it is printed and read: money as decimal strings of the asset, nonces and hashes as hexadecimal digits.
//!
//! Reading is the inverse of printing to the last bit; a field that is missing, unknown or out of shape is an error
//! that names it. The file may come from a stranger.

use super::AwardFailure;
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::event::task::Exclusion;
use oikos_protocol::id::{AssetId, Hash32, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::record::{AwardRecord, RecordedBid, RecordedOffer};
use oikos_protocol::wire::scoring::WireMechanism;
use serde::{Deserialize, Serialize};
use std::io::Read as _;
use std::path::Path;

/// The largest record file: 16 MiB.
const BYTES_MAX: u64 = 16 << 20;

/// The money of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The asset's number.
    pub number: AssetId,
    /// Its code, such as `OIK`.
    pub code: String,
    /// Its decimals.
    pub scale: Scale,
}

/// A record with the money that its amounts are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// All that is needed to compute the award again.
    pub record: AwardRecord,
    /// Its money.
    pub asset: Money,
}

/// What is printed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    task: TaskId,
    asset: Money,
    mechanism: WireMechanism,
    reserve: String,
    bids: Vec<Bid>,
    beacon: Option<Hash32>,
    seed: Option<Hash32>,
    offers: Vec<Offer>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bid {
    bidder: ParticipantId,
    seal: Hash32,
    price: Option<String>,
    nonce: Option<String>,
    /// Where the task scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promise: Option<Promise>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reputation: Option<Share>,
    excluded: Option<Exclusion>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    bidder: ParticipantId,
    price: String,
    selected: bool,
}

impl Recorded {
    /// The record as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let Self { record, asset } = self;
        let show = |amount: Amount| asset.scale.show(amount).to_string();
        let bid = |bid: &RecordedBid| Bid {
            bidder: bid.bidder,
            seal: bid.seal,
            price: bid.opened.map(|(price, _)| show(price)),
            nonce: bid.opened.map(|(_, nonce)| digits(&nonce)),
            promise: bid.promised.map(|(promise, _)| promise),
            reputation: bid.promised.map(|(_, reputation)| reputation),
            excluded: bid.excluded.clone(),
        };
        let offer =
            |offer: &RecordedOffer| Offer { bidder: offer.bidder, price: show(offer.price), selected: offer.selected };
        let document = Document {
            task: record.task,
            asset: asset.clone(),
            mechanism: WireMechanism::show(record.mechanism, asset.scale),
            reserve: show(record.reserve),
            bids: record.bids.iter().map(bid).collect(),
            beacon: record.beacon,
            seed: record.seed,
            offers: record.offers.iter().map(offer).collect(),
        };
        serde_json::json!(document)
    }

    /// Reads a record file; `-` is standard input.
    ///
    /// # Errors
    /// [`AwardFailure::Unreadable`], which names the field.
    pub fn read(path: &Path) -> Result<Self, AwardFailure> {
        let wrong = |reason: String| AwardFailure::Unreadable { path: path.into(), reason };
        let mut text = String::new();
        let source: Box<dyn std::io::Read> = if path.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else {
            Box::new(std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?)
        };
        source.take(BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| wrong(error.to_string()))?;
        if text.len() as u64 > BYTES_MAX {
            return Err(wrong(format!("larger than {BYTES_MAX} bytes")));
        }
        Self::parse(&text).map_err(wrong)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let reader = &mut serde_json::Deserializer::from_str(text);
        let document: Document = serde_path_to_error::deserialize(&mut *reader)
            .map_err(|error| format!("{}: {}", error.path(), error.inner()))?;
        reader.end().map_err(|error| error.to_string())?;
        let scale = document.asset.scale;
        let money = |field: &str, text: &str| scale.parse(text).map_err(|error| format!("{field}: {error}"));
        let mut bids = Vec::with_capacity(document.bids.len());
        for (number, bid) in document.bids.into_iter().enumerate() {
            let opened = match (bid.price, bid.nonce) {
                (None, None) => None,
                (Some(price), Some(nonce)) => {
                    let nonce = bytes(&nonce)
                        .ok_or_else(|| format!("bids[{number}].nonce: expected 32 lower-case hexadecimal digits"))?;
                    Some((money(&format!("bids[{number}].price"), &price)?, nonce))
                }
                _ => return Err(format!("bids[{number}]: price and nonce are there together or not at all")),
            };
            let promised = match (bid.promise, bid.reputation) {
                (None, None) => None,
                (Some(promise), Some(reputation)) => Some((promise, reputation)),
                _ => return Err(format!("bids[{number}]: promise and reputation are there together or not at all")),
            };
            bids.push(RecordedBid { bidder: bid.bidder, seal: bid.seal, opened, promised, excluded: bid.excluded });
        }
        if !bids.is_sorted_by(|one, next| one.bidder < next.bidder) {
            return Err("bids: expected one a bidder, in the order of their numbers".to_owned());
        }
        let mut offers = Vec::with_capacity(document.offers.len());
        for (number, offer) in document.offers.into_iter().enumerate() {
            let price = money(&format!("offers[{number}].price"), &offer.price)?;
            offers.push(RecordedOffer { bidder: offer.bidder, price, selected: offer.selected });
        }
        let mechanism = document.mechanism.hear(scale, "mechanism");
        let mechanism = mechanism.map_err(|refusal| format!("{}: {}", refusal.field, refusal.message))?;
        let record = AwardRecord {
            task: document.task,
            asset: document.asset.number,
            mechanism,
            reserve: money("reserve", &document.reserve)?,
            bids,
            beacon: document.beacon,
            seed: document.seed,
            offers,
        };
        Ok(Self { record, asset: document.asset })
    }
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Option<[u8; 16]> {
    let good = digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    good.then(|| u128::from_str_radix(digits, 16).ok()).flatten().map(u128::to_be_bytes)
}
