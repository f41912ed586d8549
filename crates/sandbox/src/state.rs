//! All the sandbox knows. Only [`Record`]s change it, so that the journal can tell it all again.

use std::collections::{BTreeSet, HashMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::{
    limits::{ANSWER_AGE_MS, MAX_ANSWERS, MAX_CLOSED_EVENTS},
    model::{Event, EventState, Intent, Refund},
};

/// A change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A new intent, or what an intent has become.
    Intent(Intent),
    /// A new refund, or what a refund has become.
    Refund(Refund),
    /// An answer to remember.
    Answer(Answer),
    /// A new event.
    Event(Event),
    /// An event was delivered once.
    Delivered { event: String, now_ms: i64 },
    /// An event will not be tried again.
    Abandoned { event: String, now_ms: i64 },
    /// An event is to be delivered once more.
    Redelivered { event: String, now_ms: i64 },
}

/// What was answered under an idempotency key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub key: String,
    /// Stands for the call and its parameters.
    pub fingerprint: String,
    pub status: u16,
    pub body: String,
    pub at_ms: i64,
}

/// Objects of one kind, oldest first.
#[derive(Debug)]
pub struct Shelf<T> {
    items: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { items: Vec::new(), places: HashMap::new() }
    }
}

impl<T> Shelf<T> {
    /// The object with this id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.items.get(*self.places.get(id)?)
    }

    /// Where the object with this id stands.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// All objects, oldest first.
    pub fn all(&self) -> &[T] {
        &self.items
    }

    /// Puts an object in the place of the one with its id, which is returned, or at the end.
    fn put(&mut self, id: &str, item: T) -> Option<T> {
        if let Some(place) = self.places.get(id) {
            return self.items.get_mut(*place).map(|old| std::mem::replace(old, item));
        }
        self.places.insert(id.to_owned(), self.items.len());
        self.items.push(item);
        None
    }
}

/// Intents, refunds, answers and events, and what is due when.
#[derive(Debug, Default)]
pub struct State {
    pub intents: Shelf<Intent>,
    pub refunds: Shelf<Refund>,
    answers: HashMap<String, Answer>,
    answer_ages: VecDeque<(i64, String)>,
    events: HashMap<String, Event>,
    closed_events: VecDeque<String>,
    /// Intents and refunds by the time at which they settle, in milliseconds.
    settlements: BTreeSet<(i64, String)>,
    /// Events by the time at which the next attempt is due, in milliseconds; those under way are
    /// not in it.
    deliveries: BTreeSet<(i64, String)>,
}

impl State {
    /// Makes a change.
    pub fn apply(&mut self, record: Record) {
        match record {
            Record::Intent(intent) => {
                let (id, due) = (intent.id.clone(), intent.settles_at_ms);
                let before = self.intents.put(&id, intent).and_then(|old| old.settles_at_ms);
                reschedule(&mut self.settlements, id, before, due);
            }
            Record::Refund(refund) => {
                let (id, due) = (refund.id.clone(), refund.settles_at_ms);
                let before = self.refunds.put(&id, refund).and_then(|old| old.settles_at_ms);
                reschedule(&mut self.settlements, id, before, due);
            }
            Record::Answer(answer) => self.remember(answer),
            Record::Event(event) => self.add_event(event),
            Record::Delivered { event, now_ms } => self.delivered(&event, now_ms),
            Record::Abandoned { event, now_ms } => {
                self.close(&event, EventState::Abandoned, now_ms);
            }
            Record::Redelivered { event, now_ms } => self.redeliver(&event, now_ms),
        }
    }

    /// The answer that was given under a key, unless it is too old.
    pub fn answer(&self, key: &str, now_ms: i64) -> Option<&Answer> {
        self.answers.get(key).filter(|answer| now_ms - answer.at_ms < ANSWER_AGE_MS)
    }

    /// How many answers are remembered.
    pub fn answer_count(&self) -> usize {
        self.answers.len()
    }

    fn remember(&mut self, answer: Answer) {
        let now_ms = answer.at_ms;
        self.answer_ages.push_back((now_ms, answer.key.clone()));
        self.answers.insert(answer.key.clone(), answer);
        while let Some((at_ms, key)) = self.answer_ages.front() {
            if now_ms - at_ms < ANSWER_AGE_MS && self.answer_ages.len() <= MAX_ANSWERS {
                break;
            }
            // A key that was used again after a day has a younger answer, which stays.
            if self.answers.get(key).is_some_and(|answer| answer.at_ms == *at_ms) {
                self.answers.remove(key);
            }
            self.answer_ages.pop_front();
        }
    }

