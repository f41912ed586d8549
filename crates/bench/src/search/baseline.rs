//! The same questions to PostgreSQL: its full-text search, and pg_trgm for typos, on one row per
//! event with GIN indexes. It is asked directly, without HTTP, which is to its advantage.

use std::{fmt, time::Instant};

use sqlx::{Executor, PgPool};

use super::judged::{Class, Judged};
use crate::{BenchError, figures::Latencies};

/// Queries of each class that it is asked.
const ASKED: usize = 40;

const PREPARE: [&str; 6] = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE EXTENSION IF NOT EXISTS unaccent",
    "CREATE TABLE search_baseline AS
     SELECT e.id, e.starts_at, v.city, e.genre, date_trunc('month', e.starts_at) AS month,
            (SELECT min(price_minor) FROM price_categories c WHERE c.event_id = e.id) AS price,
            lower(unaccent(concat_ws(' ', e.title, v.name, v.city, e.genre,
                (SELECT string_agg(p.name, ' ') FROM event_performers x
                   JOIN performers p ON p.id = x.performer_id WHERE x.event_id = e.id)))) AS words
       FROM events e JOIN venues v ON v.id = e.venue_id WHERE e.cancelled_at IS NULL",
    "CREATE INDEX ON search_baseline USING gin (to_tsvector('simple', words))",
    "CREATE INDEX ON search_baseline USING gin (words gin_trgm_ops)",
    "VACUUM ANALYZE search_baseline",
];

/// A page of hits, their number, and counts by city, genre, month and price.
macro_rules! question {
    ($matches:literal, $order:literal) => {
        concat!(
            "WITH hits AS MATERIALIZED (
                SELECT * FROM search_baseline
                 WHERE starts_at >= '2036-12-31' AND starts_at < '2037-12-31' AND ",
            $matches,
            "), page AS (SELECT id FROM hits ORDER BY ",
            $order,
            ", starts_at, id LIMIT 20)
             SELECT (SELECT count(*) FROM page) +
                    (SELECT count(*) FROM (SELECT city, genre, month, price / 2500, count(*) FROM hits
                       GROUP BY GROUPING SETS ((), (city), (genre), (month), (price / 2500))) f)"
        )
    };
}

const EXACT: &str =
    question!("to_tsvector('simple', words) @@ plainto_tsquery('simple', $1)", "starts_at");
const SIMILAR: &str = question!(
    "NOT EXISTS (SELECT FROM unnest(string_to_array($1, ' ')) w WHERE NOT words %> w)
     AND words %> split_part($1, ' ', 1) AND words %> split_part($1, ' ', 2)",
    "word_similarity($1, words) DESC"
);

/// PostgreSQL with the catalogue in it.
pub struct Baseline {
    pool: PgPool,
}

/// How quick it is.
#[derive(Debug, Default)]
pub struct Measured {
    exact: (f64, f64),
    typo_p50_ms: f64,
    pub typo_p99_ms: f64,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<18} {:>12} {:>8}", "PostgreSQL, direct", "1 client p50", "p99 ms")?;
        writeln!(f, "{:<18} {:>12.2} {:>8.2}", "exact", self.exact.0, self.exact.1)?;
        writeln!(f, "{:<18} {:>12.2} {:>8.2}", "one typo", self.typo_p50_ms, self.typo_p99_ms)
    }
}

impl Baseline {
    /// Makes the table and its indexes.
    pub async fn prepare(pool: &PgPool) -> Result<Self, BenchError> {
        for statement in PREPARE {
            pool.execute(statement).await?;
        }
        Ok(Self { pool: pool.clone() })
    }

    /// Asks it.
    pub async fn measure(&self, judged: &Judged) -> Result<Measured, BenchError> {
        let mut exact = self.ask(judged, Class::Exact, EXACT).await?;
        let mut typo = self.ask(judged, Class::OneTypo, SIMILAR).await?;
        Ok(Measured {
            exact: (exact.quantile_ms(0.5), exact.quantile_ms(0.99)),
            typo_p50_ms: typo.quantile_ms(0.5),
            typo_p99_ms: typo.quantile_ms(0.99),
        })
    }

    async fn ask(
        &self,
        judged: &Judged,
        class: Class,
        question: &'static str,
    ) -> Result<Latencies, BenchError> {
        let mut connection = self.pool.acquire().await?;
        // A typo in a word of five letters leaves a third of its trigrams.
        connection.execute("SET pg_trgm.word_similarity_threshold = 0.4").await?;
        let mut latencies = Latencies::default();
        for query in judged.of(class).take(ASKED) {
            let asked = Instant::now();
            let _: i64 = sqlx::query_scalar(question)
                .bind(query.keyword.trim())
                .fetch_one(&mut *connection)
                .await?;
            latencies.add(asked.elapsed());
        }
        Ok(latencies)
    }
}
