// Words that are not sent yet, kept on this device: what is being written, by conversation and by kind (a note never becomes a reply), and what could not be
// sent, with the key that makes sending it twice harmless. They go when they are sent, after thirty days, and when their writer signs out.
import { main } from "./pages.js";

const longest = 30 * 86400000;
const name = (kind, mode, conversation = main().dataset.conversation) => `baton ${kind} ${main().dataset.viewer} ${conversation} ${mode}`;

// A browser may refuse to keep anything; then words live as long as the page.
function get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } }
function set(key, value) {
  try { if (value) localStorage.setItem(key, JSON.stringify({ ...value, at: Date.now() })); else localStorage.removeItem(key); } catch { /* see above */ }
}

export function keep(field) { set(name("draft", field.dataset.draft), field.value.trim() ? { text: field.value } : null); }
export function forget(mode) { set(name("draft", mode), null); }
export const unsent = (mode, conversation) => get(name("unsent", mode, conversation))?.list ?? [];
export function keepUnsent(mode, list, conversation) { set(name("unsent", mode, conversation), list.length ? { list } : null); }
// What was written in one conversation and not sent, told in the list.
export const hasDraft = (conversation) => ["reply", "note"].some((mode) => get(name("draft", mode, conversation)) || get(name("unsent", mode, conversation)));

let timer = 0;
const fields = () => document.querySelectorAll("textarea[data-draft]");
const keepAll = () => { clearTimeout(timer); for (const field of fields()) keep(field); };

function restore() {
  for (const field of fields()) {
    if (!field.value) field.value = get(name("draft", field.dataset.draft))?.text ?? "";
    mark(field);
  }
}

// A tab whose form holds words says so while the other is open.
export function mark(field) {
  document.querySelector(`label[for=mode-${field.dataset.draft}]`)?.toggleAttribute("data-has-words", field.value.trim() !== "");
}

document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.draft) return;
  mark(target);
  clearTimeout(timer);
  timer = setTimeout(() => keep(target), 250);
});
document.addEventListener("leaving", keepAll);
document.addEventListener("swapped", restore);
window.addEventListener("pagehide", keepAll);
document.addEventListener("submit", ({ target }) => {
  if (new URL(target.action).pathname !== "/sign-out") return;
  for (const field of fields()) field.value = "";
  for (const key of Object.keys(localStorage)) if (key.startsWith("baton draft ") || key.startsWith("baton unsent ")) localStorage.removeItem(key);
});
for (const key of Object.keys(localStorage)) {
  if (/^baton (draft|unsent) /.test(key) && !(get(key)?.at > Date.now() - longest)) localStorage.removeItem(key);
}
restore();
