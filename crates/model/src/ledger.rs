//! What the statements of the store do. Each function here is one transaction, or the second half
//! of one whose first half locked the booking's row and decided.

use onsale_domain::{
    Currency, Money, Timestamp,
    booking::{BookingState, CancelVerdict, PaymentVerdict, ReleaseVerdict},
    ticket::TicketState,
};

use crate::{
    Guard, Protocol, World,
    world::{HOLD_SECONDS, NOW, RULES, Row, SeatSet, Task, Transaction, id_of, in_seconds},
};

/// What a booking costs.
pub(crate) fn total_of(wanted: SeatSet) -> Money {
    Money::new(100 * wanted.count() as i64, Currency::EUR)
}

impl<const B: usize, const S: usize> Protocol<B, S> {
    /// Whether a transaction can lock the booking's row now.
    pub(crate) fn can_lock(&self, world: &World<B, S>, booking: usize) -> bool {
        !self.guards.has(Guard::RowLock) || world.open[booking].iter().all(Option::is_none)
    }

    /// Locks the booking's row and keeps what was decided about it.
    ///
    /// While the row is locked, nobody changes what was decided by, except that time passes and
    /// seats change hands. That matters to a payment that begins: it is decided by the clock and
    /// written to the seats. The others are written at once.
    pub(crate) fn open(
        &self,
        world: &mut World<B, S>,
        booking: usize,
        transaction: Transaction,
    ) -> bool {
        let free = world.open[booking].iter().position(Option::is_none);
        match free {
            Some(slot) if self.can_lock(world, booking) => {
                world.open[booking][slot] = Some(transaction);
                let waits = matches!(transaction, Transaction::Begin { .. });
                waits || !self.guards.has(Guard::RowLock) || self.commit(world, booking, slot)
            }
            _ => false,
        }
    }

    /// Places a hold: a booking and its seats, under their guards. `false` when it cannot be had.
    pub(crate) fn place_hold(&self, world: &mut World<B, S>, booking: usize) -> bool {
        if world.bookings[booking].is_some() && self.guards.has(Guard::BookingOnce) {
            return false;
        }
        let unguarded = !self.guards.has(Guard::HoldCondition);
        let taken: Vec<usize> = self.wants[booking]
            .seats()
            .filter(|seat| unguarded || world.seats[*seat].may_be_held(NOW))
            .collect();
        if taken.len() < self.wants[booking].count() && self.guards.has(Guard::HoldCount) {
            return false;
        }
        let until = in_seconds(HOLD_SECONDS);
        for seat in taken {
            world.seats[seat] = TicketState::Held { booking: id_of(booking), until };
        }
        let state = BookingState::InProgress {
            held_until: until,
            extended: false,
            payment_processing: false,
        };
        world.bookings[booking] = Some(Row { state, placed_at: NOW, extensions: 0 });
        true
    }

    /// Decides whether a payment may begin.
    pub(crate) fn begin(&self, world: &mut World<B, S>, booking: usize) -> bool {
        let Some(row) = world.bookings[booking] else { return false };
        let busy = world.tasks[booking].iter().filter(|task| **task != Task::Idle).count();
        let has_room = busy < usize::from(self.scope.requests);
        if world.payments[booking].tries_left == 0 || !has_room {
            return false;
        }
        let mut state = row.state;
        let barely_alive = NOW.plus_millis(1);
        if let BookingState::InProgress { held_until, extended, .. } = &mut state {
            if !self.guards.has(Guard::LivingHold) {
                *held_until = (*held_until).max(barely_alive);
            }
            *extended &= self.guards.has(Guard::ExtensionOnce);
        }
        match state.begin_payment(row.placed_at, NOW, RULES) {
            Ok(until) if until == barely_alive => {
                self.open(world, booking, Transaction::Begin { until: NOW })
            }
            Ok(until) => self.open(world, booking, Transaction::Begin { until }),
            Err(_) => false,
        }
    }

    /// Decides whether the seats can be given back.
    pub(crate) fn release(&self, world: &mut World<B, S>, booking: usize) -> bool {
        match world.state(booking).map(BookingState::release) {
            Some(Ok(ReleaseVerdict::FreeSeats)) => self.open(world, booking, Transaction::Release),
            _ => false,
        }
    }

