"""A teammate's day with hands on the keyboard: every step is a key or Tab and Enter; a mouse that is touched fails the test."""

import re

from playwright.sync_api import expect

from screens import Chat, Inbox


def test_watching_the_assistant_taking_over_noting_replying_resolving_and_going_on_to_the_next(people, service, hands):
    """Two browsers at once: the customer talks to the assistant, and a teammate looks on."""
    opened = service.answered("How many confirmations does a Bitcoin deposit need?", "Ines")
    service.answered("Somebody hacked my account!", "Tomas")
    chat = Chat(people.customer_of(opened))
    inbox = Inbox(people.teammate(path="/inbox?queue=assistant"))
    customer, teammate = hands(chat.page), hands(inbox.page)
    teammate.press("j", "Enter")
    expect(inbox.entry("How many confirmations").first).to_be_visible()

    customer.reach(chat.words)
    customer.write("And how long does a bank withdrawal take?")
    customer.reach_and_press(chat.send)
    expect(inbox.entry("how long does a bank withdrawal").first).to_be_visible()
    expect(chat.answers).to_have_count(2)
    expect(inbox.log.locator(".entry.assistant")).to_have_count(2)

    teammate.press("t")
    expect(inbox.owner).to_contain_text("Yours")
    expect(chat.state).to_contain_text("Mara")
    teammate.press("n")
    teammate.write("Asked twice today.")
    teammate.press("Control+Enter")
    expect(inbox.entry("Asked twice today.")).to_be_visible()
    teammate.press("Escape", "Enter")
    teammate.write("One to two working days.")
    teammate.press("Control+Enter")
    expect(chat.entry("One to two working days.")).to_be_visible()
    expect(chat.entry("Asked twice today.")).to_have_count(0)

    teammate.press("Escape", "e")
    expect(chat.state).to_contain_text("closed")
    expect(inbox.entry("Somebody hacked my account!")).to_be_visible()


def test_handing_back_lets_the_assistant_answer_again(people, service, hands):
    opened = service.answered("Can I talk to a person about my card?", "Rui")
    chat = Chat(people.customer_of(opened))
    inbox = Inbox(people.teammate(path=f"/inbox/{opened[0]}"))
    customer, teammate = hands(chat.page), hands(inbox.page)
    teammate.press("t")
    expect(inbox.owner).to_contain_text("Yours")
    teammate.press("Enter")
    teammate.write("Your new card is on its way. The assistant can tell you the rest.")
    teammate.press("Control+Enter")
    expect(chat.entry("Your new card is on its way.")).to_be_visible()
    teammate.press("Escape", "r")
    expect(inbox.owner).to_contain_text("assistant")
    customer.reach(chat.words)
    customer.write("What does a withdrawal of bitcoin cost?")
    customer.reach_and_press(chat.send)
    expect(chat.answers).not_to_have_count(0)
    assert service.api("GET", f"/v1/conversations/{opened[0]}")["owner"]["kind"] == "assistant"


def test_a_conversation_that_is_passed_on_appears_with_the_colleague(people, service, hands):
    conversation, _ = service.answered("Can I talk to a person about my card?", "Rui")
    service.claim(conversation)
    service.api("PUT", "/v1/teammates/jonas/availability", {"availability": "available"})
    jonas = Inbox(people.teammate("jonas"))
    expect(jonas.rows).to_have_count(0)
    inbox = Inbox(people.teammate(path=f"/inbox/{conversation}?queue=mine"))
    mara = hands(inbox.page)
    mara.press("a")
    choice = inbox.page.get_by_label("Pass it on")
    mara.reach(choice)
    mara.write("Jonas")
    expect(choice).to_have_value("teammate:jonas")
    mara.reach_and_press(inbox.page.get_by_role("button", name="Pass on"))
    expect(jonas.row("Rui")).to_contain_text("for Jonas")


