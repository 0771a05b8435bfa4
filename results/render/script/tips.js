// The one box that tells what the pointer, or the keyboard, is at.
const tip = element("div", "tip");
tip.setAttribute("aria-hidden", "true");
tip.hidden = true;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Rows of `{name, value, sample}` under a heading; `x` and `y` are pixels of the window.
function showTip(heading, rows, x, y) {
  const table = element("table");
  for (const row of rows) {
    const line = table.insertRow();
    line.insertCell().append(...(row.sample ? [row.sample] : []), element("span", "", row.name));
    line.insertCell().textContent = row.value;
    line.insertCell().textContent = row.band ?? "";
  }
  tip.replaceChildren(...(heading ? [element("p", "", heading)] : []), table);
  tip.hidden = false;
  const [width, height] = [tip.offsetWidth, tip.offsetHeight];
  const left = x + 16 + width > document.documentElement.clientWidth ? x - 16 - width : x + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, Math.min(y - height / 2, innerHeight - height - 4))}px`;
}

function hideTip() {
  tip.hidden = true;
}

// Four significant digits; powers of ten for what is very small or large.
function written(value, format) {
  if (typeof value !== "number") return String(value ?? "–");
  if (!Number.isFinite(value)) return "–";
  if (format?.includes("%")) return `${Number((100 * value).toPrecision(3))}%`.replace("-", "\u2212");
  const size = Math.abs(value);
  const text =
    size && (size < 1e-3 || size >= 1e6)
      ? value.toExponential(2)
      : Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return text.replaceAll("-", "\u2212");
}

// The line and marker of a strategy, as in the controls.
function sampleOf(name, colour) {
  const known = KINDS.s.boxes.find((box) => box.value === name)?.nextElementSibling;
  if (known?.tagName === "svg") return known.cloneNode(true);
  const dot = element("i");
  dot.style.background = colour;
  return dot;
}

// What a mark says of itself: an object of texts by name.
function markTip(_, event, item, told) {
  if (typeof told !== "object" || !told || item.mark.marktype === "line" || item.mark.marktype === "area") return hideTip();
  const all = Object.entries(told);
  const strategy = all.find(([, text]) => KINDS.s.boxes.some((box) => box.value === text));
  const lines = all
    .filter((entry) => entry !== strategy && entry[1] !== "")
    .map(([name, value]) => ({ name, value: String(value) }));
  const { low, high } = item.datum ?? {};
  if (Number.isFinite(low) && Number.isFinite(high) && !("low" in told || "to" in told))
    lines.push({ name: "interval", value: `${written(low)} to ${written(high)}` });
  showTip(strategy?.[1] ?? "", lines, event.clientX, event.clientY);
}
