//! A database for one test, copied from a template that is made once.

use std::{
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use sqlx::{Connection, Executor, PgConnection, PgPool, Row, postgres::PgPoolOptions};

use crate::Environment;

/// Held while the template is made, so that test programs that run side by side make it once.
const TEMPLATE_LOCK: i64 = 0x4f4e_5341_5445_5354;

/// A database of its own, dropped in the end.
#[derive(Debug)]
pub struct Database {
    /// The URL of the database.
    pub url: String,
    /// For questions that tests ask the truth.
    pub pool: PgPool,
    name: String,
    admin_url: String,
}

impl Database {
    /// Makes a database with the small demo in it.
    ///
    /// # Panics
    /// When the test cluster does not answer.
    pub async fn create(environment: &Environment) -> Self {
        let template = template(environment).await;
        Self::copy(environment, &template).await
    }

    /// Makes a copy of another database, to which nobody may be connected.
    ///
    /// # Panics
    /// When the test cluster does not answer.
    pub async fn copy(environment: &Environment, template: &str) -> Self {
        let unique = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let name = format!("onsale_test_{}_{unique}", std::process::id());
        let mut admin = connect(&environment.postgres_url).await;
        // Two copies of one template at once would each find the other in its way.
        lock(&mut admin).await;
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        admin.execute(sqlx::AssertSqlSafe(create)).await.expect("a copy of the template");
        unlock(&mut admin).await;
        let url = environment.database_url(&name);
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy(&url).expect("a URL");
        Self { url, pool, name, admin_url: environment.postgres_url.clone() }
    }

    /// Makes every commit wait until it is written, from the next connection on.
    ///
    /// # Panics
    /// When the test cluster does not answer.
    pub async fn make_durable(&self) {
        let mut admin = connect(&self.admin_url).await;
        let sql = format!("ALTER DATABASE {} SET synchronous_commit = on", self.name);
        admin.execute(sqlx::AssertSqlSafe(sql)).await.expect("a durable database");
    }

    /// One number from one statement.
    ///
    /// # Panics
    /// When the statement fails or has no number.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let row = sqlx::query(sql).fetch_one(&self.pool).await;
        row.and_then(|row| row.try_get(0)).expect(sql)
    }

    /// The first column, a text, of the rows of one statement.
    ///
    /// # Panics
    /// When the statement fails.
    pub async fn list(&self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql).fetch_all(&self.pool).await.expect(sql)
    }

    /// Up to `count` tickets of an event that are available at this moment. The API's answer may
    /// be a second old.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn available(&self, event: i64, count: i64) -> Vec<String> {
        sqlx::query_scalar(
            "SELECT event_id || '-' || seat FROM tickets
              WHERE event_id = $1 AND status = 'available' ORDER BY seat LIMIT $2",
        )
        .bind(event)
        .bind(count)
        .fetch_all(&self.pool)
        .await
        .expect("a list of tickets")
    }

    /// Runs statements for their effect.
    ///
    /// # Panics
    /// When one fails.
    pub async fn run(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.pool).await.expect(sql);
    }

    /// A name for the relay's slot: slots are shared by all databases of the cluster.
    #[must_use]
    pub fn slot(&self) -> String {
        format!("{}_relay", self.name)
    }

    /// Keeps everybody else away from tables until it is dropped or given back: whoever asks for
    /// them waits.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn lock(&self, tables: &'static str) -> TableLock {
        let mut transaction = self.pool.begin().await.expect("a transaction");
        let lock = format!("LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE");
        sqlx::query(sqlx::AssertSqlSafe(lock)).execute(&mut *transaction).await.expect("a lock");
        TableLock(transaction)
    }

    /// Drops the database, whoever is connected.
    pub async fn drop_now(self) {
        self.pool.close().await;
        let mut admin = connect(&self.admin_url).await;
        drop_slots(&mut admin, &self.name).await;
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A database that stays is only in the way of nobody.
        let _ = admin.execute(sqlx::AssertSqlSafe(sql)).await;
    }
}

/// A database cannot be dropped while it has a slot, nor a slot while somebody reads it.
async fn drop_slots(admin: &mut PgConnection, database: &str) {
    let end_readers = "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots
                        WHERE database = $1 AND active_pid IS NOT NULL";
    let drop_slots = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
                       WHERE database = $1";
    for sql in [end_readers, drop_slots] {
        // What cannot be dropped keeps its database, which is in the way of nobody.
        let _ = sqlx::query(sql).bind(database).execute(&mut *admin).await;
    }
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("the test cluster answers")
}

async fn lock(admin: &mut PgConnection) {
    let locked = sqlx::query("SELECT pg_advisory_lock($1)").bind(TEMPLATE_LOCK);
    locked.execute(admin).await.expect("the lock of the template");
}

async fn unlock(admin: &mut PgConnection) {
    let unlocked = sqlx::query("SELECT pg_advisory_unlock($1)").bind(TEMPLATE_LOCK);
    unlocked.execute(admin).await.expect("the lock of the template");
}

/// The name of the template, made if need be by our own program. It carries the age of that
/// program, so a new program makes a new template.
async fn template(environment: &Environment) -> String {
    let program = environment.program("onsale");
    let name = format!("onsale_template_{}", age_of(&program));
    let mut admin = connect(&environment.postgres_url).await;
    lock(&mut admin).await;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(&name)
            .fetch_one(&mut admin)
            .await
            .expect("the list of databases");
    if !exists {
        let making = format!("{name}_making");
        let drop = format!("DROP DATABASE IF EXISTS {making} WITH (FORCE)");
        admin.execute(sqlx::AssertSqlSafe(drop)).await.expect("no half-made template");
        let create = format!("CREATE DATABASE {making}");
        admin.execute(sqlx::AssertSqlSafe(create)).await.expect("an empty database");
        let url = environment.database_url(&making);
        for arguments in [&["migrate"][..], &["seed", "--size", "small"]] {
            let status = Command::new(&program).args(arguments).env("DATABASE_URL", &url).status();
            assert!(status.expect("onsale runs").success(), "onsale {arguments:?} failed");
        }
        let rename = format!("ALTER DATABASE {making} RENAME TO {name}");
        admin.execute(sqlx::AssertSqlSafe(rename)).await.expect("the finished template");
    }
    unlock(&mut admin).await;
    name
}

fn age_of(program: &Path) -> u64 {
    let modified = std::fs::metadata(program).and_then(|about| about.modified());
    let modified = match modified {
        Ok(modified) => modified,
        Err(error) => panic!("{}: {error}; build it first", program.display()),
    };
    modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Tables that nobody else can read or write.
#[derive(Debug)]
pub struct TableLock(sqlx::Transaction<'static, sqlx::Postgres>);

impl TableLock {
    /// Gives them back.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn give_back(self) {
        self.0.rollback().await.expect("the tables are given back");
    }
}
