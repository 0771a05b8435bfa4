// Charts come alive as they come into sight; until then, and on paper, their pictures stand for them.
const figures = new Map();
let choices = 0;
const closed = { load: refuse, sanitize: refuse, http: refuse, file: refuse };
const sight = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      sight.unobserve(entry.target);
      enliven(entry.target);
    }
  },
  { rootMargin: "300px 0px" },
);

function refuse() {
  return Promise.reject(new Error("a report asks for nothing"));
}

function enliven(plot) {
  const given = plot.querySelector("script");
  if (!given) return;
  const figure = { plot, lives: JSON.parse(given.textContent) };
  figures.set(plot, figure);
  draw(figure);
}

// Rows of data as objects again, where they lie in the page without the names of their fields.
function unpacked(source) {
  if (!source.values?.fields) return source;
  const { fields, rows } = source.values;
  const objectOf = (row) => Object.fromEntries(fields.map((field, place) => [field, row[place]]));
  return { ...source, values: rows.map(objectOf) };
}

function axisOf(figure) {
  return chosenAxis() in figure.lives ? chosenAxis() : Object.keys(figure.lives)[0];
}

async function draw(figure) {
  const [axis, choice] = [axisOf(figure), choices];
  figure.axis = axis;
  const live = JSON.parse(JSON.stringify(figure.lives[axis]));
  live.vega.data = live.vega.data.map(unpacked);
  const isNarrow = figure.plot.clientWidth < live.vega.width && live.vega.axes?.length;
  if (isNarrow) live.vega.width = figure.plot.clientWidth;
  const host = hostOf(figure.plot.id);
  const view = new vega.View(vega.parse(live.vega, null, { ast: true }), {
    expr: vega.expressionInterpreter,
    renderer: "svg",
    container: host.firstElementChild,
    loader: closed,
    logLevel: vega.Error,
  });
  view.tooltip(live.follow ? () => {} : markTip);
  choose(view);
  const drawn = { ...figure, axis, live, host, view, whole: {}, over: host.lastElementChild };
  try {
    await view.runAsync();
  } catch (error) {
    view.finalize();
    console.error(`${figure.plot.id} stays a picture: ${error.message}`);
    return;
  }
  if (figures.get(figure.plot).axis !== axis) return view.finalize();
  replace(drawn);
  if (choice !== choices) update(drawn);
}

function replace(drawn) {
  const before = figures.get(drawn.plot);
  before.view?.finalize();
  before.host?.remove();
  figures.set(drawn.plot, drawn);
  const canvas = drawn.host.querySelector("svg");
  drawn.over.setAttribute("viewBox", canvas.getAttribute("viewBox"));
  letRead(drawn);
  if (drawn.live.zoom.length) letMove(drawn);
  drawn.plot.append(drawn.host);
  drawn.plot.classList.add("alive");
}

function hostOf(anchor) {
  const host = element("div", "live");
  host.tabIndex = 0;
  host.setAttribute("role", "group");
  host.setAttribute("aria-roledescription", "interactive chart");
  host.setAttribute("aria-labelledby", `${anchor}-title`);
  host.setAttribute("aria-describedby", `${anchor}-description`);
  host.append(element("div", "canvas"), shape("svg", { class: "over", "aria-hidden": "true" }));
  return host;
}

function letRead(figure) {
  const { host, live } = figure;
  if (live.follow) {
    for (const kind of ["pointermove", "pointerdown"])
      host.addEventListener(kind, (event) => host.classList.contains("moved") || readUnder(figure, event));
    host.addEventListener("pointerleave", (event) => event.pointerType === "touch" || endReading(figure));
  }
  host.addEventListener("blur", () => endReading(figure));
  host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== host) return;
    const key = event.shiftKey && event.key.startsWith("Arrow") ? `Shift${event.key}` : event.key;
    if (readByKey(figure, key) || (live.zoom.length && moveByKey(figure, key))) event.preventDefault();
  });
}

function readByKey(figure, key) {
  if (key === "Escape") endReading(figure);
  else if (figure.live.follow && key === "ArrowRight") readNext(figure, 1);
  else if (figure.live.follow && key === "ArrowLeft") readNext(figure, -1);
  else return false;
  return true;
}

function choose(view) {
  for (const [kind, { signal }] of Object.entries(KINDS)) view.signal(signal, names(kind, false));
}

function updateFigures() {
  choices += 1;
  for (const figure of figures.values()) {
    if (axisOf(figure) !== figure.axis) draw(figure);
    else if (figure.view) update(figure);
  }
}

function update(figure) {
  endReading(figure);
  figure.whole = {};
  choose(figure.view);
  figure.view.runAsync();
}
