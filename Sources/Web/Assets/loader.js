// Puts the chat on a company's page: a button, and after the first press the chat in a frame of ours. Until then nothing is asked and nothing is stored.
// Pure ASCII, because pages without a charset would garble anything else. The server calls this function with the looks of the site.
(function (looks) {
  "use strict";
  const script = document.currentScript;
  if (window.Baton || !script) return;
  const home = new URL(script.src);
  const site = looks.site || script.dataset.site;
  if (!site) return;
  const address = home.origin + "/chat/" + encodeURIComponent(site) + "?frame" + (looks.lang ? "&lang=" + looks.lang : "");
  const waiting = [];
  let frame = null;
  let isOpen = false;
  let isReady = false;

  // Rules through the CSSOM are no inline style: a page's policy needs only script-src and frame-src for this service. "!important" in a shadow tree wins over
  // the page's own rules for the element.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    ":host{all:initial!important;position:fixed!important;z-index:2147483647!important;inset-block-end:20px!important;" +
    "inset-inline-" + (looks.position === "start" ? "start" : "end") + ":20px!important;display:block!important;color-scheme:light dark!important}" +
    "button{font:600 16px/1 system-ui,sans-serif;display:flex;align-items:center;gap:10px;min-height:56px;min-width:56px;padding:0 22px;border:1px solid " +
    looks.on + "40;border-radius:28px;background:" + looks.colour + ";color:" + looks.on + ";cursor:pointer;box-shadow:0 4px 18px #0004}" +
    "button:focus-visible{outline:3px solid " + looks.colour + ";outline-offset:3px}svg{width:24px;height:24px;fill:none;stroke:currentColor;stroke-width:2}" +
    "b{background:#b3261e;color:#fff;border-radius:12px;padding:5px 8px;font-size:13px}[hidden]{display:none!important}" +
    "iframe{position:absolute;inset-block-end:72px;inset-inline-end:0;width:400px;height:min(660px,calc(100dvh - 112px));border:0;border-radius:16px;" +
    "box-shadow:0 12px 48px #0005;background:Canvas}.start iframe{inset-inline:0 auto}" +
    "@media(max-width:480px){iframe{position:fixed;inset:0!important;width:100%;height:100dvh;border-radius:0}}" +
    "@media(prefers-reduced-motion:no-preference){iframe{animation:in .18s ease-out}@keyframes in{from{opacity:0;transform:translateY(12px)}}}");
  const host = document.createElement("baton-chat");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];

  const box = document.createElement("div");
  box.dir = looks.dir;
  if (looks.position === "start") box.className = "start";
  const button = document.createElement("button");
  button.type = "button";
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(icon.namespaceURI, "path");
  icon.append(path);
  const words = document.createElement("span");
  const badge = document.createElement("b");
  badge.hidden = true;
  button.append(icon, words, badge);
  box.append(button);
  root.append(box);

  function draw() {
    path.setAttribute("d", isOpen ? "M6 6l12 12M18 6L6 18" : "M4 5h16v11H9l-5 4z");
    words.textContent = isOpen ? looks.close : looks.open;
    button.setAttribute("aria-expanded", isOpen);
  }

  function tell(message) {
    if (isReady) frame.contentWindow.postMessage(message, home.origin);
    else waiting.push(message);
  }

  function unread(count) {
    badge.textContent = count > 9 ? "9+" : count;
    badge.hidden = !count;
    if (count) button.setAttribute("aria-description", looks.unread.replace("{count}", count));
    else button.removeAttribute("aria-description");
  }

  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = looks.title;
    frame.hidden = true;
    frame.src = address;
    // The first word is ours: the frame learns by it on whose page it is, and answers nobody else.
    frame.onload = () => frame.contentWindow.postMessage({ baton: isOpen ? "open" : "close" }, home.origin);
    box.prepend(frame);
  }

  function open() {
    load();
    isOpen = true;
    frame.hidden = false;
    unread(0);
    draw();
    frame.focus();
    tell({ baton: "open" });
  }

  function close() {
    if (!isOpen) return;
    isOpen = false;
    frame.hidden = true;
    draw();
    button.focus();
    tell({ baton: "close" });
  }

  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home.origin || !event.data) return;
    const { baton, count } = event.data;
    if (baton === "ready") {
      isReady = true;
      waiting.splice(0).forEach(tell);
    } else if (baton === "close") close();
    else if (baton === "unread" && Number.isInteger(count) && count >= 0 && !isOpen) unread(count);
  });
  button.onclick = () => (isOpen ? close() : open());
  box.onkeydown = (event) => { if (event.key === "Escape") close(); };

  window.Baton = Object.freeze({
    open,
    close,
    // A token that the company's server has signed; it goes to our frame and nowhere else.
    identify(token) { load(); tell({ baton: "identify", token: String(token) }); },
  });
  draw();
  const show = () => document.body.append(host);
  if (document.body) show();
  else addEventListener("DOMContentLoaded", show);
})
