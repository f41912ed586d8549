use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::oneshot;

use super::*;

const LONG: Life = Life::fresh_for(Duration::from_secs(60));
const NEVER_FRESH: Life = Life::fresh_for(Duration::ZERO);

type Numbers = Shelf<u8, u32, &'static str>;
type Answer = Result<(u32, Found), &'static str>;

async fn load(shelf: &Numbers, value: Result<u32, &'static str>) -> Answer {
    shelf.get(&1, None, || async move { value }).await
}

/// Waits until nobody is loading.
async fn loaded(shelf: &Numbers) {
    let turn = Arc::clone(&shelf.places.get(&1).expect("a place").turn);
    drop(turn.lock_owned().await);
}

#[tokio::test]
async fn what_is_fresh_is_not_loaded_again() {
    let shelf = Numbers::new(10, LONG);
    assert_eq!(load(&shelf, Ok(1)).await, Ok((1, Found::Loaded)));
    assert_eq!(load(&shelf, Ok(2)).await, Ok((1, Found::Fresh)));
    assert_eq!(shelf.fresh(&1), Some(1));
}

async fn ask_together(result: Result<u32, &'static str>) -> (Vec<Answer>, u32) {
    let (shelf, loads) = (Numbers::new(10, LONG), Arc::new(AtomicU32::new(0)));
    let ask = || {
        let loads = Arc::clone(&loads);
        shelf.get(&1, None, || async move {
            loads.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            result
        })
    };
    let answers = futures::future::join_all((0..100).map(|_| ask())).await;
    (answers, loads.load(Ordering::Relaxed))
}

#[tokio::test]
async fn however_many_ask_one_loads() {
    let (answers, loads) = ask_together(Ok(7)).await;
    assert!(answers.iter().all(|answer| *answer == Ok((7, Found::Loaded))), "{answers:?}");
    assert_eq!(loads, 1);
}

#[tokio::test]
async fn a_failure_is_told_to_all_who_ask_at_once() {
    let (answers, loads) = ask_together(Err("down")).await;
    assert!(answers.iter().all(|answer| *answer == Err("down")), "{answers:?}");
    assert_eq!(loads, 1);
}

#[tokio::test]
async fn what_is_old_is_taken_while_it_is_loaded_anew() {
    let shelf = Numbers::new(10, NEVER_FRESH);
    load(&shelf, Ok(1)).await.expect("a number");
    let (go, gone) = oneshot::channel::<()>();
    let slow = async {
        let _ = gone.await;
        Ok(2)
    };
    assert_eq!(shelf.get(&1, None, || slow).await, Ok((1, Found::Old)));
    assert_eq!(load(&shelf, Ok(3)).await, Ok((1, Found::Old)), "one load is under way");
    go.send(()).expect("somebody loads");
    loaded(&shelf).await;
    assert_eq!(load(&shelf, Ok(4)).await, Ok((2, Found::Old)));
}

#[tokio::test]
async fn what_cannot_be_loaded_stays_as_it_was() {
    let waits = Life { old: Duration::ZERO, ..NEVER_FRESH };
    let shelf = Numbers::new(10, waits);
    load(&shelf, Ok(1)).await.expect("a number");
    assert_eq!(load(&shelf, Err("down")).await, Ok((1, Found::Stale)));
    let (_never, gone) = oneshot::channel::<()>();
    let hangs = async {
        let _ = gone.await;
        Err::<u32, _>("down")
    };
    let answer = shelf.get(&1, None, || hangs).await;
    assert_eq!(answer, Ok((1, Found::Stale)), "nobody waits for what fails");
    let short = Life { on_failure: Duration::ZERO, ..waits };
    assert_eq!(shelf.get(&1, Some(short), || async { Err::<u32, _>("down") }).await, Err("down"));
}

#[tokio::test]
async fn what_changed_is_loaded_before_it_is_shown() {
    let shelf = Numbers::new(10, LONG);
    load(&shelf, Ok(1)).await.expect("a number");
    shelf.outdate(&1);
    assert_eq!(shelf.fresh(&1), None);
    assert_eq!(load(&shelf, Ok(2)).await, Ok((2, Found::Loaded)));
    shelf.outdate_where(|value| *value == 7);
    assert_eq!(shelf.fresh(&1), Some(2));
    shelf.outdate_where(|value| *value == 2);
    assert_eq!(load(&shelf, Ok(3)).await, Ok((3, Found::Loaded)));
    shelf.outdate_all();
    assert_eq!(load(&shelf, Ok(4)).await, Ok((4, Found::Loaded)));
}

#[tokio::test]
async fn a_load_that_began_before_a_change_does_not_hide_it() {
    let shelf = Arc::new(Numbers::new(10, LONG));
    let changed = Arc::clone(&shelf);
    let slow = async move {
        changed.outdate(&1);
        Ok(1)
    };
    assert_eq!(shelf.get(&1, None, || slow).await, Ok((1, Found::Loaded)));
    assert_eq!(shelf.fresh(&1), None, "it may show how things were before");
    assert_eq!(load(&shelf, Ok(2)).await, Ok((2, Found::Loaded)));
}

#[tokio::test]
async fn what_somebody_else_made_is_as_old_as_it_is() {
    let shelf = Numbers::new(10, LONG);
    let made = |age| async move { Ok(Made { value: 1, age }) };
    shelf.get(&1, None, || made(Duration::from_secs(3_600))).await.expect("a number");
    assert_eq!(shelf.fresh(&1), None, "its time was over before it came");
    let shelf = Numbers::new(10, LONG);
    shelf.get(&1, None, || async { Ok(7) }).await.expect("a number");
    shelf.outdate(&1);
    // Made before the change, so it may not show it.
    let earlier = shelf.get(&1, None, || made(Duration::from_secs(1))).await;
    assert_eq!(earlier, Ok((1, Found::Loaded)));
    assert_eq!(shelf.fresh(&1), None);
}

#[tokio::test]
async fn a_shelf_bears_no_more_than_it_can() {
    let shelf: Shelf<u32, u32, &'static str> = Shelf::weighed(100, LONG, |value| *value);
    for key in 0..50 {
        shelf.get(&key, None, || async { Ok(10) }).await.expect("a number");
    }
    shelf.places.run_pending_tasks();
    assert!(shelf.places.weighted_size() <= 100, "{}", shelf.places.weighted_size());
}
