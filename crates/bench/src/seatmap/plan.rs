//! The plan that both sides draw: a stadium of 100,000 seats, half of them gone.

use std::fmt::Write as _;

use onsale_catalogue::demo::{grand_stadium, sold_seats};
use onsale_domain::seat_map::SeatMap;
use onsale_testkit::Environment;
use serde_json::{Value, json};
use sqlx::{Executor, PgConnection};

use crate::{BenchError, house};

/// How many of a hundred seats are gone.
const GONE_PERCENT: u8 = 50;

/// A seat in the middle of a stand, which is what measurements look at.
pub const WATCHED_SEAT: u32 = 42_000;

/// The stadium.
pub fn stadium() -> SeatMap {
    grand_stadium("The Bowl")
}

/// A database with one event in the stadium; made when it is not there yet.
pub async fn template(environment: &Environment, map: &SeatMap) -> Result<String, BenchError> {
    let files = house::Files { venue: venue_json(map), events: event_json(map) };
    let gone: Vec<i32> =
        gone(map).into_iter().filter_map(|seat| i32::try_from(seat).ok()).collect();
    house::prepare(environment, "seatmap", files, async |database: &mut PgConnection| {
        let sql = "UPDATE tickets SET status = 'blocked' WHERE seat = ANY($1)";
        database.execute(sqlx::query(sql).bind(&gone)).await?;
        Ok(())
    })
    .await
}

fn gone(map: &SeatMap) -> Vec<u32> {
    sold_seats(map, GONE_PERCENT, 1).into_iter().map(|seat| seat.0).collect()
}

/// The stadium in the layout that the importer reads.
fn venue_json(map: &SeatMap) -> String {
    let categories: Vec<Value> = map
        .categories
        .iter()
        .map(|category| json!({ "name": category.name, "color": category.color }))
        .collect();
    let zones: Vec<Value> = map
        .sections
        .iter()
        .map(|section| {
            let rows = section.rows().iter().map(|row| {
                let seats = row.seat_range().zip(&row.seats).map(|(number, seat)| {
                    let category = &map.categories[usize::from(seat.category.0)].name;
                    let position = json!({ "x": seat.position.x, "y": seat.position.y });
                    json!({
                        "seat_guid": number.to_string(), "seat_number": seat.label,
                        "category": category, "position": position,
                    })
                });
                json!({ "row_number": row.label, "seats": seats.collect::<Vec<_>>() })
            });
            let rows: Vec<Value> = rows.collect();
            json!({ "name": section.name, "position": { "x": 0, "y": 0 }, "rows": rows })
        })
        .collect();
    let size = json!({ "width": map.width, "height": map.height });
    let plan = json!({ "name": map.name, "size": size, "categories": categories, "zones": zones });
    json!({
        "key": "bowl", "name": map.name, "address": "Ring Road 1", "city": "Dublin",
        "country": "IE", "timeZone": "Europe/Dublin", "latitude": 53.3, "longitude": -6.2,
        "seatingPlan": plan,
    })
    .to_string()
}

fn event_json(map: &SeatMap) -> String {
    let prices: Vec<Value> = (1..)
        .zip(&map.categories)
        .map(|(step, category)| {
            json!({ "category": category.name, "amountMinor": 9000 - step * 1500, "currency": "EUR" })
        })
        .collect();
    let performer = json!({
        "type": "performer", "key": "tide", "name": "Tide", "genre": "Folk",
        "description": "Four voices.",
    });
    let event = json!({
        "type": "event", "key": "tide-1", "title": "Tide at the Bowl", "venue": "bowl",
        "performers": ["tide"], "startsAt": "2037-03-01T20:00:00Z",
        "onSaleAt": "2026-01-01T10:00:00Z", "prices": prices,
    });
    format!("{performer}\n{event}\n")
}

/// The first `seats` seats of the plan in the layout that seatmap-canvas draws.
pub fn rival_json(map: &SeatMap, seats: u32) -> String {
    let gone: std::collections::HashSet<u32> = gone(map).into_iter().collect();
    let mut blocks = String::new();
    for (number, section) in map.sections.iter().enumerate() {
        let mut listed = String::new();
        let places = section.rows().iter().flat_map(|row| row.seat_range().zip(&row.seats));
        for (index, seat) in places.take_while(|(index, _)| *index < seats) {
            let comma = if listed.is_empty() { "" } else { "," };
            // Writing to a string cannot fail, here and below.
            let _ = write!(
                listed,
                r#"{comma}{{"id":{index},"title":"{}","x":{},"y":{},"salable":{}}}"#,
                seat.label,
                seat.position.x,
                seat.position.y,
                !gone.contains(&index)
            );
        }
        if listed.is_empty() {
            break;
        }
        let comma = if blocks.is_empty() { "" } else { "," };
        let _ = write!(
            blocks,
            r##"{comma}{{"id":{number},"title":"{}","color":"#2f7f86","labels":[],"seats":[{listed}]}}"##,
            section.name
        );
    }
    format!(r#"{{"blocks":[{blocks}]}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rival_gets_as_many_seats_as_are_asked_for() {
        let map = stadium();
        for seats in [5_000, 100_000] {
            let plan: Value = serde_json::from_str(&rival_json(&map, seats)).expect("JSON");
            let blocks = plan["blocks"].as_array().expect("blocks");
            let count: usize =
                blocks.iter().filter_map(|block| Some(block["seats"].as_array()?.len())).sum();
            assert_eq!(count, seats as usize);
        }
    }
}
