"""Files that customers send are bytes to keep, never pages of ours."""

import pytest

FILES = {
    "a drawing with a script": ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "a page": ("x.html", b"<!doctype html><script>alert(1)</script><img src=https://evil.example/pixel.png>"),
    "a page that says it is a picture": ("x.png", b"<html><body onload=alert(1)>"),
    "a text with a hostile name": ('"><img src=x onerror=alert(1)>.txt', b"nothing but words"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_opened_runs_nothing(people, service, what):
    name, content = FILES[what]
    conversation, token = service.answered("Can I talk to a person about my card?", "Rui")
    file = service.attach(conversation, token, name, content)
    # The thread shows the name as words.
    page = people.teammate(path=f"/inbox/{conversation}")
    page.get_by_text("Here it is.").first.wait_for()
    # Opened by its address, it is a download or words.
    page = people.teammate(path="/inbox")
    try:
        page.goto(f"{service.origin}/v1/attachments/{file}")
    except Exception as fault:
        assert "Download is starting" in str(fault) or "ERR_ABORTED" in str(fault), fault
        return
    assert page.locator("script, svg, img").count() == 0
