// The inbox, live: what the stream tells is read anew from the server, what is on the screen is told as seen, and who is needed is told to whoever is here.
import { byId, main, refresh } from "./pages.js";
import { lastSeen } from "./thread.js";
import { hasDraft } from "./drafts.js";
import { listen } from "./leader.js";
import { needed } from "./notify.js";
import { heard, said, seen } from "./presence.js";
import "./composer.js";
import "./keys.js";
import "./palette.js";

const kinds = ["conversation.opened", "message.received", "message.sent", "conversation.handed_over", "conversation.claimed", "conversation.handed_back", "conversation.assigned", "conversation.resolved", "conversation.reopened", "note.added", "suggestion.kept", "answer.judged", "conversation.snoozed", "conversation.woken", "conversation.merged", "conversation.unmerged", "conversation.tagged", "conversation.captured", "customer.identified", "handoff.notified", "handoff.reminded", "teammate.availability", "reset"];
const waiting = () => Number(byId("queues")?.dataset.needed ?? 0);
let before = waiting();
let lost = false;

listen(main().dataset.events, [...kinds, "typing", "presence"], ({ kind, data = {} }) => {
  if (kind === "lost") { lost = true; byId("offline").hidden = false; return; }
  if (kind === "typing" || kind === "presence") return heard(kind, data);
  if (kind === "open") { lost = false; byId("offline").hidden = true; }
  if (kind === "message.received") said(data.subject, "customer");
  if (kind === "message.sent") said(data.subject, data.data?.teammate ?? data.data?.author);
  if (kind === "conversation.handed_over") needed("A customer needs a person", `/inbox/${encodeURIComponent(data.subject)}`);
  if (kind === "conversation.assigned" && data.data?.teammate === main().dataset.viewer) needed("A conversation was passed to you", `/inbox/${encodeURIComponent(data.subject)}`);
  refresh();
});

async function look() {
  for (const row of document.querySelectorAll(".rows a")) row.toggleAttribute("data-has-draft", hasDraft(row.dataset.of));
  const line = byId("news");
  if (waiting() > before) line.textContent = waiting() === 1 ? "A customer needs a person." : `${waiting()} customers need a person.`;
  before = waiting();
  if (main().dataset.seen && await seen(lastSeen())) refresh();
}
document.addEventListener("placed", look);
document.addEventListener("swapped", look);
look();
