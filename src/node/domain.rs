//! Whether a deliverable fits what its task promised: looked at before the command is sequenced.
//!
//! A task's input names the domain it was posted under in its media type (`application/json;domain=…`), so that the
//! domain is frozen with the input's hash. What does not fit is refused by path, and the contract's clock goes on.
//! Absent on purpose: an opinion where the domain itself cannot be read; then there is nothing to check.

use crate::node::content::ContentStore;
use oikos_agents::domain::{Domain, Misfit};
use oikos_protocol::id::Hash32;
use oikos_protocol::wire::content::domain_of;
use oikos_protocol::wire::receipt::{Refusal, RefusalCode};
use serde_json::Value;

/// The domain that an input was posted under.
#[must_use]
pub fn named_by(content: &ContentStore, input: Hash32) -> Option<Hash32> {
    domain_of(&content.media_type(input)?)
}

/// Whether a deliverable fits.
///
/// # Errors
/// `does_not_fit`, with the path in words.
pub fn check(content: &ContentStore, domain: Hash32, deliverable: Hash32) -> Result<(), Refusal> {
    let document = content.get(domain).and_then(|piece| serde_json::from_slice(&piece.bytes).ok());
    let Some(Ok(domain)) = document.map(Domain::read) else { return Ok(()) };
    let no = |why: String| Refusal::new(RefusalCode::DoesNotFit, why);
    let piece =
        content.get(deliverable).ok_or_else(|| no("nothing is kept under the deliverable's hash".to_owned()))?;
    let value: Value =
        serde_json::from_slice(&piece.bytes).map_err(|why| no(format!("the deliverable is not JSON: {why}")))?;
    domain
        .fits_output(&value)
        .map_err(|Misfit { at, why }| no(format!("the deliverable does not fit at `{at}`: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::content::Piece;
    use serde_json::json;

    #[test]
    fn a_deliverable_is_checked_by_the_domain_that_its_input_names() {
        let folder = tempfile::tempdir().unwrap();
        let store = ContentStore::open(folder.path()).unwrap();
        let put =
            |kind: &str, value: Value| store.put(&Piece::salted(kind, value.to_string().as_bytes()).unwrap()).unwrap();
        let text = json!({"type": "string"});
        let domain = put("application/json", json!({"input": text, "output": text}));
        let input = put(&format!("application/json;domain={domain}"), json!("hello"));
        assert_eq!(named_by(&store, input), Some(domain));
        assert_eq!(named_by(&store, domain), None);
        assert_eq!(check(&store, domain, put("application/json", json!("HELLO"))), Ok(()));
        let refused = check(&store, domain, put("application/json", json!(["HELLO"]))).unwrap_err();
        assert_eq!(refused.code, RefusalCode::DoesNotFit);
        assert!(refused.message.contains("at `/`"), "{}", refused.message);
        assert!(check(&store, domain, Hash32::ZERO).is_err());
        assert_eq!(check(&store, input, Hash32::ZERO), Ok(()), "what is no domain checks nothing");
    }
}
