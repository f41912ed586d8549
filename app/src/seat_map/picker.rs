//! The handle that the parts of the island share: the model behind a version signal, and what is
//! said to the fan.

use leptos::{html, prelude::*};
use onsale_domain::SeatIndex;

use super::{
    PickerEvent,
    canvas::{CanvasSurface, size_of},
    model::{Model, News, Tapped},
    order::{Order, list_names, spoken_name},
    paint::paint,
    selection::Toggled,
};
use crate::browser;

/// Whether we hear from the box office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// The map is on its way.
    Loading,
    /// What is shown is a few seconds old at most.
    Live,
    /// We cannot reach the box office; what is shown is what we knew.
    Offline,
    /// The map could not be loaded.
    Broken,
}

/// What stands between the fan and the seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// What happened.
    pub title: String,
    /// What can be done.
    pub advice: String,
    /// Seats to take instead.
    pub offer: Option<Offer>,
    /// Where to go instead: an address and the words for it.
    pub way: Option<(String, &'static str)>,
}

impl Obstacle {
    /// Something that words alone explain.
    pub(super) fn words(title: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { title: title.into(), advice: advice.into(), offer: None, way: None }
    }
}

/// Seats near those that were lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offer {
    /// The seats.
    pub seats: Vec<SeatIndex>,
    /// "G 17 and G 18".
    pub names: String,
}

/// A copy of this is all that a part of the island needs.
#[derive(Clone, Copy)]
pub(super) struct Picker {
    pub event: StoredValue<PickerEvent>,
    pub canvas: NodeRef<html::Canvas>,
    pub link: RwSignal<Link>,
    /// The last thing that happened to other people's seats.
    pub ticker: RwSignal<String>,
    /// What a screen reader says next.
    pub announcement: RwSignal<String>,
    pub obstacle: RwSignal<Option<Obstacle>>,
    pub is_holding: RwSignal<bool>,
    /// How many seats "best together" looks for.
    pub quantity: RwSignal<u16>,
    pub is_list: RwSignal<bool>,
    /// The key of the last request for seats, and the seats, so that a retry repeats it.
    pub request_key: StoredValue<Option<(String, Vec<SeatIndex>)>>,
    model: StoredValue<Option<Model>>,
    version: RwSignal<u32>,
    frame_is_due: StoredValue<bool>,
}

impl Picker {
    pub(super) fn new(event: PickerEvent) -> Self {
        Self {
            event: StoredValue::new(event),
            canvas: NodeRef::new(),
            link: RwSignal::new(Link::Loading),
            ticker: RwSignal::new(String::new()),
            announcement: RwSignal::new(String::new()),
            obstacle: RwSignal::new(None),
            is_holding: RwSignal::new(false),
            quantity: RwSignal::new(2),
            is_list: RwSignal::new(false),
            request_key: StoredValue::new(None),
            model: StoredValue::new(None),
            version: RwSignal::new(0),
            frame_is_due: StoredValue::new(false),
        }
    }

    /// The map has arrived.
    pub(super) fn open(self, model: Model) {
        self.model.set_value(Some(model));
        self.link.set(Link::Live);
        self.touch();
    }

    /// Reads the model and wants to be told when it changes; `None` until it is there.
    pub(super) fn read<T>(self, read: impl FnOnce(&Model) -> T) -> Option<T> {
        self.version.track();
        self.peek(read)
    }

    /// Reads the model as it is now.
    pub(super) fn peek<T>(self, read: impl FnOnce(&Model) -> T) -> Option<T> {
        self.model.with_value(|model| model.as_ref().map(read))
    }

    /// Changes the model; everything that read it is told, and the map is drawn once.
    pub(super) fn change<T>(self, change: impl FnOnce(&mut Model) -> T) -> Option<T> {
        let result = self.model.try_update_value(|model| model.as_mut().map(change)).flatten();
        self.touch();
        result
    }

    /// Changes what only the drawing shows, such as the view: nothing but the drawing is told.
    pub(super) fn change_view<T>(self, change: impl FnOnce(&mut Model) -> T) -> Option<T> {
        let result = self.model.try_update_value(|model| model.as_mut().map(change)).flatten();
        self.ask_for_frame();
        result
    }

    fn touch(self) {
        self.version.update(|version| *version = version.wrapping_add(1));
        self.ask_for_frame();
    }

    /// Draws before the next frame, once, however often it is asked.
    pub(super) fn ask_for_frame(self) {
        if !self.frame_is_due.get_value() {
            self.frame_is_due.set_value(true);
            request_animation_frame(move || {
                self.frame_is_due.set_value(false);
                self.draw();
            });
        }
    }

