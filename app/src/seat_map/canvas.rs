//! The canvas as a surface: paths and words are drawn by the browser, seats are pixels of our own.

use std::{
    collections::BTreeMap,
    f64::consts::{PI, TAU},
};

use leptos::prelude::{document, window};
use onsale_domain::seat_map::{Bounds, Point};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::{
    glyphs::Glyphs,
    sheet::{Patch, Sheet},
    surface::{Color, Ink, Letters, Stamp, Surface},
    theme::Theme,
};

/// Screens with more dots than this for each pixel are drawn with so many: nobody sees more.
const MOST_DENSITY: f64 = 3.0;
/// Widths of words that are remembered for each size.
const MOST_WIDTHS: usize = 2_000;

/// A canvas that is ready to be drawn on, in CSS pixels and in the colours of the page.
pub(super) struct CanvasSurface {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    /// Where the pixels of the seats are put, to be laid over what is drawn already.
    over: CanvasRenderingContext2d,
    theme: Theme,
    density: f64,
    size: (f32, f32),
    sheet: Sheet,
    glyphs: Glyphs,
    /// The parts that are drawn anew.
    patches: Vec<Patch>,
    is_clipped: bool,
    font: String,
    /// By the size of the letters.
    widths: Vec<(u32, BTreeMap<String, f32>)>,
}

/// The size of the canvas on the page, in CSS pixels.
pub(super) fn size_of(canvas: &HtmlCanvasElement) -> (f32, f32) {
    (canvas.client_width() as f32, canvas.client_height() as f32)
}

/// Letters of whole pixels in the words of a style sheet: code that writes fractions is heavy.
pub(super) fn font_of(size: f32, is_bold: bool) -> String {
    let weight = if is_bold { 600_u32 } else { 450 };
    format!("{weight} {}px Inter, system-ui, sans-serif", size as u32)
}

fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

impl CanvasSurface {
    /// Takes a canvas.
    pub(super) fn new(canvas: &HtmlCanvasElement) -> Option<Self> {
        let over: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        let context = context_of(canvas)?;
        Some(Self {
            theme: Theme::read(canvas, &context),
            over: context_of(&over)?,
            context,
            canvas: canvas.clone(),
            density: 0.0,
            size: (0.0, 0.0),
            sheet: Sheet::default(),
            glyphs: Glyphs::default(),
            patches: Vec::new(),
            is_clipped: false,
            font: String::new(),
            widths: Vec::new(),
        })
    }

    /// Reads the colours again.
    pub(super) fn change_colors(&mut self) {
        self.theme = Theme::read(&self.canvas, &self.context);
        self.sheet.forget_stamps();
    }

    /// Forgets letters as they looked before the page's font was there.
    pub(super) fn change_fonts(&mut self) {
        self.glyphs = Glyphs::default();
        self.widths.clear();
    }

    /// Gives the canvas as many dots as the screen has for it, and says whether that is another
    /// number than before: then everything has to be drawn.
    pub(super) fn fit(&mut self) -> bool {
        let density = window().device_pixel_ratio().clamp(1.0, MOST_DENSITY);
        let size = size_of(&self.canvas);
        if size == self.size && (density - self.density).abs() < f64::EPSILON {
            return false;
        }
        (self.size, self.density) = (size, density);
        let dots = |length: f32| (f64::from(length) * density).round() as u32;
        let (width, height) = (dots(size.0), dots(size.1));
        let over = self.over.canvas();
        for canvas in [Some(&self.canvas), over.as_ref()].into_iter().flatten() {
            canvas.set_width(width);
            canvas.set_height(height);
        }
        self.sheet.resize(width as usize, height as usize);
        // A canvas that changed its size has forgotten all settings.
        let _ = self.context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0);
        self.context.set_text_align("center");
        self.context.set_text_baseline("middle");
        self.context.set_line_cap("round");
        self.context.set_line_join("round");
        self.font.clear();
        true
    }

    fn fill(&self, ink: Ink) {
        self.context.set_global_alpha(f64::from(ink.alpha));
        self.context.set_fill_style_str(self.theme.css(ink.color));
        self.context.fill();
    }

    fn stroke(&self, ink: Ink, width: f32) {
        self.context.set_global_alpha(f64::from(ink.alpha));
        self.context.set_stroke_style_str(self.theme.css(ink.color));
        self.context.set_line_width(f64::from(width));
        self.context.stroke();
    }

    fn set_font(&mut self, letters: Letters) {
        let font = font_of(letters.size, letters.is_bold);
        if font != self.font {
            self.context.set_font(&font);
            self.font = font;
        }
    }

    fn dots(&self, length: f32) -> f32 {
        length * self.density as f32
    }

    fn place(&self, at: Point) -> (f32, f32) {
        (self.dots(at.x), self.dots(at.y))
    }

    /// A patch in CSS pixels: left, top, width, height.
    fn lengths(&self, patch: Patch) -> [f64; 4] {
        let length = |dots: usize| dots as f64 / self.density;
        [
            length(patch.left),
            length(patch.top),
            length(patch.right - patch.left),
            length(patch.bottom - patch.top),
        ]
    }
}

