"""Every page there is, for the tests that go over all of them. A route that answers with a page and stands in no line here fails `test_pages.py`."""

import dataclasses
import re
import typing

from service import ROOT, SITE


@dataclasses.dataclass(frozen=True)
class Page:
    """What to open, as whom, and the route it shows."""
    name: str
    route: str
    path: typing.Callable[["Furnished"], str]
    # The teammate who looks, "customer" with a conversation, or nobody.
    who: str | None = "mara"
    # What the answer's status is.
    status: int = 200

    @property
    def is_chat(self):
        return self.route.startswith("/chat/")


PAGES = [
    Page("start", "/", lambda it: "/", None),
    Page("demo", "/demo", lambda it: "/demo", None),
    Page("sign-in", "/sign-in", lambda it: "/sign-in", None),
    Page("invitation", "/invitation", lambda it: it.invitation, None),
    Page("chat-new", "/chat/{site}", lambda it: f"/chat/{SITE}", None),
    Page("chat", "/chat/{site}", lambda it: f"/chat/{SITE}", "customer"),
    Page("chat-arabic", "/chat/{site}", lambda it: f"/chat/{SITE}?lang=ar", None),
    Page("chat-pseudo", "/chat/{site}", lambda it: f"/chat/{SITE}?lang=ar-XB&frame", None),
    Page("inbox-list", "/inbox", lambda it: "/inbox"),
    Page("inbox-closed", "/inbox", lambda it: "/inbox?queue=closed"),
    Page("inbox-empty", "/inbox", lambda it: "/inbox?queue=waiting&q=nothing-has-these-words"),
    Page("case", "/inbox/{conversation}", lambda it: f"/inbox/{it.taken}"),
    Page("case-handed-over", "/inbox/{conversation}", lambda it: f"/inbox/{it.waiting}"),
    Page("case-assistant", "/inbox/{conversation}", lambda it: f"/inbox/{it.talking}?queue=assistant"),
    Page("case-closed", "/inbox/{conversation}", lambda it: f"/inbox/{it.closed}?queue=closed"),
    Page("account", "/account", lambda it: "/account"),
    Page("team", "/team", lambda it: "/team"),
    Page("usage", "/usage", lambda it: "/usage", "nuno"),
    Page("response", "/usage/{response}", lambda it: f"/usage/{it.response}", "nuno"),
    Page("problem", "/problems/{code}", lambda it: "/problems/rate_limited", None),
    Page("missing", "/inbox/{conversation}", lambda it: "/inbox/conv_nothing", "mara", 404),
]


def routes():
    """The routes that answer with a page, as the sources declare them."""
    found = set()
    for file in sorted((ROOT / "Sources/Web").rglob("*.swift")):
        for declared in re.finditer(r"Route\(\s*\.get, \"([^\"]+)\",(.*?)\{ ", file.read_text(), re.S):
            if "text/html" in declared[2]:
                found.add(declared[1])
    return found


class Furnished:
    """What a day leaves behind: conversations in every state, an invitation, usage."""

    def __init__(self, service):
        self.service = service
        self.talking, self.token = service.answered("How many confirmations does a Bitcoin deposit need?", "Ines", "ines@example.com")
        self.waiting, _ = service.answered("Somebody hacked my account last night and took 12,000 EUR!", "Tomas")
        self.taken, _ = service.answered("Can I talk to a person about my card?", "Rui")
        service.claim(self.taken)
        service.note(self.taken, "His card was charged twice, see order AB-123.")
        service.reply(self.taken, "Hello Rui, I am looking into it. Fees are on https://quayside.example/fees.")
        service.tag(self.taken, "card", "refund")
        self.closed, _ = service.answered("What does a withdrawal of bitcoin cost?", "Ana")
        service.claim(self.closed, "jonas")
        service.resolve(self.closed, "jonas")
        self.response = service.api("GET", "/v1/usage?limit=1")["data"][0]["response"]
        self.invitation = service.command("teammate", "invite", "edda").strip()

    @property
    def conversation_of_customer(self):
        return self.talking, self.token

    def open(self, people, page, **options):
        """Opens a page as whoever it is for."""
        if page.who == "customer":
            return people.customer_of(self.conversation_of_customer, **options)
        path = page.path(self)
        return people.teammate(page.who, path, **options) if page.who else people.page(path, **options)
