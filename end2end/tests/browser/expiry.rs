//! A hold that runs out while somebody looks at it.

use std::time::Duration;

use onsale_end2end::{Device, EVENT, play_on};
use onsale_testkit::{StackOptions, eventually};

const LIMIT: Duration = Duration::from_secs(20);
/// Told by where they are on the screen: a style sheet can change the order of the document.
const STATUS_ABOVE_SEATS: &str = "() => {
    const place = sign => document.querySelector(sign).getBoundingClientRect();
    return place('[data-testid=booking-status]').bottom <= place('.booking-over').top;
}";

#[test]
fn a_hold_that_runs_out_is_told_and_the_seat_is_free_again() {
    let short = StackOptions { hold_ttl_seconds: 4, ..StackOptions::default() };
    play_on(short, async |scene| {
        let seat = scene.seats("Stalls", 1).await.remove(0);
        let fan = scene.visitor(Device::Phone).await;
        fan.open(&format!("/events/{EVENT}")).await;
        fan.pick(seat.ticket).await;
        let booking = fan.hold().await;
        fan.sees("[data-testid='countdown']").await;
        assert_eq!(scene.books(booking).tickets("held").await, 1);

        // Nobody touches the page.
        assert_eq!(fan.awaits_booking("expired").await, booking);
        let books = scene.books(booking);
        // A hold that ran out is over for its fan at once; the sweep writes it down.
        eventually("the sweep", LIMIT, || async { books.is("expired").await.then_some(()) }).await;
        assert_eq!(books.tickets("held").await, 0);
        assert!(books.charges_minor().await.is_empty());
        assert_eq!(fan.sign("pay-form").count().await.ok(), Some(0), "there is nothing to pay");
        let in_order: bool = fan.ask(STATUS_ABOVE_SEATS).await;
        assert!(in_order, "what happened is told above the seats that it happened to");

        let next = scene.stack().buyer(0);
        eventually("the seat to be had again", LIMIT, || async {
            (next.reserve(&[seat.ticket.to_string()]).await.status == 201).then_some(())
        })
        .await;
    });
}
