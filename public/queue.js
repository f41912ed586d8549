// The waiting page. It asks the edge how the queue stands and works out what that means for its own
// place; the origin hears of a fan when they join and when they are at the front.

import { keepsPromise, positionOf } from "/draw.js";

const root = document.getElementById("queue");
const event = root.dataset.event;
const api = `/api/events/${event}/queue`;
const kept = `onsale-queue-${event}`;
const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");

let now = JSON.parse(root.dataset.now || "{}");
let place = read();
let view = "";
let timer = 0;
let socket = null;
let position = null;
let entering = false;
let told = { text: "", at: 0 };
let clock = 0; // the server's clock less ours, in milliseconds
let sound = null;

function read() {
  try { return JSON.parse(localStorage.getItem(kept)); } catch { return null; }
}

function keep(value) {
  place = value;
  position = null;
  try {
    if (value) localStorage.setItem(kept, JSON.stringify(value));
    else localStorage.removeItem(kept);
  } catch { /* Without storage, the cookie still has the place. */ }
}

async function call(path, body) {
  const answer = await fetch(api + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const json = await answer.json().catch(() => ({}));
  return { ok: answer.ok, status: answer.status, json };
}

// ---------- how the queue stands

async function look() {
  clearTimeout(timer);
  try {
    const answer = await fetch(`${api}/now.json`);
    if (answer.ok) {
      const date = Date.parse(answer.headers.get("date"));
      const age = Number(answer.headers.get("age") || 0) * 1000;
      if (date) clock = date + age - Date.now();
      learn(await answer.json());
    }
  } catch { /* Offline: the place stays, and we look again. */ }
  later();
}

function later() {
  clearTimeout(timer);
  const next = now.phase === "announced" ? now.joinsAt : now.opensAt;
  const left = next ? Date.parse(next) - time() : -1;
  let wait = (now.pollSeconds || 30) * 1000;
  if (view === "front" && !entering) wait = Math.min(wait, 5000);
  if (socket) wait = 60_000;
  wait *= 0.75 + Math.random() / 2;
  // When joining or the draw is near, look soon after it, each at a moment of their own.
  if (left > 0 && left < wait) wait = left + 1000 + Math.random() * (now.pollSeconds || 10) * 1000;
  timer = setTimeout(look, wait);
}

const time = () => Date.now() + clock;

function learn(next) {
  now = next;
  show();
}

function listen() {
  if (socket || !place || position === null) return;
  if (position - now.servingUpTo >= now.nearFront) return;
  const url = `${location.origin.replace(/^http/, "ws")}${api}/ws`;
  const opened = new WebSocket(url);
  socket = opened;
  opened.onmessage = (message) => learn(JSON.parse(message.data));
  opened.onclose = () => { if (socket === opened) { socket = null; later(); } };
}

// ---------- what is shown

function state() {
  if (now.phase === "off") return "off";
  if (place && place.epoch !== now.epoch) return "void";
  if (place) {
    if (now.phase === "closed") return "closed";
    if (position === null) position = positionOf(now, place.number);
    if (position === null) return "drawing";
    if (position < now.expiredBelow) return "passed";
    if (position < now.servingUpTo) return "front";
    return now.soldOut ? "sold-out" : "place";
  }
  if (now.phase === "announced") return "announced";
  if (now.phase === "draining" || now.phase === "closed") return "closed";
  return "join";
}

function show() {
  const next = state();
  const changed = next !== view;
  view = next;
  root.dataset.view = view;
  for (const part of root.querySelectorAll("[data-when]")) {
    part.hidden = !part.dataset.when.split(" ").includes(view);
  }
  if (view === "place" || view === "sold-out") showPlace();
  if (view === "drawing") {
    at("draw-number").textContent = number.format(place.number);
    title(`In the draw with number ${number.format(place.number)}`);
  }
  if (changed) entered();
  listen();
}

function showPlace() {
  const ahead = position - now.servingUpTo;
  at("place-number").textContent = number.format(ahead + 1);
  at("place-gone").textContent = `${number.format(now.servingUpTo)} went in`;
  const paused = now.phase === "paused";
  at("place-paused").hidden = !paused;
  const left = paused || now.soldOut ? "" : eta(ahead);
  at("place-eta").textContent = left;
  const done = Math.floor((now.servingUpTo / Math.max(1, position)) * 100);
  at("place-fill").style.transform = `scaleX(${done / 100})`;
  at("place-bar").setAttribute("aria-valuenow", String(done));
  title(`${number.format(ahead + 1)} in the queue`);
  // Not each step: somebody who listens to the page wants to do other things, too.
  if (Date.now() - told.at > 60_000) say(`${number.format(ahead)} people are ahead of you. ${left}`);
}

/** As domain::waiting_room::eta, in words. */
function eta(ahead) {
  const { perMinute, spread } = now.pace;
  if (!(perMinute > 0)) return "";
  const minutes = (rate) => Math.max(1, Math.ceil(Math.round((ahead * 60) / rate) / 60));
  const low = minutes(perMinute * (1 + spread));
  const high = minutes(perMinute * (1 - Math.min(spread, 0.9)));
  if (high === 1) return "less than a minute";
  if (low === high) return `about ${low} min`;
  if (high < 120) return `about ${low}–${high} min`;
  return `about ${Math.max(1, Math.floor(low / 60))}–${Math.ceil(high / 60)} h`;
}

function entered() {
  if (view === "front") {
    title("★ It is your turn");
    say("It is your turn. Go to the seats.", true);
    alarm();
  } else if (view === "place") {
    say(`Your place is ${number.format(position - now.servingUpTo + 1)}.`, true);
    checkPromise();
  } else if (view === "passed") title("Your turn has passed");
  else if (view === "sold-out") say("Every seat is gone. You keep your place if you stay.", true);
  const notify = at("allow-notify");
  notify.hidden = !("Notification" in window) || Notification.permission !== "default";
}

function checkPromise() {
  if (!now.seed || !place.commitment) return;
  if (!keepsPromise(now.seed, place.commitment)) {
    problem("The seed of the draw is not the one that was promised when you joined. Keep this page and ask the organiser.");
  }
}

function say(text, must = false) {
  if (!must && text === told.text) return;
  told = { text, at: Date.now() };
  at("queue-say").textContent = text;
}

function title(text) { document.title = `${text} · Onsale`; }

function problem(text) {
  at("queue-problem").textContent = text;
  at("queue-problem").hidden = !text;
}

function alarm() {
  if ("Notification" in window && Notification.permission === "granted") {
    try {
      new Notification("It is your turn", { body: "Go to the seats; your turn is kept for a while." });
    } catch { /* Chrome for Android has none for pages: the title and the sound are left. */ }
  }
  if (!sound) return;
  [0, 0.25, 0.5].forEach((delay) => {
    const tone = sound.createOscillator();
    const gain = sound.createGain();
    gain.gain.value = 0.08;
    tone.frequency.value = 660;
    tone.connect(gain).connect(sound.destination);
    tone.start(sound.currentTime + delay);
    tone.stop(sound.currentTime + delay + 0.15);
  });
}

function span(millis) {
  const seconds = Math.ceil(millis / 1000);
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

function until(moment) {
  const left = Date.parse(moment) - time();
  return left > 0 ? span(left) : "a moment";
}

setInterval(() => {
  if (view === "announced") at("joins-in").textContent = until(now.joinsAt);
  if (view === "drawing") at("draw-in").textContent = until(now.opensAt);
}, 1000);

// ---------- what a fan does

at("join-form").addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const button = submit.target.querySelector("button");
  // A click allows sound; later there may be none.
  try { sound ??= new AudioContext(); } catch { /* Then it stays silent. */ }
  button.disabled = true;
  problem("");
  try { await join(button); } catch { problem("We could not reach the queue. Please try again."); }
  button.disabled = false;
  button.textContent = "Join the queue";
});

