// Cards: the steps of an item side by side, its name, and its measures.
"use strict";

// The measures of an item; the one that is sorted by stands out.
G.measures = (item, chosen, names = Object.keys(G.data.measures)) => {
  const shown = names.filter((name) => item.measures && name in item.measures);
  if (!shown.length) return null;
  return G.el("dl", { class: "measures" }, shown.map((name) => G.el("div",
    { class: name === chosen ? "chosen" : "", title: G.measure(name).sentence },
    G.el("dt", {}, G.measure(name).short), G.el("dd", {}, G.withUnit(name, item.measures[name])))));
};

// A link that opens an item among those of a list.
G.opener = (item, attributes, ...children) => {
  const { section, params } = G.parse();
  return G.el("a", { href: G.address(section || G.current.section, { ...params, open: item.key }), "data-key": item.key, ...attributes,
    onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      G.viewer.pushed = true;
      G.change({ open: item.key }, false);
    } }, ...children);
};

G.card = (item, { chosen, title = item.title, sizes = "160px" } = {}) => {
  const pictures = item.steps.map((step) => G.el("figure", {},
    G.picture(step.image, G.alt(item, step), sizes),
    item.steps.length > 1 ? G.el("figcaption", {}, step.title) : null));
  return G.el("article", { class: `card steps-${Math.min(3, item.steps.length)}` },
    G.opener(item, { class: "steps", "aria-label": `Open ${item.title}` }, pictures),
    G.el("h4", {}, title), G.measures(item, chosen));
};

// An animation stands still until it is played.
G.animation = (item) => {
  const step = item.steps.at(-1), file = G.image(step.image);
  const still = G.picture(step.image, item.title, "320px");
  const button = G.el("button", { type: "button", class: "play", "aria-pressed": "false", onclick: () => {
    const plays = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!plays));
    button.textContent = plays ? "Play" : "Stop";
    if (plays) { still.srcset = still.dataset.set; still.src = file.small; }
    else { still.dataset.set = still.srcset; still.srcset = ""; still.src = file.full; }
  } }, "Play");
  return G.el("article", { class: "card" }, G.el("div", { class: "moving" }, still, button),
    G.el("h4", {}, item.title), G.download(item.title, file));
};

G.film = (item) => {
  const films = item.steps.map((step) => {
    const file = G.image(step.image);
    return G.el("figure", {}, G.el("video", { controls: true, preload: "none", poster: file.medium, src: file.full,
      width: file.width, height: file.height, "aria-label": G.alt(item, step), playsinline: true }),
    item.steps.length > 1 ? G.el("figcaption", {}, step.title) : null);
  });
  const both = films.length > 1 ? G.el("button", { type: "button", onclick: () => {
    const videos = films.map((film) => film.querySelector("video"));
    const plays = videos.some((video) => !video.paused);
    videos.forEach((video, index) => {
      if (plays) { video.pause(); return; }
      video.currentTime = videos[0].currentTime;
      video.muted = index > 0; // the sound is heard once
      video.play();
    });
  } }, "Play or stop both") : null;
  return G.el("article", { class: "card film" }, G.el("div", { class: "steps" }, films), G.el("h4", {}, item.title),
    both, G.download(item.title, G.image(item.steps.at(-1).image)));
};

G.download = (title, file) => G.el("a", { class: "button", href: file.full, download: G.fileName(title, file) },
  "Download");
G.fileName = (title, file) => title.replace(/[^\p{L}\p{N}.×-]+/gu, " ").trim() + file.full.match(/\.\w+$/)[0];
