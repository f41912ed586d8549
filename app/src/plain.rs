//! Documents that must be light: no WASM, one small script or none. The waiting room and the admin
//! area are made of them; everything on them is rendered here and works before a script runs.

use leptos::prelude::*;
use onsale_domain::money;

use crate::assets::Assets;

/// The style sheet of all pages.
const COMMON_STYLE: &str = "/onsale.css";

/// What stands in the head.
pub(crate) struct Head {
    /// The title.
    pub title: String,
    /// The page's own style sheet.
    pub style: &'static str,
    /// Its script, a module.
    pub script: Option<&'static str>,
    /// After so many seconds the browser looks again.
    pub refresh_seconds: Option<u32>,
}

/// A whole document, ready to be written for a site whose files have these names.
pub struct Document {
    head: Head,
    body: AnyView,
}

pub(crate) fn document(head: Head, body: AnyView) -> Document {
    Document { head, body }
}

impl Document {
    /// What a browser needs for it, as the header `Link` says it.
    #[must_use]
    pub fn links(&self, assets: &Assets) -> String {
        let style = |written| format!("<{}>; rel=preload; as=style", assets.path_of(written));
        let script = |written| format!("<{}>; rel=modulepreload", assets.path_of(written));
        let links = [style(COMMON_STYLE), style(self.head.style)];
        let links: Vec<String> = links.into_iter().chain(self.head.script.map(script)).collect();
        links.join(", ")
    }

    /// As HTML.
    #[must_use]
    pub fn html(self, assets: &Assets) -> String {
        html(self.head, self.body, |written| assets.path_of(written).to_owned())
    }
}

fn html(head: Head, body: AnyView, asset: impl Fn(&str) -> String) -> String {
    let Head { title, style, script, refresh_seconds } = head;
    let refresh = refresh_seconds.map(|seconds| {
        view! { <noscript><meta http-equiv="refresh" content=seconds.to_string() /></noscript> }
    });
    // A page without a script is live at once.
    let is_live = script.is_none().then_some("true");
    let script = script.map(|src| view! { <script type="module" src=asset(src)></script> });
    view! {
        <!DOCTYPE html>
        <html lang="en" data-hydrated=is_live>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, viewport-fit=cover"
                />
                <meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#131016" media="(prefers-color-scheme: dark)" />
                <meta name="robots" content="noindex" />
                <meta name="referrer" content="same-origin" />
                <title>{title}</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=asset(COMMON_STYLE) />
                <link rel="stylesheet" href=asset(style) />
                {refresh}
                {script}
            </head>
            <body>
                <a class="skip-link button" href="#main">"Skip to content"</a>
                <header class="site-header">
                    <a class="logo" href="/" aria-label="Onsale, home">"on"<b>"sale"</b></a>
                </header>
                <main id="main" class="wrap plain" tabindex="-1">{body}</main>
            </body>
        </html>
    }
    .to_html()
}

/// A number with commas: 41,207.
pub(crate) fn grouped(number: u64) -> String {
    money::grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A span of time as people say it: "about 12–15 min".
pub(crate) fn spoken_eta(eta: onsale_domain::waiting_room::Eta) -> String {
    let minutes = |seconds: u32| seconds.div_ceil(60).max(1);
    let (low, high) = (minutes(eta.soonest_seconds), minutes(eta.latest_seconds));
    match (low, high) {
        (_, 1) => "less than a minute".to_owned(),
        (low, high) if low == high => format!("about {low} min"),
        (low, high) if high < 120 => format!("about {low}–{high} min"),
        (low, high) => format!("about {}–{} h", (low / 60).max(1), high.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use onsale_domain::waiting_room::Eta;

    use super::*;

    #[test]
    fn numbers_and_times_are_easy_to_read() {
        assert_eq!(grouped(41_207), "41,207");
        assert_eq!(grouped(u64::MAX), "9,223,372,036,854,775,807");
        let eta =
            |low, high| Eta { soonest_seconds: low, likely_seconds: low, latest_seconds: high };
        assert_eq!(spoken_eta(eta(20, 50)), "less than a minute");
        assert_eq!(spoken_eta(eta(700, 890)), "about 12–15 min");
        assert_eq!(spoken_eta(eta(7_300, 9_000)), "about 2–3 h");
    }
}
