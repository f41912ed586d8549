//! `bench transport`: how a command gets to its writer and the reply back, when the writer has
//! nothing to think about. Three ways beside each other: a stream of JetStream in memory, a message
//! of core NATS for each command, and messages of core NATS that carry what has come meanwhile.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant},
};

use async_nats::{
    Client, HeaderMap,
    jetstream::{self, AckKind, stream::StorageType},
};
use futures::StreamExt;
use onsale_messages::MAX_COMMANDS;
use onsale_testkit::{Nats, eventually};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::LocalSet,
};

use crate::{BenchError, figures::Latencies};

/// Bytes of a command and of its reply, about as many as ours have.
const COMMAND_BYTES: usize = 220;
/// Messages whose answers are awaited, as the server does it.
const AT_ONCE: usize = 2;
/// Until then NATS must have started.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Where replies to commands of the stream go.
const REPLIES: &str = "bench.replies";
const REPLY_TO: &str = "Reply-To";

/// A way from the caller to the writer and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Stream,
    Message,
    Batch,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Stream => "JetStream, in memory",
            Self::Message => "core NATS, one by one",
            Self::Batch => "core NATS, in batches",
        }
    }
}

/// What one way achieved.
struct Figures {
    per_second: f64,
    latencies: Latencies,
}

/// Measures each way with few and with many callers. Nothing can be broken here.
pub async fn run(quick: bool) -> Result<bool, BenchError> {
    let duration = Duration::from_secs(if quick { 2 } else { 8 });
    println!("{:<24} {:>8} {:>12} {:>8} {:>8}", "", "callers", "commands/s", "p50 ms", "p99 ms");
    let mut ratio = 0.0;
    for callers in [64, 2_000] {
        let mut rates = Vec::new();
        for way in [Way::Stream, Way::Message, Way::Batch] {
            let mut figures = LocalSet::new().run_until(measure(way, callers, duration)).await?;
            let [p50, p99] = [0.5, 0.99].map(|share| figures.latencies.quantile_ms(share));
            let (name, rate) = (way.name(), figures.per_second);
            println!("{name:<24} {callers:>8} {rate:>12.0} {p50:>8.2} {p99:>8.2}");
            rates.push(rate);
        }
        ratio = rates[2] / rates[0];
    }
    println!(
        "{{\"bench\":\"transport\",\"ratio\":{ratio:.2},\"baseline\":\"a stream in memory\",\
         \"unit\":\"commands/s, 2000 callers\",\"violations\":0}}"
    );
    Ok(true)
}

async fn measure(way: Way, callers: usize, duration: Duration) -> Result<Figures, BenchError> {
    let nats = Nats::start();
    let (asker, writer) = (connect(&nats.url).await, connect(&nats.url).await);
    let road = Rc::new(match way {
        Way::Stream => stream(asker, writer).await?,
        Way::Message => {
            answer_messages(writer).await?;
            Road::Message(asker)
        }
        Way::Batch => {
            answer_messages(writer).await?;
            Road::Batch(batches(asker))
        }
    });
    let latencies = Rc::new(RefCell::new(Latencies::default()));
    let begun = Instant::now();
    // Connections, buffers and the server's own caches warm up for a second.
    let (counts_from, ends) = (begun + Duration::from_secs(1), begun + duration);
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let (road, latencies) = (Rc::clone(&road), Rc::clone(&latencies));
            tokio::task::spawn_local(async move {
                while Instant::now() < ends {
                    let asked = Instant::now();
                    road.ask().await?;
                    if asked > counts_from {
                        latencies.borrow_mut().add(asked.elapsed());
                    }
                }
                Ok::<(), BenchError>(())
            })
        })
        .collect();
    for caller in callers {
        caller.await.map_err(|error| BenchError::new("a caller", error))??;
    }
    let seconds = counts_from.elapsed().as_secs_f64();
    let latencies = latencies.take();
    Ok(Figures { per_second: latencies.count() as f64 / seconds, latencies })
}

async fn connect(url: &str) -> Client {
    eventually("NATS", START_LIMIT, || async { async_nats::connect(url).await.ok() }).await
}

/// The caller's end of a way.
enum Road {
    Stream { context: jetstream::Context, open: Open, next: Cell<u64> },
    Message(Client),
    Batch(mpsc::Sender<oneshot::Sender<()>>),
}

type Open = Rc<RefCell<HashMap<u64, oneshot::Sender<()>>>>;

