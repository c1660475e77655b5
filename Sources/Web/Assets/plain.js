// What every plain page has: times in the reader's zone, and passwords that can be looked at.
import { localTimes } from "./times.js";

localTimes(document);

// Fields of passwords: a button that shows what was typed, and a word where the caps key is on. Without scripts they are plain fields.
for (const field of document.querySelectorAll("input[type=password]")) {
  const show = document.createElement("button");
  show.type = "button";
  show.className = "plain";
  show.setAttribute("aria-pressed", "false");
  show.setAttribute("aria-controls", field.id);
  show.textContent = "Show what is typed";
  const caps = document.createElement("p");
  caps.className = "hint";
  caps.setAttribute("role", "status");
  const row = document.createElement("div");
  row.className = "under-password";
  row.append(caps, show);
  field.after(row);

  const reveal = (shown) => {
    field.type = shown ? "text" : "password";
    show.setAttribute("aria-pressed", String(shown));
  };
  show.addEventListener("click", () => reveal(field.type === "password"));
  // A browser must not offer it as a text typed before, and nobody should read it over a shoulder while the next page comes.
  field.form.addEventListener("submit", () => reveal(false));

  const look = (event) => {
    if (event.getModifierState) caps.textContent = event.getModifierState("CapsLock") ? "Caps Lock is on." : "";
  };
  field.addEventListener("keydown", look);
  field.addEventListener("keyup", look);
  field.addEventListener("blur", () => (caps.textContent = ""));
}
