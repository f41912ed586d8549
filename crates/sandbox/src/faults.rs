//! Faults on demand: what makes webhooks late, lost and double, and the API unavailable.

use serde::{Deserialize, Serialize};

use crate::{
    error::ApiError,
    limits::{MAX_ANSWER_DELAY_MS, MAX_DELAY_MS},
};

/// The faults in force; all off at the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultSettings {
    /// Webhooks leave this much later.
    pub delay_ms: u64,
    /// Answers of the API leave this much later, after they have taken effect.
    pub answer_delay_ms: u64,
    /// Every so many events one is never delivered; 0 for none.
    pub drop_every: u64,
    /// Every so many events one is delivered twice; 0 for none.
    pub duplicate_every: u64,
    /// Every call under `/v1` is answered 503 and does nothing.
    pub unavailable: bool,
    /// Refunds are accepted and then fail.
    pub fail_refunds: bool,
}

impl FaultSettings {
    /// Refuses delays that nobody would wait for.
    pub fn checked(self) -> Result<Self, ApiError> {
        let bounds = [
            ("delay_ms", self.delay_ms, MAX_DELAY_MS),
            ("answer_delay_ms", self.answer_delay_ms, MAX_ANSWER_DELAY_MS),
        ];
        for (name, value, most) in bounds {
            if value > most {
                let message = format!("At most {most}");
                return Err(ApiError::parameter("parameter_invalid_integer", name, &message));
            }
        }
        Ok(self)
    }
}

/// The faults, and how many events they have met.
#[derive(Debug, Default)]
pub struct Faults {
    pub settings: FaultSettings,
    events: u64,
}

impl Faults {
    /// Puts other faults in force and starts counting anew.
    pub fn replace(&mut self, settings: FaultSettings) {
        *self = Self { settings, events: 0 };
    }

    /// How often the next event is delivered, if it should be delivered `copies` times.
    pub fn copies_of_next(&mut self, copies: u32) -> u32 {
        self.events += 1;
        let meets = |every: u64| every > 0 && self.events.is_multiple_of(every);
        if copies == 0 || meets(self.settings.drop_every) {
            0
        } else if meets(self.settings.duplicate_every) {
            copies + 1
        } else {
            copies
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_so_many_events_meet_a_fault() {
        let mut faults = Faults::default();
        let settings = FaultSettings { drop_every: 3, duplicate_every: 2, ..Default::default() };
        faults.replace(settings);
        let copies: Vec<_> = (0..6).map(|_| faults.copies_of_next(1)).collect();
        assert_eq!(copies, [1, 2, 0, 2, 1, 0]);
        faults.replace(FaultSettings::default());
        assert_eq!(faults.copies_of_next(3), 3);
        assert_eq!(faults.copies_of_next(0), 0);
    }
}
