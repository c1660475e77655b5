// The customer's chat, live: as a page of its own and in a frame on a company's page.
//
// The server draws everything; this script reads the parts that change as a document (XMLHttpRequest, in which no script runs) and puts them in place. What the
// customer sends stands in the outbox, in localStorage, until the server has it: each entry has a key by which the server counts it once, however
// often and from however many tabs it is sent.

const $ = (id) => document.getElementById(id);
const main = $("main");
const { site, address } = main.dataset;
const words = main.dataset;
const field = $("text");
const composer = $("composer");
const thread = $("thread");
const part = (path, more = "") => `${address}${path}?part&after=${lastSeen()}${main.dataset.query}${more}`;

function read(method, where, body, told) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open(method, where);
    request.responseType = "document";
    request.timeout = body instanceof FormData ? 300000 : 30000;
    request.setRequestHeader("Accept", "text/html");
    if (told) request.upload.onprogress = (event) => told(event.loaded / event.total);
    request.onload = () => done({ status: request.status, page: request.responseXML, wait: request.getResponseHeader("Retry-After") });
    request.onerror = request.ontimeout = failed;
    request.send(body);
  });
}

// MARK: Putting what was read in its place

const drawn = new Map();
for (const element of document.querySelectorAll("[data-live]")) drawn.set(element.id, element.outerHTML);
const lastSeen = () => [...document.querySelectorAll("#log > [data-seq]")].pop()?.dataset.seq ?? 0;

function localTimes(root) {
  const day = new Date().toDateString();
  for (const time of root.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    const hours = { hour: "2-digit", minute: "2-digit" };
    time.title = at.toLocaleString(document.documentElement.lang);
    time.textContent = at.toDateString() === day
      ? at.toLocaleTimeString(document.documentElement.lang, hours)
      : at.toLocaleString(document.documentElement.lang, { day: "numeric", month: "short", ...hours });
  }
}

// The thread stays at its end until its reader scrolls away.
let isAtEnd = true;
const newest = () => ($("outbox").lastElementChild ?? $("log").lastElementChild)?.getBoundingClientRect();
const toEnd = () => {
  thread.scrollTop = thread.scrollHeight;
  // The forms that stand behind the words must not push them out of sight.
  const hidden = thread.getBoundingClientRect().top - (newest()?.top ?? Infinity);
  if (hidden > 0) thread.scrollTop -= hidden + 8;
};
thread.addEventListener("scroll", () => { isAtEnd = (newest()?.bottom ?? 0) - thread.getBoundingClientRect().bottom < 80; });
new ResizeObserver(() => { if (isAtEnd) toEnd(); }).observe(thread);

function place(page) {
  let news = 0;
  for (const entry of [...(page.getElementById("log")?.children ?? [])]) {
    if ($(entry.id)) continue;
    localTimes(entry);
    if (!entry.classList.contains("customer")) news += 1;
    $("log").append(document.adoptNode(entry));
  }
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || drawn.get(old.id) === fresh.outerHTML) continue;
    drawn.set(old.id, fresh.outerHTML);
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    // The element stays and only its content changes: a live region that is exchanged as a whole is not read out.
    for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
    old.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
    localTimes(old);
    if (focused) ($(focused) ?? field).focus();
  }
  $("person-typing").hidden ||= news > 0;
  if ($("state").dataset.open) {
    $("who")?.remove();
    listen();
  }
  if (isAtEnd) toEnd();
  if (news && !isShown) tellHost("unread", { count: (unread += news) });
}

const alert = (text) => { $("alert").textContent = text; drawn.delete("alert"); };
const fault = (page) => page?.getElementById("alert")?.textContent || page?.querySelector("main p")?.textContent || words.failed;

// MARK: What happens meanwhile

let isReading = false;
let isStale = false;
function refresh() {
  if (isReading) return void (isStale = true);
  isReading = true;
  isStale = false;
  read("GET", part("")).then((answer) => {
    if (answer.status !== 200) throw answer;
    place(answer.page);
    setTimeout(done, 300);
  }).catch(() => { isStale = true; setTimeout(done, 5000); });
}
function done() { isReading = false; if (isStale) refresh(); }

