//! Questions that nobody asks in good faith: each gets a clear refusal or an empty page, at once.

use std::{net::SocketAddr, time::Instant};

use crate::{BenchError, client::Client};

/// No answer takes longer than this, in milliseconds.
pub const LONGEST_MS: f64 = 50.0;
/// Each is asked so often, never the same twice.
const TIMES: usize = 20;

/// The slowest answer.
#[derive(Debug, Default)]
pub struct Hostile {
    pub longest_ms: f64,
    /// Questions with an answer that is neither a refusal nor a page.
    pub wrong: u32,
}

/// A query, and whether it is refused.
fn queries(number: usize) -> Vec<(&'static str, String, bool)> {
    let word = |text: &str| text.repeat(10_000);
    vec![
        ("10,000 words", format!("keyword={}{number}", word("a+")), true),
        ("1 MB of keyword", format!("keyword={}{number}", "x".repeat(1 << 20)), true),
        ("60 kB of keyword", format!("keyword={}{number}", "x".repeat(60_000)), true),
        ("only punctuation", format!("keyword=%3F%21%2A%28{}", "%21".repeat(number)), false),
        ("a regex bomb", format!("keyword=%28zq%2B%29%2B%28.%2A%29%2B%24{number}"), false),
        ("many short beginnings", format!("keyword=a+e+i+o+u+b+c+d+s+t{number}"), false),
        ("many wrong words", format!("keyword={}{number}", "quaxzotl+".repeat(11)), false),
        ("many exclusions", format!("keyword={}{number}", "-e+".repeat(11)), false),
        ("a negative page", format!("page=-{}", number + 1), true),
        ("page 10^9", format!("page={}", 1_000_000_000 + number), true),
        ("end before start", format!("start=2037-02-02&end=2037-01-{:02}", number % 28 + 1), true),
        ("a bad date", format!("start=2037-13-{number}"), true),
        ("NUL", format!("keyword=a%00b{number}"), true),
        ("not UTF-8", format!("keyword=%FF%FE{number}"), false),
        ("the whole world", format!("near=0,{number}&radiusKm=99999"), true),
    ]
}

/// Asks all of them.
pub async fn measure(address: SocketAddr) -> Result<Hostile, BenchError> {
    let broken = |error| BenchError::new("the server", error);
    let mut hostile = Hostile::default();
    for number in 0..TIMES {
        for (what, query, is_refused) in queries(number) {
            // Whoever asks too much may be hung up on.
            let mut client = Client::connect(address).await.map_err(broken)?;
            let asked = Instant::now();
            let answer =
                client.get(&format!("/api/events/search?{query}")).await.map_err(broken)?;
            let took_ms = asked.elapsed().as_secs_f64() * 1000.0;
            if took_ms > hostile.longest_ms {
                hostile.longest_ms = took_ms;
                println!("Hostile: {what} took {took_ms:.1} ms");
            }
            if (400..500).contains(&answer.status) != is_refused || answer.status >= 500 {
                hostile.wrong += 1;
                println!("Hostile: {what} was answered {} {}", answer.status, answer.body);
            }
        }
    }
    Ok(hostile)
}
