"""Teammates at the door."""

import re

from playwright.sync_api import expect

from people import PASSWORD, sign_in


def test_a_wrong_password_is_told_and_the_right_one_leads_to_the_inbox(people, hands):
    people.expects("401")
    page = people.page("/inbox")
    expect(page).to_have_url(re.compile("/sign-in"))
    keys = hands(page)
    keys.reach(page.get_by_label("E-mail"))
    keys.write("mara@quayside.example")
    keys.press("Tab")
    keys.write("wrong")
    keys.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    keys.reach(page.get_by_label("Password", exact=True))
    keys.write(PASSWORD)
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/inbox"))


def test_a_password_can_be_looked_at_and_is_hidden_again_when_it_is_sent(people, hands):
    people.expects("401")
    page = people.page("/sign-in")
    keys = hands(page)
    keys.reach(page.get_by_label("E-mail"))
    keys.write("mara@quayside.example")
    field = page.get_by_label("Password", exact=True)
    keys.reach(field)
    keys.write("seven brown herons")
    expect(field).to_have_attribute("type", "password")
    show = page.get_by_role("button", name="Show what is typed")
    keys.reach_and_press(show)
    expect(field).to_have_attribute("type", "text")
    expect(show).to_have_attribute("aria-pressed", "true")
    keys.reach_and_press(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "password")


def test_the_caps_key_is_told(people):
    page = people.page("/sign-in")
    field = page.get_by_label("Password", exact=True)
    # A real keyboard's lock cannot be pressed by a program; what it sends can.
    press = "(field, on) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', modifierCapsLock: on}))"
    field.evaluate(f"field => ({press})(field, {str(True).lower()})")
    expect(page.get_by_text("Caps Lock is on.")).to_be_visible()
    field.evaluate(f"field => ({press})(field, {str(False).lower()})")
    expect(page.get_by_text("Caps Lock is on.")).to_have_count(0)


def test_a_teammate_who_signs_out_is_out(people):
    page = people.page("/sign-in")
    sign_in(page, "jonas")
    expect(page).to_have_url(re.compile("/inbox"))
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto(people.service.origin + "/inbox")
    expect(page).to_have_url(re.compile("/sign-in"))
