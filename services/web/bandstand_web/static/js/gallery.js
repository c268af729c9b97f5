// From one enlarged picture to the next: by buttons and arrow keys. Opening and closing needs no script.
const boxesOf = (box) => [...box.closest(".gallery").querySelectorAll(".lightbox")];

const step = (box, by) => {
  const boxes = boxesOf(box);
  const next = boxes[(boxes.indexOf(box) + by + boxes.length) % boxes.length];
  if (next === box) return;
  box.hidePopover();
  next.showPopover();
  next.querySelector(`[data-step="${by}"]`).focus();
};

for (const button of document.querySelectorAll(".lightbox [data-step]")) {
  button.hidden = false;
  button.addEventListener("click", () => step(button.closest(".lightbox"), Number(button.dataset.step)));
}

document.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const box = by && document.querySelector(".lightbox:popover-open");
  if (!box || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  step(box, getComputedStyle(box).direction === "rtl" ? -by : by);
});
