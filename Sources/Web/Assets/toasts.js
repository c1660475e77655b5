// A word in the corner, with a way to try again or to undo. It goes by itself, unless somebody is at it.

const byId = (id) => document.getElementById(id);

export function tell(words, again) {
  const toast = document.importNode(byId("told").content, true).firstElementChild;
  toast.querySelector("p").textContent = words;
  const button = toast.querySelector("button");
  button.hidden = !again;
  button.onclick = () => { toast.remove(); again?.(); };
  byId("toasts").replaceChildren(toast);
  fade();
}

let fading = 0;
export function fade() {
  clearTimeout(fading);
  fading = setTimeout(() => {
    const toast = document.querySelector("[data-toast]");
    if (toast?.matches(":hover, :focus-within")) fade(); else toast?.remove();
  }, 12000);
}
