//! From the map to the ticket.

use onsale_end2end::{Device, EVENT, play};

/// €64, in cents.
const STALLS_MINOR: i64 = 6_400;
const CIRCLE_MINOR: i64 = 4_200;

#[test]
fn two_seats_picked_on_the_map_become_two_tickets() {
    play(async |scene| {
        let seats = scene.seats("Stalls", 2).await;
        let fan = scene.visitor(Device::Desktop).await;
        fan.open(&format!("/events/{EVENT}")).await;
        for seat in &seats {
            fan.pick(seat.ticket).await;
            assert!(fan.read("order-panel").await.contains(&seat.listed()), "{seat:?} is ordered");
        }
        assert_eq!(fan.read("order-total").await, "€128.00");

        let booking = fan.hold().await;
        let books = scene.books(booking);
        assert_eq!(books.tickets("held").await, 2);
        assert!(books.charges_minor().await.is_empty(), "nothing is paid by holding");

        fan.pay("tok_visa").await;
        assert_eq!(fan.awaits_booking("confirmed").await, booking);
        assert_eq!(fan.sign("ticket-card").count().await.ok(), Some(2));
        for seat in &seats {
            let card = format!("[data-testid='ticket-card']:has-text('{}')", seat.ticket);
            fan.sees(&card).await;
        }
        books.assert_sold(2, 2 * STALLS_MINOR).await;
    });
}

#[test]
fn the_best_three_together_are_held_together() {
    play(async |scene| {
        let fan = scene.visitor(Device::Desktop).await;
        fan.open(&format!("/events/{EVENT}")).await;
        fan.sees(".map-stage:not(.is-loading)").await;
        fan.sign("best-quantity").fill("3", None).await.expect("a number of seats");
        fan.press("best-find").await;
        fan.sees("[data-testid='order-line'] >> nth=2").await;
        let picked: String = fan
            .ask("() => document.querySelector('[data-testid=seat-map]').dataset.selected")
            .await;
        let mut seats: Vec<u32> = picked.split(',').filter_map(|seat| seat.parse().ok()).collect();
        seats.sort_unstable();
        assert!(matches!(seats[..], [a, b, c] if b == a + 1 && c == b + 1), "{seats:?} in a row");

        let booking = fan.hold().await;
        assert_eq!(scene.books(booking).tickets("held").await, 3);
        let order = fan.read("order-lines").await;
        let rows: std::collections::HashSet<_> = order
            .lines()
            .filter_map(|line| line.split_once(", row ")?.1.split_once(','))
            .map(|(row, _)| row)
            .collect();
        assert_eq!(rows.len(), 1, "one row: {order}");
        fan.pay("tok_visa").await;
        fan.awaits_booking("confirmed").await;
        scene.books(booking).assert_sold(3, 3 * STALLS_MINOR).await;
    });
}

#[test]
fn another_card_pays_after_one_was_declined() {
    play(async |scene| {
        let seats = scene.seats("Circle", 1).await;
        let fan = scene.visitor(Device::Desktop).await;
        // The answer to a declined card is a problem document, which the browser notes.
        fan.expect_complaint("402");
        fan.open(&format!("/events/{EVENT}")).await;
        fan.pick(seats[0].ticket).await;
        let booking = fan.hold().await;
        fan.pay("tok_declined").await;
        assert_eq!(fan.awaits_booking("declined").await, booking);
        let books = scene.books(booking);
        assert_eq!(books.tickets("held").await, 1, "the seat stays held");
        assert_eq!(books.paid_payments().await, 0);
        assert!(books.charges_minor().await.is_empty());

        fan.pay("tok_visa").await;
        assert_eq!(fan.awaits_booking("confirmed").await, booking);
        books.assert_sold(1, CIRCLE_MINOR).await;
    });
}

#[test]
fn a_secret_link_opens_the_tickets_in_another_browser() {
    play(async |scene| {
        let seats = scene.seats("Circle", 1).await;
        let fan = scene.visitor(Device::Desktop).await;
        fan.open(&format!("/events/{EVENT}")).await;
        fan.pick(seats[0].ticket).await;
        let booking = fan.hold().await;
        fan.pay("tok_visa").await;
        fan.awaits_booking("confirmed").await;
        let link = fan.sign("secret-link").get_attribute("href").await.ok().flatten();
        let link = link.expect("the link is shown");
        let (_, path) = link.split_once("/bookings/").expect("the address of the booking");

        let stranger = scene.visitor(Device::Phone).await;
        stranger.expect_complaint("404");
        stranger.open(&format!("/bookings/{booking}")).await;
        stranger.sees("[data-code='booking_not_found']").await;
        stranger.open(&format!("/bookings/{path}")).await;
        assert_eq!(stranger.awaits_booking("confirmed").await, booking);
        assert_eq!(stranger.sign("ticket-card").count().await.ok(), Some(1));
    });
}
