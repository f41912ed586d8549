//! Up to where an index has followed the stream.

use onsale_bus::{Bus, StreamSpan};
use onsale_messages::{relay::Checkpoint, topology::CDC_STREAM};
use onsale_store::{Store, StoreError};

/// The place in the stream from which an index goes on that reads the catalogue after this call.
///
/// # Errors
/// [`StoreError`] when the database cannot answer.
pub async fn place_now(store: &Store, bus: &Bus) -> Result<Checkpoint, StoreError> {
    let span = bus.span(CDC_STREAM).await.ok();
    Ok(Checkpoint {
        epoch: store.relay_state().await?.epoch,
        stream_made_at: span.map_or(0, |span| span.made_at),
        sequence: span.map_or(0, |span| span.last),
    })
}

/// The same place in this stream, if it goes on from there. One that is made later, and still holds
/// what it was told first, goes on from where there was none: the relay begins a new epoch with it.
#[must_use]
pub fn in_stream(place: Checkpoint, span: &StreamSpan) -> Option<Checkpoint> {
    let is_same = place.stream_made_at == 0 || place.stream_made_at == span.made_at;
    let here = Checkpoint { stream_made_at: span.made_at, ..place };
    (is_same && span.continues(place.sequence)).then_some(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_goes_on_only_with_a_stream_that_holds_everything_since() {
        let span = |made_at, first, last| StreamSpan { made_at, first, last };
        let place = |stream_made_at, sequence| Checkpoint { epoch: 1, stream_made_at, sequence };
        assert_eq!(in_stream(place(7, 3), &span(7, 2, 9)), Some(place(7, 3)));
        assert_eq!(in_stream(place(7, 3), &span(8, 2, 9)), None, "another stream");
        assert_eq!(in_stream(place(7, 3), &span(7, 5, 9)), None, "4 is gone");
        assert_eq!(in_stream(place(0, 0), &span(8, 1, 9)), Some(place(8, 0)), "made later");
        assert_eq!(in_stream(place(0, 0), &span(8, 2, 9)), None, "1 is gone");
    }
}
