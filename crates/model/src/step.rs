//! Everything that can happen.

use onsale_domain::{booking::BookingState, payment::IntentStanding};

use crate::world::{INTENTS, Look, News, TASKS, Task, WRITERS, World};

/// Something that happens at once. Numbers are positions in the world's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Step {
    /// A second passes.
    Tick,
    /// A writer takes a command, for the first time or again, and decides it at its desk.
    Decide { writer: u8, booking: u8 },
    /// A writer writes what it decided.
    Place { writer: u8 },
    /// A writer dies and another takes its place, or it reads the seats again.
    Restart { writer: u8 },
    /// The buyer pays: the booking's row is locked, and whether the payment may begin is decided.
    Begin { booking: u8 },
    /// The buyer gives the seats back: the row is locked, and whether that can be is decided.
    Release { booking: u8 },
    /// A confirmed booking is cancelled: the row is locked, and whether that can be is decided.
    Cancel { booking: u8 },
    /// An open transaction writes what it decided, and commits.
    Commit { booking: u8, slot: u8 },
    /// The process of an open transaction dies, and the transaction with it.
    Abort { booking: u8, slot: u8 },
    /// The server asks the provider for the intent.
    Create { booking: u8, task: u8, answer: Answer },
    /// The server notes the id of the intent.
    Record { booking: u8, task: u8 },
    /// The server asks the provider to charge the buyer.
    Confirm { booking: u8, task: u8, answer: Answer },
    /// The server notes that the payment failed.
    NoteFailure { booking: u8, task: u8 },
    /// The server dies, or gives up.
    Die { booking: u8, task: u8 },
    /// A payment under way comes to its end at the provider.
    Settle { booking: u8, intent: u8, ending: Ending },
    /// The provider's news that an intent is paid arrives, for the first time or again, and is
    /// stored.
    Deliver { booking: u8, intent: u8 },
    /// A worker takes the news: the booking's row is locked, and what it means is decided.
    Apply { booking: u8, intent: u8 },
    /// The news is noted as applied.
    Processed { booking: u8, intent: u8 },
    /// The provider's news that an intent was cancelled arrives, for the first time or again.
    NewsOfCancel { booking: u8, intent: u8 },
    /// A worker reads a booking and its payment, told to by the sweep, a message or news.
    Look { booking: u8 },
    /// It goes on: asks the provider, or writes what it found out.
    GoOn { booking: u8 },
    /// It dies, or gives up.
    Stop { booking: u8 },
    /// The sweep ends a hold that ran out.
    Expire { booking: u8 },
    /// A payment from its beginning to its end, or a refund, of a booking that is told in brief.
    AtOnce { booking: u8 },
}

/// How a call to the provider ends for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// It was done, or refused, and the caller knows.
    Given,
    /// The card is declined.
    Declined,
    /// It was done, and the answer was lost.
    Lost,
    /// The provider never heard of it.
    Unheard,
}

/// How a payment under way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The money is there.
    Paid,
    /// Less money is there than was asked for.
    Short,
    /// The bank refused after all.
    Failed,
}

impl<const B: usize, const S: usize> World<B, S> {
    /// The steps that may be possible now. Some of them may turn out not to be.
    pub fn list_steps(&self, steps: &mut Vec<Step>) {
        steps.push(Step::Tick);
        for writer in 0..WRITERS as u8 {
            steps.push(Step::Restart { writer });
            match self.writers[usize::from(writer)].pending {
                Some(_) => steps.push(Step::Place { writer }),
                None => steps.extend((0..B as u8).map(|booking| Step::Decide { writer, booking })),
            }
        }
        for booking in 0..B as u8 {
            self.list_of_booking(booking, steps);
            self.list_of_provider(booking, steps);
        }
    }

    fn list_of_booking(&self, booking: u8, steps: &mut Vec<Step>) {
        let at = usize::from(booking);
        let Some(state) = self.state(at) else { return };
        steps.push(Step::AtOnce { booking });
        match state {
            BookingState::InProgress { .. } => steps.extend([
                Step::Begin { booking },
                Step::Release { booking },
                Step::Expire { booking },
            ]),
            BookingState::Confirmed => steps.push(Step::Cancel { booking }),
            _ => {}
        }
        for slot in 0..2 {
            if self.open[at][usize::from(slot)].is_some() {
                steps.extend([Step::Commit { booking, slot }, Step::Abort { booking, slot }]);
            }
        }
        for task in 0..TASKS as u8 {
            match self.tasks[at][usize::from(task)] {
                Task::Idle => continue,
                Task::Create => {
                    steps.extend([Answer::Given, Answer::Lost].map(|answer| Step::Create {
                        booking,
                        task,
                        answer,
                    }))
                }
                Task::Record { .. } => steps.push(Step::Record { booking, task }),
                Task::Confirm { .. } => steps.extend(
                    [Answer::Given, Answer::Declined, Answer::Unheard]
                        .map(|answer| Step::Confirm { booking, task, answer }),
                ),
                Task::NoteFailure => steps.push(Step::NoteFailure { booking, task }),
            }
            steps.push(Step::Die { booking, task });
        }
        match self.looks[at] {
            Look::Idle => steps.push(Step::Look { booking }),
            _ => steps.extend([Step::GoOn { booking }, Step::Stop { booking }]),
        }
    }

    fn list_of_provider(&self, booking: u8, steps: &mut Vec<Step>) {
        for intent in 0..INTENTS as u8 {
            let Some(at) = &self.intents[usize::from(booking)][usize::from(intent)] else {
                continue;
            };
            match at.standing {
                IntentStanding::Open => {}
                IntentStanding::Processing => steps.extend(
                    [Ending::Paid, Ending::Short, Ending::Failed].map(|ending| Step::Settle {
                        booking,
                        intent,
                        ending,
                    }),
                ),
                IntentStanding::Cancelled => steps.push(Step::NewsOfCancel { booking, intent }),
                IntentStanding::Paid => match at.news {
                    News::Away => steps.push(Step::Deliver { booking, intent }),
                    News::Stored => steps.extend([
                        Step::Apply { booking, intent },
                        Step::Processed { booking, intent },
                    ]),
                    // Again.
                    News::Processed => steps.push(Step::Deliver { booking, intent }),
                },
            }
        }
    }
}