    fn draw(self) {
        let Some(canvas) = self.canvas.get_untracked() else { return };
        let (width, height) = size_of(&canvas);
        if width < 1.0 || height < 1.0 {
            return;
        }
        let is_flying = self.model.try_update_value(|model| {
            let model = model.as_mut()?;
            model.viewport.resize(width, height);
            let is_flying = model.viewport.advance(browser::now_millis());
            if let Some(mut surface) = CanvasSurface::prepare(&canvas) {
                paint(model, &mut surface);
            }
            Some(is_flying)
        });
        if is_flying.flatten() == Some(true) {
            self.ask_for_frame();
        }
    }

    /// Moves the view by a flight, or at once for people who asked for less motion.
    pub(super) fn fly(self, start: impl FnOnce(&mut Model, f64)) {
        self.change_view(|model| {
            start(model, browser::now_millis());
            if browser::prefers_reduced_motion() {
                model.viewport.land();
            }
        });
    }

    /// What is picked.
    pub(super) fn order(self) -> Order {
        self.read(Order::of).unwrap_or_default()
    }

    /// Picks the best seats together, or says that there are not so many.
    pub(super) fn find_best(self) {
        let quantity = self.quantity.get_untracked();
        let found = self.change(|model| {
            let found = model.pick_best(quantity, browser::now_millis());
            if browser::prefers_reduced_motion() {
                model.viewport.land();
            }
            found
        });
        match found {
            Some(true) => {
                let names = self.peek(|model| list_names(model, model.selection.seats()));
                self.say(format!("Picked {}.", names.unwrap_or_default()));
                self.obstacle.set(None);
                browser::bring_to_top_on_phones(self.canvas.get_untracked().as_deref());
            }
            Some(false) => self.obstacle.set(Some(Obstacle::words(
                format!("No {quantity} seats together are left"),
                "Try another price, fewer seats, or pick two groups on the map.",
            ))),
            None => {}
        }
    }

    /// Picks or puts back one seat, from the list.
    pub(super) fn toggle(self, seat: SeatIndex) {
        if let Some(tapped) = self.change(|model| model.toggle(seat)) {
            self.explain(tapped);
        }
    }

    /// Tells the fan what a tap did, where it is not plain to see.
    pub(super) fn explain(self, tapped: Tapped) {
        let name = |seat| self.peek(|model| spoken_name(model, seat)).unwrap_or_default();
        match tapped {
            Tapped::Seat(_, Toggled::Full) => self.obstacle.set(Some(Obstacle::words(
                "Ten seats is the most for one booking",
                "Put one back to pick another.",
            ))),
            Tapped::Seat(seat, Toggled::Added) => {
                self.obstacle.set(None);
                self.say(format!("{} picked.", name(seat)));
            }
            Tapped::Seat(seat, Toggled::Removed) => {
                self.obstacle.set(None);
                self.say(format!("{} put back.", name(seat)));
            }
            Tapped::NotYours(seat) => self.say(format!("{} is taken.", name(seat))),
            Tapped::Closed => {
                let opens = self.event.with_value(|event| event.opens.clone());
                self.say(format!("Seats can be picked from {opens}."));
            }
            Tapped::Approached | Tapped::Nothing => {}
        }
    }

    /// Lets a screen reader say it.
    pub(super) fn say(self, words: String) {
        self.announcement.set(words);
    }

    /// Tells what new availability brought: losses of picked seats loudly, others in passing.
    pub(super) fn tell(self, news: &News) {
        if let Some(seat) = news.example {
            let words = match news.taken {
                1 => self.peek(|model| format!("{} was just taken", spoken_name(model, seat))),
                many => Some(format!("{many} seats were just taken")),
            };
            self.ticker.set(words.unwrap_or_default());
        }
        if !news.lost.is_empty() {
            self.report_taken(&news.lost, "It is no longer in your order.");
        }
    }

    /// Says which picked seats went to somebody else, and offers the nearest ones instead of
    /// everything that the fan had picked.
    pub(super) fn report_taken(self, lost: &[SeatIndex], advice: &str) {
        let Some(first) = lost.first().copied() else { return };
        let described = self.peek(|model| {
            let kept = model.selection.seats().len();
            let quantity = u16::try_from(kept + lost.len()).unwrap_or(u16::MAX);
            let offer = model
                .nearest_to(first, quantity)
                .map(|seats| Offer { names: list_names(model, &seats), seats });
            let names: Vec<_> = lost.iter().map(|seat| spoken_name(model, *seat)).collect();
            let were = if lost.len() == 1 { "was" } else { "were" };
            (format!("{} {were} just taken", names.join(", ")), offer)
        });
        let Some((title, offer)) = described else { return };
        self.say(format!("{title}."));
        self.obstacle.set(Some(Obstacle { title, advice: advice.to_owned(), offer, way: None }));
    }

    /// Takes seats that were offered.
    pub(super) fn take(self, seats: &[SeatIndex]) {
        self.obstacle.set(None);
        self.change(|model| {
            model.pick(seats, browser::now_millis());
            if browser::prefers_reduced_motion() {
                model.viewport.land();
            }
        });
    }
}
