//! The switch board of one waiting room.

use leptos::prelude::*;
use onsale_domain::waiting_room::{RoomCommand, RoomMode, RoomRules, Schedule, limits};
use onsale_domain::{Timestamp, limits::MAX_TICKETS_PER_USER_AND_EVENT};

use super::{Operator, bar, csrf, head, mode_mark, notice};
use crate::{
    api::{Problem, RoomBoard},
    plain::{Document, document, grouped},
};

/// The page at `/admin/events/{event}`.
#[must_use]
pub fn room_page(operator: &Operator, room: &RoomBoard, problem: Option<&Problem>) -> Document {
    let id = room.event_id;
    let (word, mark) = mode_mark(room.mode);
    let body = view! {
        <div
            class="admin"
            id="room"
            data-testid="room"
            data-event=id.to_string()
            data-mode=room.mode.as_str()
        >
            {bar(operator)}
            <header class="admin-title">
                <h1>{room.event_title.clone()}</h1>
                <p>
                    <span class=mark data-testid="room-mode">{word}</span>
                    <a href=format!("/queue/{id}")>"See it as fans do"</a>
                    <a href=format!("/queue/{id}/verify")>"The draw"</a>
                </p>
            </header>
            {notice(problem)}
            {figures(room)}
            <div class="admin-columns">
                <div class="admin-column">
                    {commands(operator, room)} {schedule_form(operator, room)}
                </div>
                {rules_form(operator, room)}
            </div>
        </div>
    };
    let title = format!("Waiting room · {}", room.event_title);
    document(head(&title, Some("/admin.js")), body.into_any())
}

fn figures(room: &RoomBoard) -> impl IntoView + use<> {
    let minutes = room.newcomer_seconds.map(|seconds| format!("{} min", seconds.div_ceil(60)));
    let figure = |name: &'static str, label: &'static str, value: String| {
        view! {
            <div class="admin-figure">
                <dt>{label}</dt>
                <dd data-figure=name data-testid=format!("figure-{name}")>{value}</dd>
            </div>
        }
    };
    view! {
        <dl class="admin-figures" aria-label="Live figures">
            {figure("waiting", "waiting", grouped(room.waiting))}
            {figure("admitted", "admitted", grouped(room.admitted))}
            {figure("active", "active passes", grouped(room.active.into()))}
            {figure("converting", "of these, holding seats", grouped(room.converting.into()))}
            {figure("abandoned", "left without seats", grouped(room.abandoned))}
            {figure("rateNow", "let in a minute, now", format!("{:.0}", room.rate_now))}
            {figure("newcomer", "wait of a newcomer", minutes.unwrap_or_else(|| "–".to_owned()))}
            {figure("availableSeats", "seats left", grouped(room.available_seats.into()))}
            {figure("heldSeats", "seats held", grouped(room.held_seats.into()))}
            {figure("skipped", "numbers skipped", grouped(room.skipped))}
        </dl>
    }
}

/// What each command is called and what it does, in one line.
const COMMANDS: [(RoomCommand, &str, &str, bool); 7] = [
    (RoomCommand::SwitchOn, "Switch on now", "Who has no seats yet must queue.", false),
    (RoomCommand::Pause, "Pause", "Nobody is let in; places and turns are kept.", false),
    (RoomCommand::Resume, "Resume", "Goes on where it stopped.", false),
    (
        RoomCommand::Drain,
        "Drain",
        "Nobody joins; those who wait are let in, then it is off.",
        false,
    ),
    (RoomCommand::Close, "Close", "Ends the queue. Nobody else is let in.", true),
    (RoomCommand::Reset, "Reset", "Voids every place and pass, and pauses.", true),
    (RoomCommand::SwitchOff, "Switch off", "Anybody can take seats at once.", true),
];

