//! The description of the API, made from the code, and a page to browse it.

use axum::{
    Json,
    extract::State,
    response::{Html, IntoResponse},
};
use onsale_app::api::{MoneySchema, Problem, ProblemCode};
use serde_json::Value;
use utoipa::OpenApi;

use super::{Shared, admin, bookings, events, queue, webhooks};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Onsale",
        description = "The box office that survives the on-sale. \
        Errors are problem documents (RFC 9457) whose `code` is stable."
    ),
    paths(
        events::search,
        events::suggest,
        events::event,
        events::section,
        events::venue,
        events::performer,
        events::geometry,
        events::seats,
        events::live,
        bookings::reserve,
        bookings::confirm,
        bookings::book_once,
        bookings::booking,
        bookings::release,
        bookings::cancel,
        bookings::mine,
        queue::now,
        queue::challenge,
        queue::join,
        queue::mine,
        queue::recover,
        queue::exchange,
        queue::socket,
        queue::pass_key,
        admin::session,
        admin::sign_in,
        admin::sign_out,
        admin::rooms,
        admin::room,
        admin::command,
        admin::set_rules,
        admin::revoke,
        admin::audit_log,
        webhooks::receive,
    ),
    components(schemas(MoneySchema, Problem, ProblemCode))
)]
struct Api;

/// `GET /api/openapi.json`
pub async fn document() -> impl IntoResponse {
    Json(Api::openapi())
}

/// `GET /api`: the same for people.
pub async fn page(
    State(edge): Shared,
) -> Result<impl IntoResponse, super::problem::ProblemResponse> {
    let document = serde_json::to_value(Api::openapi()).map_err(|error| {
        tracing::error!(%error, "the description of the API cannot be written");
        Problem::new(ProblemCode::Internal, "The description cannot be written.")
    })?;
    Ok(Html(render(&document, edge.assets.path_of("/onsale.css"))))
}

fn render(document: &Value, style_sheet: &str) -> String {
    let mut operations = String::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            operations.push_str(&render_operation(path, method, operation));
        }
    }
    let codes: String = ProblemCode::ALL
        .iter()
        .map(|code| {
            format!(
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                code.as_str(),
                code.status(),
                escape(code.title())
            )
        })
        .collect();
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>The API of Onsale</title><link rel=\"icon\" href=\"/favicon.svg\">\
         <link rel=\"stylesheet\" href=\"{style_sheet}\"></head>\
         <body><main class=\"api-page\"><h1>The API of Onsale</h1>\
         <p>Machines read <a href=\"/api/openapi.json\">/api/openapi.json</a> (OpenAPI 3.1).</p>\
         {operations}<h2>Problem codes</h2><table><thead><tr><th>code</th><th>status</th>\
         <th>meaning</th></tr></thead><tbody>{codes}</tbody></table></main></body></html>"
    )
}

fn render_operation(path: &str, method: &str, operation: &Value) -> String {
    let text = |value: &Value| escape(value.as_str().unwrap_or_default());
    let mut rows = String::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        rows.push_str(&format!(
            "<li><code>{}</code> ({}) {}</li>",
            text(&parameter["name"]),
            text(&parameter["in"]),
            text(&parameter["description"])
        ));
    }
    let body = operation["requestBody"]["content"].as_object();
    if let Some((kind, content)) = body.and_then(|content| content.iter().next()) {
        rows.push_str(&format!("<li>body: {} <code>{}</code></li>", escape(kind), schema(content)));
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let content = response["content"].as_object().and_then(|content| content.values().next());
        rows.push_str(&format!(
            "<li>{}: <code>{}</code> {}</li>",
            escape(status),
            content.map(schema).unwrap_or_default(),
            text(&response["description"])
        ));
    }
    format!(
        "<section><h2><code>{} {}</code></h2><p>{} {}</p><ul>{rows}</ul></section>",
        escape(&method.to_uppercase()),
        escape(path),
        text(&operation["summary"]),
        text(&operation["description"])
    )
}

/// The name of a content's schema.
fn schema(content: &Value) -> String {
    let schema = &content["schema"];
    let reference = schema["$ref"].as_str().or_else(|| schema["items"]["$ref"].as_str());
    let name = reference.and_then(|reference| reference.rsplit('/').next());
    escape(name.or_else(|| schema["type"].as_str()).unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_of_the_contract_is_described() {
        let document = serde_json::to_value(Api::openapi()).expect("JSON");
        let has = |method: &str, path: &str| !document["paths"][path][method].is_null();
        assert!(has("get", "/api/events/{eventId}"));
        assert!(has("get", "/api/events/search"));
        assert!(has("get", "/api/venues/{venueId}"));
        assert!(has("get", "/api/performers/{performerId}"));
        assert!(has("get", "/api/events/suggest"));
        assert!(has("post", "/api/bookings/reserve"));
        assert!(has("post", "/api/bookings/{bookingId}/confirm"));
        assert!(has("post", "/api/bookings/{eventId}"));
        assert!(has("get", "/api/bookings/{bookingId}"));
        assert!(has("delete", "/api/bookings/{bookingId}"));
        assert!(has("post", "/api/events/{eventId}/queue"));
        assert!(has("get", "/api/events/{eventId}/queue/now.json"));
        assert!(has("get", "/api/events/{eventId}/queue/ws"));
        assert!(has("post", "/api/events/{eventId}/queue/exchange"));
        assert!(has("post", "/api/webhooks/payments"));
    }

    #[test]
    fn the_page_lists_each_path_and_code() {
        let document = serde_json::to_value(Api::openapi()).expect("JSON");
        let page = render(&document, "/onsale.css");
        assert!(page.contains("POST /api/bookings/reserve"));
        for code in ProblemCode::ALL {
            assert!(page.contains(code.as_str()));
        }
    }
}
