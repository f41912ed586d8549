//! Somebody in front of a browser.

use std::{path::Path, time::Duration};

use onsale_domain::{BookingId, TicketId};
use playwright_rs::{
    BrowserContext, BrowserContextOptions, ColorScheme, EmulateMediaOptions, Locator, Page,
    ScreenshotOptions, Viewport, WaitForOptions, WaitForState, protocol::Animations,
};

use crate::{browser::Chromium, map, watch::Watch};

/// How long anything on a page may take, in milliseconds. Generous: the machine may be busy.
const PATIENCE_MILLIS: f64 = 20_000.0;

/// What somebody holds in their hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// 1440 by 900 pixels and a mouse.
    Desktop,
    /// 390 by 844 pixels and a finger.
    Phone,
    /// A desktop whose browser runs no script.
    WithoutScript,
}

impl Device {
    /// The word for it in names of files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Phone => "phone",
            Self::WithoutScript => "without-script",
        }
    }

    fn options(self, base_url: &str) -> BrowserContextOptions {
        let is_phone = self == Self::Phone;
        let (width, height) = if is_phone { (390, 844) } else { (1440, 900) };
        BrowserContextOptions::builder()
            .base_url(base_url.to_owned())
            .viewport(Viewport { width, height })
            .is_mobile(is_phone)
            .has_touch(is_phone)
            .device_scale_factor(if is_phone { 2.0 } else { 1.0 })
            .javascript_enabled(self != Self::WithoutScript)
            .color_scheme("light".to_owned())
            // Flights of the map and transitions take no time, so nothing has to be waited for.
            .reduced_motion("reduce".to_owned())
            .locale("en-GB".to_owned())
            .build()
    }
}

/// Somebody with a browser profile and one page.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub(crate) device: Device,
    context: BrowserContext,
    page: Page,
    base_url: String,
    watch: Watch,
}

impl Visitor {
    pub(crate) async fn enter(chromium: &Chromium, base_url: &str, device: Device) -> Self {
        let context = chromium.new_context(device.options(base_url)).await;
        context.set_default_timeout(PATIENCE_MILLIS).await;
        context.set_default_navigation_timeout(PATIENCE_MILLIS).await;
        let watch = Watch::over(&context).await.expect("a watch over the console");
        let page = context.new_page().await.expect("a page");
        Self { device, context, page, base_url: base_url.to_owned(), watch }
    }

    /// The page, for what has no words here.
    #[must_use]
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The elements that a selector finds.
    #[must_use]
    pub fn find(&self, selector: &str) -> Locator {
        self.page.locator(selector)
    }

    /// The element with this `data-testid`.
    #[must_use]
    pub fn sign(&self, test_id: &str) -> Locator {
        self.page.get_by_test_id(test_id)
    }

    /// Goes to a path of the site and waits until the page is live.
    pub async fn open(&self, path: &str) {
        let address = format!("{}{path}", self.base_url);
        self.page.goto(&address, None).await.expect(path);
        self.await_life().await;
    }

    /// Waits until the islands of the page are live; at once where no script runs.
    pub async fn await_life(&self) {
        if self.device != Device::WithoutScript {
            self.await_state("html[data-hydrated='true']", WaitForState::Attached).await;
        }
    }

    /// Waits until the first of what a selector finds can be seen.
    pub async fn sees(&self, selector: &str) {
        self.await_state(selector, WaitForState::Visible).await;
    }

    async fn await_state(&self, selector: &str, state: WaitForState) {
        let options = WaitForOptions::builder().state(state).timeout(PATIENCE_MILLIS).build();
        let awaited = self.find(selector).first().wait_for(options).await;
        awaited.unwrap_or_else(|error| panic!("waited for {selector}: {error}"));
    }

    /// Clicks the element with this `data-testid`, once it can be clicked.
    pub async fn press(&self, test_id: &str) {
        let pressed = self.sign(test_id).click(None).await;
        pressed.unwrap_or_else(|error| panic!("pressed {test_id}: {error}"));
    }

    /// Clicks what a selector finds, once it can be clicked.
    pub async fn click(&self, selector: &str) {
        let clicked = self.find(selector).click(None).await;
        clicked.unwrap_or_else(|error| panic!("clicked {selector}: {error}"));
    }

