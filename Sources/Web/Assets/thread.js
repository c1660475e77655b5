// A thread stays at its end, whatever grows or shrinks around it, until its reader scrolls away.
const left = new WeakSet();
export const isLeft = (log) => left.has(log);
export const toEnd = (log) => { log.scrollTop = log.scrollHeight; };
export function follow(log) {
  toEnd(log);
  log.addEventListener("scroll", () => (log.scrollHeight - log.scrollTop - log.clientHeight < 80 ? left.delete(log) : left.add(log)));
  new ResizeObserver(() => { if (!left.has(log)) toEnd(log); }).observe(log);
}

export function lastSeen() {
  const entries = document.querySelectorAll("[data-log] > [data-seq]");
  return entries.length ? entries[entries.length - 1].dataset.seq : "0";
}
