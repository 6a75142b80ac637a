//! `oikos clear combinatorial --cats FILE`: the format of the CATS generator.
//!
//! Lines that begin with `%` are comments; `goods N`, `bids N` and `dummy N` say how many; then a line a bid: its
//! number, its price, its goods, `#`. Goods from N on are dummies: bids that share one are of one bidder, and at
//! most one of them wins. Prices are whole numbers. The allocation is put to the proposal check before it is printed.

use super::answer::{Answer, write_json};
use super::read::{malformed, seed, shown};
use super::{ClearArgs, ClearFailure, PricingArg, Verdict, read};
use oikos_market::mechanism::bundles::{BUNDLES_MAX, GOODS_MAX, check_proposal};
use oikos_market::mechanism::combinatorial::Combinatorial;
use oikos_market::mechanism::terms::{Pricing, Terms};
use oikos_market::mechanism::{Auction, Bid, Lots, Mechanism as _, Side};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::{Amount, Scale};
use std::io::Write;
use std::path::Path;

/// A bid of the file.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    id: String,
    bidder: u64,
    price: Amount,
    goods: Vec<u32>,
}

pub(super) fn run(path: &Path, args: &ClearArgs, out: &mut impl Write) -> Result<Verdict, ClearFailure> {
    let text = read::text(path)?;
    let lines = parse(&text).map_err(|message| malformed(path, message))?;
    let lots = lots(args)?;
    let bids: Vec<Bid<'_>> = lines
        .iter()
        .map(|line| Bid { bundle: &line.goods, ..Bid::new(ParticipantId(line.bidder), line.price, [0; 16]) })
        .collect();
    let pricing = if args.pricing == Some(PricingArg::Bids) { Pricing::OwnBid } else { Pricing::Externality };
    let nodes_max = args.nodes.unwrap_or(Terms::NONE.nodes_max);
    let terms = Terms { pricing, nodes_max, ..Terms::NONE };
    let auction = Auction { lots: Some(lots), terms, ..Auction::new(Side::Sell, &bids) };
    let clearing = Combinatorial.clear(&auction)?;
    let winners: Vec<usize> = clearing.winners.iter().map(|award| award.bid).collect();
    let payments: Vec<Amount> = clearing.winners.iter().map(|award| award.price).collect();
    check_proposal(&auction, &winners, &payments)?;
    let ids: Vec<String> = lines.iter().map(|line| line.id.clone()).collect();
    let bidders: Vec<String> = lines.iter().map(|line| line.bidder.to_string()).collect();
    let whole = Scale::new(0).ok_or_else(|| ClearFailure::usage("no scale".to_owned()))?;
    write_json(out, &Answer::new("combinatorial", &clearing, &ids, &bidders, whole))?;
    Ok(Verdict::Done)
}

/// The lots of the command line, or those of a seed of zeros.
pub(super) fn lots(args: &ClearArgs) -> Result<Lots, ClearFailure> {
    match &args.seed {
        None => Ok(Lots::from_seed([0; 32])),
        Some(digits) => {
            let wrong = || ClearFailure::usage("--seed: expected 1 to 128 hexadecimal digits".to_owned());
            seed(digits).map(Lots::from_seed).ok_or_else(wrong)
        }
    }
}

