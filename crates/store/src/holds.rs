//! Placing holds: many at once in one guarded statement and one commit, or none of them.

use std::collections::HashMap;

use onsale_domain::{BookingId, Currency, EventId, SeatIndex, Timestamp, UserId};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::{Store, StoreError, time::PgTime};

/// A hold that somebody wants.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    /// The booking to be made.
    pub booking: BookingId,
    /// Who wants it.
    pub user: UserId,
    /// The event.
    pub event: EventId,
    /// The seats, sorted and without repetition.
    pub seats: Vec<SeatIndex>,
    /// What each of them costs, in minor units.
    pub prices_minor: Vec<i64>,
    /// The currency of the prices.
    pub currency: Currency,
    /// Digest of the request.
    pub fingerprint: Vec<u8>,
    /// How long the hold lasts.
    pub ttl_seconds: u32,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOutcome {
    /// The seats are held until then, by the database's clock.
    Held(Timestamp),
    /// These seats are in somebody else's hands; nothing was held.
    SeatsTaken(Vec<SeatIndex>),
    /// The booking existed before, made by a request with this digest; nothing was changed.
    Exists {
        /// Digest of the request that made it.
        fingerprint: Vec<u8>,
        /// Its seats.
        seats: Vec<SeatIndex>,
    },
}

/// A hold is placed on a seat that is available, or whose hold has run out. This condition is the
/// guard: everything else that keeps two buyers from one seat is only there for speed.
const TAKE_SEATS: &str = "
    UPDATE tickets AS t
       SET status = 'held', booking_id = w.booking_id,
           held_until = now() + w.ttl_seconds * interval '1 second'
      FROM unnest($1::bigint[], $2::integer[], $3::uuid[], $4::integer[])
           AS w (event_id, seat, booking_id, ttl_seconds)
     WHERE t.event_id = w.event_id AND t.seat = w.seat
       AND (t.status = 'available' OR (t.status = 'held' AND t.held_until <= now()))
    RETURNING t.booking_id, t.held_until";

const MAKE_USERS: &str = "
    INSERT INTO users (id) SELECT DISTINCT id FROM unnest($1::uuid[]) AS id ORDER BY id
    ON CONFLICT (id) DO NOTHING";

const MAKE_BOOKINGS: &str = "
    INSERT INTO bookings
           (id, event_id, user_id, seats, prices_minor, total_minor, currency, fingerprint,
            held_until)
    SELECT id, event_id, user_id, seats::integer[], prices::bigint[], total, currency,
           fingerprint, now() + ttl_seconds * interval '1 second'
      FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::bigint[],
                  $7::text[], $8::bytea[], $9::integer[])
           AS w (id, event_id, user_id, seats, prices, total, currency, fingerprint, ttl_seconds)
     ORDER BY id
    ON CONFLICT (id) DO NOTHING
    RETURNING id";

impl Store {
    /// Places holds, each whole or not at all, and says what became of each, in order.
    ///
    /// All are tried in one transaction. When one of them loses, the transaction is undone and
    /// they are tried one by one, so a loser never costs a winner its seats.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer; then no hold was placed, or all of them
    /// were and asking again says so.
    pub async fn place_holds(
        &self,
        requests: &[HoldRequest],
    ) -> Result<Vec<HoldOutcome>, StoreError> {
        if let [request] = requests {
            return Ok(vec![self.place_one_hold(request).await?]);
        }
        match self.try_place_all(requests).await {
            Ok(Some(outcomes)) => return Ok(outcomes),
            Ok(None) => {}
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error),
        }
        let mut outcomes = Vec::with_capacity(requests.len());
        for request in requests {
            outcomes.push(self.place_one_hold(request).await?);
        }
        Ok(outcomes)
    }

    async fn place_one_hold(&self, request: &HoldRequest) -> Result<HoldOutcome, StoreError> {
        let placed = match self.try_place_all(std::slice::from_ref(request)).await {
            // The other transaction is through by now; one more try sees what it did.
            Err(error) if error.is_conflict() => {
                self.try_place_all(std::slice::from_ref(request)).await?
            }
            tried => tried?,
        };
        if let Some(outcome) = placed.and_then(|outcomes| outcomes.into_iter().next()) {
            return Ok(outcome);
        }
        let existing = self.existing_holds(&[request.booking]).await?.remove(&request.booking);
        if let Some((fingerprint, seats)) = existing {
            return Ok(HoldOutcome::Exists { fingerprint, seats });
        }
        let taken = self.taken_seats(request.event, &request.seats).await?;
        // Whoever had a seat may have let go of it between the two statements.
        let named = if taken.is_empty() { request.seats.clone() } else { taken };
        Ok(HoldOutcome::SeatsTaken(named))
    }

    /// All holds in one transaction; `None` when one of them cannot be had.
    async fn try_place_all(
        &self,
        requests: &[HoldRequest],
    ) -> Result<Option<Vec<HoldOutcome>>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let users: Vec<Uuid> = requests.iter().map(|request| request.user.0).collect();
        sqlx::query(MAKE_USERS).bind(users).execute(&mut *tx).await?;
        if make_bookings(&mut tx, requests).await? != requests.len() {
            return Ok(None);
        }
        let held = take_seats(&mut tx, requests).await?;
        let mut outcomes = Vec::with_capacity(requests.len());
        for request in requests {
            match held.get(&request.booking.0) {
                Some((count, until)) if *count == request.seats.len() => {
                    outcomes.push(HoldOutcome::Held(*until));
                }
                _ => return Ok(None),
            }
        }
        tx.commit().await?;
        Ok(Some(outcomes))
    }

    /// Those of the bookings that exist, each with the digest of the request that made it and its
    /// seats.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn existing_holds(
        &self,
        bookings: &[BookingId],
    ) -> Result<HashMap<BookingId, (Vec<u8>, Vec<SeatIndex>)>, StoreError> {
        let rows = sqlx::query("SELECT id, fingerprint, seats FROM bookings WHERE id = ANY($1)")
            .bind(bookings.iter().map(|booking| booking.0).collect::<Vec<_>>())
            .fetch_all(&self.pool)
            .await?;
        let mut existing = HashMap::with_capacity(rows.len());
        for row in rows {
            let made = (row.try_get("fingerprint")?, seats_from(row.try_get("seats")?));
            existing.insert(BookingId(row.try_get("id")?), made);
        }
        Ok(existing)
    }

    async fn taken_seats(
        &self,
        event: EventId,
        seats: &[SeatIndex],
    ) -> Result<Vec<SeatIndex>, StoreError> {
        let rows = sqlx::query(
            "SELECT seat FROM tickets
              WHERE event_id = $1 AND seat = ANY($2)
                AND status <> 'available' AND (status <> 'held' OR held_until > now())
              ORDER BY seat",
        )
        .bind(event.0)
        .bind(seat_numbers(seats))
        .fetch_all(&self.pool)
        .await?;
        let numbers: Result<Vec<i32>, _> = rows.iter().map(|row| row.try_get("seat")).collect();
        Ok(seats_from(numbers?))
    }
}

