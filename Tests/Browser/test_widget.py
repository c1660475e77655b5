"""The chat on a company's own page, by one script tag: what it weighs, what it keeps, and that no word is lost or said twice."""

import gzip

import pytest
from playwright.sync_api import expect

from people import People
from screens import Chat, Widget
from service import ROOT, SITE
from test_reconnecting import GONE
from test_weights import weigh

pytestmark = pytest.mark.skipif(not (ROOT / "Sources/Web/Assets/loader.js").exists(), reason="this build has no loader")

LOADER = 3 << 10
UNTIL_FIRST_REPLY = 15 << 10
REQUESTS = 6
QUESTION = "How many confirmations does a Bitcoin deposit need?"


@pytest.fixture
def visitors_of_the_site(browser, service, elsewhere):
    """Customers at the company's own web site, which is another origin."""
    people = People(browser, service, [elsewhere.site, elsewhere.stranger])
    yield people
    people.close()
    people.watch.check()


def embedding(service, elsewhere, path="/shop", headers=None):
    """Puts a page with the one tag on the company's server."""
    html = (f'<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1><a href="#more">More</a></main>'
            f'<script async src="{service.origin}/widget.js" data-site="{SITE}"></script>')
    elsewhere.pages[path] = (headers or {}, html)
    return elsewhere.site + path


def test_the_loader_is_small_and_ascii(service):
    status, _, loader = service.request("GET", "/widget.js")
    assert status == 200
    assert len(gzip.compress(loader, 6)) <= LOADER
    # On a page without a charset anything else would be read as something else.
    loader.decode("ascii")


def test_nothing_is_kept_and_nothing_else_is_loaded_before_it_is_opened(visitors_of_the_site, service, elsewhere):
    address = embedding(service, elsewhere)
    context = visitors_of_the_site.context()
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    expect(Widget(page).launcher).to_be_visible()
    assert [url for url in asked if url.startswith(service.origin)] == [service.origin + "/widget.js"]
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    # The host's page does not move when the button comes.
    assert page.evaluate("""() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().reduce((sum, entry) => sum + entry.value, 0)))
        .observe({ type: "layout-shift", buffered: true }) || setTimeout(() => done(0), 100))""") == 0


def test_everything_until_the_first_reply_is_light(visitors_of_the_site, service, elsewhere):
    address = embedding(service, elsewhere)

    def ask(page):
        page.goto(address)
        widget = Widget(page)
        widget.launcher.click()
        widget.chat.say(QUESTION)
        expect(widget.chat.answers).to_have_count(1)

    weights, asked = weigh(visitors_of_the_site.context(), ask)
    ours = [(url, size) for url, size in weights if url.startswith(service.origin)]
    assert sum(size for _, size in ours) <= UNTIL_FIRST_REPLY, ours
    assert len([url for url in asked if url.startswith(service.origin)]) <= REQUESTS, asked


def test_a_customer_on_the_companys_page_asks_by_keyboard_and_the_focus_returns(visitors_of_the_site, service, elsewhere, hands):
    page = visitors_of_the_site.context().new_page()
    page.goto(embedding(service, elsewhere))
    widget, keys = Widget(page), hands(page)
    keys.reach(widget.launcher)
    keys.press("Enter")
    expect(widget.chat.words).to_be_focused()
    keys.write(QUESTION)
    keys.press("Enter")
    expect(widget.chat.answers).to_have_count(1)
    keys.press("Escape")
    expect(widget.launcher).to_be_focused()
    assert visitors_of_the_site.watch.pointers == 0


