"""A school's website shows the portal's gigs: at another origin, without a cookie, as high as the list is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Product, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.long]

PAGE = """<!doctype html><html lang="en"><title>School</title><link rel="icon" href="data:,">
<iframe src="{frame}" title="Gigs" width="100%" height="480" frameborder="0" data-bandstand></iframe>
<script src="{script}" async></script></html>"""


@contextmanager
def website(page: str) -> Iterator[str]:
    """Serve a page, at an origin of its own; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://school.localhost:{server.server_port}/"
        server.shutdown()


def test_another_website_shows_the_gigs_as_high_as_they_are(product: Product, visitor: Callable[..., Visitor]) -> None:
    school = visitor(viewport={"width": 390, "height": 844})
    frame, script = (product.url(path, "demo") for path in ("/embed/gigs/?resize=1", "/embed/height.js"))
    with website(PAGE.format(frame=frame, script=script)) as address:
        school.page.goto(address)
        inside, around = school.page.frame_locator("iframe"), school.page.locator("iframe")
        expect(inside.locator(".gig-name").first).to_be_visible()
        expect(around).not_to_have_attribute("height", "480")
        before = around.get_attribute("height") or "0"
        content = inside.locator("html").evaluate("element => element.scrollHeight")

        school.page.evaluate("postMessage({ bandstandHeight: 9999 }, '*')")  # not by the frame
        school.page.evaluate("new Promise(requestAnimationFrame)")

        assert abs(int(before) - content) <= 2
        assert around.get_attribute("height") == before
        assert school.context.cookies() == []
