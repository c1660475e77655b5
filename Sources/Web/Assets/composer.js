// Sending: words stand in the thread at once, as "sending", and become the entry the server draws, or say that they are not sent and can be sent again, with
// the same key, so that nothing is ever said twice. What was refused because the thread went on, or because a colleague has it, comes back into its field.
import { byId, hold, main, place, read, release, say, settle } from "./pages.js";
import { toEnd } from "./thread.js";
import { forget, keep, keepUnsent, mark, unsent } from "./drafts.js";

const fieldOf = (mode) => byId(mode === "note" ? "note-text" : "text");
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let order = Promise.resolve();

function write(form, button) {
  const mode = form.dataset.send;
  const field = fieldOf(mode);
  if (!field.value.trim()) return field.focus();
  const words = { key: form.elements.namedItem("key").value, text: field.value, then: button?.name === "then" ? button.value : "" };
  form.elements.namedItem("key").value = newKey();
  keepUnsent(mode, [...unsent(mode), words]);
  field.value = "";
  forget(mode);
  mark(field);
  say("");
  field.focus();
  send(form, entry(mode, words), words);
}

// The words in the thread, before they are stored.
function entry(mode, words) {
  const log = byId("thread");
  const shown = document.importNode(byId("sending").content, true).firstElementChild;
  shown.id = `sending-${words.key}`;
  shown.classList.toggle("note", mode === "note");
  shown.querySelector(".words").textContent = words.text;
  shown.dataset.mode = mode;
  log.append(shown);
  toEnd(log);
  return shown;
}

function state(shown, words, hasFailed) {
  shown.classList.toggle("failed", hasFailed);
  shown.querySelector("[data-state]").textContent = words;
  shown.querySelector("[data-failed]").hidden = !hasFailed;
}

function send(form, shown, words) {
  const [mode, conversation] = [form.dataset.send, main().dataset.conversation];
  const isHere = () => main().dataset.conversation === conversation;
  hold();
  state(shown, "Sending\u2026", false);
  // One after the other: what was written first is said first.
  order = order.then(() => {
    const data = new FormData(form);
    for (const [name, value] of Object.entries(words)) data.set(name, value);
    return read("POST", form.action, data);
  }).then((answer) => {
    const isAnswer = answer.status < 400 || answer.page.getElementById("alert");
    if (!isAnswer) return state(shown, `Not sent. ${answer.page.querySelector("main p")?.textContent ?? ""}`, true);
    // What was refused while its writer is elsewhere waits there as not sent.
    if (isHere() || answer.status < 400) keepUnsent(mode, unsent(mode, conversation).filter(({ key }) => key !== words.key), conversation);
    if (!isHere()) return;
    shown.remove();
    if (answer.status >= 400) recall(mode, words.text);
    if (words.then || answer.status >= 400) return settle(answer);
    place(answer.page);
    toEnd(byId("thread"));
    // Replying may have moved the conversation to another list.
    history.replaceState(null, "", answer.address);
  }, () => state(shown, "Not sent: no connection", true)).finally(release);
}

// Back into the field, before what was begun there meanwhile.
function recall(mode, text) {
  const field = fieldOf(mode);
  field.value = field.value ? `${text}\n\n${field.value}` : text;
  byId(`mode-${mode}`).checked = true;
  keep(field);
  mark(field);
  field.focus();
}

const formOf = (shown) => byId(shown.dataset.mode);
const wordsOf = (shown) => unsent(shown.dataset.mode).find(({ key }) => shown.id === `sending-${key}`);

function insert(link) {
  const text = byId(link.dataset.insert)?.querySelector(".words")?.textContent;
  if (text === undefined) return false;
  byId("mode-reply").checked = true;
  link.closest("details.menu")?.removeAttribute("open");
  const field = byId("text");
  field.value = field.value.trim() ? `${field.value}\n${text}` : text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  return true;
}

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.send) return;
  event.preventDefault();
  write(event.target, event.submitter);
});
document.addEventListener("click", (event) => {
  const { target } = event;
  const label = target.closest("label[data-focuses]");
  if (label) setTimeout(() => byId(label.dataset.focuses).focus());
  const link = target.closest("[data-insert]");
  if (link && insert(link)) event.preventDefault();
  const shown = target.closest(".pending");
  const words = shown && wordsOf(shown);
  if (words && target.closest("[data-again]")) send(formOf(shown), shown, words);
  if (words && target.closest("[data-recall]")) {
    keepUnsent(shown.dataset.mode, unsent(shown.dataset.mode).filter(({ key }) => key !== words.key));
    shown.remove();
    recall(shown.dataset.mode, words.text);
  }
}, true);
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.dataset?.draft || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    field.form.requestSubmit(event.shiftKey ? field.form.querySelector("[name=then]") ?? undefined : undefined);
  } else if (event.key === "Tab" && !event.shiftKey && !event.altKey && field.id === "text" && !field.value) {
    const link = document.querySelector("#reply-helps [data-insert]");
    if (link && insert(link)) event.preventDefault();
  }
});

// What was not sent stands in the thread again, after a reload as after a look at another conversation.
function restore() {
  for (const mode of ["reply", "note"]) {
    if (!byId(mode)) continue;
    for (const words of unsent(mode)) if (!byId(`sending-${words.key}`)) state(entry(mode, words), "Not sent", true);
  }
}
document.addEventListener("swapped", restore);
restore();
