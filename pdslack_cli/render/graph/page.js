"use strict";

const drawing = document.querySelector("svg");
const boxes = [...drawing.querySelectorAll("[data-node]")];
const wires = [...drawing.querySelectorAll("[data-edge]")];
const rows = [...drawing.querySelectorAll("[data-edges]")];
const details = [...document.querySelectorAll("[data-details]")];
const hint = document.getElementById("hint");
let pinned = null;

/** Numbers of the nodes and edges that alerts pass on their way to a node (or from it). */
function reach(start, near, far) {
  const nodes = new Set([start]);
  const edges = new Set();
  const queue = [start];
  while (queue.length) {
    const node = queue.pop();
    for (const wire of wires) {
      if (wire.dataset[near] !== node) continue;
      edges.add(wire.dataset.edge);
      if (!nodes.has(wire.dataset[far])) {
        nodes.add(wire.dataset[far]);
        queue.push(wire.dataset[far]);
      }
    }
  }
  return { nodes, edges };
}

function trace(number) {
  const before = reach(number, "to", "from");
  const after = reach(number, "from", "to");
  const nodes = new Set([...before.nodes, ...after.nodes]);
  const edges = new Set([...before.edges, ...after.edges]);
  drawing.classList.add("tracing");
  for (const box of boxes) {
    box.classList.toggle("lit", nodes.has(box.dataset.node));
    box.classList.toggle("chosen", box.dataset.node === number);
  }
  for (const wire of wires) wire.classList.toggle("lit", edges.has(wire.dataset.edge));
  for (const row of rows) {
    row.classList.toggle("lit", row.dataset.edges.split(" ").some((edge) => edges.has(edge)));
  }
  show(number);
}

function clear() {
  drawing.classList.remove("tracing");
  for (const element of drawing.querySelectorAll(".lit, .chosen")) element.classList.remove("lit", "chosen");
  show(null);
}

function show(number) {
  hint.hidden = number !== null;
  for (const section of details) section.hidden = section.dataset.details !== number;
}

function rest() {
  if (pinned === null) clear();
  else trace(pinned);
}

function pin(number) {
  pinned = pinned === number ? null : number;
  rest();
}

// To assistive technology an image is one thing; here its boxes are things of their own.
drawing.setAttribute("role", "group");
for (const box of boxes) {
  const number = box.dataset.node;
  box.setAttribute("tabindex", "0");
  box.setAttribute("role", "button");
  box.addEventListener("mouseenter", () => trace(number));
  box.addEventListener("mouseleave", rest);
  box.addEventListener("focus", () => trace(number));
  box.addEventListener("blur", rest);
  box.addEventListener("click", (event) => {
    event.stopPropagation();
    pin(number);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    pin(number);
  });
}
drawing.addEventListener("click", () => pin(pinned));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") pin(pinned);
});
document.getElementById("fit").addEventListener("change", (event) => {
  drawing.parentElement.classList.toggle("fit", event.target.checked);
});
