//! The browser, and the driver that speaks to it.

use std::{env, path::Path};

use playwright_rs::{
    Browser, BrowserContext, BrowserContextOptions, Playwright, api::LaunchOptions,
};

/// Chromium in a sandbox of its own does not start as root, which tests in containers are.
const ARGUMENTS: [&str; 6] = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
];

/// A running Chromium without a window.
#[derive(Debug)]
pub(crate) struct Chromium {
    playwright: Playwright,
    browser: Browser,
}

impl Chromium {
    /// Starts the browser that `ONSALE_CHROMIUM` names.
    pub(crate) async fn start() -> Self {
        let program = env::var("ONSALE_CHROMIUM")
            .expect("ONSALE_CHROMIUM is not set: start the tests with `cargo xtask test`");
        let playwright = Playwright::launch().await.expect("the driver starts");
        let options = LaunchOptions::new()
            .executable_path(program)
            .headless(true)
            .args(ARGUMENTS.map(str::to_owned).to_vec());
        let browser = playwright.chromium().launch_with_options(options).await;
        Self { browser: browser.expect("Chromium starts"), playwright }
    }

    /// A profile of its own: no cookies, nothing cached.
    pub(crate) async fn new_context(&self, options: BrowserContextOptions) -> BrowserContext {
        self.browser.new_context_with_options(options).await.expect("a browser context")
    }

    /// Ends browser and driver.
    pub(crate) async fn stop(&self) {
        // Whoever does not end by being asked ends with the tests.
        let _ = self.browser.close().await;
        let _ = self.playwright.shutdown().await;
    }
}

/// Where pictures of pages go.
pub(crate) fn screenshots() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/screenshots"))
}
