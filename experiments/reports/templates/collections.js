// Photographs, translations, films and animations: found by name, grouped by year or folder.
"use strict";

G.collection = (data) => {
  const groups = [...new Set(data.items.map((item) => item.group))].sort();
  const years = data.items.some((item) => item.year);
  const defaults = { group: "folder" };
  let bar, results;
  const make = { films: G.film, animations: G.animation }[data.kind]
    || ((item) => G.card(item, { sizes: "(max-width: 600px) 45vw, 300px" }));

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
          [["folder", "Folder"], ...(years ? [["year", "Year"]] : []), ["none", "Nothing"]]) : null);
      results = G.el("div", {});
      if (data.items.length > 1) content.append(bar);
      content.append(results);
    },
    update(params) {
      G.fill(bar, params, defaults);
      const wanted = (params.find || "").toLowerCase();
      const items = data.items.filter((item) => item.title.toLowerCase().includes(wanted)
        && (!params.source || item.group === params.source));
      const by = params.group || defaults.group;
      const parts = by === "none" || (by === "folder" && groups.length < 2) ? [["", items]] : headed(items, by);
      G.current.items = parts.flatMap(([, part]) => part);
      results.replaceChildren();
      const entries = [];
      for (const [name, part] of parts) {
        if (name) entries.push(name);
        entries.push(...part);
      }
      if (!items.length) results.append(G.el("p", { class: "notice" }, "Nothing has that name."));
      const grid = G.el("div", { class: `grid ${data.kind}` });
      results.append(grid);
      G.inChunks(grid, entries, (entry) => (typeof entry === "string"
        ? G.el("h3", { class: "heading" }, entry) : make(entry)), 80);
      G.say(`${items.length} shown`);
    },
  };
};
for (const data of G.data.collections) G.sections[data.kind] = G.collection(data);
