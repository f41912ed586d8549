//! `bench live`: browsers that hear of seats as they change, how much memory each takes, and how
//! long a change is on its way to all of them. The baseline is what one would write first: each
//! browser is a stream of axum's server-sent events behind a channel, and each change is told at
//! once.

use std::{
    cell::RefCell,
    io,
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use onsale_bus::Bus;
use onsale_domain::{AvailabilityDelta, EventId, SeatIndex, SeatState};
use onsale_messages::relay::inventory_subject;
use onsale_testkit::{Running, Stack, StackOptions, eventually, free_port};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::Semaphore,
    task::LocalSet,
};

use crate::{
    BenchError,
    figures::Latencies,
    process::{memory_of, raise_file_limit, settled_memory_of},
};

/// Browsers that listen, unless said otherwise.
const LISTENERS: usize = 10_000;
/// Memory that each may take.
const MOST_BYTES: f64 = 12_000.0;
/// A change is with nearly everybody after this time.
const SOON_MS: f64 = 500.0;
/// Changes a second.
const CHANGES_PER_SECOND: u32 = 8;
/// Connections from one address; the system has some 28,000 ports for each.
const FROM_ONE_ADDRESS: usize = 20_000;
/// Connections that are opened at the same time.
const OPENED_TOGETHER: usize = 64;
/// How long connecting may take, and how long the last change may be on its way.
const PATIENCE: Duration = Duration::from_secs(120);

/// What one side did.
struct Measured {
    bytes_each: f64,
    latencies: Latencies,
    missing: usize,
}

/// What all listeners share.
struct Audience {
    /// When each version was told; version 0 never was.
    told: RefCell<Vec<Instant>>,
    latencies: RefCell<Latencies>,
    /// How many have heard of the last version.
    complete: Semaphore,
    last_version: u64,
}

/// Prints what was measured and the closing line. `false` when something that must hold did not.
pub async fn run(words: &[String], quick: bool) -> Result<bool, BenchError> {
    raise_file_limit();
    let count = words.iter().find_map(|word| word.parse().ok()).unwrap_or(LISTENERS);
    let seconds = if quick { 5 } else { 15 };
    let options = StackOptions {
        log: "error",
        settings: vec![("ONSALE_MAX_LIVE_LISTENERS", (count + 100).to_string())],
        ..StackOptions::default()
    };
    let stack = Stack::start(options).await;
    let bus = Bus::connect(&stack.nats_url(), "onsale-bench").await;
    let bus = bus.map_err(|error| BenchError::new("NATS", error))?;
    eventually("NATS", PATIENCE, || async { bus.is_connected().then_some(()) }).await;

    let (baseline, port) = start_baseline(&stack).await?;
    let mut plain = measure(&bus, &baseline, port, count, seconds).await?;
    plain.tell("baseline", count);
    drop(baseline);
    let port = port_of(&stack.url(0))?;
    let mut ours = measure(&bus, &stack.servers[0], port, count, seconds).await?;
    ours.tell("ours", count);
    stack.stop().await;

    let [p50, p99] = [0.5, 0.99].map(|share| ours.latencies.quantile_ms(share));
    let [plain_p50, plain_p99] = [0.5, 0.99].map(|share| plain.latencies.quantile_ms(share));
    let violations = u32::from(ours.missing > 0)
        + u32::from(ours.bytes_each > MOST_BYTES)
        + u32::from(p99 > SOON_MS);
    println!(
        "{{\"bench\":\"live\",\"ratio\":{:.2},\"baseline\":\"a stream of axum for each browser, each change told at once\",\
         \"unit\":\"bytes of server memory for each listener, baseline to ours\",\"listeners\":{count},\
         \"bytes_each\":{:.0},\"baseline_bytes_each\":{:.0},\"p50_ms\":{p50:.0},\"p99_ms\":{p99:.0},\
         \"baseline_p50_ms\":{plain_p50:.0},\"baseline_p99_ms\":{plain_p99:.0},\
         \"changes_per_second\":{CHANGES_PER_SECOND},\"missing\":{},\"baseline_missing\":{},\
         \"violations\":{violations}}}",
        plain.bytes_each / ours.bytes_each,
        ours.bytes_each,
        plain.bytes_each,
        ours.missing,
        plain.missing,
    );
    Ok(violations == 0)
}

impl Measured {
    fn tell(&mut self, name: &str, count: usize) {
        println!(
            "{name}: {count} listeners, {:.1} kB each; a change is with them after p50 {:.0} ms, \
             p99 {:.0} ms; {} missed the last one",
            self.bytes_each / 1000.0,
            self.latencies.quantile_ms(0.5),
            self.latencies.quantile_ms(0.99),
            self.missing
        );
    }
}

fn port_of(url: &str) -> Result<u16, BenchError> {
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
    port.ok_or_else(|| BenchError::new(url, "has no port"))
}

