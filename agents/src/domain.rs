//! Domains: what a capability takes and gives, as two JSON Schemas, and whether a value fits.
//!
//! Schemas come from strangers. Owns the bounds that make checking one harmless: a schema refers to nothing outside of
//! itself, does not refer to itself in a circle, is small when all its references are written out, and a value is
//! checked only where schema and value together stay below [`STEPS_MAX`]. Nothing is ever loaded: no file, no address.
//! Invariants: what does not fit is answered with its path; the same two schemas have the same hash for everybody.
//! Absent on purpose: recursive schemas, `$dynamicRef` and formats. The checker itself is the crate `boon`, seen
//! in this file alone.

use crate::client::{Client, other_answer};
use crate::error::Error;
use boon::{Compiler, SchemaIndex, Schemas, SchemeUrlLoader, ValidationError};
use oikos_protocol::id::{Capability, Hash32};
use oikos_protocol::wire::query::{Found, WireQuery};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Bytes of a domain's JSON.
pub const BYTES_MAX: usize = 64 * 1024;
/// Nodes of a schema with its references written out.
pub const NODES_MAX: u64 = 2_000;
/// Nodes of a schema times nodes of a value.
pub const STEPS_MAX: u64 = 2_000_000;
/// Values within values of a schema with its references written out.
const DEPTH_MAX: usize = 100;
/// What the compiler calls a schema; never loaded.
const PLACE: &str = "oikos:domain";

/// What everybody takes these capabilities to mean where nobody says more: a text in, a text out.
const TEXT_TO_TEXT: [&str; 2] = ["text.shout/v1", "text.summarise/v1"];

/// What a capability takes and gives.
pub struct Domain {
    document: Value,
    input: Checker,
    output: Checker,
}

struct Checker {
    schemas: Schemas,
    index: SchemaIndex,
    nodes: u64,
}

/// Why schemas are no domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// Not of the form `{"input": SCHEMA, "output": SCHEMA}`.
    #[error("a domain has the two JSON Schemas `input` and `output`, and nothing else")]
    Form,
    /// Larger than [`BYTES_MAX`], or than [`NODES_MAX`] with its references written out.
    #[error("the schema is too large to be checked by strangers")]
    TooLarge,
    /// A reference to something outside, by file or address, or to a name instead of a path.
    #[error("the schema refers to `{to}`; only `#/…` within itself is read")]
    Foreign {
        /// To what.
        to: String,
    },
    /// It refers to itself in a circle.
    #[error("the schema refers to itself at `{to}`; recursive schemas are not checked")]
    Recursive {
        /// Where.
        to: String,
    },
    /// No JSON Schema.
    #[error("not a JSON Schema: {0}")]
    Invalid(String),
}

/// Where, and why, a value does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at `{at}`: {why}")]
pub struct Misfit {
    /// The path within the value, as a JSON pointer; `/` is the value itself.
    pub at: String,
    /// What was expected.
    pub why: String,
}

/// Whether a deliverable was checked, and fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// Its task has no schema.
    NoSchema,
    /// It fits.
    Fits,
    /// It does not.
    DoesNot(Misfit),
}

impl core::fmt::Debug for Domain {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Domain").field(&self.document).finish()
    }
}

impl Domain {
    /// These two schemas.
    ///
    /// # Errors
    /// [`DomainError`].
    pub fn new(input: Value, output: Value) -> Result<Self, DomainError> {
        Self::read(json!({"input": input, "output": output}))
    }

    /// Reads what was written by [`Domain::document`], or by anybody else.
    ///
    /// # Errors
    /// [`DomainError`].
    pub fn read(document: Value) -> Result<Self, DomainError> {
        if document.to_string().len() > BYTES_MAX {
            return Err(DomainError::TooLarge);
        }
        let (input, output) = match &document {
            Value::Object(fields) if fields.len() == 2 => fields.get("input").zip(fields.get("output")),
            _ => None,
        }
        .ok_or(DomainError::Form)?;
        Ok(Self { input: Checker::new(input)?, output: Checker::new(output)?, document })
    }

    /// The domain that everybody knows of a capability, if there is one.
    #[must_use]
    pub fn known(capability: &Capability) -> Option<Self> {
        let text = json!({"type": "string"});
        TEXT_TO_TEXT.contains(&capability.as_str()).then(|| Self::new(text.clone(), text).ok()).flatten()
    }

    /// Both schemas in one value.
    #[must_use]
    pub const fn document(&self) -> &Value {
        &self.document
    }

    /// Whether a value may be an input.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn fits_input(&self, value: &Value) -> Result<(), Misfit> {
        self.input.fits(value)
    }

    /// Whether a value may be an output.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn fits_output(&self, value: &Value) -> Result<(), Misfit> {
        self.output.fits(value)
    }
}

