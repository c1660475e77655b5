"""One's own account and the team, by keyboard."""

import re

from playwright.sync_api import expect

from people import PASSWORD


def test_signing_out_everywhere_ends_the_other_browser(people, service, hands):
    here = people.teammate("mara", "/account")
    there = people.page("/account")
    other = hands(there)
    other.reach(there.get_by_label("E-mail"))
    other.write("mara@quayside.example")
    other.press("Tab")
    other.write(PASSWORD)
    other.press("Enter")
    # Whoever signs in gets where they wanted.
    expect(there).to_have_url(re.compile("/account$"))
    keys = hands(here)
    keys.reach_and_press(here.get_by_role("button", name="Sign out everywhere"))
    expect(here).to_have_url(re.compile("/sign-in"))
    there.reload()
    expect(there).to_have_url(re.compile("/sign-in"))


def test_an_owner_invites_a_colleague_by_keyboard(people, service, hands):
    page = people.teammate("mara", "/inbox")
    keys = hands(page)
    keys.reach_and_press(page.get_by_role("link", name="Team", exact=True))
    keys.reach_and_press(page.get_by_role("button", name=re.compile("^(Invite|New password link) Edda")))
    expect(page.get_by_label("Link")).to_have_value(re.compile("/invitation#bati_"))
    page.goto(service.origin + "/team")
    expect(page.get_by_label("Link")).to_have_count(0)
