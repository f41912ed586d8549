//! The protocol: which steps do what, and how a model checker drives them.

use std::sync::Arc;

use onsale_domain::{BookingId, Timestamp, desk::RankedMap};
use stateright::{Model, Property};

use crate::{
    Guards, Scope, Step, World, rules,
    world::{Look, NOW, SeatSet, Task, id_of},
    writer::map_of,
};

/// The protocol, for `B` bookings that are wanted and `S` seats.
#[derive(Debug, Clone)]
pub struct Protocol<const B: usize, const S: usize> {
    pub(crate) wants: [SeatSet; B],
    pub(crate) blocked: SeatSet,
    pub(crate) guards: Guards,
    pub(crate) scope: Scope,
    pub(crate) map: Arc<RankedMap>,
}

impl<const B: usize, const S: usize> Protocol<B, S> {
    /// The protocol with these guards. `wants` has the seats of each booking as bits, and `blocked`
    /// those that the organiser withholds.
    #[must_use]
    pub fn new(wants: [u16; B], blocked: u16, scope: Scope, guards: Guards) -> Self {
        let blocked = SeatSet(blocked);
        Self { wants: wants.map(SeatSet), blocked, guards, scope, map: map_of(S) }
    }

    /// The world in which it begins.
    #[must_use]
    pub fn beginning(&self) -> World<B, S> {
        World::new(self.blocked, self.scope.tries)
    }

    /// Whether a booking is told in brief.
    pub(crate) fn is_brief(&self, booking: usize) -> bool {
        u8::try_from(booking).is_ok_and(|booking| self.scope.is_brief(booking))
    }

    /// The id of a booking.
    #[must_use]
    pub const fn id_of(&self, booking: usize) -> BookingId {
        id_of(booking)
    }

    /// The present, in every world.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        NOW
    }

    /// Lets a step happen. `false` when it cannot, or nobody would notice.
    pub fn happen(&self, world: &mut World<B, S>, step: Step) -> bool {
        let at = usize::from;
        if !self.scope.allows(step) {
            return false;
        }
        let happened = match step {
            Step::Tick => world.tick(),
            Step::Decide { writer, booking } => self.decide(world, at(writer), at(booking)),
            Step::Place { writer } => self.place(world, at(writer)),
            Step::Restart { writer } => self.restart(world, at(writer)),
            Step::Begin { booking } => self.begin(world, at(booking)),
            Step::Release { booking } => self.release(world, at(booking)),
            Step::Cancel { booking } => self.cancel(world, at(booking)),
            Step::Commit { booking, slot } => self.commit(world, at(booking), at(slot)),
            Step::Abort { booking, slot } => world.open[at(booking)][at(slot)].take().is_some(),
            Step::Create { booking, task, answer } => {
                self.create_intent(world, at(booking), at(task), answer)
            }
            Step::Record { booking, task } => self.record_intent(world, at(booking), at(task)),
            Step::Confirm { booking, task, answer } => {
                self.confirm_intent(world, at(booking), at(task), answer)
            }
            Step::NoteFailure { booking, task } => self.note_failure(world, at(booking), at(task)),
            Step::Die { booking, task } => {
                std::mem::replace(&mut world.tasks[at(booking)][at(task)], Task::Idle) != Task::Idle
            }
            Step::Settle { booking, intent, ending } => world.settle(at(booking), intent, ending),
            Step::Deliver { booking, intent } => self.deliver(world, at(booking), intent),
            Step::Apply { booking, intent } => self.apply_news(world, at(booking), intent),
            Step::Processed { booking, intent } => self.news_processed(world, at(booking), intent),
            Step::NewsOfCancel { booking, .. } => {
                let before = (world.payments[at(booking)], world.state(at(booking)));
                self.intent_cancelled(world, at(booking))
                    && (world.payments[at(booking)], world.state(at(booking))) != before
            }
            Step::Look { booking } => self.look(world, at(booking)),
            Step::GoOn { booking } => self.go_on(world, at(booking)),
            Step::Stop { booking } => {
                std::mem::replace(&mut world.looks[at(booking)], Look::Idle) != Look::Idle
            }
            Step::Expire { booking } => self.expire(world, at(booking)),
            Step::AtOnce { booking } => self.at_once(world, at(booking)),
        };
        world.tidy();
        happened
    }
}

impl<const B: usize, const S: usize> Model for Protocol<B, S> {
    type State = World<B, S>;
    type Action = Step;

    fn init_states(&self) -> Vec<World<B, S>> {
        vec![self.beginning()]
    }

    fn actions(&self, world: &World<B, S>, steps: &mut Vec<Step>) {
        world.list_steps(steps);
    }

    fn next_state(&self, world: &World<B, S>, step: Step) -> Option<World<B, S>> {
        let mut next = world.clone();
        self.happen(&mut next, step).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        rules::properties()
    }
}
