//! What a call or the passing of time does to payments. Decisions only: nothing is changed here.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    error::ApiError,
    faults::Faults,
    limits::{MAX_INTENTS, MAX_OPEN_EVENTS, MAX_REFUNDS},
    model::{Event, EventState, Intent, IntentStatus, Refund, RefundStatus, new_id},
    state::{Record, State},
    token::{Behaviour, News, Verdict},
};

/// How long a refund takes.
const REFUND_SETTLES_AFTER_MS: i64 = 300;

/// A call that changes something.
#[derive(Debug, Clone)]
pub enum Command {
    CreateIntent {
        amount_minor: i64,
        currency: String,
        metadata: BTreeMap<String, String>,
        method: Option<Behaviour>,
        confirm: bool,
    },
    ConfirmIntent {
        id: String,
        method: Option<Behaviour>,
    },
    CancelIntent {
        id: String,
    },
    Refund {
        intent_id: String,
        /// All that is left, if not said.
        amount_minor: Option<i64>,
        reason: Option<String>,
        metadata: BTreeMap<String, String>,
    },
}

/// What is to be changed, and what is to be answered.
pub struct Decision {
    pub records: Vec<Record>,
    pub answer: Result<Value, ApiError>,
}

impl Decision {
    fn refuse(error: ApiError) -> Self {
        Self { records: Vec::new(), answer: Err(error) }
    }
}

/// Decides with the state as it is, the faults in force and the time of day.
pub struct Judge<'a> {
    pub state: &'a State,
    pub faults: &'a mut Faults,
    pub now_ms: i64,
}

