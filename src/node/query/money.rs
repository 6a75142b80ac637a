//! Limits, streams and exchanges, as far as the reader has to do with them.

use super::Look;
use oikos_ledger::Stream;
use oikos_protocol::id::{AssetId, LimitId, StreamId};
use oikos_protocol::money::Amount;
use oikos_protocol::wire::exchange::show_leg;
use oikos_protocol::wire::limit::show_terms;
use oikos_protocol::wire::limits::ROWS_MAX;
use oikos_protocol::wire::query::{ExchangeRow, LimitRow, StreamRow};
use oikos_protocol::wire::stream::WireRate;
use oikos_protocol::wire::text::{Decimal, Lasting};
use oikos_protocol::wire::translate::Lexicon;

impl Look<'_> {
    /// Limits that the reader holds or granted, or that are on its money or that of whom it acts for.
    pub(super) fn limits(&self) -> Vec<LimitRow> {
        let economy = self.core.economy();
        let mine = economy.grants().filter(|(_, grant)| {
            let principal = economy.participant(grant.source).map(|source| source.principal);
            [grant.holder, grant.source, grant.granted_by].contains(&self.by) || principal == Some(self.by)
        });
        mine.filter_map(|(id, _)| self.limit(id)).take(ROWS_MAX as usize).collect()
    }

    fn limit(&self, id: LimitId) -> Option<LimitRow> {
        let economy = self.core.economy();
        let (_, grant) = economy.grants().find(|(limit, _)| *limit == id)?;
        let (ledger, now) = (economy.ledger(), economy.now().max(self.t));
        let limit = ledger.limit(id)?;
        let (asset, scale) = self.core.directory().read().code(grant.asset)?;
        let (spent, payments) = limit.spent(now);
        let (left, _) = ledger.left_under(id, now);
        Some(LimitRow {
            limit: id,
            parent: limit.parent,
            holder: grant.holder,
            source: grant.source,
            asset,
            terms: show_terms(&limit.terms, scale),
            spent: Decimal::of(spent, scale),
            payments,
            left: (left != Amount::MAX).then(|| Decimal::of(left, scale)),
            revoked: ledger.must_be_alive(id).is_err(),
        })
    }

    /// Open streams that the reader pays or is paid by.
    pub(super) fn own_streams(&self) -> impl Iterator<Item = (StreamId, AssetId, &Stream)> {
        let ledger = self.core.economy().ledger();
        ledger.open_streams().filter_map(|(id, stream)| {
            let mine = [stream.from.owner(), stream.to.owner()].contains(&Some(self.by));
            let account = ledger.account(stream.from).filter(|_| mine)?;
            Some((id, account.ledger, stream))
        })
    }

    /// The same for the wire.
    pub(super) fn streams(&self) -> Vec<StreamRow> {
        let now = self.core.economy().now().max(self.t);
        let row = |(id, asset, stream): (StreamId, AssetId, &Stream)| {
            let (code, scale) = self.core.directory().read().code(asset)?;
            let decimal = |amount| Decimal::of(amount, scale);
            Some(StreamRow {
                stream: id,
                from: stream.from.owner()?,
                to: stream.to.owner()?,
                asset: code,
                rate: WireRate { amount: decimal(stream.rate.amount), per: Lasting(stream.rate.per) },
                cap: stream.cap.map(decimal),
                paid: decimal(stream.paid),
                due: decimal(stream.due(now)),
                held: decimal(stream.funded.saturating_sub(stream.paid)),
                ends_at: stream.ends_at().into(),
            })
        };
        self.own_streams().filter_map(row).take(ROWS_MAX as usize).collect()
    }

    /// Exchanges that the reader made or may take.
    pub(super) fn exchanges(&self) -> Vec<ExchangeRow> {
        let economy = self.core.economy();
        let open = economy
            .exchanges()
            .filter(|(_, exchange)| exchange.maker == self.by || exchange.taker.is_none_or(|taker| taker == self.by));
        let row = |(id, exchange): (_, &oikos_market::Exchange)| {
            let directory = self.core.directory().read();
            Some(ExchangeRow {
                exchange: id,
                maker: exchange.maker,
                give: show_leg(exchange.give, &*directory)?,
                get: show_leg(exchange.get, &*directory)?,
                taker: exchange.taker,
                expires: exchange.expires.into(),
            })
        };
        open.filter_map(row).take(ROWS_MAX as usize).collect()
    }
}
