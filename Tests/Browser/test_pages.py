"""What holds on every page: accessible in both schemes, both directions, on a telephone and on a desk; nothing wider than the screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from pages import PAGES, routes

axe = Axe()
WIDTHS = {390: 800, 1280: 800}


def test_every_page_stands_in_the_table():
    listed = {page.route for page in PAGES}
    assert not routes() - listed, "pages that no test looks at: add them to pages.py"
    assert not listed - routes(), "pages that are gone: take them out of pages.py"


def violations(page):
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    # Targets of 24 pixels (WCAG 2.2, 2.5.8) are looked for only when asked.
    found = axe.run(page, options={"runOnly": tags, "rules": {"target-size": {"enabled": True}}}).response["violations"]
    return [f"{fault['id']}: {node['html'][:200]}" for fault in found for node in fault["nodes"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_accessible(page, furnished, visitors, shots):
    """axe finds nothing: light and dark, left to right and right to left, 390 and 1280 pixels wide."""
    if page.status != 200:
        visitors.expects(f"{page.status}")
    for width, height in WIDTHS.items():
        opened = furnished.open(visitors, page, viewport={"width": width, "height": height})
        opened.wait_for_load_state()
        for direction in ["ltr", "rtl"]:
            opened.evaluate("direction => { document.documentElement.dir = direction; }", direction)
            for scheme in ["light", "dark"]:
                opened.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                where = f"{page.name}-{width}-{scheme}-{direction}"
                shots(opened, where)
                assert violations(opened) == [], where
                moving = opened.evaluate("document.getAnimations().filter(one => one.playState === 'running').length")
                assert moving == 0, f"{where}: something moves although less motion was asked for"
        opened.context.close()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_never_wider_than_the_screen(page, furnished, visitors):
    """320 pixels, which are also 1280 at 400 %, and 640, which are 1280 at 200 %."""
    if page.status != 200:
        visitors.expects(f"{page.status}")
    for width in [320, 640]:
        opened = furnished.open(visitors, page, viewport={"width": width, "height": 640})
        beyond = opened.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{page.name} is {beyond} pixels wider than {width}"
        opened.context.close()


TARGETS = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, summary")]
    .filter(element => element.checkVisibility() && !element.closest("p, .words, .skip, noscript"))
    .map(element => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.height < 44 || box.width < 44)).map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_chat], ids=lambda page: page.name)
def test_everything_in_the_chat_can_be_touched(page, furnished, visitors):
    """44 pixels each way, as fingers on a telephone need (WCAG 2.5.5); links in running words excepted."""
    opened = furnished.open(visitors, page, viewport={"width": 390, "height": 800})
    opened.wait_for_load_state()
    assert opened.evaluate(TARGETS) == []
