"""From a question to a person's answer: the customer and the teammate at two browsers, live, with hands on the keyboard."""

from playwright.sync_api import expect

from screens import Chat, Inbox


def test_a_customer_asks_reads_the_source_and_gets_a_person_who_solves_it(people, hands):
    inbox = Inbox(people.teammate())
    chat = Chat(people.customer())
    customer, teammate = hands(chat.page), hands(inbox.page)

    customer.reach(chat.words)
    customer.write("How many confirmations does a Bitcoin deposit need?")
    customer.reach_and_press(chat.send)
    expect(chat.answers).to_have_count(1)
    source = chat.answers.locator("summary").first
    customer.reach_and_press(source)
    expect(chat.answers.locator("blockquote mark").first).to_be_visible()

    customer.reach_and_press(chat.person)
    expect(chat.state).to_contain_text("Waiting for a person")
    expect(inbox.rows).to_have_count(1)
    teammate.press("j", "Enter")
    expect(inbox.entry("How many confirmations").first).to_be_visible()
    teammate.press("t")
    expect(inbox.owner).to_contain_text("Yours")
    expect(chat.state).to_contain_text("Mara")

    teammate.press("Enter")
    teammate.write("Two confirmations, about twenty minutes.")
    teammate.press("Control+Enter")
    expect(chat.entry("Two confirmations, about twenty minutes.")).to_be_visible()
    customer.reach(chat.words)
    customer.write("Thank you, that is all.")
    customer.reach_and_press(chat.send)
    expect(inbox.entry("Thank you, that is all.")).to_be_visible()
    teammate.press("Escape", "e")
    expect(chat.state).to_contain_text("closed")
