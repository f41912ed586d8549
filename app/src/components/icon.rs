//! The few icons we use, as strokes in the colour of the text around them.

use leptos::prelude::*;

/// What an icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Glyph {
    /// A magnifying glass.
    #[cfg(feature = "ssr")]
    Search,
    /// A plus.
    Plus,
    /// A minus.
    Minus,
    /// A cross.
    Close,
    /// A frame to come back to.
    Fit,
    /// A lock.
    Lock,
}

impl Glyph {
    const fn path(self) -> &'static str {
        match self {
            #[cfg(feature = "ssr")]
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Minus => "M5 12h14",
            Self::Close => "m6 6 12 12M18 6 6 18",
            Self::Fit => "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
            Self::Lock => "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
        }
    }
}

/// An icon beside words or inside a button that has a name of its own.
#[component]
pub(crate) fn Icon(
    /// What it shows.
    glyph: Glyph,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="2"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=glyph.path() />
        </svg>
    }
}