    /// Decides whether the booking can be cancelled.
    pub(crate) fn cancel(&self, world: &mut World<B, S>, booking: usize) -> bool {
        match world.state(booking).map(|state| state.cancel(NOW, None)) {
            Some(Ok(CancelVerdict::FreeSeatsAndRefund)) => {
                self.open(world, booking, Transaction::Cancel)
            }
            _ => false,
        }
    }

    /// Decides what money that has come means.
    pub(crate) fn money_came(&self, world: &mut World<B, S>, booking: usize, short: bool) -> bool {
        let Some(verdict) = self.verdict(world, booking, short) else { return false };
        verdict != PaymentVerdict::NothingToDo
            && self.open(world, booking, Transaction::Money { verdict })
    }

    /// What money that has come means now.
    pub(crate) fn verdict(
        &self,
        world: &World<B, S>,
        booking: usize,
        short: bool,
    ) -> Option<PaymentVerdict> {
        let mut state = world.state(booking)?;
        if !self.guards.has(Guard::Absorption) {
            state = BookingState::Expired { payment_open: true };
        }
        let total = total_of(self.wants[booking]);
        let is_short = short && self.guards.has(Guard::AmountCheck);
        let paid = Money::new(total.minor - i64::from(is_short), total.currency);
        Some(state.payment_succeeded(paid, total, false))
    }

    /// Writes what an open transaction has decided.
    pub(crate) fn commit(&self, world: &mut World<B, S>, booking: usize, slot: usize) -> bool {
        let Some(transaction) = world.open[booking][slot].take() else { return false };
        match transaction {
            Transaction::Begin { until } => self.write_begun(world, booking, until),
            Transaction::Money { verdict } => self.write_money(world, booking, verdict),
            Transaction::Release => {
                let payment_open = self.may_bring_money(world, booking);
                self.end(world, booking, BookingState::Released { payment_open });
            }
            Transaction::Cancel => {
                self.leave(world, booking, BookingState::RefundDue);
                match self.guards.has(Guard::CancelAtOnce) {
                    true => free_sold(world, booking),
                    false => world.open[booking][slot] = Some(Transaction::FreeSold),
                }
            }
            Transaction::FreeSold => free_sold(world, booking),
        }
        true
    }

    fn write_begun(&self, world: &mut World<B, S>, booking: usize, until: Timestamp) {
        let Some(task) = world.tasks[booking].iter().position(|task| *task == Task::Idle) else {
            return;
        };
        let id = id_of(booking);
        let has_all = self.wants[booking].seats().all(|seat| world.seats[seat].is_held_by(id));
        let Some(row) = &mut world.bookings[booking] else { return };
        let BookingState::InProgress { held_until, extended, .. } = row.state else { return };
        let extends = until > held_until;
        if extends && !has_all && self.guards.has(Guard::ExtensionCount) {
            return;
        }
        row.state = BookingState::InProgress {
            held_until: until.max(held_until),
            extended: extended || extends,
            payment_processing: true,
        };
        row.extensions += u8::from(extends);
        if extends {
            for seat in &mut world.seats {
                *seat = seat.with_hold_extended(id, until);
            }
        }
        let payment = &mut world.payments[booking];
        payment.tries_left = payment.tries_left.saturating_sub(1);
        world.tasks[booking][task] = match payment.intent {
            Some(intent) => Task::Confirm { intent },
            None => Task::Create,
        };
    }

    fn write_money(&self, world: &mut World<B, S>, booking: usize, verdict: PaymentVerdict) {
        let is_sold = verdict == PaymentVerdict::ClaimSeats && self.sell(world, booking);
        match is_sold {
            true => self.leave(world, booking, BookingState::Confirmed),
            false => self.end(world, booking, BookingState::RefundDue),
        }
        let payment = &mut world.payments[booking];
        payment.succeeded = true;
        payment.cancelled = false;
    }

