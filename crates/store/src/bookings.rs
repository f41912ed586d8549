//! Bookings: reading them and giving them back.

use std::collections::BTreeSet;

use onsale_domain::{
    BookingId, Currency, EventId, Money, SeatIndex, Timestamp, UserId,
    booking::{BookingState, ReleaseRefused, ReleaseVerdict},
};
use sqlx::{FromRow, PgConnection, Row, postgres::PgRow};

use crate::{Store, StoreError, holds::seats_from, time::PgTime};

/// A booking as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRecord {
    /// The booking.
    pub id: BookingId,
    /// The event.
    pub event: EventId,
    /// Its owner.
    pub user: UserId,
    /// Where it stands.
    pub state: BookingState,
    /// Where its payment stands: `none`, `processing`, `declined`, `succeeded` or `refunded`.
    pub payment: String,
    /// The seats.
    pub seats: Vec<SeatIndex>,
    /// What each costs, in minor units.
    pub prices_minor: Vec<i64>,
    /// What they cost together.
    pub total: Money,
    /// The address given at checkout.
    pub email: Option<String>,
    /// Why its money is due or went back: `seats_gone`, `wrong_amount` or `cancelled`.
    pub refund_reason: Option<String>,
    /// Digest of the request that made it.
    pub fingerprint: Vec<u8>,
    /// Whether its event was called off.
    pub event_cancelled: bool,
    /// When the hold was placed.
    pub created_at: Timestamp,
    /// The database's clock when this was read.
    pub read_at: Timestamp,
}

/// What became of giving a booking back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseOutcome {
    /// The seats are free, now or since before.
    Released(Box<BookingRecord>),
    /// They cannot be given back.
    Refused(ReleaseRefused),
}

macro_rules! booking_columns {
    () => {
        "id, event_id, user_id, status::text AS status, payment::text AS payment, seats,
         prices_minor, total_minor, currency, held_until, hold_extended, email, refund_reason,
         fingerprint, EXISTS (SELECT 1 FROM events e WHERE e.id = event_id
                               AND e.cancelled_at IS NOT NULL) AS event_cancelled, created_at, clock_timestamp() AS read_at"
    };
}

impl FromRow<'_, PgRow> for BookingRecord {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let time = |name: &str| row.try_get::<PgTime, _>(name).map(|PgTime(time)| time);
        let payment: String = row.try_get("payment")?;
        let currency: String = row.try_get("currency")?;
        let currency =
            Currency::parse(&currency).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let status: String = row.try_get("status")?;
        let state = match status.as_str() {
            "in_progress" => BookingState::InProgress {
                held_until: time("held_until")?,
                extended: row.try_get("hold_extended")?,
                payment_processing: payment == "processing",
            },
            "confirmed" => BookingState::Confirmed,
            "expired" => BookingState::Expired { payment_open: payment == "processing" },
            "released" => BookingState::Released { payment_open: payment == "processing" },
            "refund_due" => BookingState::RefundDue,
            "refunded" => BookingState::Refunded,
            other => return Err(sqlx::Error::Decode(format!("booking status {other}").into())),
        };
        Ok(Self {
            id: BookingId(row.try_get("id")?),
            event: EventId(row.try_get("event_id")?),
            user: UserId(row.try_get("user_id")?),
            state,
            payment,
            seats: seats_from(row.try_get("seats")?),
            prices_minor: row.try_get("prices_minor")?,
            total: Money::new(row.try_get("total_minor")?, currency),
            email: row.try_get("email")?,
            refund_reason: row.try_get("refund_reason")?,
            event_cancelled: row.try_get("event_cancelled")?,
            fingerprint: row.try_get("fingerprint")?,
            created_at: time("created_at")?,
            read_at: time("read_at")?,
        })
    }
}

