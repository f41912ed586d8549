//! `/v1/payment_intents`

use axum::{
    Json,
    body::Bytes,
    extract::{OriginalUri, Path, RawQuery, State, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Value, json};

use super::{App, Write};
use crate::{
    error::ApiError, form::Form, limits::MAX_AMOUNT_MINOR, model::Intent, rules::Command,
    state::State as Books,
};

const DEFAULT_PAGE: usize = 10;
const LONGEST_PAGE: usize = 100;

type Body = Result<Bytes, BytesRejection>;

pub async fn create(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    Write { path: uri.path().to_owned(), headers, body }.run(&app, |form| {
        Ok(Command::CreateIntent {
            amount_minor: amount(form)?.ok_or_else(|| {
                ApiError::parameter(
                    "parameter_missing",
                    "amount",
                    "Missing required param: amount.",
                )
            })?,
            currency: currency(form)?,
            metadata: form.metadata()?,
            method: form.method()?,
            confirm: form.parsed("confirm")?.unwrap_or(false),
        })
    })
}

pub async fn confirm(
    State(app): State<App>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    Write { path: uri.path().to_owned(), headers, body }
        .run(&app, |form| Ok(Command::ConfirmIntent { id, method: form.method()? }))
}

pub async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    Write { path: uri.path().to_owned(), headers, body }
        .run(&app, |_| Ok(Command::CancelIntent { id }))
}

pub async fn retrieve(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    app.ledger
        .read(|books, _| books.intents.get(&id).map(Intent::to_wire))
        .map(Json)
        .ok_or_else(|| ApiError::missing("payment_intent", &id))
}

pub async fn list(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut form = Form::parse(query.unwrap_or_default().as_bytes())?;
    let limit = page_limit(&mut form)?;
    let since_seconds = form.parsed("created[gte]")?.unwrap_or(i64::MIN);
    let starting_after = form.text("starting_after");
    form.finish()?;
    app.ledger.read(|books, _| page(books, limit, since_seconds, starting_after)).map(Json)
}

/// Takes `limit`: how many a list shows.
pub fn page_limit(form: &mut Form) -> Result<usize, ApiError> {
    let limit = form.parsed("limit")?.unwrap_or(DEFAULT_PAGE);
    if (1..=LONGEST_PAGE).contains(&limit) {
        return Ok(limit);
    }
    Err(ApiError::parameter("parameter_invalid_integer", "limit", "From 1 to 100"))
}

/// The newest intents first, from the one after `starting_after` on.
fn page(
    books: &Books,
    limit: usize,
    since_seconds: i64,
    starting_after: Option<String>,
) -> Result<Value, ApiError> {
    let end = match starting_after {
        None => books.intents.all().len(),
        Some(id) => books
            .intents
            .place(&id)
            .ok_or_else(|| ApiError::parameter("resource_missing", "starting_after", &id))?,
    };
    let mut found = books.intents.all()[..end]
        .iter()
        .rev()
        .filter(|intent| intent.created_seconds >= since_seconds);
    let data: Vec<_> = found.by_ref().take(limit).map(Intent::to_wire).collect();
    let has_more = found.next().is_some();
    let url = "/v1/payment_intents";
    Ok(json!({"object": "list", "data": data, "has_more": has_more, "url": url}))
}

/// Takes `amount`, from 1 to the limit.
pub fn amount(form: &mut Form) -> Result<Option<i64>, ApiError> {
    let amount_minor = form.parsed("amount")?;
    if amount_minor.is_some_and(|minor| !(1..=MAX_AMOUNT_MINOR).contains(&minor)) {
        let message = format!("From 1 to {MAX_AMOUNT_MINOR}");
        return Err(ApiError::parameter("parameter_invalid_integer", "amount", &message));
    }
    Ok(amount_minor)
}

fn currency(form: &mut Form) -> Result<String, ApiError> {
    let currency = form.required("currency")?;
    if currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        Ok(currency.to_ascii_lowercase())
    } else {
        let message = "A currency code has three letters";
        Err(ApiError::parameter("parameter_invalid", "currency", message))
    }
}
