//! Building an index from the database.

use std::{fs, sync::Arc, time::Duration};

use onsale_domain::EventId;
use onsale_indexing::place_now;
use onsale_search::embedded::{BULK, Indexer};

use super::{
    Finder, FinderError,
    index::{HeldIndex, blocking, generations, note_of},
};

/// Listings read at once.
const PAGE: u32 = 1_000;
/// How long to wait for transactions to end before the catalogue is read. Those that do not are told
/// by the stream.
const PATIENCE: Duration = Duration::from_secs(2);

/// Builds the next generation. What changes meanwhile is told by the stream after its checkpoint.
pub async fn build(finder: &Finder) -> Result<HeldIndex, FinderError> {
    let last = generations(&finder.folder).last().map_or(0, |(generation, _)| *generation);
    let generation = last.max(finder.status().generation) + 1;
    let folder = finder.folder.join(generation.to_string());
    // Before the first listing is read.
    let checkpoint = place_now(&finder.store, &finder.bus).await?;
    let about = finder.store.event_count_estimate().await?;
    finder.note(|status| status.building = Some((0, about)));
    finder.store.catalogue_is_settled(PATIENCE).await?;
    fs::create_dir_all(&folder)?;
    let synonyms = Arc::clone(&finder.synonyms);
    let path = folder.clone();
    let mut indexer = blocking(move || Indexer::create(&path, synonyms, BULK)).await?;
    let (mut after, mut done) = (EventId(0), 0);
    loop {
        let listings = finder.store.listings_after(after, PAGE).await?;
        let Some(last) = listings.last() else { break };
        after = last.id;
        done += listings.len() as u64;
        let ids: Vec<EventId> = listings.iter().map(|listing| listing.id).collect();
        let seats = finder.store.seats_left(&ids).await?;
        for event in &ids {
            finder.seats.learn(*event, seats.get(event).copied().unwrap_or_default());
        }
        indexer = blocking(move || {
            for listing in &listings {
                let is_sold_out = seats.get(&listing.id).is_some_and(|left| left.is_sold_out());
                indexer.add(listing, is_sold_out)?;
            }
            Ok(indexer)
        })
        .await?;
        finder.note(|status| status.building = Some((done, about.max(done))));
    }
    let note = note_of(checkpoint)?;
    let indexer = blocking(move || {
        indexer.commit_catalogue(&note)?;
        Ok(indexer)
    })
    .await?;
    tracing::info!(generation, events = done, "the search index was built");
    Ok(HeldIndex::new(generation, checkpoint, indexer))
}
