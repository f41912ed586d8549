//! The ledger: the state and its journal behind one lock. A change is written down, then made.

use std::{
    io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{
    error::ApiError,
    faults::{FaultSettings, Faults},
    journal::{Journal, JournalError},
    limits::MAX_ATTEMPTS,
    model::{Event, Intent, Refund, RefundStatus},
    rules::{Command, Judge},
    state::{Answer, Record, State},
};

/// Payments that are settled in one change at most.
const SETTLE_TOGETHER: usize = 256;
/// The pause after the first failed delivery, in milliseconds; each further one doubles it.
const FIRST_PAUSE_MS: i64 = 1_000;

/// An idempotency key and what it was sent with.
pub struct Key {
    pub key: String,
    pub fingerprint: String,
}

/// An answer to send.
pub struct Reply {
    pub status: u16,
    pub body: String,
    /// Whether it was given before.
    pub replayed: bool,
}

/// All the sandbox knows, safe to share.
#[derive(Debug)]
pub struct Ledger {
    inner: Mutex<Inner>,
    /// Something may settle sooner than was thought.
    pub settlements_changed: Notify,
    /// Something may be delivered sooner than was thought.
    pub deliveries_changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    journal: Option<Journal>,
    faults: Faults,
}

impl Inner {
    fn judge(&mut self, now_ms: i64) -> Judge<'_> {
        Judge { state: &self.state, faults: &mut self.faults, now_ms }
    }

    fn commit(&mut self, records: Vec<Record>) -> io::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        if let Some(journal) = &mut self.journal {
            journal.append(&records)?;
        }
        for record in records {
            self.state.apply(record);
        }
        Ok(())
    }
}

