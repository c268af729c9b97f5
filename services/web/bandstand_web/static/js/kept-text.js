// What people type waits in their browser until it is saved: when the log-in has ended meanwhile, the network fails or
// they go back, it is offered again. The server keeps nothing of it. Without this, browsers keep what they keep.
//
// A text belongs to a visitor and a form. It is "kept" while it is typed, "sent" with the form, and "waits" while the
// password is asked for once more; it is gone when the form was answered by leading on.
const PREFIX = "kept-text:";
const template = document.getElementById("kept-text");
const visitor = template.dataset.visitor;
const page = document.body.dataset.keptText ?? ""; // "unsaved": an error; "waits": asks for the password once more
// The answer shows all that was sent, in other controls than it was typed in.
const showsAll = document.querySelector("form[data-shows-all]") !== null;
const arrival = performance.getEntriesByType("navigation")[0];
const wasLedHere = (arrival?.redirectCount ?? 0) > 0;

const keys = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
const read = (key) => JSON.parse(sessionStorage.getItem(key));
const write = (key, kept) => {
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch (problem) {
    console.warn("What is typed can't be kept: the browser's storage is full or closed.", problem);
  }
};
const forget = () => keys().forEach((key) => sessionStorage.removeItem(key));

// What became of the forms that were sent from the page before?
for (const key of keys()) {
  const kept = read(key);
  const isOthers = kept.visitor && kept.visitor !== visitor;
  const hasLeft = kept.leaves && arrival?.type === "navigate" && kept.path !== location.pathname;
  if (isOthers && visitor) sessionStorage.removeItem(key); // somebody else is logged in
  else if (kept.state === "sent" && showsAll && kept.path === location.pathname) sessionStorage.removeItem(key);
  else if (kept.state === "sent" && page === "waits") write(key, { ...kept, state: "waits" });
  else if (kept.state === "sent" && page !== "unsaved" && !isOthers && (wasLedHere || hasLeft)) sessionStorage.removeItem(key);
  else if (kept.state !== "kept" && page !== "waits") write(key, { ...kept, state: "kept" });
}

// Log-outs leave nothing, in no tab of the portal.
const logOuts = new BroadcastChannel("log-out");
logOuts.addEventListener("message", forget);

const NEVER = "[type=hidden], [type=password], [type=file], [type=submit], [autocomplete='one-time-code'], .trap *";
const controls = (form) =>
  [...form.elements].filter((each) => each.name && each.matches("input, textarea, select") && !each.matches(NEVER));
const isKept = (form) =>
  form.method === "post" && form.id !== "changelist-form" && !form.querySelector("[autocomplete='current-password']") && controls(form).length > 0;
const keyOf = (form) => `${PREFIX}${visitor}:${new URL(form.action).pathname}`;

const valueOf = (control) => {
  if (control.matches("[type=checkbox], [type=radio]")) return control.checked;
  return control.multiple ? [...control.selectedOptions].map((option) => option.value) : control.value;
};
const initialOf = (control) => {
  if (control.matches("[type=checkbox], [type=radio]")) return control.defaultChecked;
  if (!control.matches("select")) return control.defaultValue;
  const chosen = [...control.options].filter((option) => option.defaultSelected).map((option) => option.value);
  return control.multiple ? chosen : (chosen.at(-1) ?? control.options[0]?.value ?? "");
};
const differs = (one, other) => JSON.stringify(one) !== JSON.stringify(other);
// A control by its name and how many of that name stand before it.
const valuesOf = (form, value) => {
  const seen = {};
  return Object.fromEntries(
    controls(form).map((each) => [`${each.name} ${(seen[each.name] = (seen[each.name] ?? -1) + 1)}`, value(each)]),
  );
};
const isChanged = (form) =>
  form.querySelector("[aria-invalid='true']") !== null || differs(valuesOf(form, valueOf), valuesOf(form, initialOf));

const keep = (form, state) => {
  const key = keyOf(form);
  if (state === "kept" && !isChanged(form)) return sessionStorage.removeItem(key);
  write(key, {
    visitor,
    state,
    at: Date.now(),
    path: location.pathname,
    leaves: "leaves" in form.dataset,
    values: valuesOf(form, valueOf),
  });
};

const fill = (form, values) => {
  for (const name of Object.keys(values)) {
    const [, set, number] = name.match(/^(.+?)-(\d+)-/) ?? [];
    if (set) form.dispatchEvent(new CustomEvent("rows-needed", { detail: { set, number: Number(number) } }));
  }
  const present = valuesOf(form, (control) => control);
  for (const [name, value] of Object.entries(values)) {
    const control = present[name];
    if (!control) continue;
    if (typeof value === "boolean") control.checked = value;
    else if (Array.isArray(value)) for (const option of control.options) option.selected = value.includes(option.value);
    else control.value = value;
  }
};

const offer = (form) => {
  const key = keyOf(form);
  const stored = sessionStorage.getItem(key);
  if (!stored || !differs({ ...valuesOf(form, valueOf), ...JSON.parse(stored).values }, valuesOf(form, valueOf))) return;
  const kept = JSON.parse(stored);
  const note = template.content.firstElementChild.cloneNode(true);
  const at = new Date(kept.at);
  note.querySelector("time").dateTime = at.toISOString();
  note.querySelector("time").textContent = at.toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
  note.querySelector("[data-restore]").addEventListener("click", () => {
    fill(form, kept.values);
    keep(form, "kept");
    note.remove();
    controls(form)[0].focus();
  });
  note.querySelector("[data-discard]").addEventListener("click", () => {
    keep(form, "kept");
    note.remove();
    controls(form)[0].focus();
  });
  form.prepend(note);
};

const formOf = (event) => {
  const form = event.target.form ?? event.target;
  return form instanceof HTMLFormElement && isKept(form) ? form : null;
};
const pending = new Map();
const keepSoon = (event) => {
  const form = formOf(event);
  if (!form) return;
  clearTimeout(pending.get(form));
  pending.set(form, setTimeout(() => keepNow(form), 300));
};
const keepNow = (form) => {
  clearTimeout(pending.get(form));
  pending.delete(form);
  if (form.isConnected) keep(form, "kept");
};
document.addEventListener("input", keepSoon);
document.addEventListener("change", keepSoon);
addEventListener("pagehide", () => [...pending.keys()].forEach(keepNow));

let isLeaving = false;
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  isLeaving = true;
  if (page === "waits") {
    for (const key of keys()) if (read(key).state === "waits") write(key, { ...read(key), state: "sent" });
    return;
  }
  if (new URL(event.target.action).pathname.endsWith("/logout/")) {
    pending.clear();
    forget();
    logOuts.postMessage("");
    return;
  }
  const form = formOf(event);
  if (!form) return;
  clearTimeout(pending.get(form));
  pending.delete(form);
  keep(form, "sent");
});

// Whoever leaves a page with something unsaved is asked once. It would be offered again, but not in another tab.
addEventListener("beforeunload", (event) => {
  if (!isLeaving && [...document.forms].some((form) => isKept(form) && isChanged(form))) event.preventDefault();
});
addEventListener("pageshow", () => (isLeaving = false));

for (const form of document.forms) if (isKept(form)) offer(form);
