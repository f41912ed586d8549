//! What pages complain about in the console.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use playwright_rs::{BrowserContext, Result};

/// The browser reports a breach of the content security policy in words that change from version
/// to version; this says it in ours.
const REPORT_BREACHES: &str = "addEventListener('securitypolicyviolation', event => \
     console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`));";

/// Complaints of all pages of one visitor.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watch {
    complaints: Arc<Mutex<Vec<String>>>,
    expected: Arc<Mutex<Vec<String>>>,
}

impl Watch {
    /// Listens from now on.
    pub(crate) async fn over(context: &BrowserContext) -> Result<Self> {
        let watch = Self::default();
        let complaints = Arc::clone(&watch.complaints);
        context
            .on_console(move |message| {
                if message.type_() == "error" {
                    let place = &message.location().url;
                    lock(&complaints).push(format!("console: {} ({place})", message.text()));
                }
                async { Ok(()) }
            })
            .await?;
        let complaints = Arc::clone(&watch.complaints);
        context
            .on_weberror(move |error| {
                lock(&complaints).push(format!("uncaught: {}", error.error()));
                async { Ok(()) }
            })
            .await?;
        context.add_init_script(REPORT_BREACHES).await?;
        Ok(watch)
    }

    /// Lets complaints pass that contain these words.
    pub(crate) fn expect(&self, words: &str) {
        lock(&self.expected).push(words.to_owned());
    }

    /// What was complained about, besides what was expected.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let expected = lock(&self.expected).clone();
        let is_expected = |complaint: &&String| expected.iter().any(|it| complaint.contains(it));
        lock(&self.complaints).iter().filter(|it| !is_expected(it)).cloned().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
