//! The one file that touches the browser's canvas.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use leptos::prelude::window;
use onsale_domain::seat_map::Point;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::surface::{Color, Form, Ink, Letters, Surface};
use crate::components::CATEGORY_COLORS;

/// Dots smaller than this, in pixels, are drawn as squares: nobody sees it, and it is quicker.
const ROUND_FROM_PX: f32 = 1.5;

/// A canvas that is ready to be drawn on, in CSS pixels and in the colours of the page.
pub(super) struct CanvasSurface {
    context: CanvasRenderingContext2d,
    width: f64,
    height: f64,
    theme: Theme,
}

/// The colours as the style sheet has them now, light or dark.
struct Theme {
    categories: Vec<String>,
    ink: String,
    muted: String,
    edge: String,
    card: String,
    accent: String,
    on_accent: String,
}

impl Theme {
    fn read(canvas: &HtmlCanvasElement) -> Self {
        let style = window().get_computed_style(canvas).ok().flatten();
        let token = |name: &str| {
            let value = style.as_ref().and_then(|style| style.get_property_value(name).ok());
            value.map(|value| value.trim().to_owned()).unwrap_or_default()
        };
        Self {
            categories: (0..CATEGORY_COLORS)
                .map(|index| token(&format!("--cat-{index}")))
                .collect(),
            ink: token("--ink"),
            muted: token("--muted"),
            edge: token("--edge"),
            card: token("--card"),
            accent: token("--accent"),
            on_accent: token("--on-accent"),
        }
    }

    fn color(&self, color: Color) -> &str {
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
}

/// The size of the canvas on the page, in CSS pixels.
pub(super) fn size_of(canvas: &HtmlCanvasElement) -> (f32, f32) {
    (canvas.client_width() as f32, canvas.client_height() as f32)
}

impl CanvasSurface {
    /// Gives the canvas as many dots as the screen has for it, and reads the colours.
    pub(super) fn prepare(canvas: &HtmlCanvasElement) -> Option<Self> {
        let (width, height) = size_of(canvas);
        let density = window().device_pixel_ratio().clamp(1.0, 3.0);
        let dots = |length: f32| (f64::from(length) * density).round() as u32;
        if canvas.width() != dots(width) || canvas.height() != dots(height) {
            canvas.set_width(dots(width));
            canvas.set_height(dots(height));
        }
        let context =
            canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0).ok()?;
        context.set_text_align("center");
        context.set_text_baseline("middle");
        context.set_line_cap("round");
        context.set_line_join("round");
        let theme = Theme::read(canvas);
        Some(Self { context, width: f64::from(width), height: f64::from(height), theme })
    }

    fn fill(&self, ink: Ink) {
        self.context.set_global_alpha(f64::from(ink.alpha));
        self.context.set_fill_style_str(self.theme.color(ink.color));
        self.context.fill();
    }

    fn stroke(&self, ink: Ink, width: f32) {
        self.context.set_global_alpha(f64::from(ink.alpha));
        self.context.set_stroke_style_str(self.theme.color(ink.color));
        self.context.set_line_width(f64::from(width));
        self.context.stroke();
    }

    /// One path of all seats of a form.
    fn seats(&self, at: &[Point], form: Form, radius: f32) {
        self.context.begin_path();
        for point in at {
            let (x, y, r) = (f64::from(point.x), f64::from(point.y), f64::from(radius));
            match form {
                _ if radius < ROUND_FROM_PX => self.context.rect(x - r, y - r, 2.0 * r, 2.0 * r),
                Form::Round => {
                    self.context.move_to(x + r, y);
                    let _ = self.context.arc(x, y, r, 0.0, TAU);
                }
                Form::Square => self.rounded_square(x, y, r),
            }
        }
    }

    fn rounded_square(&self, x: f64, y: f64, half: f64) {
        let corner = half * 0.45;
        let inner = half - corner;
        self.context.move_to(x + half, y - inner);
        for (turn, (dx, dy)) in
            [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)].into_iter().enumerate()
        {
            let start = FRAC_PI_2 * turn as f64;
            let _ =
                self.context.arc(x + dx * inner, y + dy * inner, corner, start, start + FRAC_PI_2);
        }
        self.context.close_path();
    }

    fn font(&self, letters: Letters) {
        let weight = if letters.is_bold { 600 } else { 450 };
        self.context.set_font(&format!("{weight} {}px Inter, system-ui, sans-serif", letters.size));
    }
}

impl Surface for CanvasSurface {
    fn clear(&mut self) {
        self.context.clear_rect(0.0, 0.0, self.width, self.height);
    }

    fn polygon(&mut self, corners: &[Point], fill: Ink, edge: Option<Ink>) {
        let Some((first, others)) = corners.split_first() else { return };
        self.context.begin_path();
        self.context.move_to(f64::from(first.x), f64::from(first.y));
        for corner in others {
            self.context.line_to(f64::from(corner.x), f64::from(corner.y));
        }
        self.context.close_path();
        self.fill(fill);
        if let Some(edge) = edge {
            self.stroke(edge, 1.5);
        }
    }

    fn ellipse(&mut self, center: Point, radius_x: f32, radius_y: f32, fill: Ink) {
        self.context.begin_path();
        let (x, y) = (f64::from(center.x), f64::from(center.y));
        let _ = self.context.ellipse(
            x,
            y,
            f64::from(radius_x),
            f64::from(radius_y),
            0.0,
            0.0,
            2.0 * PI,
        );
        self.fill(fill);
    }

    fn dots(&mut self, at: &[Point], form: Form, radius: f32, ink: Ink) {
        if !at.is_empty() {
            self.seats(at, form, radius);
            self.fill(ink);
        }
    }

    fn rings(&mut self, at: &[Point], form: Form, radius: f32, width: f32, ink: Ink) {
        if !at.is_empty() {
            self.seats(at, form, radius);
            self.stroke(ink, width);
        }
    }

    fn dashes(&mut self, at: &[Point], half: f32, width: f32, ink: Ink) {
        if at.is_empty() {
            return;
        }
        self.context.begin_path();
        for point in at {
            self.context.move_to(f64::from(point.x - half), f64::from(point.y));
            self.context.line_to(f64::from(point.x + half), f64::from(point.y));
        }
        self.stroke(ink, width);
    }

    fn ticks(&mut self, at: &[Point], size: f32, ink: Ink) {
        if at.is_empty() {
            return;
        }
        self.context.begin_path();
        for point in at {
            self.context.move_to(f64::from(point.x - size * 0.5), f64::from(point.y + size * 0.05));
            self.context.line_to(f64::from(point.x - size * 0.1), f64::from(point.y + size * 0.45));
            self.context.line_to(f64::from(point.x + size * 0.55), f64::from(point.y - size * 0.4));
        }
        self.stroke(ink, (size * 0.26).max(1.0));
    }

    fn words(&mut self, words: &str, at: Point, letters: Letters) {
        self.font(letters);
        let (x, y) = (f64::from(at.x), f64::from(at.y));
        if letters.has_rim {
            self.context.set_global_alpha(0.85);
            self.context.set_stroke_style_str(self.theme.color(Color::Card));
            self.context.set_line_width(4.0);
            let _ = self.context.stroke_text(words, x, y);
        }
        self.context.set_global_alpha(f64::from(letters.ink.alpha));
        self.context.set_fill_style_str(self.theme.color(letters.ink.color));
        let _ = self.context.fill_text(words, x, y);
    }

    fn width_of(&self, words: &str, letters: Letters) -> f32 {
        self.font(letters);
        self.context.measure_text(words).map_or(f32::INFINITY, |size| size.width() as f32)
    }
}
