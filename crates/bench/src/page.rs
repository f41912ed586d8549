//! `bench page`: the page of an event that is on sale, from the server's copies and from Varnish in
//! front of it, against nginx serving the same bytes from disk.

use std::time::{Duration, Instant};

use onsale_testkit::{Buyer, Stack, StackOptions, eventually};
use reqwest::{Method, header};

use crate::{
    BenchError,
    figures::Latencies,
    yardstick::{self, Nginx, Rate},
};

/// The page.
const PATH: &str = "/events/1";
/// Requests through Varnish.
const THROUGH_EDGE: u64 = 250_000;
/// Requests that may reach the server meanwhile.
const MOST_AT_ORIGIN: f64 = 20.0;
/// A change is on the edge within this time.
const SOON: Duration = Duration::from_secs(2);
/// Changes whose way to the edge is timed.
const CHANGES: usize = 12;
/// Pages that are rendered for the one who asks.
const RENDERED: usize = 200;
/// Headers that nginx writes by itself.
const OF_NGINX: [&str; 7] =
    ["connection", "content-length", "content-type", "date", "etag", "server", "transfer-encoding"];

/// Both sides, asked in turns; the medians count.
struct Compared {
    ours: f64,
    nginx: f64,
    failed: u64,
}

impl Compared {
    fn ratio(&self) -> f64 {
        self.ours / self.nginx
    }
}

/// What the page is, as everybody gets it.
struct Sample {
    body: Vec<u8>,
    headers: Vec<(String, String)>,
    tag: String,
}

/// Prints what was measured and the closing line. `false` when something that must hold did not.
pub async fn run(quick: bool) -> Result<bool, BenchError> {
    let (rounds, seconds) = if quick { (3, 2) } else { (5, 5) };
    let stack = start().await;
    let sample = fetch(&stack).await?;
    println!("{PATH}: {} bytes with brotli", sample.body.len());
    let mut rendered = render(&stack).await?;
    println!(
        "rendered and packed for one: p50 {:.1} ms, p99 {:.1} ms",
        rendered.quantile_ms(0.5),
        rendered.quantile_ms(0.99)
    );
    let mut changes = time_changes(&stack).await?;
    let (change_p50_ms, change_max_ms) = (changes.quantile_ms(0.5), changes.quantile_ms(1.0));
    println!("a change is on the edge after p50 {change_p50_ms:.0} ms, max {change_max_ms:.0} ms");

    let nginx = Nginx::start(&sample.body, &sample.headers)?;
    yardstick::pin(&stack.servers[0])?;
    let ours = format!("{}{PATH}", stack.url(0));
    let packed = vec!["Accept-Encoding: br".to_owned()];
    let page = compare("page", &ours, &packed, &nginx.url("page"), &[], rounds, seconds)?;
    let plain = compare(
        "page, nginx without our headers",
        &ours,
        &packed,
        &nginx.url("plain"),
        &[],
        1,
        seconds,
    )?;
    let known = [packed.clone(), vec![format!("If-None-Match: {}", sample.tag)]].concat();
    let known_to_nginx = vec![format!("If-None-Match: {}", tag_of(&nginx.url("page")).await?)];
    let not_modified =
        compare("304", &ours, &known, &nginx.url("page"), &known_to_nginx, rounds, seconds)?;
    drop(nginx);
    let (through, at_origin) = through_edge(&stack, &packed, seconds).await?;
    stack.stop().await;

    let failed = page.failed + plain.failed + not_modified.failed + through.failed;
    let is_late = change_max_ms > SOON.as_secs_f64() * 1000.0;
    let violations =
        u32::from(failed > 0) + u32::from(is_late) + u32::from(at_origin > MOST_AT_ORIGIN);
    println!(
        "{{\"bench\":\"page\",\"ratio\":{:.2},\"baseline\":\"nginx, the same bytes from disk, one core each\",\
         \"unit\":\"requests/s\",\"ours\":{:.0},\"nginx\":{:.0},\"ratio_without_our_headers\":{:.2},\
         \"ratio_304\":{:.2},\"ours_304\":{:.0},\"nginx_304\":{:.0},\"render_p50_ms\":{:.1},\
         \"render_p99_ms\":{:.1},\"edge_per_second\":{:.0},\"origin_requests_per_250000\":{at_origin:.1},\
         \"change_to_edge_p50_ms\":{change_p50_ms:.0},\"change_to_edge_max_ms\":{change_max_ms:.0},\
         \"failed\":{failed},\"violations\":{violations}}}",
        page.ratio(),
        page.ours,
        page.nginx,
        plain.ratio(),
        not_modified.ratio(),
        not_modified.ours,
        not_modified.nginx,
        rendered.quantile_ms(0.5),
        rendered.quantile_ms(0.99),
        through.per_second,
    );
    Ok(violations == 0)
}

