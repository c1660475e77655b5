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


def test_a_teammate_who_signs_out_is_out(people):
    page = people.page("/sign-in")
    sign_in(page, "jonas")
    expect(page).to_have_url(re.compile("/inbox"))
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto(people.service.origin + "/inbox")
    expect(page).to_have_url(re.compile("/sign-in"))
