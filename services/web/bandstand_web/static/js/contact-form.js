// The page is the same for everybody: what belongs to one visitor's message is fetched when they begin to write it.
for (const form of document.querySelectorAll("form[data-opening]")) {
  let opening;
  const open = () => {
    opening ??= fetch(form.dataset.opening, { credentials: "same-origin" })
      .then((response) => response.json())
      .then((fields) => {
        for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
      })
      .catch(() => {}); // sent without, the form comes back with them
    return opening;
  };
  form.addEventListener("focusin", open, { once: true });
  form.addEventListener("submit", (event) => {
    if (form.elements.csrfmiddlewaretoken.value) return;
    event.preventDefault();
    open().then(() => (form.elements.csrfmiddlewaretoken.value ? form.requestSubmit() : form.submit()));
  });
}
