// Chooses the visitor's time zone, as long as nobody chose one. Without this the server guesses from the language.
const select = document.getElementById("id_time_zone");
if (select && !select.form.querySelector("[aria-invalid]")) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if ([...select.options].some((option) => option.value === zone)) select.value = zone;
}
