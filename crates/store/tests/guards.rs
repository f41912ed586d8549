//! The guards of the statements say what `onsale_domain` says, for every state of a ticket and
//! every claim on it.

#![allow(clippy::expect_used, missing_docs)]

use std::time::Duration;

use onsale_domain::{
    BookingId, Currency, EventId, Money, SeatIndex, Timestamp, UserId,
    booking::{BookingState, HoldRules, PaymentRefused, RefundReason},
    payment::PaymentFacts,
    ticket::TicketState,
};
use onsale_store::{
    BeginPayment, BegunPayment, HoldOutcome, HoldRequest, MoneyCame, ReleaseOutcome, Settlement,
    Store, StoreOptions,
};
use onsale_testkit::{Database, Environment};
use sqlx::Row;
use uuid::Uuid;

const EVENT: EventId = EventId(1);
const SEATS: [SeatIndex; 2] = [SeatIndex(0), SeatIndex(1)];
const TOTAL_MINOR: i64 = 2000;
const USER: UserId = UserId(Uuid::from_u128(7));
/// Somebody else's booking, on hold and confirmed.
const THEIR_HOLD: Uuid = Uuid::from_u128(8);
const THEIR_TICKETS: Uuid = Uuid::from_u128(9);
/// A hold of a minute is shorter than the window, so a payment extends it.
const RULES: HoldRules = HoldRules { payment_window_seconds: 600, max_hold_seconds: 900 };

/// How a ticket can stand towards a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Available,
    Mine,
    MineLapsed,
    Theirs,
    TheirsLapsed,
    SoldToMe,
    SoldToThem,
    Blocked,
}

const STANDINGS: [Standing; 8] = [
    Standing::Available,
    Standing::Mine,
    Standing::MineLapsed,
    Standing::Theirs,
    Standing::TheirsLapsed,
    Standing::SoldToMe,
    Standing::SoldToThem,
    Standing::Blocked,
];

impl Standing {
    /// Status, owner, and seconds for which the hold goes on.
    fn columns(self, mine: Uuid) -> (&'static str, Option<Uuid>, Option<f64>) {
        match self {
            Self::Available => ("available", None, None),
            Self::Mine => ("held", Some(mine), Some(60.0)),
            Self::MineLapsed => ("held", Some(mine), Some(-1.0)),
            Self::Theirs => ("held", Some(THEIR_HOLD), Some(60.0)),
            Self::TheirsLapsed => ("held", Some(THEIR_HOLD), Some(-1.0)),
            Self::SoldToMe => ("sold", Some(mine), None),
            Self::SoldToThem => ("sold", Some(THEIR_TICKETS), None),
            Self::Blocked => ("blocked", None, None),
        }
    }
}

fn pairs() -> impl Iterator<Item = [Standing; 2]> {
    STANDINGS.into_iter().flat_map(|first| STANDINGS.map(|second| [first, second]))
}

struct Office {
    database: Database,
    store: Store,
}

impl Office {
    async fn open() -> Self {
        let database = Database::create(&Environment::read()).await;
        let options = StoreOptions {
            max_connections: 2,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
            workload: onsale_store::Workload::Online,
        };
        let store = Store::open(&database.url, "guards", options).expect("an address");
        let office = Self { database, store };
        let user = sqlx::query("INSERT INTO users (id) VALUES ($1)").bind(USER.0);
        user.execute(&office.database.pool).await.expect("a user");
        office.book(THEIR_HOLD, "in_progress", "none", 3600.0).await;
        office.book(THEIR_TICKETS, "confirmed", "succeeded", 0.0).await;
        office
    }

