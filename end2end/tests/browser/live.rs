//! What one fan does is seen by the others at once.

use std::time::Duration;

use onsale_end2end::{Device, EVENT, Seat, Visitor, play_on};
use onsale_testkit::{StackOptions, eventually};

/// Long, for a relay that has yet to read what other tests wrote into the same cluster.
const LIMIT: Duration = Duration::from_secs(60);
/// From the answer to one fan until another sees it.
const MOST_MILLIS: f64 = 1_000.0;

fn with_relay() -> StackOptions {
    StackOptions { relay: true, ..StackOptions::default() }
}

/// Opens the event and waits until changes are told, not asked for.
async fn looks_at(fan: &Visitor) {
    fan.open(&format!("/events/{EVENT}")).await;
    fan.sees(".live-line.is-live").await;
    fan.sees(".live-line[data-told='true']").await;
}

/// Reads the middle of a seat on the drawing.
const PIXEL: &str = "const pixel = seat => {
    const canvas = document.querySelector('[data-testid=seat-map]');
    const box = canvas.getBoundingClientRect(), at = window.__onsaleSeatPoint(seat);
    const scale = canvas.width / box.width;
    const [x, y] = [(at.x - box.x) * scale, (at.y - box.y) * scale];
    return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].join(',');
};";

/// Remembers when the middle of a seat looks different for the first time.
async fn watches(fan: &Visitor, seat: &Seat) {
    let watch: String = fan
        .ask(&format!(
            "() => {{
                {PIXEL}
                const before = pixel({seat});
                window.seenAt = null;
                const look = () => {{
                    if (pixel({seat}) === before) requestAnimationFrame(look);
                    else window.seenAt = Date.now();
                }};
                look();
                return before;
            }}",
            seat = seat.ticket.seat
        ))
        .await;
    assert!(watch.ends_with(",255"), "the seat is drawn as free: {watch}");
}

/// When the watched seat first looked different, in milliseconds since 1970.
async fn sees_it_grey(fan: &Visitor) -> f64 {
    eventually("the seat to grey", LIMIT, || async {
        fan.ask::<Option<f64>>("() => window.seenAt").await
    })
    .await
}

#[test]
fn a_seat_sold_in_one_browser_greys_in_another_within_a_second() {
    play_on(with_relay(), async |scene| {
        let seats = scene.seats("Stalls", 2).await;
        let (first, seat) = (&seats[0], &seats[1]);
        let (buyer, onlooker) =
            tokio::join!(scene.visitor(Device::Desktop), scene.visitor(Device::Desktop));
        looks_at(&onlooker).await;
        // From the first change on, the relay is known to be up to date.
        watches(&onlooker, first).await;
        let held = scene.stack().buyer(0).reserve(&[first.ticket.to_string()]).await;
        assert_eq!(held.status, 201, "{}", held.body);
        sees_it_grey(&onlooker).await;
        watches(&onlooker, seat).await;

        buyer.open(&format!("/events/{EVENT}")).await;
        let held_at: f64 = buyer
            .ask(&format!(
                "async () => {{
                    const answer = await fetch('/api/bookings/reserve', {{
                        method: 'POST', headers: {{ 'content-type': 'application/json' }},
                        body: JSON.stringify({{ ticketIds: ['{}'] }}),
                    }});
                    if (answer.status !== 201) throw new Error(await answer.text());
                    return Date.now();
                }}",
                seat.ticket
            ))
            .await;
        let seen_at = sees_it_grey(&onlooker).await;
        let took = seen_at - held_at;
        println!("greyed {took} ms after the answer");
        assert!(took <= MOST_MILLIS, "{took} ms");

        // The list says the same in words.
        onlooker.press("show-list").await;
        let section = format!("[data-testid='list-section']:has-text('{}')", seat.section);
        onlooker.click(&section).await;
        let taken = format!("[data-seat='{}'][aria-disabled='true']", seat.ticket.seat);
        onlooker.sees(&taken).await;
    });
}

#[test]
fn a_picked_seat_that_is_lost_is_announced_and_another_offered() {
    play_on(with_relay(), async |scene| {
        let seat = scene.seats("Gallery", 1).await.remove(0);
        let fan = scene.visitor(Device::Desktop).await;
        looks_at(&fan).await;
        fan.pick(seat.ticket).await;
        let rival = scene.stack().buyer(0);
        let held = rival.reserve(&[seat.ticket.to_string()]).await;
        assert_eq!(held.status, 201, "{}", held.body);

        let words = format!("{} was just taken", seat.spoken());
        eventually("the loss to be announced", LIMIT, || async {
            fan.read("announcement").await.contains(&words).then_some(())
        })
        .await;
        let notice = fan.read("problem-notice").await;
        assert!(notice.contains(&words), "{notice}");
        assert_eq!(fan.sign("order-line").count().await.ok(), Some(0), "it is not ordered");
        fan.press("offer-nearest").await;
        fan.sees("[data-testid='order-line']").await;
    });
}

#[test]
fn a_tab_in_the_background_stops_listening() {
    play_on(with_relay(), async |scene| {
        let fan = scene.visitor(Device::Desktop).await;
        fan.page()
            .add_init_script(
                "window.open_streams = 0;
                 const Stream = window.EventSource;
                 window.EventSource = class extends Stream {
                     constructor(...given) { super(...given); window.open_streams += 1; }
                     close() { super.close(); window.open_streams -= 1; }
                 };
                 let hidden = false;
                 Object.defineProperty(document, 'visibilityState',
                     { get: () => hidden ? 'hidden' : 'visible' });
                 window.hide = value => {
                     hidden = value;
                     document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
                 };",
            )
            .await
            .expect("a script");
        looks_at(&fan).await;
        let open = "() => window.open_streams";
        assert_eq!(fan.ask::<u32>(open).await, 1);
        let _: Option<()> = fan.ask("() => window.hide(true)").await;
        assert_eq!(fan.ask::<u32>(open).await, 0);
        let _: Option<()> = fan.ask("() => window.hide(false)").await;
        assert_eq!(fan.ask::<u32>(open).await, 1);
    });
}
