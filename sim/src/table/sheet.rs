//! Sheets: which columns the tables of a run have, row by row, for CSV and Parquet alike.
//!
//! In CSV money is whole minor units and the header says of what (`volume_OIK_e-2`); in Parquet it is a decimal. Shares
//! and seconds are plain decimals in both. The rows of a sheet are made one by one, so that a million need no memory.

use super::parquet::{Cell, Field, Kind, TableError};
use crate::engine::Finished;
use crate::engine::plan::{ASSET, Plan, id};
use crate::metric::figures::{Row, TaskEnd};
use crate::metric::inequality::LORENZ_PARTS;
use crate::metric::series::RunRow;
use crate::metric::welfare;
use crate::scenario::Scenario;
use oikos_market::available_account;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::time::Span;

/// Takes the rows of a sheet.
pub type Put<'p> = dyn FnMut(&[Cell<'_>]) -> Result<(), TableError> + 'p;

/// A table of a run.
pub trait Sheet {
    /// The code of the money in it.
    fn code(&self) -> String;
    /// Its columns.
    fn fields(&self) -> Vec<Field>;
    /// Its rows, in order.
    ///
    /// # Errors
    /// What `put` said.
    fn rows(&self, put: &mut Put<'_>) -> Result<(), TableError>;
}

/// The steps of a run: what happened in each, and how things stood at its end.
#[derive(Debug)]
pub struct Steps<'a> {
    /// The code of the money.
    pub code: &'a str,
    /// Its decimals.
    pub scale: u8,
    /// How long a step is.
    pub width: Span,
    /// The steps.
    pub rows: &'a [Row],
    /// Welfare up to the end of each, where that can be said.
    pub welfare: Option<&'a [i128]>,
}

impl Sheet for Steps<'_> {
    fn code(&self) -> String {
        self.code.to_owned()
    }

    fn fields(&self) -> Vec<Field> {
        let money = Kind::Money(self.scale);
        vec![
            Field::new("step", Kind::Count),
            Field::new("end_s", Kind::Decimal(9)),
            Field::new("posted", Kind::Count),
            Field::new("bids", Kind::Count),
            Field::new("awards", Kind::Count),
            Field::new("settled", Kind::Count),
            Field::new("ended", Kind::Count),
            Field::new("open_tasks", Kind::Count),
            Field::optional("mean_price", money),
            Field::optional("low_price", money),
            Field::optional("high_price", money),
            Field::new("volume", money),
            Field::new("human_income", money),
            Field::new("agent_income", money),
            Field::new("organisation_income", money),
            Field::optional("gini", Kind::Decimal(6)),
            Field::optional("welfare", money),
            Field::new("supply", money),
        ]
    }

    fn rows(&self, put: &mut Put<'_>) -> Result<(), TableError> {
        for (place, row) in self.rows.iter().enumerate() {
            let mean = row.awarded.checked_div(u128::from(row.awards)).map(signed);
            put(&[
                Cell::Count(row.step),
                Cell::Decimal(i128::from(self.width.0.saturating_mul(row.step + 1))),
                Cell::Count(row.posted),
                Cell::Count(row.bids),
                Cell::Count(row.awards),
                Cell::Count(row.settled),
                Cell::Count(row.ended),
                Cell::Count(row.open_tasks),
                Cell::money(mean),
                Cell::money(row.price_low.map(signed)),
                Cell::money(row.price_high.map(signed)),
                Cell::Money(signed(row.volume)),
                Cell::Money(signed(row.income.humans)),
                Cell::Money(signed(row.income.agents)),
                Cell::Money(signed(row.income.organisations)),
                Cell::decimal(row.gini.map(i128::from)),
                Cell::money(self.welfare.and_then(|welfare| welfare.get(place).copied())),
                Cell::Money(signed(row.supply)),
            ])?;
        }
        Ok(())
    }
}

/// How each task of a run ended.
#[derive(Debug)]
pub struct Tasks<'a> {
    /// The plan.
    pub plan: &'a Plan<'a>,
    /// How each ended.
    pub ends: &'a [TaskEnd],
}

impl Sheet for Tasks<'_> {
    fn code(&self) -> String {
        self.plan.scenario.asset.code.to_string()
    }

    fn fields(&self) -> Vec<Field> {
        let money = Kind::Money(self.plan.scenario.asset.scale.decimals());
        vec![
            Field::optional("task", Kind::Text),
            Field::new("name", Kind::Text),
            Field::new("poster", Kind::Text),
            Field::new("mechanism", Kind::Text),
            Field::new("phase", Kind::Text),
            Field::optional("posted_s", Kind::Decimal(9)),
            Field::optional("ended_s", Kind::Decimal(9)),
            Field::new("bids", Kind::Count),
            Field::optional("winner", Kind::Text),
            Field::new("budget", money),
            Field::optional("price", money),
            Field::new("paid", money),
            Field::new("welfare", money),
        ]
    }

    fn rows(&self, put: &mut Put<'_>) -> Result<(), TableError> {
        let scenario = self.plan.scenario;
        for ((planned, task), end) in self.plan.tasks.iter().zip(&scenario.tasks).zip(self.ends) {
            let number = end.task.map(|task| task.to_string());
            let winner = end.winner.and_then(|winner| name(scenario, crate::engine::plan::number(winner)?));
            put(&[
                Cell::text(number.as_deref()),
                Cell::Text(&task.name),
                Cell::Text(&task.poster),
                Cell::Text(task.mechanism.name()),
                Cell::Text(end.phase.map_or("NotPosted", |phase| phase.name())),
                Cell::decimal(end.task.map(|_| i128::from(end.posted_at.0))),
                Cell::decimal(end.ended_at.map(|at| i128::from(at.0))),
                Cell::Count(u64::from(end.bids)),
                Cell::text(winner),
                Cell::Money(signed(task.budget.0)),
                Cell::money(end.winner.map(|_| signed(end.price.0))),
                Cell::Money(signed(end.paid.0)),
                Cell::Money(welfare::of_task(planned, end)),
            ])?;
        }
        Ok(())
    }
}

