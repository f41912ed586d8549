//! How quick the answers are, by class, to one client and to many.

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::judged::{Class, Judged};
use crate::{BenchError, client::Client, figures::Latencies};

/// Clients at once.
const CLIENTS: usize = 64;
/// How long they ask, for each class.
const CROWDED: Duration = Duration::from_secs(3);
/// Classes that are measured.
const MEASURED: [Class; 4] = [Class::Exact, Class::OneTypo, Class::TwoTypos, Class::Prefix];

/// Each question differs from all before: nobody is answered from a copy.
static QUESTION: AtomicU64 = AtomicU64::new(0);

/// The address of a search with a date filter and facets.
pub fn path_of(keyword: &str) -> String {
    let number = QUESTION.fetch_add(1, Ordering::Relaxed);
    let (seconds, millis) = (number / 1000 % 3600, number % 1000);
    format!(
        "/api/events/search?keyword={}&pageSize=20&start=2036-12-31T00:{:02}:{:02}.{millis:03}Z&end=2037-12-31",
        encoded(keyword),
        seconds / 60,
        seconds % 60
    )
}

/// The address of a suggestion, with a parameter that makes it differ.
fn suggest_path(keyword: &str) -> String {
    let number = QUESTION.fetch_add(1, Ordering::Relaxed);
    format!("/api/events/suggest?keyword={}&n={number}", encoded(keyword))
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => encoded.push(char::from(byte)),
            // Writing to a string cannot fail.
            byte => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// How quick a class is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quickness {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub per_second: f64,
}

impl Quickness {
    fn of(mut latencies: Latencies, count: usize, seconds: f64) -> Self {
        Self {
            p50_ms: latencies.quantile_ms(0.5),
            p99_ms: latencies.quantile_ms(0.99),
            per_second: count as f64 / seconds,
        }
    }
}

/// Everything that was measured.
#[derive(Default)]
pub struct Measured {
    one: HashMap<Class, Quickness>,
    many: HashMap<Class, Quickness>,
    pub suggest_one: Quickness,
    suggest_many: Quickness,
}

impl Measured {
    /// A class asked by one client.
    pub fn one_client(&self, class: Class) -> Quickness {
        self.one.get(&class).copied().unwrap_or_default()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = format!("{CLIENTS} clients p50");
        writeln!(
            f,
            "{:<18} {:>12} {:>8} {title:>16} {:>8} {:>9}",
            "ours, over HTTP", "1 client p50", "p99 ms", "p99 ms", "per s"
        )?;
        let mut row = |name: &str, one: Quickness, many: Quickness| {
            writeln!(
                f,
                "{name:<18} {:>12.2} {:>8.2} {:>16.2} {:>8.2} {:>9.0}",
                one.p50_ms, one.p99_ms, many.p50_ms, many.p99_ms, many.per_second
            )
        };
        for class in MEASURED {
            let many = self.many.get(&class).copied().unwrap_or_default();
            row(class.name(), self.one_client(class), many)?;
        }
        row("suggest", self.suggest_one, self.suggest_many)
    }
}

/// Measures every class.
pub async fn measure(address: SocketAddr, judged: &Judged) -> Result<Measured, BenchError> {
    let mut measured = Measured::default();
    for class in MEASURED {
        let keywords: Arc<Vec<String>> =
            Arc::new(judged.of(class).map(|query| query.keyword.clone()).collect());
        one(address, &keywords, path_of).await?;
        measured.one.insert(class, one(address, &keywords, path_of).await?);
        measured.many.insert(class, many(address, &keywords, path_of).await?);
        println!("Measured: {}", class.name());
    }
    let typed: Arc<Vec<String>> = Arc::new(
        judged
            .of(Class::Prefix)
            .chain(judged.of(Class::Exact))
            .flat_map(|query| {
                let letters = query.keyword.trim().chars().count();
                [3, letters / 2, letters].map(|keep| query.keyword.chars().take(keep).collect())
            })
            .collect(),
    );
    one(address, &typed, suggest_path).await?;
    measured.suggest_one = one(address, &typed, suggest_path).await?;
    measured.suggest_many = many(address, &typed, suggest_path).await?;
    Ok(measured)
}

fn broken(error: std::io::Error) -> BenchError {
    BenchError::new("the server", error)
}

async fn ask(client: &mut Client, path: &str) -> Result<(), BenchError> {
    let answer = client.get(path).await.map_err(broken)?;
    match answer.status {
        200 => Ok(()),
        status => Err(BenchError::new(path, format!("{status} {}", answer.body))),
    }
}

async fn one(
    address: SocketAddr,
    keywords: &[String],
    path: fn(&str) -> String,
) -> Result<Quickness, BenchError> {
    let mut client = Client::connect(address).await.map_err(broken)?;
    let (mut latencies, begun) = (Latencies::default(), Instant::now());
    for keyword in keywords {
        let path = path(keyword);
        let asked = Instant::now();
        ask(&mut client, &path).await?;
        latencies.add(asked.elapsed());
    }
    Ok(Quickness::of(latencies, keywords.len(), begun.elapsed().as_secs_f64()))
}

async fn many(
    address: SocketAddr,
    keywords: &Arc<Vec<String>>,
    path: fn(&str) -> String,
) -> Result<Quickness, BenchError> {
    let begun = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        let keywords = Arc::clone(keywords);
        clients.spawn(async move {
            let mut client = Client::connect(address).await.map_err(broken)?;
            let mut taken = Vec::new();
            let mut at = number * 7;
            while begun.elapsed() < CROWDED {
                let path = path(&keywords[at % keywords.len()]);
                let asked = Instant::now();
                ask(&mut client, &path).await?;
                taken.push(asked.elapsed());
                at += 1;
            }
            Ok::<_, BenchError>(taken)
        });
    }
    let (mut latencies, mut count) = (Latencies::default(), 0);
    while let Some(taken) = clients.join_next().await {
        let taken = taken.map_err(|error| BenchError::new("a client", error))??;
        count += taken.len();
        taken.into_iter().for_each(|latency| latencies.add(latency));
    }
    Ok(Quickness::of(latencies, count, begun.elapsed().as_secs_f64()))
}
