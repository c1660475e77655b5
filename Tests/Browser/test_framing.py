"""Whose pages may show ours in a frame, where they can be laid under a visitor's clicks."""

import pytest
from playwright.sync_api import expect

from people import People
from service import SITE

REFUSED = r"(?i)refused|frame-ancestors|X-Frame-Options|ERR_BLOCKED_BY_RESPONSE|Framing"


@pytest.fixture
def browsing(browser, service, elsewhere):
    """People who visit other web servers too."""
    people = People(browser, service, [elsewhere.site, elsewhere.stranger])
    yield people
    people.close()
    people.watch.check()


def framed(people, elsewhere, origin, path, name=None):
    """The frame on another site's page that shows a page of ours, or tries to."""
    elsewhere.pages["/frames"] = f'<!doctype html><title>Elsewhere</title><iframe src="{people.service.origin}{path}" title="framed"></iframe>'
    context = people.signed_in(name) if name else people.context()
    page = context.new_page()
    page.goto(origin + "/frames")
    page.wait_for_load_state()
    return page


def is_refused(page):
    return page.frames[1].url.startswith("chrome-error:") or page.frame_locator("iframe").locator("main").count() == 0


@pytest.mark.parametrize("path, name", [("/", None), ("/sign-in", None), ("/inbox", "mara"), ("/usage", "nuno"), ("/demo", None), ("/problems/not_found", None)])
def test_no_page_of_the_team_can_be_framed(browsing, elsewhere, path, name):
    browsing.expects(REFUSED)
    for origin in (elsewhere.site, elsewhere.stranger):
        assert is_refused(framed(browsing, elsewhere, origin, path, name)), f"{path} in a frame of {origin}"


def test_the_chat_can_be_framed_by_its_site(browsing, elsewhere):
    page = framed(browsing, elsewhere, elsewhere.site, f"/chat/{SITE}")
    expect(page.frame_locator("iframe").get_by_role("log")).to_be_visible()


def test_the_chat_cannot_be_framed_by_a_stranger(browsing, elsewhere):
    browsing.expects(REFUSED)
    assert is_refused(framed(browsing, elsewhere, elsewhere.stranger, f"/chat/{SITE}"))


def test_the_chat_cannot_be_framed_by_the_site_of_another(browsing, elsewhere):
    """The settings name the origin for one site; another site's chat is not for it."""
    browsing.expects(REFUSED)
    assert is_refused(framed(browsing, elsewhere, elsewhere.site, "/chat/quayside-developers"))
