//! What stands above and below every page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{Glyph, Icon, SearchBox};

/// Logo, search box and the three ways into the site.
#[component]
pub(crate) fn SiteHeader() -> impl IntoView {
    let keyword = use_query_map().with_untracked(|query| query.get("keyword")).unwrap_or_default();
    view! {
        <header class="site-header">
            <a class="logo" href="/" aria-label="Onsale, home">"on"<b>"sale"</b></a>
            <form class="site-search" action="/search" role="search">
                <Icon glyph=Glyph::Search />
                <SearchBox keyword />
            </form>
            <nav class="site-nav" aria-label="Site">
                <a href="/search?when=tonight">"Tonight"</a>
                <a href="/search?near=me">"Near me"</a>
                <a href="/bookings">"My tickets"</a>
            </nav>
        </header>
    }
}

/// Small print.
#[component]
pub(crate) fn SiteFooter() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <p>"The price you see is the price you pay. No fee appears later."</p>
            <a href="/search">"All events"</a>
            <a href="/api">"For developers"</a>
        </footer>
    }
}
