// The bar that this visitor closed stays closed, until it says something else. The browser keeps which one that was,
// and sends it nowhere. No module: it runs before anything below the bar is drawn.
{
  const bar = document.querySelector(".announcement-bar");
  const KEY = "closed-bar";
  // Browsers that keep nothing throw when asked; the bar then comes back with the next page.
  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  if (kept() === bar.dataset.bar) bar.remove();
  const button = bar.querySelector("[data-close-bar]");
  button.hidden = false;
  button.addEventListener("click", () => {
    try {
      localStorage.setItem(KEY, bar.dataset.bar);
    } catch {
      // It is closed for this page alone.
    }
    bar.remove();
    document.getElementById("content")?.focus({ preventScroll: true });
  });
}
