//! Markets as published with Magentic Marketplace: YAML, one file a participant.
//!
//! Every customer posts one task: the items it wants at its reference prices, the amenities it wants, and a budget of
//! twice the sum of those prices. Every business sells its list. Ratings, texts and price factors are left aside.
//! Invariant: the text depends on the files' contents alone; participants stand in order of their ids.
//! Source: Bansal et al. 2025, "Magentic Marketplace", the folders `businesses` and `customers` of its data.

use crate::scenario::mistake::Shown;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

/// The longest file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// The most files of a folder.
const FILES_MAX: usize = 100_000;

/// Why a market was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A folder or file that cannot be read.
    #[error("cannot read `{}`: {why}", Shown(&.path.display().to_string()))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file that is not as it should be.
    #[error("{what}\n  --> {}:{line}", Shown(&.path.display().to_string()))]
    File {
        /// Which.
        path: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
}

impl ImportError {
    /// The way out.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreadable { .. } => Some("a market is a folder with the folders `businesses` and `customers`"),
            Self::File { .. } => None,
        }
    }
}

#[derive(Deserialize)]
struct Business {
    id: String,
    name: String,
    menu_features: BTreeMap<String, Price>,
    amenity_features: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
struct Customer {
    id: String,
    name: String,
    menu_features: BTreeMap<String, Price>,
    amenity_features: Vec<String>,
}

/// A price as the shortest decimal text of what the file says.
struct Price(String);

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // The shortest text that reads back as the same number is the text that was written, up to 15 digits.
        let number = f64::deserialize(from)?;
        let good = number.is_finite() && (0.0..1e12).contains(&number);
        good.then(|| Self(number.to_string())).ok_or_else(|| serde::de::Error::custom("a price is a number from 0 on"))
    }
}

/// The text of a scenario with the market in `folder`.
///
/// # Errors
/// [`ImportError`] names the file, and the line where it can.
pub fn import(folder: &Path, award: &str) -> Result<String, ImportError> {
    let businesses: BTreeMap<String, Business> =
        read_all(&folder.join("businesses"), |business: &Business| &business.id)?;
    let customers: BTreeMap<String, Customer> =
        read_all(&folder.join("customers"), |customer: &Customer| &customer.id)?;
    let market =
        folder.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    let name: String = market.as_deref().unwrap_or("market").chars().map(plain).collect();
    let mut text = String::new();
    // Writing into a text does not fail.
    let _ = write(&mut text, &name, award, &businesses, &customers);
    Ok(text)
}

fn plain(character: char) -> char {
    if character.is_ascii_alphanumeric() || matches!(character, '-' | '_') { character } else { '-' }
}

fn write(
    text: &mut String,
    name: &str,
    award: &str,
    businesses: &BTreeMap<String, Business>,
    customers: &BTreeMap<String, Customer>,
) -> fmt::Result {
    writeln!(text, "# {} customers and {} businesses of the market `{name}`,", customers.len(), businesses.len())?;
    writeln!(
        text,
        "# published with Magentic Marketplace (Bansal et al. 2025) and imported by `oikos sim import magentic`."
    )?;
    writeln!(text, "# Every customer posts one task; its budget is twice the sum of its reference prices.")?;
    writeln!(text, "# Every business that sells all items bids the sum of its list prices.\n")?;
    writeln!(text, "name = {}", quoted(name))?;
    writeln!(text, "seed = 1")?;
    writeln!(text, "award = {} # optimal, cheapest, any or any_amenities", quoted(award))?;
    for (id, Business { name, menu_features, amenity_features, .. }) in businesses {
        writeln!(text, "\n[[participants]] # {}\nname = {}", comment(name), quoted(id))?;
        let has = amenity_features.iter().filter(|(_, has)| **has).map(|(amenity, _)| amenity.as_str());
        writeln!(text, "amenities = {}", list(has))?;
        table(text, "participants.sells", menu_features)?;
    }
    for (id, Customer { name, menu_features, amenity_features, .. }) in customers {
        writeln!(text, "\n[[participants]] # {}\nname = {}", comment(name), quoted(id))?;
        let mut wanted: Vec<&str> = amenity_features.iter().map(String::as_str).collect();
        wanted.sort_unstable();
        writeln!(text, "\n[[tasks]]\nposter = {}\namenities = {}", quoted(id), list(wanted.into_iter()))?;
        table(text, "tasks.items", menu_features)?;
    }
    Ok(())
}

fn table(text: &mut String, path: &str, prices: &BTreeMap<String, Price>) -> fmt::Result {
    writeln!(text, "[{path}]")?;
    prices.iter().try_for_each(|(item, price)| writeln!(text, "{} = {}", quoted(item), quoted(&price.0)))
}

/// A TOML string: all that could end it, or steer a terminal, is escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn comment(text: &str) -> String {
    Shown(text).to_string()
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(", "))
}

fn read_all<T: for<'de> Deserialize<'de>>(
    folder: &Path,
    id: impl Fn(&T) -> &String,
) -> Result<BTreeMap<String, T>, ImportError> {
    let unreadable = |path: &Path, why: String| ImportError::Unreadable { path: path.to_owned(), why };
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error.to_string()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error.to_string()))?.path();
        if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
            paths.push(path);
        }
    }
    if paths.is_empty() || paths.len() > FILES_MAX {
        return Err(unreadable(folder, format!("it has {} YAML files, 1 to {FILES_MAX} were expected", paths.len())));
    }
    paths.sort();
    let mut all = BTreeMap::new();
    for path in paths {
        let bytes = std::fs::metadata(&path).map_or(0, |meta| meta.len());
        if bytes > FILE_BYTES_MAX {
            return Err(unreadable(&path, format!("it has {bytes} bytes, at most {FILE_BYTES_MAX} are read")));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error.to_string()))?;
        let one: T = serde_saphyr::from_str(&text).map_err(|error| misread(&path, &error))?;
        let id = id(&one).clone();
        if all.contains_key(&id) {
            let what = format!("two participants have the id `{}`", Shown(&id));
            return Err(ImportError::File { path, line: 1, what });
        }
        all.insert(id, one);
    }
    Ok(all)
}

fn misread(path: &Path, error: &serde_saphyr::Error) -> ImportError {
    let line = error.location().map_or(1, |location| location.line());
    let first = error.to_string();
    let what = Shown(first.lines().next().unwrap_or_default()).to_string();
    ImportError::File { path: path.to_owned(), line, what }
}
