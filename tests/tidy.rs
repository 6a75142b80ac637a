//! What the house rules promise and a machine can see: layers, purity, the map, links, words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what a test cannot read, it cannot judge")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of the project with this ending, with its path from the root.
fn files(ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "runs" && name != "node_modules" {
                    walk(&path, ending, found);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), ending, &mut found);
    found.sort();
    let short = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (short(path), fs::read_to_string(path).unwrap_or_default())).collect()
}

/// Crate → what it may import, from the table in `docs/architecture.md`.
fn layers() -> BTreeMap<String, BTreeSet<String>> {
    let text = read("docs/architecture.md");
    let rows = text.lines().filter(|line| line.starts_with("| `") && line.contains("` | `oikos"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let may = cells[4].split(',').map(|name| name.trim().to_owned()).filter(|name| name != "nothing of ours");
        (cells[2].trim_matches('`').to_owned(), may.collect())
    })
    .collect()
}

#[test]
fn every_crate_imports_only_what_its_layer_may() {
    let layers = layers();
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap();
    let manifests = members.iter().map(|member| format!("{}/Cargo.toml", member.as_str().unwrap()));
    let mut seen = BTreeSet::new();
    for manifest in manifests.chain(["Cargo.toml".to_owned()]) {
        let table: toml::Table = read(&manifest).parse().unwrap();
        let name = table["package"]["name"].as_str().unwrap();
        let may = layers.get(name).unwrap_or_else(|| panic!("docs/architecture.md has no row for {name}"));
        seen.insert(name.to_owned());
        let needs = table.get("dependencies").and_then(|needs| needs.as_table());
        for needed in needs.into_iter().flat_map(|needs| needs.keys()).filter(|name| name.starts_with("oikos")) {
            let short = needed.trim_start_matches("oikos-");
            assert!(may.contains(short) || may.contains("all"), "{name} imports {needed}, which its layer may not");
        }
    }
    assert_eq!(seen, layers.into_keys().collect(), "the table of layers and the workspace name different crates");
}

#[test]
fn the_core_is_no_std_and_forbids_floats_clocks_and_random_order() {
    for core in ["protocol", "ledger", "market"] {
        let lib = read(format!("{core}/src/lib.rs"));
        assert!(lib.contains("#![no_std]"), "{core} is not no_std");
        assert!(lib.contains("#![deny(clippy::float_arithmetic)]"), "{core} allows floats");
        let clippy = read(format!("{core}/clippy.toml"));
        for forbidden in ["HashMap::iter", "SystemTime", "Instant", "\"f64\""] {
            assert!(clippy.contains(forbidden), "{core}/clippy.toml does not forbid {forbidden}");
        }
    }
    for (path, text) in files(".rs") {
        let core = ["protocol/src", "ledger/src", "market/src"].iter().any(|core| path.starts_with(core));
        assert!(!core || !text.contains("extern crate std"), "{path} brings std into the core");
    }
}

#[test]
fn every_source_file_says_what_it_is_and_none_is_a_drawer_for_anything() {
    let put_off = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    for (path, text) in files(".rs") {
        assert!(text.starts_with("//!"), "{path} does not open with what it is");
        let name = Path::new(&path).file_stem().unwrap().to_string_lossy().into_owned();
        assert!(!["utils", "util", "helpers", "helper", "common", "misc", "imp"].contains(&name.as_str()), "{path}");
        assert!(put_off.iter().all(|word| !text.contains(word)), "{path} puts something off");
    }
}

#[test]
fn the_map_names_every_folder_and_none_that_is_gone() {
    let map = read("docs/architecture.md");
    let folders = fs::read_dir(root()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| entry.file_name().to_string_lossy().into_owned());
    for folder in names.filter(|name| !name.starts_with('.') && !["target", "runs", "oikos-data"].contains(&&**name)) {
        assert!(map.contains(&format!("`{folder}/`")), "docs/architecture.md does not name `{folder}/`");
    }
    for word in map.split('`').filter(|word| word.ends_with('/') && !word.contains(' ')) {
        assert!(root().join(word).is_dir(), "docs/architecture.md names `{word}`, which is gone");
    }
}

#[test]
fn no_link_leads_nowhere() {
    for (path, text) in files(".md") {
        for part in text.split("](").skip(1) {
            let link = part.split([')', '#']).next().unwrap_or_default();
            if link.is_empty() || link.contains("://") || link.contains(' ') {
                continue;
            }
            let target = root().join(&path).parent().unwrap().join(link);
            assert!(target.exists(), "{path}: the link to {link} leads nowhere");
        }
    }
}

#[test]
fn what_a_contributor_has_to_read_is_one_page() {
    let page = read("CONTRIBUTING.md");
    assert!(page.lines().count() <= 60 && page.len() < 5_000, "CONTRIBUTING.md no longer fits on a page");
}

#[test]
fn nothing_of_the_shared_data_is_copied_into_the_project() {
    for (path, text) in files(".toml").into_iter().chain(files(".yaml")).chain(files(".txt")).chain(files(".json")) {
        for published in ["Poblano Palate", "Summit Residential", "File generated by CATS"] {
            assert!(!text.contains(published), "{path} holds published data");
        }
    }
}

#[test]
fn the_readme_in_chinese_is_in_step() {
    let commands = |page: &str| {
        let text = read(page);
        let blocks = text.split("```").skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let links = text.split("](").skip(1).filter_map(|part| part.split(')').next()).map(str::to_owned);
        let links: BTreeSet<String> =
            links.filter(|link| link.starts_with("docs/") || link.starts_with("tests/")).collect();
        (blocks, links)
    };
    let (english, chinese) = (commands("README.md"), commands("README.zh-CN.md"));
    assert!(english.0.len() >= 5, "the README has no commands");
    assert_eq!(english.0, chinese.0, "README.zh-CN.md shows other commands than README.md");
    let missing: Vec<&String> = chinese.1.difference(&english.1).collect();
    assert!(missing.is_empty(), "README.zh-CN.md leads where README.md does not: {missing:?}");
}
