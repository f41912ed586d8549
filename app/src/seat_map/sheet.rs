//! A sheet of pixels that seats are stamped on: copying some bytes a seat is an order of magnitude
//! quicker than asking the browser to draw that many paths, with or without a graphics card.

use super::{
    sprite::{CLEAR, Rgb, Rgba, Sprite, over, with_alpha},
    surface::{Color, Stamp},
};

/// Pixels, and the stamps for seats of one size.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    width: usize,
    height: usize,
    pixels: Vec<Rgba>,
    radius: f32,
    /// By [`Stamp::number`].
    sprites: Vec<Option<Sprite>>,
}

/// A part of the sheet in whole pixels: from left and top up to, without, right and bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patch {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

/// A letter or a figure: how strongly each pixel is covered, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glyph {
    /// Pixels in a row.
    pub width: usize,
    /// How strongly each is covered.
    pub alphas: Vec<u8>,
}

impl Sheet {
    /// Takes a size in pixels; what was on the sheet is gone if it is another.
    pub(super) fn resize(&mut self, width: usize, height: usize) {
        if (width, height) != (self.width, self.height) {
            (self.width, self.height) = (width, height);
            self.pixels = vec![CLEAR; width * height];
        }
    }

    /// Makes seats this large, in pixels.
    pub(super) fn set_radius(&mut self, radius: f32) {
        if (radius - self.radius).abs() > f32::EPSILON {
            self.radius = radius;
            self.forget_stamps();
        }
    }

    /// Draws stamps anew, since colours have changed.
    pub(super) fn forget_stamps(&mut self) {
        self.sprites.clear();
    }

    /// The whole sheet.
    pub(super) fn everything(&self) -> Patch {
        Patch { left: 0, top: 0, right: self.width, bottom: self.height }
    }

    /// The part of the sheet between two corners that may lie anywhere.
    pub(super) fn patch(&self, from: (f32, f32), to: (f32, f32)) -> Patch {
        let within = |place: f32, length: usize| (place.max(0.0) as usize).min(length);
        Patch {
            left: within(from.0.floor(), self.width),
            top: within(from.1.floor(), self.height),
            right: within(to.0.ceil(), self.width),
            bottom: within(to.1.ceil(), self.height),
        }
    }

    /// Makes a part of the sheet clear.
    pub(super) fn wipe(&mut self, patch: Patch) {
        for row in patch.top..patch.bottom {
            let start = row * self.width;
            self.pixels[start + patch.left..start + patch.right].fill(CLEAR);
        }
    }

