//! The pages: the app rendered on the server, with somebody behind it who knows.
//!
//! A crate of its own because rendering pulls in the code of every view: the server that only
//! serves the API compiles in seconds, this in minutes.

mod site;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header, request::Parts},
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

pub use site::{assets, is_hashed_file};

/// The page that is rendered to learn which inline scripts all pages have.
const UNKNOWN_PAGE: &str = "/a-page-that-does-not-exist";
/// No page is larger.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Who answers the pages' questions, for one request.
pub type BackendFor = Arc<dyn Fn(&Parts) -> Arc<dyn Backend> + Send + Sync>;

/// Where the pages are served, and from which files.
#[derive(Debug, Clone)]
pub struct PageSettings {
    /// The folder with the built site.
    pub site_root: PathBuf,
    /// Where the server listens.
    pub address: SocketAddr,
    /// The server's address as people type it.
    pub public_url: String,
}

/// Pages, the forms on them, and the files of the site.
pub fn routes(settings: &PageSettings, backend: BackendFor) -> Router {
    let hashes = site::code_hashes(&settings.site_root);
    let options = LeptosOptions::builder()
        .output_name("onsale")
        .site_root(settings.site_root.to_string_lossy())
        .site_pkg_dir("pkg")
        .site_addr(settings.address)
        .env(leptos::config::Env::PROD)
        .hash_files(hashes.is_some())
        .hash_file(hashes.unwrap_or_default().into())
        .build();
    let context = {
        let origin = PublicOrigin(settings.public_url.clone());
        let assets = assets(&settings.site_root);
        move || {
            provide_context(assets.clone());
            provide_backend(&backend, &origin);
        }
    };
    let shell_options = options.clone();
    let unknown = not_found_page(options.clone(), context.clone());
    let files = site::files(&settings.site_root).not_found_service(unknown);
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, move || {
            shell(shell_options.clone())
        })
        .fallback_service(get_service(files))
        .with_state(options)
}

/// Gives the pages what they ask for, in the name of whoever sent the request.
fn provide_backend(backend: &BackendFor, origin: &PublicOrigin) {
    // A nonce would make each copy of a page different; scripts are allowed by their hashes.
    drop(take_context::<leptos::nonce::Nonce>());
    let parts =
        use_context::<Parts>().unwrap_or_else(|| Request::new(Body::empty()).into_parts().0);
    provide_context(backend(&parts));
    provide_context(parts.extensions.get::<Viewer>().copied());
    provide_context(origin.clone());
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

/// Headers of every page.
#[derive(Debug, Clone)]
pub struct PageHeaders {
    /// Its content security policy: nothing from elsewhere, and of inline scripts only those that
    /// the shell has. A page that is kept cannot carry a nonce, so they are allowed by their hashes.
    pub policy: HeaderValue,
    /// What a browser needs for it, as `Link`.
    pub links: Option<HeaderValue>,
}

/// Finds the headers by rendering a page once: the shell is the same on every page.
pub async fn page_headers(pages: Router) -> PageHeaders {
    let request = Request::builder().uri(UNKNOWN_PAGE).body(Body::empty());
    let html = match request {
        Ok(request) => match pages.oneshot(request).await {
            Ok(response) => page_text(response).await,
            Err(never) => match never {},
        },
        Err(_) => String::new(),
    };
    PageHeaders { policy: content_security_policy(&html), links: links(&html) }
}

fn content_security_policy(html: &str) -> HeaderValue {
    let hashes: String = inline_scripts(html)
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

/// The shell's hints as a header: fonts, style sheet and code.
fn links(html: &str) -> Option<HeaderValue> {
    let hint = |tag: &str| {
        let attribute = |name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            rest.split_once('"').map(|(value, _)| value)
        };
        let href = attribute("href")?;
        match (attribute("rel")?, attribute("as")) {
            ("stylesheet", _) => Some(format!("<{href}>; rel=preload; as=style")),
            ("modulepreload", _) => Some(format!("<{href}>; rel=modulepreload")),
            ("preload", Some(kind)) => {
                Some(format!("<{href}>; rel=preload; as={kind}; crossorigin=anonymous"))
            }
            _ => None,
        }
    };
    let tags = html.split("<link").skip(1).filter_map(|rest| rest.split_once('>'));
    let hints: Vec<String> = tags.filter_map(|(tag, _)| hint(tag)).collect();
    HeaderValue::from_str(&hints.join(", ")).ok().filter(|links| !links.is_empty())
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

    #[test]
    fn what_the_shell_needs_is_hinted() {
        let html = "<link rel=\"icon\" href=\"/favicon.svg\"/><link rel=\"stylesheet\" \
                    href=\"/a.css\"/><link rel=\"preload\" href=\"/a.wasm\" as=\"fetch\" \
                    crossorigin=\"\"/><link rel=\"modulepreload\" href=\"/a.js\"/>";
        let links = links(html).expect("hints");
        assert_eq!(
            links,
            "</a.css>; rel=preload; as=style, </a.wasm>; rel=preload; as=fetch; \
             crossorigin=anonymous, </a.js>; rel=modulepreload"
        );
    }
}
