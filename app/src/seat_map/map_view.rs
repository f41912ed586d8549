//! The drawn map: the canvas, what hands and keys do to it, and the label at the mouse.

use leptos::{
    ev::{KeyboardEvent, PointerEvent, WheelEvent},
    prelude::*,
};
use onsale_domain::{SeatIndex, seat_map::Point};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::{
    gestures::Gesture,
    model::{Model, Tapped},
    order::view_from,
    picker::{Link, Picker},
};
use crate::browser;

/// How much one notch of a wheel zooms, per pixel that the browser says it turned.
const WHEEL_ZOOM: f32 = 0.0016;
/// How far an arrow key moves the map, in pixels.
const KEY_PAN_PX: f32 = 80.0;
/// How much a key zooms.
const KEY_ZOOM: f32 = 1.5;

/// Half the width that the label at the mouse has at most, in pixels, and some room.
const TOOLTIP_HALF_PX: f32 = 140.0;

/// What stands at the mouse while it is on a seat.
#[derive(Debug, Clone, PartialEq)]
struct Tooltip {
    at: Point,
    place: String,
    detail: String,
    view: Option<String>,
}

/// The map.
#[component]
pub(super) fn MapView(picker: Picker) -> impl IntoView {
    let tooltip = RwSignal::new(None::<Tooltip>);
    let selected = Memo::new(move |_| {
        let seats = picker.read(|model| {
            let numbers: Vec<_> = model.selection.seats().iter().map(ToString::to_string).collect();
            numbers.join(",")
        });
        seats.unwrap_or_default()
    });
    Effect::new(move |_| publish_seat_points(picker));
    view! {
        <div class="map-stage" class:is-loading=move || picker.link.get() == Link::Loading>
            <canvas
                node_ref=picker.canvas
                class="seat-map"
                data-testid="seat-map"
                data-selected=move || selected.get()
                tabindex="0"
                role="application"
                aria-label="Seat map. Arrow keys move it, plus and minus zoom, zero shows everything. The list has the same seats for the keyboard."
                on:pointerdown=move |event| pointer_down(picker, &event)
                on:pointermove=move |event| pointer_moved(picker, tooltip, &event)
                on:pointerup=move |event| pointer_up(picker, tooltip, &event)
                on:pointercancel=move |event: PointerEvent| {
                    picker.change_some(|model| model.gestures.cancel(event.pointer_id()));
                }
                on:pointerleave=move |event: PointerEvent| {
                    // A finger leaves when it is lifted: what it tapped on stays explained.
                    if event.pointer_type() == "mouse" {
                        hover(picker, tooltip, None);
                    }
                }
                on:blur=move |_| hover(picker, tooltip, None)
                on:wheel=move |event| wheel(picker, &event)
                on:keydown=move |event| key_down(picker, &event)
            ></canvas>
            {move || tooltip.get().map(|tooltip| view! { <TooltipView tooltip /> })}
        </div>
    }
}

#[component]
fn TooltipView(tooltip: Tooltip) -> impl IntoView {
    let position = format!("translate({}px, {}px)", tooltip.at.x as i32, tooltip.at.y as i32);
    view! {
        <div class="map-tooltip" aria-hidden="true" style:transform=position>
            <div><b>{tooltip.place}</b> <span>{tooltip.detail}</span> <span>{tooltip.view}</span></div>
        </div>
    }
}

fn at(event: &PointerEvent) -> Point {
    Point { x: event.offset_x() as f32, y: event.offset_y() as f32 }
}

fn pointer_down(picker: Picker, event: &PointerEvent) {
    if event.button() != 0 {
        return;
    }
    if let Some(canvas) = picker.canvas.get_untracked() {
        let _ = canvas.set_pointer_capture(event.pointer_id());
    }
    picker.change_some(|model| model.gestures.down(event.pointer_id(), at(event)));
}

fn pointer_moved(picker: Picker, tooltip: RwSignal<Option<Tooltip>>, event: &PointerEvent) {
    let gesture = picker.change_some(|model| model.gestures.moved(event.pointer_id(), at(event)));
    match gesture.flatten() {
        Some(Gesture::Pan { dx, dy }) => {
            picker.change_view(|model| model.viewport.pan_by(dx, dy));
        }
        Some(Gesture::Pinch { factor, around, dx, dy }) => {
            picker.change_view(|model| {
                model.viewport.pan_by(dx, dy);
                model.viewport.zoom_by(factor, around);
            });
        }
        Some(Gesture::Tap(_)) | None => {}
    }
    let is_dragging = picker.peek(|model| model.gestures.is_dragging()).unwrap_or_default();
    let is_mouse = event.pointer_type() == "mouse";
    hover(picker, tooltip, (is_mouse && !is_dragging).then(|| at(event)));
}

