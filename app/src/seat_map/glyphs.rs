//! Letters as pixels: each is drawn by the browser once, then copied.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::{canvas::font_of, sheet::Glyph};

/// Room around a letter, as a multiple of its size.
const ROOM: f32 = 2.0;

/// Letters of one size that were drawn already, with the way to the next.
#[derive(Debug, Default)]
pub(super) struct Glyphs {
    font: String,
    side: usize,
    scratch: Option<CanvasRenderingContext2d>,
    known: Vec<(char, Glyph, f32)>,
}

impl Glyphs {
    /// Takes a size in pixels; letters of another are forgotten.
    pub(super) fn set_size(&mut self, size: f32) {
        let size = size.round().max(1.0);
        let font = font_of(size, true);
        if font != self.font {
            self.side = (size * ROOM).ceil() as usize;
            self.font = font;
            self.known.clear();
            self.scratch = self.new_scratch();
        }
    }

    /// Pixels along each side of a letter's square, in the middle of which it stands.
    pub(super) const fn side(&self) -> usize {
        self.side
    }

    /// A letter and its width; `None` where the browser cannot draw it.
    pub(super) fn letter(&mut self, letter: char) -> Option<(&Glyph, f32)> {
        let known = self.known.iter().position(|(known, ..)| *known == letter);
        let at = match known {
            Some(at) => at,
            None => {
                let (glyph, width) = self.draw(letter)?;
                self.known.push((letter, glyph, width));
                self.known.len() - 1
            }
        };
        self.known.get(at).map(|(_, glyph, width)| (glyph, *width))
    }

    fn new_scratch(&self) -> Option<CanvasRenderingContext2d> {
        let canvas: HtmlCanvasElement =
            document().create_element("canvas").ok()?.dyn_into().ok()?;
        let side = u32::try_from(self.side).ok()?;
        canvas.set_width(side);
        canvas.set_height(side);
        let options = js_sys::Object::new();
        // It stays in memory that is quick to read.
        js_sys::Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
        let context = canvas.get_context_with_context_options("2d", &options).ok()??;
        let context: CanvasRenderingContext2d = context.dyn_into().ok()?;
        context.set_font(&self.font);
        context.set_text_align("center");
        context.set_text_baseline("middle");
        Some(context)
    }

    fn draw(&self, letter: char) -> Option<(Glyph, f32)> {
        let context = self.scratch.as_ref()?;
        let side = self.side as f64;
        let mut buffer = [0; 4];
        let text = letter.encode_utf8(&mut buffer);
        context.clear_rect(0.0, 0.0, side, side);
        context.fill_text(text, side / 2.0, side / 2.0).ok()?;
        let width = context.measure_text(text).ok()?.width() as f32;
        let pixels = context.get_image_data(0.0, 0.0, side, side).ok()?.data();
        let alphas = pixels.chunks_exact(4).map(|pixel| pixel[3]).collect();
        Some((Glyph { width: self.side, alphas }, width))
    }
}
