// Named colours, the picker and the text are three ways to one colour: what is changed in one of them shows in all.
const HEX = /^#[0-9a-f]{6}$/i;

for (const box of document.querySelectorAll("[data-colours]")) {
  const text = box.querySelector("input[type=text]");
  const picker = box.querySelector("input[type=color]");
  const names = [...box.querySelectorAll("input[type=radio]")];

  const showName = () => {
    const own = names.find((each) => each.value === (text.value.trim() ? "" : "none")) ?? names.at(-1);
    (names.find((each) => each.value && each.value === text.value.trim().toLowerCase()) ?? own).checked = true;
  };

  box.addEventListener("input", ({ target }) => {
    if (target.type === "radio" && target.value === "none") {
      text.value = "";
    } else if (target.type === "radio" && target.value) {
      text.value = picker.value = target.value;
    } else if (target === picker) {
      text.value = picker.value;
      showName();
    } else if (target === text) {
      if (HEX.test(text.value.trim())) picker.value = text.value.trim();
      showName();
    }
  });
}