async fn start_baseline(stack: &Stack) -> Result<(Running, u16), BenchError> {
    let port = free_port();
    let program = stack.environment.program("onsale-bench-sse");
    let folder = std::env::temp_dir();
    let settings = [("BASELINE_PORT", port.to_string()), ("NATS_URL", stack.nats_url())];
    let baseline = Running::start("onsale-bench-sse", &program, &[], &settings, &folder);
    eventually("the baseline", PATIENCE, || async {
        TcpStream::connect(("127.0.0.1", port)).await.ok()
    })
    .await;
    Ok((baseline, port))
}

async fn measure(
    bus: &Bus,
    server: &Running,
    port: u16,
    count: usize,
    seconds: u32,
) -> Result<Measured, BenchError> {
    let changes = CHANGES_PER_SECOND * seconds;
    let audience = Rc::new(Audience {
        told: RefCell::new(vec![Instant::now()]),
        latencies: RefCell::default(),
        complete: Semaphore::new(0),
        last_version: u64::from(changes),
    });
    // The first connection brings what all of them need.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    drop(listen(address, 0).await.map_err(|error| BenchError::new("a listener", error))?);
    let before = settled_memory_of(server).await?;
    let local = LocalSet::new();
    let listeners = local.run_until(connect_all(address, count)).await;
    let listeners = listeners.map_err(|error| BenchError::new("a listener", error))?;
    for stream in listeners {
        let audience = Rc::clone(&audience);
        local.spawn_local(async move { hear(stream, &audience).await });
    }
    local.run_until(tell_changes(bus, &audience, changes)).await?;
    let all = audience.complete.acquire_many(u32::try_from(count).unwrap_or(u32::MAX));
    // Whoever has not heard by then is counted as missing.
    let _ = local.run_until(tokio::time::timeout(PATIENCE / 4, all)).await;
    let after = memory_of(server)?;
    drop(local);
    let missing = count - audience.complete.available_permits();
    let latencies = audience.latencies.take();
    Ok(Measured { bytes_each: (after - before) / count as f64, latencies, missing })
}

async fn connect_all(address: SocketAddr, count: usize) -> io::Result<Vec<TcpStream>> {
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        let first = streams.len();
        let last = count.min(first + OPENED_TOGETHER);
        let opened = (first..last).map(|number| listen(address, number));
        streams.extend(futures::future::try_join_all(opened).await?);
    }
    Ok(streams)
}

/// Opens a connection and reads the head of the answer.
async fn listen(address: SocketAddr, number: usize) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let last = u8::try_from(1 + number / FROM_ONE_ADDRESS).unwrap_or(u8::MAX);
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0)))?;
    let mut stream = socket.connect(address).await?;
    let request = format!("GET /api/events/1/live HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    match &head == b"HTTP/1.1 200" {
        true => Ok(stream),
        false => Err(io::Error::other(String::from_utf8_lossy(&head).into_owned())),
    }
}

/// Hears until the last change, and notes how long each was on its way: of those that are told
/// together, the one that has waited longest counts.
async fn hear(mut stream: TcpStream, audience: &Audience) -> io::Result<()> {
    let (mut buffer, mut line) = ([0; 4096], Vec::new());
    let (mut heard, mut has_all) = (0, false);
    loop {
        let received = stream.read(&mut buffer).await?;
        if received == 0 {
            return Ok(());
        }
        for byte in &buffer[..received] {
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            if let Some(delta) = delta_of(&line) {
                let told = audience.told.borrow();
                let oldest = usize::try_from(delta.previous.max(heard) + 1).unwrap_or(usize::MAX);
                if let Some(told) = told.get(oldest) {
                    audience.latencies.borrow_mut().add(told.elapsed());
                }
                heard = delta.version;
                // The last change may be told again.
                if heard == audience.last_version && !has_all {
                    has_all = true;
                    audience.complete.add_permits(1);
                }
            }
            line.clear();
        }
    }
}

fn delta_of(line: &[u8]) -> Option<AvailabilityDelta> {
    let data = line.strip_prefix(b"data: ")?.trim_ascii_end();
    AvailabilityDelta::from_bytes(&STANDARD.decode(data).ok()?).ok()
}

async fn tell_changes(bus: &Bus, audience: &Audience, changes: u32) -> Result<(), BenchError> {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / CHANGES_PER_SECOND);
    for version in 1..=changes {
        pace.tick().await;
        let seats = vec![(SeatIndex(version % 1_000), SeatState::Held)];
        let version = u64::from(version);
        let delta = AvailabilityDelta::new(1, version - 1, version, seats);
        audience.told.borrow_mut().push(Instant::now());
        let told = bus.tell(inventory_subject(EventId(1)), delta.to_bytes()).await;
        told.map_err(|error| BenchError::new("NATS", error))?;
    }
    Ok(())
}