let stream = null;
function listen() {
  if (stream || isWaiting) return;
  stream = new EventSource(`${address}/events`);
  for (const kind of ["message.received", "message.sent", "conversation.handed_over", "conversation.claimed", "conversation.handed_back",
    "conversation.resolved", "conversation.reopened", "reset"]) stream.addEventListener(kind, refresh);
  // What another tab has sent is not sent again, but looked after.
  stream.addEventListener("message.received", () => { if (outbox().length) flush(); });
  stream.addEventListener("typing", (event) => { if (JSON.parse(event.data).author === "teammate") personTypes(); });
  stream.onopen = () => { offline(false); refresh(); flush(); };
  stream.onerror = () => {
    const lost = stream;
    setTimeout(() => { if (lost.readyState !== EventSource.OPEN) offline(true); }, 5000);
    if (lost.readyState === EventSource.CLOSED) { stream = null; setTimeout(listen, 5000); }
  };
}

// The first answer is waited for by one read, before there is a stream: one request fewer until the customer has it.
let isWaiting = false;
async function firstAnswer() {
  if (isWaiting || stream) return;
  isWaiting = true;
  try { place((await read("GET", part("", "&wait"))).page); } catch { /* the stream makes up for it */ }
  // What came is painted first.
  setTimeout(() => { isWaiting = false; listen(); }, 1500);
}

let typingTimer = 0;
function personTypes() {
  $("person-typing").hidden = false;
  if (isAtEnd) toEnd();
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => { $("person-typing").hidden = true; }, 6000);
}

const offline = (isOff) => {
  const text = isOff || !navigator.onLine ? words.offline : "";
  if ($("offline").textContent !== text) $("offline").textContent = text;
};
addEventListener("offline", () => offline(true));
addEventListener("online", () => { offline(false); refresh(); flush(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && $("state").dataset.open) refresh(); });

// MARK: The outbox

// Each message has a place of its own: two tabs that write at once could else write over each other.
const box = `baton-outbox ${site} `;
const memory = new Map();
const states = new Map();

function outbox() {
  const found = new Map(memory);
  // A browser that forbids storage leaves this page's memory; what is no message of ours is passed over.
  try {
    for (const name of Object.keys(localStorage).filter((name) => name.startsWith(box))) {
      try { found.set(name, JSON.parse(localStorage.getItem(name))); } catch { /* as said */ }
    }
  } catch { /* as said */ }
  return [...found.values()].filter((item) => typeof item?.key === "string" && typeof item.text === "string" && item.at > 0)
    .sort((one, other) => one.at - other.at || (one.key < other.key ? -1 : 1));
}

function keep(item) {
  memory.set(box + item.key, item);
  try {
    localStorage.setItem(box + item.key, JSON.stringify(item));
    memory.delete(box + item.key);
  } catch { /* as above */ }
  draw();
}

function forget(item) {
  memory.delete(box + item.key);
  try { localStorage.removeItem(box + item.key); } catch { /* as above */ }
  draw();
}

function draw() {
  $("outbox").replaceChildren(...outbox().map((item) => {
    const bubble = $("own").content.cloneNode(true).firstElementChild;
    const hasFailed = states.get(item.key) === "failed";
    bubble.querySelector(".words").textContent = item.text;
    bubble.querySelector(".standing").textContent = hasFailed ? words.failed : words.sending;
    bubble.querySelector("button").hidden = !hasFailed;
    bubble.querySelector("button").onclick = flush;
    bubble.classList.toggle("failed", hasFailed);
    return bubble;
  }));
}

let isFlushing = false;
let attempts = 0;
let retry = 0;
async function flush() {
  clearTimeout(retry);
  if (isFlushing || !outbox().length) return;
  isFlushing = true;
  const work = async () => { while (outbox().length && (await sent(outbox()[0]))); };
  // One tab at a time; without locks (plain http) the keys alone see to it that nothing counts twice.
  try { await (navigator.locks ? navigator.locks.request(box, work) : work()); } finally { isFlushing = false; }
  if (outbox().length && states.get(outbox()[0].key) !== "failed") flush();
}

