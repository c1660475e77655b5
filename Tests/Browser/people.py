"""People at browsers: customers and teammates, each in a browser context of their own, and a watch over everything that must never happen on a page."""

import contextlib
import re
import urllib.parse

from service import PASSWORD, SITE

# Runs before the page's own scripts: tells of refused content, and counts what a mouse or a finger does.
_LOOKOUT = """
addEventListener("securitypolicyviolation", (event) => batonTold(`content policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
for (const kind of ["pointerdown", "mousedown", "touchstart"]) addEventListener(kind, () => batonTold("pointer"), true);
addEventListener("click", (event) => { if (event.isTrusted && event.detail > 0) batonTold("pointer"); }, true);
"""


class Watch:
    """Collects dialogs, console errors, exceptions, requests to other hosts and violations of the content policy. `check()` fails on any of them."""

    def __init__(self, service, origins=()):
        self.hosts = {f"127.0.0.1:{service.port}"} | {urllib.parse.urlsplit(origin).netloc for origin in origins}
        self.findings = []
        self.pointers = 0
        self._expected = []

    def on(self, context):
        context.expose_binding("batonTold", lambda source, words: self._told(words))
        context.add_init_script(_LOOKOUT)
        context.on("console", self._console)
        context.on("weberror", lambda fault: self._found(f"exception: {fault.error}"))
        context.on("dialog", self._dialog)
        context.on("request", self._request)

    def expects(self, *patterns):
        """Findings that match one of these regular expressions belong to the test: a wrong password is told by the console as a 401."""
        self._expected += patterns

    def check(self):
        assert not self.findings, "on the pages: " + "; ".join(self.findings[:10])

    def _found(self, words):
        if not any(re.search(pattern, words) for pattern in self._expected):
            self.findings.append(words)

    def _told(self, words):
        if words == "pointer":
            self.pointers += 1
        else:
            self._found(words)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self._found(f"console: {message.text} ({message.location.get('url', '')})")

    def _dialog(self, dialog):
        if dialog.type == "beforeunload":
            return dialog.accept()
        self._found(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request):
        parts = urllib.parse.urlsplit(request.url)
        if parts.scheme in ("data", "blob", "about"):
            return
        if parts.netloc not in self.hosts:
            self._found(f"request to another host: {request.url[:200]}")


class People:
    """Opens pages as people do. At the end of a test everything is closed and the watch is checked."""

    def __init__(self, browser, service, origins=()):
        self.browser = browser
        self.service = service
        self.watch = Watch(service, origins)
        self.contexts = []

    def context(self, **options):
        options.setdefault("viewport", {"width": 1280, "height": 800})
        context = self.browser.new_context(**options)
        context.set_default_timeout(15000)
        # A browser without scripts has nothing to watch with; its requests are watched all the same.
        if options.get("java_script_enabled", True):
            self.watch.on(context)
        else:
            context.on("request", self.watch._request)
        self.contexts.append(context)
        return context

    def page(self, path="/", **options):
        """Somebody who is not signed in."""
        page = self.context(**options).new_page()
        page.goto(self.service.origin + path)
        return page

    def customer(self, path=f"/chat/{SITE}", **options):
        """A customer at the chat page, on a telephone."""
        options.setdefault("viewport", {"width": 390, "height": 800})
        return self.page(path, **options)

    def teammate(self, name="mara", path="/inbox", **options):
        """A teammate who has signed in before."""
        page = self.signed_in(name, **options).new_page()
        page.goto(self.service.origin + path)
        return page

    def signed_in(self, name="mara", **options):
        """A browser context with the cookies of a teammate."""
        context = self.context(**options)
        context.add_cookies([{"name": cookie, "value": value, "url": self.service.origin, "httpOnly": True, "sameSite": "Lax"}
                             for cookie, value in self.service.template.sessions[name]])
        return context

    def customer_of(self, conversation_and_token, **options):
        """The chat page of a conversation that was opened through the API."""
        options.setdefault("viewport", {"width": 390, "height": 800})
        context = self.context(**options)
        context.add_cookies([{"name": "baton-chat", "value": conversation_and_token[1], "url": self.service.origin, "httpOnly": True,
                              "sameSite": "Lax"}])
        page = context.new_page()
        page.goto(f"{self.service.origin}/chat/{SITE}")
        return page

    def expects(self, *patterns):
        self.watch.expects(*patterns)

    def close(self):
        for context in self.contexts:
            with contextlib.suppress(Exception):  # the browser may have gone down with the test
                for page in context.pages:
                    # A context that is closed while one of its pages is on the way to another may never be closed.
                    page.goto("about:blank", timeout=5000)
                context.close()
        self.contexts = []


def sign_in(page, name, password=PASSWORD):
    """Signs in by the form, which must be open."""
    page.get_by_label("E-mail").fill(f"{name}@quayside.example")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


class Hands:
    """Hands on the keyboard and off the mouse."""

    def __init__(self, page):
        self.page = page

    def press(self, *keys):
        for key in keys:
            # Keys have no meaning before the page's script is there.
            self.page.wait_for_load_state()
            self.page.keyboard.press(key)

    def write(self, text):
        self.page.keyboard.type(text)

    def reach(self, target, key="Tab", most=120):
        """Presses Tab until the target has the focus, as somebody does who cannot point; says where the focus went if it never does."""
        target.wait_for()
        seen = []
        for _ in range(most):
            if target.evaluate("element => element === element.getRootNode().activeElement || element.contains(document.activeElement) && "
                               "!['A', 'BUTTON', 'INPUT', 'TEXTAREA', 'SELECT', 'SUMMARY'].includes(element.tagName)"):
                return self
            self.press(key)
            seen.append(self.page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
        raise AssertionError(f"the keyboard does not reach {target}; it went over {seen[-12:]}")

    def reach_and_press(self, target, key="Enter"):
        self.reach(target)
        self.press(key)
