for (const slider of document.querySelectorAll(".slider")) {
  const pair = slider.querySelector(".pair");
  const range = slider.querySelector("input");
  const show = () => pair.style.setProperty("--at", range.value + "%");
  const drag = (event) => {
    const box = pair.getBoundingClientRect();
    range.value = Math.round(100 * (event.clientX - box.left) / box.width);
    show();
  };
  range.addEventListener("input", show);
  pair.addEventListener("pointerdown", (event) => { pair.setPointerCapture(event.pointerId); drag(event); });
  pair.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
  pair.style.touchAction = "pan-y";
  show();
}
