//! Every page in light and dark: a picture of it is kept, and what is wrong with it is noted.

use playwright_rs::ColorScheme;

use crate::{axe, browser::screenshots, visitor::Visitor};

/// Loads the posters that wait to be scrolled to: a picture shows the whole page.
const LOAD_POSTERS: &str = "async () => {
    const posters = [...document.images];
    for (const poster of posters) poster.loading = 'eager';
    await Promise.allSettled(posters.map(poster => poster.decode()));
    return posters.filter(poster => poster.naturalWidth === 0).map(poster => poster.src);
}";

/// A walk through the pages on one device.
#[derive(Debug)]
pub struct Gallery<'a> {
    visitor: &'a Visitor,
    faults: Vec<String>,
}

impl<'a> Gallery<'a> {
    /// A walk of this visitor.
    #[must_use]
    pub fn new(visitor: &'a Visitor) -> Self {
        Self { visitor, faults: Vec::new() }
    }

    /// Looks at the page as it is now, and keeps pictures of it under this name.
    pub async fn look(&mut self, name: &str) {
        let device = self.visitor.device.name();
        let missing: Vec<String> = self.visitor.ask(LOAD_POSTERS).await;
        self.faults.extend(missing.iter().map(|poster| format!("{name} lacks {poster}")));
        for (scheme, word) in [(ColorScheme::Dark, "dark"), (ColorScheme::Light, "light")] {
            self.visitor.turn(scheme).await;
            let picture = screenshots().join(format!("{name}-{device}-{word}.png"));
            // The picture ends all transitions, so that axe sees colours as they stay.
            self.visitor.photograph(&picture).await;
            let barriers = axe::barriers(self.visitor).await;
            self.faults.extend(barriers.iter().map(|fault| format!("{name}, {word}: {fault}")));
        }
        let wide = self.visitor.wider_than_the_screen().await;
        self.faults.extend(wide.iter().map(|part| format!("{name} scrolls sideways: {part}")));
    }

    /// Opens a page and looks at it.
    pub async fn visit(&mut self, name: &str, path: &str) {
        self.visitor.open(path).await;
        self.look(name).await;
    }

    /// Ends the walk.
    ///
    /// # Panics
    /// When something was wrong with a page; the message lists all of it.
    pub fn assert_faultless(self) {
        assert!(
            self.faults.is_empty(),
            "{} faults:\n{}",
            self.faults.len(),
            self.faults.join("\n")
        );
    }
}
