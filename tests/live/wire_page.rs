//! `docs/wire.md` and the schemas say the same.

use oikos_protocol::wire::receipt::RefusalCode;
use oikos_protocol::wire::schema::schemas;
use serde_json::Value;
use std::collections::BTreeSet;

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/wire.md")).unwrap()
}

fn schema(name: &str) -> Value {
    let found = schemas().into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no schema {name}")).1.to_value()
}

/// The variants of an enum in a schema: its tags, or the properties of the alternatives.
fn variants(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for alternative in schema.get("oneOf").or(schema.get("anyOf")).and_then(Value::as_array).into_iter().flatten() {
        found.extend(alternative.get("const").and_then(Value::as_str).map(str::to_owned));
        found.extend(
            alternative
                .get("enum")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned),
        );
        found.extend(
            alternative
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone()),
        );
    }
    found
}

#[test]
fn every_message_of_the_page_has_a_schema_and_every_schema_stands_on_the_page() {
    let page = page();
    let names: BTreeSet<String> = schemas().iter().map(|(name, _)| (*name).to_owned()).collect();
    let rows = page.lines().filter(|line| line.starts_with("| `oikos."));
    let cells = rows.flat_map(|row| row.split('|').skip(2).take(2).map(str::to_owned).collect::<Vec<_>>());
    let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(quoted.collect::<BTreeSet<_>>(), names);
}

#[test]
fn every_command_and_its_fields_stand_on_the_page_and_no_others() {
    let page = page();
    let command = schema("command");
    let all = variants(&command["$defs"]["WireCommand"]);
    assert!(all.len() > 20, "{all:?}");
    let table = page.split("| command | fields |").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: BTreeSet<String> = table
        .lines()
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(names, all);
    let task = command["$defs"]["WireTask"]["properties"].as_object().unwrap();
    let row = table.lines().find(|line| line.contains("`post_task`")).unwrap();
    let fields: BTreeSet<&str> = row.split('|').nth(2).unwrap().split('`').skip(1).step_by(2).collect();
    assert_eq!(fields, task.keys().map(String::as_str).collect());
}

#[test]
fn the_refusals_stand_on_the_page_in_their_order() {
    let page = page();
    let list = page.split("in the order in which they are looked at:").nth(1).unwrap().split("The rejections").next();
    let said: Vec<String> = list.unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let codes: Vec<RefusalCode> = said
        .iter()
        .filter(|name| *name != "now")
        .map(|name| serde_json::from_str(&format!("\"{name}\"")).unwrap())
        .collect();
    assert!(codes.is_sorted(), "{codes:?}");
    let all = variants(&schema("receipt")["$defs"]["RefusalCode"]);
    assert_eq!(codes.len(), all.len(), "{all:?}");
}

#[test]
fn the_examples_of_the_page_are_messages() {
    let page = page();
    for block in page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        for line in block.lines() {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if value.get("requests").is_some() {
                serde_json::from_value::<oikos_protocol::wire::bundle::Bundle>(value).unwrap();
            } else if value.get("event").is_some() {
                serde_json::from_value::<oikos_protocol::wire::event::Numbered>(value).unwrap();
            } else {
                serde_json::from_value::<oikos_protocol::wire::receipt::Answered>(value).unwrap();
            }
        }
    }
}
