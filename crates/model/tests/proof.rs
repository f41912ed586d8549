//! Every order in which the steps can happen keeps the promises.

#![allow(missing_docs)]

use onsale_model::{
    Guard, Guards, Protocol,
    explore::{Exploration, Until, crowd, deep, explore, pair, shallow},
};

/// What the models that are explored to their ends must have between them.
const WORLDS_AT_LEAST: usize = 1_000_000;

fn explored<const B: usize, const S: usize>(
    name: &str,
    protocol: Protocol<B, S>,
    until: Until,
) -> Exploration {
    let found = explore(protocol, until);
    let Exploration { worlds, steps, took, .. } = &found;
    println!("{name}: {worlds} worlds, {steps} steps between them, {:.1} s", took.as_secs_f64());
    assert!(found.broken.is_empty(), "{name}: {:#?}", found.broken);
    found
}

#[test]
fn no_order_of_steps_breaks_a_promise() {
    let deep = explored("deep", deep(Guards::ALL), Until::TheEnd);
    let crowd = explored("crowd", crowd(Guards::ALL), Until::TheEnd);
    let worlds = deep.worlds + crowd.worlds;
    let seconds = (deep.took + crowd.took).as_secs_f64();
    println!("{worlds} worlds explored to the last in {seconds:.1} s");
    assert!(worlds >= WORLDS_AT_LEAST, "{worlds}");
}

#[test]
fn no_short_story_of_two_bookings_in_all_detail_breaks_a_promise() {
    let pair = explored("pair", pair(Guards::ALL), Until::Depth(16));
    assert!(pair.worlds >= 100_000, "{}", pair.worlds);
}

#[test]
fn the_spare_guards_are_spare() {
    for guard in Guard::SPARE {
        explored(&format!("without {guard:?}"), shallow(Guards::ALL.without(guard)), Until::TheEnd);
    }
}
