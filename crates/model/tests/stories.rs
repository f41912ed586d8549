//! The stories that the protocol is made for can be told in the model: it proves nothing about what
//! cannot happen in it.

#![allow(clippy::expect_used, missing_docs)]

use onsale_domain::{booking::BookingState, ticket::TicketState};
use onsale_model::{Answer, Ending, Guards, Protocol, Scope, Step, World};

/// Two buyers of the same two seats.
struct Story {
    protocol: Protocol<2, 2>,
    world: World<2, 2>,
}

impl Story {
    fn begin() -> Self {
        let protocol = Protocol::new([0b11, 0b11], 0, Scope::everything(2), Guards::ALL);
        let world = protocol.beginning();
        Self { protocol, world }
    }

    fn then(&mut self, step: Step) {
        let happened = self.protocol.happen(&mut self.world, step);
        assert!(happened, "{step:?} in {:#?}", self.world);
    }

    /// Who of two that are alike is first, the world does not say.
    fn one_of(&mut self, steps: [Step; 2]) {
        let happened = steps.into_iter().any(|step| self.protocol.happen(&mut self.world, step));
        assert!(happened, "{steps:?} in {:#?}", self.world);
    }

    fn hold(&mut self, booking: u8) {
        self.then(Step::Decide { writer: 0, booking });
        self.place();
    }

    fn place(&mut self) {
        self.one_of([0, 1].map(|writer| Step::Place { writer }));
    }

    /// Until the provider works on it.
    fn pay(&mut self, booking: u8) {
        self.then(Step::Begin { booking });
        self.one_of([0, 1].map(|slot| Step::Commit { booking, slot }));
        let answer = Answer::Given;
        self.one_of([0, 1].map(|task| Step::Create { booking, task, answer }));
        self.one_of([0, 1].map(|task| Step::Record { booking, task }));
        self.one_of([0, 1].map(|task| Step::Confirm { booking, task, answer }));
    }

    /// The money is there, and the news of it is applied.
    fn news_of_money(&mut self, booking: u8) {
        self.then(Step::Settle { booking, intent: 0, ending: Ending::Paid });
        self.then(Step::Deliver { booking, intent: 0 });
        self.then(Step::Apply { booking, intent: 0 });
        self.then(Step::Processed { booking, intent: 0 });
    }

    fn lapse(&mut self, booking: u8) {
        while self.protocol.happen(&mut self.world, Step::Tick) {}
        self.then(Step::Expire { booking });
    }

    fn state(&self, booking: usize) -> BookingState {
        self.world.state(booking).expect("a booking")
    }

    fn owners(&self) -> [Option<bool>; 2] {
        let first = self.protocol.id_of(0);
        self.world.seats.map(|seat| match seat {
            TicketState::Sold { booking } => Some(booking == first),
            _ => None,
        })
    }
}

#[test]
fn money_in_time_buys_the_seats() {
    let mut story = Story::begin();
    story.hold(0);
    story.pay(0);
    story.news_of_money(0);
    assert_eq!(story.state(0), BookingState::Confirmed);
    assert_eq!(story.owners(), [Some(true); 2]);
}

#[test]
fn late_money_takes_the_same_seats_again() {
    let mut story = Story::begin();
    story.hold(0);
    story.pay(0);
    story.lapse(0);
    assert_eq!(story.world.seats, [TicketState::Available; 2]);
    story.news_of_money(0);
    assert_eq!(story.state(0), BookingState::Confirmed);
    assert_eq!(story.owners(), [Some(true); 2]);
}

#[test]
fn late_money_whose_seats_are_gone_goes_back() {
    let mut story = Story::begin();
    story.hold(0);
    story.pay(0);
    story.lapse(0);
    story.hold(1);
    story.pay(1);
    story.news_of_money(1);
    story.news_of_money(0);
    assert_eq!(story.state(0), BookingState::RefundDue);
    story.then(Step::Look { booking: 0 });
    story.then(Step::GoOn { booking: 0 });
    // The worker dies before it has noted the refund; another asks for it again.
    story.then(Step::Stop { booking: 0 });
    story.then(Step::Look { booking: 0 });
    story.then(Step::GoOn { booking: 0 });
    story.then(Step::GoOn { booking: 0 });
    assert_eq!(story.state(0), BookingState::Refunded);
    assert_eq!(story.world.kept(0).count(), 0);
    assert_eq!(story.state(1), BookingState::Confirmed);
    assert_eq!(story.owners(), [Some(false); 2]);
}

#[test]
fn news_that_is_lost_is_asked_for() {
    let mut story = Story::begin();
    story.hold(0);
    story.pay(0);
    story.then(Step::Settle { booking: 0, intent: 0, ending: Ending::Paid });
    for step in [Step::Look { booking: 0 }, Step::GoOn { booking: 0 }, Step::GoOn { booking: 0 }] {
        story.then(step);
    }
    assert_eq!(story.state(0), BookingState::Confirmed);
    // The news comes after all, and again.
    story.then(Step::Deliver { booking: 0, intent: 0 });
    assert!(!story.protocol.happen(&mut story.world, Step::Deliver { booking: 0, intent: 0 }));
    assert!(!story.protocol.happen(&mut story.world, Step::Apply { booking: 0, intent: 0 }));
}

#[test]
fn a_writer_with_a_stale_desk_is_refused_by_the_guard() {
    let mut story = Story::begin();
    story.then(Step::Decide { writer: 0, booking: 0 });
    story.one_of([0, 1].map(|writer| Step::Decide { writer, booking: 1 }));
    story.place();
    story.place();
    let made = [0, 1].map(|booking| story.world.state(booking).is_some());
    assert_ne!(made[0], made[1], "{:#?}", story.world);
}

#[test]
fn a_hold_that_lost_a_seat_while_it_was_extended_is_not_extended() {
    let mut story = Story::begin();
    story.hold(0);
    story.then(Step::Tick);
    story.then(Step::Begin { booking: 0 });
    story.then(Step::Tick);
    story.hold(1);
    story.one_of([0, 1].map(|slot| Step::Commit { booking: 0, slot }));
    let now = story.protocol.now();
    assert!(story.state(0).is_lapsed(now) && !story.state(1).is_lapsed(now));
}
