//! Content: inputs, deliverables and reasons, kept beside the journal under a salted hash.
//!
//! Invariant: what is read is what its hash says, whoever kept it.

use crate::client::Client;
use crate::error::Error;
use data_encoding::BASE64;
use oikos_protocol::id::Hash32;
use oikos_protocol::wire::content::{Content, ContentAnswer, ContentAsk, content_hash, domain_of, media_type_under};
use oikos_protocol::wire::translate::hex16;
use serde_json::Value;

pub(crate) const JSON: &str = "application/json";

impl Client {
    /// Keeps a JSON value and tells its salted hash.
    ///
    /// # Errors
    /// [`Error::Refused`] where it is too large or there is no room.
    pub async fn put(&self, value: &Value) -> Result<Hash32, Error> {
        self.put_bytes(JSON, value.to_string().as_bytes()).await
    }

    /// Keeps a JSON value that was written under a domain, and says so in its media type.
    ///
    /// # Errors
    /// As [`Client::put`].
    pub async fn put_under(&self, domain: Hash32, value: &Value) -> Result<Hash32, Error> {
        self.put_bytes(&media_type_under(domain), value.to_string().as_bytes()).await
    }

    /// Keeps a text, such as the reason of a refusal.
    ///
    /// # Errors
    /// As [`Client::put`].
    pub async fn put_text(&self, text: &str) -> Result<Hash32, Error> {
        self.put_bytes("text/plain;charset=utf-8", text.as_bytes()).await
    }

    async fn put_bytes(&self, media_type: &str, bytes: &[u8]) -> Result<Hash32, Error> {
        self.put_salted(crate::random::hex32()?, media_type, bytes).await
    }

    pub(crate) async fn put_salted(&self, salt: String, media_type: &str, bytes: &[u8]) -> Result<Hash32, Error> {
        let content = Content { salt, media_type: media_type.to_owned(), bytes: BASE64.encode(bytes) };
        match self.call("content", &ContentAsk::Put(content)).await? {
            ContentAnswer::Kept { hash } => Ok(hash),
            ContentAnswer::Refused(why) => Err(Error::Refused(Box::new(why))),
            ContentAnswer::Found(_) => Err(crate::client::other_answer()),
        }
    }

    /// Reads a JSON value by its salted hash.
    ///
    /// # Errors
    /// [`Error::Content`] where it is not what the hash says, or not JSON; [`Error::Refused`] where it is not kept.
    pub async fn get(&self, hash: Hash32) -> Result<Value, Error> {
        Ok(self.get_under(hash).await?.0)
    }

    /// Reads a JSON value, and the hash of the domain that it was written under.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_under(&self, hash: Hash32) -> Result<(Value, Option<Hash32>), Error> {
        let wrong = |why: &str| Error::Content { hash, why: why.to_owned() };
        let (media_type, bytes) = self.get_bytes(hash).await?;
        if media_type.split(';').next() != Some(JSON) {
            return Err(wrong("it is not JSON"));
        }
        let value = serde_json::from_slice(&bytes).map_err(|why| wrong(&format!("it does not read as JSON: {why}")))?;
        Ok((value, domain_of(&media_type)))
    }

    /// Reads a text by its salted hash.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_text(&self, hash: Hash32) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&self.get_bytes(hash).await?.1).into_owned())
    }

    async fn get_bytes(&self, hash: Hash32) -> Result<(String, Vec<u8>), Error> {
        let wrong = |why: &str| Error::Content { hash, why: why.to_owned() };
        let content = match self.call("content", &ContentAsk::Get { hash }).await? {
            ContentAnswer::Found(content) => content,
            ContentAnswer::Refused(why) => return Err(Error::Refused(Box::new(why))),
            ContentAnswer::Kept { .. } => return Err(crate::client::other_answer()),
        };
        let salt = hex16(&content.salt).ok_or_else(|| wrong("its salt is none"))?;
        let bytes = BASE64.decode(content.bytes.as_bytes()).map_err(|_| wrong("its bytes are not base64"))?;
        if content_hash(&salt, &content.media_type, &bytes) != hash {
            return Err(wrong("it is not what its hash says"));
        }
        Ok((content.media_type, bytes))
    }
}
