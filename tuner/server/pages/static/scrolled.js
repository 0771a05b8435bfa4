"use strict";
// A table that is scrolled sideways stays so when the part of the page that it is in is exchanged.
(() => {
  let places = new Map();
  const regions = () => document.querySelectorAll(".scroll[id]");

  document.addEventListener("htmx:beforeSwap", () => {
    places = new Map(Array.from(regions(), (region) => [region.id, region.scrollLeft]));
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const region of regions()) region.scrollLeft = places.get(region.id) ?? 0;
  });
})();
