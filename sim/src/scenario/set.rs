//! `--set key=value`: dotted keys into the tree of a scenario, before it is read.
//!
//! The value has the type that the scenario's reader asks for, and a mistake in it is answered as one in the file is.
//! An entry of a list is named by its number, from 0, or by its `name`: `participants.Ann.money=5`.

use super::mistake::{Mistake, Place, Shown, did_you_mean};
use super::tree::{Entry, Node, Read, Value};
use toml::de::{DeTable, DeValue};

/// Puts the value of one `--set` in its place.
///
/// # Errors
/// Where there is no `=`, the key is none, or it leads through something that has no such entry.
pub fn set(root: &mut Node, text: &str, index: usize) -> Read<()> {
    let place = Place::Set(index);
    let (path, value) = split(text).ok_or_else(|| {
        Mistake::new(&place, "", format!("`{}` is not of the form `key=value`", Shown(text)))
            .hint("such as `--set award=cheapest` or `--set windows.bid=2h`")
    })?;
    put(root, &path, Node::of_set(value.trim(), index), &place, &mut String::new())
}

/// The parts of the key, and the text of the value.
fn split(text: &str) -> Option<(Vec<String>, &str)> {
    text.match_indices('=').find_map(|(at, _)| {
        // An `=` within quotes ends no key, so the first one before which a whole key stands is meant.
        let probe = format!("{} = 0", &text[..at]);
        let table = DeTable::parse(&probe).ok()?;
        let mut path = Vec::new();
        let mut level = table.get_ref();
        loop {
            let (key, value) = level.iter().next()?;
            path.push(key.get_ref().to_string());
            match value.get_ref() {
                DeValue::Table(inner) => level = inner,
                _ => return Some((path, &text[at + 1..])),
            }
        }
    })
}

fn put(node: &mut Node, path: &[String], value: Node, place: &Place, walked: &mut String) -> Read<()> {
    let Some((key, rest)) = path.split_first() else {
        *node = value;
        return Ok(());
    };
    let parent = walked.clone();
    if !walked.is_empty() {
        walked.push('.');
    }
    walked.push_str(&Shown(key).to_string());
    match &mut node.value {
        Value::Table(entries) => {
            let known = entries.iter().position(|entry| entry.key == *key);
            let known = known.unwrap_or_else(|| {
                let node = Node { place: place.clone(), value: Value::Table(Vec::new()) };
                entries.push(Entry { key: key.clone(), place: place.clone(), node });
                entries.len() - 1
            });
            put(&mut entries[known].node, rest, value, place, walked)
        }
        Value::List(nodes) => {
            let found = nodes.iter().position(|node| name_of(node) == Some(key));
            let found = found.or_else(|| key.parse().ok().filter(|number| *number < nodes.len()));
            match found {
                Some(found) => put(&mut nodes[found], rest, value, place, walked),
                None => {
                    let what = format!(
                        "`{parent}` has no entry `{}`; an entry is named by its number or its `name`",
                        Shown(key)
                    );
                    let hint = did_you_mean(key, nodes.iter().filter_map(name_of));
                    Err(Mistake { hint, ..Mistake::new(place, walked.clone(), what) })
                }
            }
        }
        _ => Err(Mistake::new(place, walked.clone(), format!("`{parent}` is a single value and has no fields"))),
    }
}

fn name_of(node: &Node) -> Option<&str> {
    let Value::Table(entries) = &node.value else { return None };
    entries.iter().find_map(|entry| match &entry.node.value {
        Value::Text(name) if entry.key == "name" => Some(name.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOWN: &str = "seed = 1\n[windows]\nbid = \"1h\"\n[[people]]\nname = \"Ann\"\nmoney = 1\n";

    fn after(set_to: &str) -> Result<Node, String> {
        let mut root = Node::parse(TOWN).unwrap();
        set(&mut root, set_to, 0).map_err(|mistake| mistake.what)?;
        Ok(root)
    }

    fn number(node: &Node, path: &[&str]) -> String {
        let mut node = node;
        for key in path {
            node = match &node.value {
                Value::Table(entries) => &entries.iter().find(|entry| entry.key == *key).unwrap().node,
                Value::List(nodes) => &nodes[0],
                _ => panic!("nothing at {key}"),
            };
        }
        match &node.value {
            Value::Number(text) | Value::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_leads_into_tables_and_lists() {
        assert_eq!(number(&after("seed=7").unwrap(), &["seed"]), "7");
        assert_eq!(number(&after("windows.bid=2h").unwrap(), &["windows", "bid"]), "2h");
        assert_eq!(number(&after("people.Ann.money=2.50").unwrap(), &["people", "0", "money"]), "2.50");
        assert_eq!(number(&after("people.0.money=3").unwrap(), &["people", "0", "money"]), "3");
        assert_eq!(number(&after("people.Ann.sells.\"a=b.c\"=4").unwrap(), &["people", "0", "sells", "a=b.c"]), "4");
    }

    #[test]
    fn a_key_that_leads_nowhere_is_a_mistake() {
        assert!(after("seed").unwrap_err().contains("is not of the form `key=value`"));
        assert!(after("=7").unwrap_err().contains("is not of the form"));
        assert!(after("people.Bob.money=2").unwrap_err().contains("`people` has no entry `Bob`"));
        assert!(after("seed.deep=2").unwrap_err().contains("`seed` is a single value"));
    }
}
