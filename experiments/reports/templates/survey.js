// The survey: a plot with intervals, the table, and the faces of each filter.
"use strict";

G.survey = (surveys) => {
  const SVG = "http://www.w3.org/2000/svg";
  const measures = Object.keys(G.data.measures).filter((m) => surveys.some((s) => s.rows.some((row) => m in row)));
  const defaults = { measure: measures.includes("vgg_distance") ? "vgg_distance" : measures[0], order: "best",
    filter: "", survey: surveys[0].key };
  let bar, sentence, plotBox, tableBox, facesBox;

  const svg = (tag, attributes, text) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const ticks = (low, high) => {
    const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
    const found = [];
    for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) found.push(value);
    return found.map((value) => Number(value.toPrecision(6)));
  };

  const plot = (rows, measure) => {
    const values = rows.filter((row) => measure in row);
    if (!values.length) return G.el("p", { class: "notice" }, "This was not measured.");
    const ends = (row) => [row[`${measure}_low`] ?? row[measure], row[`${measure}_high`] ?? row[measure]];
    const all = values.flatMap(ends);
    const [least, most] = [Math.min(0, ...all), Math.max(...all) * 1.04 || 1];
    const width = Math.max(320, Math.min(1100, plotBox.clientWidth || 900)), left = width < 500 ? 118 : 190;
    const line = 26, height = values.length * line + 46;
    const x = (value) => left + ((value - least) / (most - least)) * (width - left - 64);
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "bars",
      "aria-label": `${G.measure(measure).title} of each filter, with 95 % intervals; the table below has the numbers` });
    for (const value of ticks(least, most)) {
      picture.append(svg("line", { x1: x(value), x2: x(value), y1: 0, y2: height - 40, class: "grid-line" }),
        svg("text", { x: x(value), y: height - 24, class: "tick", "text-anchor": "middle" }, value));
    }
    picture.append(svg("text", { x: left, y: height - 6, class: "tick" },
      [G.measure(measure).title, G.measure(measure).unit].filter(Boolean).join(", ")));
    values.forEach((row, index) => {
      const y = index * line + 4, [low, high] = ends(row), middle = y + 9;
      const kind = row.filter === "mean picture" ? "bar-of baseline" : "bar-of";
      const name = svg("text", { x: left - 8, y: y + 13, class: "label", "text-anchor": "end" }, row.title);
      picture.append(name, svg("rect", { x: x(Math.max(least, 0)), y, height: 18, class: kind,
        width: Math.max(1, x(row[measure]) - x(Math.max(least, 0))) }),
      svg("path", { class: "interval", d: `M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 4}v8M${x(high)} ${middle - 4}v8` }),
      svg("text", { x: x(high) + 6, y: y + 13, class: "value" }, G.number(measure, row[measure])));
    });
    return picture;
  };

  const table = (rows, wanted) => {
    const head = measures.map((m) => {
      const sorts = m === wanted.measure, next = sorts && wanted.order === "best" ? "worst" : "best";
      return G.el("th", { scope: "col", "aria-sort": sorts
        ? ((wanted.order === "best") === G.measure(m).higher_is_better ? "descending" : "ascending") : null },
      G.el("button", { type: "button", class: `sort ${sorts ? wanted.order : ""}`, title: G.measure(m).sentence,
        "aria-label": `Sort by ${G.measure(m).title}, ${next} first`,
        onclick: () => G.change({ measure: m, order: next }) }, [G.measure(m).title, G.measure(m).unit].filter(Boolean).join(", ")));
    });
    const cell = (row, m) => G.el("td", {}, G.number(m, row[m]), row[`${m}_low`] === undefined ? null
      : G.el("small", {}, ` ${G.number(m, row[`${m}_low`])}–${G.number(m, row[`${m}_high`])}`));
    return G.el("div", { class: "wide" }, G.el("table", { class: "plain" },
      G.el("caption", {}, "Means and, small, 95 % intervals"),
      G.el("thead", {}, G.el("tr", {}, G.el("th", { scope: "col" }, "Filter"), head)),
      G.el("tbody", {}, rows.map((row) => G.el("tr", {}, G.el("th", { scope: "row" }, row.title),
        measures.map((m) => cell(row, m)))))));
  };

  const faces = (survey, rows, wanted) => {
    const shown = rows.filter((row) => survey.faces[row.filter] && (!wanted.filter || row.filter === wanted.filter));
    G.current.items = shown.flatMap((row) => survey.faces[row.filter]);
    if (!shown.length) return [];
    return [G.el("h3", {}, "The faces of each filter"), ...shown.flatMap((row) => [G.el("h4", { class: "heading" }, row.title,
      G.el("small", {}, ` ${G.measure(wanted.measure).title} ${G.withUnit(wanted.measure, row[wanted.measure])}`)),
    G.el("div", { class: "grid cells" }, survey.faces[row.filter].map((item) => G.card(item,
      { title: item.title.split(", ").at(-1), sizes: "(max-width: 600px) 30vw, 160px" })))])];
  };

  return {
    build(content) {
      const filters = [...new Map(surveys.flatMap((s) => s.rows.filter((row) => s.faces[row.filter])
        .map((row) => [row.filter, row.title])))];
      bar = G.el("form", { class: "toolbar", onsubmit: (event) => event.preventDefault() },
        surveys.length > 1 ? G.select("Survey", "survey", surveys.map((s, i) => [s.key, `Survey ${i + 1}`]), "") : null,
        G.select("Measure", "measure", measures.map((m) => [m, G.measure(m).title]), ""),
        G.select("Order", "order", [["best", "Best first"], ["worst", "Worst first"], ["name", "By name"]], ""),
        filters.length ? G.select("Faces of", "filter", [["", "All filters"], ...filters], "") : null);
      sentence = G.el("p", { class: "sentence" });
      plotBox = G.el("div", { class: "plot" });
      tableBox = G.el("div", {});
      facesBox = G.el("div", {});
      content.append(bar, sentence, plotBox, tableBox, facesBox);
    },
    update(params) {
      const wanted = { ...defaults, ...params };
      G.fill(bar, params, defaults);
      const survey = surveys.find((each) => each.key === wanted.survey) || surveys[0];
      const rows = G.sorted(survey.rows, (row) => row[wanted.measure], wanted.order, (row) => row.title,
        G.measure(wanted.measure).higher_is_better);
      sentence.textContent = `${G.measure(wanted.measure).sentence} Each bar is the mean over the people, each line its `
        + "95 % interval; the gray bar is what the mean of all faces would reach.";
      plotBox.replaceChildren(plot(rows, wanted.measure));
      tableBox.replaceChildren(table(rows, wanted));
      facesBox.replaceChildren(...faces(survey, rows, wanted));
    },
  };
};
if (G.data.surveys.length) G.sections.survey = G.survey(G.data.surveys);