impl Checker {
    fn new(schema: &Value) -> Result<Self, DomainError> {
        let mut size = Size { root: schema, left: NODES_MAX, open: Vec::new() };
        size.count(schema, 0)?;
        let nodes = NODES_MAX - size.left;
        let mut compiler = Compiler::new();
        // The default loader opens files; this one knows no scheme at all.
        compiler.use_loader(Box::new(SchemeUrlLoader::new()));
        let invalid = |why: boon::CompileError| DomainError::Invalid(why.to_string());
        compiler.add_resource(PLACE, schema.clone()).map_err(invalid)?;
        let mut schemas = Schemas::new();
        let index = compiler.compile(PLACE, &mut schemas).map_err(invalid)?;
        Ok(Self { schemas, index, nodes })
    }

    fn fits(&self, value: &Value) -> Result<(), Misfit> {
        if nodes_of(value).saturating_mul(self.nodes) > STEPS_MAX {
            return Err(Misfit { at: "/".to_owned(), why: "it is too large to be checked".to_owned() });
        }
        self.schemas.validate(value, self.index).map_err(|error| {
            let first = innermost(&error);
            let at = first.instance_location.to_string();
            Misfit { at: if at.is_empty() { "/".to_owned() } else { at }, why: first.kind.to_string() }
        })
    }
}

/// The first reason that has no further one.
fn innermost<'e, 's, 'v>(error: &'e ValidationError<'s, 'v>) -> &'e ValidationError<'s, 'v> {
    let mut error = error;
    while let Some(first) = error.causes.first() {
        error = first;
    }
    error
}

fn nodes_of(value: &Value) -> u64 {
    let within = match value {
        Value::Array(items) => items.iter().map(nodes_of).sum(),
        Value::Object(fields) => fields.values().map(nodes_of).sum(),
        _ => 0,
    };
    1 + within
}

/// Counts a schema with its references written out. What is data within it (`enum`, `const`) is counted too.
struct Size<'a> {
    root: &'a Value,
    left: u64,
    /// References being written out.
    open: Vec<&'a str>,
}

impl<'a> Size<'a> {
    fn count(&mut self, schema: &'a Value, depth: usize) -> Result<(), DomainError> {
        self.left = self.left.checked_sub(1).ok_or(DomainError::TooLarge)?;
        if depth > DEPTH_MAX {
            return Err(DomainError::TooLarge);
        }
        match schema {
            Value::Array(items) => items.iter().try_for_each(|item| self.count(item, depth + 1)),
            Value::Object(fields) => fields.iter().try_for_each(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(to)) => self.follow(to, depth),
                ("$dynamicRef" | "$recursiveRef", Value::String(to)) => Err(DomainError::Recursive { to: to.clone() }),
                // A name of its own would give `#/…` within it another meaning.
                ("$id" | "id" | "$anchor" | "$dynamicAnchor", Value::String(to)) => {
                    Err(DomainError::Foreign { to: to.clone() })
                }
                (_, value) => self.count(value, depth + 1),
            }),
            _ => Ok(()),
        }
    }

    fn follow(&mut self, to: &'a str, depth: usize) -> Result<(), DomainError> {
        let foreign = || DomainError::Foreign { to: to.to_owned() };
        if to == "#" || self.open.contains(&to) {
            return Err(DomainError::Recursive { to: to.to_owned() });
        }
        let path =
            to.strip_prefix('#').filter(|path| path.starts_with('/') && !path.contains('%')).ok_or_else(foreign)?;
        let target = self.root.pointer(path).ok_or_else(foreign)?;
        self.open.push(to);
        self.count(target, depth + 1)?;
        self.open.pop();
        Ok(())
    }
}

