// Rows of a form within a form: added in the page, and moved by buttons or by dragging instead of by numbers.
// The server numbers rows as they were made; their order on the page is what `position` says.
const POSITION = "input[name$='-position']";
const TYPED = "input:not([type=hidden], [type=checkbox]), textarea, select";

const rowsOf = (set) => [...set.querySelectorAll(":scope > .row")];
const totalOf = (set) => document.getElementsByName(`${set.dataset.rowSet}-TOTAL_FORMS`)[0];
const isUnchosen = (each) => each.matches("select") && each.selectedOptions[0]?.defaultSelected;
const isEmpty = (row) => !("filled" in row.dataset) && [...row.querySelectorAll(TYPED)].every((each) => each.matches(POSITION) || each.value === "" || isUnchosen(each));

const hasRoom = (set) => Number(totalOf(set).value) < Number(document.getElementsByName(`${set.dataset.rowSet}-MAX_NUM_FORMS`)[0].value);

const addRow = (set) => {
  const total = totalOf(set);
  const number = Number(total.value);
  const holder = document.createElement("div");
  holder.append(document.getElementById(`${set.dataset.rowSet}-row`).content.cloneNode(true));
  holder.innerHTML = holder.innerHTML.replaceAll("__prefix__", number).replaceAll("__number__", number + 1);
  const row = holder.querySelector(".row");
  set.append(row);
  window.htmx?.process(row);
  total.value = number + 1;
  offerMoves(set, row);
  return row;
};

// Rows without a text stay without a number: they are none.
const renumber = (set) => {
  let place = 0;
  for (const row of rowsOf(set)) {
    const position = row.querySelector(POSITION);
    position.value = isEmpty(row) ? "" : (place += 1);
  }
  set.dataset.isMoved = "";
  set.dispatchEvent(new Event("change", { bubbles: true }));
};

const say = (set, row) => {
  const status = set.parentElement.querySelector(`#${set.dataset.rowSet}-moves ~ [data-moved]`);
  const rows = rowsOf(set);
  status.textContent = status.dataset.moved.replace("{place}", rows.indexOf(row) + 1).replace("{count}", rows.length);
};

// A row is moved with those that stand below it; one of those, alone.
const isBelow = (row) => Boolean(row.querySelector("input[name$='-is_below']:checked"));
const blockOf = (set, row) => {
  const rows = rowsOf(set);
  const start = rows.indexOf(row);
  const end = isBelow(row) ? start + 1 : rows.findIndex((each, at) => at > start && !isBelow(each));
  return rows.slice(start, end < 0 ? rows.length : end);
};

const move = (set, row, step) => {
  const rows = rowsOf(set);
  const block = blockOf(set, row);
  let other = rows[rows.indexOf(step < 0 ? row : block.at(-1)) + step];
  while (step < 0 && other && !isBelow(row) && isBelow(other)) other = rows[rows.indexOf(other) - 1];
  if (!other) return;
  if (step < 0) other.before(...block);
  else (isBelow(row) ? other : blockOf(set, other).at(-1)).after(...block);
  renumber(set);
  say(set, row);
};

// Only a row that is held by its handle can be dragged, so that text in it can still be marked by the mouse.
const offerMoves = (set, row) => {
  const moves = document.getElementById(`${set.dataset.rowSet}-moves`);
  if (!moves) return;
  row.querySelector(POSITION).closest(".field").hidden = true;
  if (!row.querySelector(".row-moves")) row.append(moves.content.cloneNode(true));
  const handle = row.querySelector(".row-moves");
  handle.addEventListener("pointerdown", (event) => (row.draggable = event.target === handle));
  handle.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    event.preventDefault();
    move(set, row, Number(button.dataset.move));
    button.focus();
  });
  let block = [row];
  row.addEventListener("dragstart", () => {
    row.dataset.isDragged = "";
    block = blockOf(set, row);
  });
  row.addEventListener("dragend", () => {
    row.draggable = false;
    row.after(...block.slice(1));
    delete row.dataset.isDragged;
    renumber(set);
  });
};

// What is in the fields that are folded away, as the server says it: the first choice of a select is the usual one.
const told = (control) => {
  if (control.matches("select")) return control.selectedIndex > 0 ? control.selectedOptions[0].text : "";
  return control.type === "number" && control.value ? `${control.labels[0].firstChild.data.trim()} ${control.value}` : control.value.trim();
};
const tellFolded = (details) => {
  const line = details.querySelector("summary");
  const words = [...details.querySelectorAll(TYPED)].map(told).filter(Boolean);
  line.replaceChildren(...(words.length ? words.flatMap((word, number) => [number ? " · " : "", Object.assign(document.createElement("bdi"), { textContent: word })]) : [line.dataset.folded]));
};

for (const set of document.querySelectorAll("[data-row-set]")) {
  const form = set.closest("form");
  const button = form.querySelector(`[name=more_rows][value="${set.dataset.rowSet}"]`);
  for (const row of rowsOf(set)) offerMoves(set, row);
  if (button) {
    button.type = "button";
    button.hidden = !hasRoom(set);
    button.addEventListener("click", () => {
      const row = addRow(set);
      button.hidden = !hasRoom(set);
      row.querySelector(TYPED).focus();
    });
  }
  set.addEventListener("dragover", (event) => {
    const dragged = set.querySelector("[data-is-dragged]");
    const over = event.target.closest(".row");
    if (!dragged || !over) return;
    event.preventDefault();
    if (over === dragged || over.parentElement !== set) return;
    const { top, height } = over.getBoundingClientRect();
    if (event.clientY < top + height / 2) over.before(dragged);
    else over.after(dragged);
  });
  set.addEventListener("change", (event) => {
    const details = event.target.closest?.(".row-more");
    if (details) tellFolded(details);
  });
  // A text that is put back needs the rows that it was typed in.
  form.addEventListener("rows-needed", (event) => {
    while (event.detail.set === set.dataset.rowSet && Number(totalOf(set).value) <= event.detail.number && hasRoom(set)) addRow(set);
  });
  form.addEventListener("submit", () => {
    if ("isMoved" in set.dataset) renumber(set);
  }, { capture: true });
}