def test_finding_a_conversation_and_tagging_it(people, service, hands):
    conversation, _ = service.answered("Can I talk to a person about my card?", "Rui")
    service.answered("Can I talk to a person about fees?", "Ana")
    inbox = Inbox(people.teammate())
    keys = hands(inbox.page)
    expect(inbox.rows).to_have_count(2)
    keys.press("/")
    keys.write("Rui")
    keys.press("Enter")
    expect(inbox.row("Ana")).to_have_count(0)
    inbox.page.wait_for_load_state()
    keys.press("Escape", "j", "Enter")
    expect(inbox.entry("about my card").first).to_be_visible()
    keys.press("l")
    expect(inbox.tags).to_be_focused()
    keys.press("Control+a")
    keys.write("card, refund")
    keys.press("Enter")
    service.until(lambda: service.api("GET", f"/v1/conversations/{conversation}/tags")["tags"] == ["card", "refund"])


def test_a_reply_on_an_outdated_thread_gets_what_was_missed_and_is_not_sent(people, service, hands):
    """Two teammates answer the same customer; the second is told before the customer reads two answers."""
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    mara, jonas = (Inbox(people.teammate(name, f"/inbox/{conversation}")) for name in ("mara", "jonas"))
    slow, quick = hands(mara.page), hands(jonas.page)
    # What comes meanwhile does not reach the slow one's page: her words were written for what she saw.
    mara.page.route(re.compile("/v1/events|/inbox/conv_.*after="), lambda route: route.abort())
    people.expects("ERR_FAILED")
    slow.press("Enter")
    slow.write("Which card is it?")
    quick.press("Enter")
    quick.write("I am looking into your card.")
    quick.press("Control+Enter")
    expect(jonas.entry("I am looking into your card.")).to_be_visible()
    people.expects("409")
    slow.press("Control+Enter")
    expect(mara.alert).not_to_be_empty()
    expect(mara.entry("I am looking into your card.")).to_be_visible()
    expect(mara.reply).to_have_value("Which card is it?")
    assert "Which card is it?" not in [message["text"] for message in service.messages(conversation)]


def test_finance_filters_opens_a_response_and_exports(people, service, hands):
    service.answered("What does a withdrawal of bitcoin cost?")
    page = people.teammate("nuno", "/usage")
    keys = hands(page)
    keys.reach(page.get_by_label("Assistant"))
    keys.write("help")
    keys.reach_and_press(page.get_by_role("button", name="Show"))
    expect(page).to_have_url(re.compile("assistant=help"))
    keys.reach_and_press(page.get_by_role("button", name="By model"))
    expect(page.locator("figure")).to_contain_text("Charged by model")
    expect(page.get_by_label("Assistant")).to_have_value("help")
    keys.reach_and_press(page.get_by_text("The same as a table"))
    assert page.locator("figure tbody td").last.inner_text().startswith("0.05")
    keys.reach_and_press(page.get_by_role("button", name="Verify now"))
    expect(page.get_by_role("region", name="Ledger")).to_contain_text("every sum and hash right")
    page.goto(service.origin + "/usage?assistant=help")
    with page.expect_download() as download:
        keys.reach_and_press(page.get_by_role("link", name="CSV"))
    lines = open(download.value.path(), encoding="utf-8").read().splitlines()
    assert lines[0].startswith("created_at") or "response" in lines[0]
    assert len(lines) >= 2
    keys.reach_and_press(page.get_by_role("region", name="Responses").locator("th a").first)
    expect(page).to_have_url(re.compile("/usage/[a-z]+_"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_an_invitation_is_accepted_and_leads_to_the_inbox(people, service, hands):
    people.expects("401")
    link = service.command("teammate", "invite", "edda").strip()
    page = people.page(link)
    keys = hands(page)
    # The code stood behind the # and stands in the field now, and nowhere else.
    expect(page.get_by_label("Invitation code")).to_have_value(link.split("#")[1])
    assert page.evaluate("location.hash") == "" and page.url.endswith("/invitation")
    keys.reach(page.get_by_label("New password"))
    keys.write("four quiet boats at noon")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/sign-in"))
    keys.reach(page.get_by_label("E-mail"))
    keys.write("edda@quayside.example")
    keys.press("Tab")
    keys.write("four quiet boats at noon")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/inbox"))
