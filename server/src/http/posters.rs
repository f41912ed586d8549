//! Posters, drawn from the event's id and genre.

use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::IntoResponse,
};
use onsale_app::api::{Problem, ProblemCode};
use onsale_domain::EventId;
use serde::Deserialize;

use super::{extract::ApiQuery, problem::ProblemResponse};

const SVG: HeaderValue = HeaderValue::from_static("image/svg+xml");
/// A genre is a word or two.
const MAX_GENRE_CHARS: usize = 50;

#[derive(Deserialize)]
pub struct Drawn {
    #[serde(default)]
    g: String,
}

/// `/posters/{event}.svg?g={genre}`
pub async fn poster(
    Path(name): Path<String>,
    ApiQuery(drawn): ApiQuery<Drawn>,
) -> Result<impl IntoResponse, ProblemResponse> {
    let event = name.strip_suffix(".svg").and_then(|id| id.parse::<EventId>().ok());
    let event = event.ok_or_else(|| Problem::new(ProblemCode::NotFound, "No such poster."))?;
    let genre: String = drawn.g.chars().take(MAX_GENRE_CHARS).collect();
    Ok(([(header::CONTENT_TYPE, SVG)], onsale_app::poster::svg(event.0, &genre)))
}