    /// The event with this id.
    pub fn event(&self, id: &str) -> Option<&Event> {
        self.events.get(id)
    }

    /// All events that are kept, in no order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.values()
    }

    /// How many events are not closed yet.
    pub fn open_events(&self) -> usize {
        self.events.len() - self.closed_events.len()
    }

    /// Up to `most` ids of intents and refunds that settle now, and when the next one will.
    pub fn settling(&self, now_ms: i64, most: usize) -> (Vec<String>, Option<i64>) {
        let due = self.settlements.iter().take_while(|(due_ms, _)| *due_ms <= now_ms);
        let due: Vec<_> = due.take(most).map(|(_, id)| id.clone()).collect();
        (due, self.settlements.first().map(|(due_ms, _)| *due_ms))
    }

    /// When the next attempt at a delivery is due.
    pub fn next_delivery_ms(&self) -> Option<i64> {
        self.deliveries.first().map(|(due_ms, _)| *due_ms)
    }

    /// Takes the event whose attempt is most overdue; it is under way until
    /// [`State::postpone`] or a record settles what became of it.
    pub fn take_delivery(&mut self, now_ms: i64) -> Option<&Event> {
        self.deliveries.first().filter(|(due_ms, _)| *due_ms <= now_ms)?;
        let (_, id) = self.deliveries.pop_first()?;
        self.events.get(&id)
    }

    /// Notes a failed attempt; the next one is due at `due_ms`. Not worth a record: after a
    /// restart an event is tried at once.
    pub fn postpone(&mut self, id: &str, due_ms: i64) {
        if let Some(event) = self.events.get_mut(id).filter(|it| it.state == EventState::Pending) {
            self.deliveries.remove(&(event.due_ms, event.id.clone()));
            event.failed_attempts += 1;
            event.due_ms = due_ms;
            self.deliveries.insert((due_ms, id.to_owned()));
        }
    }

    fn add_event(&mut self, event: Event) {
        if event.state == EventState::Pending {
            self.deliveries.insert((event.due_ms, event.id.clone()));
        }
        let closed = event.state.is_closed().then(|| event.id.clone());
        self.events.insert(event.id.clone(), event);
        self.closed_events.extend(closed);
        self.forget_closed();
    }

    fn delivered(&mut self, id: &str, now_ms: i64) {
        let Some(event) = self.events.get_mut(id) else { return };
        event.copies_left = event.copies_left.saturating_sub(1);
        event.failed_attempts = 0;
        if event.copies_left == 0 {
            self.close(id, EventState::Delivered, now_ms);
        } else {
            self.schedule(id, now_ms);
        }
    }

    fn close(&mut self, id: &str, state: EventState, now_ms: i64) {
        let Some(event) = self.events.get_mut(id).filter(|it| !it.state.is_closed()) else {
            return;
        };
        self.deliveries.remove(&(event.due_ms, event.id.clone()));
        event.state = state;
        let then = event.then.take();
        self.closed_events.push_back(id.to_owned());
        // An administrator may have had it delivered already.
        let is_waiting = |it: &Event| it.state == EventState::Waiting;
        if let Some(then) = then.filter(|then| self.events.get(then).is_some_and(is_waiting)) {
            self.schedule(&then, now_ms);
        }
        self.forget_closed();
    }

    fn redeliver(&mut self, id: &str, now_ms: i64) {
        let Some(event) = self.events.get_mut(id) else { return };
        event.copies_left = event.copies_left.max(1);
        event.failed_attempts = 0;
        if event.state.is_closed() {
            self.closed_events.retain(|closed| closed != id);
        }
        self.schedule(id, now_ms);
    }

    /// Makes an event pending and due.
    fn schedule(&mut self, id: &str, due_ms: i64) {
        if let Some(event) = self.events.get_mut(id) {
            self.deliveries.remove(&(event.due_ms, event.id.clone()));
            event.state = EventState::Pending;
            event.due_ms = due_ms;
            self.deliveries.insert((due_ms, id.to_owned()));
        }
    }

    fn forget_closed(&mut self) {
        while self.closed_events.len() > MAX_CLOSED_EVENTS {
            if let Some(id) = self.closed_events.pop_front() {
                self.events.remove(&id);
            }
        }
    }
}

