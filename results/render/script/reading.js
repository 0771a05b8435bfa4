// Reading lines off: a rule at the x under the pointer, a dot on each line, and their values from top to bottom.
function seriesOf(figure) {
  const { data, x, series } = figure.live.follow;
  const found = new Map();
  for (const row of figure.view.data(data)) {
    const name = series ? row[series] : "";
    found.set(name, [...(found.get(name) ?? []), row]);
  }
  for (const rows of found.values()) rows.sort((a, b) => a[x] - b[x]);
  return found;
}

function stopsOf(figure) {
  const { x } = figure.live.follow;
  const [from, to] = inOrder(figure.view.scale("x").domain());
  const all = [...seriesOf(figure).values()].flatMap((rows) => rows.map((row) => row[x]));
  return [...new Set(all)].filter((stop) => stop >= from && stop <= to).sort((a, b) => a - b);
}

function inOrder(ends) {
  const [first, last] = [ends[0], ends[ends.length - 1]];
  return first < last ? [first, last] : [last, first];
}

// What a line of sorted rows reads at a stop: the last value before it for stairs, else the row that lies there.
function rowAt(rows, stop, { x, steps }) {
  const before = rows.filter((row) => row[x] <= stop);
  if (steps) return before[before.length - 1];
  return before.length && before[before.length - 1][x] === stop ? before[before.length - 1] : undefined;
}

function readAt(figure, stop, clientX, clientY) {
  const { view, live: { follow } } = figure;
  const scale = { x: view.scale("x"), y: view.scale("y"), colour: view.scale("color") };
  const found = [...seriesOf(figure)]
    .map(([name, rows]) => ({ name, row: rowAt(rows, stop, follow) }))
    .filter(({ row }) => row && Number.isFinite(row[follow.y]))
    .map(({ name, row }) => ({ name, row, y: scale.y(row[follow.y]), colour: follow.series ? scale.colour(name) : "var(--series-0)" }))
    .sort((a, b) => a.y - b.y);
  figure.stop = stop;
  drawRule(figure, scale.x(stop), found);
  const heading = `${follow.title ?? follow.x}: ${written(stop, follow.format)}`;
  const value = (row, field) => written(row[field], follow.value_format);
  const band = (row) => `${value(row, follow.low)} to ${value(row, follow.high)}`;
  const rows = found.map(({ name, row, colour }) => ({
    name: name === "" ? follow.y : String(name),
    value: value(row, follow.y),
    band: follow.low && row[follow.low] !== row[follow.high] ? band(row) : "",
    sample: sampleOf(name, colour),
  }));
  showTip(heading, rows, clientX, clientY);
  return [heading, ...rows.map((row) => `${row.name} ${row.value}${row.band && `, ${row.band}`}`)].join("; ");
}

function drawRule(figure, x, points) {
  const height = figure.view.signal("height");
  const [left, top] = originOf(figure.view);
  const parts = [shape("line", { x1: x, x2: x, y1: 0, y2: height, stroke: "var(--muted)" })];
  for (const { y, colour } of points)
    if (y >= 0 && y <= height)
      parts.push(shape("circle", { cx: x, cy: y, r: 3.5, fill: colour, stroke: "var(--paper)", "stroke-width": 1.5 }));
  const group = shape("g", { transform: `translate(${left} ${top})` });
  group.append(...parts);
  figure.over.replaceChildren(group);
}

function shape(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function endReading(figure) {
  figure.over.replaceChildren();
  figure.stop = undefined;
  hideTip();
}

// Where the plot's top left corner lies in the drawing.
function originOf(view) {
  const [padding, origin] = [view.padding(), view.origin()];
  return [padding.left + origin[0], padding.top + origin[1]];
}

// The point of the plot under a point of the window, in the drawing's own pixels, however large it is shown.
function pointIn(figure, event) {
  const box = figure.over.getBoundingClientRect();
  const scale = figure.over.viewBox.baseVal.width / box.width;
  const [left, top] = originOf(figure.view);
  return [(event.clientX - box.left) * scale - left, (event.clientY - box.top) * scale - top];
}

function windowPoint(figure, x, y) {
  const box = figure.over.getBoundingClientRect();
  const scale = box.width / figure.over.viewBox.baseVal.width;
  const [left, top] = originOf(figure.view);
  return [box.left + (x + left) * scale, box.top + (y + top) * scale];
}

function nearest(figure, x) {
  const scale = figure.view.scale("x");
  const far = (stop) => Math.abs(scale(stop) - x);
  return stopsOf(figure).reduce((best, stop) => (best === undefined || far(stop) < far(best) ? stop : best), undefined);
}

function readUnder(figure, event) {
  const [x, y] = pointIn(figure, event);
  const isInside = x >= -6 && y >= -6 && x <= figure.view.signal("width") + 6 && y <= figure.view.signal("height") + 6;
  const stop = isInside ? nearest(figure, x) : undefined;
  if (stop === undefined) endReading(figure);
  else readAt(figure, stop, event.clientX, event.clientY);
}

// The next stop on the right, or on the left, told aloud.
function readNext(figure, step) {
  const stops = stopsOf(figure);
  if (!stops.length) return;
  const from = figure.stop === undefined ? (step > 0 ? -1 : stops.length) : stops.findIndex((stop) => stop >= figure.stop);
  const stop = stops[Math.max(0, Math.min(stops.length - 1, from + step))];
  const [x, y] = windowPoint(figure, figure.view.scale("x")(stop), figure.view.signal("height") / 2);
  say(readAt(figure, stop, x, y));
}
