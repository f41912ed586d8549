//! Long random runs: more bookings and seats than can be tried in every order, with news that comes
//! late, in any order and again. Each run follows from its seed alone, so a run that fails can be
//! had again.

use std::fmt;

use crate::{Protocol, Step, World, rules};

/// A run in which a rule was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The same seed fails in the same way.
    pub seed: u64,
    /// The rule.
    pub rule: &'static str,
    /// Everything that happened until then.
    pub steps: Vec<Step>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, rule, steps } = self;
        writeln!(f, "seed {seed}: after {} steps it is not true that {rule}", steps.len())?;
        for (number, step) in steps.iter().enumerate() {
            writeln!(f, "{number:5} {step:?}")?;
        }
        Ok(())
    }
}

/// Lets random steps happen one after the other, `length` of them or until none is left, and checks
/// the rules after each. What only an end can show is checked every twenty steps and at the last.
/// Returns the last world.
///
/// # Errors
/// [`Failure`] when a rule is broken.
pub fn run<const B: usize, const S: usize>(
    protocol: &Protocol<B, S>,
    seed: u64,
    length: usize,
) -> Result<World<B, S>, Failure> {
    let mut dice = Dice(seed);
    let mut world = protocol.beginning();
    let mut steps = Vec::with_capacity(length);
    loop {
        let next = random_step(protocol, &mut world, &mut dice);
        steps.extend(next);
        let is_last = next.is_none() || steps.len() == length;
        let shows_end = is_last || steps.len().is_multiple_of(20);
        let broken = rules::all()
            .into_iter()
            .find(|rule| (shows_end || !rule.is_about_the_end) && !(rule.holds)(protocol, &world));
        match broken {
            Some(rule) => return Err(Failure { seed, rule: rule.name, steps }),
            None if is_last => return Ok(world),
            None => {}
        }
    }
}

/// Lets one step happen. `None` when none can.
fn random_step<const B: usize, const S: usize>(
    protocol: &Protocol<B, S>,
    world: &mut World<B, S>,
    dice: &mut Dice,
) -> Option<Step> {
    let mut listed = Vec::new();
    world.list_steps(&mut listed);
    let mut put_off = Vec::new();
    while !listed.is_empty() {
        let step = listed.swap_remove(dice.below(listed.len()));
        if dice.below(rarity(step)) != 0 {
            put_off.push(step);
        } else if protocol.happen(world, step) {
            return Some(step);
        }
    }
    put_off.into_iter().find(|step| protocol.happen(world, *step))
}

/// One in how many of a step's chances is taken: where all fails or is given up, little is sold.
const fn rarity(step: Step) -> usize {
    match step {
        Step::Restart { .. } | Step::Die { .. } | Step::Abort { .. } | Step::Stop { .. } => 12,
        Step::Tick => 6,
        Step::Release { .. } | Step::Cancel { .. } => 60,
        _ => 1,
    }
}

/// `SplitMix64`: enough for dice, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is small: that some come up a little more often does not matter.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
