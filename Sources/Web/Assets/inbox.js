// The inbox, live, and its keys. A key clicks or focuses the visible button that carries it in `data-key`.
import { lastSeen, listen, refresh, send } from "./live.js";

const kinds = ["conversation.opened", "message.received", "message.sent", "conversation.handed_over", "conversation.claimed", "conversation.handed_back", "conversation.assigned", "conversation.resolved", "conversation.reopened", "note.added", "suggestion.kept", "conversation.tagged", "conversation.captured", "handoff.notified", "teammate.availability", "reset"];
const needed = () => Number(document.getElementById("queues")?.dataset.needed ?? 0);
let before = needed();

// What is on a visible screen was seen.
const main = document.getElementById("main");
let told = "";
function seen() {
  const seq = lastSeen();
  if (!main.dataset.seen || document.hidden || told === seq) return;
  told = seq;
  fetch(main.dataset.seen, {
    method: "PUT",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": main.dataset.csrf },
    body: JSON.stringify({ seq: Number(seq), viewing: true }),
  }).then(refresh, () => { told = ""; });
}
document.addEventListener("placed", seen);
seen();

listen(main.dataset.events, kinds, (kind) => {
  refresh();
  if (kind === "conversation.handed_over") setTimeout(tell, 700);
});

function tell() {
  const line = document.getElementById("news");
  if (line && needed() > before) line.textContent = needed() === 1 ? "A customer waits for a person." : `${needed()} customers wait for a person.`;
  before = needed();
}

for (const form of document.querySelectorAll("form[data-send]")) send(form);

function move(step) {
  const rows = [...document.querySelectorAll(".rows a")];
  const now = rows.indexOf(document.activeElement);
  const at = now >= 0 ? now : rows.findIndex((row) => row.getAttribute("aria-current"));
  rows[Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  if (event.target.closest("input, textarea, select")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "j" || event.key === "k") { event.preventDefault(); return move(event.key === "j" ? 1 : -1); }
  const element = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!element) return;
  event.preventDefault();
  if (element.tagName === "SUMMARY") {
    element.parentElement.open = true;
    element.parentElement.querySelector("textarea")?.focus();
  } else if (element.matches("input, textarea")) element.focus();
  else element.click();
});
