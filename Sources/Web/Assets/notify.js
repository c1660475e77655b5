// Tells that somebody is needed when no page of the inbox is in front: a notification of the system where that was allowed, a sound where that was wanted. Only
// the page that has the live stream does it, so once for a browser. No word of a customer stands in a notification: it shows on locked screens.
import { byId } from "./pages.js";
import { isAnybodyLooking, isLeader } from "./leader.js";

const wanted = "baton sound";
const get = () => { try { return localStorage.getItem(wanted) !== null; } catch { return false; } };

export async function needed(words, address) {
  if (!isLeader || await isAnybodyLooking()) return;
  if (get()) beep();
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const note = new Notification(words, { tag: "baton-needed", icon: "/assets/baton.svg" });
  note.onclick = () => { window.focus(); location.assign(address); note.close(); };
}

// Two soft notes, made here: no file to fetch.
function beep() {
  const sound = new AudioContext();
  for (const [index, pitch] of [660, 880].entries()) {
    const [tone, loudness] = [sound.createOscillator(), sound.createGain()];
    const at = sound.currentTime + index * 0.16;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.12, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
    tone.connect(loudness).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.32);
  }
  setTimeout(() => sound.close(), 1000);
}

const [sound, ask, state] = [byId("sound"), byId("notify"), byId("notify-state")];
sound.checked = get();
sound.addEventListener("change", () => {
  // Where nothing can be kept, there is no sound.
  try { if (sound.checked) localStorage.setItem(wanted, "yes"); else localStorage.removeItem(wanted); } catch { sound.checked = false; }
  if (sound.checked) beep();
});

function show() {
  const is = "Notification" in window ? Notification.permission : "unsupported";
  ask.hidden = is !== "default";
  state.textContent = { granted: "Notifications are shown.", denied: "The browser blocks notifications of this site; its settings can allow them.", unsupported: "This browser shows no notifications." }[is] ?? "Off.";
}
ask.addEventListener("click", async () => { await Notification.requestPermission(); show(); });
show();
