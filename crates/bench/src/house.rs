//! What is sold in the measurements: events of 50,000 seats each, imported once into a database
//! that every side gets a copy of.

use std::{fmt::Write as _, fs, path::Path, process::Command, time::UNIX_EPOCH};

use onsale_testkit::Environment;
use sqlx::{Connection, Executor, PgConnection};

use crate::BenchError;

/// Events, all alike. One is sold after the other.
pub const EVENTS: i64 = 64;
/// Seats of each.
pub const SEATS: u32 = SECTIONS * ROWS * SEATS_IN_ROW;
const SECTIONS: u32 = 50;
const ROWS: u32 = 20;
const SEATS_IN_ROW: u32 = 50;

/// What the importer reads.
pub struct Files {
    /// A venue, as JSON.
    pub venue: String,
    /// Performers and events, a line of JSON each.
    pub events: String,
}

/// The database with the events in it; made when it is not there yet.
pub async fn template(environment: &Environment) -> Result<String, BenchError> {
    let files = Files { venue: venue_json(), events: events_json() };
    prepare(environment, "events", files, async |_: &mut PgConnection| Ok(())).await
}

/// A database with what the files say, and what `finish` does to it; made once for each build of
/// our programs.
pub async fn prepare(
    environment: &Environment,
    what: &str,
    files: Files,
    finish: impl AsyncFnOnce(&mut PgConnection) -> Result<(), sqlx::Error>,
) -> Result<String, BenchError> {
    let program = environment.program("onsale");
    let modified = fs::metadata(&program).and_then(|about| about.modified());
    let modified = modified.map_err(|error| BenchError::new(&program.to_string_lossy(), error))?;
    let age = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let name = format!("onsale_bench_{what}_{age}");
    let mut admin = PgConnection::connect(&environment.postgres_url).await?;
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(&name)
            .fetch_one(&mut admin)
            .await?;
    if exists {
        return Ok(name);
    }
    println!("Preparing the database {name}");
    let making = format!("{name}_making");
    let drop = format!("DROP DATABASE IF EXISTS {making} WITH (FORCE)");
    admin.execute(sqlx::AssertSqlSafe(drop)).await?;
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {making}"))).await?;
    let url = environment.database_url(&making);
    import(&program, &url, &files)?;
    let mut made = PgConnection::connect(&url).await?;
    finish(&mut made).await?;
    made.execute("VACUUM ANALYZE").await?;
    made.close().await?;
    let rename = format!("ALTER DATABASE {making} RENAME TO {name}");
    admin.execute(sqlx::AssertSqlSafe(rename)).await?;
    Ok(name)
}

fn import(program: &Path, url: &str, files: &Files) -> Result<(), BenchError> {
    let folder = std::env::temp_dir().join(format!("onsale-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| BenchError::new("a folder", error))?;
    let (venue, events) = (folder.join("venue.json"), folder.join("events.jsonl"));
    fs::write(&venue, &files.venue).map_err(|error| BenchError::new("venue.json", error))?;
    fs::write(&events, &files.events).map_err(|error| BenchError::new("events.jsonl", error))?;
    let run = |arguments: &[&std::ffi::OsStr]| {
        let status = Command::new(program).args(arguments).env("DATABASE_URL", url).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(BenchError::new("onsale", status)),
            Err(error) => Err(BenchError::new("onsale", error)),
        }
    };
    run(&["migrate".as_ref()])?;
    run(&[
        "import".as_ref(),
        "--venue".as_ref(),
        venue.as_ref(),
        "--events".as_ref(),
        events.as_ref(),
    ])?;
    // What stays of the files is in the way of nobody.
    let _ = fs::remove_dir_all(folder);
    Ok(())
}

/// Fifty blocks side by side, five deep, before a stage.
fn venue_json() -> String {
    let mut zones = String::new();
    for section in 0..SECTIONS {
        let (column, depth) = (section % 10, section / 10);
        let comma = if section == 0 { "" } else { "," };
        // Writing to a string cannot fail, here and below.
        let _ = write!(
            zones,
            r#"{comma}{{"name":"Block {}","position":{{"x":{},"y":{}}},"rows":["#,
            section + 1,
            50 + column * 540,
            200 + depth * 260
        );
        for row in 0..ROWS {
            let comma = if row == 0 { "" } else { "," };
            let _ = write!(
                zones,
                r#"{comma}{{"row_number":"{}","position":{{"x":0,"y":{}}},"seats":["#,
                row + 1,
                row * 12
            );
            for seat in 0..SEATS_IN_ROW {
                let comma = if seat == 0 { "" } else { "," };
                let _ = write!(
                    zones,
                    r#"{comma}{{"seat_guid":"{section}-{row}-{seat}","seat_number":"{}","category":"Seat","position":{{"x":{},"y":0}}}}"#,
                    seat + 1,
                    seat * 10
                );
            }
            zones.push_str("]}");
        }
        zones.push_str("]}");
    }
    format!(
        r##"{{"key":"bowl","name":"The Bowl","address":"Ring Road 1","city":"Dublin","country":"IE","timeZone":"Europe/Dublin","latitude":53.3,"longitude":-6.2,"seatingPlan":{{"name":"The Bowl","size":{{"width":5500,"height":1700}},"categories":[{{"name":"Seat","color":"#2f7f86"}}],"zones":[{zones}]}}}}"##
    )
}

fn events_json() -> String {
    let mut lines = String::from(
        r#"{"type":"performer","key":"tide","name":"Tide","genre":"Folk","description":"Four voices."}"#,
    );
    for event in 1..=EVENTS {
        let _ = write!(
            lines,
            "\n{}",
            format_args!(
                r#"{{"type":"event","key":"tide-{event}","title":"Tide, night {event}","venue":"bowl","performers":["tide"],"startsAt":"2037-{:02}-{:02}T20:00:00Z","onSaleAt":"2026-01-01T10:00:00Z","prices":[{{"category":"Seat","amountMinor":4500,"currency":"EUR"}}]}}"#,
                1 + event / 28,
                1 + event % 28
            )
        );
    }
    lines.push('\n');
    lines
}
