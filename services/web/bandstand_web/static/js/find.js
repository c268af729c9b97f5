// Finds anything in the backstage without leaving the page: Ctrl-K, or ⌘K, opens the dialog. Without this the link leads
// to a page that does the same.
const dialog = document.getElementById("find");
const input = dialog.querySelector("input");
const open = () => {
  if (dialog.open) return;
  dialog.showModal();
  input.select();
};
const move = (step) => {
  const links = [...dialog.querySelectorAll("#find-found a")];
  const at = links.indexOf(document.activeElement) + step;
  (links[at] ?? (step < 0 ? input : links.at(-1)))?.focus();
};

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    open();
  }
});
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-find]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open();
});
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && event.target === input) {
    const first = dialog.querySelector("#find-found a");
    if (!first) return;
    event.preventDefault();
    first.click();
  }
});
// A click beside the dialog, which only its backdrop takes, closes it.
dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("[data-find-close]")) dialog.close();
});
if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const key of document.querySelectorAll("[data-find] kbd")) key.textContent = "⌘K";
}
