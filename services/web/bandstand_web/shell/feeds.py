"""What feeds of all kinds of rows share: their formats, and what each says of itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed

from bandstand.content.shown_language import shown_language
from bandstand_web.requests import PortalRequest

FEEDS = (("RSS", "rss"), ("Atom", "atom"), ("JSON Feed", "json"))  # name, and the end of the address

Feed = Atom1Feed | Rss201rev2Feed


def new_feed(kind: type[Feed], request: PortalRequest, *, title: str, page: str, **more: Any) -> Feed:
    """Return an RSS or Atom feed without items; `page` shows the same to people."""
    return kind(
        title=title,
        link=page,
        description=title,
        language=shown_language() or request.organization.language,
        feed_url=request.organization.url(request.get_full_path()),
        **more,
    )


def feed_response(feed: Feed) -> HttpResponse:
    """Return the response with an RSS or Atom feed."""
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def json_feed_response(
    request: PortalRequest, *, title: str, page: str, items: list[dict[str, Any]], **more: Any
) -> HttpResponse:
    """Return the response with a JSON Feed 1.1. Source: jsonfeed.org."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": page,
        "feed_url": request.organization.url(request.get_full_path()),
        "language": shown_language() or request.organization.language,
        **more,
        "items": items,
    }
    response = JsonResponse(feed, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/feed+json; charset=utf-8"
    return response
