// Links that hand a page on by email: where the device has a way of its own to share, they open that instead.
if (navigator.share) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-share]");
    if (!link) return;
    event.preventDefault();
    navigator.share({ title: link.dataset.shareTitle, url: link.dataset.share }).catch(() => {});
  });
}