impl Store {
    /// A booking, or `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn booking(&self, id: BookingId) -> Result<Option<BookingRecord>, StoreError> {
        let sql = concat!("SELECT ", booking_columns!(), " FROM bookings WHERE id = $1");
        Ok(sqlx::query_as(sql).bind(id.0).fetch_optional(&self.pool).await?)
    }

    /// The newest bookings of a user, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer.
    pub async fn bookings_of(
        &self,
        user: UserId,
        limit: i64,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        let sql = concat!(
            "SELECT ",
            booking_columns!(),
            " FROM bookings WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT $2"
        );
        Ok(sqlx::query_as(sql).bind(user.0).bind(limit).fetch_all(&self.pool).await?)
    }

    /// Gives the seats of an unpaid booking back. Doing so again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot answer. `None` when there is no such booking.
    pub async fn release(&self, id: BookingId) -> Result<Option<ReleaseOutcome>, StoreError> {
        let mut tx = self.pool.begin().await?;
        let Some(mut booking) = lock_booking(&mut tx, id).await? else { return Ok(None) };
        match booking.state.release() {
            Err(refused) => return Ok(Some(ReleaseOutcome::Refused(refused))),
            Ok(ReleaseVerdict::NothingToDo) => {}
            Ok(ReleaseVerdict::FreeSeats) => {
                release_all(&mut tx, &[id]).await?;
                tx.commit().await?;
                let Some(released) = self.booking(id).await? else { return Ok(None) };
                booking = released;
            }
        }
        Ok(Some(ReleaseOutcome::Released(Box::new(booking))))
    }
}

/// Locks a booking's row for this transaction. Always the first lock, tickets come after.
pub async fn lock_booking(
    connection: &mut PgConnection,
    id: BookingId,
) -> Result<Option<BookingRecord>, StoreError> {
    let sql = concat!("SELECT ", booking_columns!(), " FROM bookings WHERE id = $1 FOR UPDATE");
    Ok(sqlx::query_as(sql).bind(id.0).fetch_optional(connection).await?)
}

/// Locks the rows of those bookings that exist, in the order of their ids; tickets come after.
pub async fn lock_bookings(
    connection: &mut PgConnection,
    ids: &[BookingId],
) -> Result<Vec<BookingRecord>, StoreError> {
    let ids: BTreeSet<_> = ids.iter().map(|id| id.0).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    // Each by the index, whatever PostgreSQL believes about the size of the table.
    let sql = concat!(
        "SELECT b.* FROM unnest($1::uuid[]) AS w (wanted) CROSS JOIN LATERAL (SELECT ",
        booking_columns!(),
        " FROM bookings WHERE id = w.wanted FOR UPDATE) AS b"
    );
    Ok(sqlx::query_as(sql).bind(ids).fetch_all(connection).await?)
}

/// Where the payment of a booking `b` stands that ends now: under way as long as money may come.
macro_rules! payment_at_the_end {
    () => {
        "CASE WHEN b.payment = 'processing'
                   OR EXISTS (SELECT 1 FROM payments p
                               WHERE p.booking_id = b.id AND p.intent_id IS NOT NULL
                                 AND p.succeeded_at IS NULL AND p.cancelled_at IS NULL)
              THEN 'processing'::payment_state ELSE 'none' END"
    };
}
pub(crate) use payment_at_the_end;

/// Ends unpaid bookings whose rows are locked.
pub async fn release_all(
    connection: &mut PgConnection,
    bookings: &[BookingId],
) -> Result<(), StoreError> {
    if bookings.is_empty() {
        return Ok(());
    }
    sqlx::query(concat!(
        "UPDATE bookings AS b
            SET status = 'released', held_until = NULL, updated_at = now(), payment = ",
        payment_at_the_end!(),
        " WHERE b.id = ANY($1)"
    ))
    .bind(bookings.iter().map(|booking| booking.0).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    free_seats(connection, bookings, Freed::Held).await
}

/// Which seats of a booking are freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freed {
    /// Those it holds.
    Held,
    /// Those that were sold to it.
    Sold,
}

/// Puts the seats of bookings back on sale.
pub async fn free_seats(
    connection: &mut PgConnection,
    bookings: &[BookingId],
    freed: Freed,
) -> Result<(), StoreError> {
    let ids: Vec<_> = bookings.iter().map(|booking| booking.0).collect();
    let status = match freed {
        Freed::Held => "held",
        Freed::Sold => "sold",
    };
    // In the order in which holds are placed on them, as far as the plan keeps to it: so they hardly
    // ever wait for each other in a circle. Who does is undone, and tries again.
    sqlx::query(
        "UPDATE tickets AS t SET status = 'available', booking_id = NULL, held_until = NULL
           FROM (SELECT b.id, b.event_id, listed.seat
                   FROM bookings AS b, unnest(b.seats) AS listed (seat)
                  WHERE b.id = ANY($1) ORDER BY b.event_id, listed.seat) AS w
          WHERE t.event_id = w.event_id AND t.seat = w.seat
            AND t.booking_id = w.id AND t.status = $2::ticket_status",
    )
    .bind(ids)
    .bind(status)
    .execute(connection)
    .await?;
    Ok(())
}