def test_a_page_with_a_strict_policy_can_have_it(visitors_of_the_site, service, elsewhere):
    policy = (f"default-src 'none'; script-src {service.origin}; frame-src {service.origin}; connect-src {service.origin}; "
              "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
    page = visitors_of_the_site.context().new_page()
    page.goto(embedding(service, elsewhere, "/strict", {"Content-Security-Policy": policy}))
    widget = Widget(page)
    widget.launcher.click()
    widget.chat.say(QUESTION)
    expect(widget.chat.answers).to_have_count(1)


def test_what_a_stranger_posts_to_the_page_or_the_frame_is_ignored(visitors_of_the_site, service, elsewhere):
    """ASVS 3.5.5: a message counts only from the window and the origin that it must come from, and in the shape that it must have."""
    page = visitors_of_the_site.context().new_page()
    page.goto(embedding(service, elsewhere))
    widget = Widget(page)
    widget.launcher.click()
    expect(widget.chat.words).to_be_visible()
    shapes = ["null", "1", "'close'", "{}", "[]", "{ type: 'close' }", "{ type: 'baton', close: true }", "{ baton: 'close' }", "{ baton: 'open' }",
              "{ type: 'unread', count: '<img src=x onerror=alert(1)>' }", "{ type: 'navigate', href: 'javascript:alert(1)' }", "{ baton: { token: 'x' } }"]
    frame = page.frames[1]
    before = frame.url
    for shape in shapes:
        # From the page itself to itself, and from a window that is not the frame: neither is whom the loader listens to.
        page.evaluate(f"postMessage({shape}, '*')")
    elsewhere.pages["/stranger"] = "<!doctype html><title>Stranger</title>"
    page.evaluate("""address => new Promise(done => { const frame = document.createElement("iframe"); frame.src = address; frame.onload = done;
        document.body.append(frame); })""", elsewhere.stranger + "/stranger")
    stranger = next(one for one in page.frames if one.url.endswith("/stranger"))
    for shape in shapes:
        stranger.evaluate(f"parent.postMessage({shape}, '*')")
        stranger.evaluate(f"parent.frames[0].postMessage({shape}, '*')")
    widget.chat.say(QUESTION)
    expect(widget.chat.answers).to_have_count(1)
    assert frame.url.split("#")[0] == before.split("#")[0]


def test_words_that_are_written_while_the_service_is_gone_arrive_once(people, service):
    people.expects(*GONE)
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    chat = Chat(people.customer_of((conversation, token)))
    service.kill()
    chat.say("It was the blue card.")
    expect(chat.entry("It was the blue card.")).to_contain_text("Not sent")
    service.start()
    expect(chat.entry("It was the blue card.")).not_to_contain_text("Not sent", timeout=40000)
    expect(chat.entry("It was the blue card.")).to_have_count(1)
    said = [message["text"] for message in service.messages(conversation)]
    assert said.count("It was the blue card.") == 1


def test_words_that_are_written_offline_survive_a_reload_and_arrive_once(people, service):
    people.expects(*GONE)
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    chat = Chat(people.customer_of((conversation, token)))
    chat.page.context.set_offline(True)
    chat.say("It was the blue card.")
    expect(chat.entry("It was the blue card.")).to_be_visible()
    chat.page.context.set_offline(False)
    chat.page.reload()
    service.until(lambda: "It was the blue card." in [message["text"] for message in service.messages(conversation)], 40)
    expect(chat.entry("It was the blue card.")).to_have_count(1)
    said = [message["text"] for message in service.messages(conversation)]
    assert said.count("It was the blue card.") == 1


def two_tabs(people, opened):
    first = Chat(people.customer_of(opened))
    page = first.page.context.new_page()
    page.goto(first.page.url)
    return first, Chat(page)


def test_two_tabs_of_a_customer_show_the_same(people, service):
    opened = service.answered("Can I talk to a person about my card?", "Rui")
    first, second = two_tabs(people, opened)
    first.say("It was the blue card.")
    expect(second.entry("It was the blue card.")).to_have_count(1)
    expect(first.entry("It was the blue card.")).to_have_count(1)
    service.claim(opened[0])
    service.reply(opened[0], "It is on its way.")
    for chat in (first, second):
        expect(chat.entry("It is on its way.")).to_have_count(1)


def test_right_to_left_stays_right_to_left(people):
    page = people.customer(f"/chat/{SITE}?lang=ar")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]


def test_two_tabs_that_send_at_once_end_with_one_order_and_nothing_twice(people, service):
    opened = service.answered("Can I talk to a person about my card?", "Rui")
    first, second = two_tabs(people, opened)
    for number in range(3):
        for chat, tab in ((first, "left"), (second, "right")):
            chat.words.fill(f"From the {tab}, {number}.")
            chat.send.click(no_wait_after=True)
    said = [f"From the {tab}, {number}." for number in range(3) for tab in ("left", "right")]
    for chat in (first, second):
        for words in said:
            expect(chat.entry(words)).to_have_count(1)
            expect(chat.entry(words)).not_to_contain_text("Sending")
    orders = [chat.page.evaluate("[...document.querySelectorAll('#log > [data-seq]')].map(one => one.dataset.seq + one.querySelector('.words').textContent)")
              for chat in (first, second)]
    assert orders[0] == orders[1]
    kept = [message["text"] for message in service.messages(opened[0])]
    assert sorted(words for words in kept if words.startswith("From the")) == sorted(said)


