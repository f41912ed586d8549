//! `/sandbox/…`: what tests and demonstrations ask of the provider behind its back.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, RawQuery, State, rejection::JsonRejection},
};
use onsale_ops::clock::unix_millis;
use serde::Serialize;
use serde_json::{Value, json};

use super::App;
use crate::{
    error::ApiError,
    faults::{FaultSettings, Faults},
    form::Form,
    model::{Event, Intent, Refund},
    state::State as Books,
};

const DEFAULT_LISTED: usize = 100;
const MOST_LISTED: usize = 1_000;

/// Puts the given faults in force; what is not given is off.
pub async fn set_faults(
    State(app): State<App>,
    body: Result<Json<FaultSettings>, JsonRejection>,
) -> Result<Json<FaultSettings>, ApiError> {
    let Json(settings) =
        body.map_err(|error| ApiError::http(error.status(), &error.body_text()))?;
    let settings = settings.checked()?;
    app.ledger.set_faults(settings);
    Ok(Json(settings))
}

/// Ends a payment now, the way its token promised.
pub async fn settle(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    app.ledger.settle_now(&id, unix_millis()).map(|intent| Json(intent.to_wire()))
}

/// Lets a refund fail now.
pub async fn fail_refund(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    app.ledger.fail_refund(&id, unix_millis()).map(|refund| Json(refund.to_wire()))
}

/// Delivers an event once more.
pub async fn redeliver(
    State(app): State<App>,
    Path(event_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    app.ledger.redeliver(&event_id, unix_millis()).map(|event| Json(event.to_wire()))
}

/// Counts and sums by status, and the newest objects of each kind, at most `limit` of each.
pub async fn state(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut form = Form::parse(query.unwrap_or_default().as_bytes())?;
    let limit = form.parsed("limit")?.unwrap_or(DEFAULT_LISTED);
    form.finish()?;
    if limit > MOST_LISTED {
        return Err(ApiError::parameter("parameter_invalid_integer", "limit", "At most 1000"));
    }
    Ok(Json(app.ledger.read(|books, faults| summary(books, faults, limit))))
}

fn summary(books: &Books, faults: &Faults, limit: usize) -> Value {
    let (intents, refunds) = (books.intents.all(), books.refunds.all());
    let intent_sums = sums(intents.iter().map(|intent: &Intent| {
        (intent.status.as_str(), intent.currency.as_str(), intent.amount_minor)
    }));
    let refund_sums = sums(refunds.iter().map(|refund: &Refund| {
        (refund.status.as_str(), refund.currency.as_str(), refund.amount_minor)
    }));
    let mut event_counts = BTreeMap::new();
    for event in books.events() {
        *event_counts.entry(event.state).or_insert(0_usize) += 1;
    }
    // Ids begin with the time of their making, so the newest sort last.
    let mut events: Vec<_> = books.events().collect();
    events.sort_unstable_by(|one, other| other.id.cmp(&one.id));
    let events: Vec<_> = events.into_iter().take(limit).map(Event::to_wire).collect();
    json!({
        "answers": books.answer_count(),
        "faults": faults.settings,
        "intents": {
            "count": intents.len(),
            "by_status": intent_sums,
            "data": newest(intents, limit, Intent::to_wire),
        },
        "refunds": {
            "count": refunds.len(),
            "by_status": refund_sums,
            "data": newest(refunds, limit, Refund::to_wire),
        },
        "events": {
            "open": books.open_events(),
            "by_state": event_counts,
            "data": events,
        },
    })
}

fn newest<T>(all: &[T], limit: usize, to_wire: impl Fn(&T) -> Value) -> Vec<Value> {
    all.iter().rev().take(limit).map(to_wire).collect()
}

/// How many, and how much in each currency.
#[derive(Debug, Default, Serialize)]
struct Sum<'a> {
    count: usize,
    amount_minor: BTreeMap<&'a str, i64>,
}

fn sums<'a>(
    items: impl Iterator<Item = (&'static str, &'a str, i64)>,
) -> BTreeMap<&'static str, Sum<'a>> {
    let mut sums: BTreeMap<_, Sum<'_>> = BTreeMap::new();
    for (status, currency, amount_minor) in items {
        let sum = sums.entry(status).or_default();
        sum.count += 1;
        *sum.amount_minor.entry(currency).or_default() += amount_minor;
    }
    sums
}