fn parse(text: &str) -> Result<Vec<Line>, String> {
    let (mut goods, mut expected, mut dummies) = (None, None, 0u32);
    let mut bids: Vec<Line> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let at = |message: String| format!("line {number}: {message}");
        let line = line.trim();
        if line.is_empty() || line.starts_with('%') {
            continue;
        }
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if !first.starts_with(|c: char| c.is_ascii_digit()) {
            let count = words.next().and_then(|word| word.parse::<u32>().ok());
            let count = count.ok_or_else(|| at(format!("expected a number after `{}`", shown(first))))?;
            match first {
                "goods" => goods = Some(count),
                "bids" => expected = Some(count as usize),
                "dummy" => dummies = count,
                other => return Err(at(format!("expected `goods`, `bids`, `dummy` or a bid, not `{}`", shown(other)))),
            }
            continue;
        }
        let goods = goods.ok_or_else(|| at("a bid before `goods`".to_owned()))?;
        let all = goods.checked_add(dummies).filter(|&all| all <= GOODS_MAX);
        let all = all.ok_or_else(|| at(format!("more than {GOODS_MAX} goods")))?;
        if bids.len() == BUNDLES_MAX {
            return Err(at(format!("more than {BUNDLES_MAX} bids")));
        }
        bids.push(bid(first, words, goods, all, bids.len()).map_err(at)?);
    }
    let found = bids.len();
    match expected {
        Some(expected) if expected != found => Err(format!("{expected} bids are announced and {found} are there")),
        _ if found == 0 => Err("no bids".to_owned()),
        _ => Ok(bids),
    }
}

fn bid<'a>(
    id: &str,
    mut words: impl Iterator<Item = &'a str>,
    goods: u32,
    all: u32,
    number: usize,
) -> Result<Line, String> {
    let price = words.next().unwrap_or_default();
    // Some versions of the generator write whole prices with a point.
    let whole = price
        .split_once('.')
        .map_or(price, |(whole, rest)| if rest.bytes().all(|b| b == b'0') { whole } else { price });
    let price = whole.parse().map_err(|_| format!("price `{}`: expected a whole number", shown(price)))?;
    let (mut real, mut bidder, mut ended) = (Vec::new(), None, false);
    for word in words {
        if ended {
            return Err(format!("`{}` after `#`", shown(word)));
        }
        if word == "#" {
            ended = true;
            continue;
        }
        let good = word.parse::<u32>().ok().filter(|&good| good < all);
        let good = good.ok_or_else(|| format!("good `{}`: expected a number below {all}", shown(word)))?;
        if good < goods {
            real.push(good);
        } else if bidder.replace(good).is_some() {
            return Err("a bid has more than one dummy good".to_owned());
        }
    }
    real.sort_unstable();
    if !ended || real.is_empty() || real.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("expected goods, each once, and `#` at the end".to_owned());
    }
    // Bidders of one bid are numbered behind all goods, so that no number is used twice.
    let bidder = bidder.map_or(u64::from(all) + number as u64, u64::from);
    Ok(Line { id: id.to_owned(), bidder, price: Amount(price), goods: real })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_with_its_dummies_as_bidders() {
        let text = "%% comment\ngoods 3\nbids 3\ndummy 1\n\n0\t10\t0\t3\t#\n1\t20\t2\t1\t3\t#\n2\t5.0\t0\t#\n";
        let lines = parse(text).unwrap();
        assert_eq!((lines[0].bidder, lines[1].bidder), (3, 3));
        assert_ne!(lines[2].bidder, 3);
        assert_eq!((lines[1].goods.as_slice(), lines[2].price), ([1, 2].as_slice(), Amount(5)));
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        for (text, message) in [
            ("0 1 0 #", "line 1: a bid before `goods`"),
            ("goods x", "line 1: expected a number after `goods`"),
            ("goods 2\n0 ten 0 #", "line 2: price `ten`: expected a whole number"),
            ("goods 2\n0 1 2 #", "line 2: good `2`: expected a number below 2"),
            ("goods 2\n0 1 0", "line 2: expected goods, each once, and `#` at the end"),
            ("goods 2\n0 1 0 0 #", "line 2: expected goods, each once, and `#` at the end"),
            ("goods 2\nbids 2\n0 1 0 #", "2 bids are announced and 1 are there"),
            ("goods 4000000000\n0 1 0 #", "line 2: more than 65536 goods"),
            ("gods 2", "line 1: expected `goods`, `bids`, `dummy` or a bid, not `gods`"),
            ("", "no bids"),
        ] {
            assert_eq!(parse(text).unwrap_err(), message);
        }
    }
}
