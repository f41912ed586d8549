//! The HTML document around every page.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{assets::asset, routes::App};

/// Where the public reaches this site, such as `https://onsale.example`, without a slash at the
/// end. The server may provide it as context; links for other sites to follow are then absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicOrigin(pub String);

impl PublicOrigin {
    /// The path as other sites must write it, as far as we know.
    pub(crate) fn absolute(path: &str) -> String {
        let origin = use_context::<Self>().map(|origin| origin.0).unwrap_or_default();
        format!("{origin}{path}")
    }
}

/// The HTML document of every page. Its inline scripts are the same bytes on every page, so a
/// content security policy can name them by hash.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#131016" media="(prefers-color-scheme: dark)" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link
                    rel="preload"
                    href=asset("/fonts/bricolage-760.woff2")
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link
                    rel="preload"
                    href=asset("/fonts/inter-var.woff2")
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="stylesheet" href=asset("/onsale.css") />
                <HydrationScripts options islands=true />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
