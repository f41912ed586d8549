//! Models that are small enough to be explored to the last world, and the exploring.

use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

use stateright::{Checker, HasDiscoveries, Model};

use crate::{Guards, Protocol, Scope, Step};

/// What was found.
#[derive(Debug, Clone)]
pub struct Exploration {
    /// Different worlds that were reached.
    pub worlds: usize,
    /// Steps that led from one to another, or to the same again.
    pub steps: usize,
    /// How long it took.
    pub took: Duration,
    /// Rules that were broken, each with a story that breaks it.
    pub broken: Vec<(&'static str, Vec<Step>)>,
}

/// How far to explore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// To the last world.
    TheEnd,
    /// To a world that breaks a rule. With the shorter stories first, and always the same.
    ABrokenRule,
    /// All stories of so many steps.
    Depth(usize),
}

/// One booking of two seats in all detail: two tries to pay, by two requests at once. Another
/// buyer, told in brief, is after one of its seats, and stands for all others.
#[must_use]
pub fn deep(guards: Guards) -> Protocol<2, 2> {
    let scope = Scope { writers: 1, restarts: false, brief: 0b10, ..Scope::everything(2) };
    Protocol::new([0b11, 0b10], 0, scope, guards)
}

/// The same with fewer tries and requests.
#[must_use]
pub fn shallow(guards: Guards) -> Protocol<2, 2> {
    let scope = Scope { tries: 1, requests: 1, ..deep(guards).scope };
    Protocol::new([0b11, 0b10], 0, scope, guards)
}

/// Three bookings of three seats, told in brief, and two writers with desks of their own.
#[must_use]
pub fn crowd(guards: Guards) -> Protocol<3, 3> {
    let scope = Scope { brief: 0b111, ..Scope::everything(0) };
    Protocol::new([0b011, 0b110, 0b010], 0, scope, guards)
}

/// Two bookings in all detail. Their worlds are too many to see them all.
#[must_use]
pub fn pair(guards: Guards) -> Protocol<2, 2> {
    Protocol::new([0b11, 0b10], 0, Scope::everything(2), guards)
}

/// Explores the worlds of a protocol.
pub fn explore<const B: usize, const S: usize>(
    protocol: Protocol<B, S>,
    until: Until,
) -> Exploration {
    let started = Instant::now();
    let checker = protocol.checker();
    let checker = match until {
        Until::TheEnd => checker.threads(2),
        Until::ABrokenRule => checker.finish_when(HasDiscoveries::AnyFailures),
        Until::Depth(steps) => {
            checker.threads(2).target_max_depth(NonZeroUsize::MIN.saturating_add(steps).get())
        }
    };
    let checker = checker.spawn_bfs().join();
    let mut broken: Vec<_> = checker
        .discoveries()
        .into_iter()
        .map(|(rule, story)| (rule, story.into_actions()))
        .collect();
    broken.sort_unstable_by_key(|(rule, _)| *rule);
    Exploration {
        worlds: checker.unique_state_count(),
        steps: checker.state_count(),
        took: started.elapsed(),
        broken,
    }
}
