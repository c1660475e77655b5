// Times in the reader's zone, and ages that go on.
const minutes = (from) => Math.max(0, Math.floor((Date.now() - from) / 60000));
function age(from) {
  const count = minutes(from);
  if (count < 1) return "now";
  return count < 60 ? `${count} min` : count < 2880 ? `${Math.floor(count / 60)} h` : `${Math.floor(count / 1440)} d`;
}

export function localTimes(root) {
  const day = new Date().toDateString();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    time.title = at.toLocaleString();
    const hours = { hour: "2-digit", minute: "2-digit" };
    if (time.dataset.as === "age") time.textContent = age(at);
    else time.textContent = at.toDateString() === day ? at.toLocaleTimeString([], hours) : at.toLocaleString([], { day: "numeric", month: "short", ...hours });
  }
}
setInterval(() => { for (const time of document.querySelectorAll("time[data-as=age]")) time.textContent = age(new Date(time.dateTime)); }, 30000);
