//! A real browser without a window and without a graphics card: it draws with the processor.

use std::{collections::HashMap, fs};

use playwright_rs::{
    Browser, BrowserContext, BrowserContextOptions, Page, Playwright, Viewport, api::LaunchOptions,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::BenchError;

/// As a frame is over the next begins, so that what a frame takes can be seen.
const ARGUMENTS: [&str; 8] = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--enable-unsafe-swiftshader",
    "--disable-frame-rate-limit",
    "--disable-gpu-vsync",
];
/// How long anything may take: the baseline is slow.
const PATIENCE_MILLIS: f64 = 300_000.0;

/// A running browser.
pub struct Chromium {
    playwright: Playwright,
    browser: Browser,
}

/// A page in a profile of its own: nothing is cached.
pub struct Tab {
    context: BrowserContext,
    page: Page,
}

fn broken(what: &'static str) -> impl Fn(playwright_rs::Error) -> BenchError {
    move |error| BenchError::new(what, error)
}

impl Chromium {
    /// Starts the browser that `ONSALE_CHROMIUM` names.
    pub async fn start() -> Result<Self, BenchError> {
        let program = std::env::var("ONSALE_CHROMIUM")
            .map_err(|_| BenchError::new("ONSALE_CHROMIUM", "start with `cargo xtask bench`"))?;
        let playwright = Playwright::launch().await.map_err(broken("the driver"))?;
        let options = LaunchOptions::new()
            .executable_path(program)
            .headless(true)
            .args(ARGUMENTS.map(str::to_owned).to_vec());
        let browser = playwright.chromium().launch_with_options(options).await;
        Ok(Self { browser: browser.map_err(broken("Chromium"))?, playwright })
    }

    /// A blank page of 1440 by 900 pixels with so many dots each, with a script that runs first.
    pub async fn tab(&self, density: f64, script: &str) -> Result<Tab, BenchError> {
        let options = BrowserContextOptions::builder()
            .viewport(Viewport { width: 1440, height: 900 })
            .device_scale_factor(density)
            .color_scheme("light".to_owned())
            .build();
        let context = self.browser.new_context_with_options(options).await;
        let context = context.map_err(broken("a browser context"))?;
        context.set_default_timeout(PATIENCE_MILLIS).await;
        context.set_default_navigation_timeout(PATIENCE_MILLIS).await;
        context.add_init_script(script).await.map_err(broken("the probe"))?;
        let page = context.new_page().await.map_err(broken("a page"))?;
        Ok(Tab { context, page })
    }

    /// Ends browser and driver.
    pub async fn stop(&self) {
        // Whoever does not end by being asked ends with us.
        let _ = self.browser.close().await;
        let _ = self.playwright.shutdown().await;
    }
}

impl Tab {
    /// Goes to an address.
    pub async fn open(&self, url: &str) -> Result<(), BenchError> {
        self.page.goto(url, None).await.map(drop).map_err(broken("a page"))
    }

    /// What a function comes to in the page.
    pub async fn ask<T: DeserializeOwned>(&self, function: &str) -> Result<T, BenchError> {
        self.ask_with(function, &()).await
    }

    /// What a function comes to in the page when it is given this.
    pub async fn ask_with<A: Serialize, T: DeserializeOwned>(
        &self,
        function: &str,
        given: &A,
    ) -> Result<T, BenchError> {
        let answer = self.page.evaluate(function, Some(given)).await;
        answer.map_err(|error| BenchError::new(function, error))
    }

    /// Leaves.
    pub async fn close(self) {
        // Whoever has left already need not leave again.
        let _ = self.context.close().await;
    }
}

/// The memory of the largest process of ours that runs a page, in megabytes.
pub fn page_memory_mb() -> f64 {
    let processes = processes();
    let is_ours = |mut id: u32| {
        while let Some((parent, _)) = processes.get(&id) {
            if *parent == std::process::id() {
                return true;
            }
            id = *parent;
        }
        false
    };
    let pages = processes.iter().filter(|(id, (_, is_page))| *is_page && is_ours(**id));
    pages.map(|(id, _)| resident_mb(*id)).fold(0.0, f64::max)
}

/// The parent of every process, and whether it runs a page.
fn processes() -> HashMap<u32, (u32, bool)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name before it may hold anything, parentheses too.
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        let command = fs::read_to_string(format!("/proc/{id}/cmdline")).ok()?;
        Some((id, (parent, command.contains("--type=renderer"))))
    })
    .collect()
}

fn resident_mb(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1024.0
}