impl Road {
    async fn ask(&self) -> Result<(), BenchError> {
        let broken = |error: &dyn std::fmt::Display| BenchError::new("a command", error);
        match self {
            Self::Stream { context, open, next } => {
                let number = next.replace(next.get() + 1);
                let (told, reply) = oneshot::channel();
                open.borrow_mut().insert(number, told);
                let mut headers = HeaderMap::new();
                headers.insert(REPLY_TO, format!("{REPLIES}.{number}"));
                let body = vec![b'x'; COMMAND_BYTES].into();
                let sent = context.publish_with_headers("bench.commands", headers, body).await;
                // It is stored before anybody may rely on it.
                sent.map_err(|error| broken(&error))?.await.map_err(|error| broken(&error))?;
                reply.await.map_err(|error| broken(&error))
            }
            Self::Message(client) => {
                let body = vec![b'x'; COMMAND_BYTES].into();
                client.request("bench.asked", body).await.map_err(|error| broken(&error))?;
                Ok(())
            }
            Self::Batch(waiting) => {
                let (told, reply) = oneshot::channel();
                waiting.send(told).await.map_err(|error| broken(&error))?;
                reply.await.map_err(|error| broken(&error))
            }
        }
    }
}

async fn stream(asker: Client, writer: Client) -> Result<Road, BenchError> {
    let broken = |error: &dyn std::fmt::Display| BenchError::new("the stream", error);
    let config = jetstream::stream::Config {
        name: "BENCH".to_owned(),
        subjects: vec!["bench.commands".to_owned()],
        storage: StorageType::Memory,
        retention: jetstream::stream::RetentionPolicy::WorkQueue,
        ..jetstream::stream::Config::default()
    };
    let made = jetstream::new(writer.clone()).create_stream(config).await;
    let consumer = jetstream::consumer::pull::Config {
        durable_name: Some("writer".to_owned()),
        max_ack_pending: 10_000,
        ..jetstream::consumer::pull::Config::default()
    };
    let made = made.map_err(|error| broken(&error))?.create_consumer(consumer).await;
    let mut commands = made
        .map_err(|error| broken(&error))?
        .stream()
        .max_messages_per_batch(MAX_COMMANDS)
        .messages()
        .await
        .map_err(|error| broken(&error))?;
    tokio::task::spawn_local(async move {
        while let Some(Ok(command)) = commands.next().await {
            let reply_to = command.headers.as_ref().and_then(|headers| headers.get(REPLY_TO));
            let Some(reply_to) = reply_to.map(|to| to.as_str().to_owned()) else { continue };
            let body = vec![b'y'; COMMAND_BYTES].into();
            // Whoever misses an answer fails the measurement.
            let _ = command.ack_with(AckKind::Ack).await;
            let _ = writer.publish(reply_to, body).await;
        }
    });
    let mut replies =
        asker.subscribe(format!("{REPLIES}.*")).await.map_err(|error| broken(&error))?;
    let open = Open::default();
    let waiting = Rc::clone(&open);
    tokio::task::spawn_local(async move {
        while let Some(reply) = replies.next().await {
            let number = reply.subject.rsplit('.').next().and_then(|number| number.parse().ok());
            let told = number.and_then(|number: u64| waiting.borrow_mut().remove(&number));
            if let Some(told) = told {
                let _ = told.send(());
            }
        }
    });
    Ok(Road::Stream { context: jetstream::new(asker), open, next: Cell::new(0) })
}

async fn answer_messages(writer: Client) -> Result<(), BenchError> {
    let broken = |error: &dyn std::fmt::Display| BenchError::new("the writer", error);
    let mut asked = writer.subscribe("bench.asked").await.map_err(|error| broken(&error))?;
    let own = writer.clone();
    tokio::task::spawn_local(async move {
        while let Some(message) = asked.next().await {
            let Some(reply) = message.reply else { continue };
            let _ = writer.publish(reply, vec![b'y'; message.payload.len()].into()).await;
        }
    });
    // A question on the same connection comes after the subscription: once it is answered, so is
    // everybody's.
    own.request("bench.asked", "".into()).await.map_err(|error| broken(&error))?;
    Ok(())
}

/// Takes commands and sends what has come while the answers to earlier messages were on their way.
fn batches(asker: Client) -> mpsc::Sender<oneshot::Sender<()>> {
    let (sender, mut waiting) = mpsc::channel::<oneshot::Sender<()>>(4_096);
    tokio::task::spawn_local(async move {
        let places = Rc::new(Semaphore::new(AT_ONCE));
        loop {
            // Given back when the answer has come.
            let Ok(place) = places.acquire().await else { return };
            place.forget();
            let mut batch = Vec::with_capacity(MAX_COMMANDS);
            if waiting.recv_many(&mut batch, MAX_COMMANDS).await == 0 {
                return;
            }
            let (asker, places) = (asker.clone(), Rc::clone(&places));
            tokio::task::spawn_local(async move {
                let body = vec![b'x'; COMMAND_BYTES * batch.len()].into();
                match asker.request("bench.asked", body).await {
                    Ok(_) => batch.into_iter().for_each(|told| {
                        let _ = told.send(());
                    }),
                    // A caller whose answer is missing fails the measurement.
                    Err(error) => eprintln!("commands went without an answer: {error}"),
                }
                places.add_permits(1);
            });
        }
    });
    sender
}
