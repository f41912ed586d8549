//! The closing run: how a world ends when nobody wants anything any more, everything that was at
//! work has died, every piece of news is lost, and only what can be relied on happens: time passes,
//! the provider comes to an end with what it has begun, and the sweep finds what lies.
//!
//! From a world in which the closing run brings everything to its end, so does every longer story
//! in which these few things keep happening: they are possible again in each world on the way, and
//! worlds are finite in number. So one run for each world shows that everything settles.

use onsale_domain::payment::IntentStanding;

use crate::{
    Ending, Guard, Protocol, Step, World,
    world::{INTENTS, Look, News, Task},
};

/// Rounds of the sweep until nothing more can happen. With all guards far fewer are needed; without
/// one of them, some worlds never come to rest.
const ROUNDS_AT_MOST: usize = 12;

impl<const B: usize, const S: usize> Protocol<B, S> {
    /// How a world ends.
    #[must_use]
    pub fn close(&self, world: &World<B, S>) -> World<B, S> {
        let mut world = world.clone();
        world.open = [[None; 2]; B];
        world.tasks = [[Task::Idle; 2]; B];
        world.looks = [Look::Idle; B];
        for writer in &mut world.writers {
            writer.pending = None;
        }
        for _ in 0..ROUNDS_AT_MOST {
            if !self.sweep_once(&mut world) {
                break;
            }
        }
        world
    }

    /// Whether anything happened.
    fn sweep_once(&self, world: &mut World<B, S>) -> bool {
        let mut happened = false;
        for booking in 0..B as u8 {
            for intent in 0..INTENTS as u8 {
                let step = Step::Settle { booking, intent, ending: Ending::Paid };
                happened |= self.happen(world, step);
                happened |= self.apply_stored(world, booking, intent);
            }
            happened |= self.look_at_forgotten(world, booking);
        }
        if !happened {
            while self.happen(world, Step::Tick) {
                happened = true;
            }
        }
        for booking in 0..B as u8 {
            happened |=
                self.guards.has(Guard::HoldSweep) && self.happen(world, Step::Expire { booking });
        }
        happened
    }

    /// Stored news is found again and applied.
    fn apply_stored(&self, world: &mut World<B, S>, booking: u8, intent: u8) -> bool {
        let is_stored = world.intents[usize::from(booking)][usize::from(intent)]
            .is_some_and(|intent| intent.news == News::Stored);
        if !is_stored || !self.guards.has(Guard::InboxSweep) {
            return false;
        }
        if self.happen(world, Step::Apply { booking, intent }) {
            self.happen(world, Step::Commit { booking, slot: 0 });
            self.happen(world, Step::Commit { booking, slot: 1 });
        }
        self.happen(world, Step::Processed { booking, intent })
    }

    /// A forgotten payment is looked at, by a worker that does not die.
    fn look_at_forgotten(&self, world: &mut World<B, S>, booking: u8) -> bool {
        let at = usize::from(booking);
        let Some(state) = world.state(at) else { return false };
        let sweep = match world.payments[at].intent {
            _ if state.must_give_back() => Guard::RefundSweep,
            Some(_) => Guard::Reconciler,
            None => Guard::AbandonedSweep,
        };
        if !self.guards.has(sweep) || !world.payments[at].facts().is_forgotten(state) {
            return false;
        }
        if self.happen(world, Step::AtOnce { booking }) {
            return true;
        }
        let before = world.clone();
        self.happen(world, Step::Look { booking });
        while self.happen(world, Step::GoOn { booking }) {}
        for slot in 0..2 {
            self.happen(world, Step::Commit { booking, slot });
        }
        *world != before
    }
}

/// An intent that can still be paid by somebody who knows its id.
pub(crate) fn is_open(standing: IntentStanding) -> bool {
    matches!(standing, IntentStanding::Open | IntentStanding::Processing)
}
