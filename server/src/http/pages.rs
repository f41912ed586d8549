//! The pages: rendered by the app, with the box office behind them.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get_service,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list};
use onsale_app::{
    App, PublicOrigin,
    backend::{Backend, Viewer},
    shell,
};
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::{Edge, middleware::observe::RequestId, office::Counter};

/// The page that is rendered to learn which inline scripts all pages have.
const UNKNOWN_PAGE: &str = "/a-page-that-does-not-exist";
/// No page is larger.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Pages, the forms on them, and the files of the site.
pub fn routes(edge: &Arc<Edge>) -> Router {
    let settings = &edge.settings.server;
    let options = LeptosOptions::builder()
        .output_name("onsale")
        .site_root(settings.site_root.to_string_lossy())
        .site_pkg_dir("pkg")
        .site_addr(settings.address)
        .env(leptos::config::Env::PROD)
        .build();
    let context = {
        let edge = Arc::clone(edge);
        move || provide_backend(&edge)
    };
    let shell_options = options.clone();
    let files = ServeDir::new(&settings.site_root).precompressed_br().precompressed_gzip();
    let unknown = not_found_page(options.clone(), context.clone());
    let files = files.not_found_service(unknown);
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, move || {
            shell(shell_options.clone())
        })
        .fallback_service(get_service(files))
        .with_state(options)
}

/// Gives the pages what they ask for, in the name of whoever sent the request.
fn provide_backend(edge: &Arc<Edge>) {
    // A nonce would make each copy of a page different; scripts are allowed by their hashes.
    drop(take_context::<leptos::nonce::Nonce>());
    let parts = use_context::<axum::http::request::Parts>();
    let extensions = parts.map(|parts| parts.extensions).unwrap_or_default();
    let request_id = extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let backend: Arc<dyn Backend> = Arc::new(Counter { edge: Arc::clone(edge), request_id });
    provide_context(backend);
    provide_context(extensions.get::<Viewer>().copied());
    provide_context(PublicOrigin(edge.settings.server.public_url.clone()));
}

fn not_found_page(
    options: LeptosOptions,
    context: impl Fn() + Clone + Send + Sync + 'static,
) -> axum::routing::MethodRouter {
    let render = move |request: Request| {
        let (options, context) = (options.clone(), context.clone());
        async move {
            let render =
                leptos_axum::render_app_async_with_context(context, move || shell(options.clone()));
            let mut response = render(request).await.into_response();
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    };
    axum::routing::any(render)
}

/// The policy of every page: nothing from elsewhere, and of inline scripts only those that the
/// shell has. They are found by rendering a page once; they are the same on every page.
pub async fn content_security_policy(pages: Router) -> HeaderValue {
    let request = Request::builder().uri(UNKNOWN_PAGE).body(Body::empty());
    let html = match request {
        Ok(request) => match pages.oneshot(request).await {
            Ok(response) => page_text(response).await,
            Err(never) => match never {},
        },
        Err(_) => String::new(),
    };
    let hashes: String = inline_scripts(&html)
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
        .collect();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'self'"))
}

async fn page_text(response: Response) -> String {
    let is_html = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_html {
        return String::new();
    }
    let bytes = to_bytes(response.into_body(), MAX_PAGE_BYTES).await.unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The texts of script elements without a `src`.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=") && !text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_inline_scripts_are_hashed() {
        let html = "<script src=\"/a.js\"></script><script type=\"module\">go()</script>\
                    <p>text</p><script></script><script>stop()</script>";
        assert_eq!(inline_scripts(html).collect::<Vec<_>>(), ["go()", "stop()"]);
    }
}