/// Who took part in a run, and what they came to.
#[derive(Debug)]
pub struct Participants<'a> {
    /// The plan.
    pub plan: &'a Plan<'a>,
    /// What came of it.
    pub finished: &'a Finished,
}

impl Sheet for Participants<'_> {
    fn code(&self) -> String {
        self.plan.scenario.asset.code.to_string()
    }

    fn fields(&self) -> Vec<Field> {
        participant_fields(self.plan.scenario.asset.scale.decimals())
    }

    fn rows(&self, put: &mut Put<'_>) -> Result<(), TableError> {
        let (scenario, figures) = (self.plan.scenario, &self.finished.figures);
        let sellers: std::collections::BTreeSet<_> = figures.income.sellers(ASSET).map(|(who, _)| who).collect();
        for (number, participant) in (0..).zip(&scenario.participants) {
            let who = id(number);
            let left = self.finished.economy.ledger().available(available_account(who, ASSET));
            put(&[
                Cell::Text(&participant.name),
                Cell::Text(kind_name(participant.kind)),
                Cell::Truth(sellers.contains(&who)),
                Cell::Money(signed(participant.money.0)),
                Cell::Money(signed(figures.income.of(ASSET, who))),
                Cell::Money(signed(left.0)),
            ])?;
        }
        Ok(())
    }
}

/// The columns of every table of participants.
#[must_use]
pub fn participant_fields(scale: u8) -> Vec<Field> {
    vec![
        Field::new("name", Kind::Text),
        Field::new("kind", Kind::Text),
        Field::new("sells", Kind::Truth),
        Field::new("begun", Kind::Money(scale)),
        Field::new("earned", Kind::Money(scale)),
        Field::new("left", Kind::Money(scale)),
    ]
}

/// The runs of a series.
#[derive(Debug)]
pub struct Runs<'a> {
    /// What was run.
    pub scenario: &'a Scenario,
    /// The runs, in order of their seeds.
    pub rows: &'a [RunRow],
}

impl Sheet for Runs<'_> {
    fn code(&self) -> String {
        self.scenario.asset.code.to_string()
    }

    fn fields(&self) -> Vec<Field> {
        let money = Kind::Money(self.scenario.asset.scale.decimals());
        let mut fields = vec![
            Field::new("seed", Kind::Count),
            Field::new("welfare", money),
            Field::new("settled", Kind::Count),
            Field::new("conserved", Kind::Truth),
            Field::new("digest", Kind::Text),
            Field::new("tasks", Kind::Count),
            Field::new("volume", money),
            Field::optional("mean_price", money),
            Field::optional("fill_rate", Kind::Decimal(6)),
            Field::optional("human_share", Kind::Decimal(6)),
            Field::optional("gini", Kind::Decimal(6)),
        ];
        let lorenz = |part: u64| Field::optional(format!("lorenz_{}", part * 100 / LORENZ_PARTS), Kind::Decimal(6));
        fields.extend((1..LORENZ_PARTS).map(lorenz));
        fields
    }

    fn rows(&self, put: &mut Put<'_>) -> Result<(), TableError> {
        let share = |share: Option<u32>| Cell::decimal(share.map(i128::from));
        for row in self.rows {
            let digest = row.digest.to_string();
            let mut cells = vec![
                Cell::Count(row.seed),
                Cell::Money(row.welfare),
                Cell::Count(row.settled),
                Cell::Truth(row.conserved),
                Cell::Text(&digest),
                Cell::Count(row.tasks),
                Cell::Money(signed(row.volume)),
                Cell::money(row.mean_price.map(signed)),
                share(row.fill_rate),
                share(row.human_share),
                share(row.gini),
            ];
            cells.extend((0..LORENZ_PARTS as usize - 1).map(|at| share(row.lorenz.map(|lorenz| lorenz[at]))));
            put(&cells)?;
        }
        Ok(())
    }
}

/// What a participant is, in one word.
#[must_use]
pub const fn kind_name(kind: ParticipantKind) -> &'static str {
    match kind {
        ParticipantKind::Agent => "agent",
        ParticipantKind::Human => "human",
        ParticipantKind::Organisation => "organisation",
    }
}

fn name(scenario: &Scenario, number: u32) -> Option<&str> {
    scenario.participants.get(number as usize).map(|participant| participant.name.as_str())
}

/// No amount of money is above the supply, 2^100.
fn signed(amount: u128) -> i128 {
    i128::try_from(amount).unwrap_or(i128::MAX)
}
