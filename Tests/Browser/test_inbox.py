"""The shared inbox at work: by keys, with words that are never lost, with colleagues who are at it at the same time."""

import re

from playwright.sync_api import expect

from people import sign_in
from screens import Inbox


def at(people, service, question="Can I talk to a person about my card?", name="Rui", teammate="mara"):
    conversation, token = service.answered(question, name)
    return Inbox(people.teammate(teammate, f"/inbox/{conversation}")), conversation, token


def taken(people, service, hands):
    """A conversation that its reader took over by its key."""
    inbox, conversation, _ = at(people, service)
    keys = hands(inbox.page)
    keys.press("t")
    expect(inbox.owner).to_contain_text("Yours")
    return inbox, conversation, keys


def words(field):
    """The words of a field, which may come a moment after the page."""
    return expect(field)


def test_one_key_takes_over_and_two_more_answer(people, service, hands):
    inbox, conversation, keys = taken(people, service, hands)
    keys.press("Enter")
    keys.write("I am looking into it.")
    keys.press("Control+Enter")
    expect(inbox.entry("I am looking into it.")).to_have_count(1)
    expect(inbox.page.locator(".pending")).to_have_count(0)
    assert [message["text"] for message in service.messages(conversation)].count("I am looking into it.") == 1


def test_a_note_never_becomes_a_reply(people, service, hands):
    inbox, conversation, _ = at(people, service)
    keys = hands(inbox.page)
    keys.press("n")
    keys.write("Check the bank file.")
    keys.press("Escape", "Enter")
    expect(inbox.reply).to_be_focused()
    expect(inbox.reply).to_have_value("")
    keys.write("One moment, please.")
    keys.press("Escape", "n")
    expect(inbox.note).to_have_value("Check the bank file.")
    keys.press("Control+Enter")
    expect(inbox.page.locator(".entry.note").filter(has_text="Check the bank file.")).to_have_count(1)
    expect(inbox.page.locator(".pending")).to_have_count(0)
    kinds = {message["text"]: message["kind"] for message in service.messages(conversation)}
    assert kinds["Check the bank file."] == "note" and "One moment, please." not in kinds
    keys.press("Escape", "Enter")
    expect(inbox.reply).to_have_value("One moment, please.")


def test_a_draft_stays_with_its_conversation(people, service):
    inbox, conversation, _ = at(people, service)
    other, _ = service.answered("Somebody hacked my account!", "Tomas")
    inbox.reply.fill("About your card:")
    inbox.row("Tomas").click()
    expect(inbox.page).to_have_url(re.compile(other))
    expect(inbox.reply).to_have_value("")
    expect(inbox.row("Rui")).to_have_attribute("data-has-draft", "")
    inbox.page.reload()
    expect(inbox.reply).to_have_value("")
    inbox.row("Rui").click()
    words(inbox.reply).to_have_value("About your card:")
    inbox.reply.press("Control+Enter")
    expect(inbox.page.locator(".pending")).to_have_count(0)
    inbox.page.reload()
    expect(inbox.entry("About your card:")).to_have_count(1)
    expect(inbox.reply).to_have_value("")


def test_drafts_go_when_their_writer_signs_out(people, service):
    inbox, _, _ = at(people, service)
    inbox.reply.fill("Nobody else's business")
    inbox.page.get_by_role("button", name="Sign out").click()
    expect(inbox.page).to_have_url(re.compile("/sign-in"))
    assert "business" not in inbox.page.evaluate("JSON.stringify(localStorage)")


