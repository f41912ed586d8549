//! The server, paying for a booking: what follows after the payment was allowed to begin.

use onsale_domain::{booking::BookingState, payment::IntentStanding};

use crate::{Answer, Guard, Protocol, World, world::Task};

impl<const B: usize, const S: usize> Protocol<B, S> {
    pub(crate) fn create_intent(
        &self,
        world: &mut World<B, S>,
        booking: usize,
        task: usize,
        answer: Answer,
    ) -> bool {
        if world.tasks[booking][task] != Task::Create {
            return false;
        }
        let Some(intent) = world.create_intent(booking, self.guards) else { return false };
        world.tasks[booking][task] = match answer {
            Answer::Given if self.guards.has(Guard::IntentFirst) => Task::Record { intent },
            Answer::Given => Task::Confirm { intent },
            _ => Task::NoteFailure,
        };
        true
    }

    pub(crate) fn record_intent(
        &self,
        world: &mut World<B, S>,
        booking: usize,
        task: usize,
    ) -> bool {
        let Task::Record { intent } = world.tasks[booking][task] else { return false };
        if !self.can_lock(world, booking) {
            return false;
        }
        let is_awaited = world.state(booking).is_some_and(BookingState::awaits_payment);
        if !is_awaited && self.guards.has(Guard::RecordAwaited) {
            world.tasks[booking][task] = Task::Idle;
            return true;
        }
        let payment = &mut world.payments[booking];
        payment.intent = Some(intent);
        payment.cancelled = false;
        world.tasks[booking][task] = match self.guards.has(Guard::IntentFirst) {
            true => Task::Confirm { intent },
            false => Task::Idle,
        };
        true
    }

    pub(crate) fn confirm_intent(
        &self,
        world: &mut World<B, S>,
        booking: usize,
        task: usize,
        answer: Answer,
    ) -> bool {
        let Task::Confirm { intent: number } = world.tasks[booking][task] else { return false };
        let is_recorded = world.payments[booking].intent == Some(number);
        let next = match self.guards.has(Guard::IntentFirst) || is_recorded {
            true => Task::Idle,
            false => Task::Record { intent: number },
        };
        let Some(intent) = world.intent(booking, number) else { return false };
        let after = match (intent.standing, answer) {
            (_, Answer::Unheard) => next,
            (IntentStanding::Open, Answer::Given) => {
                intent.standing = IntentStanding::Processing;
                next
            }
            (IntentStanding::Open, Answer::Declined) => Task::NoteFailure,
            // It cannot be paid in this state, and the caller hears so.
            (_, Answer::Given) => Task::NoteFailure,
            // A decline or a refusal of which the caller does not hear is like one that never was,
            // and a success of which it does not hear is like one of which it does.
            (_, Answer::Declined | Answer::Lost) => return false,
        };
        world.tasks[booking][task] = after;
        true
    }

    pub(crate) fn note_failure(
        &self,
        world: &mut World<B, S>,
        booking: usize,
        task: usize,
    ) -> bool {
        if world.tasks[booking][task] != Task::NoteFailure || !self.payment_failed(world, booking) {
            return false;
        }
        world.tasks[booking][task] = Task::Idle;
        true
    }
}
