//! Questions about the past, answered beside the loop: statements, balances as of a moment, mail.
//!
//! They need the index and the directory alone, so that reading ever so much of the past keeps nobody's command waiting.
//! Invariant: all entries up to `seq` are in an answer, and none behind it.

use crate::history::hearers::task_of;
use crate::history::{
    Hearers, History, HistoryError, Kept, Number, Topic, at_stake_account, free, hearers, held_account,
    streaming_account,
};
use crate::node::directory::SharedDirectory;
use oikos_market::available_account;
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::money::{MoneyMoved, Purse};
use oikos_protocol::id::{AssetId, ParticipantId};
use oikos_protocol::money::Amount;
use oikos_protocol::wire::event::Numbered;
use oikos_protocol::wire::limits::MAILBOX_EVENTS_MAX;
use oikos_protocol::wire::query::{BalanceRow, EventNumber, EventsPage, Moment};
use oikos_protocol::wire::show::show;
use oikos_protocol::wire::text::Decimal;

/// Events looked at for one page.
const LOOKED_AT_MAX: usize = 4_000;
/// Events read at a time.
const LOOKED_AT_MIN: usize = 100;

/// One reader's look at the past.
#[derive(Debug, Clone)]
pub struct LookBack {
    /// What happened.
    pub history: History,
    /// Names and assets.
    pub directory: SharedDirectory,
    /// Who looks.
    pub by: ParticipantId,
    /// The last entry that is looked at.
    pub seq: u64,
}

impl LookBack {
    /// The last entry of a moment, but none behind [`LookBack::seq`].
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn upto(&self, moment: Option<Moment>) -> Result<u64, HistoryError> {
        self.history.catch_up()?;
        Ok(match moment {
            None => self.seq,
            Some(Moment::Seq(seq)) => seq.min(self.seq),
            Some(Moment::Time(now)) => self.history.sequence_at(now.0)?.min(self.seq),
        })
    }

