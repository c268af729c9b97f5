"""Gigs for other programs: a calendar to subscribe to, and the list as Atom, RSS and JSON Feed.

All of a portal, or of one band or tour; with `?town=` those in one town. In the portal's language, whoever asks: what a
program fetched once is shown to everybody who uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.content.shown_language import shown_language
from bandstand.organizations.models import Organization
from bandstand.portals.presenting import portal_settings
from bandstand.tours.models import Tour
from bandstand_web.gigs.calendar_file import Calendar, calendar_feed
from bandstand_web.gigs.feed_items import FeedItem, feed_item
from bandstand_web.gigs.filtering import TOWN
from bandstand_web.gigs.portal.embeds import embed_of, frame
from bandstand_web.gigs.portal.selection import Selection, selected
from bandstand_web.icons import house_version
from bandstand_web.pagecache.pages import SLUG, anonymous_page, for_this_request_alone
from bandstand_web.requests import PortalRequest
from bandstand_web.shell.feeds import FEEDS, Feed, feed_response, json_feed_response, new_feed

# Programs that read feeds keep what they have seen; a page of a calendar to come is enough for them.
ITEMS = 200
ICON = "icon_512.png"

View = Callable[[PortalRequest, Selection], HttpResponse]


def _of_selection(view: View) -> Callable[..., HttpResponse]:
    """Let `view` answer for the portal, or for the band or tour with `slug`, in the portal's language."""

    @wraps(view)
    def answer(request: PortalRequest, slug: str = "", kind: type[Band | Tour] = Band) -> HttpResponse:
        of: Any = get_object_or_404(kind.objects.published(), slug=slug) if slug else None
        selection, town = selected(request, of), request.GET.get("town", "")
        if town:
            selection = selection.in_town(town)
        with translation.override(shown_language() or request.organization.language):
            response = view(request, selection)
        response["Access-Control-Allow-Origin"] = "*"  # it is public, and scripts of other websites may show it
        is_invented = bool(town) and not selection.gigs.exists()  # anybody can name a town
        return for_this_request_alone(response) if is_invented else response

    return anonymous_page(town=TOWN)(require_safe(answer))


@_of_selection
def calendar(request: PortalRequest, selection: Selection) -> HttpResponse:
    """Send the calendar: all gigs to come and those of the last twelve months."""
    about = calendar_of(request.organization, selection)
    gigs = selection.gigs.in_calendars().for_calendars()
    text = calendar_feed(gigs, about, withdrawn=selection.withdrawn)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


@_of_selection
def atom(request: PortalRequest, selection: Selection) -> HttpResponse:
    """Send the next gigs as Atom. Source: RFC 4287."""
    return _syndicated(request, selection, Atom1Feed)


@_of_selection
def rss(request: PortalRequest, selection: Selection) -> HttpResponse:
    """Send the next gigs as RSS 2.0."""
    return _syndicated(request, selection, Rss201rev2Feed)


@_of_selection
def json_feed(request: PortalRequest, selection: Selection) -> HttpResponse:
    """Send the next gigs as JSON Feed 1.1, with when and where as values of their own."""
    items = [item.as_json() for item in _items(request, selection)]
    return json_feed_response(request, title=_title(selection), page=selection.page, items=items)


@anonymous_page(band=SLUG, tour=SLUG)
@require_safe
def subscribe(request: PortalRequest) -> HttpResponse:
    """Show the ways to have the gigs, all or one band's or tour's (`?band=`, `?tour=`), in one's own calendar."""
    band, tour = _named(request, "band", Band), _named(request, "tour", Tour)
    of = band or tour
    prefix = "band_gigs" if band else "tour_gigs" if tour else "gigs"
    arguments = [of.slug] if of else []
    url = request.organization.url(reverse(f"{prefix}_calendar", args=arguments))
    webcal = f"webcal://{url.partition('://')[2]}"
    name = selected(request, of).name
    context = {
        "of": of,
        "url": url,
        "webcal": webcal,
        "google": f"https://calendar.google.com/calendar/render?{urlencode({'cid': webcal})}",
        "outlook": f"https://outlook.live.com/calendar/0/addfromweb?{urlencode({'url': url, 'name': name})}",
        "frame": frame(embed_of(request, of), name),
        "feeds": [(word, reverse(f"{prefix}_{kind}", args=arguments)) for word, kind in FEEDS],
    }
    return render(request, "gigs/portal/subscribe.html", context)


def calendar_of(organization: Organization, selection: Selection) -> Calendar:
    """Return what the calendar of `selection` says of itself."""
    settings = portal_settings(organization)
    icon = f"{reverse(ICON)}?v={settings.icons_version or house_version()}"
    return Calendar(
        name=selection.name,
        url=selection.page,
        base=organization.url(""),
        language=shown_language() or organization.language,
        colour=settings.palette.light.text,
        picture=organization.url(icon),
    )


def _named(request: PortalRequest, parameter: str, kind: type[Band | Tour]) -> Any:
    """Return the band or tour whose slug the parameter names; None without it. Raises Http404."""
    slug = request.GET.get(parameter, "")
    return get_object_or_404(kind.objects.published(), slug=slug) if slug else None


def _title(selection: Selection) -> str:
    return _("%(name)s: gigs") % {"name": selection.name}


def _items(request: PortalRequest, selection: Selection) -> list[FeedItem]:
    gigs = selection.gigs.upcoming().for_visitors()[:ITEMS]
    return [feed_item(gig, base=request.organization.url("")) for gig in gigs]


def _syndicated(request: PortalRequest, selection: Selection, kind: type[Feed]) -> HttpResponse:
    feed = new_feed(kind, request, title=_title(selection), page=selection.page)
    for item in _items(request, selection):
        feed.add_item(
            title=item.title,
            link=item.url,
            description=item.html,
            unique_id=item.id,
            unique_id_is_permalink=False,
            pubdate=item.created,
            updateddate=item.changed,
            categories=item.bands,
        )
    return feed_response(feed)