impl Ledger {
    /// A ledger as the journal tells it, or an empty one without a journal.
    pub fn open(journal: Option<&Path>) -> Result<Self, JournalError> {
        let mut inner = Inner::default();
        if let Some(path) = journal {
            let state = &mut inner.state;
            inner.journal = Some(Journal::open(path, |record| state.apply(record))?);
            let (intents, open_events) = (state.intents.all().len(), state.open_events());
            tracing::info!(intents, open_events, "the journal was read back");
        }
        Ok(Self {
            inner: Mutex::new(inner),
            settlements_changed: Notify::new(),
            deliveries_changed: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state and the faults in force.
    pub fn read<T>(&self, look: impl FnOnce(&State, &Faults) -> T) -> T {
        let inner = self.lock();
        look(&inner.state, &inner.faults)
    }

    /// Whether changes can be written down.
    pub fn is_usable(&self) -> bool {
        self.lock().journal.as_ref().is_none_or(Journal::is_usable)
    }

    /// Puts other faults in force.
    pub fn set_faults(&self, settings: FaultSettings) {
        self.lock().faults.replace(settings);
    }

    /// Carries a command out, or answers as before if its key was used for it.
    pub fn execute(
        &self,
        command: &Command,
        key: Option<Key>,
        now_ms: i64,
    ) -> Result<Reply, ApiError> {
        let mut inner = self.lock();
        if let Some(Key { key, fingerprint }) = &key
            && let Some(answer) = inner.state.answer(key, now_ms)
        {
            if answer.fingerprint != *fingerprint {
                return Err(ApiError::key_reused());
            }
            let (status, body) = (answer.status, answer.body.clone());
            return Ok(Reply { status, body, replayed: true });
        }
        let decision = inner.judge(now_ms).decide(command);
        let mut records = decision.records;
        let (status, body) = match decision.answer {
            Ok(object) => (200, object.to_string()),
            Err(error) if !error.is_decided() => return Err(error),
            Err(error) => (error.status.as_u16(), error.to_wire().to_string()),
        };
        records.extend(key.map(|Key { key, fingerprint }| {
            Record::Answer(Answer { key, fingerprint, status, body: body.clone(), at_ms: now_ms })
        }));
        inner.commit(records).map_err(|error| unwritten(&error))?;
        drop(inner);
        self.notify();
        Ok(Reply { status, body, replayed: false })
    }

    /// Ends every payment and refund whose time has come. Says when to come back; an error says
    /// that nothing could be written down.
    pub fn settle_due(&self, now_ms: i64) -> io::Result<Option<i64>> {
        let mut inner = self.lock();
        let (due, next_ms) = inner.state.settling(now_ms, SETTLE_TOGETHER);
        if due.is_empty() {
            return Ok(next_ms);
        }
        let mut judge = inner.judge(now_ms);
        let records = due.iter().flat_map(|id| judge.settle(id)).collect();
        inner.commit(records)?;
        let (_, next_ms) = inner.state.settling(now_ms, 0);
        drop(inner);
        self.deliveries_changed.notify_one();
        Ok(next_ms)
    }

    /// Ends a payment now, whenever it was to end.
    pub fn settle_now(&self, intent_id: &str, now_ms: i64) -> Result<Intent, ApiError> {
        let missing = || ApiError::missing("payment_intent", intent_id);
        let mut inner = self.lock();
        let intent = inner.state.intents.get(intent_id).cloned().ok_or_else(missing)?;
        let records = inner.judge(now_ms).settle(intent_id);
        if records.is_empty() {
            return Err(ApiError::unexpected_state(&intent, "settle"));
        }
        inner.commit(records).map_err(|error| unwritten(&error))?;
        let settled = inner.state.intents.get(intent_id).cloned().ok_or_else(missing)?;
        drop(inner);
        self.notify();
        Ok(settled)
    }

    /// Lets a refund fail now, also one that seemed to have succeeded.
    pub fn fail_refund(&self, refund_id: &str, now_ms: i64) -> Result<Refund, ApiError> {
        let missing = || ApiError::missing("refund", refund_id);
        let mut inner = self.lock();
        let refund = inner.state.refunds.get(refund_id).cloned().ok_or_else(missing)?;
        if refund.status == RefundStatus::Failed {
            return Err(ApiError::parameter("refund_failed", "refund", "It has failed before."));
        }
        let records = inner.judge(now_ms).fail_refund(refund);
        inner.commit(records).map_err(|error| unwritten(&error))?;
        let failed = inner.state.refunds.get(refund_id).cloned().ok_or_else(missing)?;
        drop(inner);
        self.notify();
        Ok(failed)
    }

    /// Delivers an event once more, whatever became of it.
    pub fn redeliver(&self, event_id: &str, now_ms: i64) -> Result<Event, ApiError> {
        let missing = || ApiError::missing("event", event_id);
        let mut inner = self.lock();
        inner.state.event(event_id).ok_or_else(missing)?;
        let record = Record::Redelivered { event: event_id.to_owned(), now_ms };
        inner.commit(vec![record]).map_err(|error| unwritten(&error))?;
        let event = inner.state.event(event_id).cloned().ok_or_else(missing)?;
        drop(inner);
        self.notify();
        Ok(event)
    }

    /// Takes an event that is to be delivered now, or says when the next one will be.
    pub fn take_delivery(&self, now_ms: i64) -> Result<Event, Option<i64>> {
        let mut inner = self.lock();
        match inner.state.take_delivery(now_ms).cloned() {
            Some(event) => Ok(event),
            None => Err(inner.state.next_delivery_ms()),
        }
    }

    /// Notes what became of an event that was taken.
    pub fn finish_delivery(&self, event: &Event, delivered: bool, now_ms: i64) {
        let mut inner = self.lock();
        let attempts = event.failed_attempts + u32::from(!delivered);
        let id = event.id.clone();
        let closing = if delivered {
            Some(Record::Delivered { event: id, now_ms })
        } else {
            (attempts >= MAX_ATTEMPTS).then_some(Record::Abandoned { event: id, now_ms })
        };
        if matches!(closing, Some(Record::Abandoned { .. })) {
            tracing::warn!(event = event.id, kind = event.kind, "a webhook is abandoned");
        }
        let try_again = match closing.map(|record| inner.commit(vec![record])) {
            None => true,
            Some(Ok(())) => false,
            Some(Err(error)) => {
                tracing::error!(%error, "a delivery cannot be written down and will be repeated");
                true
            }
        };
        if try_again {
            let doublings = attempts.saturating_sub(1).min(MAX_ATTEMPTS);
            inner.state.postpone(&event.id, now_ms + (FIRST_PAUSE_MS << doublings));
        }
        drop(inner);
        self.deliveries_changed.notify_one();
    }

    fn notify(&self) {
        self.settlements_changed.notify_one();
        self.deliveries_changed.notify_one();
    }
}

fn unwritten(error: &io::Error) -> ApiError {
    tracing::error!(%error, "the journal cannot be written");
    ApiError::unwritten()
}
