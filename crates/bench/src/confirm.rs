//! `bench confirm`: how fast webhooks become confirmed bookings, alone and while an event is sold
//! at full load.

use std::{
    collections::HashMap,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use onsale_payments::{Secret, webhook};
use onsale_testkit::{Stack, StackOptions, WEBHOOK_SECRET, eventually};
use tokio::task::LocalSet;
use uuid::Uuid;

use crate::{
    BenchError,
    client::Client,
    figures::Latencies,
    house::EVENTS,
    reserve::{Crowd, Scenario, Wish},
};

/// Connections of the provider.
const CONNECTIONS: usize = 32;
/// Webhooks that share a transaction at most: the default of the product.
const TOGETHER: u16 = 256;
/// Until then every booking must be confirmed.
const SETTLED: Duration = Duration::from_secs(120);

/// Bookings of one seat each, held, with a payment under way; of the last event, so that nobody is
/// in the way.
const PREPARE: &str = "
    INSERT INTO bookings (id, event_id, user_id, payment, seats, prices_minor, total_minor, currency,
                          held_until, fingerprint)
    SELECT gen_random_uuid(), (SELECT max(id) FROM events),
           '00000000-0000-8000-8000-000000000001', 'processing', ARRAY[seat], ARRAY[4500],
           4500, 'EUR', now() + interval '1 hour', 'bench'
      FROM generate_series(0, 19999) AS seat;
    UPDATE tickets t SET status = 'held', booking_id = b.id, held_until = b.held_until
      FROM bookings b WHERE t.event_id = b.event_id AND t.seat = b.seats[1];
    INSERT INTO payments (booking_id, provider, intent_id, amount_minor, currency, attempts)
    SELECT id, 'stripe', 'pi_' || id, 4500, 'EUR', 1 FROM bookings;
    ANALYZE;";

/// Webhooks at one pace.
#[derive(Debug)]
struct Measured {
    per_second: f64,
    latencies: Latencies,
    holds_per_second: f64,
}

/// Measures at full speed, with and without batches, and at a pace beside a crowd. `false` when a
/// rule of the ledger was broken.
pub async fn run(template: &str) -> Result<bool, BenchError> {
    let mut violations = 0;
    // Full speed: the last of them wait their turn, so only the rate counts.
    let alone = measure(template, 2_000, None, 1, &mut violations).await?;
    println!("each in a transaction of its own: {:.0} webhooks settled/s", alone.per_second);
    let together = measure(template, 10_000, None, TOGETHER, &mut violations).await?;
    println!("together: {:.0} webhooks settled/s", together.per_second);
    let pace = 100.0;
    let mut crowded = measure(template, 1_500, Some(pace), TOGETHER, &mut violations).await?;
    let [p50, p99] = [0.5, 0.99].map(|share| crowded.latencies.quantile_ms(share));
    println!(
        "beside 2000 fans who hold {:.0} times a second: {:.0} webhooks/s, p50 {p50:.0} ms, p99 {p99:.0} ms",
        crowded.holds_per_second, crowded.per_second,
    );
    println!(
        "{{\"bench\":\"confirm\",\"ratio\":{:.2},\"baseline\":\"each webhook in a transaction of its own\",\
         \"unit\":\"webhooks settled/s\",\"settled_per_second\":{:.0},\"baseline_settled_per_second\":{:.0},\
         \"crowded_p50_ms\":{p50:.0},\"crowded_p99_ms\":{p99:.0},\"crowded_holds_per_second\":{:.0},\
         \"violations\":{violations}}}",
        together.per_second / alone.per_second,
        together.per_second,
        alone.per_second,
        crowded.holds_per_second,
    );
    Ok(violations == 0)
}

async fn measure(
    template: &str,
    count: i64,
    pace: Option<f64>,
    max_writes_together: u16,
    violations: &mut u32,
) -> Result<Measured, BenchError> {
    let options = StackOptions {
        log: "error",
        template: Some(template.to_owned()),
        max_writes_together,
        ..StackOptions::default()
    };
    let stack = Stack::start(options).await;
    stack.database.run(PREPARE).await;
    let address = stack.url(0).trim_start_matches("http://").parse::<SocketAddr>();
    let address = address.map_err(|error| BenchError::new("the server's address", error))?;
    let bookings: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM bookings ORDER BY id LIMIT $1")
        .bind(count)
        .fetch_all(&stack.database.pool)
        .await?;
    let scenario =
        Scenario { wish: Wish::Best, clients: 2_000, duration: Duration::from_secs(3_600) };
    let crowd = Rc::new(Crowd::new(address, scenario, EVENTS - 1));
    let local = LocalSet::new();
    if pace.is_some() {
        let fans = Rc::clone(&crowd);
        local.spawn_local(async move { fans.run(Duration::from_secs(3_600)).await });
        // Until the crowd has come.
        let warm = || async { (crowd.holds() > 2_000).then_some(()) };
        local.run_until(eventually("the crowd", SETTLED, warm)).await;
    }
    let (held_before, started) = (crowd.holds(), Instant::now());
    let sent = local.run_until(send_all(address, bookings, pace)).await?;
    local.run_until(all_confirmed(&stack, count)).await;
    let seconds = started.elapsed().as_secs_f64();
    let holds_per_second = (crowd.holds() - held_before) as f64 / seconds;
    let latencies = latencies(&stack, &sent).await?;
    drop(local);
    let (clean, report) = stack.audit().await;
    if !clean {
        println!("{report}");
        *violations += 1;
    }
    stack.stop().await;
    Ok(Measured { per_second: count as f64 / seconds, latencies, holds_per_second })
}

/// Sends a webhook for each booking; returns when each was sent, in microseconds since 1970.
async fn send_all(
    address: SocketAddr,
    bookings: Vec<Uuid>,
    pace: Option<f64>,
) -> Result<HashMap<Uuid, i64>, BenchError> {
    let secret =
        Secret::parse(WEBHOOK_SECRET).map_err(|error| BenchError::new("the secret", error))?;
    let started = Instant::now();
    let send = |lane: usize| {
        let mine: Vec<(usize, Uuid)> =
            bookings.iter().copied().enumerate().skip(lane).step_by(CONNECTIONS).collect();
        let secret = &secret;
        async move {
            let mut client = Client::connect(address).await?;
            let mut sent = Vec::with_capacity(mine.len());
            for (number, booking) in mine {
                if let Some(pace) = pace {
                    let due = started + Duration::from_secs_f64(number as f64 / pace);
                    tokio::time::sleep_until(due.into()).await;
                }
                let body = event(booking);
                let now = now_micros();
                let signature = webhook::sign(secret, now / 1_000_000, body.as_bytes());
                let headers = format!("Stripe-Signature: {signature}\r\n");
                let answer = client.post("/api/webhooks/payments", &headers, &body).await?;
                if answer.status != 200 {
                    let why = format!("{}: {}", answer.status, answer.body);
                    return Err(std::io::Error::other(why));
                }
                sent.push((booking, now));
            }
            Ok(sent)
        }
    };
    let lanes = futures::future::try_join_all((0..CONNECTIONS).map(send)).await;
    let lanes = lanes.map_err(|error| BenchError::new("a webhook", error))?;
    Ok(lanes.into_iter().flatten().collect())
}

fn event(booking: Uuid) -> String {
    format!(
        "{{\"id\":\"evt_{booking}\",\"object\":\"event\",\"type\":\"payment_intent.succeeded\",\
         \"created\":1,\"data\":{{\"object\":{{\"id\":\"pi_{booking}\",\"object\":\"payment_intent\",\
         \"status\":\"succeeded\",\"amount\":4500,\"currency\":\"eur\",\"created\":1,\
         \"metadata\":{{\"booking_id\":\"{booking}\"}}}}}}}}"
    )
}

async fn all_confirmed(stack: &Stack, count: i64) {
    eventually("all to be confirmed", SETTLED, || async {
        // The crowd pays for nothing.
        let confirmed = "SELECT count(*) FROM bookings WHERE status = 'confirmed'";
        (stack.database.number(confirmed).await >= count).then_some(())
    })
    .await;
}

/// From the moment a webhook was sent to the commit that confirmed its booking, or nearly: the
/// booking has the time at which its transaction began.
async fn latencies(stack: &Stack, sent: &HashMap<Uuid, i64>) -> Result<Latencies, BenchError> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT id, (extract(epoch FROM updated_at) * 1000000)::bigint FROM bookings
          WHERE status = 'confirmed'",
    )
    .fetch_all(&stack.database.pool)
    .await?;
    let mut latencies = Latencies::default();
    for (booking, confirmed) in rows {
        if let Some(sent) = sent.get(&booking) {
            let micros = u64::try_from(confirmed - sent).unwrap_or_default();
            latencies.add(Duration::from_micros(micros));
        }
    }
    Ok(latencies)
}

fn now_micros() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}
