"""robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse


def robots_txt(closed: Iterable[str], *, sitemap: str) -> HttpResponse:
    """Return the file that keeps every robot out of the `closed` paths and says where the sitemap is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {sitemap}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
