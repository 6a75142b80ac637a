//! The toolbox on a file: `oikos clear drf FILE.json` and the like. Each tool has its own small JSON.

use super::answer::write_json;
use super::read::{decimals, malformed, money, shown, signed};
use super::{ClearFailure, Verdict, read};
use oikos_market::math::fixed::Fixed;
use oikos_market::toolbox::{beta, ceei, drf, eigentrust, lmsr, quadratic_funding, shapley, stable_matching};
use oikos_protocol::money::{Amount, Scale, Share};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// The tools by name.
pub(super) const TOOLS: &[&str] =
    &["ceei", "drf", "stable-matching", "quadratic-funding", "lmsr", "shapley", "beta", "eigentrust"];

/// `{"tastes":[[3,1],[1,3]]}`: a row a person, a column a good.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ceei {
    tastes: Vec<Vec<u32>>,
}

/// `{"resources":[9,18],"demands":[[1,4],[3,1]]}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drf {
    resources: Vec<u32>,
    demands: Vec<Vec<u32>>,
}

/// `{"proposers":[[0,1],[1,0]],"receivers":[[0,1],[0,1]]}`: the other side by number, best first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matching {
    proposers: Vec<Vec<usize>>,
    receivers: Vec<Vec<usize>>,
}

/// `{"contributions":["1","4","9"]}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Funding {
    contributions: Vec<String>,
}

/// `{"b":100,"shares":[0,0],"outcome":0,"amount":50}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lmsr {
    b: i64,
    shares: Vec<i64>,
    outcome: usize,
    amount: i64,
}

/// `{"worth":[0,0,0,0,0,1,1,1]}`: one a coalition, players as bits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shapley {
    worth: Vec<i64>,
}

/// `{"good":8,"bad":2}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Beta {
    good: u64,
    bad: u64,
}

/// `{"local":[[0,1],[1,0]],"seeds":[0],"a":"0.1"}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trust {
    local: Vec<Vec<u32>>,
    #[serde(default)]
    seeds: Vec<usize>,
    a: Option<String>,
}

/// A number with six decimals, rounded to the nearest.
fn six(number: Fixed) -> String {
    let scale = Scale::new(6);
    number
        .to_millionths()
        .zip(scale)
        .map_or_else(|| "out of range".to_owned(), |(n, scale)| scale.show_signed(n).to_string())
}

fn share(text: &str) -> Option<Share> {
    signed(text, 6).and_then(|millionths| u32::try_from(millionths).ok()).and_then(Share::from_millionths)
}

pub(super) fn run(tool: &str, path: &Path, out: &mut impl Write) -> Result<Verdict, ClearFailure> {
    let answer = match tool {
        "ceei" => {
            let division = ceei::divide(&read::json::<Ceei>(path)?.tastes)?;
            let row = |row: &Vec<Fixed>| row.iter().map(|&share| six(share)).collect::<Vec<_>>();
            json!({"shares": division.shares.iter().map(row).collect::<Vec<_>>(), "envy": six(division.envy)})
        }
        "drf" => {
            let Drf { resources, demands } = read::json(path)?;
            json!({"tasks": drf::allocate(&resources, &demands)?})
        }
        "stable-matching" => {
            let Matching { proposers, receivers } = read::json(path)?;
            let mut answer = json!({"matching": stable_matching::match_up(&proposers, &receivers)?});
            if proposers.len() <= stable_matching::LISTED_MAX {
                answer["all"] = json!(stable_matching::all_stable(&proposers, &receivers)?);
            }
            answer
        }
        "quadratic-funding" => funding(path)?,
        "lmsr" => {
            let Lmsr { b, shares, outcome, amount } = read::json(path)?;
            let maker = lmsr::Maker::new(b, shares.clone())?;
            let cost = maker.cost(outcome, amount)?;
            let mut after = shares;
            if let Some(shares) = after.get_mut(outcome) {
                *shares += amount; // `cost` has checked that it stays in bounds.
            }
            let after = lmsr::Maker::new(b, after)?;
            json!({"cost": six(cost), "price": six(after.price(outcome)?), "worst_loss": six(maker.worst_loss()?)})
        }
        "shapley" => {
            let worth: Vec<i128> = read::json::<Shapley>(path)?.worth.into_iter().map(i128::from).collect();
            let values = shapley::values(&worth)?;
            let part = |&numerator: &i128| fraction(numerator, values.denominator);
            json!({"values": values.numerators.iter().map(part).collect::<Vec<_>>()})
        }
        "beta" => {
            let Beta { good, bad } = read::json(path)?;
            json!({"expected": six_of(beta::expected(good, bad))})
        }
        _ => {
            let Trust { local, seeds, a } = read::json(path)?;
            let wrong = |text: &str| malformed(path, format!("a: `{}` is not a share from 0 to 1", shown(text)));
            let a = a.map_or(Ok(Share::NONE), |text| share(&text).ok_or_else(|| wrong(&text)))?;
            let trust = eigentrust::trust(&local, &seeds, a)?;
            json!({"trust": trust.into_iter().map(six).collect::<Vec<_>>()})
        }
    };
    write_json(out, &answer)?;
    Ok(Verdict::Done)
}

fn six_of(share: Share) -> String {
    Scale::new(6).map_or_else(String::new, |scale| scale.show(Amount(share.millionths().into())).to_string())
}

fn funding(path: &Path) -> Result<Value, ClearFailure> {
    let texts = read::json::<Funding>(path)?.contributions;
    let most = texts.iter().map(|text| decimals(text)).max().unwrap_or(0).min(Scale::MAX);
    let scale = Scale::new(most).ok_or_else(|| malformed(path, "contributions: more than 18 decimals"))?;
    let read = |(number, text): (usize, &String)| money(path, scale, &format!("contributions[{number}]"), text);
    let contributions: Vec<Amount> = texts.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    let funding = quadratic_funding::fund(&contributions)?;
    Ok(json!({"total": scale.show(funding.total).to_string(), "match": scale.show(funding.matched).to_string()}))
}

/// A fraction in lowest terms: `1/6`, or `2` where it is whole.
fn fraction(numerator: i128, denominator: i128) -> String {
    let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let divisor = i128::try_from(a.max(1)).unwrap_or(1);
    match denominator / divisor {
        1 => (numerator / divisor).to_string(),
        lowest => format!("{}/{lowest}", numerator / divisor),
    }
}
