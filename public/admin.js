// Keeps the figures of a waiting room fresh.

const root = document.getElementById("room");
const format = new Intl.NumberFormat("en");

async function look() {
  try {
    const answer = await fetch(`/api/admin/events/${root.dataset.event}/waiting-room`);
    if (answer.status === 401) { location.assign("/admin/sign-in"); return; }
    if (answer.ok) show(await answer.json());
  } catch { /* No network at the moment: look again later. */ }
  setTimeout(look, 2000);
}

function show(room) {
  // Other switches make sense in another mode: the page has to be made anew.
  if (room.mode !== root.dataset.mode) { location.reload(); return; }
  for (const figure of root.querySelectorAll("[data-figure]")) {
    const name = figure.dataset.figure;
    if (name === "newcomer") {
      figure.textContent = room.newcomerSeconds == null ? "–" : `${Math.ceil(room.newcomerSeconds / 60)} min`;
    } else if (typeof room[name] === "number") {
      figure.textContent = format.format(Math.round(room[name]));
    }
  }
}

/** What a time in UTC is on this clock: nobody should have to count hours. */
for (const clock of root.querySelectorAll("[data-clock]")) {
  const field = document.getElementById(clock.dataset.clock);
  const tell = () => {
    const time = new Date(`${field.value}Z`);
    clock.textContent = Number.isNaN(time.getTime()) ? "" : `That is ${time.toLocaleString()} on your clock.`;
  };
  field.addEventListener("input", tell);
  tell();
}

setTimeout(look, 2000);
document.documentElement.dataset.hydrated = "true";
