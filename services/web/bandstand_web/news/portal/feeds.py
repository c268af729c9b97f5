"""News for feed readers, of a portal, a band or a tag: RSS 2.0, Atom and JSON Feed, each with the whole text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.content.plain_text import one_line
from bandstand.content.shown_language import shown_language
from bandstand.media.uses import pictures_in
from bandstand.news.models import Post, PostQuerySet
from bandstand_web.news.rendering import Pictures, feed_html, picture_address, shown_picture
from bandstand_web.pagecache.pages import anonymous_page, for_programs, for_this_request_alone, is_opened_in_browser
from bandstand_web.requests import PortalRequest
from bandstand_web.shell.feeds import FEEDS, feed_response, json_feed_response, new_feed

# Programs that read feeds keep what they have seen.
ITEMS = 30
TAG = r"[^\x00-\x1f\x7f]{1,40}"
MEDIA_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


@dataclass(frozen=True)
class FeedSubject:
    """What a feed is about: its title, the page that shows the same, what identifies it, and its posts."""

    title: str
    page: str
    uid: str
    since: datetime
    posts: PostQuerySet = field(repr=False)


View = Callable[[PortalRequest, FeedSubject], HttpResponse]


class RssOfNews(Rss201rev2Feed):
    """RSS 2.0 with the whole text beside the summary. Source: rssboard.org, RSS 2.0, and RSS 1.0's module “content”."""

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: Any, item: Any) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["html"])

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else self.feed["since"]


class AtomOfNews(Atom1Feed):
    """Atom with the whole text beside the summary. Source: RFC 4287."""

    def add_item_elements(self, handler: Any, item: Any) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["html"], {"type": "html", "xml:lang": item["language"]})

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else self.feed["since"]


def _of_subject(view: View) -> Callable[..., HttpResponse]:
    """Let `view` answer for the portal or the band with `slug`, whole or with a tag, in the portal's language."""

    @wraps(view)
    def answer(request: PortalRequest, slug: str = "") -> HttpResponse:
        band = get_object_or_404(Band.objects.published(), slug=slug) if slug else None
        tag = request.GET.get("tag", "").lower()
        if is_opened_in_browser(request):
            return _for_people(request, subject_of(request, band, tag))
        with translation.override(shown_language() or request.organization.language):
            subject = subject_of(request, band, tag)
            response = view(request, subject)
        response["Access-Control-Allow-Origin"] = "*"  # it is public, and scripts of other websites may show it
        patch_vary_headers(response, ["Sec-Fetch-Dest"])
        is_invented = bool(tag) and not subject.posts.exists()  # anybody can name a tag
        return for_this_request_alone(response) if is_invented else response

    return for_programs(anonymous_page(tag=TAG)(require_safe(answer)))


def subject_of(request: PortalRequest, band: Band | None, tag: str) -> FeedSubject:
    """Return what a feed of these posts says of itself. Costs no query."""
    organization, posts = request.organization, Post.objects.published()
    name, wanted = organization.name, {}
    if band:
        posts, name, wanted = posts.of_band(band), band.name, {"band": band.slug}
    uid = f"urn:uuid:{band.uid if band else organization.uid}"  # whatever the portal's address. Source: RFC 4122, 3
    if tag:
        posts, name, wanted = posts.tagged(tag), f"{name} ({tag})", {**wanted, "tag": tag}
        uid = organization.url(f"{request.path}?{urlencode({'tag': tag})}")
    page = organization.url(reverse("news") + (f"?{urlencode(wanted)}" if wanted else ""))
    return FeedSubject(_("%(name)s: news") % {"name": name}, page, uid, organization.created_at, posts)


@_of_subject
def rss(request: PortalRequest, subject: FeedSubject) -> HttpResponse:
    """Send the latest posts as RSS 2.0."""
    return _syndicated(request, subject, RssOfNews)


@_of_subject
def atom(request: PortalRequest, subject: FeedSubject) -> HttpResponse:
    """Send the latest posts as Atom."""
    return _syndicated(request, subject, AtomOfNews)


@_of_subject
def json_feed(request: PortalRequest, subject: FeedSubject) -> HttpResponse:
    """Send the latest posts as JSON Feed 1.1."""
    base = request.organization.url("")
    items = [_json_item(post, pictures, base) for post, pictures in _latest(subject)]
    authors = [{"name": request.organization.name, "url": base}]
    return json_feed_response(request, title=subject.title, page=subject.page, authors=authors, items=items)


def feed_links(band: Band | None = None, tag: str = "") -> list[tuple[str, str, str]]:
    """Return name, path and media type of the feeds of a portal, a band or a tag."""
    prefix, arguments = ("band_news", [band.slug]) if band else ("news", [])
    query = f"?{urlencode({'tag': tag})}" if tag else ""
    return [(name, reverse(f"{prefix}_{kind}", args=arguments) + query, MEDIA_TYPES[kind]) for name, kind in FEEDS]


def _for_people(request: PortalRequest, subject: FeedSubject) -> HttpResponse:
    """Show who opens a feed in a browser what it is for. Browsers show feeds as code, and don't apply XSLT any more."""
    address = request.organization.url(request.get_full_path())
    posts = subject.posts.latest_first().for_visitors()[:ITEMS]
    return render(request, "news/portal/feed.html", {"subject": subject, "address": address, "posts": posts})


def _latest(subject: FeedSubject) -> list[tuple[Post, Pictures]]:
    """Return the posts with the pictures of their texts, which are read at once."""
    posts = list(subject.posts.latest_first().for_visitors()[:ITEMS])
    pictures = pictures_in("\n".join(post.text for post in posts))
    return [(post, pictures) for post in posts]


def _syndicated(request: PortalRequest, subject: FeedSubject, kind: type[RssOfNews | AtomOfNews]) -> HttpResponse:
    base = request.organization.url("")
    feed = new_feed(
        kind,
        request,
        title=subject.title,
        page=subject.page,
        author_name=request.organization.name,
        feed_guid=subject.uid,
        since=subject.since,
    )
    for post, pictures in _latest(subject):
        feed.add_item(
            title=one_line(post.title),
            link=f"{base}{post.get_absolute_url()}",
            description=escape(post.description),  # readers take it for HTML
            unique_id=f"urn:uuid:{post.uid}",
            unique_id_is_permalink=False,
            author_name=post.author or None,
            pubdate=post.shown_since,
            updateddate=post.changed_at,
            categories=[*post.tags, *(band.name for band in post.bands.all())],
            html=feed_html(post, pictures, base=base),
            language=post.language_of("text"),
        )
    return feed_response(feed)


def _json_item(post: Post, pictures: Pictures, base: str) -> dict[str, Any]:
    picture = shown_picture(post)
    said = {
        "id": f"urn:uuid:{post.uid}",
        "url": f"{base}{post.get_absolute_url()}",
        "title": post.title,
        "summary": post.description,
        "content_html": feed_html(post, pictures, base=base),
        "image": f"{base}{picture_address(post, picture)}" if picture else "",
        "date_published": post.shown_since.isoformat(),
        "date_modified": post.changed_at.isoformat(),
        "authors": [{"name": post.author}] if post.author else [],
        "tags": [*post.tags, *(band.name for band in post.bands.all())],
        "language": post.language_of("text"),
    }
    return {name: value for name, value in said.items() if value}