impl Surface for CanvasSurface {
    fn clear(&mut self, only: Option<&[Bounds]>) {
        self.patches = match only {
            None => vec![self.sheet.everything()],
            Some(places) => {
                let patch =
                    |place: &Bounds| self.sheet.patch(self.place(place.min), self.place(place.max));
                places.iter().map(patch).collect()
            }
        };
        self.is_clipped = only.is_some();
        if self.is_clipped {
            self.context.save();
            self.context.begin_path();
        }
        for patch in &self.patches {
            let [left, top, width, height] = self.lengths(*patch);
            self.context.clear_rect(left, top, width, height);
            if self.is_clipped {
                self.context.rect(left, top, width, height);
            }
        }
        if self.is_clipped {
            self.context.clip();
        }
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
        let (radius_x, radius_y) = (f64::from(radius_x), f64::from(radius_y));
        let _ = self.context.ellipse(x, y, radius_x, radius_y, 0.0, 0.0, 2.0 * PI);
        self.fill(fill);
    }

    fn ring(&mut self, at: Point, radius: f32, width: f32, ink: Ink) {
        self.context.begin_path();
        let _ = self.context.arc(f64::from(at.x), f64::from(at.y), f64::from(radius), 0.0, TAU);
        self.stroke(ink, width);
    }

    fn begin_seats(&mut self, radius: f32) {
        self.sheet.set_radius(self.dots(radius));
        for patch in &self.patches {
            self.sheet.wipe(*patch);
        }
    }

    fn seat(&mut self, at: Point, stamp: Stamp) {
        let (x, y) = self.place(at);
        self.sheet.stamp(x, y, stamp, |color| self.theme.rgb(color));
    }

    fn label(&mut self, words: &str, at: Point, size: f32, color: Color) {
        self.glyphs.set_size(self.dots(size));
        let mut all = 0.0;
        for letter in words.chars() {
            all += self.glyphs.letter(letter).map_or(0.0, |(_, width)| width);
        }
        let (middle, line) = self.place(at);
        let half = self.glyphs.side() as f32 / 2.0;
        let (mut pen, top) = (middle - all / 2.0, (line - half).round() as i32);
        let color = self.theme.rgb(color);
        for letter in words.chars() {
            let Some((glyph, width)) = self.glyphs.letter(letter) else { continue };
            let left = (pen + width / 2.0 - half).round() as i32;
            self.sheet.write(left, top, glyph, color);
            pen += width;
        }
    }

    fn end_seats(&mut self) {
        let everything = self.sheet.everything();
        let bytes = Clamped(self.sheet.bytes());
        let (width, height) = (everything.right as u32, everything.bottom as u32);
        let Ok(image) = ImageData::new_with_u8_clamped_array_and_sh(bytes, width, height) else {
            return;
        };
        let Some(over) = self.over.canvas() else { return };
        self.context.set_global_alpha(1.0);
        for patch in &self.patches {
            let [x, y, w, h] =
                [patch.left, patch.top, patch.right - patch.left, patch.bottom - patch.top]
                    .map(|dots| dots as f64);
            if w < 1.0 || h < 1.0 {
                continue;
            }
            let _ =
                self.over.put_image_data_with_dirty_x_and_dirty_y_and_dirty_width_and_dirty_height(
                    &image, 0.0, 0.0, x, y, w, h,
                );
            let [left, top, width, height] = self.lengths(*patch);
            let _ = self
                .context
                .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                    &over, x, y, w, h, left, top, width, height,
                );
        }
    }

    fn words(&mut self, words: &str, at: Point, letters: Letters) {
        self.set_font(letters);
        let (x, y) = (f64::from(at.x), f64::from(at.y));
        if letters.has_rim {
            self.context.set_global_alpha(0.85);
            self.context.set_stroke_style_str(self.theme.css(Color::Card));
            self.context.set_line_width(4.0);
            let _ = self.context.stroke_text(words, x, y);
        }
        self.context.set_global_alpha(f64::from(letters.ink.alpha));
        self.context.set_fill_style_str(self.theme.css(letters.ink.color));
        let _ = self.context.fill_text(words, x, y);
    }

    fn capitals(&self, words: &str) -> String {
        js_sys::JsString::from(words).to_upper_case().into()
    }

    fn width_of(&mut self, words: &str, letters: Letters) -> f32 {
        let size = letters.size.to_bits() << 1 | u32::from(letters.is_bold);
        let known = match self.widths.iter().position(|(known, _)| *known == size) {
            Some(known) => known,
            None => {
                self.widths.push((size, BTreeMap::new()));
                self.widths.len() - 1
            }
        };
        if let Some(width) = self.widths[known].1.get(words) {
            return *width;
        }
        self.set_font(letters);
        let measured = self.context.measure_text(words);
        let width = measured.map_or(f32::INFINITY, |size| size.width() as f32);
        let widths = &mut self.widths[known].1;
        if widths.len() >= MOST_WIDTHS {
            widths.clear();
        }
        widths.insert(words.to_owned(), width);
        width
    }

    fn finish(&mut self) {
        if std::mem::take(&mut self.is_clipped) {
            self.context.restore();
            // What was set inside the clip is forgotten with it.
            self.font.clear();
        }
    }
}
