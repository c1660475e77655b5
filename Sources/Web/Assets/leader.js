// One live stream for all pages of the inbox in a browser: a browser gives one host six connections, and each page would take one for ever.
//
// The page that holds the lock is the leader: it alone has a stream, and tells the others over a channel. When it goes, the next in line gets the lock and
// opens its own. Nothing is lost on the way: a page that hears of a new stream reads itself anew, and the page is the truth.
// Without locks (pages that do not come by https) every page has a stream of its own.

const channel = "BroadcastChannel" in window && navigator.locks ? new BroadcastChannel("baton-live") : null;
let hear = () => {};
let questions = 0;

export let isLeader = false;

function share(message) {
  channel?.postMessage(message);
  hear(message);
}

/// Opens the stream, or waits to. `told` gets `{ kind, data }` for each event, and the kinds `open` and `lost` of the stream itself.
export function listen(address, kinds, told) {
  hear = told;
  if (channel) channel.onmessage = ({ data }) => (data.ask ? answer(data) : data.looks ? looks.get(data.looks)?.() : hear(data));
  const lead = () => { isLeader = true; open(address, kinds); };
  if (!channel) return lead();
  // Held until the page goes.
  navigator.locks.request("baton-live", () => { lead(); return new Promise(() => {}); });
  told({ kind: "open" });
}

function open(address, kinds) {
  const stream = new EventSource(address);
  for (const kind of kinds) stream.addEventListener(kind, (event) => share({ kind, data: read(event.data) }));
  // Also the first time: something may have happened between the drawing of the page and now.
  stream.onopen = () => share({ kind: "open" });
  stream.onerror = () => {
    setTimeout(() => { if (stream.readyState !== EventSource.OPEN) share({ kind: "lost" }); }, 5000);
    // The browser comes back by itself with the number of the last event; after a refusal we do.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => open(address, kinds), 5000);
  };
}

function read(text) {
  try { return JSON.parse(text); } catch { return {}; }
}

// Whether any page of the inbox is in front of somebody.
const looks = new Map();
const isInFront = () => !document.hidden && document.hasFocus();
function answer({ ask }) { if (isInFront()) channel.postMessage({ looks: ask }); }
export function isAnybodyLooking() {
  if (isInFront()) return Promise.resolve(true);
  if (!channel) return Promise.resolve(false);
  return new Promise((done) => {
    const ask = `${Date.now()}-${(questions += 1)}`;
    const end = (is) => { looks.delete(ask); done(is); };
    looks.set(ask, () => end(true));
    channel.postMessage({ ask });
    setTimeout(() => end(false), 250);
  });
}