def test_the_palette_does_what_is_typed(people, service, hands):
    inbox, conversation, _ = at(people, service)
    keys = hands(inbox.page)
    keys.press("Control+k")
    palette = inbox.page.get_by_role("dialog", name="Every action")
    expect(palette.get_by_role("combobox")).to_be_focused()
    offered = palette.get_by_role("option").all_inner_texts()
    assert len(offered) >= 12 and any("Go to: Mine" in option for option in offered), offered
    keys.write("take")
    expect(palette.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(inbox.owner).to_contain_text("Yours")
    keys.press("Control+k")
    keys.write("go waiting")
    keys.press("Enter")
    expect(inbox.page).to_have_url(re.compile("queue=waiting"))
    keys.press("Control+k", "Escape")
    expect(palette).to_be_hidden()


def test_the_palette_offers_a_looker_on_nothing_that_changes_anything(people, service):
    inbox, _, _ = at(people, service)
    service.command("teammate", "role", "jonas", "read-only")
    looker = Inbox(people.page(inbox.page.url.removeprefix(service.origin)))
    sign_in(looker.page, "jonas")
    expect(looker.entry("about my card")).to_be_visible()
    looker.page.wait_for_load_state()
    looker.page.keyboard.press("Control+k")
    options = looker.page.get_by_role("dialog", name="Every action").get_by_role("option")
    expect(options.filter(has_text="Go to: Mine")).to_be_visible()
    offered = " ".join(options.all_inner_texts())
    for action in ["Take over", "Resolve", "Reply", "Note", "Assign", "tags"]:
        assert action not in offered, offered


def test_words_on_an_outdated_thread_come_back_with_what_was_missed(people, service):
    people.expects("409")
    inbox, conversation, _ = at(people, service)
    # A page that hears of nothing for a while: its stream and its reading are held up.
    inbox.page.route("**/inbox/*after=*", lambda route: route.abort())
    people.expects("ERR_FAILED")
    service.claim(conversation)
    service.note(conversation, "He is a VIP, be quick.", "jonas")
    inbox.reply.fill("Please wait.")
    inbox.page.locator("#last-seen").evaluate("field => { field.value = 1; }")
    inbox.reply.press("Control+Enter")
    expect(inbox.page.get_by_role("alert")).to_contain_text("while you wrote")
    expect(inbox.reply).to_have_value("Please wait.")
    expect(inbox.page.locator(".entry.missed")).to_contain_text("He is a VIP")
    assert "Please wait." not in [message["text"] for message in service.messages(conversation)]
    inbox.reply.press("Control+Enter")
    expect(inbox.entry("Please wait.")).to_have_count(1)
    expect(inbox.page.locator(".pending")).to_have_count(0)


def test_a_colleague_who_has_it_is_named_and_the_words_are_kept(people, service):
    people.expects("409", "ERR_FAILED")
    inbox, conversation, _ = at(people, service)
    inbox.page.route("**/inbox/*after=*", lambda route: route.abort())
    service.claim(conversation, "jonas")
    inbox.reply.fill("I will do it.")
    inbox.reply.press("Control+Enter")
    expect(inbox.page.get_by_role("alert")).to_contain_text("Jonas has this conversation")
    expect(inbox.reply).to_have_value("I will do it.")


def test_words_that_could_not_be_sent_are_sent_once_when_asked_again(people, service):
    people.expects("ERR_FAILED")
    inbox, conversation, _ = at(people, service)
    inbox.page.route("**/reply", lambda route: route.abort())
    inbox.reply.fill("It is on its way.")
    inbox.reply.press("Control+Enter")
    failed = inbox.page.locator(".pending")
    expect(failed).to_contain_text("Not sent")
    expect(inbox.reply).to_have_value("")
    inbox.page.reload()
    expect(failed).to_contain_text("It is on its way.")
    inbox.page.unroute("**/reply")
    # The answer gets lost: the words arrive all the same, and a second sending must not double them.
    inbox.page.route("**/reply", lambda route: (route.fetch(max_redirects=0), route.abort()))
    failed.get_by_role("button", name="Send again").click()
    service.until(lambda: "It is on its way." in [message["text"] for message in service.messages(conversation)])
    expect(failed).to_contain_text("Not sent")
    inbox.page.unroute("**/reply")
    failed.get_by_role("button", name="Send again").click()
    expect(failed).to_have_count(0)
    expect(inbox.entry("It is on its way.")).to_have_count(1)
    assert [message["text"] for message in service.messages(conversation)].count("It is on its way.") == 1


def test_two_pages_of_a_browser_share_one_stream_and_the_second_takes_it_over(people, service):
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    context = people.signed_in()
    streams = []
    context.on("request", lambda request: streams.append(request) if request.url.endswith("/v1/events") else None)
    first, second = context.new_page(), context.new_page()
    first.goto(f"{service.origin}/inbox/{conversation}")
    expect(first.get_by_role("log")).to_be_visible()
    second.goto(f"{service.origin}/inbox/{conversation}")
    service.say(conversation, token, "Are you there?")
    for page in [first, second]:
        expect(Inbox(page).entry("Are you there?")).to_have_count(1)
    assert len(streams) == 1
    first.close()
    service.say(conversation, token, "Still waiting.")
    expect(Inbox(second).entry("Still waiting.")).to_have_count(1)
    assert len(streams) == 2


# What the system would show and play is written down instead; whether somebody looks at the page is said by the test.
NOTICES = """
window.shown = []; window.played = 0; window.looking = false;
Document.prototype.hasFocus = () => window.looking;
window.Notification = class { static permission = "granted"; constructor(words, { tag }) { shown.push([words, tag]); } close() {} };
window.AudioContext = class extends AudioContext { constructor() { super(); played += 1; } };
"""


def test_whoever_does_not_look_is_told_once_for_a_browser_and_by_the_title(people, service, hands):
    context = people.signed_in()
    context.add_init_script(NOTICES)
    pages = [context.new_page(), context.new_page()]
    for page in pages:
        page.goto(f"{service.origin}/inbox")
        expect(page).to_have_title("Inbox - Quayside")
    keys = hands(pages[0])
    keys.press("?")
    keys.reach(pages[0].get_by_label("A sound when a customer needs a person")).press("Space")
    assert pages[0].evaluate("played") == 1, "as a sample"

    service.answered("Can I talk to a person about my card?", "Rui")
    service.until(lambda: any(page.evaluate("shown.length") for page in pages))
    for page in pages:
        expect(page).to_have_title("(1) Inbox - Quayside")
    assert sum((page.evaluate("shown") for page in pages), []) == [["A customer needs a person", "baton-needed"]]
    assert sum(page.evaluate("played") for page in pages) == 2

    pages[1].evaluate("looking = true")
    service.answered("Can I talk to a person about my card?", "Tomas")
    for page in pages:
        expect(page).to_have_title("(2) Inbox - Quayside")
    # Longer than one page waits for another to say that somebody looks at it.
    pages[0].wait_for_timeout(1000)
    assert sum(page.evaluate("shown.length") for page in pages) == 1
    assert sum(page.evaluate("played") for page in pages) == 2


def test_colleagues_see_who_looks_and_who_types(people, service):
    inbox, conversation, token = at(people, service)
    jonas = Inbox(people.teammate("jonas", f"/inbox/{conversation}"))
    expect(inbox.there).to_contain_text("Jonas is looking")
    expect(inbox.row("Rui").locator(".viewer")).to_contain_text("J")
    jonas.reply.press_sequentially("Hello")
    expect(inbox.there).to_contain_text("Jonas is typing a reply")
    service.api("PUT", f"/v1/conversations/{conversation}/typing", {}, token=token)
    expect(inbox.there).to_contain_text("Rui is typing")
    jonas.note.evaluate("field => field.form.parentElement.querySelector('#mode-note').click()")
    expect(inbox.there).not_to_contain_text("Jonas is typing a reply", timeout=15000)
    jonas.note.press_sequentially("Just a note")
    expect(inbox.there).not_to_contain_text("Jonas is typing")


def test_resolving_goes_on_to_the_next_and_can_be_undone(people, service, hands):
    inbox, conversation, keys = taken(people, service, hands)
    other, _ = service.answered("Somebody hacked my account!", "Tomas")
    keys.press("e")
    expect(inbox.page).to_have_url(re.compile(other))
    toast = inbox.page.locator("[data-toast]")
    expect(toast).to_contain_text("Closed: Rui")
    keys.reach_and_press(toast.get_by_role("button", name="Reopen"))
    expect(inbox.page).to_have_url(re.compile(conversation))
    expect(inbox.owner).to_contain_text("Yours")


def test_single_letters_can_be_switched_off(people, service, hands):
    inbox, conversation, _ = at(people, service)
    keys = hands(inbox.page)
    keys.press("?")
    keys.reach(inbox.page.get_by_label("Single letters are keys")).press("Space")
    keys.press("Escape", "t")
    inbox.page.reload()
    keys.press("t")
    expect(inbox.owner).to_contain_text("Needs a person")
    keys.press("Control+k")
    expect(inbox.page.get_by_role("dialog", name="Every action")).to_be_visible()


def test_the_held_back_draft_is_used_by_one_key(people, service, model, hands):
    with model.says(answer="Deposits need two confirmations.", confidence=3):
        inbox, _, _ = at(people, service, "How many confirmations does a Bitcoin deposit need?", "Ines")
    keys = hands(inbox.page)
    keys.press("Enter", "Tab")
    expect(inbox.reply).to_have_value("Deposits need two confirmations.")
    keys.press("Tab")
    expect(inbox.reply).not_to_be_focused()


def test_a_conversation_is_put_aside_and_taken_up_again_by_keys(people, service, hands):
    inbox, conversation, keys = taken(people, service, hands)
    keys.press("z")
    keys.reach_and_press(inbox.page.get_by_role("button", name="Tomorrow, 9:00"))
    expect(inbox.page.locator("[data-toast]")).to_contain_text("Put aside: Rui")
    keys.reach_and_press(inbox.page.locator("[data-toast]").get_by_role("button", name="Undo"))
    inbox.page.goto(f"{service.origin}/inbox/{conversation}?queue=mine")
    expect(inbox.owner).not_to_contain_text("put aside")
    assert service.api("GET", f"/v1/conversations/{conversation}").get("snoozed_until") is None


def test_a_ready_reply_is_found_by_name_and_sent(people, service, hands):
    service.api("POST", "/v1/macros", {"name": "On its way", "text": "It is on its way, {{customer}}. {{teammate}}", "resolve": True})
    inbox, conversation, _ = at(people, service)
    keys = hands(inbox.page)
    keys.press("Control+k")
    keys.write("Run: On its way")
    keys.press("Enter")
    expect(inbox.page.locator("[data-toast]")).to_contain_text("Closed: Rui")
    assert [message["text"] for message in service.messages(conversation)].count("It is on its way, Rui. Mara") == 1
    assert service.api("GET", f"/v1/conversations/{conversation}")["state"] == "resolved"


def test_two_conversations_of_one_customer_become_one_and_two_again(people, service, hands):
    part, _ = service.answered("Can I talk to a person about my late heron?", "Rui", "rui@example.com")
    whole, _ = service.answered("Can I talk to a person about my parcel?", "Rui", "rui@example.com")
    inbox = Inbox(people.teammate(path=f"/inbox/{whole}"))
    keys = hands(inbox.page)
    keys.reach_and_press(inbox.page.get_by_role("button", name="Merge into this"))
    expect(inbox.log).to_contain_text("about my late heron?")
    expect(inbox.page.locator("[data-toast]")).to_contain_text("Two conversations of Rui are one.")
    assert service.api("GET", f"/v1/conversations/{part}")["merged_into"] == whole
    inbox.page.goto(f"{service.origin}/inbox/{whole}?queue=mine")
    keys.reach_and_press(inbox.page.get_by_role("button", name="Separate"))
    expect(inbox.page.get_by_role("button", name="Merge into this")).to_be_visible()
    assert "merged_into" not in service.api("GET", f"/v1/conversations/{part}")


def test_an_answer_is_judged_by_one_press(people, service, hands):
    conversation, _ = service.answered("What does a withdrawal of bitcoin cost?", "Ines")
    inbox = Inbox(people.teammate(path=f"/inbox/{conversation}?queue=assistant"))
    keys = hands(inbox.page)
    keys.reach_and_press(inbox.log.get_by_role("button", name=re.compile("^Fixable")).first)
    expect(inbox.log.get_by_role("button", name=re.compile("^Fixable")).first).to_have_attribute("aria-pressed", "true")
