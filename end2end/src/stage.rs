//! What a scene is played on: a box office and a browser.

use std::sync::{
    Arc, LazyLock, Mutex, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
};

use onsale_testkit::{Stack, StackOptions};
use tokio::runtime::Runtime;

use crate::{browser::Chromium, usher::Usher};

/// Outlives every test: the driver's connection would break with the runtime of the test that
/// happened to open it.
pub(crate) static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Runtime::new().expect("a runtime for the tests"));

/// The stage of all tests that are playing now. It is struck when the last of them ends, so no
/// process stays behind; nothing in a static would ever be dropped.
static SHARED: Mutex<Weak<Stage>> = Mutex::new(Weak::new());

/// A box office and a browser.
#[derive(Debug)]
pub struct Stage {
    /// Taken when the stage is struck.
    stack: Option<Stack>,
    pub(crate) chromium: Chromium,
    pub(crate) usher: Usher,
    has_failed: AtomicBool,
}

impl Stage {
    /// Sets up a stage of one's own.
    pub(crate) fn set_up(options: StackOptions) -> Arc<Self> {
        let (stack, chromium) =
            RUNTIME.block_on(async { tokio::join!(Stack::start(options), Chromium::start()) });
        Arc::new(Self {
            stack: Some(stack),
            chromium,
            usher: Usher::default(),
            has_failed: AtomicBool::new(false),
        })
    }

    /// The stage that others are playing on, or a new one.
    pub(crate) fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let stage = Self::set_up(StackOptions::default());
            *shared = Arc::downgrade(&stage);
            stage
        })
    }

    /// The box office.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        self.stack.as_ref().expect("the stage stands")
    }

    /// Keeps the logs when the stage is struck.
    pub(crate) fn note_failure(&self) {
        self.has_failed.store(true, Ordering::Relaxed);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        RUNTIME.block_on(async {
            self.chromium.stop().await;
            match self.stack.take() {
                Some(stack) if !self.has_failed.load(Ordering::Relaxed) => stack.stop().await,
                // Dropping ends the processes and leaves their logs.
                stack => drop(stack),
            }
        });
    }
}
