"""What people wait for, measured in the browser: `Scripts/bench browser`. Prints figures, asserts nothing.

event to paint   a customer's message is accepted by the API -> it is painted in the teammate's open thread, or as a row of the list
key to paint     a key is pressed -> what it does is painted
first load       the largest contentful paint of the inbox, empty and with 10,000 conversations

Beside each stands the same on a bare page of the same browser in the same run: a page that does nothing but show one word. The ratio says what is ours.
"""

import argparse
import http.server
import pathlib
import queue
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import sync_playwright

from model import Model
from people import People
from service import ROOT, Service, Template

# When a text is painted: seen in the document by an observer, then past the next frame. `batonPainted` maps the text to milliseconds since 1970.
_STOPWATCH = """
globalThis.batonPainted = {};
globalThis.batonAwait = (text, selector) => {
    const now = () => performance.timeOrigin + performance.now();
    const look = () => {
        for (const element of document.querySelectorAll(selector)) if (element.textContent.includes(text)) {
            observer.disconnect();
            requestAnimationFrame(() => { const after = new MessageChannel(); after.port1.onmessage = () => { batonPainted[text] = now(); }; after.port2.postMessage(0); });
            return;
        }
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, characterData: true, attributes: true });
    look();
};
// From a key to the frame after what it did.
globalThis.batonKeys = [];
addEventListener("keydown", (event) => {
    const pressed = event.timeStamp;
    requestAnimationFrame(() => { const after = new MessageChannel(); after.port1.onmessage = () => batonKeys.push(performance.now() - pressed); after.port2.postMessage(0); });
}, true);
new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.batonLargest = entry.startTime; }).observe({ type: "largest-contentful-paint", buffered: true });
"""


class Bare:
    """The yardstick: a page that shows what a stream says, and what a key does, and nothing else."""

    PAGE = """<!doctype html><meta charset="utf-8"><title>Bare</title><p id="word">Ready</p><script>
        new EventSource("/events").onmessage = (event) => { document.getElementById("word").textContent = event.data; };
        addEventListener("keydown", (event) => { document.getElementById("word").textContent = event.key; });
        </script>"""

    def __init__(self):
        self.words = queue.Queue()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                if self.path != "/events":
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                    self.end_headers()
                    self.wfile.write(owner.PAGE.encode())
                    return
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                self.wfile.flush()
                while (word := owner.words.get()) is not None:
                    self.wfile.write(f"data: {word}\n\n".encode())
                    self.wfile.flush()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self):
        self.words.put(None)
        self.server.shutdown()
        self.server.server_close()


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def show(name, values, yardstick=None):
    line = f"{name:52} p50 {statistics.median(values):7.1f} ms   p95 {percentile(values, .95):7.1f} ms   n {len(values):3}"
    if yardstick:
        line += f"   x{statistics.median(values) / statistics.median(yardstick):.1f} of the bare page"
    print(line, flush=True)


def painted(page, text):
    """When a text that was awaited was painted."""
    page.wait_for_function("text => batonPainted[text]", arg=text, timeout=20000)
    return page.evaluate("text => batonPainted[text]", text)


def now():
    return time.time() * 1000


def event_to_paint(people, service, bare, rounds):
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    service.claim(conversation)
    page = people.context().new_page()
    page.goto(bare.origin)
    page.wait_for_timeout(300)  # the stream of the bare page is open
    yardstick = []
    for number in range(rounds):
        page.evaluate("text => batonAwait(text, '#word')", f"bare {number}.")
        start = now()
        bare.words.put(f"bare {number}.")
        yardstick.append(painted(page, f"bare {number}.") - start)
    show("bare page: written to the stream -> painted", yardstick)

    def measure(name, page, selector):
        took = []
        for number in range(rounds):
            text = f"{name} {number}."
            page.evaluate("([text, selector]) => batonAwait(text, selector)", [text, selector])
            service.say(conversation, token, text)
            start = now()
            took.append(painted(page, text) - start)
            page.wait_for_timeout(450)  # customers do not write every half second; refreshing pauses so long
        show(f"event to paint: accepted -> {name}", took, yardstick)

    measure("in the open thread", people.teammate(path=f"/inbox/{conversation}?queue=mine"), ".entry")
    measure("in the list", people.teammate(path="/inbox?queue=mine"), ".rows li")


