// Moving a chart: drag, Ctrl and wheel, buttons or keys; a double click shows everything again.
const STEP = 1.4;

function isLogarithmic(figure, axis) {
  return figure.live.vega.scales.find((scale) => scale.name === axis).type === "log";
}

function zoomBy(figure, factor, point) {
  const middle = [figure.view.signal("width") / 2, figure.view.signal("height") / 2];
  figure.live.zoom.forEach((axis, place) => {
    const [scale, at] = [figure.view.scale(axis), (point ?? middle)[place]];
    const zoom = isLogarithmic(figure, axis) ? vega.zoomLog : vega.zoomLinear;
    span(figure, axis, zoom(scale.domain(), scale.invert(at), 1 / factor));
  });
  return figure.view.runAsync();
}

function panBy(figure, across, down) {
  figure.live.zoom.forEach((axis) => {
    const isX = axis === "x";
    const share = isX ? across / figure.view.signal("width") : -down / figure.view.signal("height");
    const pan = isLogarithmic(figure, axis) ? vega.panLog : vega.panLinear;
    span(figure, axis, pan(figure.view.scale(axis).domain(), share * turned(figure, axis)));
  });
  return figure.view.runAsync();
}

// An axis whose numbers grow the other way is moved the other way.
function turned(figure, axis) {
  const [first, last] = figure.view.scale(axis).range();
  return (axis === "x" ? first < last : first > last) ? 1 : -1;
}

// What an axis spans from now on; null, for everything, once it spans no less than that.
function span(figure, axis, ends) {
  figure.whole[axis] ??= figure.view.scale(axis).domain();
  const size = ([from, to]) => Math.abs(isLogarithmic(figure, axis) ? Math.log(to / from) : to - from);
  const isWhole = size(ends) > 1.0001 * size(figure.whole[axis]);
  figure.view.signal(`zoom_${axis}`, isWhole ? null : ends);
}

function showWhole(figure) {
  for (const axis of figure.live.zoom) figure.view.signal(`zoom_${axis}`, null);
  figure.whole = {};
  return figure.view.runAsync();
}

function letMove(figure) {
  const { host } = figure;
  let last = null;
  host.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button || event.target.closest("button")) return;
    last = event;
    host.setPointerCapture(event.pointerId);
  });
  host.addEventListener("pointermove", (event) => {
    if (!last) return;
    const [from, to] = [pointIn(figure, last), pointIn(figure, event)];
    if (!host.classList.contains("moved") && Math.hypot(to[0] - from[0], to[1] - from[1]) < 4) return;
    host.classList.add("moved");
    endReading(figure);
    last = event;
    panBy(figure, to[0] - from[0], to[1] - from[1]);
  });
  const end = () => {
    last = null;
    host.classList.remove("moved");
  };
  host.addEventListener("pointerup", end);
  host.addEventListener("pointercancel", end);
  host.addEventListener("dblclick", (event) => event.target.closest("button") || showWhole(figure));
  host.addEventListener("wheel", (event) => wheel(figure, event), { passive: false });
  host.append(buttons(figure));
}

function wheel(figure, event) {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  endReading(figure);
  zoomBy(figure, 2 ** (-event.deltaY / 200), pointIn(figure, event));
}

function buttons(figure) {
  const bar = element("div", "moves");
  const add = (text, name, act) => {
    const button = element("button", "", text);
    button.type = "button";
    button.title = name;
    button.setAttribute("aria-label", name);
    button.addEventListener("click", act);
    bar.append(button);
  };
  add("+", "Closer (Ctrl and wheel)", () => zoomBy(figure, STEP));
  add("\u2212", "Farther", () => zoomBy(figure, 1 / STEP));
  add("\u21ba", "Show everything again (double click)", () => showWhole(figure));
  return bar;
}

function moveByKey(figure, key) {
  const [width, height] = [figure.view.signal("width") / 10, figure.view.signal("height") / 10];
  const moves = {
    "+": () => zoomBy(figure, STEP),
    "=": () => zoomBy(figure, STEP),
    "-": () => zoomBy(figure, 1 / STEP),
    0: () => showWhole(figure),
    ShiftArrowLeft: () => panBy(figure, width, 0),
    ShiftArrowRight: () => panBy(figure, -width, 0),
    ShiftArrowUp: () => panBy(figure, 0, height),
    ShiftArrowDown: () => panBy(figure, 0, -height),
  };
  moves[key]?.();
  return key in moves;
}
