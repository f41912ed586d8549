//! The handle that the parts of the island share: the model behind a version signal, and what is
//! said to the fan.

use leptos::{html, prelude::*};
use onsale_domain::{AvailabilityDelta, SeatIndex};

use super::{
    PickerEvent,
    canvas::{CanvasSurface, size_of},
    damage::{Damage, Redraw, redraw},
    model::{Model, News, Tapped},
    order::{Order, list_names, spoken_name, view_from},
    paint::paint,
    selection::Toggled,
};
use crate::browser;

/// So long, at least, each line of news can be read.
const TICKER_MILLIS: f64 = 1_000.0;

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
    /// Whether changes are told as they happen, so that nobody has to ask.
    pub is_told: RwSignal<bool>,
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
    /// Made in the browser only: what may not leave its thread may not be in a page that the server
    /// makes on one thread and drops on another, not even empty.
    surface: StoredValue<Option<StoredValue<CanvasSurface, LocalStorage>>>,
    frame_is_due: StoredValue<bool>,
    touch_is_due: StoredValue<bool>,
    ticked_at_millis: StoredValue<f64>,
    was_drawn: StoredValue<bool>,
}

impl Picker {
    pub(super) fn new(event: PickerEvent) -> Self {
        Self {
            event: StoredValue::new(event),
            canvas: NodeRef::new(),
            link: RwSignal::new(Link::Loading),
            is_told: RwSignal::new(false),
            ticker: RwSignal::new(String::new()),
            announcement: RwSignal::new(String::new()),
            obstacle: RwSignal::new(None),
            is_holding: RwSignal::new(false),
            quantity: RwSignal::new(2),
            is_list: RwSignal::new(false),
            request_key: StoredValue::new(None),
            model: StoredValue::new(None),
            version: RwSignal::new(0),
            surface: StoredValue::new(None),
            frame_is_due: StoredValue::new(false),
            touch_is_due: StoredValue::new(false),
            ticked_at_millis: StoredValue::new(0.0),
            was_drawn: StoredValue::new(false),
        }
    }

    /// The map has arrived.
    pub(super) fn open(self, model: Model) {
        self.model.set_value(Some(model));
        self.link.set(Link::Live);
        self.touch();
        self.ask_for_frame();
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
        let result = self.change_view(change);
        self.touch();
        result
    }

    /// Changes what only the drawing shows, such as the view: nothing but the drawing is told.
    pub(super) fn change_view<T>(self, change: impl FnOnce(&mut Model) -> T) -> Option<T> {
        let result = self.change_some(|model| {
            let result = change(model);
            model.damage = Damage::Everything;
            result
        });
        self.ask_for_frame();
        result
    }

    /// Changes what the drawing does not show, or what the model itself notes as damage.
    pub(super) fn change_some<T>(self, change: impl FnOnce(&mut Model) -> T) -> Option<T> {
        self.model.try_update_value(|model| model.as_mut().map(change)).flatten()
    }

    /// Takes what changed, and draws what looks different. Outer `None`: there is no map yet;
    /// inner: something is missing before it.
    pub(super) fn learn(self, delta: &AvailabilityDelta) -> Option<Option<News>> {
        let news = self.change_some(|model| model.learn_delta(delta));
        // However many changes come, words and drawing follow once a frame.
        self.touch_is_due.set_value(true);
        self.ask_for_frame();
        news
    }

    fn touch(self) {
        self.touch_is_due.set_value(false);
        self.version.update(|version| *version = version.wrapping_add(1));
    }

    /// Draws before the next frame, once, however often it is asked.
    pub(super) fn ask_for_frame(self) {
        if !self.frame_is_due.get_value() {
            self.frame_is_due.set_value(true);
            request_animation_frame(move || {
                self.frame_is_due.set_value(false);
                if self.touch_is_due.get_value() {
                    self.touch();
                }
                self.draw();
            });
        }
    }

    /// Draws everything again, since the page looks different.
    pub(super) fn change_looks(self, change: impl FnOnce(&mut CanvasSurface)) {
        if let Some(surface) = self.surface.get_value() {
            surface.update_value(change);
        }
        self.change_view(|_| ());
    }

    fn draw(self) {
        let Some(canvas) = self.canvas.get_untracked() else { return };
        let (width, height) = size_of(&canvas);
        if width < 1.0 || height < 1.0 {
            return;
        }
        if self.surface.get_value().is_none() {
            self.surface.set_value(CanvasSurface::new(&canvas).map(StoredValue::new_local));
        }
        let is_flying = self.surface.get_value().and_then(|surface| {
            surface.try_update_value(|surface| {
                self.change_some(|model| draw_on(model, surface, width, height))
            })
        });
        let is_flying = is_flying.flatten();
        if is_flying.is_some() && !self.was_drawn.get_value() {
            self.was_drawn.set_value(true);
            browser::mark_time("seat-map-drawn");
        }
        if is_flying == Some(true) {
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

    /// How many are to sit together.
    pub(super) fn set_quantity(self, quantity: u16) {
        self.quantity.set(quantity);
        if self.peek(|model| model.room.quantity.is_some()) == Some(true) {
            self.change(|model| model.show_together(Some(quantity)));
        }
    }

    /// Shows only seats where so many are side by side, or all again.
    pub(super) fn toggle_together(self) {
        let quantity = self.quantity.get_untracked();
        self.change(|model| {
            let shown = model.room.quantity.is_none().then_some(quantity);
            model.show_together(shown);
        });
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
                let view = self.peek(|model| view_from(model, seat)).flatten();
                let view = view.map(|view| format!(" View: {view}.")).unwrap_or_default();
                self.say(format!("{} picked.{view}", name(seat)));
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
        let now = browser::now_millis();
        let is_readable = now - self.ticked_at_millis.get_value() >= TICKER_MILLIS;
        if let Some(seat) = news.example.filter(|_| is_readable) {
            self.ticked_at_millis.set_value(now);
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

/// Draws what has changed, and says whether the view is still on its way.
fn draw_on(model: &mut Model, surface: &mut CanvasSurface, width: f32, height: f32) -> bool {
    let is_moving = model.viewport.is_flying();
    let goes_on = model.viewport.advance(browser::now_millis());
    if surface.fit() | model.viewport.resize(width, height) | is_moving {
        model.damage = Damage::Everything;
    }
    model.refresh_room();
    let damage = std::mem::take(&mut model.damage);
    match redraw(model, &damage) {
        Redraw::Nothing => {}
        Redraw::Places(places) => paint(model, surface, Some(&places)),
        Redraw::Everything => paint(model, surface, None),
    }
    goes_on
}
