//! The guards of the statements say what `onsale_domain` says, for every state of a ticket and
//! every claim on it.

#![allow(clippy::expect_used, missing_docs)]

mod office;
mod payments;

use onsale_domain::{
    BookingId, Currency, Money,
    booking::{BookingState, PaymentRefused, RefundReason},
    ticket::TicketState,
};
use onsale_store::{
    BeginPayment, BegunPayment, HoldOutcome, HoldRequest, MoneyCame, ReleaseOutcome, Settlement,
};
use uuid::Uuid;

use office::{EVENT, Office, RULES, SEATS, TOTAL_MINOR, USER, pairs};

fn request(booking: Uuid) -> HoldRequest {
    HoldRequest {
        booking: BookingId(booking),
        user: USER,
        event: EVENT,
        seats: SEATS.to_vec(),
        prices_minor: vec![1000, 1000],
        currency: Currency::EUR,
        fingerprint: vec![1],
        ttl_seconds: 60,
    }
}

fn is_held_by(booking: BookingId) -> impl Fn(&TicketState) -> bool {
    move |ticket| ticket.is_held_by(booking)
}

#[tokio::test]
async fn holds_are_placed_where_the_domain_allows() {
    let office = Office::open().await;
    let mut placed = 0;
    for standings in pairs() {
        // A new booking has no seats yet: what is "mine" belongs to an older one of the same buyer.
        let (older, new) = (Uuid::new_v4(), Uuid::new_v4());
        office.book(older, "in_progress", "none", 3600.0).await;
        office.set(older, standings).await;
        let (before, now) = office.tickets().await;
        let free = before.map(|ticket| ticket.may_be_held(now));
        let outcome = office.store.place_holds(&[request(new)]).await.expect("an answer");
        let (after, _) = office.tickets().await;
        if free == [true, true] {
            assert!(matches!(outcome[..], [HoldOutcome::Held { .. }]), "{standings:?}");
            assert!(after.iter().all(is_held_by(BookingId(new))), "{standings:?}: {after:?}");
            placed += 1;
        } else {
            let taken = SEATS.iter().zip(free).filter(|(_, free)| !free).map(|(seat, _)| *seat);
            assert_eq!(outcome, [HoldOutcome::SeatsTaken(taken.collect())], "{standings:?}");
            assert_eq!(after, before, "{standings:?}");
        }
    }
    assert_eq!(placed, 9, "available, and lapsed holds of both");
    office.database.drop_now().await;
}

#[tokio::test]
async fn seats_are_sold_where_the_domain_allows() {
    let office = Office::open().await;
    let total = Money::new(TOTAL_MINOR, Currency::EUR);
    let bookings =
        [("in_progress", 60.0), ("in_progress", -1.0), ("expired", 0.0), ("released", 0.0)];
    let mut confirmed = 0;
    for (status, held_seconds) in bookings {
        for standings in pairs() {
            let case = format!("{status} for {held_seconds} s, {standings:?}");
            let mine = Uuid::new_v4();
            let id = BookingId(mine);
            office.book(mine, status, "none", held_seconds).await;
            office.set(mine, standings).await;
            let (before, now) = office.tickets().await;
            let came = [MoneyCame { booking: id, paid: total }];
            let settlements = office.store.payments_succeeded(&came, &[]).await.expect("answers");
            let settlement = settlements[0];
            let (after, _) = office.tickets().await;
            if before.iter().all(|ticket| ticket.may_be_sold_to(id, now)) {
                assert_eq!(settlement, Settlement::Confirmed, "{case}");
                assert_eq!(after, [TicketState::Sold { booking: id }; 2], "{case}");
                confirmed += 1;
            } else {
                let seats_gone = Settlement::RefundDue(RefundReason::SeatsGone);
                assert_eq!(settlement, seats_gone, "{case}");
                assert_eq!(after, before.map(|ticket| ticket.without_hold_of(id)), "{case}");
            }
        }
    }
    assert_eq!(confirmed, 4 * 16, "available, mine, and lapsed holds of both");
    office.database.drop_now().await;
}

#[tokio::test]
async fn bookings_that_end_free_what_the_domain_says() {
    let office = Office::open().await;
    for standings in pairs() {
        let (released, lapsed) = (Uuid::new_v4(), Uuid::new_v4());
        office.book(released, "in_progress", "none", 60.0).await;
        office.set(released, standings).await;
        let (before, _) = office.tickets().await;
        let outcome = office.store.release(BookingId(released)).await.expect("an answer");
        assert!(matches!(outcome, Some(ReleaseOutcome::Released(_))), "{standings:?}");
        let expected = before.map(|ticket| ticket.without_hold_of(BookingId(released)));
        assert_eq!(office.tickets().await.0, expected, "{standings:?}, released");

        office.book(lapsed, "in_progress", "none", -1.0).await;
        office.set(lapsed, standings).await;
        let (before, _) = office.tickets().await;
        let expired = office.store.expire_lapsed(100).await.expect("an answer");
        let ids: Vec<Uuid> = expired.into_iter().map(|(booking, ..)| booking.0).collect();
        assert_eq!(ids, [lapsed], "{standings:?}");
        let expected = before.map(|ticket| ticket.without_hold_of(BookingId(lapsed)));
        assert_eq!(office.tickets().await.0, expected, "{standings:?}, expired");
    }
    office.database.drop_now().await;
}

#[tokio::test]
async fn a_hold_is_extended_with_all_of_its_seats_or_not_at_all() {
    let office = Office::open().await;
    let mut begun = 0;
    for standings in pairs() {
        let mine = Uuid::new_v4();
        let id = BookingId(mine);
        office.book(mine, "in_progress", "none", 60.0).await;
        office.set(mine, standings).await;
        let (before, _) = office.tickets().await;
        let wish = BeginPayment { booking: id, payer: None, email: None };
        let outcome = office.store.begin_payments(&[wish], "stripe", RULES).await;
        let (after, _) = office.tickets().await;
        match outcome.expect("an answer").pop().expect("one answer") {
            BegunPayment::Unknown => panic!("the booking is there"),
            BegunPayment::Begun { booking, .. } => {
                assert!(before.iter().all(is_held_by(id)), "{standings:?}");
                let BookingState::InProgress { held_until, .. } = booking.state else {
                    panic!("{:?}", booking.state);
                };
                assert_eq!(after, [TicketState::Held { booking: id, until: held_until }; 2]);
                begun += 1;
            }
            BegunPayment::Refused(refused, booking) => {
                assert!(!before.iter().all(is_held_by(id)), "{standings:?}");
                assert_eq!(refused, PaymentRefused::HoldExpired, "{standings:?}");
                assert_eq!(after, before, "{standings:?}");
                let stored = office.store.booking(id).await.expect("an answer");
                assert_eq!(stored.map(|stored| stored.state), Some(booking.state));
            }
        }
    }
    assert_eq!(begun, 4, "both seats are mine, whether or not their holds have run out");
    office.database.drop_now().await;
}