async function join(button) {
  // While nobody asks for a proof, joining is one request.
  let answer = now.proofBits > 0 ? { json: { code: "proof_required" } } : await call("", {});
  for (let tries = 0; answer.json.code === "proof_required" && tries < 3; tries += 1) {
    const set = await call("/challenge", {});
    if (!set.ok) { answer = set; break; }
    const { solve } = await import("/proof.js");
    const nonce = await solve(set.json, (share) => {
      button.textContent = `Joining… ${Math.round(share * 100)}%`;
    });
    answer = await call("", { challenge: set.json.challenge, nonce });
  }
  if (!answer.ok) {
    problem(answer.json.detail || "That did not work. Please try again.");
    return look();
  }
  keep({ ...answer.json, commitment: now.commitment });
  return look();
}

at("enter-form").addEventListener("submit", async (submit) => {
  submit.preventDefault();
  if (entering) return;
  entering = true;
  at("front-wait").hidden = false;
  problem("");
  for (;;) {
    let wait = 2;
    try {
      const answer = await call("/exchange", { token: place.token });
      if (answer.ok) { location.assign(answer.json.eventUrl); return; }
      if (answer.json.code !== "not_your_turn" && answer.status < 500 && answer.status !== 429) {
        problem(answer.json.detail || "That did not work.");
        break;
      }
      wait = answer.json.retryAfterSeconds || 2;
    } catch { /* No network at the moment: try again. */ }
    await new Promise((go) => { setTimeout(go, wait * 1000 * (0.75 + Math.random() / 2)); });
  }
  entering = false;
  at("front-wait").hidden = true;
  look();
});

at("save-place").addEventListener("click", async () => {
  at("save-link").hidden = false;
  const field = at("save-url");
  field.value = place.recoveryUrl;
  field.select();
  if (navigator.share) {
    try { await navigator.share({ title: document.title, url: place.recoveryUrl }); } catch { /* Not now. */ }
  } else if (navigator.clipboard) {
    try { await navigator.clipboard.writeText(place.recoveryUrl); say("The link was copied.", true); } catch { /* It can be copied by hand. */ }
  }
});

at("allow-notify").addEventListener("click", async () => {
  await Notification.requestPermission();
  at("allow-notify").hidden = true;
});

for (const button of root.querySelectorAll("[data-again]")) {
  button.addEventListener("click", () => { keep(null); show(); });
}

/** Whoever came with a recovery link has the place in a cookie. */
async function begin() {
  if (location.hash === "#returned") {
    try {
      const answer = await call("");
      if (answer.ok) keep({ ...answer.json, commitment: now.commitment });
      history.replaceState(null, "", location.pathname);
    } catch { problem("There is no network at the moment. Load this page again to see your place."); }
  }
  at("front-left").textContent = span((now.graceSeconds || 600) * 1000);
  show();
  await look();
  document.documentElement.dataset.hydrated = "true";
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
begin();
