// What makes forms kinder where there are scripts. Without this they work, with one click or look more.

// A form that comes back refused: to what is wrong with it. Where the address names a place, browsers go there and take
// the focus away when all is loaded.
const summary = document.querySelector(".error-summary");
const toSummary = () => summary && document.activeElement === document.body && summary.focus();
toSummary();
addEventListener("load", () => requestAnimationFrame(toSummary));
document.addEventListener("htmx:afterSwap", (event) => event.target.querySelector(".error-summary")?.focus());

// Links of the summary lead to a control, which gets the focus; the browser alone would only scroll to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const control = link && document.getElementById(link.hash.slice(1));
  if (!control) return;
  event.preventDefault();
  control.closest("details")?.setAttribute("open", "");
  (control.labels?.[0] ?? control).scrollIntoView();
  (control.matches("input, select, textarea") ? control : control.querySelector("input, select, textarea"))?.focus({ preventScroll: true });
});

// Passwords can be looked at while they are typed, and are hidden again before they are sent.
const show = (button, isShown) => {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  button.dataset.show ??= button.textContent;
  input.type = isShown ? "text" : "password";
  button.textContent = isShown ? button.dataset.hide : button.dataset.show;
};
const offer = (root) => {
  for (const button of root.querySelectorAll(".show-password[hidden]")) button.hidden = false;
};
offer(document);
document.addEventListener("htmx:afterSwap", (event) => offer(event.target));
document.addEventListener("click", (event) => {
  const button = event.target.closest(".show-password");
  if (button) show(button, document.getElementById(button.getAttribute("aria-controls")).type === "password");
});
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll(".show-password")) show(button, false);
});

// The pressed button shows that it works, and a second click sends nothing. Downloads leave the page where it is.
const DONE_AFTER = 10_000;
const rest = (form) => {
  delete form.dataset.busy;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if ("busy" in form.dataset) return event.preventDefault();
  form.dataset.busy = "";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(rest, DONE_AFTER, form);
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach(rest));
