// The page as the address says, then as the reader chooses.
function start() {
  document.documentElement.classList.add("scripted");
  form.hidden = false;
  document.body.append(tip);
  const bar = new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${form.offsetHeight}px`));
  bar.observe(form);
  listen();
  system.addEventListener("change", tell);
  addEventListener("scroll", hideTip, { passive: true });
  addEventListener("hashchange", () => (readAddress() ? apply() : writeAddress()));
  const isLinked = readAddress();
  apply();
  if (isLinked && place) document.getElementById(place)?.scrollIntoView();
  for (const plot of document.querySelectorAll(".plot")) sight.observe(plot);
}

start();
