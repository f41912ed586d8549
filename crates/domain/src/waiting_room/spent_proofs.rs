//! Proofs that were used: a solved puzzle opens the room once.
//!
//! A proof is worth something for a few minutes only, so two Bloom filters are enough, each for one
//! life of a puzzle: a megabyte, however many join. It may say of a new proof that it was used, and
//! then the browser solves another; it never forgets one that was.

use sha2::{Digest, Sha256};

use super::limits::CHALLENGE_SECONDS;
use crate::Timestamp;

const BITS: usize = 1 << 22;
const PROBES: usize = 4;

/// The proofs of the last minutes.
#[derive(Debug)]
pub struct SpentProofs {
    young: Vec<u64>,
    old: Vec<u64>,
    since: Timestamp,
}

impl SpentProofs {
    /// None was used.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let empty = || vec![0; BITS / 64];
        Self { young: empty(), old: empty(), since: now }
    }

    /// Uses a proof; `false` when it was used before.
    pub fn spend(&mut self, challenge: &str, now: Timestamp) -> bool {
        self.turn(now);
        let digest = Sha256::digest(challenge.as_bytes());
        let mut is_new_here = false;
        let mut is_old = true;
        for probe in 0..PROBES {
            let at = digest[probe * 4..probe * 4 + 4]
                .iter()
                .fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
                % BITS;
            let (word, mask) = (at / 64, 1_u64 << (at % 64));
            is_new_here |= self.young[word] & mask == 0;
            is_old &= self.old[word] & mask != 0;
            self.young[word] |= mask;
        }
        is_new_here && !is_old
    }

    /// What was young becomes old once a puzzle's life has passed.
    fn turn(&mut self, now: Timestamp) {
        let life = (CHALLENGE_SECONDS + 1) * 1000;
        let age = now.millis_since(self.since);
        if age < life {
            return;
        }
        std::mem::swap(&mut self.young, &mut self.old);
        self.young.fill(0);
        if age >= 2 * life {
            self.old.fill(0);
        }
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    #[test]
    fn a_proof_is_used_once_for_as_long_as_it_is_good() {
        let mut spent = SpentProofs::new(NOW);
        for second in 0..CHALLENGE_SECONDS {
            let now = NOW.plus_seconds(second);
            assert_eq!(spent.spend("a proof", now), second == 0, "after {second} seconds");
        }
        // Twice its life later nobody remembers it, and nobody needs to.
        assert!(spent.spend("a proof", NOW.plus_seconds(10 * CHALLENGE_SECONDS)));
    }

    #[test]
    fn a_crowd_is_seldom_taken_for_somebody_else() {
        let mut spent = SpentProofs::new(NOW);
        let refused = (0..200_000).filter(|n| !spent.spend(&format!("proof {n}"), NOW)).count();
        assert!(refused < 400, "{refused} of 200000 would have to solve another one");
    }
}
