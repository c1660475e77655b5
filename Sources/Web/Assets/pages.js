// What the pages of the inbox share: read a page anew, put what has changed in its place, go to another page and send a form without leaving.
//
// The page as the server draws it is the only form of everything on it. A live page asks for itself again and takes over the elements that differ. The browser
// reads the answer as a document by itself (XMLHttpRequest), in which no script runs, so nothing here ever makes HTML from text.
//
// It tells `placed` (parts are new), `leaving` (the page is about to be another) and `swapped` (it is).

import { follow, isLeft, lastSeen, toEnd } from "./thread.js";
import { localTimes } from "./times.js";
import { fade, tell } from "./toasts.js";

export const byId = (id) => document.getElementById(id);
export const main = () => byId("main");
const tellAll = (name) => document.dispatchEvent(new Event(name));

export function read(method, address, form) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open(method, address);
    request.responseType = "document";
    request.timeout = 30000;
    request.setRequestHeader("Accept", "text/html");
    if (form) request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    request.onload = () => (request.responseXML ? done({ status: request.status, page: request.responseXML, address: request.responseURL }) : failed());
    request.onerror = request.ontimeout = failed;
    request.send(form ? new URLSearchParams(form).toString() : null);
  });
}

// Takes over what differs: `data-live` elements as a whole, `data-log` elements by the entries they do not have yet.
const drawn = new Map();
export function place(page) {
  for (const log of document.querySelectorAll("[data-log]")) {
    let news = 0;
    for (const entry of page.getElementById(log.id)?.children ?? []) {
      if (!entry.dataset.seq || byId(entry.id)) continue;
      const copy = document.importNode(entry, true);
      localTimes(copy);
      log.insertBefore(copy, log.querySelector(":scope > .pending"));
      news += 1;
    }
    if (news && !isLeft(log)) toEnd(log);
  }
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || drawn.get(old.id) === fresh.outerHTML || old.querySelector("details.menu[open]")) continue;
    drawn.set(old.id, fresh.outerHTML);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    // What somebody is typing is not taken from under their hands.
    if (focused?.matches("input:not([type=hidden]), select, textarea")) { drawn.delete(old.id); continue; }
    const open = [...old.querySelectorAll("details[open][id]")].map((details) => details.id);
    const copy = document.importNode(fresh, true);
    localTimes(copy);
    const top = old.scrollTop;
    old.replaceWith(copy);
    copy.scrollTop = top;
    for (const id of open) byId(id)?.setAttribute("open", "");
    if (focused?.id) byId(focused.id)?.focus({ preventScroll: true });
  }
  if (page.title) document.title = page.title;
  tellAll("placed");
}

// Reads the page anew, at once the first time and at most every 300 ms while much happens; not while words are on their way.
let timer = 0;
let isReading = false;
let isStale = false;
let holds = 0;
export const hold = () => { holds += 1; };
export const release = () => { holds -= 1; if (!holds && isStale) refresh(); };
export function refresh() {
  isStale = true;
  if (isReading || timer || holds) return;
  isReading = true;
  isStale = false;
  const asked = location.href;
  const address = new URL(asked);
  if (document.querySelector("[data-log]")) address.searchParams.set("after", lastSeen());
  read("GET", address)
    .then((answer) => {
      if (location.href !== asked || holds) { isStale = true; return; }
      // Signed out meanwhile: the server leads elsewhere.
      if (new URL(answer.address).pathname !== location.pathname) return location.reload();
      if (answer.status === 200) place(answer.page);
    })
    .catch(() => setTimeout(refresh, 5000))
    .finally(() => {
      isReading = false;
      timer = setTimeout(() => { timer = 0; if (isStale) refresh(); }, 300);
    });
}

// Puts a whole page in the place of this one.
let step = 0;
function swap(answer, isBack) {
  const fresh = answer.page.getElementById("main");
  if (!fresh || !answer.page.getElementById("queues")) return location.assign(answer.address);
  const [scrolled, focused, before] = [byId("list")?.scrollTop ?? 0, document.activeElement?.id, main().dataset.conversation];
  if (answer.address !== location.href && !isBack) history.pushState(null, "", answer.address);
  const log = byId("thread");
  const at = log && isLeft(log) ? log.scrollTop : null;
  main().replaceWith(document.importNode(fresh, true));
  const told = answer.page.getElementById("toasts");
  if (told) byId("toasts").replaceChildren(...document.importNode(told, true).childNodes);
  document.body.className = answer.page.body.className;
  document.title = answer.page.title;
  begin();
  byId("list").scrollTop = scrolled;
  if (at !== null && main().dataset.conversation === before) byId("thread").scrollTop = at;
  const target = main().dataset.conversation === before ? byId(focused) : byId("case-name");
  target?.focus({ preventScroll: true });
  tellAll("swapped");
}

export function go(address, isBack = false) {
  const mine = ++step;
  tellAll("leaving");
  return read("GET", address).then(
    (answer) => { if (mine === step) swap(answer, isBack); },
    () => tell("The page could not be read: no connection.", () => go(address, isBack)));
}

// What came back for a form: another page, or this one with what went wrong.
export function settle(answer) {
  if (answer.status < 400) return swap(answer);
  const words = answer.page.getElementById("alert")?.textContent || answer.page.querySelector("main p")?.textContent;
  if (answer.page.getElementById("alert")) place(answer.page);
  if (byId("alert")) say(words); else tell(words);
}

export function act(form, button) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  tellAll("leaving");
  step += 1;
  // "Tomorrow" is reckoned where its reader is.
  for (const zone of form.querySelectorAll("[data-zone]")) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  read("POST", form.action, new FormData(form, button))
    .then(settle, () => tell("Not done: no connection.", () => act(form, button)))
    .finally(() => { form.ariaBusy = "false"; });
}

export function say(words) {
  const line = byId("alert");
  if (line) line.textContent = words ?? "";
}

// What was done is told once: not again when the page is read anew.
function begin() {
  const address = new URL(location.href);
  if (address.searchParams.has("did")) {
    for (const name of ["did", "of"]) address.searchParams.delete(name);
    history.replaceState(null, "", address);
    fade();
  }
  drawn.clear();
  for (const element of document.querySelectorAll("[data-live]")) drawn.set(element.id, element.outerHTML);
  localTimes(document);
  for (const log of document.querySelectorAll("#thread")) follow(log);
}

document.documentElement.classList.add("scripted");
begin();

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.hasAttribute("download")) return;
  const address = new URL(link.href);
  if (address.origin !== location.origin || !/^\/inbox(\/|$)/.test(address.pathname)) return;
  event.preventDefault();
  go(address.href);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.hasAttribute("data-go")) {
    event.preventDefault();
    const address = new URL(form.action);
    address.search = new URLSearchParams(new FormData(form)).toString();
    go(address.href);
  } else if (form.hasAttribute("data-act")) {
    event.preventDefault();
    act(form, event.submitter);
  }
});
window.addEventListener("popstate", () => go(location.href, true));
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
window.addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