def key_to_paint(people, service, bare, rounds):
    page = people.context().new_page()
    page.goto(bare.origin)

    def keys(page, *pressed):
        page.evaluate("batonKeys.length = 0")
        for key in pressed:
            page.keyboard.press(key)
            page.wait_for_timeout(60)
        return page.evaluate("batonKeys")

    yardstick = keys(page, *"jk" * (rounds // 2))
    show("bare page: key -> painted", yardstick)
    for number in range(12):
        service.answered("Can I talk to a person about my card?", f"Customer {number}")
    page = people.teammate()
    page.wait_for_load_state()
    show("key to paint: J and K", keys(page, *"jk" * (rounds // 2)), yardstick)
    palette = []
    for _ in range(rounds // 3):
        palette += keys(page, "Control+k")[-1:]
        page.keyboard.press("Escape")
    show("key to paint: Ctrl+K, the palette", palette, yardstick)
    took = []
    for number in range(min(rounds, 12)):
        page.goto(service.origin + "/inbox?queue=needs_person")
        page.wait_for_load_state()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.locator("#owner").wait_for()
        page.wait_for_load_state()
        page.context.set_default_timeout(20000)
        start = now()
        page.keyboard.press("t")
        page.locator("#owner").filter(has_text="Yours").wait_for()
        page.evaluate("batonAwait('Yours', '#owner')")
        took.append(painted(page, "Yours") - start)
    show("T -> the server has said that it is yours, painted", took, yardstick)


def first_load(people, service, bare, rounds, many):
    def largest(path, name="mara"):
        took = []
        for _ in range(rounds):
            page = people.signed_in(name).new_page()
            page.goto(path)
            page.wait_for_load_state()
            page.wait_for_function("() => globalThis.batonLargest !== undefined")
            took.append(page.evaluate("batonLargest"))
            page.context.close()
        return took

    yardstick = largest(bare.origin)
    show("bare page: largest contentful paint", yardstick)
    show("inbox, nearly empty: largest contentful paint", largest(service.origin + "/inbox?queue=needs_person"), yardstick)
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: service.conversation("Can I talk to a person about my card?", f"Customer {number}"), range(many)))
    print(f"{many} conversations opened by the API in {time.monotonic() - start:.0f} s", flush=True)
    show(f"inbox, {many} that need a person: the same", largest(service.origin + "/inbox?queue=needs_person"), yardstick)
    show(f"inbox, {many}: a search", largest(service.origin + "/inbox?queue=needs_person&q=Customer+99"), yardstick)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--baton", default=str(ROOT / ".build/release/baton"))
    options.add_argument("--chromium", default="/usr/bin/chromium")
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--conversations", type=int, default=10000)
    options = options.parse_args()
    print(f"load average {pathlib.Path('/proc/loadavg').read_text().split()[0]}", flush=True)
    bare, model = Bare(), Model()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as shared, sync_playwright() as playwright:
        template = Template(options.baton, folder, shared)
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])

        def with_service(measure, *more):
            with Service(template, model) as service:
                people = People(browser, service)
                plain = people.context

                def context(**options):
                    made = plain(**options)
                    made.add_init_script(_STOPWATCH)
                    return made

                people.context = context
                measure(people, service, bare, options.rounds, *more)
                people.close()

        with_service(event_to_paint)
        with_service(key_to_paint)
        with_service(lambda *given: first_load(*given[:3], 15, options.conversations))
        browser.close()
    model.close()
    bare.close()


if __name__ == "__main__":
    main()
