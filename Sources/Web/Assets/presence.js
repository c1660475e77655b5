// Who looks and who types: told by the live stream, kept nowhere, forgotten after some seconds. And the same about ourselves, told to the others.
import { byId, main } from "./pages.js";

// conversation -> person -> { typing: until, viewing: until }
const people = new Map();
const nameOf = (id) => byId("people")?.querySelector(`[data-id="${CSS.escape(id)}"]`)?.textContent ?? id;
const initials = (name) => [...name.trim()].slice(0, 1).join("").toUpperCase();

/// Takes in a `typing` or `presence` event.
export function heard(kind, { conversation, teammate, author, viewing, expires_in_ms: milliseconds }) {
  const who = teammate ?? author;
  if (!conversation || !who) return;
  const there = people.get(conversation) ?? people.set(conversation, new Map()).get(conversation);
  const sign = there.get(who) ?? {};
  if (kind === "typing") sign.typing = Date.now() + milliseconds;
  else sign.viewing = viewing ? Date.now() + milliseconds + 5000 : 0;
  there.set(who, sign);
  draw();
}

/// Whoever has said something no longer types it.
export function said(conversation, who) {
  const sign = people.get(conversation)?.get(who);
  if (sign) { sign.typing = 0; draw(); }
}

function draw() {
  const now = Date.now();
  const open = main().dataset.conversation;
  let next = Infinity;
  const live = (until) => { if (until > now) next = Math.min(next, until); return until > now; };
  for (const slot of document.querySelectorAll("[data-there]")) {
    const signs = [...(people.get(slot.closest("[data-of]").dataset.of) ?? [])];
    const chips = signs.filter(([, sign]) => live(sign.typing)).map(([who]) => chip(who === "customer" ? "typing\u2026" : who === "assistant" ? "answering\u2026" : `${nameOf(who)} types\u2026`, "types"));
    const viewers = signs.filter(([, sign]) => live(sign.viewing) && !(sign.typing > now)).map(([who]) => {
      const sign = chip(initials(nameOf(who)), "viewer");
      sign.title = `${nameOf(who)} is looking at it`;
      sign.append(unseen(`${nameOf(who)} is looking at it`));
      return sign;
    });
    slot.replaceChildren(...chips, ...viewers);
  }
  const signs = [...(people.get(open) ?? [])];
  const typing = signs.filter(([, sign]) => live(sign.typing)).map(([who]) => (who === "customer" ? `${byId("case-name")?.textContent ?? "The customer"} is typing\u2026` : who === "assistant" ? "The assistant is looking it up\u2026" : `${nameOf(who)} is typing a reply.`));
  const looking = signs.filter(([, sign]) => live(sign.viewing) && !(sign.typing > now)).map(([who]) => `${nameOf(who)} is looking at this, too.`);
  const line = byId("there");
  const text = [...typing, ...looking].join(" ");
  if (line && line.textContent !== text) line.textContent = text;
  line?.classList.toggle("collision", signs.some(([who, sign]) => sign.typing > now && who !== "customer" && who !== "assistant"));
  clearTimeout(timer);
  if (next < Infinity) timer = setTimeout(draw, next - now + 50);
}
let timer = 0;

function chip(words, kind) {
  const element = document.createElement("span");
  element.className = `chip ${kind}`;
  element.textContent = words;
  return element;
}
function unseen(words) {
  const element = document.createElement("span");
  element.className = "unseen";
  element.textContent = `: ${words}`;
  return element;
}

// What we tell of ourselves.
function put(address, body) {
  const { csrf } = main().dataset;
  if (!address || !csrf) return;
  return fetch(address, {
    method: "PUT", keepalive: true, headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf }, body: JSON.stringify(body),
  // A sign of life that does not arrive is made up for by the next.
  }).catch(() => {});
}

let typed = 0;
document.addEventListener("input", ({ target }) => {
  // A note is nobody's business but its readers'.
  if (target.dataset?.draft !== "reply" || !target.value || Date.now() - typed < 3000) return;
  typed = Date.now();
  put(main().dataset.typing, {});
});

const viewing = (is) => put(main().dataset.typing, { viewing: is });
setInterval(() => { if (!document.hidden) viewing(true); }, 25000);
document.addEventListener("leaving", () => viewing(false));
window.addEventListener("pagehide", () => viewing(false));
document.addEventListener("visibilitychange", () => viewing(!document.hidden));

// What is on a visible screen was seen.
let told = "";
export async function seen(seq) {
  const { seen: address, conversation } = main().dataset;
  const mark = `${conversation} ${seq}`;
  if (!address || document.hidden || told === mark) return false;
  told = mark;
  const answer = await put(address, { seq: Number(seq), viewing: true });
  if (!answer?.ok) told = "";
  return answer?.ok ?? false;
}
for (const name of ["placed", "swapped"]) document.addEventListener(name, draw);
