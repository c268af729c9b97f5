// Sends the files of a form one by one: each has its own progress, its own answer, and can be cancelled or tried again.
// Without this, the form sends them together and the page that follows answers for each.
const form = document.querySelector("form[data-upload]");
const section = document.getElementById("uploads");
const template = section.querySelector("template");
const status = section.querySelector("[role=status]");
const words = template.dataset;
const uploads = [];
let sending = null;

const isBusy = () => Boolean(sending) || uploads.some((upload) => upload.state === "waiting");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_match, name) => values[name]);

const tell = () => {
  const done = uploads.filter((upload) => upload.state === "done").length;
  const refused = uploads.filter((upload) => upload.state === "refused").length;
  const parts = [fill(status.dataset.progress, { done, all: uploads.length })];
  if (refused) parts.push(fill(status.dataset.refused, { refused }));
  status.textContent = `${parts.join(", ")}.`;
  section.querySelector("[data-finished]").hidden = isBusy() || !done;
};

const show = (upload, state, sentence) => {
  upload.state = state;
  upload.row.dataset.state = state;
  upload.row.querySelector(".upload-state").textContent = sentence;
  upload.row.querySelector("progress").hidden = !["waiting", "sending"].includes(state);
  upload.row.querySelector("[data-cancel]").hidden = !["waiting", "sending"].includes(state);
  upload.row.querySelector("[data-retry]").hidden = !["failed", "cancelled"].includes(state);
};

// Whoever logged in again meanwhile has another token than the page.
const refreshToken = async () => {
  const page = new DOMParser().parseFromString(await (await fetch(form.action)).text(), "text/html");
  const input = page.querySelector("form[data-upload] [name=csrfmiddlewaretoken]");
  if (input) form.elements.csrfmiddlewaretoken.value = input.value;
};

const answerOf = (request) => {
  try {
    return JSON.parse(request.responseText).sentence;
  } catch {
    return undefined;
  }
};

const finish = (upload) => {
  const { request } = upload;
  const sentence = answerOf(request);
  if (request.status === 201 && sentence) show(upload, "done", sentence);
  else if (request.status === 422 && sentence) show(upload, "refused", sentence);
  else if (request.status === 413) show(upload, "refused", words.tooLarge);
  else if (request.status === 200 && request.responseURL.startsWith(form.action)) show(upload, "done", words.done); // sent again
  else if ([200, 403].includes(request.status)) {
    show(upload, "failed", words.loggedOut); // the log-in page, or a token of before
    upload.needsToken = true;
  } else show(upload, "failed", words.failed);
};

const next = () => {
  if (sending) return;
  const upload = uploads.find((each) => each.state === "waiting");
  if (!upload) return tell();
  sending = upload;
  show(upload, "sending", words.sending);
  const request = (upload.request = new XMLHttpRequest());
  const progress = upload.row.querySelector("progress");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
  });
  request.addEventListener("load", () => finish(upload));
  request.addEventListener("error", () => show(upload, "failed", words.failed));
  request.addEventListener("abort", () => show(upload, "cancelled", words.cancelled));
  request.addEventListener("loadend", () => {
    sending = null;
    tell();
    next();
  });
  const data = new FormData();
  data.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  data.append(form.dataset.upload, upload.file);
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(data);
};

const add = (file) => {
  const row = template.content.firstElementChild.cloneNode(true);
  const upload = { file, row, state: "waiting", request: null };
  row.querySelector(".upload-name").textContent = file.name;
  row.querySelector("progress").setAttribute("aria-label", file.name);
  for (const name of row.querySelectorAll(".visually-hidden")) name.textContent = ` ${file.name}`;
  row.querySelector("[data-cancel]").addEventListener("click", () => {
    if (upload === sending) upload.request.abort();
    else show(upload, "cancelled", words.cancelled);
    row.querySelector("[data-retry]").focus();
  });
  row.querySelector("[data-retry]").addEventListener("click", async () => {
    row.querySelector("progress").value = 0;
    show(upload, "waiting", words.waiting);
    row.querySelector("[data-cancel]").focus();
    // With the token that it had, a file whose answer was lost isn't taken twice.
    if (upload.needsToken) await refreshToken().catch(() => {}); // the upload will say that there is no connection
    next();
  });
  section.querySelector(".upload-rows").append(row);
  uploads.push(upload);
  if (file.size > Number(form.dataset.limit)) show(upload, "refused", words.tooLarge);
  else show(upload, "waiting", words.waiting);
};

form.addEventListener("submit", (event) => {
  const input = form.elements[form.dataset.upload];
  if (!input.files.length) return; // the server says what is missing
  event.preventDefault();
  section.hidden = false;
  for (const file of input.files) add(file);
  input.value = "";
  tell();
  next();
});

addEventListener("beforeunload", (event) => {
  if (isBusy()) event.preventDefault();
});
