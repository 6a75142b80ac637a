//! The book: assets with both of their sides, and the last movements with what is behind each.

use super::super::sentence::{Speaker, reason};
use super::super::snapshot::{AssetRow, MoveRow, SideRow};
use super::super::sum::Sum;
use super::filter::has;
use super::maker::{Maker, ms, whole};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::MoneyMoved;
use oikos_protocol::id::{AssetId, TaskId};
use oikos_views::overview::{Declared, KINDS, Seen};

impl Maker<'_> {
    /// Whether every unit that was made is somewhere: purse by purse added up anew, against what the issuer gave out.
    pub(super) fn conserved(&self, asset: &Declared) -> bool {
        let timelines = self.overview.timelines();
        let places = self.overview.supply().of(asset.asset);
        let lives = timelines.open().chain(timelines.over()).filter(|(_, life)| life.spec.asset == asset.asset);
        let tasks: i128 = lives.map(|(_, life)| life.purses.sum()).sum();
        let free = self.overview.people().free_of_all(asset.asset);
        places.is_conserved() && free + tasks + places.treasury + places.streams == places.supply
    }

    pub(super) fn assets(&self) -> Vec<AssetRow> {
        if let Some(totals) = self.facts.totals.as_ref().filter(|_| !self.facts.is_whole) {
            let rows = totals.assets.iter().filter_map(|row| {
                let scale = self.overview.assets().iter().find(|known| known.code == row.asset)?.scale;
                let sum = |text: &str| Sum::of(scale.parse(text).map_or(0, whole), scale);
                Some(AssetRow {
                    asset: row.asset.to_string(),
                    supply: sum(&row.supply.0),
                    free: sum(&row.free.0),
                    held: sum(&row.held.0),
                    escrow: sum(&row.escrow.0),
                    bonds: sum(&row.bonds.0),
                    treasury: sum(&row.treasury.0),
                    debits: sum(&row.debits.0),
                    credits: sum(&row.credits.0),
                    conserved: Some(row.conserved),
                    sides: Vec::new(),
                })
            });
            return rows.collect();
        }
        let rows = self.overview.assets().iter().map(|known| {
            let places = self.overview.supply().of(known.asset);
            let turnover = self.overview.turnover(known.asset);
            let sum = |units: i128| Sum::of(units, known.scale);
            let debits = turnover.sides.iter().map(|side| side.debits).sum();
            let credits = turnover.sides.iter().map(|side| side.credits).sum();
            let sides = KINDS.iter().zip(&turnover.sides).map(|(purse, side)| SideRow {
                purse,
                debits: sum(side.debits),
                credits: sum(side.credits),
                balance: sum(side.credits - side.debits),
            });
            AssetRow {
                asset: known.code.to_string(),
                supply: sum(places.supply),
                free: sum(places.free),
                held: sum(places.held + places.streams),
                escrow: sum(places.escrow),
                bonds: sum(places.bonds),
                treasury: sum(places.treasury),
                debits: sum(debits),
                credits: sum(credits),
                conserved: self.facts.is_whole.then(|| debits == credits && self.conserved(known)),
                sides: if self.facts.is_whole { sides.collect() } else { Vec::new() },
            }
        });
        rows.collect()
    }

    pub(super) fn moves(&self) -> Vec<MoveRow> {
        let rows = self.overview.moves().rev().map(|seen| self.movement(seen)).filter(|row| {
            let line = || format!("{} {} {} {} {}", row.amount, row.asset, row.debit, row.credit, row.reason);
            self.lens.moves.is_empty() || has(&line(), &self.lens.moves)
        });
        rows.take(self.lens.rows_max).collect()
    }

    fn movement(&self, seen: &Seen) -> MoveRow {
        let speaker = self.speaker();
        let (units, asset, debit, credit, why, task) = match &seen.event {
            Event::Money(MoneyMoved { asset, amount, from, to, reason: why }) => {
                let task = from.task().or(to.task());
                (whole(*amount), *asset, speaker.purse(*from), speaker.purse(*to), reason(*why), task)
            }
            Event::Ledger(event) => booked(event, speaker),
            _ => (0, AssetId(1), String::new(), String::new(), String::new(), None),
        };
        let others = self.overview.of_entry(seen.at.seq).filter(|other| other.at.index != seen.at.index);
        MoveRow {
            sequence: seen.at.seq,
            index: seen.at.index,
            t_ms: ms(seen.t.0),
            amount: self.sum_of(units, asset),
            asset: self.code(asset),
            debit,
            credit,
            reason: why,
            task,
            behind: others.take(24).map(|other| speaker.event(&other.event)).collect(),
        }
    }
}

type Booked = (i128, AssetId, String, String, String, Option<TaskId>);

fn booked(event: &LedgerEvent, speaker: Speaker<'_>) -> Booked {
    use LedgerEvent as E;
    let (transfer, why) = match event {
        E::TransferCreated(made) => (&made.transfer, "payment"),
        E::TransferExpired(over) => (&over.transfer, "payment expired"),
        E::AccountOpened(opened) => {
            let owner = speaker.account(opened.account.id);
            return (0, opened.account.ledger, owner, String::new(), "account opened".to_owned(), None);
        }
    };
    let (debit, credit) = (speaker.account(transfer.debit_account_id), speaker.account(transfer.credit_account_id));
    (whole(transfer.amount), transfer.ledger, debit, credit, why.to_owned(), None)
}
