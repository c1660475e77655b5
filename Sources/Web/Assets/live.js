// What live pages share: read a page anew, put what has changed in its place, listen to what happens.
//
// The page as the server draws it is the only form of everything on it. A live page asks for itself again and takes over the elements that differ. The browser
// reads the answer as a document by itself (XMLHttpRequest), in which no script runs, so nothing here ever makes HTML from text.

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

const drawn = new Map();

function localTimes(root) {
  const day = new Date().toDateString();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (isNaN(at) || time.dataset.as === "age") continue;
    time.title = at.toLocaleString();
    const hours = { hour: "2-digit", minute: "2-digit" };
    time.textContent = at.toDateString() === day ? at.toLocaleTimeString([], hours) : at.toLocaleString([], { day: "numeric", month: "short", ...hours });
  }
}

// A thread stays at its end, whatever grows or shrinks around it, until its reader scrolls away.
const left = new WeakSet();
const toEnd = (log) => { log.scrollTop = log.scrollHeight; };
function follow(log) {
  log.addEventListener("scroll", () => (log.scrollHeight - log.scrollTop - log.clientHeight < 80 ? left.delete(log) : left.add(log)));
  new ResizeObserver(() => { if (!left.has(log)) toEnd(log); }).observe(log);
}

// Takes over what differs: `data-live` elements as a whole, `data-log` elements by the entries they do not have yet.
export function place(page) {
  let news = 0;
  for (const log of document.querySelectorAll("[data-log]")) {
    const fresh = page.getElementById(log.id);
    for (const entry of fresh ? [...fresh.children] : []) {
      if (!entry.id || document.getElementById(entry.id)) continue;
      localTimes(entry);
      log.append(document.adoptNode(entry));
      news += 1;
    }
    if (news && !left.has(log)) toEnd(log);
  }
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || drawn.get(old.id) === fresh.outerHTML) continue;
    // What somebody is typing is not taken from under their hands.
    if (old.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) continue;
    drawn.set(old.id, fresh.outerHTML);
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...old.querySelectorAll("details[open][id]")].map((details) => details.id);
    localTimes(fresh);
    old.replaceWith(document.adoptNode(fresh));
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.getElementById(focused)?.focus();
  }
  if (page.title) document.title = page.title;
  return news;
}

export function lastSeen() {
  const entries = document.querySelectorAll("[data-log] > [data-seq]");
  return entries.length ? entries[entries.length - 1].dataset.seq : "0";
}

// Reads the page anew, at once the first time and at most every 400 ms while much happens.
let timer = 0;
let isReading = false;
let isStale = false;
export function refresh() {
  isStale = true;
  if (isReading || timer) return;
  isReading = true;
  isStale = false;
  const address = new URL(location.href);
  address.searchParams.set("after", lastSeen());
  read("GET", address)
    .then((answer) => {
      // Signed out meanwhile: the server leads elsewhere.
      if (new URL(answer.address).pathname !== location.pathname) return location.reload();
      if (answer.status !== 200) throw answer;
      place(answer.page);
      document.dispatchEvent(new Event("placed"));
    })
    .catch(() => setTimeout(refresh, 5000))
    .finally(() => {
      isReading = false;
      timer = setTimeout(() => { timer = 0; if (isStale) refresh(); }, 400);
    });
}

// One stream; the browser comes back by itself with the number of the last event, and after a refusal we try again.
export function listen(address, kinds, told) {
  const stream = new EventSource(address);
  for (const kind of kinds) stream.addEventListener(kind, (event) => told(kind, event));
  // Also the first time: something may have happened between the drawing of the page and now.
  stream.onopen = () => { refresh(); offline(false); };
  stream.onerror = () => {
    setTimeout(() => { if (stream.readyState !== EventSource.OPEN) offline(true); }, 5000);
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => { listen(address, kinds, told); refresh(); }, 5000);
  };
}

function offline(isOff) {
  const line = document.getElementById("offline");
  if (line) line.hidden = !isOff;
}

// Forms marked `data-send` are sent without leaving the page; what was written stays until it is stored.
export function send(form) {
  const button = form.querySelector("button:not([type=button])");
  const field = form.querySelector("textarea");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    read("POST", form.action, new FormData(form))
      .then((answer) => {
        if (answer.status >= 400 && !answer.page.getElementById("alert")) throw answer;
        if (answer.status < 400) { field.value = ""; renew(form); }
        place(answer.page);
        if (answer.status < 400) document.querySelectorAll("[data-log]").forEach(toEnd);
        // Replying may have moved the conversation to another list.
        if (answer.status < 400 && new URL(answer.address).pathname === location.pathname) history.replaceState(null, "", answer.address);
      })
      .catch((answer) => say(answer?.page?.querySelector("main p")?.textContent ?? "Not sent: no connection. Your words are still here; try again."))
      .finally(() => { button.removeAttribute("aria-disabled"); field.focus(); });
  });
  field.addEventListener("keydown", (event) => {
    const isSend = event.key === "Enter" && !event.isComposing && (form.dataset.send === "enter" ? !event.shiftKey : event.ctrlKey || event.metaKey);
    if (!isSend) return;
    event.preventDefault();
    if (field.value.trim()) form.requestSubmit();
  });
}

// The next message is another one: a key of its own.
function renew(form) {
  const key = form.elements.namedItem("key");
  if (key) key.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function say(words) {
  const line = document.getElementById("alert");
  if (!line) return;
  line.textContent = words;
  drawn.delete("alert");
}

for (const element of document.querySelectorAll("[data-live]")) drawn.set(element.id, element.outerHTML);
localTimes(document);
for (const log of document.querySelectorAll("[data-log]")) { toEnd(log); follow(log); }
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
window.addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