    /// A booking of both seats.
    async fn book(&self, id: Uuid, status: &str, payment: &str, held_seconds: f64) {
        sqlx::query(
            "INSERT INTO bookings (id, event_id, user_id, status, payment, seats, prices_minor,
                                   total_minor, currency, held_until, fingerprint, updated_at)
             VALUES ($1, $2, $3, $4::booking_status, $5::payment_state, '{0,1}', '{1000,1000}',
                     $6, 'EUR',
                     CASE WHEN $4 = 'in_progress' THEN now() + $7 * interval '1 second' END,
                     '', now() - interval '1 hour')",
        )
        .bind(id)
        .bind(EVENT.0)
        .bind(USER.0)
        .bind(status)
        .bind(payment)
        .bind(TOTAL_MINOR)
        .bind(held_seconds)
        .execute(&self.database.pool)
        .await
        .expect("a booking");
    }

    /// Makes the tickets stand like this, whatever the schema would say about it: a seat that is
    /// sold to a booking in progress cannot be, and its guard must hold all the same.
    async fn set(&self, mine: Uuid, standings: [Standing; 2]) {
        let mut tx = self.database.pool.begin().await.expect("a transaction");
        let quiet = sqlx::query("SET LOCAL session_replication_role = replica");
        quiet.execute(&mut *tx).await.expect("a superuser");
        for (seat, standing) in SEATS.iter().zip(standings) {
            let (status, owner, seconds) = standing.columns(mine);
            sqlx::query(
                "UPDATE tickets SET status = $3::ticket_status, booking_id = $4,
                        held_until = now() + $5 * interval '1 second'
                  WHERE event_id = $1 AND seat = $2",
            )
            .bind(EVENT.0)
            .bind(i32::try_from(seat.0).expect("small"))
            .bind(status)
            .bind(owner)
            .bind(seconds)
            .execute(&mut *tx)
            .await
            .expect("a ticket");
        }
        tx.commit().await.expect("both tickets");
    }

    /// The tickets as the domain sees them, and the database's clock.
    async fn tickets(&self) -> ([TicketState; 2], Timestamp) {
        let rows = sqlx::query(
            "SELECT status::text, booking_id,
                    floor(extract(epoch FROM held_until) * 1000)::bigint AS until,
                    floor(extract(epoch FROM now()) * 1000)::bigint AS now
               FROM tickets WHERE event_id = $1 AND seat IN (0, 1) ORDER BY seat",
        )
        .bind(EVENT.0)
        .fetch_all(&self.database.pool)
        .await
        .expect("two tickets");
        let owner = |at: usize| BookingId(rows[at].get("booking_id"));
        let state = |at: usize| match rows[at].get::<&str, _>("status") {
            "available" => TicketState::Available,
            "held" => {
                TicketState::Held { booking: owner(at), until: Timestamp(rows[at].get("until")) }
            }
            "sold" => TicketState::Sold { booking: owner(at) },
            _ => TicketState::Blocked,
        };
        ([state(0), state(1)], Timestamp(rows[0].get("now")))
    }
}

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

#[tokio::test]
async fn the_sweep_finds_what_the_domain_calls_forgotten() {
    let office = Office::open().await;
    let bookings: [(&str, &[&str]); 6] = [
        ("in_progress", &["none", "processing", "declined"]),
        ("confirmed", &["succeeded"]),
        ("expired", &["none", "processing", "declined"]),
        ("released", &["none", "declined"]),
        ("refund_due", &["succeeded"]),
        ("refunded", &["refunded"]),
    ];
    let mut expected = Vec::new();
    for (status, payments) in bookings {
        for payment in payments {
            for bits in 0..17_u8 {
                // Only money that came goes back.
                if bits & 8 != 0 && (status != "refunded" || bits & 2 == 0) {
                    continue;
                }
                let id = Uuid::new_v4();
                office.book(id, status, payment, 3600.0).await;
                let facts = match bits {
                    16 => PaymentFacts::default(),
                    bits => pay(&office, id, bits).await,
                };
                let record = office.store.booking(BookingId(id)).await.expect("an answer");
                if facts.is_forgotten(record.expect("a booking").state) {
                    expected.push(BookingId(id));
                }
            }
        }
    }
    let forgotten = office.store.forgotten(Duration::from_secs(1), 1000).await.expect("an answer");
    let mut found = forgotten.payments;
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(expected.len(), 24, "and the other kinds are left alone");
    office.database.drop_now().await;
}

/// A payment of which the bits say what is known.
async fn pay(office: &Office, booking: Uuid, bits: u8) -> PaymentFacts {
    let has = |bit: u8| bits & bit != 0;
    let facts = PaymentFacts {
        intent_known: has(1),
        succeeded: has(2),
        cancelled: has(4),
        refund_open: has(8),
    };
    sqlx::query(
        "INSERT INTO payments (booking_id, provider, intent_id, amount_minor, currency, attempts,
                               succeeded_at, cancelled_at, refunded_at, updated_at)
         VALUES ($1, 'stripe', CASE WHEN $2 THEN $1::text END, 2000, 'EUR', 1,
                 CASE WHEN $3 THEN now() END, CASE WHEN $4 THEN now() END,
                 CASE WHEN $5 THEN now() - interval '1 hour' END, now() - interval '1 hour')",
    )
    .bind(booking)
    .bind(facts.intent_known)
    .bind(facts.succeeded)
    .bind(facts.cancelled)
    .bind(facts.refund_open)
    .execute(&office.database.pool)
    .await
    .expect("a payment");
    facts
}
