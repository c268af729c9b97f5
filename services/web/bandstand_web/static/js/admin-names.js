// What Django's administration and its Select2 leave without a name, or call what it isn't.
const nameOf = (select) => select.getAttribute("aria-label") ?? select.labels?.[0]?.textContent.replace(/:?\s*$/, "").trim() ?? "";

// The list of what was chosen holds a button too, so it is none; Select2 draws it anew with each choice.
const asNoList = (list) => {
  for (const each of [list, ...list.querySelectorAll("li")]) each.setAttribute("role", "presentation");
};

const nameSelect2 = (select) => {
  const box = select.nextElementSibling;
  if (!box?.matches(".select2")) return;
  const shown = box.querySelector(".select2-selection");
  const content = box.querySelector(".select2-selection__rendered");
  for (const each of [shown, box.querySelector(".select2-search__field")]) {
    each?.removeAttribute("aria-labelledby");
    each?.setAttribute("aria-label", nameOf(select));
  }
  if (content.matches("ul")) {
    asNoList(content);
    new MutationObserver(() => asNoList(content)).observe(content, { childList: true });
  } else {
    content.removeAttribute("role");
    content.removeAttribute("aria-readonly");
  }
};

const nameAll = (place) => {
  for (const select of place.querySelectorAll("select.admin-autocomplete")) nameSelect2(select);
};

// Heads of columns that have none.
for (const head of document.querySelectorAll("th:empty")) head.setAttribute("role", "cell");

// After Django's own scripts, which wait for the same.
window.django?.jQuery?.(() => nameAll(document));
document.addEventListener("formset:added", ({ target }) => nameAll(target));
// Of lists to choose from, which Django draws when all is loaded.
window.addEventListener("load", () => {
  for (const icon of document.querySelectorAll(".search-label-icon")) icon.setAttribute("role", "img");
});
