// Keys. A key presses the button, link or field that carries it in `data-key` and can be seen, so that there is nothing a key can do that a pointer cannot.
// Single letters can be switched off (WCAG 2.1.4), on this device.
import { byId } from "./pages.js";

const off = "baton keys off";
const isOff = () => { try { return localStorage.getItem(off) !== null; } catch { return false; } };

/// Does what a click would; a menu opens, a field gets the focus.
export function run(element) {
  if (element.matches("summary")) {
    const menu = element.parentElement;
    menu.open = true;
    menu.querySelector("select, input:not([type=hidden]), button")?.focus();
  } else if (element.matches("input, select, textarea")) {
    element.scrollIntoView({ block: "nearest" });
    element.focus();
    element.select?.();
  } else {
    element.click();
    // At once: the next letter may be meant for the field.
    byId(element.dataset.focuses)?.focus();
  }
}

/// Opens a dialog that a button names.
export function openDialog(id) {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  byId(id)?.showModal();
  document.dispatchEvent(new CustomEvent("opened", { detail: id }));
}

function move(step) {
  const rows = [...document.querySelectorAll(".rows a")];
  const now = rows.indexOf(document.activeElement);
  const at = now >= 0 ? now : rows.findIndex((row) => row.getAttribute("aria-current"));
  rows[Math.min(Math.max(at + step, 0), rows.length - 1)]?.focus();
}

const closeMenus = (but) => { for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false; };

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openDialog("palette");
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const { target, key } = event;
  if (key === "Escape") {
    const menu = target.closest("details.menu[open]") ?? document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); } else target.blur?.();
    return;
  }
  if (target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select") || isOff()) return;
  if (key === "Enter" && target.closest("a, button, summary, label, input")) return;
  if (key === "j" || key === "k") { event.preventDefault(); return move(key === "j" ? 1 : -1); }
  const element = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => one.checkVisibility());
  if (!element) return;
  event.preventDefault();
  run(element);
});
document.addEventListener("click", ({ target }) => {
  closeMenus(target.closest("details.menu"));
  const opener = target.closest("[data-opens]");
  if (opener) openDialog(opener.dataset.opens);
});

const single = byId("single-keys");
single.checked = !isOff();
single.addEventListener("change", () => {
  // Where nothing can be kept, it holds until the page goes.
  try { if (single.checked) localStorage.removeItem(off); else localStorage.setItem(off, "yes"); } catch { /* see above */ }
});
