//! What really happened to a booking: rows of the database, and money at the payment provider.

use std::time::Duration;

use onsale_domain::BookingId;
use onsale_testkit::{Stack, eventually};

/// How long the sweep may take to end a hold that has lapsed.
const SWEEP_LIMIT: Duration = Duration::from_secs(20);

/// The truth about one booking.
#[derive(Debug)]
pub struct Books<'a> {
    stack: &'a Stack,
    booking: BookingId,
}

impl<'a> Books<'a> {
    pub(crate) fn new(stack: &'a Stack, booking: BookingId) -> Self {
        Self { stack, booking }
    }

    /// Tickets that are the booking's and have this status.
    pub async fn tickets(&self, status: &str) -> i64 {
        let booking = self.booking;
        self.count(format!("tickets WHERE booking_id = '{booking}' AND status = '{status}'")).await
    }

    /// Whether the booking has this status.
    pub async fn is(&self, status: &str) -> bool {
        let booking = self.booking;
        self.count(format!("bookings WHERE id = '{booking}' AND status = '{status}'")).await == 1
    }

    /// Payments of the booking for which the money has come.
    pub async fn paid_payments(&self) -> i64 {
        let paid = format!("booking_id = '{}' AND succeeded_at IS NOT NULL", self.booking);
        self.count(format!("payments WHERE {paid}")).await
    }

    /// What the provider took for the booking, one amount in minor units for each intent that
    /// succeeded.
    pub async fn charges_minor(&self) -> Vec<i64> {
        let state = self.stack.provider_state().await;
        let intents = state["intents"]["data"].as_array().cloned().unwrap_or_default();
        let booking = self.booking.to_string();
        intents
            .iter()
            .filter(|intent| intent["metadata"]["booking_id"] == booking.as_str())
            .filter(|intent| intent["status"] == "succeeded")
            .filter_map(|intent| intent["amount_received"].as_i64())
            .collect()
    }

    /// Asserts that the booking is confirmed: so many tickets sold, paid for once with that much.
    ///
    /// # Panics
    /// When it is not.
    pub async fn assert_sold(&self, tickets: i64, total_minor: i64) {
        assert!(self.is("confirmed").await, "booking {} is confirmed", self.booking);
        assert_eq!(self.tickets("sold").await, tickets, "tickets of {}", self.booking);
        assert_eq!(self.paid_payments().await, 1, "payments of {}", self.booking);
        assert_eq!(self.charges_minor().await, [total_minor], "charges of {}", self.booking);
    }

    /// Lets the hold lapse now instead of in minutes, and waits until the sweep has seen it.
    pub async fn let_hold_lapse(&self) {
        let booking = self.booking;
        let lapse = format!(
            "UPDATE bookings SET held_until = now() WHERE id = '{booking}';
             UPDATE tickets SET held_until = now() WHERE booking_id = '{booking}'"
        );
        self.stack.database.run(fixed(lapse)).await;
        eventually("the sweep to end the hold", SWEEP_LIMIT, || async {
            self.is("expired").await.then_some(())
        })
        .await;
    }

    async fn count(&self, rows: String) -> i64 {
        self.stack.database.number(fixed(format!("SELECT count(*) FROM {rows}"))).await
    }
}

/// The tests' way into the database takes fixed statements only, which keeps what comes in from
/// outside out of them. An id that was read as one is as good as fixed.
fn fixed(statement: String) -> &'static str {
    statement.leak()
}
