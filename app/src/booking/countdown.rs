//! The clock of a hold: a ring that empties, and minutes and seconds.

use leptos::prelude::*;

use crate::browser;

/// The circumference of the ring, in tenths of the units of its drawing.
const RING: i64 = 1_257;

/// What is left of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Remaining {
    /// Whole seconds until the hold runs out.
    pub seconds: i64,
    /// Of how many, for the ring.
    pub of_seconds: i64,
}

impl Remaining {
    /// `8:36`.
    pub(super) fn clock(self) -> String {
        let seconds = self.seconds.max(0);
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }

    /// `8 minutes` for screen readers, which need no ticking.
    fn spoken(self) -> String {
        match self.seconds {
            ..=0 => "no time left".to_owned(),
            seconds @ 1..60 => format!("{seconds} seconds left"),
            seconds => format!("about {} minutes left", (seconds + 30) / 60),
        }
    }

    /// How much of the ring is empty.
    fn ring_offset(self) -> String {
        let whole = self.of_seconds.max(1);
        let empty = RING * (whole - self.seconds.clamp(0, whole)) / whole;
        format!("{}.{}", empty / 10, empty % 10)
    }

    const fn is_short(self) -> bool {
        self.seconds < 60
    }
}

/// Shows what is left, starting from what the server said, by a clock of its own: the browser's
/// time of day may be wrong, its seconds are not. Calls `on_end` once it reaches zero.
#[component]
pub(super) fn Countdown(
    /// What was left when the server wrote the page.
    #[prop(into)]
    start: Signal<Remaining>,
    /// Called when nothing is left.
    on_end: Callback<()>,
) -> impl IntoView {
    let left = RwSignal::new(start.get_untracked());
    Effect::new(move |_| {
        let start = start.get();
        let began = browser::now_millis();
        left.set(start);
        browser::every_millis(250, move || {
            let passed = ((browser::now_millis() - began) / 1000.0).floor() as i64;
            let now = Remaining { seconds: (start.seconds - passed).max(0), ..start };
            if left.get_untracked() == now {
                return;
            }
            left.set(now);
            if now.seconds == 0 {
                on_end.run(());
            }
        });
    });
    view! {
        <div class="countdown" class:is-short=move || left.get().is_short() data-testid="countdown">
            <svg class="ring" viewBox="0 0 48 48" aria-hidden="true">
                <circle class="ring-track" cx="24" cy="24" r="20" />
                <circle
                    class="ring-left"
                    cx="24"
                    cy="24"
                    r="20"
                    stroke-dasharray="125.66"
                    stroke-dashoffset=move || left.get().ring_offset()
                />
            </svg>
            <div>
                <span class="clock number" role="timer" aria-label=move || left.get().spoken()>
                    {move || left.get().clock()}
                </span>
                <span class="muted small">"held for you"</span>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(seconds: i64) -> Remaining {
        Remaining { seconds, of_seconds: 600 }
    }

    #[test]
    fn the_clock_never_goes_below_zero() {
        assert_eq!(left(516).clock(), "8:36");
        assert_eq!(left(9).clock(), "0:09");
        assert_eq!(left(-3).clock(), "0:00");
    }

    #[test]
    fn the_ring_is_full_at_first_and_empty_at_last() {
        assert_eq!(left(600).ring_offset(), "0.0");
        assert_eq!(left(900).ring_offset(), "0.0");
        assert_eq!(left(300).ring_offset(), "62.8");
        assert_eq!(left(0).ring_offset(), "125.7");
    }

    #[test]
    fn people_who_listen_hear_minutes() {
        assert_eq!(left(516).spoken(), "about 9 minutes left");
        assert_eq!(left(42).spoken(), "42 seconds left");
    }
}
