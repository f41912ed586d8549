//! The pass of somebody who was let in. This module knows its bytes; the server signs them with
//! Ed25519, so that an edge that cannot make passes can check them.

use uuid::Uuid;

use super::{Epoch, QueueNumber, token::part};
use crate::{EventId, Timestamp, UserId};

const VERSION: u8 = 1;
const BYTES: usize = 55;

/// What a pass says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionPass {
    /// The event for which it opens the booking API.
    pub event: EventId,
    /// The room's epoch; a reset ends all passes.
    pub epoch: Epoch,
    /// The number it was exchanged for, by which one pass can be revoked.
    pub number: QueueNumber,
    /// Whose it is.
    pub user: UserId,
    /// Tickets that its owner may hold or buy of the event.
    pub hold_budget: u16,
    /// From when it was valid.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Bytes that are no pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an admission pass")]
pub struct InvalidPass;

impl AdmissionPass {
    /// Length of a pass without its signature.
    pub const BYTES: usize = BYTES;

    /// The bytes that are signed.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[0] = VERSION;
        bytes[1..9].copy_from_slice(&self.event.0.to_be_bytes());
        bytes[9..13].copy_from_slice(&self.epoch.0.to_be_bytes());
        bytes[13..21].copy_from_slice(&self.number.0.to_be_bytes());
        bytes[21..37].copy_from_slice(self.user.0.as_bytes());
        bytes[37..39].copy_from_slice(&self.hold_budget.to_be_bytes());
        bytes[39..47].copy_from_slice(&self.issued_at.0.to_be_bytes());
        bytes[47..].copy_from_slice(&self.expires_at.0.to_be_bytes());
        bytes
    }

    /// Reads bytes whose signature was checked.
    ///
    /// # Errors
    /// [`InvalidPass`] for another length or version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidPass> {
        let bytes: &[u8; BYTES] = bytes.try_into().map_err(|_| InvalidPass)?;
        if bytes[0] != VERSION {
            return Err(InvalidPass);
        }
        Ok(Self {
            event: EventId(i64::from_be_bytes(part(bytes, 1))),
            epoch: Epoch(u32::from_be_bytes(part(bytes, 9))),
            number: QueueNumber(u64::from_be_bytes(part(bytes, 13))),
            user: UserId(Uuid::from_bytes(part(bytes, 21))),
            hold_budget: u16::from_be_bytes(part(bytes, 37)),
            issued_at: Timestamp(i64::from_be_bytes(part(bytes, 39))),
            expires_at: Timestamp(i64::from_be_bytes(part(bytes, 47))),
        })
    }

    /// Whether it opens the booking API of an event to a user now, in the room's epoch.
    #[must_use]
    pub fn admits(&self, event: EventId, epoch: Epoch, user: UserId, now: Timestamp) -> bool {
        self.event == event && self.epoch == epoch && self.user == user && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass() -> AdmissionPass {
        AdmissionPass {
            event: EventId(3),
            epoch: Epoch(1),
            number: QueueNumber(77),
            user: UserId(Uuid::from_u128(9)),
            hold_budget: 4,
            issued_at: Timestamp(1_000),
            expires_at: Timestamp(601_000),
        }
    }

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(AdmissionPass::from_bytes(&pass().to_bytes()), Ok(pass()));
        assert_eq!(AdmissionPass::from_bytes(&pass().to_bytes()[1..]), Err(InvalidPass));
        let mut other_version = pass().to_bytes();
        other_version[0] = 9;
        assert_eq!(AdmissionPass::from_bytes(&other_version), Err(InvalidPass));
    }

    #[test]
    fn admits_its_owner_to_its_event_in_its_time() {
        let (event, epoch, user, now) = (EventId(3), Epoch(1), pass().user, Timestamp(600_999));
        assert!(pass().admits(event, epoch, user, now));
        assert!(!pass().admits(EventId(4), epoch, user, now));
        assert!(!pass().admits(event, Epoch(2), user, now));
        assert!(!pass().admits(event, epoch, UserId(Uuid::from_u128(8)), now));
        assert!(!pass().admits(event, epoch, user, Timestamp(601_000)));
    }
}
