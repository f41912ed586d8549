// The page on which anybody can check the draw. It asks only for what is published.

import { drawSteps, keepsPromise } from "/draw.js";

const root = document.getElementById("verify");
const event = root.dataset.event;
const at = (id) => document.getElementById(id);
const format = new Intl.NumberFormat("en");
let now = null;

function fact(id, value) {
  root.querySelector(`[data-testid=${id}]`).textContent = value;
}

async function begin() {
  try {
    // Not what the browser has kept from waiting: the seed may have been published since.
    const answer = await fetch(`/api/events/${event}/queue/now.json`, { cache: "no-cache" });
    if (answer.ok) now = await answer.json();
  } catch { /* There is no network. */ }
  if (now) show();
  else at("verify-seed").textContent = "We could not reach the queue. Please load this page again.";
  document.documentElement.dataset.hydrated = "true";
}

function show() {
  at("verify-words").hidden = !now.commitment;
  at("verify-facts").hidden = !now.commitment;
  if (now.commitment) fact("commitment", now.commitment);
  if (now.seed) fact("seed", now.seed);
  if (now.drawnCount !== undefined) fact("drawn-count", String(now.drawnCount));
  const line = at("verify-seed");
  if (!now.seed) {
    line.textContent = now.commitment
      ? "The seed is still secret. Write the commitment down: the seed must fit it."
      : "This queue has no draw: everybody stands as they came.";
  } else if (keepsPromise(now.seed, now.commitment)) {
    line.textContent = "✓ The SHA-256 of the seed is the commitment: the promise was kept.";
    line.dataset.good = "true";
    at("verify-form").hidden = false;
  } else {
    line.textContent = "✗ The SHA-256 of the seed is not the commitment. The draw was not fair.";
  }
  try {
    const place = JSON.parse(localStorage.getItem(`onsale-queue-${event}`));
    if (place && place.epoch === now.epoch) at("verify-number").value = String(place.number);
  } catch { /* Then a number is typed. */ }
}

at("verify-form").addEventListener("submit", (submit) => {
  submit.preventDefault();
  const number = Number(at("verify-number").value);
  const steps = at("verify-steps");
  steps.replaceChildren();
  const tell = (text) => {
    const item = document.createElement("li");
    item.textContent = text;
    steps.append(item);
  };
  if (!Number.isSafeInteger(number) || number < 0) {
    at("verify-answer").textContent = "That is no number.";
    return;
  }
  const drawn = drawSteps(now.seed, now.drawnCount, number);
  if (!drawn) {
    at("verify-answer").textContent = format.format(number + 1);
    tell(`Number ${number} was given out after the draw: it stands in the order of coming, behind all ${format.format(now.drawnCount)} that were drawn.`);
    return;
  }
  at("verify-answer").textContent = format.format(drawn.position + 1);
  at("verify-answer").dataset.position = String(drawn.position);
  const [a, b] = drawn.sides;
  tell(`All numbers are laid out in ${format.format(a)} columns and ${format.format(b)} rows: number ${number} is in column ${number % a}, row ${Math.floor(number / a)}.`);
  tell("Ten times, column and row change roles, and one is moved by an amount that SHA-256 makes of the seed and the other. Nobody can foresee the amounts without the seed, and each step can be taken back, so no two numbers meet in one place.");
  tell(`That leads to place ${drawn.passed.join(", then ")} (counted from 0)${drawn.passed.length > 1 ? "; places beyond N are shuffled again" : ""}.`);
});

begin();