impl Client {
    /// Keeps a domain and tells its hash, which is the same whoever keeps it.
    ///
    /// # Errors
    /// As [`Client::put`].
    pub async fn put_domain(&self, domain: &Domain) -> Result<Hash32, Error> {
        let text = domain.document().to_string();
        // A schema is no secret, so that its salt need not be one.
        let Hash32(salt) = Hash32::of(text.as_bytes());
        let salt: String = salt[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        self.put_salted(salt, crate::content::JSON, text.as_bytes()).await
    }

    /// Reads a domain.
    ///
    /// # Errors
    /// As [`Client::get`]; [`Error::Content`] where it is no domain.
    pub async fn domain(&self, hash: Hash32) -> Result<Domain, Error> {
        let document = self.get(hash).await?;
        Domain::read(document).map_err(|why| Error::Content { hash, why: why.to_string() })
    }

    /// The domain of a capability: what most of those who are here and can do it say, else what everybody knows.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn domain_of(&self, capability: &Capability) -> Result<Option<(Hash32, Domain)>, Error> {
        let query = WireQuery::Participants {
            name: None,
            participant: None,
            capability: Some(capability.clone()),
            present: true,
        };
        let Found::Participants(rows) = self.ask(query).await?.answer else { return Err(other_answer()) };
        let said = rows.into_iter().filter_map(|row| row.now).flat_map(|now| now.domains);
        let mut count: BTreeMap<Hash32, usize> = BTreeMap::new();
        for of in said.filter(|of| of.capability == *capability) {
            *count.entry(of.domain).or_default() += 1;
        }
        let mut hashes: Vec<_> = count.into_iter().collect();
        hashes.sort_by_key(|(hash, count)| (core::cmp::Reverse(*count), *hash));
        for (hash, _) in hashes {
            match self.domain(hash).await {
                Ok(domain) => return Ok(Some((hash, domain))),
                Err(why) => tracing::info!(%why, %capability, "a domain that cannot be read is passed over"),
            }
        }
        match Domain::known(capability) {
            Some(domain) => Ok(Some((self.put_domain(&domain).await?, domain))),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(output: Value) -> Result<Domain, DomainError> {
        Domain::new(json!(true), output)
    }

    #[test]
    fn what_does_not_fit_is_answered_with_its_path() {
        let words = json!({"type": "object", "required": ["words"], "additionalProperties": false,
            "properties": {"words": {"type": "array", "items": {"$ref": "#/$defs/word"}}},
            "$defs": {"word": {"type": "string", "minLength": 1}}});
        let domain = domain(words).unwrap();
        assert_eq!(domain.fits_output(&json!({"words": ["a", "b"]})), Ok(()));
        let misfit = domain.fits_output(&json!({"words": ["a", 7]})).unwrap_err();
        assert_eq!(misfit.at, "/words/1");
        assert!(misfit.why.contains("string"), "{}", misfit.why);
        assert_eq!(domain.fits_output(&json!([])).unwrap_err().at, "/");
        assert_eq!(domain.fits_input(&json!([])), Ok(()));
    }

    #[test]
    fn a_strangers_schema_reads_no_file_and_no_address() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret.json");
        std::fs::write(&secret, r#"{"type": "integer"}"#).unwrap();
        let there = format!("file://{}", secret.display());
        for to in [there.as_str(), "http://127.0.0.1:9/x", "../secret.json", "other.json#/a", "#name"] {
            for schema in [json!({"$ref": to}), json!({"properties": {"a": {"allOf": [{"$ref": to}]}}})] {
                assert_eq!(domain(schema).unwrap_err(), DomainError::Foreign { to: to.to_owned() });
            }
        }
        assert!(domain(json!({"$schema": there, "type": "string"})).is_err());
        // The second lock, without the first: a compiler with our loader does not open it either.
        let mut compiler = Compiler::new();
        compiler.use_loader(Box::new(SchemeUrlLoader::new()));
        compiler.add_resource(PLACE, json!({"$ref": there})).unwrap();
        assert!(compiler.compile(PLACE, &mut Schemas::new()).is_err());
    }

    #[test]
    fn a_schema_that_grows_or_turns_in_a_circle_is_refused_before_it_is_used() {
        assert_eq!(domain(json!({"items": {"$ref": "#"}})).unwrap_err(), DomainError::Recursive { to: "#".to_owned() });
        let circle = json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}});
        assert!(matches!(domain(circle).unwrap_err(), DomainError::Recursive { .. }));
        let mut defs = serde_json::Map::new();
        for n in 0..40 {
            let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
            defs.insert(format!("d{n}"), json!({"allOf": [next, next]}));
        }
        defs.insert("d40".to_owned(), json!(true));
        assert_eq!(domain(json!({"$ref": "#/$defs/d0", "$defs": defs})).unwrap_err(), DomainError::TooLarge);
        let domain = domain(json!({"items": {"type": "integer"}})).unwrap();
        let large = Value::from(vec![1; 1_000_000]);
        assert!(domain.fits_output(&large).unwrap_err().why.contains("too large"));
    }

    #[test]
    fn a_domain_reads_back_and_the_known_ones_are_domains() {
        let domain = domain(json!({"type": "string"})).unwrap();
        assert_eq!(Domain::read(domain.document().clone()).unwrap().document(), domain.document());
        for bad in [json!([]), json!({"input": true}), json!({"input": true, "output": true, "x": 1})] {
            assert_eq!(Domain::read(bad).unwrap_err(), DomainError::Form);
        }
        for name in TEXT_TO_TEXT {
            let known = Domain::known(&Capability::new(name).unwrap()).unwrap();
            assert!(known.fits_output(&json!("a")).is_ok() && known.fits_output(&json!(1)).is_err());
        }
    }
}
