// A photograph to brush colours onto. What goes to the server is where each stroke went, not the picture.
const canvas = element.querySelector("canvas");
const tools = Object.fromEntries([...element.querySelectorAll("[name]")].map((tool) => [tool.name, tool]));
const photo = new Image();
let strokes = []; // {color: "#rrggbb", or "" of the eraser; size; points: [[x, y], …]}, in pixels of the photograph
let stroke = null;

function draw() {
  const layer = new OffscreenCanvas(canvas.width, canvas.height);
  const context = layer.getContext("2d");
  context.lineCap = context.lineJoin = "round";
  for (const { color, size, points } of stroke ? [...strokes, stroke] : strokes) {
    context.globalCompositeOperation = color ? "source-over" : "destination-out";
    context.strokeStyle = color || "#000000";
    context.lineWidth = size;
    context.beginPath();
    context.moveTo(...points[0]);
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }
  const shown = canvas.getContext("2d");
  shown.drawImage(photo, 0, 0);
  shown.drawImage(layer, 0, 0);
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [
    Math.round(((event.clientX - box.left) / box.width) * canvas.width),
    Math.round(((event.clientY - box.top) / box.height) * canvas.height),
  ];
}

function tell() {
  props.value = strokes;
  trigger("input");
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button || !props.picture) return;
  canvas.setPointerCapture(event.pointerId);
  const color = tools.erase.checked ? "" : tools.color.value;
  // As thick to the eye whatever the size in which the photograph is shown.
  const size = Math.max(1, Math.round((tools.size.value * canvas.width) / canvas.getBoundingClientRect().width));
  stroke = { color, size, points: [place(event)] };
  draw();
});
canvas.addEventListener("pointermove", (event) => {
  if (!stroke) return;
  stroke.points.push(...event.getCoalescedEvents().concat(event).map(place));
  draw();
});
canvas.addEventListener("pointerup", () => {
  if (!stroke) return;
  strokes = [...strokes, stroke];
  stroke = null;
  draw();
  tell();
});
canvas.addEventListener("pointercancel", () => {
  stroke = null;
  draw();
});
tools.clear.addEventListener("click", () => {
  if (!strokes.length) return;
  strokes = [];
  draw();
  tell();
});
for (const swatch of element.querySelectorAll("[data-color]"))
  swatch.addEventListener("click", () => {
    tools.color.value = swatch.dataset.color;
    tools.erase.checked = false;
  });
tools.color.addEventListener("input", () => (tools.erase.checked = false));

photo.addEventListener("load", () => {
  [canvas.width, canvas.height] = [photo.naturalWidth, photo.naturalHeight];
  draw();
});
watch(["picture", "value"], () => {
  strokes = props.value ?? [];
  if (photo.src === props.picture) return draw();
  photo.src = props.picture;
});
