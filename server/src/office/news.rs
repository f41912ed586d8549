//! What the server hears of changes to the catalogue: what it has of them in memory is old from
//! then on, and so is what all servers share and what the edge has. When it may have missed
//! something, everything in memory is.

use futures::{Stream, StreamExt};
use onsale_bus::Heard;
use onsale_domain::EventId;
use onsale_messages::{
    decode,
    relay::{CatalogueRow, RowTold},
};
use onsale_store::PerformerRecord;
use tokio_util::sync::CancellationToken;

use super::BoxOffice;
use crate::{Edge, hearing::keep_hearing, together::words_of};

/// Every row of the catalogue that changes, and the ends of snapshots.
const SUBJECTS: &str = "cdc.>";
const SNAPSHOT_PREFIX: &str = "cdc.snapshot.";

/// Listens until `stop`.
pub async fn listen(edge: &Edge, stop: &CancellationToken) {
    let open = || edge.office.bus().listen(SUBJECTS);
    let complaint = "nobody hears of changes to the catalogue";
    keep_hearing(stop, complaint, open, |said| follow(edge, said)).await;
}

async fn follow(edge: &Edge, said: impl Stream<Item = Heard>) {
    let mut said = std::pin::pin!(said);
    let mut interruptions = edge.office.bus().interruptions();
    outdate_all(edge).await;
    loop {
        tokio::select! {
            _ = interruptions.changed() => outdate_all(edge).await,
            heard = said.next() => match heard {
                Some(heard) => take(edge, &heard).await,
                None => return,
            },
        }
    }
}

async fn take(edge: &Edge, heard: &Heard) {
    if heard.subject.starts_with(SNAPSHOT_PREFIX) {
        return outdate_all(edge).await;
    }
    match decode::<RowTold>(&heard.body) {
        Ok(told) => outdate(edge, &told.row).await,
        Err(error) => {
            tracing::warn!(subject = heard.subject, %error, "what changed cannot be read");
            outdate_all(edge).await;
        }
    }
}

/// The edge is left alone: what it has is old in seconds, and were it told to forget everything, all
/// of it would be asked of the servers at once.
async fn outdate_all(edge: &Edge) {
    metrics::counter!("onsale_outdated_total", "what" => "everything").increment(1);
    edge.together.outdate_all().await;
    edge.office.outdate_all_facts();
    edge.copies.outdate_all();
}

async fn outdate(edge: &Edge, row: &CatalogueRow) {
    metrics::counter!("onsale_outdated_total", "what" => row.table()).increment(1);
    edge.forget(&words_about(row), |office| office.outdate_facts_about(row)).await;
}

/// The search index of this server shows a change: so must everything that lists events. Each server
/// tells when its own does, so whoever is last corrects what was made of an older index meanwhile.
pub async fn outdate_lists(edge: &Edge) {
    let words = [words_of::CATALOGUE.to_owned()];
    edge.together.outdate(&words).await;
    edge.copies.outdate(&words);
    edge.purge.forget(&words);
}

/// The words of everything that shows the row, or should show it from now on.
fn words_about(row: &CatalogueRow) -> Vec<String> {
    match row {
        CatalogueRow::Events(event) => {
            vec![words_of::event(event.id), words_of::venue(event.venue_id)]
        }
        CatalogueRow::EventPerformers(row) => {
            vec![words_of::event(row.event_id), words_of::performer(row.performer_id)]
        }
        CatalogueRow::PriceCategories(row) => vec![words_of::event(row.event_id)],
        CatalogueRow::Venues(venue) => vec![words_of::venue(venue.id)],
        CatalogueRow::Performers(performer) => vec![words_of::performer(performer.id)],
    }
}

impl BoxOffice {
    /// Facts about what the row is of have changed.
    fn outdate_facts_about(&self, row: &CatalogueRow) {
        match row {
            CatalogueRow::Events(event) => {
                self.outdate_event(event.id);
                self.venues.outdate(&event.venue_id);
            }
            CatalogueRow::EventPerformers(row) => {
                self.outdate_event(row.event_id);
                self.performers.outdate(&row.performer_id);
            }
            CatalogueRow::PriceCategories(row) => self.outdate_event(row.event_id),
            CatalogueRow::Venues(venue) => {
                self.venues.outdate(&venue.id);
                self.facts.outdate_where(|facts| facts.event.venue.id == venue.id);
            }
            CatalogueRow::Performers(performer) => {
                let is_on = |known: &PerformerRecord| known.id == performer.id;
                self.performers.outdate(&performer.id);
                self.facts.outdate_where(|facts| facts.performers.iter().any(is_on));
            }
        }
    }

    fn outdate_event(&self, id: EventId) {
        self.facts.outdate(&id);
        self.venues.outdate_where(|venue| venue.lists(id));
        self.performers.outdate_where(|performer| performer.lists(id));
    }

    /// Any facts may have changed.
    fn outdate_all_facts(&self) {
        self.facts.outdate_all();
        self.venues.outdate_all();
        self.performers.outdate_all();
    }
}
