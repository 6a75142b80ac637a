//! Where the published data lies, and what a test does without it.

use std::path::PathBuf;

/// A folder of the shared data, or nothing (and a word about it) where it is not there.
///
/// # Panics
/// Where `CI=true` and the shared folder is there but not this part: then the test must not be skipped.
pub fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("OIKOS_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")), PathBuf::from);
    let folder = root.join("data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!(ci && root.exists()), "{} is missing though {} exists", folder.display(), root.display());
    println!("skipped: {} is not there", folder.display());
    None
}

/// The known answers beside the data.
pub fn known(folder: &std::path::Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("known_optima.json")).unwrap()).unwrap()
}