/// A box office behind Varnish, in which the relay tells of changes.
async fn start() -> Stack {
    let options = StackOptions {
        log: "error",
        edge: true,
        relay: true,
        // One worker for each: server and nginx have one core.
        settings: vec![("TOKIO_WORKER_THREADS", "1".into())],
        ..StackOptions::default()
    };
    let stack = Stack::start(options).await;
    eventually("the relay to tell", Duration::from_secs(60), || async {
        (stack.metric(0, "onsale_relay_telling").await == Some(1.0)).then_some(())
    })
    .await;
    stack
}

fn http(error: reqwest::Error) -> BenchError {
    BenchError::new("a request", error)
}

async fn fetch(stack: &Stack) -> Result<Sample, BenchError> {
    let request = stack.buyer(0).request(Method::GET, PATH).header(header::ACCEPT_ENCODING, "br");
    let answer = request.send().await.map_err(http)?;
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer.headers().iter();
    let headers = headers.filter(|(name, _)| !OF_NGINX.contains(&name.as_str()));
    Ok(Sample {
        headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
        tag: answer.headers().get(header::ETAG).map(text).unwrap_or_default(),
        body: answer.bytes().await.map_err(http)?.to_vec(),
    })
}

async fn tag_of(url: &str) -> Result<String, BenchError> {
    let answer = Buyer::new(url.to_owned()).request(Method::GET, "").send().await.map_err(http)?;
    let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
    tag.map(str::to_owned).ok_or_else(|| BenchError::new(url, "has no ETag"))
}

/// Pages that nobody has a copy of: each address is asked for once.
async fn render(stack: &Stack) -> Result<Latencies, BenchError> {
    let visitor = stack.buyer(0);
    let mut latencies = Latencies::default();
    for number in 0..RENDERED {
        let path = format!("{PATH}?nobody={number}");
        let asked = Instant::now();
        let answer = visitor.request(Method::GET, &path).send().await.map_err(http)?;
        if !answer.status().is_success() {
            return Err(BenchError::new(&path, answer.status()));
        }
        answer.bytes().await.map_err(http)?;
        latencies.add(asked.elapsed());
    }
    Ok(latencies)
}

/// From the commit of a new title to the first page of the edge that shows it.
async fn time_changes(stack: &Stack) -> Result<Latencies, BenchError> {
    let visitor = Buyer::new(stack.edge_url());
    let mut latencies = Latencies::default();
    for number in 0..CHANGES {
        let title = format!("Night {number} of the Quartet");
        visitor.request(Method::GET, PATH).send().await.map_err(http)?;
        sqlx::query("UPDATE events SET title = $1 WHERE id = 1")
            .bind(&title)
            .execute(&stack.database.pool)
            .await?;
        let changed = Instant::now();
        loop {
            let page = visitor.request(Method::GET, PATH).send().await.map_err(http)?;
            if page.text().await.map_err(http)?.contains(&title) {
                break;
            }
            if changed.elapsed() > SOON * 10 {
                return Err(BenchError::new("the edge", "a change never came"));
            }
        }
        latencies.add(changed.elapsed());
    }
    Ok(latencies)
}

fn compare(
    name: &str,
    ours: &str,
    our_headers: &[String],
    nginx: &str,
    nginx_headers: &[String],
    rounds: usize,
    seconds: u32,
) -> Result<Compared, BenchError> {
    // The first requests warm connections and caches.
    yardstick::ask(ours, 1, our_headers)?;
    yardstick::ask(nginx, 1, nginx_headers)?;
    let (mut of_us, mut of_nginx, mut failed) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let rate = yardstick::ask(ours, seconds, our_headers)?;
        let baseline = yardstick::ask(nginx, seconds, nginx_headers)?;
        println!(
            "{name}: ours {:.0}/s, nginx {:.0}/s, ratio {:.2}",
            rate.per_second,
            baseline.per_second,
            rate.per_second / baseline.per_second
        );
        failed += rate.failed + baseline.failed;
        of_us.push(rate.per_second);
        of_nginx.push(baseline.per_second);
    }
    Ok(Compared { ours: median(of_us), nginx: median(of_nginx), failed })
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Asks Varnish until enough were answered; returns the rate, and how many of 250,000 requests
/// reached the server.
async fn through_edge(
    stack: &Stack,
    headers: &[String],
    seconds: u32,
) -> Result<(Rate, f64), BenchError> {
    let url = format!("{}{PATH}", stack.edge_url());
    let before = stack.server_count(0, "onsale_copies_total", "").await;
    let (mut all, started) = (Rate { requests: 0, per_second: 0.0, failed: 0 }, Instant::now());
    while all.requests < THROUGH_EDGE {
        let rate = yardstick::ask(&url, seconds, headers)?;
        all.requests += rate.requests;
        all.failed += rate.failed;
    }
    all.per_second = all.requests as f64 / started.elapsed().as_secs_f64();
    let asked = stack.server_count(0, "onsale_copies_total", "").await - before;
    let at_origin = asked * THROUGH_EDGE as f64 / all.requests as f64;
    println!(
        "behind Varnish: {} requests, {:.0}/s, {asked:.0} of them reached the server",
        all.requests, all.per_second
    );
    Ok((all, at_origin))
}
