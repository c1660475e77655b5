// Ctrl+K: everything that can be done now, by name. The list is made from the buttons, links and fields of the page when it opens, so it can neither offer what
// is not there nor forget what is. A combobox with a list (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/).
import { byId } from "./pages.js";
import { run } from "./keys.js";

const [dialog, field, list] = [byId("palette"), byId("palette-words"), byId("palette-list")];
let commands = [];
let shown = [];
let at = 0;

// By its command, or the words that stand on it, without the key beside them.
const text = (element) => [...element.childNodes].filter((node) => node.nodeName !== "KBD").map((node) => node.textContent).join("").trim();
const words = (element) => element.dataset.command || text(element) || element.title;

function collect() {
  const seen = new Set();
  const found = [...document.querySelectorAll("[data-key], [data-command]")].filter((element) => {
    const isThere = element.checkVisibility() || element.closest("details.menu:not([open])")?.checkVisibility();
    const isNew = !seen.has(words(element));
    if (isThere && isNew) seen.add(words(element));
    return isThere && isNew && !element.dataset.opens?.includes("palette");
  });
  const actions = found.map((element) => ({ words: words(element), more: element.title, key: element.dataset.key ?? "", element }));
  const rows = [...document.querySelectorAll(".rows a")].map((element) => ({
    words: `Open: ${element.querySelector(".name").textContent}`, more: element.querySelector(".last")?.textContent ?? "", key: "", element,
  }));
  // What is done with the open conversation first, then the rest, then where to go, then what to open.
  const rank = ({ words: name, element }) => (name.startsWith("Go to: ") ? 2 : element.closest(".case, .toasts, .context") ? 0 : 1);
  return [...actions.sort((one, other) => rank(one) - rank(other)), ...rows];
}

// Every word that was typed must begin a word, in any order.
function fits(command, typed) {
  const all = ` ${command.words} ${command.more}`.toLowerCase();
  return typed.every((word) => all.includes(` ${word}`));
}

function draw() {
  const typed = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  shown = commands.filter((command) => fits(command, typed)).slice(0, 60);
  list.replaceChildren(...shown.map((command, index) => {
    const option = document.importNode(byId("option").content, true).firstElementChild;
    option.id = `option-${index}`;
    const [label, key] = option.children;
    label.textContent = command.words;
    key.textContent = command.key.length === 1 ? command.key.toUpperCase() : command.key;
    key.hidden = !command.key;
    return option;
  }));
  byId("palette-none").hidden = shown.length > 0;
  choose(0);
}

function choose(index) {
  at = shown.length ? (index + shown.length) % shown.length : 0;
  for (const [number, option] of [...list.children].entries()) option.ariaSelected = String(number === at);
  if (shown.length) field.setAttribute("aria-activedescendant", `option-${at}`);
  else field.removeAttribute("aria-activedescendant");
  list.children[at]?.scrollIntoView({ block: "nearest" });
}

function pick(index) {
  const command = shown[index];
  dialog.close();
  if (command?.element.isConnected) run(command.element);
}

document.addEventListener("opened", ({ detail }) => {
  if (detail !== "palette") return;
  commands = collect();
  field.value = "";
  draw();
  field.focus();
});
field.addEventListener("input", draw);
field.addEventListener("keydown", (event) => {
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: field.value ? null : 0, End: field.value ? null : shown.length - 1 };
  const to = moves[event.key];
  if (to !== undefined && to !== null) { event.preventDefault(); choose(to); }
  if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); if (shown.length) pick(at); }
});
list.addEventListener("click", ({ target }) => {
  const index = [...list.children].indexOf(target.closest("li"));
  if (index >= 0) pick(index);
});
dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
