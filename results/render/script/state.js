// What the reader has chosen: it lives in the controls, and in the address so that a link shows the same.
const form = document.getElementById("view");
const KINDS = {
  s: { hide: "without", show: "strategy", signal: "hidden_strategies", boxes: boxesOf("s") },
  t: { hide: "without-task", show: "task", signal: "hidden_tasks", boxes: boxesOf("t") },
};
const system = matchMedia("(prefers-color-scheme: dark)");
let place = "";

function boxesOf(kind) {
  return [...form.querySelectorAll(`input[data-${kind}]`)];
}

function names(kind, isShown) {
  return KINDS[kind].boxes.filter((box) => box.checked === isShown).map((box) => box.value);
}

function chosenAxis() {
  return form.querySelector('input[name="axis"]:checked')?.value ?? "";
}

function usualAxis() {
  return [...form.querySelectorAll('input[name="axis"]')].find((radio) => radio.defaultChecked)?.value ?? "";
}

function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : system.matches;
}

function setDark(dark) {
  if (dark === system.matches) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = dark ? "dark" : "light";
}

function isEverything() {
  return names("s", false).length + names("t", false).length === 0 && chosenAxis() === usualAxis();
}

// The address after the place in the page: `#leaderboard?without=grid&axis=work`.
function query() {
  const found = new URLSearchParams();
  for (const [kind, { hide, show }] of Object.entries(KINDS)) {
    const [off, on] = [names(kind, false), names(kind, true)];
    if (off.length && off.length <= on.length) off.forEach((name) => found.append(hide, name));
    else if (off.length) (on.length ? on : [""]).forEach((name) => found.append(show, name));
  }
  if (chosenAxis() !== usualAxis()) found.set("axis", chosenAxis());
  if (document.documentElement.dataset.theme) found.set("colours", document.documentElement.dataset.theme);
  return found.toString();
}

function writeAddress() {
  const text = query();
  const address = place || text ? `#${place}${text && "?"}${text}` : location.pathname + location.search;
  try {
    history.replaceState(null, "", address);
  } catch {
    // A page inside another page's sandbox has no address of its own.
  }
}

// Takes the place in the page from the address, and the choice too where it holds one; returns whether it does.
function readAddress() {
  const [where, ...rest] = location.hash.slice(1).split("?");
  place = where;
  if (!rest.length) return false;
  const given = new URLSearchParams(rest.join("?"));
  for (const { hide, show, boxes } of Object.values(KINDS)) {
    const [off, on] = [given.getAll(hide), given.getAll(show)];
    for (const box of boxes) box.checked = on.length ? on.includes(box.value) : !off.includes(box.value);
  }
  for (const radio of form.querySelectorAll('input[name="axis"]'))
    radio.checked = radio.value === (given.get("axis") ?? usualAxis());
  const colours = given.get("colours");
  if (colours === "dark" || colours === "light") document.documentElement.dataset.theme = colours;
  else delete document.documentElement.dataset.theme;
  return true;
}
