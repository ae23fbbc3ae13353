// Faces by transformations: all of both, all ways back of one face, or all faces of one transformation.
"use strict";

G.matrix = (data) => {
  const measures = G.measuresOf(data.cells);
  const defaults = { measure: measures.includes("vgg_distance") ? "vgg_distance" : measures[0] || "", order: "name",
    size: innerWidth < 600 ? "small" : "medium", by: "mean" };
  const cells = new Map(data.cells.map((cell) => [`${cell.face} ${cell.column}`, cell]));
  const column = new Map(data.columns.map((each) => [each.name, each]));
  const face = new Map(data.faces.map((each) => [each.key, each]));
  const groups = [...new Set(data.faces.map((each) => each.group))].sort();
  const SIZES = { small: "64px", medium: "104px", large: "176px" };
  let bar, chooser, chips, sentence, results;

  const mean = (list, measure) => {
    const values = list.map((cell) => cell?.measures?.[measure]).filter((value) => value !== undefined);
    return values.length ? values.reduce((a, b) => a + b, 0) / values.length : undefined;
  };

  const chosen = (params) => {
    const all = { ...defaults, ...params };
    const shown = params.columns === undefined ? data.columns.filter((each) => each.returns).map((each) => each.name)
      : params.columns.split(",");
    const passes = (cell) => G.passes(cell, all.measure, all.limit);
    const words = (all.find || "").toLowerCase();
    const faces = data.faces.filter((each) => each.title.toLowerCase().includes(words)
      && (!all.source || each.group === all.source));
    return { ...all, higher: G.higher(all.measure), passes, faces, columns: data.columns.filter((each) => shown.includes(each.name)) };
  };

  const change = (name, value) => G.change({ [name]: value }, false);

  const chipsOf = (on) => G.el("details", { class: "columns" }, G.el("summary", {}, "Columns"),
    G.el("div", { class: "chips", role: "group", "aria-label": "Columns that are shown" },
      data.columns.map((each) => G.el("label", { class: "chip" },
        G.el("input", { type: "checkbox", checked: on.has(each.name), value: each.name, onchange: () => {
          const names = [...chips.querySelectorAll("input:checked")].map((box) => box.value);
          G.change({ columns: names.join(",") || "none" });
        } }), G.el("span", {}, each.returns ? each.title : `${each.title} (no way back)`)))));

  const quality = (value, wanted, span) => {
    if (value === undefined || span[1] === span[0]) return null;
    const share = (value - span[0]) / (span[1] - span[0]);
    return Math.round(100 * (wanted.higher ? share : 1 - share));
  };

  const cellOf = (cell, wanted, span) => {
    if (!cell) return G.el("td", {});
    const steps = cell.steps.slice(1);
    const share = quality(cell.measures?.[wanted.measure], wanted, span);
    const link = G.opener(cell, { class: "cell", tabindex: "-1",
      "aria-label": `${cell.title}. ${G.spoken(cell) || "no way back"}. Open in full` },
    G.el("span", { class: "pair" }, steps.map((step) => G.picture(step.image, "", SIZES[wanted.size]))),
    share === null ? null : G.el("span", { class: "bar", "aria-hidden": "true" },
      G.el("span", { style: `width:${Math.max(2, share)}%` })),
    G.measures(cell, wanted.measure, measures.slice(0, 4)));
    return G.el("td", { class: wanted.passes(cell) ? "" : "dim" }, link);
  };

  const table = (wanted) => {
    const of = (each, name) => cells.get(`${each.key} ${name}`);
    const rowValue = (each) => (wanted.by === "mean"
      ? mean(wanted.columns.map((c) => of(each, c.name)), wanted.measure)
      : of(each, wanted.by)?.measures?.[wanted.measure]);
    const rows = G.sorted(wanted.faces.filter((each) => wanted.limit === undefined || wanted.limit === ""
      || wanted.columns.some((c) => wanted.passes(of(each, c.name)))),
    rowValue, wanted.order, (each) => each.title, wanted.higher);
    G.current.items = rows.flatMap((each) => wanted.columns.map((c) => of(each, c.name)).filter(Boolean));
    const all = data.cells.map((c) => c.measures?.[wanted.measure]).filter((v) => v !== undefined);
    const span = [Math.min(...all), Math.max(...all)];
    const body = G.el("tbody", {});
    const head = G.el("thead", {}, G.el("tr", {}, G.el("th", { scope: "col", class: "corner" }, "Face"),
      wanted.columns.map((c) => {
        const value = mean(rows.map((each) => of(each, c.name)), wanted.measure);
        const sorts = wanted.by === c.name && wanted.order !== "name";
        const next = sorts && wanted.order === "best" ? "worst" : "best";
        return G.el("th", { scope: "col", "aria-sort": sorts
          ? ((wanted.order === "best") === wanted.higher ? "descending" : "ascending") : null },
        G.el("button", { type: "button", class: "name", title: c.summary, onclick: () => change("column", c.name) },
          c.title),
        c.returns ? G.el("button", { type: "button", class: `sort ${sorts ? wanted.order : ""}`,
          "aria-label": `Sort the faces by ${c.title}, ${next} first`,
          onclick: () => G.change({ by: c.name, order: next }) },
        value === undefined ? "sort" : `mean ${G.withUnit(wanted.measure, value)}`) : null);
      })));
    const grid = G.el("table", { class: `matrix ${wanted.size}`, "aria-label": "Faces by transformations; arrow keys "
      + "move between the cells, Enter opens one" }, head, body);
    G.inChunks(body, rows, (each) => G.el("tr", {},
      G.el("th", { scope: "row" }, G.el("button", { type: "button", class: "face",
        title: `All ways back of ${each.title}`, onclick: () => change("face", each.key) },
      G.picture(each.steps[0].image, "", SIZES[wanted.size]), G.el("span", {}, each.title))),
      wanted.columns.map((c) => cellOf(of(each, c.name), wanted, span))), 30);
    grid.querySelector(".cell")?.setAttribute("tabindex", "0");
    grid.addEventListener("keydown", walk);
    if (!rows.length) return G.el("p", { class: "notice" }, "No face fits these filters.");
    if (!wanted.columns.length) return G.el("p", { class: "notice" }, "All columns are hidden.");
    const scroller = G.el("div", { class: "scroller" }, grid);
    return scroller;
  };

  // Arrow keys walk through the cells; one of them is in the order of the Tab key.
  const walk = (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const cell = event.target.closest("td");
    if (!step || !cell) return;
    const rows = [...cell.closest("tbody").rows];
    const row = rows[rows.indexOf(cell.parentElement) + step[0]];
    const next = row?.cells[cell.cellIndex + step[1]]?.querySelector(".cell");
    event.preventDefault();
    if (!next) return;
    event.target.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const list = (wanted) => {
    const one = face.get(wanted.face), other = column.get(wanted.column);
    const found = data.cells.filter((cell) => (!one || cell.face === one.key) && (!other || cell.column === other.name))
      .filter((cell) => one || wanted.faces.some((each) => each.key === cell.face))
      .filter((cell) => !one || other || wanted.columns.some((each) => each.name === cell.column))
      .filter(wanted.passes);
    const title = (cell) => (one ? column.get(cell.column).title : face.get(cell.face).title);
    const items = G.sorted(found, (cell) => cell.measures?.[wanted.measure], wanted.order, title, wanted.higher);
    G.current.items = items;
    const grid = G.el("div", { class: "grid cells" });
    const heading = one && other ? `${one.title}: ${other.title}` : one ? `${one.title}: all ways back`
      : `${other.title}: all faces`;
    const box = G.el("div", {}, G.el("div", { class: "crumbs" },
      G.el("button", { type: "button", onclick: () => G.change({ face: "", column: "" }, false) },
        "‹ All faces and transformations")),
    G.el("h3", {}, heading), other ? G.el("p", { class: "lead" }, other.summary) : null, grid);
    if (!items.length) grid.append(G.el("p", { class: "notice" }, "Nothing fits these filters."));
    G.inChunks(grid, items, (cell) => G.card(cell, { chosen: wanted.measure, title: title(cell),
      sizes: "(max-width: 600px) 30vw, 160px" }));
    return box;
  };

  return {
    build(content) {
      const named = (each) => [each.key ?? each.name, each.title];
      chooser = [
        G.select("Face", "face", [["", "All faces"], ...data.faces.map(named)], ""),
        G.select("Transformation", "column", [["", "All transformations"], ...data.columns.map(named)], ""),
      ];
      const more = G.el("details", { class: "more" }, G.el("summary", {}, "Choose and filter"),
        G.el("div", { class: "toolbar" }, chooser,
          measures.length ? G.limit() : null,
          G.input("Find a name", "find", { type: "search" }),
          groups.length > 1 ? G.select("Source", "source", [["", "All sources"], ...groups.map((g) => [g, g])], "")
            : null));
      more.open = innerWidth > 600 || ["face", "column", "limit", "find", "source"].some((n) => G.parse().params[n]);
      bar = G.el("form", { class: "bars-of", onsubmit: (event) => event.preventDefault() },
        G.el("div", { class: "toolbar" },
          measures.length ? G.sorting(measures) : null,
          G.select("Size", "size", [["small", "Small"], ["medium", "Medium"], ["large", "Large"]], "")), more);
      const wanted = chosen({});
      chips = chipsOf(new Set(wanted.columns.map((each) => each.name)));
      sentence = G.el("p", { class: "sentence" });
      results = G.el("div", {});
      content.append(bar, chips, sentence, results);
    },
    update(params) {
      const wanted = chosen(params);
      G.fill(bar, params, defaults);
      const on = new Set(wanted.columns.map((each) => each.name));
      for (const box of chips.querySelectorAll("input")) box.checked = on.has(box.value);
      chips.querySelector("summary").textContent = `Columns: ${on.size} of ${data.columns.length} shown`;
      sentence.textContent = wanted.measure ? G.measure(wanted.measure).sentence : "";
      const single = face.has(wanted.face) || column.has(wanted.column);
      results.replaceChildren(single ? list(wanted) : table(wanted));
      G.say(`${G.current.items.length} results shown`);
    },
  };
};
if (G.data.matrix) G.sections.matrix = G.matrix(G.data.matrix);
