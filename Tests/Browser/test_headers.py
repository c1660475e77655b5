"""The safety headers are on everything: pages, assets, the API, streams, refusals (FreeScout GHSA-2g42-f97q-973x: they were missing on one family of addresses)."""

import re

from pages import PAGES
from service import ROOT, SITE

CONTENT = ["default-src 'none'", "base-uri 'none'", "require-trusted-types-for 'script'", "form-action '"]


def check(answer, where, is_framed=False):
    status, headers, _ = answer
    policy = headers.get("Content-Security-Policy", "")
    if "sandbox" not in policy:
        for part in CONTENT:
            assert part in policy, f"{where} ({status}): {part} is missing in {policy!r}"
        assert "unsafe" not in policy and "*" not in policy, f"{where} ({status}): {policy!r}"
    assert ("frame-ancestors 'none'" in policy) != is_framed, f"{where} ({status}): {policy!r}"
    assert headers.get("X-Content-Type-Options") == "nosniff", f"{where} ({status})"
    assert headers.get("Referrer-Policy") in ("same-origin", "no-referrer"), f"{where} ({status})"
    assert headers.get("Cross-Origin-Opener-Policy") == "same-origin", f"{where} ({status})"
    assert headers.get("Cross-Origin-Resource-Policy"), f"{where} ({status})"
    assert headers.get("Permissions-Policy"), f"{where} ({status})"
    assert headers.get("Cache-Control"), f"{where} ({status})"
    assert "Server" not in headers, f"{where} ({status})"


def test_every_page_and_asset_carries_the_safety_headers(furnished):
    service, sessions = furnished.service, furnished.service.template.sessions
    for page in PAGES:
        cookies = sessions.get(page.who, [["baton-chat", furnished.token]] if page.who == "customer" else [])
        cookie = {"Cookie": "; ".join("=".join(pair) for pair in cookies)}
        path = page.path(furnished)
        answer = service.request("GET", path, headers=cookie | {"Accept": "text/html"}, follow=False)
        assert answer[0] == page.status, f"{path}: {answer[0]}"
        check(answer, path, page.is_chat)
        for link in set(re.findall(rb'(?:src|href)="(/[^"]+)"', answer[2])):
            if b"/assets/" in link or link.endswith(b".js"):
                asset = service.request("GET", link.decode())
                assert asset[0] == 200, link
                check(asset, link.decode())
                if asset[1].get("ETag"):
                    known = service.request("GET", link.decode(), headers={"If-None-Match": asset[1]["ETag"]})
                    assert known[0] == 304
                    check(known, link.decode())


def test_every_address_of_the_api_carries_them_whatever_it_answers(furnished):
    service = furnished.service
    described = service.api("GET", "/openapi.json")
    values = {"conversation": furnished.talking, "site": SITE, "collection": "help", "response": furnished.response}
    seen = set()
    for template, operations in described["paths"].items():
        path = re.sub(r"\{(\w+)\}", lambda place: values.get(place[1], "none"), template)
        for method in [*operations, "delete", "patch"]:
            if method not in ("get", "post", "put", "patch", "delete") or path.endswith("/events"):
                continue
            for headers in ({}, {"Authorization": f"Bearer {service.key}"} if method == "get" else {"Authorization": "Bearer bat_live_wrong"}):
                answer = service.request(method.upper(), path, None if method == "get" else b"{", headers, follow=False)
                seen.add(answer[0])
                check(answer, f"{method.upper()} {path}")
    for path, method in [("/nothing", "GET"), ("/%2e%2e/etc/passwd", "GET"), ("/inbox", "DELETE"), ("/assets/none.js", "GET"), ("/healthz", "GET"),
                         ("/readyz", "GET")]:
        answer = service.request(method, path, follow=False)
        seen.add(answer[0])
        check(answer, path)
    assert {200, 401, 404, 405} <= seen, seen


def test_a_stream_carries_them(furnished):
    import urllib.request
    request = urllib.request.Request(furnished.service.origin + "/v1/events", headers={"Authorization": f"Bearer {furnished.service.key}"})
    with urllib.request.urlopen(request, timeout=20) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        check((stream.status, stream.headers, b""), "/v1/events")


def test_no_page_has_a_script_or_style_of_its_own(furnished):
    """The policy would refuse them; a page that relies on one is broken before a browser says so."""
    for file in (ROOT / "Sources/Web").rglob("*.swift"):
        text = file.read_text()
        assert not re.search(r"<[a-z][^>]*\son[a-z]+=", text), f"{file.name} has an event handler in an attribute"
        assert "<style" not in text and not re.search(r"<[a-z][^>]*\sstyle=", text), f"{file.name} has a style of its own"
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), f"{file.name} has a script of its own"
