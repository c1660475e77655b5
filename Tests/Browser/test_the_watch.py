"""The watch that every test stands under sees what it is there to see: a test that found nothing could have found something."""

import pytest

from people import People
from test_hostile_texts import IN_WORDS, SHAPES


@pytest.mark.parametrize("html, word", [
    ("<script>alert(1)</script>", "dialog: 1"),
    ("<script>console.error('broken')</script>", "console: broken"),
    ("<script>nothing.at.all()</script>", "exception"),
    ("<img src='https://evil.example/pixel.png'>", "request to another host: https://evil.example/pixel.png"),
    ("<link rel=stylesheet href='https://evil.example/x.css'>", "request to another host"),
    ("<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><script>1</script>", "content policy: script-src"),
])
def test_the_watch_sees(browser, service, elsewhere, html, word):
    people = People(browser, service, [elsewhere.site])
    elsewhere.pages["/watched"] = "<!doctype html><title>Watched</title>" + html
    page = people.context().new_page()
    page.goto(elsewhere.site + "/watched")
    page.wait_for_load_state("load")
    service.until(lambda: page.evaluate("1") and any(word in finding for finding in people.watch.findings))
    people.close()
    with pytest.raises(AssertionError):
        people.watch.check()


def test_a_pointer_is_counted_and_a_key_is_not(people, service):
    page = people.page("/sign-in")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert people.watch.pointers == 0
    page.get_by_label("E-mail").click()
    service.until(lambda: page.evaluate("1") and people.watch.pointers)


def test_an_element_that_came_of_words_changes_the_shape_of_a_page(people, service):
    opened = service.answered("Can I talk to a person about my card?", "Rui")
    page = people.teammate(path=f"/inbox/{opened[0]}")
    page.wait_for_load_state()
    shapes = page.evaluate(SHAPES, "html")
    assert page.evaluate(IN_WORDS) == []
    page.evaluate("document.querySelector('.words').append(document.createElement('img'))")
    assert page.evaluate(SHAPES, "html") != shapes
    assert len(page.evaluate(IN_WORDS)) == 1
