//! Mechanisms: pure functions from bids to an allocation with payments, each with declared properties.
//!
//! Owns the trait, what a mechanism may claim, and the registry by name; one mechanism a file, with its
//! source, its claims and an answer worked by hand. Invariants: integers only; the same auction gives the same
//! clearing on every machine; the order of `bids` decides nothing (but in `double-auction`, where time does);
//! a tie is decided by [`Lots`] and by nothing else; work is bounded by counts, never by the clock.
//! Absent on purpose: escrow, deadlines, who may bid. Those belong to the task, which calls in here.
//! Start at [`Mechanism::clear`] and [`by_name`]. Source: `docs/mechanisms.md`, one row a mechanism.

pub mod assignment;
pub mod auction;
pub mod budget_feasible;
pub mod bundles;
pub mod call_market;
pub mod claim;
pub mod clearing;
mod clock;
pub mod combinatorial;
pub mod contract_net;
pub mod discriminatory;
pub mod double_auction;
pub mod dutch;
pub mod english;
pub mod error;
pub mod first_price;
pub mod kit;
pub mod knapsacks;
pub mod lots;
pub mod lottery;
pub mod mcafee;
pub mod optimal_reserve;
pub mod packing;
pub mod position_gsp;
pub mod position_vcg;
pub mod posted_price;
mod ranking;
pub mod registry;
mod score;
pub mod scoring_first;
pub mod scoring_second;
pub mod second_price;
mod slots;
pub mod terms;
pub mod uniform;
pub mod vcg;

pub use auction::{Auction, Bid, Side};
pub use claim::{Claim, Properties};
pub use clearing::{Award, Clearing, Reason, Wording};
pub use error::ClearError;
pub use lots::Lots;
pub use registry::{MECHANISMS, by_name};
pub use terms::Terms;

/// A rule that turns bids into winners and payments.
pub trait Mechanism: Sync {
    /// Its name in tasks, files and on the command line, such as `second-price`.
    fn name(&self) -> &'static str;

    /// Where it comes from: author, year, title.
    fn source(&self) -> &'static str;

    /// What it claims. The property kit checks each claim, and keeps a counter-example for what is not claimed.
    fn properties(&self) -> Properties;

    /// Whether a bid's price is for a unit (or a click), else for all that the bid asks.
    fn prices_are_for_a_unit(&self) -> bool {
        true
    }

    /// Whether buyers and sellers both bid, each bid naming its side.
    fn is_two_sided(&self) -> bool {
        false
    }

    /// Whether only lots can tell who wins or what is paid: a tie across the last place, or a lottery.
    /// Where it is false, the beacon need not be drawn and [`Mechanism::clear`] does not ask for lots.
    fn needs_lots(&self, auction: &Auction<'_>) -> bool;

    /// Winners and payments.
    ///
    /// No bid within the reserve is an answer (no winner), not an error. To see who is next after a winner
    /// declined, clear the remaining bids again with the same lots: their tickets keep their order.
    ///
    /// # Errors
    /// [`ClearError`] where a bid or a term is missing or out of range, or lots are needed and absent.
    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError>;
}
