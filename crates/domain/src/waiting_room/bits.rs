//! One bit a number: whether it was exchanged. In the database the bits lie in pages of this size;
//! in memory a page exists once one of its bits is set.

use super::{QueueNumber, limits::MAX_NUMBERS};

/// Bytes of a page.
const PAGE_BYTES: usize = 512;
/// Numbers that share a page.
const BITS_PER_PAGE: u64 = PAGE_BYTES as u64 * 8;

/// The page of a number, and its bit within the page.
const fn page_of(number: QueueNumber) -> (u64, u64) {
    (number.0 / BITS_PER_PAGE, number.0 % BITS_PER_PAGE)
}

/// Numbers that were exchanged.
#[derive(Debug, Clone, Default)]
pub struct SpentNumbers {
    pages: Vec<Option<Box<[u8; PAGE_BYTES]>>>,
}

impl SpentNumbers {
    /// Spends a number; `false` when it was spent before.
    pub fn spend(&mut self, number: QueueNumber) -> bool {
        // A number that no room gives out would ask for a huge table.
        if number.0 >= MAX_NUMBERS {
            return false;
        }
        let (page, bit) = page_of(number);
        let Ok(page) = usize::try_from(page) else { return false };
        if page >= self.pages.len() {
            self.pages.resize_with(page + 1, || None);
        }
        let bits = self.pages[page].get_or_insert_with(|| Box::new([0; PAGE_BYTES]));
        let (byte, mask) = (&mut bits[(bit / 8) as usize], 1 << (bit % 8));
        let is_new = *byte & mask == 0;
        *byte |= mask;
        is_new
    }

    /// Whether a number was spent.
    #[must_use]
    pub fn is_spent(&self, number: QueueNumber) -> bool {
        let (page, bit) = page_of(number);
        let page = usize::try_from(page).ok().and_then(|page| self.pages.get(page)?.as_ref());
        page.is_some_and(|bits| bits[(bit / 8) as usize] & (1 << (bit % 8)) != 0)
    }

    /// Bytes that the bits and their table take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let pages = self.pages.iter().flatten().count() * PAGE_BYTES;
        pages + self.pages.capacity() * size_of::<Option<Box<[u8; PAGE_BYTES]>>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_spent_once() {
        let mut spent = SpentNumbers::default();
        for number in [0, 1, 4_095, 4_096, 9_999_999] {
            assert!(!spent.is_spent(QueueNumber(number)));
            assert!(spent.spend(QueueNumber(number)));
            assert!(!spent.spend(QueueNumber(number)));
            assert!(spent.is_spent(QueueNumber(number)));
        }
        assert!(!spent.is_spent(QueueNumber(2)));
    }

    #[test]
    fn ten_million_numbers_take_less_than_two_megabytes() {
        let mut spent = SpentNumbers::default();
        assert!((0..10_000_000).all(|number| spent.spend(QueueNumber(number))));
        assert!(spent.bytes() < 2_000_000, "{} bytes", spent.bytes());
    }
}
