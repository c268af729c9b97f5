// Buttons that copy what stands beside them. Without this they stay hidden, and the text can be marked and copied.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const words = button.innerHTML;
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.innerHTML = words), 2000);
    });
  }
}