async fn make_bookings(
    connection: &mut PgConnection,
    requests: &[HoldRequest],
) -> Result<usize, StoreError> {
    let column = |of: fn(&HoldRequest) -> String| requests.iter().map(of).collect::<Vec<_>>();
    let totals: Vec<i64> = requests.iter().map(|r| r.prices_minor.iter().sum()).collect();
    let rows = sqlx::query(MAKE_BOOKINGS)
        .bind(requests.iter().map(|r| r.booking.0).collect::<Vec<_>>())
        .bind(requests.iter().map(|r| r.event.0).collect::<Vec<_>>())
        .bind(requests.iter().map(|r| r.user.0).collect::<Vec<_>>())
        .bind(column(|r| array_literal(r.seats.iter())))
        .bind(column(|r| array_literal(r.prices_minor.iter())))
        .bind(totals)
        .bind(column(|r| r.currency.code().to_owned()))
        .bind(requests.iter().map(|r| r.fingerprint.clone()).collect::<Vec<_>>())
        .bind(requests.iter().map(ttl).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    Ok(rows.len())
}

/// Takes the seats and says for each booking how many it got, and until when.
async fn take_seats(
    connection: &mut PgConnection,
    requests: &[HoldRequest],
) -> Result<HashMap<Uuid, (usize, Timestamp)>, StoreError> {
    let mut wanted: Vec<(i64, i32, Uuid, i32)> = Vec::new();
    for request in requests {
        let seats = seat_numbers(&request.seats);
        let row = |seat| (request.event.0, seat, request.booking.0, ttl(request));
        wanted.extend(seats.into_iter().map(row));
    }
    // Two transactions that lock the same seats lock them in the same order.
    wanted.sort_unstable();
    let rows = sqlx::query(TAKE_SEATS)
        .bind(wanted.iter().map(|w| w.0).collect::<Vec<_>>())
        .bind(wanted.iter().map(|w| w.1).collect::<Vec<_>>())
        .bind(wanted.iter().map(|w| w.2).collect::<Vec<_>>())
        .bind(wanted.iter().map(|w| w.3).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    let mut held: HashMap<Uuid, (usize, Timestamp)> = HashMap::with_capacity(requests.len());
    for row in rows {
        let PgTime(until) = row.try_get("held_until")?;
        held.entry(row.try_get("booking_id")?).or_insert((0, until)).0 += 1;
    }
    Ok(held)
}

fn ttl(request: &HoldRequest) -> i32 {
    i32::try_from(request.ttl_seconds).unwrap_or(i32::MAX)
}

/// `{1,2,3}`
fn array_literal<T: std::fmt::Display>(values: impl Iterator<Item = T>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    format!("{{{}}}", values.join(","))
}

/// Seats as PostgreSQL's integers; a number beyond them cannot be a seat of any map.
pub fn seat_numbers(seats: &[SeatIndex]) -> Vec<i32> {
    seats.iter().map(|seat| i32::try_from(seat.0).unwrap_or(-1)).collect()
}

/// PostgreSQL's integers as seats. The schema keeps them at zero or above.
pub fn seats_from(numbers: Vec<i32>) -> Vec<SeatIndex> {
    numbers.into_iter().filter_map(|number| u32::try_from(number).ok()).map(SeatIndex).collect()
}