impl Judge<'_> {
    /// Decides a call.
    pub fn decide(&mut self, command: &Command) -> Decision {
        if self.state.open_events() >= MAX_OPEN_EVENTS {
            return Decision::refuse(ApiError::limited("Too many events are to be delivered"));
        }
        match command {
            Command::CreateIntent { amount_minor, currency, metadata, method, confirm } => {
                let intent = Intent {
                    id: new_id("pi"),
                    amount_minor: *amount_minor,
                    refunded_minor: 0,
                    currency: currency.clone(),
                    created_seconds: self.now_seconds(),
                    canceled_seconds: None,
                    metadata: metadata.clone(),
                    status: match method {
                        Some(_) => IntentStatus::RequiresConfirmation,
                        None => IntentStatus::RequiresPaymentMethod,
                    },
                    declined: false,
                    method: *method,
                    settles_at_ms: None,
                };
                self.create(intent, *confirm)
            }
            Command::ConfirmIntent { id, method } => self.with_intent(id, |judge, intent| {
                let method = method.or(intent.method);
                judge.confirm(intent, method)
            }),
            Command::CancelIntent { id } => self.with_intent(id, Self::cancel),
            Command::Refund { intent_id, amount_minor, reason, metadata } => self
                .with_intent(intent_id, |judge, intent| {
                    judge.refund(intent, *amount_minor, reason.as_ref(), metadata)
                }),
        }
    }

    fn with_intent(
        &mut self,
        id: &str,
        decide: impl FnOnce(&mut Self, Intent) -> Decision,
    ) -> Decision {
        match self.state.intents.get(id).cloned() {
            Some(intent) => decide(self, intent),
            None => Decision::refuse(ApiError::missing("payment_intent", id)),
        }
    }

    fn create(&mut self, intent: Intent, confirm: bool) -> Decision {
        if self.state.intents.all().len() >= MAX_INTENTS {
            return Decision::refuse(ApiError::limited("The sandbox keeps no more intents"));
        }
        if confirm {
            let method = intent.method;
            return self.confirm(intent, method);
        }
        let answer = Ok(intent.to_wire());
        Decision { records: vec![Record::Intent(intent)], answer }
    }

    fn confirm(&mut self, mut intent: Intent, method: Option<Behaviour>) -> Decision {
        use IntentStatus::{Processing, RequiresConfirmation, RequiresPaymentMethod};
        if !matches!(intent.status, RequiresPaymentMethod | RequiresConfirmation) {
            return Decision::refuse(ApiError::unexpected_state(&intent, "confirm"));
        }
        let Some(behaviour) = method else {
            return Decision::refuse(ApiError::parameter(
                "payment_intent_unexpected_state",
                "payment_method",
                "You cannot confirm this PaymentIntent because it's missing a payment method.",
            ));
        };
        if behaviour.verdict == Verdict::DeclinesAtOnce {
            let failed = self.fail(&mut intent);
            let answer = Err(ApiError::declined(&intent));
            return Decision { records: vec![Record::Intent(intent), failed], answer };
        }
        intent.status = Processing;
        intent.declined = false;
        intent.method = Some(behaviour);
        let wait_ms = i64::try_from(behaviour.settles_after_ms).unwrap_or(i64::MAX);
        intent.settles_at_ms = Some(self.now_ms.saturating_add(wait_ms));
        let answer = Ok(intent.to_wire());
        let copies = match behaviour.news {
            News::Ordinary | News::Duplicated => Some(1),
            News::Lost => Some(0),
            News::Reordered => None,
        };
        let processing = copies.map(|copies| {
            let kind = "payment_intent.processing";
            Record::Event(self.event(kind, &intent.id, &intent.to_wire(), copies))
        });
        let records = [Record::Intent(intent)].into_iter().chain(processing).collect();
        Decision { records, answer }
    }

    fn cancel(&mut self, mut intent: Intent) -> Decision {
        use IntentStatus::{Canceled, RequiresConfirmation, RequiresPaymentMethod};
        if !matches!(intent.status, RequiresPaymentMethod | RequiresConfirmation) {
            return Decision::refuse(ApiError::unexpected_state(&intent, "cancel"));
        }
        intent.status = Canceled;
        intent.canceled_seconds = Some(self.now_seconds());
        let object = intent.to_wire();
        let canceled = self.event("payment_intent.canceled", &intent.id, &object, 1);
        Decision {
            records: vec![Record::Intent(intent), Record::Event(canceled)],
            answer: Ok(object),
        }
    }

    fn refund(
        &mut self,
        mut intent: Intent,
        amount_minor: Option<i64>,
        reason: Option<&String>,
        metadata: &BTreeMap<String, String>,
    ) -> Decision {
        if intent.status != IntentStatus::Succeeded {
            return Decision::refuse(ApiError::unexpected_state(&intent, "refund"));
        }
        let left_minor = intent.amount_minor - intent.refunded_minor;
        if left_minor == 0 {
            let message = format!("Charge of {} has already been refunded.", intent.id);
            let error = ApiError::parameter("charge_already_refunded", "payment_intent", &message);
            return Decision::refuse(error);
        }
        let amount_minor = amount_minor.unwrap_or(left_minor);
        if amount_minor > left_minor {
            let message = format!(
                "Refund amount ({amount_minor}) is greater than unrefunded amount ({left_minor})."
            );
            let error = ApiError::parameter("amount_too_large", "amount", &message);
            return Decision::refuse(error);
        }
        if self.state.refunds.all().len() >= MAX_REFUNDS {
            return Decision::refuse(ApiError::limited("The sandbox keeps no more refunds"));
        }
        intent.refunded_minor += amount_minor;
        let refund = Refund {
            id: new_id("re"),
            intent_id: intent.id.clone(),
            amount_minor,
            currency: intent.currency.clone(),
            created_seconds: self.now_seconds(),
            reason: reason.cloned(),
            metadata: metadata.clone(),
            status: RefundStatus::Pending,
            settles_at_ms: Some(self.now_ms.saturating_add(REFUND_SETTLES_AFTER_MS)),
        };
        let answer = Ok(refund.to_wire());
        Decision { records: vec![Record::Intent(intent), Record::Refund(refund)], answer }
    }

    /// Ends a payment that is processing, or a refund that is pending. Nothing for any other id.
    pub fn settle(&mut self, id: &str) -> Vec<Record> {
        if let Some(intent) = self.state.intents.get(id).cloned() {
            return match intent.method.filter(|_| intent.status == IntentStatus::Processing) {
                Some(behaviour) => self.settle_intent(intent, behaviour),
                None => Vec::new(),
            };
        }
        match self.state.refunds.get(id).cloned() {
            Some(refund) if refund.status == RefundStatus::Pending => self.settle_refund(refund),
            _ => Vec::new(),
        }
    }

    fn settle_intent(&mut self, mut intent: Intent, behaviour: Behaviour) -> Vec<Record> {
        let before = intent.to_wire();
        intent.settles_at_ms = None;
        if behaviour.verdict == Verdict::FailsLater {
            let failed = self.fail(&mut intent);
            return vec![Record::Intent(intent), failed];
        }
        intent.status = IntentStatus::Succeeded;
        let copies = match behaviour.news {
            News::Ordinary | News::Reordered => 1,
            News::Duplicated => 3,
            News::Lost => 0,
        };
        let kind = "payment_intent.succeeded";
        let mut succeeded = self.event(kind, &intent.id, &intent.to_wire(), copies);
        let mut records = Vec::with_capacity(3);
        if behaviour.news == News::Reordered {
            let mut processing = self.event("payment_intent.processing", &intent.id, &before, 1);
            if processing.state == EventState::Pending && succeeded.state == EventState::Pending {
                processing.state = EventState::Waiting;
                succeeded.then = Some(processing.id.clone());
            }
            records.push(Record::Event(processing));
        }
        records.extend([Record::Event(succeeded), Record::Intent(intent)]);
        records
    }

    fn settle_refund(&mut self, mut refund: Refund) -> Vec<Record> {
        if self.faults.settings.fail_refunds || self.is_first_that_fails(&refund) {
            return self.fail_refund(refund);
        }
        refund.status = RefundStatus::Succeeded;
        refund.settles_at_ms = None;
        let charge = self.state.intents.get(&refund.intent_id).map(Intent::charge_to_wire);
        let refunded =
            charge.map(|charge| self.event("charge.refunded", &refund.intent_id, &charge, 1));
        let updated = self.event("refund.updated", &refund.intent_id, &refund.to_wire(), 1);
        let events = refunded.into_iter().chain([updated]).map(Record::Event);
        [Record::Refund(refund)].into_iter().chain(events).collect()
    }

    fn is_first_that_fails(&self, refund: &Refund) -> bool {
        let intent = self.state.intents.get(&refund.intent_id);
        let may_fail =
            intent.and_then(|intent| intent.method).is_some_and(|it| it.first_refund_fails);
        let failed_before = || {
            let refunds = self.state.refunds.all().iter();
            let of_intent = refunds.filter(|other| other.intent_id == refund.intent_id);
            of_intent.into_iter().any(|other| other.status == RefundStatus::Failed)
        };
        may_fail && !failed_before()
    }

    /// The bank does not take the money: it is ours again, and may be given back once more.
    pub fn fail_refund(&mut self, mut refund: Refund) -> Vec<Record> {
        refund.status = RefundStatus::Failed;
        refund.settles_at_ms = None;
        let intent = self.state.intents.get(&refund.intent_id).cloned().map(|mut intent| {
            intent.refunded_minor -= refund.amount_minor;
            Record::Intent(intent)
        });
        let failed = self.event("refund.failed", &refund.intent_id, &refund.to_wire(), 1);
        let updated = self.event("refund.updated", &refund.intent_id, &refund.to_wire(), 1);
        let events = [failed, updated].map(Record::Event);
        intent.into_iter().chain([Record::Refund(refund)]).chain(events).collect()
    }

    /// Puts an intent back to where another payment method may be tried.
    fn fail(&mut self, intent: &mut Intent) -> Record {
        intent.status = IntentStatus::RequiresPaymentMethod;
        intent.declined = true;
        intent.method = None;
        intent.settles_at_ms = None;
        let kind = "payment_intent.payment_failed";
        Record::Event(self.event(kind, &intent.id, &intent.to_wire(), 1))
    }

    /// An event to be delivered `copies` times, if no fault has other plans.
    fn event(&mut self, kind: &str, intent_id: &str, object: &Value, copies: u32) -> Event {
        let copies_left = self.faults.copies_of_next(copies);
        let id = new_id("evt");
        let body = json!({
            "id": id,
            "object": "event",
            "created": self.now_seconds(),
            "data": {"object": object},
            "livemode": false,
            "pending_webhooks": 1,
            "type": kind,
        });
        let delay_ms = i64::try_from(self.faults.settings.delay_ms).unwrap_or(i64::MAX);
        Event {
            id,
            kind: kind.to_owned(),
            intent_id: intent_id.to_owned(),
            body: body.to_string(),
            state: if copies_left == 0 { EventState::Lost } else { EventState::Pending },
            copies_left,
            due_ms: self.now_ms.saturating_add(delay_ms),
            failed_attempts: 0,
            then: None,
        }
    }

    fn now_seconds(&self) -> i64 {
        self.now_ms / 1000
    }
}
