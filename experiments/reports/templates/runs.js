// Trainings side by side: one plot of their histories, what differs, and their sheets epoch by epoch.
"use strict";

G.runs = (runs) => {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.history)))].filter((n) => !["epoch", "seconds"].includes(n));
  const first = ["val_score", "val_l1", "val_loss", "loss"].find((name) => names.includes(name)) || names[0];
  const defaults = { curve: first, smooth: "0", log: "", epoch: "" };
  const letter = (index) => String.fromCharCode(65 + (index % 26));
  const label = (run) => (runs.length > 1 ? `${letter(runs.indexOf(run))} · ` : "") + run.title.replace("Training: ", "");
  const colors = () => (G.dark.matches ? ["#f0a070", "#7fc4e8", "#b9d67a", "#e79bc6", "#e8d06a", "#a9a4ee"]
    : ["#b04a1c", "#1f6f9c", "#55751a", "#a8327a", "#8a6d00", "#5750b5"]);
  let bar, boxes, plotBox, plot, facts, scrub, sheets;

  const speak = (name) => name.replace(/_/g, " ").replace(/^val /, "validation: ");
  const time = (seconds) => {
    if (seconds === null) return "–";
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    if (hours) return `${hours} h ${minutes} min`;
    return seconds >= 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${seconds.toFixed(1)} s`;
  };

  const smoothed = (values, share) => {
    let kept = null;
    return values.map((value) => {
      if (value === null || value === undefined) return null;
      kept = kept === null ? value : share * kept + (1 - share) * value;
      return kept;
    });
  };

  const draw = (shown, wanted) => {
    plot?.destroy();
    plot = null;
    plotBox.replaceChildren();
    const drawn = shown.filter((run) => run.history[wanted.curve]?.some((value) => value !== null));
    if (!drawn.length) {
      plotBox.append(G.el("p", { class: "notice" }, "No chosen training has this curve."));
      return;
    }
    const epochs = [...new Set(drawn.flatMap((run) => run.history.epoch))].filter((e) => e !== null)
      .sort((a, b) => a - b);
    const share = Number(wanted.smooth);
    const style = getComputedStyle(document.documentElement);
    const [ink, line] = ["--faint", "--line"].map((name) => style.getPropertyValue(name).trim());
    const data = [epochs], series = [{ label: "Epoch" }];
    const text = (u, value) => (value === null || value === undefined ? "–" : value.toPrecision(4));
    for (const run of drawn) {
      const at = new Map(run.history.epoch.map((epoch, row) => [epoch, run.history[wanted.curve][row]]));
      const raw = epochs.map((epoch) => at.get(epoch) ?? null).map((v) => (wanted.log && v <= 0 ? null : v));
      const color = colors()[runs.indexOf(run) % 6], dash = runs.indexOf(run) >= 6 ? [8, 4] : undefined;
      const points = { show: epochs.length < 60 };
      if (share > 0) {
        data.push(raw);
        series.push({ label: `${label(run)}, raw`, stroke: `${color}66`, width: 1, spanGaps: true, value: text,
          points: { show: false } });
      }
      data.push(share > 0 ? smoothed(raw, share) : raw);
      series.push({ label: label(run), stroke: color, width: 2, dash, spanGaps: true, value: text, points });
    }
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    plot = new uPlot({ width: plotBox.clientWidth, height: 320, series, scales: { x: { time: false },
      y: { distr: wanted.log ? 3 : 1 } }, axes: [{ ...axis, label: "Epoch", labelSize: 24,
      incrs: [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4].map((power) => n * 10 ** power)).sort((a, b) => a - b) }, { ...axis, size: 64 }],
    legend: { live: true } }, data, plotBox);
    plotBox.setAttribute("aria-label", `${speak(wanted.curve)} by epoch: ` + drawn.map((run) => {
      const values = run.history[wanted.curve].filter((value) => value !== null);
      return `${label(run)} from ${values[0].toPrecision(3)} to ${values.at(-1).toPrecision(3)}`;
    }).join("; "));
  };

  const table = (caption, head, rows) => (rows.length ? G.el("div", { class: "wide" }, G.el("table", { class: "plain" },
    G.el("caption", {}, caption),
    G.el("thead", {}, G.el("tr", {}, G.el("td", {}), head.map((text) => G.el("th", { scope: "col" }, text)))),
    G.el("tbody", {}, rows.map(([name, ...values]) => G.el("tr", {}, G.el("th", { scope: "row" }, name),
      values.map((value) => G.el("td", {}, value))))))) : null);

  const tell = (shown) => {
    const head = shown.map(label);
    const last = (run) => run.history.epoch?.at(-1);
    const rows = [
      ["Epochs", ...shown.map((run) => String(last(run) ?? "–"))],
      ["Time", ...shown.map((run) => time(run.seconds))],
      ["Time of an epoch", ...shown.map((run) => time(run.epoch_seconds))],
      ["Pictures a second", ...shown.map((run) => run.pictures_per_second?.toFixed(1) ?? "–")],
    ];
    const all = [...new Set(shown.flatMap((run) => Object.keys(run.settings)))];
    const row = (name) => [speak(name), ...shown.map((run) => run.settings[name] ?? "–")];
    const differ = all.filter((name) => new Set(shown.map((run) => run.settings[name])).size > 1);
    const metrics = shown.filter((run) => Object.keys(run.metrics).length).map((run) => {
      const columns = Object.keys(G.data.measures).filter((m) => Object.values(run.metrics).some((row) => m in row));
      return table(`On pictures kept out of training: ${label(run)}`, columns.map((m) => G.measure(m).title),
        Object.entries(run.metrics).map(([name, values]) => [speak(name), ...columns.map((m) => G.withUnit(m, values[m]))]));
    });
    const curves = shown.filter((run) => run.history.epoch).map((run) => table(label(run), Object.keys(run.history).map(speak),
      run.history.epoch.map((_, at) => ["", ...Object.values(run.history).map((v) => (v[at] === null ? "–" : String(v[at])))])));
    const parts = [
      table("Time and speed", head, rows),
      shown.length > 1 ? table("Settings that differ", head, differ.map(row)) : null,
      ...metrics,
      G.el("details", {}, G.el("summary", {}, "All settings"), table("Settings", head, all.map(row))),
      curves.length ? G.el("details", {}, G.el("summary", {}, "The histories as tables"), ...curves) : null,
    ];
    facts.replaceChildren(...parts.filter(Boolean));
  };

  const sheetAt = (run, epoch) => {
    const at = run.epochs.filter((each) => each <= epoch).length;
    return run.sheets[Math.max(0, at - 1)];
  };

  const show = (shown, wanted) => {
    const having = shown.filter((run) => run.sheets.length);
    const epochs = [...new Set(having.flatMap((run) => run.epochs))].sort((a, b) => a - b);
    scrub.hidden = epochs.length < 2;
    const range = scrub.querySelector("input"), given = epochs.indexOf(Number(wanted.epoch));
    const index = wanted.epoch !== "" && given >= 0 ? given : epochs.length - 1;
    range.max = Math.max(0, epochs.length - 1);
    range.value = index;
    range.setAttribute("aria-valuetext", `after epoch ${epochs[index]}`);
    scrub.querySelector("output").textContent = `after epoch ${epochs[index] ?? ""}`;
    range.oninput = () => G.change({ epoch: String(epochs[range.value]) });
    G.current.items = having.flatMap((run) => run.sheets);
    const parts = having.map((run) => {
      const sheet = sheetAt(run, epochs[index]);
      return G.el("article", { class: "card sheet" }, G.el("h4", {}, label(run)),
        G.opener(sheet, { class: "steps", "aria-label": `Open ${sheet.title}` },
          G.picture(sheet.steps[0].image, sheet.title, "(max-width: 700px) 95vw, 1200px", false)),
        G.el("p", { class: "note" }, `${sheet.title.split(", ").at(-1)}. ${run.rows}`));
    });
    sheets.replaceChildren(...parts);
    sheets.className = having.length > 1 ? "sheets several" : "sheets";
  };

  const wantedOf = (params) => {
    const wanted = { ...defaults, ...params };
    const keys = params.runs === undefined ? runs.slice(0, 6).map((run) => run.key) : params.runs.split(",");
    return { ...wanted, shown: runs.filter((run) => keys.includes(run.key)) };
  };

  return {
    build(content) {
      boxes = G.el("fieldset", { class: "chips" }, G.el("legend", {}, "Trainings"), runs.map((run) =>
        G.el("label", { class: "chip" }, G.el("input", { type: "checkbox", value: run.key, onchange: () => {
          const on = [...boxes.querySelectorAll("input:checked")].map((box) => box.value);
          G.change({ runs: on.join(",") || "none" });
        } }), G.el("span", { class: "dot", "aria-hidden": "true" }), G.el("span", {}, label(run),
          run.subtitle ? G.el("small", {}, ` ${run.subtitle}`) : null))));
      const log = G.el("input", { type: "checkbox", onchange: () => G.change({ log: log.checked ? "1" : "" }) });
      bar = G.el("form", { class: "toolbar", onsubmit: (event) => event.preventDefault() },
        names.length ? [G.select("Curve", "curve", names.map((name) => [name, speak(name)]), first),
          G.input("Smoothing", "smooth", { type: "range", min: 0, max: 0.95, step: 0.05 }),
          G.el("label", { class: "control check" }, log, G.el("span", {}, "Logarithmic"))] : null);
      plotBox = G.el("div", { class: "plot", role: "img" });
      const hint = G.el("p", { class: "note" }, "Drag across the plot to zoom in, double-click to zoom out; a click on "
        + "a name below it hides its curve.");
      facts = G.el("div", {});
      scrub = G.el("div", { class: "scrub" }, G.el("label", {}, G.el("span", {}, "Epoch"),
        G.el("input", { type: "range", min: 0, step: 1 })), G.el("output", {}));
      sheets = G.el("div", {});
      content.append(...[runs.length > 1 ? boxes : null, names.length ? G.el("h3", {}, "Histories") : null,
        names.length ? bar : null, names.length ? plotBox : null, names.length ? hint : null,
        G.el("h3", {}, "From the first epochs to the last"), scrub, sheets, facts].filter(Boolean));
      new ResizeObserver(() => plot?.setSize({ width: plotBox.clientWidth, height: 320 })).observe(plotBox);
      G.dark.addEventListener("change", () => { if (plot) this.update(G.parse().params); });
    },
    update(params) {
      const wanted = wantedOf(params);
      G.fill(bar, params, defaults);
      for (const box of bar.querySelectorAll("input[type=checkbox]")) box.checked = Boolean(wanted.log);
      boxes.querySelectorAll(".chip").forEach((chip, index) => {
        chip.querySelector("input").checked = wanted.shown.includes(runs[index]);
        chip.querySelector(".dot").style.background = colors()[index % 6];
      });
      const drawn = JSON.stringify([wanted.shown.map((run) => run.key), wanted.curve, wanted.smooth, wanted.log,
        G.dark.matches]);
      if (names.length && drawn !== this.drawn) draw(wanted.shown, wanted);
      const told = JSON.stringify(wanted.shown.map((run) => run.key));
      if (told !== this.told) tell(wanted.shown);
      this.drawn = drawn;
      this.told = told;
      show(wanted.shown, wanted);
    },
  };
};
if (G.data.runs.length) G.sections.runs = G.runs(G.data.runs);
