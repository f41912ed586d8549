//! What has changed and is not in the index yet.

use std::{collections::HashSet, time::Duration};

use onsale_bus::Told;
use onsale_domain::{EventId, Listing, PerformerId, VenueId};
use onsale_messages::{
    InvalidPayload, decode,
    relay::{
        CatalogueRow, RowOp, RowTold, SNAPSHOT_BEGUN_SUBJECT, SNAPSHOT_ENDED_SUBJECT, SnapshotMark,
    },
};
use onsale_store::{Store, StoreError};

/// Events that are read from the database at once.
const READ_AT_ONCE: usize = 500;

/// Events, and what many events show.
#[derive(Debug, Default)]
pub struct Dirty {
    /// Events.
    pub events: HashSet<EventId>,
    /// Venues whose events show something else.
    pub venues: HashSet<VenueId>,
    /// Performers whose events show something else.
    pub performers: HashSet<PerformerId>,
    /// The sequence of the last message that told of it.
    pub sequence: u64,
}

/// What a message of the stream says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Something may be dirty.
    Changed,
    /// An event may be listed no more.
    Gone,
    /// The relay begins a new epoch: what was told before may have had gaps.
    NewEpoch,
}

/// What the database says of dirty events.
#[derive(Debug, Default)]
pub struct Read {
    /// All of them.
    pub events: Vec<EventId>,
    /// Those that are listed.
    pub listings: Vec<Listing>,
    /// The others.
    pub gone: Vec<EventId>,
    /// Whether every change that was told could be seen. Otherwise the events have to be read once
    /// more, a little later.
    pub is_settled: bool,
}

impl Dirty {
    /// Nothing, up to a place in the stream.
    #[must_use]
    pub fn at(sequence: u64) -> Self {
        Self { sequence, ..Self::default() }
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.venues.is_empty() && self.performers.is_empty()
    }

    /// Takes a message of the stream, for an index that was begun in an epoch of the relay.
    ///
    /// # Errors
    /// [`InvalidPayload`] for a message that cannot be read: then nobody knows what changed.
    pub fn take(&mut self, told: &Told, epoch: u64) -> Result<News, InvalidPayload> {
        self.sequence = told.sequence;
        match told.subject.as_str() {
            SNAPSHOT_BEGUN_SUBJECT => Ok(News::Changed),
            SNAPSHOT_ENDED_SUBJECT => {
                let is_known = decode::<SnapshotMark>(&told.body).is_ok_and(|it| it.epoch <= epoch);
                Ok(if is_known { News::Changed } else { News::NewEpoch })
            }
            _ => {
                let told: RowTold = decode(&told.body)?;
                // They come with a new epoch, for which everything is read anyway.
                if told.op == RowOp::Snapshot {
                    return Ok(News::Changed);
                }
                self.note(&told.row);
                let is_gone = match &told.row {
                    CatalogueRow::Events(event) => {
                        told.op == RowOp::Delete || event.cancelled_at.is_some()
                    }
                    _ => false,
                };
                Ok(if is_gone { News::Gone } else { News::Changed })
            }
        }
    }

    fn note(&mut self, row: &CatalogueRow) {
        match row {
            CatalogueRow::Events(event) => drop(self.events.insert(event.id)),
            CatalogueRow::EventPerformers(row) => drop(self.events.insert(row.event_id)),
            CatalogueRow::PriceCategories(row) => drop(self.events.insert(row.event_id)),
            CatalogueRow::Venues(venue) => drop(self.venues.insert(venue.id)),
            CatalogueRow::Performers(performer) => drop(self.performers.insert(performer.id)),
        }
    }

    /// Reads everything that is dirty, waiting up to `patience` for transactions to end, so that what
    /// is read shows what was told. It stays dirty.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn read(&mut self, store: &Store, patience: Duration) -> Result<Read, StoreError> {
        if self.is_empty() {
            return Ok(Read { is_settled: true, ..Read::default() });
        }
        let is_settled = store.catalogue_is_settled(patience).await?;
        if !self.venues.is_empty() || !self.performers.is_empty() {
            let venues: Vec<_> = self.venues.iter().copied().collect();
            let performers: Vec<_> = self.performers.iter().copied().collect();
            self.events.extend(store.events_that_show(&venues, &performers).await?);
        }
        let events: Vec<EventId> = self.events.iter().copied().collect();
        let mut read = Read { is_settled, ..Read::default() };
        for events in events.chunks(READ_AT_ONCE) {
            let listings = store.listings(events).await?;
            let listed: HashSet<EventId> = listings.iter().map(|it| it.id).collect();
            read.gone.extend(events.iter().filter(|event| !listed.contains(event)));
            read.listings.extend(listings);
        }
        Ok(Read { events, ..read })
    }
}

#[cfg(test)]
mod tests {
    use onsale_messages::{Lsn, encode, relay::PriceCategoryRow};

    use super::*;

    fn told(subject: &str, body: Vec<u8>) -> Told {
        Told { subject: subject.into(), sequence: 7, body: body.into() }
    }

    fn price(op: RowOp) -> Told {
        let row = CatalogueRow::PriceCategories(PriceCategoryRow {
            event_id: EventId(3),
            category: 0,
            name: "Stalls".into(),
            price_minor: 100,
        });
        let row = RowTold { epoch: 1, lsn: Lsn(1), op, row };
        told(&row.subject(), encode(&row).expect("a message"))
    }

    #[test]
    fn rows_make_their_events_dirty_and_snapshots_do_not() {
        let mut dirty = Dirty::at(5);
        assert_eq!(dirty.take(&price(RowOp::Snapshot), 1).expect("a row"), News::Changed);
        assert!(dirty.is_empty() && dirty.sequence == 7);
        assert_eq!(dirty.take(&price(RowOp::Delete), 1).expect("a row"), News::Changed);
        assert_eq!(dirty.events, HashSet::from([EventId(3)]));
    }

    #[test]
    fn an_epoch_is_new_to_an_index_that_was_begun_before_it() {
        let mark = SnapshotMark { epoch: 2, lsn: Lsn(1), rows: 0 };
        let ended = told(SNAPSHOT_ENDED_SUBJECT, encode(&mark).expect("a message"));
        let take = |epoch| Dirty::default().take(&ended, epoch).expect("a mark");
        assert_eq!((take(1), take(2)), (News::NewEpoch, News::Changed));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(Dirty::default().take(&told("cdc.events", vec![0xFF]), 1).is_err());
    }
}
