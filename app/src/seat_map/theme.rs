//! The colours as the style sheet has them now, light or dark.

use leptos::prelude::window;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::{sprite::Rgb, surface::Color};
use crate::components::CATEGORY_COLORS;

/// A colour as the canvas takes it, and as pixels have it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Paint {
    css: String,
    rgb: Rgb,
}

/// Every colour that the map has.
#[derive(Debug)]
pub(super) struct Theme {
    categories: Vec<Paint>,
    ink: Paint,
    muted: Paint,
    edge: Paint,
    card: Paint,
    accent: Paint,
    on_accent: Paint,
}

impl Theme {
    /// Reads the style sheet. The canvas says what a colour is, however it is written.
    pub(super) fn read(canvas: &HtmlCanvasElement, context: &CanvasRenderingContext2d) -> Self {
        let style = window().get_computed_style(canvas).ok().flatten();
        let paint = |name: &str| {
            let value = style.as_ref().and_then(|style| style.get_property_value(name).ok());
            context.set_fill_style_str(value.unwrap_or_default().trim());
            let css = context.fill_style().as_string().unwrap_or_default();
            Paint { rgb: rgb_of(&css).unwrap_or_default(), css }
        };
        Self {
            categories: (0..CATEGORY_COLORS)
                .map(|index| paint(&format!("--cat-{index}")))
                .collect(),
            ink: paint("--ink"),
            muted: paint("--muted"),
            edge: paint("--edge"),
            card: paint("--card"),
            accent: paint("--accent"),
            on_accent: paint("--on-accent"),
        }
    }

    fn paint(&self, color: Color) -> &Paint {
        match color {
            Color::Category(index) => &self.categories[usize::from(index % CATEGORY_COLORS)],
            Color::Ink => &self.ink,
            Color::Muted => &self.muted,
            Color::Edge => &self.edge,
            Color::Card => &self.card,
            Color::Accent => &self.accent,
            Color::OnAccent => &self.on_accent,
        }
    }

    /// As the canvas takes it.
    pub(super) fn css(&self, color: Color) -> &str {
        &self.paint(color).css
    }

    /// As pixels have it.
    pub(super) fn rgb(&self, color: Color) -> Rgb {
        self.paint(color).rgb
    }
}

/// `#rrggbb`, which is how canvases write opaque colours.
fn rgb_of(css: &str) -> Option<Rgb> {
    let number = u32::from_str_radix(css.strip_prefix('#')?, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some([red, green, blue])
}
