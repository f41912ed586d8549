//! Server-sent events.

use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

/// A stream of events. It ends when it is dropped; while it lives, the browser connects again by
/// itself after every interruption.
pub(crate) struct EventStream {
    source: EventSource,
    _listeners: Vec<Closure<dyn FnMut(MessageEvent)>>,
}

impl EventStream {
    /// Opens the stream at a path and hands the data of each event of these names to `take`.
    /// `None` where the browser has no such thing.
    pub(crate) fn open(
        path: &str,
        names: &[&'static str],
        take: impl Fn(&'static str, &str) + Clone + 'static,
    ) -> Option<Self> {
        let source = EventSource::new(path).ok()?;
        let listener = |name: &'static str| {
            let take = take.clone();
            let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                take(name, &event.data().as_string().unwrap_or_default());
            });
            let function = closure.as_ref().unchecked_ref();
            source.add_event_listener_with_callback(name, function).ok()?;
            Some(closure)
        };
        let listeners = names.iter().map(|name| listener(name)).collect::<Option<Vec<_>>>()?;
        Some(Self { source, _listeners: listeners })
    }

    /// Whether events can come at this moment.
    pub(crate) fn is_open(&self) -> bool {
        self.source.ready_state() == EventSource::OPEN
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.source.close();
    }
}

/// The bytes that were written in base64; `None` when they were not.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let binary = window().atob(text).ok()?;
    binary.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect()
}
