"""What a page costs to load: bytes as gzip makes them, requests, and nothing kept in the browser that was not asked for."""

import gzip

import pytest

from pages import PAGES

STAFF_PAGE = 60 << 10


def weigh(context, act):
    """What is loaded while `act(page)` runs: (address, bytes as gzip makes them) for each request."""
    page = context.new_page()
    answers, asked = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: answers.append(answer))
    act(page)
    weights = []
    for answer in answers:
        # A stream has no end to wait for.
        if answer.headers.get("content-type", "").startswith("text/event-stream") or answer.status in (204, 303, 304):
            weights.append((answer.url, 0))
        else:
            weights.append((answer.url, len(gzip.compress(answer.body(), 6))))
    assert len(weights) >= 1
    return weights, asked


@pytest.mark.parametrize("page", [page for page in PAGES if not page.is_chat], ids=lambda page: page.name)
def test_a_page_of_the_team_is_light(page, furnished, visitors):
    if page.status != 200:
        visitors.expects(str(page.status))
    context = visitors.signed_in(page.who) if page.who else visitors.context()

    def visit(opened):
        opened.goto(furnished.service.origin + page.path(furnished))
        opened.wait_for_load_state()

    weights, _ = weigh(context, visit)
    total = sum(size for _, size in weights)
    assert total <= STAFF_PAGE, f"{page.name} takes {total} bytes: {weights}"
