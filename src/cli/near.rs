//! What somebody may have meant who named a file that is not there, or wrote a name that is none.

use oikos_bus::subject::Name;
use oikos_sim::scenario::mistake::did_you_mean;
use std::path::Path;

/// More entries of a folder than this are not looked through.
const ENTRIES_MAX: usize = 10_000;

/// A hint naming the nearest file beside a path that is not there; nothing where none is near, or the path is there.
#[must_use]
pub fn file(path: &Path) -> Option<String> {
    if path.exists() {
        return None;
    }
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.take(ENTRIES_MAX).flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let known: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    // Told with its folder, so that it can be pasted.
    let known: Vec<String> = known
        .iter()
        .map(|name| folder.map_or_else(|| name.clone(), |folder| folder.join(name).display().to_string()))
        .collect();
    let given = folder.map_or_else(|| name.to_owned(), |folder| folder.join(name).display().to_string());
    did_you_mean(&given, known.iter().map(String::as_str))
}

/// The same, and in any case where such a thing comes from.
#[must_use]
pub fn file_or(path: &Path, otherwise: &str) -> Option<String> {
    file(path).or_else(|| Some(otherwise.to_owned()))
}

/// A name as a person writes it; what is none is told with the form of one.
///
/// # Errors
/// What is not allowed in it.
pub fn name(text: &str) -> Result<Name, String> {
    const FORM: &str = "a name has letters, digits, `-` and `_`, or is Chinese, Japanese or Korean alone";
    Name::new(text).map_err(|why| format!("{why}; {FORM}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_beside_it_is_named_and_one_that_is_there_needs_no_hint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("market-street.toml");
        std::fs::write(&path, "").unwrap();
        assert_eq!(file(&path), None);
        let hint = file(&folder.path().join("market-stret.toml")).unwrap();
        assert!(hint.contains("market-street.toml"), "{hint}");
    }
}
