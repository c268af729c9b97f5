// The focus of a picture, by a click on it; the numbers beside it say the same, and are the way by keyboard.
for (const picker of document.querySelectorAll("[data-focus-picker]")) {
  const whole = picker.querySelector(".focus-whole");
  const inputs = ["x", "y"].map((axis) => picker.closest("form").elements[`focus_${axis}`]);
  const mark = Object.assign(document.createElement("span"), { className: "focus-mark" });
  const shapes = ["is-square", "is-wide"].map((shape) => {
    const preview = Object.assign(document.createElement("span"), { className: `focus-preview picture ${shape}` });
    preview.setAttribute("aria-hidden", "true");
    preview.append(whole.querySelector("img").cloneNode());
    return preview;
  });
  const show = () => {
    const [x, y] = inputs.map((input) => Math.min(100, Math.max(0, Number(input.value || 50))));
    mark.style.left = `${x}%`;
    mark.style.top = `${y}%`;
    for (const preview of shapes) {
      preview.style.setProperty("--focus-x", `${x}%`);
      preview.style.setProperty("--focus-y", `${y}%`);
    }
  };
  whole.append(mark);
  picker.append(...shapes);
  whole.addEventListener("click", (event) => {
    const { left, top, width, height } = whole.getBoundingClientRect();
    inputs[0].value = Math.round((100 * (event.clientX - left)) / width);
    inputs[1].value = Math.round((100 * (event.clientY - top)) / height);
    show();
    inputs[0].dispatchEvent(new Event("change", { bubbles: true }));
  });
  for (const input of inputs) input.addEventListener("input", show);
  show();
}
