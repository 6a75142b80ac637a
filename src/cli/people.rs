//! The commands of people and workers on a live economy, and how they are run.

use super::failure::Failure;
use super::{
    accept, answer, approve, asset, balance, bid, desk, exchange, inbox, issue, join, limit, order, order_book, pay,
    post, refuse, statement, stream, submit, task, tasks, work,
};
use std::path::PathBuf;

/// What a person or a worker may do.
#[derive(Debug, clap::Subcommand)]
pub enum PeopleCommand {
    /// Makes any program a paid worker: JSON on its standard input, JSON on its standard output
    Work(work::WorkArgs),
    /// Buys work: the input as JSON from standard input
    Post(post::PostArgs),
    /// Takes a participant in, with a key of its own
    Join(join::JoinArgs),
    /// Lists tasks, the newest first
    Tasks(tasks::TasksArgs),
    /// Tells a task's story with its money movements; `task explain` tells why that award
    Task(task::TaskArgs),
    /// Bids for a task
    Bid(bid::BidArgs),
    /// Delivers: the output as JSON from standard input
    Submit(submit::SubmitArgs),
    /// Takes an award that is offered to you, or accepts and pays what was delivered to you
    Accept(accept::AcceptArgs),
    /// Shows what waits for your decision, and what happens if you do nothing
    Inbox(inbox::InboxArgs),
    /// Answers what the worker of your task asked
    Answer(answer::AnswerArgs),
    /// Lets a task, or an award, go on
    Approve(approve::ApproveArgs),
    /// Stops a task that waits for you, or declines an award
    Refuse(refuse::RefuseArgs),
    /// Shows your money
    Balance(balance::BalanceArgs),
    /// Shows your money movements, the newest first
    Statement(statement::StatementArgs),
    /// Pays one, several by weight, or a waterfall; out of your money or under a limit
    Pay(pay::PayArgs),
    /// Lets others spend your money within limits, and shows what is left
    Limit(limit::LimitArgs),
    /// Pays by time
    Stream(stream::StreamArgs),
    /// Exchanges one asset for another, both legs or none
    Exchange(exchange::ExchangeArgs),
    /// Creates money of an asset that you issue
    Issue(issue::ToArgs),
    /// Turns money from outside into money of an asset that you issue, once for each reference
    Deposit(issue::ToArgs),
    /// Takes your money out of the economy; the issuer owes it outside
    Withdraw(issue::OutArgs),
    /// Destroys money of your own of an asset that you issue
    Burn(issue::OutArgs),
    /// Sets a member's line of mutual credit
    Credit(issue::CreditArgs),
    /// Declares, issues and lists assets
    Asset(asset::AssetArgs),
    /// Opens and shows desks, where one asset is traded for another
    Desk(desk::DeskArgs),
    /// Sends, cancels, changes and lists your orders at desks
    Order(order::OrderArgs),
    /// Shows the order book of a desk: its depth and its last trades
    Book(order_book::BookArgs),
}

impl PeopleCommand {
    /// Runs the command, with keys from `home`, and gives the exit code: 0 done, 1 refused, 2 usage.
    pub async fn run(mut self, home: Option<PathBuf>, json: bool) -> u8 {
        let at = self.at();
        (at.home, at.json) = (home, json);
        let voice = at.voice();
        match self.done().await {
            Ok(()) => 0,
            Err(failure) => failure.tell(voice),
        }
    }

    const fn at(&mut self) -> &mut super::connection::ConnectArgs {
        match self {
            Self::Work(args) => &mut args.at,
            Self::Post(args) => &mut args.at,
            Self::Join(args) => &mut args.at,
            Self::Tasks(args) => &mut args.at,
            Self::Task(args) => &mut args.at,
            Self::Bid(args) => &mut args.at,
            Self::Submit(args) => &mut args.at,
            Self::Accept(args) => &mut args.at,
            Self::Inbox(args) => &mut args.at,
            Self::Answer(args) => &mut args.at,
            Self::Approve(args) => &mut args.at,
            Self::Refuse(args) => &mut args.at,
            Self::Balance(args) => &mut args.at,
            Self::Statement(args) => &mut args.at,
            Self::Pay(args) => &mut args.at,
            Self::Limit(args) => args.at(),
            Self::Stream(args) => args.at(),
            Self::Exchange(args) => args.at(),
            Self::Issue(args) | Self::Deposit(args) => &mut args.at,
            Self::Withdraw(args) | Self::Burn(args) => &mut args.at,
            Self::Credit(args) => &mut args.at,
            Self::Book(args) => &mut args.at,
            Self::Order(args) => &mut args.at,
            Self::Desk(args) => &mut args.at,
            Self::Asset(args) => &mut args.at,
        }
    }

    async fn done(self) -> Result<(), Failure> {
        match self {
            Self::Work(args) => args.run().await,
            Self::Post(args) => args.run().await,
            Self::Join(args) => args.run().await,
            Self::Tasks(args) => args.run().await,
            Self::Task(args) => args.run().await,
            Self::Bid(args) => args.run().await,
            Self::Submit(args) => args.run().await,
            Self::Accept(args) => args.run().await,
            Self::Inbox(args) => args.run().await,
            Self::Answer(args) => args.run().await,
            Self::Approve(args) => args.run().await,
            Self::Refuse(args) => args.run().await,
            Self::Balance(args) => args.run().await,
            Self::Statement(args) => args.run().await,
            Self::Pay(args) => args.run().await,
            Self::Limit(args) => args.run().await,
            Self::Stream(args) => args.run().await,
            Self::Exchange(args) => args.run().await,
            Self::Asset(args) => args.run().await,
            Self::Issue(args) => args.issue().await,
            Self::Deposit(args) => args.deposit().await,
            Self::Withdraw(args) => args.withdraw().await,
            Self::Burn(args) => args.burn().await,
            Self::Credit(args) => args.run().await,
            Self::Book(args) => args.run().await,
            Self::Order(args) => args.run().await,
            Self::Desk(args) => args.run().await,
        }
    }
}
