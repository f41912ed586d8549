//! What the server hears of changes to the catalogue: what it has of them in memory is old from
//! then on. When it may have missed something, everything is.

use std::time::Duration;

use futures::StreamExt;
use onsale_bus::Heard;
use onsale_messages::{
    decode,
    relay::{CatalogueRow, RowTold},
};
use tokio_util::sync::CancellationToken;

use crate::Edge;

/// Every row of the catalogue that changes, and the ends of snapshots.
const SUBJECTS: &str = "cdc.>";
const SNAPSHOT_PREFIX: &str = "cdc.snapshot.";
/// The pause before listening again after NATS refused.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Listens until `stop`.
pub async fn listen(edge: &Edge, stop: &CancellationToken) {
    let bus = edge.office.bus();
    let mut interruptions = bus.interruptions();
    while !stop.is_cancelled() {
        match bus.listen(SUBJECTS).await {
            Ok(said) => {
                let mut said = std::pin::pin!(said);
                outdate_all(edge);
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        _ = interruptions.changed() => outdate_all(edge),
                        heard = said.next() => match heard {
                            Some(heard) => take(edge, &heard),
                            None => break,
                        },
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "nobody hears of changes to the catalogue"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY_PAUSE) => {}
        }
    }
}

fn take(edge: &Edge, heard: &Heard) {
    if heard.subject.starts_with(SNAPSHOT_PREFIX) {
        return outdate_all(edge);
    }
    match decode::<RowTold>(&heard.body) {
        Ok(told) => outdate(edge, &told.row),
        Err(error) => {
            tracing::warn!(subject = heard.subject, %error, "what changed cannot be read");
            outdate_all(edge);
        }
    }
}

fn outdate_all(edge: &Edge) {
    metrics::counter!("onsale_outdated_total", "what" => "everything").increment(1);
    edge.office.outdate_all_facts();
    edge.copies.outdate_all();
}

/// Facts first: a copy that is made anew must not be made of what was before.
fn outdate(edge: &Edge, row: &CatalogueRow) {
    metrics::counter!("onsale_outdated_total", "what" => row.table()).increment(1);
    let office = &edge.office;
    let key = match row {
        CatalogueRow::Events(event) => {
            office.outdate_facts(event.id);
            format!("event-{}", event.id)
        }
        CatalogueRow::EventPerformers(row) => {
            office.outdate_facts(row.event_id);
            format!("event-{}", row.event_id)
        }
        CatalogueRow::PriceCategories(row) => {
            office.outdate_facts(row.event_id);
            format!("event-{}", row.event_id)
        }
        CatalogueRow::Venues(venue) => {
            office.outdate_facts_where(|facts| facts.event.venue.id == venue.id);
            format!("venue-{}", venue.id)
        }
        CatalogueRow::Performers(performer) => {
            let is_on = |known: &onsale_store::PerformerRecord| known.id == performer.id;
            office.outdate_facts_where(|facts| facts.performers.iter().any(is_on));
            format!("performer-{}", performer.id)
        }
    };
    edge.copies.outdate(&[key]);
}
