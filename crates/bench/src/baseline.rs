//! The baseline of `bench reserve`: the same server, edge and schema, but each reservation is one
//! `SKIP LOCKED` statement of its own on a tuned pool. No writer, no Redis, no NATS, no limits for
//! each buyer, and seats in the order of their numbers instead of the best ones side by side: it
//! does less for each request than Onsale does.

use std::{env, process::ExitCode, sync::Arc};

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use onsale_app::{
    api::{Problem, ProblemCode, ReserveRequest},
    backend::Viewer,
};
use onsale_server::{Edge, ProblemResponse, api, run};
use serde_json::json;
use sqlx::{
    PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tikv_jemallocator::Jemalloc;
use uuid::Uuid;

/// As in the server.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// What makes the statement quick: without it, each would read past all seats that are held.
const INDEX: &str = "
    CREATE INDEX IF NOT EXISTS baseline_free ON tickets (event_id, seat) WHERE status = 'available'";

/// The statement: `$pick` says which rows are wanted, `$wanted` how many they must be.
macro_rules! take {
    ($pick:literal, $wanted:literal) => {
        concat!(
            "WITH picked AS (
                SELECT event_id, seat, category FROM tickets WHERE event_id = $3 AND ",
            $pick,
            " FOR UPDATE SKIP LOCKED),
             enough AS (SELECT count(*) = ",
            $wanted,
            " AS yes FROM picked),
             priced AS (
                SELECT array_agg(p.seat ORDER BY p.seat) AS seats,
                       array_agg(c.price_minor ORDER BY p.seat) AS prices,
                       sum(c.price_minor) AS total
                  FROM picked p JOIN price_categories c USING (event_id, category)),
             made AS (
                INSERT INTO bookings (id, event_id, user_id, seats, prices_minor, total_minor,
                                      currency, fingerprint, held_until)
                SELECT $1, $3, $2, seats, prices, total, 'EUR', 'f',
                       now() + $5 * interval '1 second'
                  FROM priced, enough WHERE yes RETURNING id),
             taken AS (
                UPDATE tickets t SET status = 'held', booking_id = $1,
                       held_until = now() + $5 * interval '1 second'
                  FROM picked p, enough
                 WHERE yes AND t.event_id = p.event_id AND t.seat = p.seat RETURNING t.seat)
             SELECT count(*) FROM taken"
        )
    };
}

/// Any seats of the event that are available, passing over those that somebody is taking.
const TAKE_ANY: &str = take!("status = 'available' ORDER BY seat LIMIT $4", "$4");

/// Named seats, all or none.
const TAKE_NAMED: &str = take!(
    "seat = ANY($4) AND (status = 'available' OR (status = 'held' AND held_until <= now()))
     ORDER BY seat",
    "cardinality($4)"
);

#[tokio::main]
async fn main() -> ExitCode {
    onsale_bench::exit_of_baseline(serve().await)
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    // Tried on two cores: 4, 8, 16 and 32 connections; 8 was the best.
    let connections = env::var("BASELINE_CONNECTIONS").ok().and_then(|text| text.parse().ok());
    // As Onsale's own connections: no plan that was made while a table was empty.
    let connect: PgConnectOptions = env::var("DATABASE_URL")?.parse()?;
    let connect = connect.options([("enable_seqscan", "off")]);
    let pool = PgPoolOptions::new()
        .max_connections(connections.unwrap_or(8))
        .acquire_timeout(std::time::Duration::from_secs(30))
        // A question for each connection that is taken would be a second statement for each hold.
        .test_before_acquire(false)
        .connect_with(connect)
        .await?;
    sqlx::query(INDEX).execute(&pool).await?;
    let reserve = move |edge, viewer, request| reserve(pool.clone(), edge, viewer, request);
    run(api(post(reserve))).await
}

async fn reserve(
    pool: PgPool,
    State(edge): State<Arc<Edge>>,
    Extension(viewer): Extension<Viewer>,
    Json(request): Json<ReserveRequest>,
) -> Response {
    let id = Uuid::now_v7();
    let ttl = i32::try_from(edge.settings.booking.hold_ttl_seconds).unwrap_or(i32::MAX);
    let tickets = request.ticket_ids.unwrap_or_default();
    let wanted = request.quantity.map_or(tickets.len(), usize::from);
    let query = match (tickets.first(), request.event_id) {
        (Some(first), _) => {
            let seats = tickets.iter().map(|ticket| i32::try_from(ticket.seat.0).unwrap_or(-1));
            let seats: Vec<i32> = seats.collect();
            sqlx::query(TAKE_NAMED).bind(id).bind(viewer.user.0).bind(first.event.0).bind(seats)
        }
        (None, Some(event)) => {
            let quantity = i64::from(request.quantity.unwrap_or(1));
            sqlx::query(TAKE_ANY).bind(id).bind(viewer.user.0).bind(event.0).bind(quantity)
        }
        (None, None) => return refused(ProblemCode::InvalidRequest),
    };
    let taken = query.bind(ttl).fetch_one(&pool).await.and_then(|row| row.try_get::<i64, _>(0));
    match taken {
        Ok(taken) if usize::try_from(taken) == Ok(wanted) => {
            (StatusCode::CREATED, Json(json!({ "bookingId": id }))).into_response()
        }
        Ok(_) if tickets.is_empty() => refused(ProblemCode::NotEnoughSeats),
        Ok(_) => refused(ProblemCode::SeatTaken),
        Err(_) => refused(ProblemCode::Unavailable),
    }
}

fn refused(code: ProblemCode) -> Response {
    ProblemResponse(Problem::new(code, "Not this time.")).into_response()
}
