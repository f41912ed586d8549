//! What the index of a Quickwit cluster holds.

use onsale_messages::search::{IndexedEvent, Surveyed, part_of, sums};
use onsale_ops::Settings;
use onsale_search::{
    embedded::Digests,
    quickwit::{Mask, QuickwitIndex},
};
use onsale_store::Store;
use quickwit_client::Client;

/// The name by which operators know the cluster.
const NAME: &str = "quickwit";

/// What was found.
pub struct Found {
    /// As a server says it.
    pub surveyed: Surveyed,
    /// Documents of events that are there already.
    pub doubled: u64,
    events: Vec<IndexedEvent>,
}

impl Found {
    /// The same, with the events of one part.
    pub fn with_part(&self, part: u16) -> Surveyed {
        let of_part = self.events.iter().filter(|it| part_of(it.event) == part);
        Surveyed { part: of_part.copied().collect(), ..self.surveyed.clone() }
    }
}

/// Reads every document that counts; `None` when no cluster is named.
pub async fn survey(
    store: &Store,
    settings: &Settings,
) -> Result<Option<Found>, Box<dyn std::error::Error>> {
    let Some(url) = settings.search.quickwit() else { return Ok(None) };
    let client = Client::new(url)?;
    let mut surveyed = Surveyed {
        server: NAME.to_owned(),
        is_ready: false,
        generation: 0,
        sequence: 0,
        events: 0,
        sums: Vec::new(),
        part: Vec::new(),
    };
    let epoch = store.current_search_epoch().await?;
    let (Some(epoch), Some(pointer)) = (epoch, store.search_pointer().await?) else {
        return Ok(Some(Found { surveyed, doubled: 0, events: Vec::new() }));
    };
    let index = QuickwitIndex::new(client, &pointer.index_id);
    let mask = Mask::new(pointer.visible, pointer.voided, pointer.superseded);
    let contents = index.contents(&mask).await?;
    let as_indexed = |it: &Digests| IndexedEvent {
        event: it.event,
        digest: it.listing,
        is_sold_out: it.is_sold_out,
    };
    let events: Vec<IndexedEvent> = contents.events.iter().map(as_indexed).collect();
    surveyed.is_ready = true;
    surveyed.generation = u64::try_from(pointer.epoch)?;
    surveyed.sequence = epoch.checkpoint.sequence;
    surveyed.events = events.len() as u64;
    surveyed.sums = sums(events.iter().copied());
    let doubled = contents.documents.saturating_sub(surveyed.events);
    Ok(Some(Found { surveyed, doubled, events }))
}
