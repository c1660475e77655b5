"""A service that is killed and comes back, a connection that goes and comes back: nothing is lost, nothing is doubled."""

from playwright.sync_api import expect

from screens import Chat, Inbox

GONE = [r"ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_NETWORK"]


def test_an_inbox_that_lost_the_service_shows_what_came_meanwhile(people, service):
    people.expects(*GONE)
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    inbox = Inbox(people.teammate(path=f"/inbox/{conversation}"))
    expect(inbox.entry("about my card")).to_be_visible()
    service.kill()
    service.start()
    service.say(conversation, token, "Are you still there?")
    service.conversation("Somebody hacked my account!", "Tomas")
    expect(inbox.entry("Are you still there?")).to_be_visible(timeout=30000)
    expect(inbox.entry("Are you still there?")).to_have_count(1)
    expect(inbox.row("Tomas")).to_be_visible(timeout=30000)


def test_an_inbox_that_was_offline_shows_what_came_meanwhile(people, service):
    people.expects(*GONE)
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    inbox = Inbox(people.teammate(path=f"/inbox/{conversation}"))
    expect(inbox.entry("about my card")).to_be_visible()
    inbox.page.context.set_offline(True)
    service.say(conversation, token, "Are you still there?")
    inbox.page.context.set_offline(False)
    expect(inbox.entry("Are you still there?")).to_have_count(1, timeout=30000)


def test_a_teammates_words_stay_when_the_service_is_gone_and_are_sent_once(people, service):
    people.expects(*GONE)
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    inbox = Inbox(people.teammate(path=f"/inbox/{conversation}"))
    service.kill()
    inbox.reply.fill("It is on its way to you.")
    inbox.reply.press("Control+Enter")
    waiting = inbox.entry("It is on its way to you.")
    expect(waiting).to_contain_text("Not sent")
    service.start()
    waiting.get_by_role("button", name="Send again").click()
    expect(inbox.page.locator(".pending")).to_have_count(0, timeout=30000)
    expect(waiting).to_have_count(1)
    said = [message["text"] for message in service.messages(conversation)]
    assert said.count("It is on its way to you.") == 1


def test_a_chat_that_lost_the_service_shows_the_reply_that_was_given_meanwhile(people, service):
    people.expects(*GONE)
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    chat = Chat(people.customer_of((conversation, token)))
    expect(chat.entry("about my card")).to_be_visible()
    service.kill()
    service.start()
    service.claim(conversation)
    service.reply(conversation, "Your card was replaced today.")
    expect(chat.entry("Your card was replaced today.")).to_have_count(1, timeout=30000)
