//! A test on its stage, and what happens when it is over.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use futures::FutureExt;
use onsale_domain::BookingId;
use onsale_testkit::{Stack, StackOptions};

use crate::{
    books::Books,
    browser::screenshots,
    stage::{RUNTIME, Stage},
    usher::Seat,
    visitor::{Device, Visitor},
};

/// What a test works with.
#[derive(Debug)]
pub struct Scene {
    stage: Arc<Stage>,
    visitors: Mutex<Vec<Visitor>>,
}

/// Plays a scene beside others: it must not mind that they take seats, too.
pub fn play(act: impl AsyncFnOnce(&Scene)) {
    perform(Stage::shared(), act);
}

/// Plays a scene in a box office of its own.
pub fn play_on(options: StackOptions, act: impl AsyncFnOnce(&Scene)) {
    perform(Stage::set_up(options), act);
}

fn perform(stage: Arc<Stage>, act: impl AsyncFnOnce(&Scene)) {
    let scene = Scene { stage, visitors: Mutex::default() };
    let outcome = RUNTIME.block_on(async {
        let acted = async {
            act(&scene).await;
            scene.assert_quiet();
        };
        let outcome = AssertUnwindSafe(acted).catch_unwind().await;
        if outcome.is_err() {
            scene.keep_evidence().await;
        }
        scene.see_out().await;
        outcome
    });
    // Before the panic goes on: the stage can only be struck outside of it.
    drop(scene);
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

impl Scene {
    /// Somebody comes in, with a browser profile of their own.
    pub async fn visitor(&self, device: Device) -> Visitor {
        let visitor = Visitor::enter(&self.stage.chromium, &self.stack().url(0), device).await;
        self.visitors.lock().unwrap_or_else(PoisonError::into_inner).push(visitor.clone());
        visitor
    }

    /// The box office.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        self.stage.stack()
    }

    /// Seats side by side in one row of a price category, shown to no other scene.
    pub async fn seats(&self, category: &str, count: usize) -> Vec<Seat> {
        self.stage.usher.seats(&self.stack().buyer(0), category, count).await
    }

    /// What database and payment provider know of a booking.
    #[must_use]
    pub fn books(&self, booking: BookingId) -> Books<'_> {
        Books::new(self.stack(), booking)
    }

    fn visitors(&self) -> Vec<Visitor> {
        self.visitors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn assert_quiet(&self) {
        let complaints: Vec<_> = self.visitors().iter().flat_map(Visitor::complaints).collect();
        assert!(complaints.is_empty(), "pages complained:\n{}", complaints.join("\n"));
    }

    async fn keep_evidence(&self) {
        self.stage.note_failure();
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("scene").replace("::", "-");
        for (number, visitor) in self.visitors().iter().enumerate() {
            let path = screenshots().join(format!("failed/{name}-{number}.png"));
            visitor.photograph(&path).await;
            eprintln!("{} was at {}, see {}", name, visitor.address(), path.display());
            for complaint in visitor.complaints() {
                eprintln!("  {complaint}");
            }
        }
        eprintln!("{}", self.stack().logs());
    }

    async fn see_out(&self) {
        for visitor in self.visitors() {
            visitor.leave().await;
        }
    }
}