    /// The reader's money movements up to an entry, the newest first.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn statement(&self, upto: u64, limit: usize) -> Result<Vec<Numbered>, HistoryError> {
        let assets = self.directory.read().assets().len();
        let mut found: Vec<Number> = Vec::new();
        for asset in (1..).take(assets).map(AssetId) {
            let topic = Topic::Account(available_account(self.by, asset));
            found.extend(self.history.postings(topic, (upto, u32::MAX), limit)?.iter().map(|posting| posting.at));
        }
        found.sort_unstable_by_key(|at| core::cmp::Reverse(*at));
        found.dedup();
        self.shown(found.into_iter().take(limit))
    }

    /// The reader's money as it was after an entry.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn balance(&self, upto: u64) -> Result<Vec<BalanceRow>, HistoryError> {
        let assets = self.directory.read().assets().to_vec();
        let ids = (1..).map(AssetId);
        ids.zip(assets)
            .map(|(id, (asset, scale))| {
                let of = |account| {
                    let balances = self.history.balances(account, (upto, u32::MAX))?;
                    Ok::<_, HistoryError>(Decimal::of(free(&balances), scale))
                };
                Ok(BalanceRow {
                    asset,
                    available: of(available_account(self.by, id))?,
                    held: of(held_account(self.by, id))?,
                    at_stake: of(at_stake_account(self.by, id))?,
                    streaming: of(streaming_account(self.by, id))?,
                    credit: Decimal::of(self.credit(id, upto)?, scale),
                })
            })
            .collect()
    }

    fn credit(&self, asset: AssetId, upto: u64) -> Result<Amount, HistoryError> {
        for posting in self.history.postings(Topic::Credit(self.by), (upto, u32::MAX), usize::MAX)? {
            match self.history.event(posting.at)?.map(|kept| kept.event) {
                Some(Event::Asset(AssetEvent::CreditSet { asset: of, to, .. })) if of == asset => return Ok(to),
                _ => {}
            }
        }
        Ok(Amount::ZERO)
    }

    /// The oldest mail behind a number, at most `limit`, and how much waits behind that.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn mail(&self, behind: Option<Number>, limit: usize) -> Result<(Vec<Numbered>, u64), HistoryError> {
        self.history.catch_up()?;
        let waiting = self.waiting(behind)?;
        let read = limit.min(waiting.len());
        let events = self.shown(waiting.iter().rev().take(read).copied())?;
        Ok((events, (waiting.len() - read) as u64))
    }

    /// The numbers of the mail behind a number, the newest first; of too much the oldest gives way.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn waiting(&self, behind: Option<Number>) -> Result<Vec<Number>, HistoryError> {
        let topic = Topic::Mail(self.by);
        let (mut found, mut step, mut upto) = (Vec::new(), 256, (self.seq, u32::MAX));
        loop {
            let postings = self.history.postings(topic, upto, step)?;
            for posting in &postings {
                if Some(posting.at) <= behind || found.len() == MAILBOX_EVENTS_MAX {
                    return Ok(found);
                }
                found.push(posting.at);
            }
            if postings.len() < step {
                return Ok(found);
            }
            // On from the number before the last one; there is one, or there were fewer than asked for.
            let Some((seq, index)) = found.last() else { return Ok(found) };
            upto = index.checked_sub(1).map_or((seq.saturating_sub(1), u32::MAX), |index| (*seq, index));
            step = (step * 4).min(MAILBOX_EVENTS_MAX);
        }
    }

    /// A page of what the reader may see; looks at a bounded number of events, so that no page is long in the making.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn page(&self, after: Option<EventNumber>, limit: usize) -> Result<EventsPage, HistoryError> {
        self.history.catch_up()?;
        let number = |(seq, index): Number| EventNumber { seq, index };
        let upto = (self.seq, u32::MAX);
        let after = after.map_or((0, 0), |after| (after.seq, after.index));
        let (mut events, mut looked, mut left) = (Vec::new(), None, LOOKED_AT_MAX);
        while events.len() < limit && left > 0 {
            // Most events are everybody's: not many more are read than are wanted.
            let wanted = (limit - events.len()).max(LOOKED_AT_MIN).min(left);
            let found = self.history.after(looked.unwrap_or(after), upto, wanted)?;
            left = if found.len() < wanted { 0 } else { left - wanted };
            for kept in found {
                if events.len() == limit {
                    break;
                }
                looked = Some((kept.seq, kept.index));
                self.history.learn_poster(&kept.event);
                if self.is_for_reader(&kept)? {
                    events.extend(numbered(&kept, &self.directory));
                }
            }
        }
        let last = self.history.last(upto)?;
        let next = looked.filter(|looked| Some(*looked) != last).map(number);
        Ok(EventsPage { events, next, last: last.map(number) })
    }

    /// Whether the reader may see an event; who posted its task is only looked up where that decides.
    fn is_for_reader(&self, kept: &Kept) -> Result<bool, HistoryError> {
        if may_see(kept, self.by, None, &self.directory) {
            return Ok(true);
        }
        let (Event::Money(_), Some(task)) = (&kept.event, task_of(&kept.event)) else { return Ok(false) };
        let poster = self.history.poster(task)?;
        Ok(poster == Some(self.by) && may_see(kept, self.by, poster, &self.directory))
    }

    fn shown(&self, numbers: impl Iterator<Item = Number>) -> Result<Vec<Numbered>, HistoryError> {
        let mut rows = Vec::new();
        for at in numbers {
            let Some(kept) = self.history.event(at)? else { continue };
            if may_see(&kept, self.by, None, &self.directory) {
                rows.extend(numbered(&kept, &self.directory));
            }
        }
        Ok(rows)
    }
}

/// Whether a reader may see an event; whose task it is about lets its poster see where the budget went.
pub(crate) fn may_see(
    kept: &Kept,
    by: ParticipantId,
    poster: Option<ParticipantId>,
    directory: &SharedDirectory,
) -> bool {
    let directory = directory.read();
    let principal = |whose: ParticipantId| directory.entry(whose).map_or(whose, |entry| entry.principal);
    match hearers(&kept.event, principal) {
        Hearers::All => true,
        Hearers::These(these) if these.contains(&by) => true,
        Hearers::These(_) => match &kept.event {
            Event::Money(MoneyMoved { from, to, .. }) => {
                let plain = |purse: &Purse| !matches!(purse, Purse::Deposit(..));
                poster == Some(by) && plain(from) && plain(to)
            }
            _ => false,
        },
    }
}

/// An event as the wire shows it.
pub(crate) fn numbered(kept: &Kept, directory: &SharedDirectory) -> Option<Numbered> {
    let event = show(&kept.event, &*directory.read())?;
    Some(Numbered { seq: kept.seq, index: kept.index, t: kept.t.into(), event })
}
