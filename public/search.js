// The search box in the header offers what people may mean while they type, and the "/" key brings
// them to it; the slider of the highest price says where it stands. Without this the forms work alone.

const box = document.getElementById("site-search");
const list = document.getElementById("site-search-offers");
const pauseMillis = 70; // whoever pauses so long wants to see something
let reached = -1;
let timer = 0;
let asking = new AbortController();

// Only now is it one.
const combobox = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
for (const [name, value] of Object.entries(combobox)) box.setAttribute(name, value);

const search = (name, value) => `/search?${name}=${encodeURIComponent(value)}`;
const counted = (kind, place, events) =>
  `${kind}${place && ` in ${place}`} · ${events} ${events === 1 ? "event" : "events"}`;

// Where each thing that may be meant leads.
function offersOf({ performers, venues, cities, events }) {
  return [
    ...performers.map((it) => [it.name, counted("Artist", "", it.events),
      `${search("performer", it.id)}&keyword=${encodeURIComponent(it.name)}`]),
    ...venues.map((it) => [it.name, counted("Venue", it.place, it.events), search("venue", it.id)]),
    ...cities.map((it) => [it.name, counted("City", "", it.events), search("city", it.name)]),
    ...events.map((it) => [it.title, it.detail, `/events/${it.id}`]),
  ];
}

function line([name, detail, address], at) {
  const [item, title, small] = ["li", "b", "small"].map((tag) => document.createElement(tag));
  title.textContent = name;
  small.textContent = detail;
  item.append(title, small);
  item.id = `${list.id}-${at}`;
  item.setAttribute("role", "option");
  item.dataset.address = address;
  return item;
}

function open(isOpen) {
  isOpen &&= list.children.length > 0;
  list.classList.toggle("is-open", isOpen);
  box.setAttribute("aria-expanded", isOpen);
  if (!isOpen) reach(-1);
}

// After the last comes what was typed itself, and before the first as well.
function reach(at) {
  const count = list.children.length;
  reached = at >= count ? -1 : at < -1 ? count - 1 : at;
  [...list.children].forEach((item, number) => {
    item.classList.toggle("is-reached", number === reached);
    item.setAttribute("aria-selected", number === reached);
  });
  const item = list.children[reached];
  item?.scrollIntoView({ block: "nearest" });
  item ? box.setAttribute("aria-activedescendant", item.id) : box.removeAttribute("aria-activedescendant");
}

function show(offers) {
  list.replaceChildren(...offers.map(line));
  reach(-1);
  open(document.activeElement === box);
}

// Answers to earlier questions come too late; without an answer the form still works.
async function ask(text) {
  asking.abort();
  const { signal } = (asking = new AbortController());
  if (!text.trim()) return show([]);
  try {
    const answer = await fetch(`/api/events/suggest?keyword=${encodeURIComponent(text)}`, { signal });
    show(answer.ok ? offersOf(await answer.json()) : []);
  } catch {
    if (!signal.aborted) show([]);
  }
}

// What somebody reaches for stays where it is: an answer that is still on its way comes too late.
function holdStill() {
  clearTimeout(timer);
  asking.abort();
}

function press(key) {
  const isOpen = list.classList.contains("is-open");
  const item = list.children[reached];
  if (key === "ArrowDown" && list.children.length) {
    holdStill();
    open(true);
    reach(reached + 1);
  } else if (key === "ArrowUp" && isOpen) {
    holdStill();
    reach(reached - 1);
  } else if (key === "Escape" && isOpen) {
    open(false);
  } else if (key === "Enter" && isOpen && item) {
    location.assign(item.dataset.address);
  } else {
    return false;
  }
  return true;
}

box.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, pauseMillis, box.value);
});
box.addEventListener("keydown", (event) => {
  if (!event.isComposing && press(event.key)) event.preventDefault();
});
box.addEventListener("focus", () => open(true));
box.addEventListener("blur", () => open(false));
// The field keeps the focus, or the list would be gone before it is clicked.
list.addEventListener("mousedown", (event) => {
  event.preventDefault();
  holdStill();
});
list.addEventListener("click", (event) => {
  const item = event.target.closest("[data-address]");
  if (item) location.assign(item.dataset.address);
});
addEventListener("keydown", (event) => {
  const isTyping = document.activeElement?.matches("input, textarea, select");
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping) {
    event.preventDefault();
    box.focus();
  }
});

const slider = document.getElementById("search-price");
slider?.addEventListener("input", () => {
  const { currency } = slider.dataset;
  const money = new Intl.NumberFormat("en", { style: "currency", currency, maximumFractionDigits: 0 });
  const isAny = slider.value === slider.max;
  const spoken = isAny ? "any price" : `up to ${money.format(slider.value / 100)}`;
  slider.setAttribute("aria-valuetext", spoken);
  document.querySelector("output[for='search-price']").value = spoken;
});