async function sent(item) {
  // What failed once says so until it has arrived.
  if (!states.has(item.key)) states.set(item.key, "sending");
  draw();
  let answer = null;
  try {
    const body = new URLSearchParams({ ...item.fields, key: item.key, text: item.text });
    answer = await read("POST", part($("state").dataset.open ? "/messages" : ""), body);
  } catch { /* no connection */ }
  if (!answer || answer.status === 429 || answer.status >= 500 || !answer.page) {
    states.set(item.key, "failed");
    attempts += 1;
    const seconds = Number(answer?.wait) || Math.min(30, 2 ** Math.min(attempts, 5)) * (0.5 + Math.random() / 2);
    retry = setTimeout(flush, seconds * 1000);
    draw();
    if (!answer) offline(!navigator.onLine);
    return false;
  }
  attempts = 0;
  const isNew = !$("state").dataset.open;
  if (answer.status < 400 && isNew) isWaiting = true;
  forget(item);
  place(answer.page);
  if (answer.status >= 400) {
    alert(fault(answer.page));
    if (!field.value) field.value = item.text;
  } else if (isNew) { isWaiting = false; firstAnswer(); }
  return true;
}

addEventListener("storage", (event) => { if (event.key?.startsWith(box)) { draw(); refresh(); } });

// MARK: What the customer does

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value;
  if (!text.trim()) return field.focus();
  const fields = Object.fromEntries([...new FormData(composer)].filter(([name, value]) => !["key", "text"].includes(name) && typeof value === "string"));
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  field.value = "";
  alert("");
  isAtEnd = true;
  keep({ key, text, fields, at: performance.timeOrigin + performance.now() });
  toEnd();
  field.focus();
  flush();
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

let toldTyping = 0;
field.addEventListener("input", () => {
  if (!$("state").dataset.open || Date.now() - toldTyping < 3000) return;
  toldTyping = Date.now();
  fetch(`${address}/typing`, { method: "POST", body: new URLSearchParams() }).catch(() => {});
});

// The other forms: sent without leaving the page, one at a time.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || form === composer) return;
  if (form.matches(".leave")) return outbox().forEach(forget);
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const data = new FormData(form, event.submitter);
  const isFile = form.enctype.startsWith("multipart");
  const bar = form.querySelector("progress");
  if (bar) bar.hidden = false;
  try {
    const answer = await read("POST", part(new URL(form.action).pathname.slice(address.length)), isFile ? data : new URLSearchParams(data),
      bar && ((share) => { bar.value = share; }));
    if (answer.status < 400) {
      alert("");
      if (isFile) { form.reset(); form.closest("details").open = false; form.elements.namedItem("key").value = `${crypto.getRandomValues(new Uint32Array(4)).join("-")}f`; }
      if (answer.page) place(answer.page);
      field.focus();
    } else alert(fault(answer.page));
  } catch { alert(words.lost); }
  if (bar) bar.hidden = true;
  form.ariaBusy = "false";
});

// MARK: The page around the frame

// Whoever frames us is known by the first message, from an origin that the site's settings name; before that nothing is said to anybody.
let host = null;
let isShown = true;
let unread = 0;
const origins = [location.origin, ...(main.dataset.origins ?? "").split(" ")];
const tellHost = (baton, more) => { if (host) parent.postMessage({ baton, ...more }, host); };
addEventListener("message", (event) => {
  if (parent === window || event.source !== parent || !origins.includes(event.origin)) return;
  if (!host) { host = event.origin; tellHost("ready"); }
  if (event.data?.baton === "open") {
    isShown = true;
    unread = 0;
    field.focus();
    toEnd();
  } else if (event.data?.baton === "close") isShown = false;
  else if (event.data?.baton === "identify" && typeof event.data.token === "string") {
    read("POST", part("/identity"), new URLSearchParams({ token: event.data.token }))
      .then((answer) => { if (answer.status < 400 && answer.page) place(answer.page); }).catch(() => {});
  }
});
$("close")?.addEventListener("click", () => tellHost("close"));
if (parent !== window) {
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") tellHost("close"); });
  if ($("close")) $("close").hidden = false;
}

localTimes(document);
draw();
toEnd();
if (!navigator.onLine) offline(true);
if ($("state").dataset.open) listen();
flush();
