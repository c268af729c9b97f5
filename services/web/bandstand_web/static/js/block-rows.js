// A page's blocks, moved by dragging. The list is replaced after each act, so all listeners are the document's.
const rowOf = (event) => event.target.closest?.(".block-row");
const dragged = () => document.querySelector(".block-row[data-is-dragged]");

// Only a row that is held by its handle can be dragged, so that text in it can still be marked by the mouse.
document.addEventListener("pointerdown", (event) => {
  const row = rowOf(event);
  if (row) row.draggable = event.target.closest(".block-handle") !== null;
});

document.addEventListener("dragstart", (event) => {
  const row = rowOf(event);
  if (row?.draggable) row.dataset.isDragged = "";
});

document.addEventListener("dragover", (event) => {
  const row = dragged();
  const over = rowOf(event);
  if (!row || !over) return;
  event.preventDefault();
  if (over === row) return;
  const { top, height } = over.getBoundingClientRect();
  if (event.clientY < top + height / 2) over.before(row);
  else over.after(row);
});

// The place is sent as the buttons send theirs.
document.addEventListener("dragend", () => {
  const row = dragged();
  if (!row) return;
  delete row.dataset.isDragged;
  row.draggable = false;
  const id = (each) => each?.id.replace("block-", "") ?? "";
  const place = Object.assign(document.createElement("button"), { name: "do", value: `place:${id(row)},${id(row.previousElementSibling)}`, hidden: true });
  row.append(place);
  place.click();
});
