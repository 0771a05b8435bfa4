// The bar at the top, and what follows it besides the charts: rows of tables, keys and whole figures.
const followers = [...document.querySelectorAll("main [data-s], main [data-t]")];

function apply() {
  const off = {};
  for (const [kind, { boxes }] of Object.entries(KINDS))
    off[kind] = new Set(boxes.filter((box) => !box.checked).map((box) => box.dataset[kind]));
  for (const follower of followers)
    follower.classList.toggle("gone", ["s", "t"].some((kind) => isOff(follower.dataset[kind], off[kind])));
  updateFigures();
  tell();
}

function isOff(places, off) {
  return places !== undefined && places.split(" ").some((place) => off.has(place));
}

function tell() {
  const [on, all] = [names("t", true).length, KINDS.t.boxes.length];
  const count = document.getElementById("task-count");
  if (count) count.textContent = on === all ? `all ${all}` : `${on} of ${all}`;
  document.getElementById("everything").hidden = isEverything();
  document.getElementById("hint").hidden = names("s", false).length + names("t", false).length === 0;
  document.getElementById("dark").setAttribute("aria-pressed", String(isDark()));
}

function say(text) {
  document.getElementById("status").textContent = text;
}

function chosen() {
  apply();
  writeAddress();
  const shown = names("s", true);
  say(`Shown: ${shown.length ? shown.join(", ") : "no strategy"}; ${names("t", true).length} of ${KINDS.t.boxes.length} tasks.`);
}

function showEverything() {
  for (const { boxes } of Object.values(KINDS)) for (const box of boxes) box.checked = true;
  for (const radio of form.querySelectorAll('input[name="axis"]')) radio.checked = radio.defaultChecked;
  chosen();
}

function only(button) {
  const kind = button.dataset.s === undefined ? "t" : "s";
  for (const box of KINDS[kind].boxes) box.checked = box.dataset[kind] === button.dataset[kind];
  chosen();
}

function find(field) {
  const wanted = field.value.trim().toLowerCase();
  for (const box of KINDS.t.boxes) box.closest("li").hidden = !box.value.toLowerCase().includes(wanted);
}

function listen() {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => event.target.type === "search" || chosen());
  form.addEventListener("input", (event) => event.target.type === "search" && find(event.target));
  form.addEventListener("click", (event) => event.target.closest(".only") && only(event.target.closest(".only")));
  document.getElementById("everything").addEventListener("click", showEverything);
  document.getElementById("dark").addEventListener("click", () => {
    setDark(!isDark());
    tell();
    writeAddress();
  });
  const menu = form.querySelector("details.tasks");
  document.addEventListener("pointerdown", (event) => {
    if (menu && !menu.contains(event.target)) menu.open = false;
    for (const figure of figures.values()) if (figure.view && !figure.host.contains(event.target)) endReading(figure);
  });
  menu?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
