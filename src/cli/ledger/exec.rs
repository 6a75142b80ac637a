//! `oikos ledger exec FILE.jsonl`: drives a fresh book in memory, one JSON object in, one result line out.
//!
//! So that any suite can test the book. Integers of 64 and 128 bits are decimal strings, smaller ones numbers;
//! absent fields are zero; unknown fields are errors that name their line and path. The clock stands still but
//! for `tick`, and for the nanosecond that each event takes. A line that cannot be read ends the run.

use anyhow::Context as _;
use oikos_ledger::{History, Ledger, LedgerSink as _, Violation};
use oikos_protocol::command::account::{Account, AccountFlags, Balances};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::{AccountId, TransferId};
use oikos_protocol::money::Amount;
use oikos_protocol::query::{AccountFilter, ChangeEventsFilter, QueryFilter};
use oikos_protocol::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::io::{BufRead, Write};

/// Drives a fresh in-memory ledger from a file of JSON lines.
#[derive(Debug, Clone, clap::Args)]
pub struct ExecArgs {
    /// The file, or `-` for standard input
    pub file: std::path::PathBuf,
    /// Allow `setup_balance`, which sets balances at will and so breaks double entry
    #[arg(long)]
    pub test_hooks: bool,
}

impl ExecArgs {
    /// Runs the file and writes the result lines to `output`.
    ///
    /// # Errors
    /// As [`run`]; where the file cannot be opened.
    pub fn run(&self, output: &mut impl Write) -> anyhow::Result<()> {
        if self.file.as_os_str() == "-" {
            return Ok(run(std::io::stdin().lock(), output, self.test_hooks)?);
        }
        let file = std::fs::File::open(&self.file).with_context(|| format!("opening {}", self.file.display()))?;
        Ok(run(std::io::BufReader::new(file), output, self.test_hooks)?)
    }
}

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// A line is not one of the operations: the usage is wrong (exit 2).
    #[error("line {line}: {path}{}{reason}", if path.is_empty() { "" } else { ": " })]
    Line {
        /// Which, from 1.
        line: usize,
        /// The path of the field, such as `events[0].foo`, or nothing for the line as a whole.
        path: String,
        /// What was expected.
        reason: String,
    },
    /// The book is broken after this line: a bug (exit 3).
    #[error("line {line}: {violation}")]
    Violation {
        /// Which, from 1.
        line: usize,
        /// What no longer holds.
        violation: Violation,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Runs every line of `input` and writes one result line each; empty lines are passed over.
///
/// # Errors
/// [`ExecError`] at the first line that cannot be run.
pub fn run(input: impl BufRead, output: &mut impl Write, test_hooks: bool) -> Result<(), ExecError> {
    let mut exec = Exec { ledger: Ledger::new(), history: History::new(), now: 0, test_hooks, set_by_hand: false };
    for (index, text) in input.lines().enumerate() {
        let (text, line) = (text?, index + 1);
        if text.trim().is_empty() {
            continue;
        }
        let answer = exec.line(&text).map_err(|Misread { path, reason }| ExecError::Line { line, path, reason })?;
        if !exec.set_by_hand {
            exec.ledger.check_invariants().map_err(|violation| ExecError::Violation { line, violation })?;
        }
        writeln!(output, "{answer}")?;
    }
    output.flush()?;
    Ok(())
}

struct Exec {
    ledger: Ledger,
    history: History,
    now: u64,
    test_hooks: bool,
    set_by_hand: bool,
}

struct Misread {
    path: String,
    reason: String,
}

impl Misread {
    fn at(path: &str, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), reason: reason.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events<T> {
    events: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ids {
    ids: Vec<WideId>,
}

#[derive(Deserialize)]
struct WideId(#[serde(with = "oikos_protocol::decimal")] u128);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter<T> {
    filter: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tick {
    #[serde(with = "oikos_protocol::decimal")]
    ns: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetupBalance {
    #[serde(with = "oikos_protocol::decimal")]
    account: u128,
    #[serde(default)]
    debits_pending: Amount,
    #[serde(default)]
    debits_posted: Amount,
    #[serde(default)]
    credits_pending: Amount,
    #[serde(default)]
    credits_posted: Amount,
}

/// An account with its flag `closed` once more as a field.
#[derive(Serialize)]
struct ShownAccount {
    #[serde(flatten)]
    account: Account,
    closed: bool,
}

impl ShownAccount {
    fn of(account: Account) -> Self {
        Self { account, closed: account.flags.contains(AccountFlags::CLOSED) }
    }
}

impl Exec {
    fn line(&mut self, text: &str) -> Result<Value, Misread> {
        let mut line: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| Misread::at("", format!("not a JSON object: {error}")))?;
        let op = match line.remove("op") {
            Some(Value::String(op)) => op,
            Some(_) => return Err(Misread::at("op", "expected the name of an operation")),
            None => return Err(Misread::at("op", "missing")),
        };
        let rest = Value::Object(line);
        Ok(match op.as_str() {
            "create_accounts" => self.create_accounts(&read::<Events<Account>>(rest)?.events),
            "create_transfers" => self.create_transfers(&read::<Events<Transfer>>(rest)?.events),
            "lookup_accounts" => {
                let ids = read::<Ids>(rest)?.ids;
                let found = ids.iter().filter_map(|id| self.ledger.account(AccountId(id.0)).copied());
                json!({ "accounts": found.map(ShownAccount::of).collect::<Vec<_>>() })
            }
            "lookup_transfers" => {
                let ids = read::<Ids>(rest)?.ids;
                let found = ids.iter().filter_map(|id| self.ledger.transfer(TransferId(id.0), &self.history));
                json!({ "transfers": found.collect::<Vec<_>>() })
            }
            "get_account_transfers" => {
                json!({ "transfers": self.history.account_transfers(&read::<Filter<AccountFilter>>(rest)?.filter) })
            }
            "get_account_balances" => {
                json!({ "balances": self.history.account_balances(&read::<Filter<AccountFilter>>(rest)?.filter) })
            }
            "query_accounts" => {
                let found = self.ledger.query_accounts(&read::<Filter<QueryFilter>>(rest)?.filter);
                json!({ "accounts": found.into_iter().map(ShownAccount::of).collect::<Vec<_>>() })
            }
            "query_transfers" => {
                json!({ "transfers": self.history.query_transfers(&read::<Filter<QueryFilter>>(rest)?.filter) })
            }
            "get_change_events" => {
                json!({ "events": self.history.change_events(&read::<Filter<ChangeEventsFilter>>(rest)?.filter) })
            }
            "tick" => self.tick(read::<Tick>(rest)?.ns),
            "setup_balance" if self.test_hooks => self.setup_balance(&read::<SetupBalance>(rest)?)?,
            "setup_balance" => return Err(Misread::at("op", "`setup_balance` is only there with --test-hooks")),
            _ => return Err(Misread::at("op", format!("`{}` is not an operation", op.escape_debug()))),
        })
    }

    fn create_accounts(&mut self, accounts: &[Account]) -> Value {
        let (mut events, mut results) = (Vec::new(), Vec::new());
        self.ledger.create_accounts(Timestamp(self.now), accounts, &self.history, &mut events, &mut results);
        self.keep(events);
        json!({ "results": results })
    }

    fn create_transfers(&mut self, transfers: &[Transfer]) -> Value {
        let (mut events, mut results) = (Vec::new(), Vec::new());
        self.ledger.create_transfers(Timestamp(self.now), transfers, &self.history, &mut events, &mut results);
        self.keep(events);
        json!({ "results": results })
    }

    fn tick(&mut self, ns: u64) -> Value {
        self.now = self.now.saturating_add(ns);
        let mut events: Vec<LedgerEvent> = Vec::new();
        while self.ledger.expire_next(Timestamp(self.now), &mut events) {}
        let expired = events.len();
        self.keep(events);
        json!({ "now": self.now.to_string(), "expired": expired })
    }

    fn setup_balance(&mut self, setup: &SetupBalance) -> Result<Value, Misread> {
        let SetupBalance { account, debits_pending, debits_posted, credits_pending, credits_posted } = *setup;
        let balances = Balances { debits_pending, debits_posted, credits_pending, credits_posted };
        self.set_by_hand = true;
        match self.ledger.set_balances(AccountId(account), balances) {
            true => Ok(json!({})),
            false => Err(Misread::at("account", "there is no such account")),
        }
    }

    fn keep(&mut self, events: Vec<LedgerEvent>) {
        events.into_iter().for_each(|event| self.history.emit(event));
        self.now = self.now.max(self.ledger.last_timestamp().0);
    }
}

/// Reads the fields of an operation; an error names the path of the field.
fn read<T: DeserializeOwned>(fields: Value) -> Result<T, Misread> {
    serde_path_to_error::deserialize(fields).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        Misread { path, reason: error.into_inner().to_string() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(lines: &[&str], test_hooks: bool) -> Result<Vec<Value>, String> {
        let mut output = Vec::new();
        run(lines.join("\n").as_bytes(), &mut output, test_hooks).map_err(|error| error.to_string())?;
        let text = String::from_utf8(output).unwrap();
        Ok(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    const OPEN: &str = r#"{"op":"create_accounts","events":[{"id":"1","ledger":1,"code":1,"flags":["history"]},
        {"id":"2","ledger":1,"code":1},{"id":"2","ledger":1,"code":1}]}"#;

    #[test]
    fn a_two_phase_payment_is_seen_in_every_answer() {
        let open = OPEN.replace('\n', "");
        let answers = exec(
            &[
                &open,
                r#"{"op":"create_transfers","events":[{"id":"10","debit_account_id":"1","credit_account_id":"2","amount":"7","ledger":1,"code":1,"flags":["pending"],"timeout":1}]}"#,
                r#"{"op":"create_transfers","events":[{"id":"11","pending_id":"10","amount":"340282366920938463463374607431768211455","flags":["post_pending_transfer"]},{"id":"12","debit_account_id":"1","credit_account_id":"2","amount":"1","ledger":1,"code":2,"flags":["pending"],"timeout":2}]}"#,
                r#"{"op":"tick","ns":"2000000000"}"#,
                r#"{"op":"lookup_accounts","ids":["1","9","2"]}"#,
                r#"{"op":"lookup_transfers","ids":["11","99"]}"#,
                r#"{"op":"get_account_balances","filter":{"account_id":"1","limit":10,"flags":["debits","reversed"]}}"#,
                r#"{"op":"query_transfers","filter":{"code":1,"limit":10}}"#,
                r#"{"op":"get_change_events","filter":{"limit":10}}"#,
                r#"{"op":"get_account_transfers","filter":{"account_id":"2","limit":1,"flags":["credits"]}}"#,
                r#"{"op":"query_accounts","filter":{"limit":1,"flags":["reversed"]}}"#,
            ],
            false,
        )
        .unwrap();
        assert_eq!(answers[0], json!({"results": ["created", "created", "exists"]}));
        assert_eq!(answers[2], json!({"results": ["created", "created"]}));
        assert_eq!(answers[3]["expired"], 1);
        let accounts = answers[4]["accounts"].as_array().unwrap();
        assert_eq!(accounts.len(), 2);
        assert_eq!(accounts[0]["debits_posted"], "7");
        assert_eq!(accounts[0]["closed"], false);
        assert_eq!(accounts[0]["flags"], json!(["history"]));
        assert_eq!(answers[5]["transfers"][0]["amount"], "7");
        assert_eq!(answers[5]["transfers"][0]["ledger"], 1);
        assert_eq!(answers[6]["balances"][0]["debits_pending"], "1");
        assert_eq!(answers[6]["balances"][2]["debits_pending"], "7");
        assert_eq!(answers[7]["transfers"].as_array().unwrap().len(), 2);
        let kinds: Vec<_> =
            answers[8]["events"].as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
        assert_eq!(kinds, ["two_phase_pending", "two_phase_posted", "two_phase_pending", "two_phase_expired"]);
        assert_eq!(answers[9]["transfers"][0]["id"], "10");
        assert_eq!(answers[10]["accounts"][0]["id"], "2");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named_with_its_path() {
        let open = OPEN.replace('\n', "");
        for (line, expected) in [
            (r#"{"op":"create_accounts","events":[{"foo":1}]}"#, "line 2: events[0].foo: unknown field `foo`"),
            (r#"{"op":"create_accounts","events":[{},{"id":1}]}"#, "line 2: events[1].id: invalid type: integer"),
            (r#"{"op":"create_transfers","events":[{"amount":"-1"}]}"#, "line 2: events[0].amount: `-1` is not"),
            (
                r#"{"op":"create_accounts","events":[{"flags":["rich"]}]}"#,
                "line 2: events[0].flags: `rich` is not a flag",
            ),
            (r#"{"op":"lookup_accounts","filter":{}}"#, "line 2: filter: unknown field `filter`"),
            (r#"{"op":"fly"}"#, "line 2: op: `fly` is not an operation"),
            (r#"{"op":"setup_balance","account":"1"}"#, "line 2: op: `setup_balance` is only there with --test-hooks"),
            (r#"{"#, "line 2: not a JSON object"),
        ] {
            let error = exec(&[&open, line], false).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn balances_set_by_hand_are_taken_as_they_are() {
        let open = OPEN.replace('\n', "");
        let lines = [
            &open,
            r#"{"op":"setup_balance","account":"1","debits_posted":"340282366920938463463374607431768211455"}"#,
            r#"{"op":"create_transfers","events":[{"id":"10","debit_account_id":"1","credit_account_id":"2","amount":"1","ledger":1,"code":1}]}"#,
        ];
        let answers = exec(&lines, true).unwrap();
        assert_eq!(answers[2], json!({"results": ["overflows_debits_posted"]}));
    }
}