fn pointer_up(picker: Picker, tooltip: RwSignal<Option<Tooltip>>, event: &PointerEvent) {
    let gesture = picker.change_some(|model| model.gestures.up(event.pointer_id(), at(event)));
    if let Some(Some(Gesture::Tap(point))) = gesture {
        let by_finger = event.pointer_type() == "touch";
        let tapped = picker.change(|model| {
            let tapped = model.tap(point, by_finger, browser::now_millis(), browser::random_unit());
            if browser::prefers_reduced_motion() {
                model.viewport.land();
            }
            tapped
        });
        let is_still = tapped != Some(Tapped::Approached);
        if let Some(tapped) = tapped {
            picker.explain(tapped);
        }
        // A finger does not hover: what a seat is stands beside it after a tap.
        hover(picker, tooltip, None);
        hover(picker, tooltip, is_still.then_some(point));
    }
}

fn hover(picker: Picker, tooltip: RwSignal<Option<Tooltip>>, at: Option<Point>) {
    let seat = at.and_then(|at| picker.peek(|model| model.seat_under(at)).flatten());
    if picker.change_some(|model| model.hover_over(seat)) != Some(true) {
        return;
    }
    picker.ask_for_frame();
    tooltip.set(seat.and_then(|seat| picker.peek(|model| describe(model, seat)).flatten()));
}

fn describe(model: &Model, seat: SeatIndex) -> Option<Tooltip> {
    let place = model.map.place(seat)?.describe();
    let position = model.viewport.to_screen(model.map.position_of(seat)?);
    let price = model.price(seat).map(|price| format!("{} · ", price.short())).unwrap_or_default();
    let wheelchair = model.accessible.get(seat.as_usize()).copied().unwrap_or_default();
    let wheelchair = if wheelchair { " · wheelchair place" } else { "" };
    let detail = format!("{price}{}{wheelchair}", model.look(seat).as_str());
    let (width, _) = model.viewport.size();
    let above = model.viewport.spacing_px() * 0.6 + 6.0;
    let at = Point {
        x: position.x.clamp(TOOLTIP_HALF_PX, (width - TOOLTIP_HALF_PX).max(TOOLTIP_HALF_PX)),
        y: position.y - above,
    };
    Some(Tooltip { at, place, detail, view: view_from(model, seat) })
}

fn wheel(picker: Picker, event: &WheelEvent) {
    event.prevent_default();
    // Lines and pages instead of pixels: what Firefox and old mice count.
    let unit = match event.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => 16.0,
        WheelEvent::DOM_DELTA_PAGE => 400.0,
        _ => 1.0,
    };
    let turned = (event.delta_y() as f32 * unit).clamp(-400.0, 400.0);
    let anchor = Point { x: event.offset_x() as f32, y: event.offset_y() as f32 };
    picker.change_view(|model| model.viewport.zoom_by((-turned * WHEEL_ZOOM).exp(), anchor));
}

fn key_down(picker: Picker, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let pan = |dx: f32, dy: f32| {
        picker.change_view(|model| model.viewport.pan_by(dx * KEY_PAN_PX, dy * KEY_PAN_PX));
    };
    let zoom = |factor: f32| picker.fly(move |model, now| model.viewport.fly_by(factor, now));
    match event.key().as_str() {
        "ArrowLeft" => pan(1.0, 0.0),
        "ArrowRight" => pan(-1.0, 0.0),
        "ArrowUp" => pan(0.0, 1.0),
        "ArrowDown" => pan(0.0, -1.0),
        "+" | "=" => zoom(KEY_ZOOM),
        "-" | "_" => zoom(1.0 / KEY_ZOOM),
        "0" => picker.fly(|model, now| model.viewport.fly_to_everything(now)),
        _ => return,
    }
    event.prevent_default();
}

/// Tells tests that click on the drawing where a seat is, in pixels of the window:
/// `window.__onsaleSeatPoint(seatIndex)` gives `{x, y}`.
fn publish_seat_points(picker: Picker) {
    let locate = Closure::<dyn Fn(u32) -> JsValue>::new(move |seat: u32| {
        let point = picker.peek(|model| {
            model
                .map
                .position_of(SeatIndex(seat))
                .map(|position| model.viewport.to_screen(position))
        });
        let canvas = picker.canvas.get_untracked();
        let (Some(Some(point)), Some(canvas)) = (point, canvas) else { return JsValue::NULL };
        let corner = canvas.get_bounding_client_rect();
        let answer = js_sys::Object::new();
        let set = |name: &str, value: f64| {
            let _ = js_sys::Reflect::set(&answer, &name.into(), &value.into());
        };
        set("x", corner.x() + f64::from(point.x));
        set("y", corner.y() + f64::from(point.y));
        answer.into()
    });
    let _ = js_sys::Reflect::set(
        &window(),
        &"__onsaleSeatPoint".into(),
        locate.into_js_value().unchecked_ref(),
    );
}