    /// Red, green, blue and alpha of every pixel, row by row.
    pub(super) fn bytes(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    /// Stamps a seat with its centre at a place in pixels. Of two stamps on one pixel the stronger
    /// one stays, so their order does not matter, and a seat can be stamped again.
    pub(super) fn stamp(&mut self, x: f32, y: f32, stamp: Stamp, color: impl Fn(Color) -> Rgb) {
        let number = stamp.number();
        if self.sprites.len() <= number {
            self.sprites.resize(number + 1, None);
        }
        let radius = self.radius;
        let sprite = self.sprites[number].get_or_insert_with(|| Sprite::new(stamp, radius, color));
        let half = sprite.size as f32 / 2.0;
        let (left, top) = ((x - half).floor(), (y - half).floor());
        let step = |place: f32, whole: f32| {
            ((place - half - whole) * sprite.steps as f32).clamp(0.0, sprite.steps as f32 - 1.0)
                as usize
        };
        let copy = step(y, top) * sprite.steps + step(x, left);
        let (left, top) = (left as i32, top as i32);
        for row in 0..sprite.size {
            let Ok(line) = usize::try_from(top + row as i32) else { continue };
            if line >= self.height {
                break;
            }
            let (from, ink) = sprite.row(copy, row);
            let start = left + from as i32;
            let hidden = (-start).max(0) as usize;
            let start = start.max(0) as usize;
            if hidden >= ink.len() || start >= self.width {
                continue;
            }
            let ink = &ink[hidden..];
            let room = &mut self.pixels[line * self.width + start..(line + 1) * self.width];
            for (below, above) in room.iter_mut().zip(ink) {
                if above[3] >= below[3] {
                    *below = *above;
                }
            }
        }
    }

    /// Writes a letter with its upper left corner at a place in pixels, on top of what is there.
    pub(super) fn write(&mut self, left: i32, top: i32, glyph: &Glyph, color: Rgb) {
        for (row, alphas) in (0..).zip(glyph.alphas.chunks(glyph.width.max(1))) {
            let Ok(line) = usize::try_from(top + row) else { continue };
            if line >= self.height {
                break;
            }
            for (column, alpha) in (0..).zip(alphas).filter(|(_, alpha)| **alpha > 0) {
                let Ok(place) = usize::try_from(left + column) else { continue };
                if place < self.width {
                    let pixel = &mut self.pixels[line * self.width + place];
                    *pixel = over(with_alpha(color, f32::from(*alpha) / 255.0), *pixel);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seat_map::surface::{Form, Sign};

    const DOT: Stamp =
        Stamp { sign: Sign::Available { category: 1, is_dimmed: false }, form: Form::Round };
    const RING: Stamp = Stamp { sign: Sign::Taken, form: Form::Round };

    fn color(color: Color) -> Rgb {
        match color {
            Color::Category(number) => [number, 100, 100],
            _ => [50, 50, 50],
        }
    }

    fn sheet() -> Sheet {
        let mut sheet = Sheet::default();
        sheet.resize(40, 30);
        sheet.set_radius(5.0);
        sheet
    }

    fn pixel(sheet: &Sheet, x: usize, y: usize) -> Rgba {
        sheet.pixels[y * sheet.width + x]
    }

    #[test]
    fn a_seat_is_stamped_where_it_is() {
        let mut sheet = sheet();
        sheet.stamp(20.0, 15.0, DOT, color);
        sheet.stamp(8.0, 15.0, RING, color);
        assert_eq!(pixel(&sheet, 20, 15), [1, 100, 100, 255]);
        assert_eq!(pixel(&sheet, 20, 22), CLEAR);
        assert_eq!(pixel(&sheet, 8, 15), CLEAR, "a ring is empty");
        assert!(pixel(&sheet, 4, 15)[3] > 0);
        assert_eq!(sheet.bytes().len(), 40 * 30 * 4);
    }

    #[test]
    fn seats_at_the_edges_and_far_outside_are_cut_off() {
        let mut sheet = sheet();
        for (x, y) in [(0.0, 0.0), (40.0, 30.0), (-3.0, 12.0), (43.0, 12.0), (-1e6, 1e6)] {
            sheet.stamp(x, y, DOT, color);
        }
        assert_eq!(pixel(&sheet, 0, 0)[3], 255);
        assert_eq!(pixel(&sheet, 39, 29)[3], 255);
        assert!(pixel(&sheet, 1, 12)[3] > 0 && pixel(&sheet, 38, 12)[3] > 0);
    }

    #[test]
    fn what_is_wiped_and_stamped_again_is_as_before() {
        let mut sheet = sheet();
        let seats = [(10.0, 10.0, DOT), (21.3, 10.2, RING), (32.6, 10.4, DOT)];
        let stamp_all = |sheet: &mut Sheet| {
            for (x, y, stamp) in seats {
                sheet.stamp(x, y, stamp, color);
            }
        };
        stamp_all(&mut sheet);
        let before = sheet.pixels.clone();
        let patch = sheet.patch((15.5, 4.0), (26.2, 17.0));
        assert_eq!(patch, Patch { left: 15, top: 4, right: 27, bottom: 17 });
        sheet.wipe(patch);
        assert_ne!(sheet.pixels, before);
        stamp_all(&mut sheet);
        assert_eq!(sheet.pixels, before);
    }

    #[test]
    fn letters_lie_on_top() {
        let mut sheet = sheet();
        sheet.stamp(20.0, 15.0, DOT, color);
        let bar = Glyph { width: 2, alphas: vec![255, 0, 255, 128] };
        sheet.write(20, 15, &bar, [250, 250, 250]);
        assert_eq!(pixel(&sheet, 20, 15), [250, 250, 250, 255]);
        assert_eq!(pixel(&sheet, 21, 15), [1, 100, 100, 255]);
        assert_eq!(pixel(&sheet, 21, 16)[3], 255);
        sheet.write(-1, -1, &bar, [9, 9, 9]);
        sheet.write(39, 29, &bar, [9, 9, 9]);
        assert_eq!(pixel(&sheet, 0, 0)[3], 128);
    }
}
