//! A browser that runs no script buys tickets all the same.

use onsale_end2end::{Device, EVENT, play, play_on};
use onsale_testkit::StackOptions;

#[test]
fn two_seats_are_bought_without_any_script() {
    play(async |scene| {
        let seats = scene.seats("Stalls", 2).await;
        let fan = scene.visitor(Device::WithoutScript).await;
        fan.open(&format!("/events/{EVENT}")).await;
        let map = fan.sign("picker").is_visible().await;
        assert_eq!(map.ok(), Some(false), "a map that cannot work is not shown");

        let section = &seats[0].section;
        fan.click(&format!("[data-testid='section-link']:text-is('{section}')")).await;
        fan.sees("[data-testid='seats-form']").await;
        for seat in &seats {
            fan.click(&format!("[id='seat-{}']", seat.ticket)).await;
        }
        fan.press("hold-seats").await;

        let booking = fan.awaits_booking("in_progress").await;
        let books = scene.books(booking);
        assert_eq!(books.tickets("held").await, 2);
        fan.pay("tok_visa").await;
        // Nobody touches the page: it looks again by itself.
        assert_eq!(fan.awaits_booking("confirmed").await, booking);
        assert_eq!(fan.sign("ticket-card").count().await.ok(), Some(2));
        books.assert_sold(2, 2 * 6_400).await;
    });
}

#[test]
fn seats_that_went_to_another_are_named_and_others_offered() {
    // In a house of its own: an offer may be any seat, also one that another scene was given.
    play_on(StackOptions::default(), async |scene| {
        let seats = scene.seats("Gallery", 1).await;
        let fan = scene.visitor(Device::WithoutScript).await;
        fan.open(&format!("/events/{EVENT}")).await;
        let section = &seats[0].section;
        fan.click(&format!("[data-testid='section-link']:text-is('{section}')")).await;
        fan.click(&format!("[id='seat-{}']", seats[0].ticket)).await;

        let rival = scene.stack().buyer(0);
        let held = rival.reserve(&[seats[0].ticket.to_string()]).await;
        assert_eq!(held.status, 201, "{}", held.body);
        fan.press("hold-seats").await;
        fan.sees("[data-testid='problem-notice'][data-code='seat_taken']").await;
        assert!(fan.read("problem-notice").await.contains(&seats[0].spoken()));

        fan.press("offer-nearest").await;
        let booking = fan.awaits_booking("in_progress").await;
        assert_eq!(scene.books(booking).tickets("held").await, 1);
    });
}
