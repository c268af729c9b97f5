"""Where a form leads back to."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest


def page_before(request: HttpRequest) -> str:
    """Return the path and query of the page that the form stands on; "" unless it is known to be on this host."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host() or not page.path.startswith("/") or page.path.startswith("//"):
        return ""
    return page.path + (f"?{page.query}" if page.query else "")