def test_what_is_new_is_added_to_the_log_once_and_history_is_left_alone(people, service):
    """What a screen reader reads of a log is what is added to it: nothing may be taken out and put in again."""
    opened = service.answered("Can I talk to a person about my card?", "Rui")
    chat = Chat(people.customer_of(opened))
    expect(chat.log).to_have_attribute("role", "log")
    assert chat.log.get_attribute("aria-live") in (None, "polite")
    chat.page.evaluate("""() => { window.changed = { added: [], removed: 0 };
        new MutationObserver(records => { for (const record of records) {
            changed.removed += [...record.removedNodes].filter(node => node.matches?.("article")).length;
            changed.added.push(...[...record.addedNodes].filter(node => node.matches?.("article")).map(node => node.querySelector(".words").textContent));
        } }).observe(document.getElementById("log"), { childList: true, subtree: true }); }""")
    service.claim(opened[0])
    service.reply(opened[0], "Hello Rui.")
    expect(chat.entry("Hello Rui.")).to_be_visible()
    service.reply(opened[0], "Which card is it?")
    expect(chat.entry("Which card is it?")).to_be_visible()
    assert chat.page.evaluate("changed") == {"added": ["Hello Rui.", "Which card is it?"], "removed": 0}
    expect(chat.state).to_have_attribute("role", "status")
    expect(chat.state).to_contain_text("Mara is here")


def test_a_customer_says_how_it_went_by_keyboard(people, service, hands):
    opened = service.answered("Can I talk to a person about my card?", "Rui")
    service.claim(opened[0])
    service.reply(opened[0], "It is unlocked.")
    chat = Chat(people.customer_of(opened))
    keys = hands(chat.page)
    keys.reach_and_press(chat.page.locator("#satisfaction summary"))
    keys.reach(chat.page.get_by_label("Very bad"))
    keys.press("ArrowRight", "ArrowRight", "ArrowRight")
    keys.reach_and_press(chat.page.locator("#satisfaction").get_by_role("button", name="Send"))
    expect(chat.page.locator("#satisfaction")).to_contain_text("You told us how it went")
    inbox = people.teammate(path=f"/inbox/{opened[0]}?queue=mine")
    expect(inbox.locator("#context")).to_contain_text("4 of 5")


def test_what_came_while_the_chat_was_closed_is_counted_at_its_button(visitors_of_the_site, service, elsewhere):
    page = visitors_of_the_site.context().new_page()
    page.goto(embedding(service, elsewhere))
    widget = Widget(page)
    widget.launcher.click()
    widget.chat.say("Can I talk to a person about my card, please?")
    expect(widget.chat.state).to_contain_text("Waiting for a person")
    conversation = service.api("GET", "/v1/conversations?queue=needs_person")["data"][0]["id"]
    page.keyboard.press("Escape")
    service.claim(conversation)
    service.reply(conversation, "Hello, which card is it?")
    expect(widget.launcher).to_have_attribute("aria-description", "New messages: 1")
    widget.launcher.click()
    expect(widget.chat.entry("Hello, which card is it?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(widget.launcher).not_to_have_attribute("aria-description", "New messages: 1")


def test_a_reply_is_in_sight_although_forms_stand_behind_it(people, service):
    page = people.customer(f"/chat/{SITE}")
    page.set_viewport_size({"width": 420, "height": 640})
    chat = Chat(page)
    chat.say("Can I talk to a person about my card, please?")
    expect(chat.state).to_contain_text("Waiting for a person")
    expect(page.locator("#lead")).to_be_visible()
    conversation = service.api("GET", "/v1/conversations?queue=needs_person")["data"][0]["id"]
    service.claim(conversation)
    service.reply(conversation, "Hello, which card is it?")
    expect(chat.entry("Hello, which card is it?")).to_be_in_viewport(ratio=1)
    service.reply(conversation, "Take your time.")
    expect(chat.entry("Take your time.")).to_be_in_viewport(ratio=1)
