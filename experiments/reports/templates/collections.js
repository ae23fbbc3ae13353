// Photographs, translations, films and animations: found by name, sorted by measure, grouped by year or folder.
"use strict";

G.collection = (data) => {
  const groups = [...new Set(data.items.map((item) => item.group))].sort();
  const years = data.items.some((item) => item.year);
  const measures = G.measuresOf(data.items);
  const defaults = { group: "folder", order: "name",
    measure: measures.includes("ciede2000") ? "ciede2000" : measures[0] || "" };
  let bar, sentence, results;
  const make = { films: G.film, animations: G.animation }[data.kind]
    || ((item, chosen) => G.card(item, { chosen, sizes: "(max-width: 600px) 45vw, 300px" }));

  const headed = (items, by) => {
    const of = (item) => (by === "year" ? String(item.year ?? "No year in the name") : item.group);
    const found = new Map();
    for (const item of items) found.set(of(item), [...(found.get(of(item)) || []), item]);
    return [...found].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true }));
  };

  return {
    build(content) {
      bar = G.el("form", { class: "toolbar", role: "search", onsubmit: (event) => event.preventDefault() },
        G.input("Find a name", "find", { type: "search" }),
        groups.length > 1 ? G.select("Folder", "source", [["", "All folders"], ...groups.map((g) => [g, g])]) : null,
        years || groups.length > 1 ? G.select("Group by", "group",
          [["folder", "Folder"], ...(years ? [["year", "Year"]] : []), ["none", "Nothing"]]) : null,
        measures.length ? [...G.sorting(measures), G.limit()] : []);
      sentence = G.el("p", { class: "sentence" });
      results = G.el("div", {});
      if (data.items.length > 1) content.append(bar);
      if (measures.length) content.append(sentence);
      content.append(results);
    },
    update(params) {
      G.fill(bar, params, defaults);
      const wanted = (params.find || "").toLowerCase();
      const { measure, order, group: by } = { ...defaults, ...params };
      if (measures.length) {
        G.name(bar, measure);
        sentence.textContent = G.measure(measure).sentence;
      }
      const fitting = data.items.filter((item) => item.title.toLowerCase().includes(wanted)
        && (!params.source || item.group === params.source) && G.passes(item, measure, params.limit));
      const items = order === "name" ? fitting : G.sorted(fitting, (item) => item.measures?.[measure], order,
        (item) => item.title, G.higher(measure));
      const parts = by === "none" || (by === "folder" && groups.length < 2) ? [["", items]] : headed(items, by);
      G.current.items = parts.flatMap(([, part]) => part);
      results.replaceChildren();
      const entries = [];
      for (const [name, part] of parts) {
        if (name) entries.push(name);
        entries.push(...part);
      }
      if (!items.length) results.append(G.el("p", { class: "notice" }, "Nothing fits these filters."));
      const grid = G.el("div", { class: `grid ${data.kind}` });
      results.append(grid);
      G.inChunks(grid, entries, (entry) => (typeof entry === "string"
        ? G.el("h3", { class: "heading" }, entry) : make(entry, measure)), 80);
      G.say(`${items.length} shown`);
    },
  };
};
for (const data of G.data.collections) G.sections[data.kind] = G.collection(data);
