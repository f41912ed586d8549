//! The rules can be broken: without any one of the guards, some order of steps does it.

#![allow(missing_docs)]

use onsale_model::{
    Guard, Guards,
    explore::{Exploration, Until, crowd, deep, explore},
    rules::{
        EXTENSION, ITS_MONEY, ITS_SEATS, LIVING_HOLD, MONEY_PLACED, NOTHING_PAID, ONE_CLAIM,
        OWNERS, REFUNDED, SETTLES,
    },
};

/// What is broken without a guard. Where stories that are equally short break several rules, the
/// one that says most about the guard.
const fn broken_without(guard: Guard) -> &'static str {
    match guard {
        Guard::HoldCondition | Guard::SaleCondition | Guard::ExtensionCount => ONE_CLAIM,
        Guard::HoldCount | Guard::FreeOnlyOwn => LIVING_HOLD,
        Guard::SaleCount => ITS_SEATS,
        Guard::BookingOnce | Guard::RowLock => MONEY_PLACED,
        Guard::Absorption | Guard::AmountCheck => ITS_MONEY,
        Guard::ExtensionOnce => EXTENSION,
        Guard::IntentKey | Guard::IntentFirst | Guard::Reconciler | Guard::RefundSweep => REFUNDED,
        Guard::CancelAtOnce => OWNERS,
        Guard::RefundKey | Guard::HoldSweep | Guard::AbandonedSweep => SETTLES,
        Guard::RecordAwaited | Guard::ToldLast => NOTHING_PAID,
        Guard::InboxKey | Guard::InboxSweep | Guard::FreeOnlyHeld | Guard::LivingHold => {
            panic!("spare")
        }
    }
}

/// Guards of seats are taken out where two writers are at work, the others where all of a payment
/// is.
fn explore_without(guard: Guard) -> Exploration {
    let guards = Guards::ALL.without(guard);
    match guard {
        Guard::HoldCondition
        | Guard::HoldCount
        | Guard::BookingOnce
        | Guard::SaleCondition
        | Guard::SaleCount
        | Guard::FreeOnlyOwn => explore(crowd(guards), Until::ABrokenRule),
        _ => explore(deep(guards), Until::ABrokenRule),
    }
}

#[test]
fn without_any_one_guard_a_promise_is_broken() {
    let mut unseen = Vec::new();
    for guard in Guard::NEEDED {
        let found = explore_without(guard);
        println!("without {guard:?}, after {} worlds:", found.worlds);
        for (rule, story) in &found.broken {
            println!("    not true that {rule}: {story:?}");
        }
        let expected = broken_without(guard);
        if !found.broken.iter().any(|(rule, _)| *rule == expected) {
            unseen.push((guard, expected));
        }
    }
    assert!(unseen.is_empty(), "not seen: {unseen:?}");
}
