//! Who shows scenes to seats, so that those playing side by side do not meet.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use onsale_domain::{SeatIndex, TicketId};
use onsale_testkit::Buyer;
use serde::Deserialize;

use crate::EVENT;

/// The seats that were shown to somebody.
#[derive(Debug, Default)]
pub(crate) struct Usher {
    shown: Mutex<HashSet<SeatIndex>>,
}

/// A seat that was free when it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seat {
    /// The ticket, as `1-400`.
    #[serde(rename = "id")]
    pub ticket: TicketId,
    /// Name of the section.
    pub section: String,
    row: Option<String>,
    #[serde(rename = "seat")]
    label: Option<String>,
    price_category: String,
    status: String,
}

impl Seat {
    /// "Row G seat 15", as pages say it.
    #[must_use]
    pub fn spoken(&self) -> String {
        let (row, label) = self.labels();
        format!("Row {row} seat {label}")
    }

    /// "row G, seat 15", as orders list it.
    #[must_use]
    pub fn listed(&self) -> String {
        let (row, label) = self.labels();
        format!("row {row}, seat {label}")
    }

    /// The label of its row.
    #[must_use]
    pub fn row(&self) -> &str {
        self.labels().0
    }

    fn labels(&self) -> (&str, &str) {
        (self.row.as_deref().unwrap_or_default(), self.label.as_deref().unwrap_or_default())
    }

    /// Whether this seat is the next one in the row of the other.
    fn follows(&self, other: &Self) -> bool {
        (&self.section, &self.row) == (&other.section, &other.row)
            && self.ticket.seat.0 == other.ticket.seat.0 + 1
    }
}

impl Usher {
    /// Free seats side by side in a category, never the same ones twice. From the far end of the
    /// house: the search for the best seats starts at the other.
    pub(crate) async fn seats(&self, buyer: &Buyer, category: &str, count: usize) -> Vec<Seat> {
        let answer = buyer.get(&format!("/api/events/{EVENT}")).await;
        let tickets = answer.body["tickets"].clone();
        let tickets: Vec<Seat> = serde_json::from_value(tickets).expect("the tickets of the event");
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = |seat: &Seat| {
            seat.price_category == category
                && seat.status == "available"
                && !shown.contains(&seat.ticket.seat)
        };
        let together = tickets.windows(count).rev().find(|seats| {
            seats.iter().all(is_free) && seats.windows(2).all(|pair| pair[1].follows(&pair[0]))
        });
        let together = together.expect("seats side by side").to_vec();
        shown.extend(together.iter().map(|seat| seat.ticket.seat));
        together
    }
}
