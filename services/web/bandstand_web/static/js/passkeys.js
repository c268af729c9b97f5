// Asks for a passkey. Each button stands for those that were made at one host of the portal, which need not be this one.
for (const button of document.querySelectorAll("[data-passkey-host]")) {
  button.addEventListener("click", async () => {
    const { request_options: options } = JSON.parse(document.getElementById("js_data").textContent);
    const keys = button.dataset.passkeys.split(" ");
    options.publicKey.rpId = button.dataset.passkeyHost;
    options.publicKey.allowCredentials = options.publicKey.allowCredentials.filter(({ id }) => keys.includes(id));
    const answer = document.getElementById(button.dataset.answer);
    const problem = document.getElementById("passkey-problem");
    problem.hidden = true;
    try {
      answer.value = JSON.stringify(await window.webauthnJSON.get(options));
    } catch {
      problem.hidden = false;
      return;
    }
    answer.form.submit();
  });
}
