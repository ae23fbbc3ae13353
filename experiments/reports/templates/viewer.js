// A picture in full: zoom, arrow keys, its steps, and a slider between any two of them.
"use strict";

G.viewer = (() => {
  let swipe = null, state = null, panel = null, timer = 0, key = "";

  // What is shown of an item: one step, or a comparison of two.
  const fresh = (item) => {
    const last = item.steps.length - 1;
    return { show: last ? "compare" : 0, left: Math.max(0, last - 1), right: last, at: 50 };
  };
  const fits = (item, shown) => [shown.left, shown.right, shown.show].every(
    (step) => step === "compare" ? item.steps.length > 1 : step >= 0 && step < item.steps.length);

  const slide = () => swipe && swipe.currSlide;
  const item = () => slide().data.item;

  const image = (of, step, attributes) => {
    const file = G.image(of.steps[step].image);
    return G.el("img", { alt: G.alt(of, of.steps[step]), src: file.full, draggable: "false", ...attributes });
  };

  const fill = (content) => {
    const of = content.data.item;
    const shown = fits(of, state) ? state : fresh(of);
    if (shown.show !== "compare") {
      content.element.replaceChildren(image(of, shown.show, { class: "pswp__img whole" }));
      return;
    }
    const slider = G.el("img-comparison-slider", { value: shown.at, handle: true, tabindex: "0", role: "slider",
      "aria-label": `${of.title}: ${of.steps[shown.left].title} on the left, ${of.steps[shown.right].title} `
        + "on the right; arrow keys move the line", "aria-valuemin": 0, "aria-valuemax": 100,
      "aria-valuenow": Math.round(shown.at) },
    image(of, shown.left, { slot: "first" }), image(of, shown.right, { slot: "second" }),
    G.el("div", { slot: "handle", class: "handle" }, G.el("span", {}, "‹ ›")));
    // What is dragged by the line is the line, not the picture.
    slider.addEventListener("pointerdown", (event) => {
      const box = slider.querySelector(".handle").getBoundingClientRect();
      if (event.clientX >= box.left && event.clientX <= box.right) event.stopPropagation();
    });
    slider.addEventListener("slide", () => {
      state.at = Math.round(10 * Math.min(100, Math.max(0, slider.value))) / 10;
      slider.setAttribute("aria-valuenow", Math.round(state.at));
      keep();
    });
    content.element.replaceChildren(slider);
  };

  const refill = () => {
    for (const holder of swipe.mainScroll.itemHolders) {
      if (holder.slide && holder.slide.content.element) fill(holder.slide.content);
    }
    describe();
    keep();
  };

  const choose = (changed) => {
    Object.assign(state, changed);
    refill();
    G.say(state.show === "compare" ? "Compared" : item().steps[state.show].title);
  };

  // The panel below the picture: name, measures, steps, comparison, download and link.
  const describe = () => {
    const of = item(), steps = of.steps;
    key = of.key;
    if (!fits(of, state)) Object.assign(state, fresh(of));
    const button = (text, pressed, onclick, key) => G.el("button", { type: "button", onclick,
      "aria-pressed": String(pressed), "aria-keyshortcuts": key }, text);
    const which = (name, label) => G.el("label", {}, G.el("span", { class: "unseen" }, label),
      G.el("select", { onchange: (event) => choose({ [name]: Number(event.target.value) }) },
        steps.map((step, index) => G.el("option", { value: index, selected: index === state[name] }, step.title))));
    const file = G.image(steps[state.show === "compare" ? state.right : state.show].image);
    const link = G.el("button", { type: "button", class: "copy", onclick: () => copy(link) }, "Copy link");
    const tools = steps.length > 1 ? G.el("div", { class: "tools", role: "group", "aria-label": "What is shown" },
      steps.map((step, index) => button(step.title, state.show === index, () => choose({ show: index }), index + 1)),
      button("Compare", state.show === "compare", () => choose({ show: "compare" }), "c")) : null;
    const pair = steps.length > 2 && state.show === "compare"
      ? G.el("div", { class: "tools pair" }, which("left", "On the left"), G.el("span", {}, "with"),
        which("right", "On the right")) : null;
    const focused = panel.contains(document.activeElement) ? document.activeElement.textContent : null;
    panel.replaceChildren(
      G.el("div", { class: "about" }, G.el("h2", {}, of.title), G.measures(of)),
      G.el("div", { class: "row" }, tools, pair, G.el("div", { class: "tools" },
        G.el("a", { class: "button", href: file.full, download: G.fileName(of.title, file) }, "Download"), link)));
    if (focused) [...panel.querySelectorAll("button")].find((each) => each.textContent === focused)?.focus();
    swipe.element.setAttribute("aria-label", of.title);
  };

  const copy = async (button) => {
    save();
    let done = true;
    try { await navigator.clipboard.writeText(location.href); } catch {
      const field = G.el("textarea", { class: "unseen" }, location.href);
      swipe.element.append(field);
      field.select();
      done = document.execCommand("copy");
      field.remove();
    }
    button.textContent = done ? "Link copied" : "Copy the address above";
    G.say(button.textContent);
  };

  // The address says what is open and how, so that it is a link to exactly this view.
  const save = () => {
    clearTimeout(timer);
    const { section, params } = G.parse();
    // The way back may have been taken already, though its event has not arrived: that address stays as it is.
    if (!swipe || !slide() || !params.open) return;
    const view = { open: item().key };
    if (item().steps.length > 1) {
      view.show = state.show === "compare" ? "compare" : state.show + 1;
      if (state.show === "compare") Object.assign(view, { left: state.left + 1, right: state.right + 1, at: state.at });
    }
    const at = slide(), zoom = at.currZoomLevel / at.zoomLevels.initial;
    if (Math.abs(zoom - 1) > 0.01) {
      const round = (value) => Math.round(1000 * value) / 1000;
      view.zoom = round(zoom);
      view.x = round((swipe.viewportSize.x / 2 - at.pan.x) / (at.width * at.currZoomLevel));
      view.y = round((swipe.viewportSize.y / 2 - at.pan.y) / (at.height * at.currZoomLevel));
    }
    for (const name of G.VIEW) delete params[name];
    G.go(section || G.current.section, { ...params, ...view }, true);
  };
  const keep = () => { clearTimeout(timer); timer = setTimeout(save, 250); };

  const restore = (params) => {
    const zoom = Number(params.zoom), at = slide();
    if (!(zoom > 0) || !at) return;
    at.zoomTo(at.zoomLevels.initial * zoom, undefined, 0);
    at.panTo(swipe.viewportSize.x / 2 - Number(params.x ?? 0.5) * at.width * at.currZoomLevel,
      swipe.viewportSize.y / 2 - Number(params.y ?? 0.5) * at.height * at.currZoomLevel);
  };

  const start = (params) => {
    const wanted = G.items.get(params.open);
    if (!wanted) return;
    const still = G.current.items.filter((each) => G.image(each.steps.at(-1).image).kind === "picture");
    const items = still.includes(wanted) ? still : [wanted];
    state = fresh(wanted);
    if (params.show) state.show = params.show === "compare" ? "compare" : Number(params.show) - 1;
    if (params.left) state.left = Number(params.left) - 1;
    if (params.right) state.right = Number(params.right) - 1;
    if (Number(params.at) >= 0) state.at = Number(params.at);
    if (!fits(wanted, state)) state = fresh(wanted);
    const fitting = (level) => Math.min(level.panAreaSize.x / level.elementSize.x,
      level.panAreaSize.y / level.elementSize.y);
    panel = G.el("div", { class: "panel" });
    const from = document.activeElement;
    swipe = new PhotoSwipe({
      dataSource: items.map((each) => {
        const { width, height } = G.image(each.steps.at(-1).image);
        return { type: "steps", item: each, width, height };
      }),
      index: items.indexOf(wanted), loop: items.length > 2, bgOpacity: 1, wheelToZoom: true, preload: [1, 1],
      showHideAnimationType: "none", zoomAnimationDuration: G.calm.matches ? false : 250,
      returnFocus: false, closeOnVerticalDrag: true, tapAction: null, imageClickAction: "zoom",
      initialZoomLevel: fitting, secondaryZoomLevel: (level) => 2.5 * fitting(level),
      maxZoomLevel: (level) => 10 * fitting(level), arrowPrevTitle: "Previous", arrowNextTitle: "Next",
      closeTitle: "Close", zoomTitle: "Zoom",
      paddingFn: (view) => ({ top: 56, bottom: Math.min(panel.offsetHeight + 12, view.y / 2),
        left: view.x > 700 ? 72 : 8, right: view.x > 700 ? 72 : 8 }),
    });
    swipe.addFilter("isContentZoomable", () => true);
    swipe.addFilter("useContentPlaceholder", () => false);
    swipe.on("contentLoad", (event) => {
      event.preventDefault();
      const { content } = event;
      content.element = G.el("div", { class: "pswp__content full" });
      fill(content);
      content.state = "loaded";
    });
    swipe.on("uiRegister", () => swipe.ui.registerElement({ name: "panel", appendTo: "root", order: 9,
      onInit: (element) => {
        element.append(panel);
        // Neither drags nor keys of the panel are the picture's.
        for (const kind of ["pointerdown", "wheel"]) element.addEventListener(kind, (e) => e.stopPropagation());
      } }));
    swipe.on("change", () => { describe(); G.say(`${item().title}. ${G.spoken(item())}`); keep(); });
    swipe.on("zoomPanUpdate", keep);
    swipe.on("keydown", (event) => {
      const { key, target, ctrlKey, metaKey, altKey } = event.originalEvent;
      const named = target.tagName === "SELECT" || target.tagName === "IMG-COMPARISON-SLIDER";
      if (named && key.startsWith("Arrow")) { event.preventDefault(); return; }
      if (ctrlKey || metaKey || altKey || target.tagName === "SELECT" || item().steps.length < 2) return;
      if (key === "c") choose({ show: "compare" });
      else if (key >= "1" && key <= String(item().steps.length)) choose({ show: Number(key) - 1 });
    });
    swipe.on("openingAnimationEnd", () => { swipe.updateSize(true); restore(params); });
    swipe.on("destroy", () => {
      clearTimeout(timer);
      swipe = null;
      const { section, params: left } = G.parse();
      if (left.open) {
        for (const name of G.VIEW) delete left[name];
        if (viewer.pushed) history.back(); // so that the browser's own way back never opens it again
        else G.go(section, left, true);
      }
      viewer.pushed = false;
      const place = [...document.querySelectorAll("main a[data-key]")].find((each) => each.dataset.key === key);
      (place || (from && from.isConnected ? from : null))?.focus();
    });
    swipe.init();
    describe();
    swipe.updateSize(true);
    keep();
  };

  const viewer = {
    pushed: false, // whether opening it was a step in the browser's history
    // Open or close as the address says.
    follow(params) {
      if (params.open && !swipe) start(params);
      else if (!params.open && swipe) swipe.close();
    },
  };
  return viewer;
})();
