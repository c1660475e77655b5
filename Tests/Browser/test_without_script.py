"""A browser without JavaScript: everything that counts is a form."""

import re

from playwright.sync_api import expect

from people import sign_in
from screens import Chat, Inbox


def test_a_customer_asks_reads_and_gets_a_person(people, service):
    chat = Chat(people.customer(java_script_enabled=False))
    chat.say("How many confirmations does a Bitcoin deposit need?")
    conversation = service.until(lambda: service.api("GET", "/v1/conversations?queue=assistant")["data"])[0]["id"]
    service.until(lambda: len(service.messages(conversation)) > 1)
    chat.page.reload()
    expect(chat.answers).to_have_count(1)
    chat.answers.locator("summary").first.click()
    expect(chat.answers.locator("blockquote mark").first).to_be_visible()
    chat.person.click()
    expect(chat.state).to_contain_text("Waiting for a person")
    service.reply(conversation, "Two confirmations.")
    chat.page.reload()
    expect(chat.entry("Two confirmations.")).to_be_visible()


def test_a_teammate_signs_in_reads_replies_notes_tags_and_resolves(people, service):
    conversation, _ = service.answered("Can I talk to a person about my card?", "Rui")
    inbox = Inbox(people.page("/inbox", java_script_enabled=False))
    page = inbox.page
    sign_in(page, "mara")
    inbox.row("Rui").click()
    expect(inbox.entry("about my card")).to_be_visible()
    inbox.button("Take over").click()
    expect(inbox.owner).to_contain_text("Yours")
    inbox.reply.fill("I am looking into it.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(inbox.entry("I am looking into it.")).to_be_visible()
    assert [message["text"] for message in service.messages(conversation)].count("I am looking into it.") == 1
    inbox.button("Resolve").click()
    service.until(lambda: service.api("GET", f"/v1/conversations/{conversation}")["state"] == "resolved")


def test_finance_filters_usage_opens_a_response_and_signs_out(people, service):
    service.answered("What does a withdrawal of bitcoin cost?")
    page = people.teammate("nuno", "/usage", java_script_enabled=False)
    page.get_by_label("Assistant").select_option("help")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("assistant=help"))
    page.get_by_role("region", name="Responses").locator("th a").first.click()
    expect(page).to_have_url(re.compile("/usage/resp_|/usage/[a-z]+_"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
