"use strict";
// A run that is watched: each event of the service has the page ask for what changed, at most once a second.
(() => {
  const live = document.getElementById("live");
  const said = document.getElementById("said");
  if (!live?.dataset.events || !window.htmx) return;
  const REST = 1000;
  const SPEAK = 15000;
  let isWaiting = false;
  let refreshed = 0;
  let spoken = 0;
  let isOver = false;

  function refresh() {
    if (isWaiting) return;
    isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
      refreshed = Date.now();
      htmx.trigger(live, "refresh");
    }, Math.max(0, refreshed + REST - Date.now()));
  }

  function isUnderWay() {
    return live.querySelector("[data-under-way]") !== null;
  }

  // A screen reader hears the state when it changes, else now and then.
  function speak() {
    const text = live.querySelector("[data-said]")?.dataset.said ?? "";
    if (text === said.textContent || (isUnderWay() && Date.now() - spoken < SPEAK)) return;
    spoken = Date.now();
    said.textContent = text;
  }

  // How it was run is all known by now.
  function end() {
    if (isOver || isUnderWay() || document.querySelector("#how-part details[open]")) return;
    isOver = true;
    htmx.trigger("#how-part", "over");
  }

  // Where no stream can be had, since too many are open: look now and then.
  function poll() {
    const timer = setInterval(() => (isUnderWay() ? refresh() : clearInterval(timer)), 5000);
  }

  const source = new EventSource(live.dataset.events);
  for (const kind of ["progress", "failure"]) source.addEventListener(kind, refresh);
  source.addEventListener("end", () => {
    source.close();
    refresh();
  });
  source.addEventListener("error", () => source.readyState === EventSource.CLOSED && poll());
  live.addEventListener("htmx:afterSwap", () => {
    speak();
    end();
  });
  document.documentElement.classList.add("watched");
})();
