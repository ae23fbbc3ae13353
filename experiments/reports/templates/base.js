// What all parts of the page share. Names from files reach the page as text alone, never as markup.
"use strict";
const G = { data: window.gallery, sections: {}, items: new Map(), current: { section: "", items: [] } };

// Make an element: attributes, properties of `on…`, and children, of which texts stay texts.
G.el = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
};

G.say = (text) => { document.getElementById("said").textContent = text; };
G.calm = matchMedia("(prefers-reduced-motion: reduce)");
G.dark = matchMedia("(prefers-color-scheme: dark)");

// Measures.
G.measure = (name) => G.data.measures[name];
G.number = (name, value) => {
  if (value === undefined || value === null) return "–";
  return value.toFixed(G.measure(name).digits);
};
G.withUnit = (name, value) => [G.number(name, value), G.measure(name).unit].filter(Boolean).join(" ");
G.spoken = (item) => Object.keys(G.data.measures).filter((name) => item.measures && name in item.measures)
  .map((name) => `${G.measure(name).title} ${G.withUnit(name, item.measures[name])}`).join(", ");
G.measuresOf = (items) => Object.keys(G.data.measures)
  .filter((name) => items.some((item) => name in (item.measures || {})));
// Of a measure of which neither way is better, the highest comes first.
G.higher = (name) => !name || G.measure(name).higher_is_better !== false;
// Whether an item is no worse than a limit; one that was not measured is.
G.passes = (item, measure, limit) => {
  if (limit === undefined || limit === "") return true;
  const value = item?.measures?.[measure];
  return value !== undefined && (G.higher(measure) ? value >= Number(limit) : value <= Number(limit));
};
// Sort by a measure: `best`, `worst`; or by `name`. What was not measured comes last.
G.sorted = (list, value, order, title, higherIsBetter) => {
  const sign = (order === "best") === higherIsBetter ? -1 : 1;
  const byName = (a, b) => title(a).localeCompare(title(b), undefined, { numeric: true });
  return [...list].sort((a, b) => {
    if (order === "name") return byName(a, b);
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined) || byName(a, b);
    return sign * (x - y) || byName(a, b);
  });
};

// Pictures: three sizes, of which the browser loads what the place needs.
G.image = (number) => G.data.images[number];
G.widthOf = (image, side) => Math.round(image.width * Math.min(1, side / Math.max(image.width, image.height)));
G.picture = (number, alt, sizes, lazy = true) => {
  const image = G.image(number);
  const set = [`${image.small} ${G.widthOf(image, 240)}w`];
  if (image.medium !== image.small) set.push(`${image.medium} ${G.widthOf(image, 640)}w`);
  if (image.kind === "picture" && image.full !== image.medium) set.push(`${image.full} ${image.width}w`);
  return G.el("img", {
    // The order matters: what is lazy must be so before it has an address.
    loading: lazy ? "lazy" : "eager", decoding: "async", width: image.width, height: image.height, alt, sizes,
    srcset: set.join(", "), src: image.small,
  });
};
G.alt = (item, step) => (item.steps.length > 1 ? `${item.title}: ${step.title}` : item.title);

// The address: #section?name=value, so that any view can be linked to.
G.VIEW = ["open", "show", "left", "right", "at", "zoom", "x", "y"]; // of what is open in full
G.parse = () => {
  const [section, query] = location.hash.slice(1).split("?");
  return { section, params: Object.fromEntries(new URLSearchParams(query || "")) };
};
G.address = (section, params) => {
  const kept = Object.entries(params).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const query = new URLSearchParams(kept).toString();
  return `#${section}${query ? `?${query}` : ""}`;
};
// Go to an address; `replace` leaves no step in the browser's history.
G.go = (section, params, replace = false) => {
  const address = G.address(section, params);
  if (address === location.hash) return;
  if (!replace) { location.hash = address; return; }
  try { history.replaceState(history.state, "", address); } catch { location.replace(address); return; }
  G.route();
};
// Change some parameters of the section that is shown.
G.change = (changed, replace = true) => {
  const { section, params } = G.parse();
  G.go(section || G.current.section, { ...params, ...changed }, replace);
};

// Controls.
G.select = (label, name, options, value) => {
  const select = G.el("select", { name, onchange: () => G.change({ [name]: select.value }) },
    options.map(([key, text]) => G.el("option", { value: key, selected: key === value }, text)));
  return G.el("label", { class: "control" }, G.el("span", {}, label), select);
};
G.input = (label, name, attributes) => {
  let timer;
  const input = G.el("input", { name, ...attributes, oninput: () => {
    clearTimeout(timer);
    const { section } = G.parse();
    timer = setTimeout(() => section === G.parse().section && G.change({ [name]: input.value }), 150);
  } });
  return G.el("label", { class: "control" }, G.el("span", {}, label), input);
};
// The measure and the order by which a list is sorted, and the least that is shown of it.
G.sorting = (measures) => [G.select("Measure", "measure", measures.map((m) => [m, G.measure(m).title]), ""),
  G.select("Order", "order", [["name", "By name"], ["best", "Best first"], ["worst", "Worst first"]], "")];
G.limit = () => G.input("No worse than", "limit", { type: "number", step: "any" });
// Neither way is better of some measures: their controls say what is higher.
G.name = (bar, measure) => {
  const neutral = measure && G.measure(measure).higher_is_better === null;
  const words = neutral ? ["Highest first", "Lowest first", "At least"] : ["Best first", "Worst first", "No worse than"];
  const places = ["option[value=best]", "option[value=worst]", "label:has([name=limit]) > span"];
  places.forEach((place, index) => { bar.querySelector(place).textContent = words[index]; });
};
// Bring the controls of a toolbar to the values of the address.
G.fill = (bar, params, defaults) => {
  for (const control of bar.querySelectorAll("select, input[name]:not([type=checkbox])")) {
    const value = params[control.name] ?? defaults[control.name] ?? "";
    if (control !== document.activeElement || control.tagName === "SELECT") control.value = value;
  }
};

// Long lists: some at first, the others when they are nearly in sight.
G.inChunks = (parent, list, make, size = 60) => {
  let done = 0;
  const more = () => {
    parent.append(...list.slice(done, done + size).map((each, index) => make(each, done + index)));
    done += size;
  };
  more();
  if (done >= list.length) return;
  const mark = G.el("div", { class: "mark", "aria-hidden": "true" });
  parent.after(mark);
  const watcher = new IntersectionObserver((entries) => {
    if (!mark.isConnected) watcher.disconnect();
    else if (entries.some((entry) => entry.isIntersecting)) {
      more();
      if (done >= list.length) { watcher.disconnect(); mark.remove(); }
      else { watcher.unobserve(mark); watcher.observe(mark); } // it may still be in sight
    }
  }, { rootMargin: "1600px" });
  watcher.observe(mark);
};

G.remember = (value) => {
  if (Array.isArray(value)) value.forEach(G.remember);
  else if (value && typeof value === "object") {
    if (value.key && value.steps) G.items.set(value.key, value);
    else for (const [name, each] of Object.entries(value)) if (name !== "images") G.remember(each);
  }
};
