// What is open in a menu closes by Escape and by a click elsewhere, as people are used to.
const OPEN = ".submenu[open], .phone-menu[open]";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.(OPEN) ?? document.querySelector(OPEN);
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
// "toggle" doesn't bubble.
document.addEventListener("toggle", (event) => {
  const list = event.target.matches?.(".submenu[open]") && event.target.querySelector("ul");
  if (!list) return;
  event.target.classList.remove("opens-back");
  const { left, right } = list.getBoundingClientRect();
  event.target.classList.toggle("opens-back", left < 0 || right > document.documentElement.clientWidth);
}, { capture: true });
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(OPEN)) if (!open.contains(event.target)) open.open = false;
});
