//! Two tickets on a small screen, with a finger.

use onsale_end2end::{Device, EVENT, play};

#[test]
fn two_seats_are_bought_on_a_phone_and_nothing_scrolls_sideways() {
    play(async |scene| {
        let seats = scene.seats("Circle", 2).await;
        let fan = scene.visitor(Device::Phone).await;
        for path in ["/", "/search", "/search?keyword=zzzzzz", "/bookings"] {
            fan.open(path).await;
            fan.assert_not_sideways().await;
        }
        fan.open(&format!("/events/{EVENT}")).await;
        fan.assert_not_sideways().await;
        for seat in &seats {
            fan.pick(seat.ticket).await;
        }
        fan.assert_not_sideways().await;
        let booking = fan.hold().await;
        fan.assert_not_sideways().await;
        fan.pay("tok_visa").await;
        assert_eq!(fan.awaits_booking("confirmed").await, booking);
        fan.assert_not_sideways().await;
        scene.books(booking).assert_sold(2, 2 * 4_200).await;
        fan.open("/bookings").await;
        fan.sees(&format!("a[href='/bookings/{booking}']")).await;
        fan.assert_not_sideways().await;
    });
}