fn reschedule(
    schedule: &mut BTreeSet<(i64, String)>,
    id: String,
    before_ms: Option<i64>,
    due_ms: Option<i64>,
) {
    if let Some(before_ms) = before_ms {
        schedule.remove(&(before_ms, id.clone()));
    }
    schedule.extend(due_ms.map(|due_ms| (due_ms, id)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str, state: EventState, copies_left: u32, then: Option<&str>) -> Record {
        Record::Event(Event {
            id: id.to_owned(),
            kind: "payment_intent.succeeded".to_owned(),
            intent_id: "pi_1".to_owned(),
            body: "{}".to_owned(),
            state,
            copies_left,
            due_ms: 10,
            failed_attempts: 0,
            then: then.map(str::to_owned),
        })
    }

    fn take(state: &mut State, now_ms: i64) -> Option<String> {
        state.take_delivery(now_ms).map(|event| event.id.clone())
    }

    fn delivered(id: &str) -> Record {
        Record::Delivered { event: id.to_owned(), now_ms: 20 }
    }

    fn answer(key: &str, at_ms: i64) -> Record {
        let (fingerprint, body) = (String::new(), String::new());
        Record::Answer(Answer { key: key.to_owned(), fingerprint, status: 200, body, at_ms })
    }

    #[test]
    fn copies_are_delivered_one_after_the_other_and_then_what_waits() {
        let mut state = State::default();
        state.apply(event("second", EventState::Waiting, 1, None));
        state.apply(event("first", EventState::Pending, 2, Some("second")));
        assert_eq!(take(&mut state, 9), None);
        for _ in 0..2 {
            assert_eq!(take(&mut state, 20).as_deref(), Some("first"));
            assert_eq!(take(&mut state, 20), None, "it is under way");
            state.apply(delivered("first"));
        }
        assert_eq!(take(&mut state, 20).as_deref(), Some("second"));
        state.apply(delivered("second"));
        assert_eq!((state.open_events(), state.next_delivery_ms()), (0, None));
    }

    #[test]
    fn what_was_delivered_on_request_no_longer_waits() {
        let mut state = State::default();
        state.apply(event("second", EventState::Waiting, 1, None));
        state.apply(event("first", EventState::Pending, 1, Some("second")));
        state.apply(Record::Redelivered { event: "second".to_owned(), now_ms: 10 });
        state.apply(delivered("second"));
        state.apply(delivered("first"));
        assert_eq!((state.open_events(), state.next_delivery_ms()), (0, None));
        assert_eq!(state.closed_events.len(), 2);
    }

    #[test]
    fn failures_postpone_and_closed_events_come_back_on_request() {
        let mut state = State::default();
        state.apply(event("one", EventState::Pending, 1, None));
        assert!(take(&mut state, 10).is_some());
        state.postpone("one", 1_010);
        assert_eq!(state.next_delivery_ms(), Some(1_010));
        assert_eq!(state.event("one").map(|it| it.failed_attempts), Some(1));
        state.apply(Record::Abandoned { event: "one".to_owned(), now_ms: 20 });
        assert_eq!((state.open_events(), state.next_delivery_ms()), (0, None));
        state.apply(Record::Redelivered { event: "one".to_owned(), now_ms: 30 });
        assert_eq!(state.open_events(), 1);
        assert_eq!(take(&mut state, 30).as_deref(), Some("one"));
    }

    #[test]
    fn only_the_latest_closed_events_are_kept() {
        let mut state = State::default();
        for number in 0..=MAX_CLOSED_EVENTS {
            state.apply(event(&number.to_string(), EventState::Lost, 0, None));
        }
        assert_eq!(state.events().count(), MAX_CLOSED_EVENTS);
        assert!(state.event("0").is_none() && state.event("1").is_some());
    }

    #[test]
    fn answers_are_forgotten_by_age_and_by_number() {
        let mut state = State::default();
        state.apply(answer("old", 0));
        assert!(state.answer("old", ANSWER_AGE_MS - 1).is_some());
        assert!(state.answer("old", ANSWER_AGE_MS).is_none());
        state.apply(answer("old", ANSWER_AGE_MS));
        assert!(state.answer("old", ANSWER_AGE_MS).is_some(), "the younger answer stays");
        for number in 0..MAX_ANSWERS {
            state.apply(answer(&number.to_string(), ANSWER_AGE_MS + 1));
        }
        assert_eq!(state.answer_count(), MAX_ANSWERS);
        assert!(state.answer("old", ANSWER_AGE_MS + 1).is_none());
    }
}
