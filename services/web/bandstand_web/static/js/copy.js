// Buttons that copy what stands beside them. Without this they stay hidden, and the text can be marked and copied.
if (navigator.clipboard) {
  const show = (part) => part.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = false));
  show(document);
  document.addEventListener("htmx:load", (event) => show(event.target));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const words = button.innerHTML;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.innerHTML = words), 2000);
  });
}
