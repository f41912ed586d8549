//! What a page says of itself to browsers, search engines and other sites.

use leptos::prelude::*;
use leptos_meta::{Link, Meta, Stylesheet, Title};

use crate::{assets::asset, shell::PublicOrigin};

/// Characters of a description that other sites show.
const SUMMARY_CHARS: usize = 200;

/// The head of a page about one thing, which other sites may show.
#[component]
pub(super) fn PageHead(
    /// What the browser shows.
    title: String,
    /// What other sites show.
    name: String,
    /// A few sentences; what is too long is cut.
    summary: String,
    /// The address of the page on this site.
    path: String,
    /// The address of its picture.
    poster: String,
    /// The style sheet of such pages.
    style: &'static str,
    /// The thing in the words of schema.org.
    facts: serde_json::Value,
) -> impl IntoView {
    let summary: String = summary.chars().take(SUMMARY_CHARS).collect();
    let address = PublicOrigin::absolute(&path);
    view! {
        <Title text=title />
        <Meta name="description" content=summary.clone() />
        <Meta property="og:type" content="website" />
        <Meta property="og:site_name" content="Onsale" />
        <Meta property="og:title" content=name />
        <Meta property="og:description" content=summary />
        <Meta property="og:url" content=address.clone() />
        <Meta property="og:image" content=PublicOrigin::absolute(&poster) />
        <Meta name="twitter:card" content="summary" />
        <Link rel="canonical" href=address />
        <Stylesheet href=asset(style) />
        <script
            type="application/ld+json"
            // `<` could end the element; its escape means the same in JSON.
            inner_html=facts.to_string().replace('<', "\\u003c")
        ></script>
    }
}
