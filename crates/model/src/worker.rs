//! The workers: news that is applied, and payments that are looked at.

use onsale_domain::{
    booking::{BookingState, PaymentVerdict},
    payment::{IntentStanding, PaymentDue},
};

use crate::{
    Guard, Protocol, World,
    world::{Intent, Look, NOW, News},
};

impl<const B: usize, const S: usize> Protocol<B, S> {
    /// The provider's news that an intent is paid comes to the inbox.
    pub(crate) fn deliver(&self, world: &mut World<B, S>, booking: usize, intent: u8) -> bool {
        let is_keyed = self.guards.has(Guard::InboxKey);
        match world.intent(booking, intent) {
            Some(intent)
                if intent.standing == IntentStanding::Paid
                    && (intent.news == News::Away || !is_keyed) =>
            {
                std::mem::replace(&mut intent.news, News::Stored) != News::Stored
            }
            _ => false,
        }
    }

    /// All that can happen to the money of a booking that is told in brief: it comes, and goes back
    /// when there are no seats for it.
    pub(crate) fn at_once(&self, world: &mut World<B, S>, booking: usize) -> bool {
        if world.state(booking) == Some(BookingState::RefundDue) {
            return world.give_back(booking, 0, self.guards) && self.refunded(world, booking);
        }
        let is_paid = self.money_came(world, booking, false);
        if is_paid {
            world.pay_at_once(booking);
        }
        is_paid
    }

    /// A worker decides what news of money means.
    pub(crate) fn apply_news(&self, world: &mut World<B, S>, booking: usize, intent: u8) -> bool {
        match world.intent(booking, intent).copied() {
            Some(intent) if intent.news == News::Stored => {
                self.money_came(world, booking, intent.short)
            }
            _ => false,
        }
    }

    /// News that was applied is noted as such. It was when it means nothing any more.
    pub(crate) fn news_processed(
        &self,
        world: &mut World<B, S>,
        booking: usize,
        intent: u8,
    ) -> bool {
        let Some(at) = world.intent(booking, intent).copied() else { return false };
        let is_applied =
            self.verdict(world, booking, at.short) == Some(PaymentVerdict::NothingToDo);
        if at.news == News::Stored && is_applied {
            world.intents[booking][usize::from(intent)] =
                Some(Intent { news: News::Processed, ..at });
            return true;
        }
        false
    }

    /// A worker reads a booking and its payment. Told by news of a failure, by a message or by the
    /// sweep, it may do so at any moment. Where all is settled it would find nothing to do.
    pub(crate) fn look(&self, world: &mut World<B, S>, booking: usize) -> bool {
        let Some(state) = world.state(booking) else { return false };
        let is_settled = matches!(state, BookingState::Confirmed | BookingState::Refunded);
        if world.looks[booking] != Look::Idle || is_settled {
            return false;
        }
        world.looks[booking] = match world.payments[booking].intent {
            None => Look::NoIntent,
            Some(intent) if state.must_give_back() => Look::GiveBack { intent },
            Some(intent) => Look::Ask { intent, must_cancel: state.must_cancel_intent() },
        };
        true
    }

    /// It goes on by one step.
    pub(crate) fn go_on(&self, world: &mut World<B, S>, booking: usize) -> bool {
        let next = match world.looks[booking] {
            Look::Idle => return false,
            Look::NoIntent => match self.payment_failed(world, booking) {
                true => Look::Idle,
                false => return false,
            },
            Look::GiveBack { intent } => match world.give_back(booking, intent, self.guards) {
                true => Look::GivenBack,
                false => Look::Idle,
            },
            Look::GivenBack => match self.refunded(world, booking) {
                true => Look::Idle,
                false => return false,
            },
            Look::Ask { intent, must_cancel } => match world.intent(booking, intent) {
                Some(at) => match as_read(must_cancel).due(at.standing) {
                    PaymentDue::Wait => Look::Idle,
                    due => Look::Due { intent, due },
                },
                None => Look::Idle,
            },
            Look::Due { intent, due } => match self.do_what_is_due(world, booking, intent, due) {
                Some(next) => next,
                None => return false,
            },
            Look::Cancelled => match self.intent_cancelled(world, booking) {
                true => Look::Idle,
                false => return false,
            },
        };
        world.looks[booking] = next;
        true
    }

    /// `None` when it must wait for a lock.
    fn do_what_is_due(
        &self,
        world: &mut World<B, S>,
        booking: usize,
        number: u8,
        due: PaymentDue,
    ) -> Option<Look> {
        let intent = world.intent(booking, number)?;
        match due {
            PaymentDue::TakeMoney => {
                let short = intent.short;
                if !self.can_lock(world, booking) {
                    return None;
                }
                self.money_came(world, booking, short);
                Some(Look::Idle)
            }
            PaymentDue::CancelIntent if intent.standing == IntentStanding::Open => {
                intent.standing = IntentStanding::Cancelled;
                Some(Look::Cancelled)
            }
            PaymentDue::CancelIntent | PaymentDue::Wait => Some(Look::Idle),
            PaymentDue::NoteCancelled => {
                let is_noted = self.payment_failed(world, booking);
                (is_noted && self.intent_cancelled(world, booking)).then_some(Look::Idle)
            }
            PaymentDue::NoteFailure => self.payment_failed(world, booking).then_some(Look::Idle),
        }
    }
}

/// A booking of which a worker has read whether its intent must be cancelled, and no more that it
/// decides by.
const fn as_read(must_cancel: bool) -> BookingState {
    match must_cancel {
        true => BookingState::Expired { payment_open: true },
        false => {
            BookingState::InProgress { held_until: NOW, extended: false, payment_processing: true }
        }
    }
}