fn commands(operator: &Operator, room: &RoomBoard) -> impl IntoView + use<> {
    let now = Timestamp(0);
    let rows = COMMANDS.iter().filter(|(command, _, _, for_admins)| {
        let means_something = match command {
            RoomCommand::SwitchOff | RoomCommand::Reset => room.mode != RoomMode::Off,
            command => command.apply(room.mode, now).is_ok(),
        };
        means_something && (operator.is_admin || !for_admins)
    });
    let rows = rows.enumerate().map(|(place, (command, name, words, for_admins))| {
        let word = command.as_str();
        // One button stands out: the first that can be pressed without being an admin.
        let is_first = place == 0 && !for_admins;
        let style = if is_first { "button button-accent" } else { "button button-line" };
        view! {
            <form method="post" action=format!("/admin/events/{}/command", room.event_id)>
                {csrf(operator)}
                <input type="hidden" name="command" value=word />
                <button class=style type="submit" data-testid=format!("do-{word}")>{*name}</button>
                <span>{*words}</span>
            </form>
        }
    });
    view! { <section class="admin-commands admin-card" aria-label="Switches">{rows.collect_view()}</section> }
}

fn schedule_form(operator: &Operator, room: &RoomBoard) -> impl IntoView + use<> {
    let may_plan = matches!(room.mode, RoomMode::Off | RoomMode::Scheduled);
    // A field for a time wants it without a zone; here that is always UTC.
    let text = |of: fn(&Schedule) -> Timestamp| {
        let text = room.schedule.as_ref().map(|plan| of(plan).to_string()).unwrap_or_default();
        text.chars().take("2026-12-04T09:00:00".len()).collect::<String>()
    };
    let (joins, opens) = (text(|plan| plan.joins_at), text(|plan| plan.opens_at));
    let commitment = room.commitment.clone().map(|commitment| {
        view! { <p class="admin-small">"Commitment of the draw: " <code>{commitment}</code></p> }
    });
    may_plan.then(|| {
        view! {
            <form
                method="post"
                action=format!("/admin/events/{}/command", room.event_id)
                class="admin-form admin-card"
            >
                <h2>"A draw at the beginning"</h2>
                {csrf(operator)}
                <input type="hidden" name="command" value="schedule" />
                <p class="admin-small">
                    "Whoever joins between the two has the same chance. Then the sale opens, and places are drawn."
                </p>
                <label for="joins">"Fans may join from (UTC)"</label>
                <input id="joins" name="joins_at" type="datetime-local" step="1" value=joins required />
                <output for="joins" class="admin-small" data-clock="joins"></output>
                <label for="opens">"The sale opens (UTC)"</label>
                <input id="opens" name="opens_at" type="datetime-local" step="1" value=opens required />
                <output for="opens" class="admin-small" data-clock="opens"></output>
                <button class="button button-line" type="submit" data-testid="do-schedule">"Plan"</button>
                {commitment}
            </form>
        }
    })
}

fn rules_form(operator: &Operator, room: &RoomBoard) -> impl IntoView + use<> {
    let RoomRules {
        rate_per_minute,
        max_active_passes,
        pass_seconds,
        grace_seconds,
        hold_budget,
        proof_bits,
        tell_all,
    } = room.rules;
    let field = |name: &'static str, label: &'static str, value: u32, (least, most): (u32, u32)| {
        view! {
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type="number"
                min=least.to_string()
                max=most.to_string()
                value=value.to_string()
                required
            />
        }
    };
    let budget = u32::try_from(MAX_TICKETS_PER_USER_AND_EVENT).unwrap_or(u32::MAX);
    view! {
        <form
            method="post"
            action=format!("/admin/events/{}/rules", room.event_id)
            class="admin-form admin-card"
        >
            <h2>"How it is run"</h2>
            {csrf(operator)}
            {field("rate_per_minute", "Let in a minute, at most", rate_per_minute, (1, limits::MAX_RATE_PER_MINUTE))}
            {field("max_active_passes", "Passes at a time, at most", max_active_passes, (1, limits::MAX_ACTIVE_PASSES))}
            {field("pass_seconds", "A pass is good for (seconds)", pass_seconds, limits::PASS_SECONDS)}
            {field("grace_seconds", "A turn is kept for (seconds)", grace_seconds, limits::GRACE_SECONDS)}
            {field("hold_budget", "Tickets for each pass", hold_budget.into(), (1, budget))}
            {field("proof_bits", "Hardness of the puzzle against robots, 0 for none", proof_bits.into(), (0, limits::MAX_PROOF_BITS.into()))}
            <label class="admin-check">
                <input type="checkbox" name="tell_all" value="true" checked=tell_all />
                "All who wait may keep a WebSocket open"
            </label>
            <button class="button button-line" type="submit" data-testid="set-rules">"Change"</button>
        </form>
    }
}
