//! What taps, news and searches do to the model.

use onsale_domain::{AvailabilityDelta, SeatIndex, SeatState, seat_map::Point};

use super::{
    detail::Detail,
    fixtures::theatre,
    model::{Model, Tapped},
    order::{Order, list_names, spoken_name},
    selection::Toggled,
    status::Tallies,
};

fn screen_point(model: &Model, seat: u32) -> Point {
    let position = model.map.position_of(SeatIndex(seat)).expect("a seat");
    model.viewport.to_screen(position)
}

fn tap(model: &mut Model, seat: u32) -> Tapped {
    let at = screen_point(model, seat);
    model.tap(at, false, 0.0, 0.0)
}

#[test]
fn a_click_picks_the_seat_it_is_on() {
    let mut model = theatre();
    assert!(model.detail() >= Detail::Seats);
    assert_eq!(tap(&mut model, 13), Tapped::Seat(SeatIndex(13), Toggled::Added));
    assert_eq!(tap(&mut model, 13), Tapped::Seat(SeatIndex(13), Toggled::Removed));
    model.mark_taken(&[SeatIndex(13)]);
    assert_eq!(tap(&mut model, 13), Tapped::NotYours(SeatIndex(13)));
}

#[test]
fn a_finger_on_crowded_seats_comes_closer_instead_of_guessing() {
    let mut model = theatre();
    model.viewport.resize(130.0, 120.0);
    let at = screen_point(&model, 4);
    assert_eq!(model.tap(at, true, 0.0, 0.0), Tapped::Approached);
    model.viewport.land();
    let at = screen_point(&model, 4);
    assert_eq!(model.tap(at, true, 0.0, 0.0), Tapped::Seat(SeatIndex(4), Toggled::Added));
}

#[test]
fn places_of_an_area_are_one_line_of_the_order() {
    let mut model = theatre();
    assert_eq!(tap(&mut model, 22), Tapped::Seat(SeatIndex(20), Toggled::Added));
    model.add_standing(1, 0.9);
    model.toggle(SeatIndex(3));
    let order = Order::of(&model);
    assert_eq!(order.quantity, 3);
    assert_eq!(order.total.map(|total| total.to_string()).as_deref(), Some("€120.00"));
    let names: Vec<_> = order.lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(names, ["Floor, standing", "Stalls, row A, seat 4"]);
    model.remove_standing(1);
    assert_eq!(model.selection.seats(), [SeatIndex(20), SeatIndex(3)]);
}

#[test]
fn a_full_area_gives_no_more_places() {
    let mut model = theatre();
    for chance in [0.1, 0.5, 0.99, 0.0, 0.7] {
        assert!(matches!(model.add_standing(1, chance), Tapped::Seat(_, Toggled::Added)));
    }
    assert!(matches!(model.add_standing(1, 0.3), Tapped::NotYours(_)));
}

#[test]
fn a_picked_seat_that_went_is_put_back_and_told() {
    let mut model = theatre();
    model.pick(&[SeatIndex(5), SeatIndex(6)], 0.0);
    let mut newer = model.availability.clone();
    newer.version = 1;
    newer.set(SeatIndex(6), SeatState::Held);
    newer.set(SeatIndex(15), SeatState::Sold);
    let news = model.learn(newer.clone());
    assert_eq!((news.lost.as_slice(), news.taken), ([SeatIndex(6)].as_slice(), 2));
    assert_eq!(model.selection.seats(), [SeatIndex(5)]);
    assert_eq!(model.tallies.by_category, [18, 5]);
    assert_eq!(spoken_name(&model, SeatIndex(6)), "Row A seat 7");
    assert_eq!(model.learn(newer).taken, 0, "the same again is no news");
}

#[test]
fn the_best_seats_are_together_and_of_a_category_that_is_shown() {
    let mut model = theatre();
    assert!(model.pick_best(3, 0.0));
    assert_eq!(list_names(&model, model.selection.seats()), "A 4, A 5 and A 6");
    model.filter.toggle(1);
    assert!(model.pick_best(2, 0.0));
    assert_eq!(list_names(&model, model.selection.seats()), "2 × Floor");
    assert!(!model.pick_best(6, 0.0), "only five can stand");
}

#[test]
fn the_nearest_offer_is_near_what_was_lost() {
    let mut model = theatre();
    model.mark_taken(&[SeatIndex(1), SeatIndex(2)]);
    let offer = model.nearest_to(SeatIndex(1), 2).expect("seats are left");
    assert!(offer.iter().all(|seat| model.availability.is_available(*seat)));
    assert_eq!(list_names(&model, &offer), "B 1 and B 2");
}

#[test]
fn what_changed_is_learned_without_asking_for_everything() {
    let mut model = theatre();
    model.toggle(SeatIndex(3));
    let (epoch, version) = (model.availability.epoch, model.availability.version);
    let change = |previous, version, seats: &[(u32, SeatState)]| {
        let seats = seats.iter().map(|(seat, state)| (SeatIndex(*seat), *state)).collect();
        AvailabilityDelta::new(epoch, previous, version, seats)
    };
    let taken = [(3, SeatState::Held), (7, SeatState::Sold), (20, SeatState::Held)];
    let first = change(version, version + 5, &taken);
    let news = model.learn_delta(&first).expect("it follows");
    assert_eq!((news.taken, news.lost), (3, vec![SeatIndex(3)]));
    assert!(model.selection.seats().is_empty());
    let back = change(version + 5, version + 6, &[(3, SeatState::Available)]);
    assert_eq!(model.learn_delta(&back).map(|news| news.taken), Some(0));
    let counted = Tallies::count(&model.map, &model.categories, &model.availability);
    assert_eq!(model.tallies, counted, "counts follow without a pass over all seats");

    let again = model.learn_delta(&first).expect("it is known");
    assert_eq!((again.taken, again.lost), (0, vec![]));
    assert_eq!(model.learn_delta(&change(version + 9, version + 10, &[])), None, "a gap");
}

#[test]
fn a_party_is_shown_where_it_fits_also_after_seats_went() {
    let mut model = theatre();
    model.show_together(Some(6));
    model.refresh_room();
    assert!(model.shows(SeatIndex(0)) && model.shows(SeatIndex(13)));
    assert!(!model.room.is_in(1) && !model.shows(SeatIndex(20)), "only five can stand");

    let (epoch, version) = (model.availability.epoch, model.availability.version);
    let seats = vec![(SeatIndex(4), SeatState::Held)];
    model.learn_delta(&AvailabilityDelta::new(epoch, version, version + 1, seats));
    model.refresh_room();
    assert!(!model.shows(SeatIndex(0)) && !model.shows(SeatIndex(9)), "four and five are left");
    assert!(model.shows(SeatIndex(13)), "the other row is as it was");
    model.show_together(None);
    assert!(model.shows(SeatIndex(0)));
}

#[test]
fn an_order_says_what_is_seen_from_a_seat() {
    let mut model = theatre();
    model.pick(&[SeatIndex(4), SeatIndex(20)], 0.0);
    let views: Vec<_> = Order::of(&model).lines.into_iter().map(|line| line.view).collect();
    let view = "row 1 of 2, about 1 m from the Stage, left of the centre";
    assert_eq!(views, [Some(view.to_owned()), None]);
}
