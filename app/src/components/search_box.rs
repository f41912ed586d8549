//! The search box in the header: a plain field of a form. `public/search.js` offers what people may
//! mean while they type, and leads to it by the `/` key.

use leptos::prelude::*;

use crate::assets::asset;

/// The field, the key that leads to it, and the list for what is offered below it.
#[component]
pub(crate) fn SearchBox(
    /// What was looked for.
    keyword: String,
) -> impl IntoView {
    view! {
        <input
            id="site-search"
            type="search"
            name="keyword"
            value=keyword
            placeholder="Artist, team, venue or city"
            aria-label="Search for an artist, team, venue or city"
            maxlength="200"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            enterkeyhint="search"
        />
        <kbd class="needs-script" aria-hidden="true">"/"</kbd>
        <ul id="site-search-offers" class="offers" role="listbox" aria-label="Suggestions"></ul>
        <script type="module" src=asset("/search.js")></script>
    }
}
