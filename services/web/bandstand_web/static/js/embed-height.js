// For pages that show gigs in a frame: gives each frame the height of what is in it, if the frame itself says so.
addEventListener("message", ({ data, origin, source }) => {
  const height = data?.bandstandHeight;
  if (!(height > 0 && height < 20000)) return;
  for (const frame of document.querySelectorAll("iframe[data-bandstand]")) {
    if (frame.contentWindow === source && new URL(frame.src).origin === origin) frame.height = Math.ceil(height);
  }
});
