//! Permissions: keys and seeds are their owner's alone.

use super::Finding;
use oikos::home::Home;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Secrets in the folder of an economy.
const SECRETS: [&str; 3] = ["node.nk", "beacon.seed", "economy.json"];

/// Looks at the keys of a home and the secrets of an economy's folder.
pub fn look(home: &Home, folder: &Path) -> Vec<Finding> {
    let keys = keys_under(&home.folder().join("keys"));
    let secrets = SECRETS.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect();
    vec![of("keys", &home.folder().join("keys"), keys), of("secrets", folder, secrets)]
}

fn of(check: &'static str, folder: &Path, files: Vec<PathBuf>) -> Finding {
    let mode = |path: &Path| std::fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
    let exposed: Vec<String> = files
        .iter()
        .filter(|path| mode(path).is_ok_and(|mode| mode & 0o077 != 0))
        .map(|path| path.display().to_string())
        .collect();
    if files.is_empty() {
        return Finding::ok(check, format!("none yet in {}", folder.display()));
    }
    if exposed.is_empty() {
        return Finding::ok(check, format!("{} in {}, read by nobody else", files.len(), folder.display()));
    }
    let seen = format!("{} of {} can be read by others", exposed.len(), files.len());
    Finding::bad(check, seen, format!("chmod 600 {}", exposed.join(" ")))
}

fn keys_under(folder: &Path) -> Vec<PathBuf> {
    let of_folder = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let economies = of_folder(folder);
    let mut keys: Vec<PathBuf> = economies.iter().flat_map(|economy| of_folder(economy)).collect();
    keys.retain(|path| path.extension().is_some_and(|extension| extension == "nk"));
    keys.sort();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::State;

    #[test]
    fn a_key_that_others_can_read_is_bad_and_the_way_out_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path()));
        let _ = home.key_or_new("kitchen", "mara").unwrap();
        assert_eq!(look(&home, folder.path())[0].state, State::Ok);
        let path = folder.path().join("keys/kitchen/mara.nk");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let found = &look(&home, folder.path())[0];
        assert_eq!(found.state, State::Bad);
        assert!(found.way_out.as_ref().unwrap().ends_with("mara.nk"), "{found:?}");
    }
}