    /// Sells a booking its seats. `false`, and nothing changed, when one cannot be had.
    fn sell(&self, world: &mut World<B, S>, booking: usize) -> bool {
        let id = id_of(booking);
        let unguarded = !self.guards.has(Guard::SaleCondition);
        let sold: Vec<usize> = self.wants[booking]
            .seats()
            .filter(|seat| unguarded || world.seats[*seat].may_be_sold_to(id, NOW))
            .collect();
        if sold.len() < self.wants[booking].count() && self.guards.has(Guard::SaleCount) {
            return false;
        }
        for seat in sold {
            world.seats[seat] = TicketState::Sold { booking: id };
        }
        true
    }

    /// Ends a hold that ran out.
    pub(crate) fn expire(&self, world: &mut World<B, S>, booking: usize) -> bool {
        let is_lapsed = world.state(booking).is_some_and(|state| state.is_lapsed(NOW));
        if !is_lapsed || !self.can_lock(world, booking) {
            return false;
        }
        let payment_open = self.may_bring_money(world, booking);
        self.end(world, booking, BookingState::Expired { payment_open });
        true
    }

    /// Whether a booking that ends now may still be paid for. One that is told in brief may always.
    fn may_bring_money(&self, world: &World<B, S>, booking: usize) -> bool {
        let is_processing = world.state(booking).is_some_and(BookingState::awaits_payment);
        let may = world.payments[booking].facts().may_bring_money(is_processing);
        self.is_brief(booking) || (may && self.guards.has(Guard::ToldLast))
    }

    /// Notes that the payment under way failed; of a booking that has ended, that there is no
    /// intent. `false` when that must wait for a lock.
    pub(crate) fn payment_failed(&self, world: &mut World<B, S>, booking: usize) -> bool {
        if !self.can_lock(world, booking) {
            return false;
        }
        let has_intent = world.payments[booking].intent.is_some();
        if let Some(row) = &mut world.bookings[booking] {
            match &mut row.state {
                BookingState::InProgress { payment_processing, .. } => *payment_processing = false,
                state if state.is_closing() && !has_intent => close(state),
                _ => {}
            }
        }
        true
    }

    /// Notes that the intent is cancelled. `false` when that must wait for a lock.
    pub(crate) fn intent_cancelled(&self, world: &mut World<B, S>, booking: usize) -> bool {
        if !self.can_lock(world, booking) {
            return false;
        }
        let payment = &mut world.payments[booking];
        payment.cancelled |= !payment.succeeded;
        if let Some(row) = &mut world.bookings[booking]
            && row.state.is_closing()
        {
            close(&mut row.state);
        }
        true
    }

    /// Notes that the money went back. `false` when that must wait for a lock.
    pub(crate) fn refunded(&self, world: &mut World<B, S>, booking: usize) -> bool {
        if !self.can_lock(world, booking) {
            return false;
        }
        if world.state(booking) == Some(BookingState::RefundDue) {
            self.leave(world, booking, BookingState::Refunded);
            world.payments[booking].refunded = true;
        }
        true
    }

    /// A booking ends without its seats.
    fn end(&self, world: &mut World<B, S>, booking: usize, state: BookingState) {
        self.leave(world, booking, state);
        let listed = self.wants[booking];
        for (number, seat) in world.seats.iter_mut().enumerate() {
            *seat = match *seat {
                TicketState::Held { booking: owner, .. }
                    if listed.has(number) && !self.guards.has(Guard::FreeOnlyOwn) =>
                {
                    seat.without_hold_of(owner)
                }
                TicketState::Sold { .. } if !self.guards.has(Guard::FreeOnlyHeld) => {
                    seat.without_sale_to(id_of(booking))
                }
                _ => seat.without_hold_of(id_of(booking)),
            };
        }
    }

    /// A booking goes on to a state in which neither its hold nor its tries matter.
    fn leave(&self, world: &mut World<B, S>, booking: usize, state: BookingState) {
        if let Some(row) = &mut world.bookings[booking] {
            *row = Row { state, placed_at: NOW, extensions: 0 };
        }
        world.payments[booking].tries_left = 0;
    }
}

/// No money can come any more.
const fn close(state: &mut BookingState) {
    if let BookingState::Expired { payment_open } | BookingState::Released { payment_open } = state
    {
        *payment_open = false;
    }
}

fn free_sold<const B: usize, const S: usize>(world: &mut World<B, S>, booking: usize) {
    for seat in &mut world.seats {
        *seat = seat.without_sale_to(id_of(booking));
    }
}
