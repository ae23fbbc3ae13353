// What the address names is shown: a section, its filters, and what is open in full.
"use strict";

G.route = () => {
  let { section, params } = G.parse();
  const first = document.querySelector("main > section");
  if (!first) return;
  if (!G.sections[section]) { section = first.id.replace("section-", ""); params = {}; }
  const shown = Object.fromEntries(Object.entries(params).filter(([name]) => !G.VIEW.includes(name)));
  const view = JSON.stringify([section, shown]);
  if (view !== G.current.view) {
    const element = document.getElementById(`section-${section}`);
    const other = section !== G.current.section;
    G.current = { section, view, items: G.current.items };
    for (const each of document.querySelectorAll("main > section")) each.hidden = each !== element;
    for (const link of document.querySelectorAll("nav [data-section]")) {
      if (link.dataset.section === section) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const part = G.sections[section];
    if (!part.built) { part.build(element.querySelector(".content")); part.built = true; }
    part.update(shown);
    if (other) scrollTo(0, 0);
  }
  G.viewer.follow(params);
};

document.querySelector("[data-skip]").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
G.remember(G.data);
addEventListener("hashchange", G.route);
G.route();
