//! What is to be done to an index, from what it holds and what it should.

use std::collections::HashMap;

use onsale_domain::{EventId, Listing};
use onsale_store::HeldDocument;

/// Whoever searches leaves out so many documents and revisions at most; beyond, changes wait for the
/// next epoch.
pub const MASK_MOST: u64 = 1_000;
/// From so many on the next epoch is made.
pub const MASK_FULL: u64 = 800;

/// A listing as it should be in an index.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub listing: Listing,
    pub document: HeldDocument,
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// To be sent: it is not there, or is there and different.
    pub put: Vec<Wanted>,
    /// There, and should not be.
    pub gone: Vec<EventId>,
    /// Documents that would have to be left out when this is done.
    pub superseded: u64,
}

/// Compares. What has not changed is left alone, for every change costs a place in the mask.
pub fn plan(wanted: Vec<Wanted>, gone: &[EventId], held: &HashMap<EventId, HeldDocument>) -> Plan {
    let is_new = |wanted: &Wanted| held.get(&wanted.document.event) != Some(&wanted.document);
    let put: Vec<Wanted> = wanted.into_iter().filter(is_new).collect();
    let gone = gone.iter().filter(|event| held.contains_key(event)).copied().collect();
    let replaced = put.iter().filter(|wanted| held.contains_key(&wanted.document.event));
    Plan { superseded: replaced.count() as u64, gone, put }
}

/// Whether so much may be superseded in an index that somebody searches.
pub const fn has_room(masked: u64, superseded: u64) -> bool {
    masked + superseded <= MASK_MOST
}

#[cfg(test)]
mod tests {
    use onsale_domain::{Currency, ListedVenue, Timestamp, VenueId};

    use super::*;

    fn document(event: i64, digest: u64, is_sold_out: bool) -> HeldDocument {
        HeldDocument { event: EventId(event), digest, is_sold_out }
    }

    fn wanted(document: HeldDocument) -> Wanted {
        let venue = ListedVenue {
            id: VenueId(1),
            name: "Hall".into(),
            city: "Paris".into(),
            country: "FR".into(),
            time_zone: "Europe/Paris".into(),
            latitude: 0.0,
            longitude: 0.0,
        };
        let listing = Listing {
            id: document.event,
            title: "Serenade".into(),
            description: String::new(),
            genre: "Jazz".into(),
            starts_at: Timestamp(0),
            on_sale_at: Timestamp(0),
            currency: Currency::EUR,
            from_price_minor: None,
            venue,
            performers: Vec::new(),
        };
        Wanted { listing, document }
    }

    #[test]
    fn only_what_differs_is_sent_and_only_what_is_replaced_is_superseded() {
        let held = [document(1, 7, false), document(2, 7, false), document(3, 7, false)];
        let held = held.into_iter().map(|it| (it.event, it)).collect();
        let same = wanted(document(1, 7, false));
        let sold_out = wanted(document(2, 7, true));
        let new = wanted(document(4, 7, false));
        let plan = plan(vec![same, sold_out, new], &[EventId(3), EventId(5)], &held);
        let sent: Vec<i64> = plan.put.iter().map(|it| it.document.event.0).collect();
        assert_eq!(sent, [2, 4]);
        assert_eq!(plan.gone, [EventId(3)]);
        assert_eq!(plan.superseded, 1);
    }

    #[test]
    fn a_mask_has_room_up_to_its_limit() {
        assert!(has_room(MASK_MOST - 2, 2) && !has_room(MASK_MOST - 1, 2));
        const { assert!(MASK_FULL < MASK_MOST) };
    }
}