    /// The text inside the element with this `data-testid`, as it can be read.
    pub async fn read(&self, test_id: &str) -> String {
        let text = self.sign(test_id).inner_text().await;
        text.unwrap_or_else(|error| panic!("read {test_id}: {error}"))
    }

    /// Presses a key as often as given, wherever the focus is.
    pub async fn key(&self, key: &str, times: usize) {
        for _ in 0..times {
            self.page.keyboard().press(key, None).await.expect(key);
        }
    }

    /// What an expression in the page comes to.
    pub async fn ask<T: serde::de::DeserializeOwned>(&self, expression: &str) -> T {
        let answer = self.page.evaluate(expression, None::<&()>).await;
        answer.unwrap_or_else(|error| panic!("asked for {expression}: {error}"))
    }

    /// Picks a seat on the drawn map by mouse or finger, coming closer first if need be.
    pub async fn pick(&self, ticket: TicketId) {
        map::pick(self, ticket.seat).await;
    }

    /// Holds what is picked, and returns the booking that the browser is led to.
    pub async fn hold(&self) -> BookingId {
        self.press("hold-button").await;
        self.awaits_booking("in_progress").await
    }

    /// Waits until the page of a booking says this status, and returns the booking.
    pub async fn awaits_booking(&self, status: &str) -> BookingId {
        self.sees(&format!("[data-testid='booking-status'][data-status='{status}']")).await;
        self.await_life().await;
        let address = self.address();
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let id = path.rsplit('/').next().unwrap_or_default();
        id.parse().unwrap_or_else(|_| panic!("{address} is a booking"))
    }

    /// Pays on the page of a booking, with a card of the sandbox.
    pub async fn pay(&self, token: &str) {
        self.find("#pay-email").fill("fan@example.com", None).await.expect("an e-mail is asked");
        let card = self.find(&format!("input[name='token'][value='{token}']"));
        card.check(None).await.expect(token);
        self.press("pay-button").await;
    }

    /// The address of the page.
    #[must_use]
    pub fn address(&self) -> String {
        self.page.url()
    }

    /// How many cookies the site has left in the browser.
    pub async fn cookie_count(&self) -> usize {
        self.context.cookies(None).await.expect("the cookies").len()
    }

    /// Asserts that nothing on the page is wider than the screen.
    ///
    /// # Panics
    /// When something is; the message names it.
    pub async fn assert_not_sideways(&self) {
        let wide = self.wider_than_the_screen().await;
        assert!(wide.is_empty(), "{} scrolls sideways: {wide:?}", self.address());
    }

    /// What makes the page scroll sideways, if it does.
    pub(crate) async fn wider_than_the_screen(&self) -> Vec<String> {
        self.ask(
            "() => {
                const width = window.innerWidth;
                if (document.documentElement.scrollWidth <= width) return [];
                return [...document.querySelectorAll('body *')]
                    .filter(element => element.getBoundingClientRect().right > width + 0.5)
                    .map(element => element.outerHTML.slice(0, 120)).slice(0, 5)
                    .concat(`${document.documentElement.scrollWidth} of ${width} pixels`);
            }",
        )
        .await
    }

    /// Turns the system light or dark.
    pub(crate) async fn turn(&self, scheme: ColorScheme) {
        let media = EmulateMediaOptions::builder().color_scheme(scheme).build();
        self.page.emulate_media(media).await.expect("a system in light or dark");
    }

    /// Keeps a picture of the whole page. A page that is gone leaves none.
    pub(crate) async fn photograph(&self, path: &Path) {
        let folder = path.parent().expect("a folder for the picture");
        std::fs::create_dir_all(folder).expect("a folder for the picture");
        let options = ScreenshotOptions::builder()
            .full_page(true)
            .animations(Animations::Disabled)
            .timeout(Duration::from_secs(10).as_millis() as f64)
            .build();
        if let Err(error) = self.page.screenshot_to_file(path, options).await {
            eprintln!("no picture at {}: {error}", path.display());
        }
    }

    /// Lets complaints of the browser pass that contain these words.
    pub fn expect_complaint(&self, words: &str) {
        self.watch.expect(words);
    }

    /// What pages complained about in the console, besides what is expected.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.watch.complaints()
    }

    pub(crate) async fn leave(&self) {
        // Whoever has left already need not leave again.
        let _ = self.context.close().await;
    }
}
