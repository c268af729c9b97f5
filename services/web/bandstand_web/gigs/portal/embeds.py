"""Gigs within a page of another website: a frame that needs no script, sets no cookie and knows nobody.

Bands and tours are named by their `uid`, so that code pasted years ago shows them whatever they are called now. A
website that wants the frame as high as its content asks for the frame's one script, and has one of its own for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from bandstand.bands.models import Band
from bandstand.portals.named_colours import NAMED_COLOURS
from bandstand.portals.presenting import portal_settings
from bandstand.portals.theme import theme_version
from bandstand.tours.models import Tour
from bandstand_web.gigs.portal.selection import selected
from bandstand_web.page_languages import urls_for
from bandstand_web.pagecache.pages import anonymous_page, for_nobody, for_this_request_alone
from bandstand_web.query_values import number
from bandstand_web.requests import PortalRequest

LANGUAGES = "|".join(code for code, _name in settings.LANGUAGES)
NUMBER = "[1-9]|[1-4][0-9]|50"
USUAL_NUMBER, MOST = 10, 50
WIDTH, HEIGHT = 600, 480
# Nothing but text, its style and fonts; any website may frame it. It needs no script and posts nothing.
POLICY = "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
ITS_SCRIPT = "; script-src 'self'"
# At an address that stays: pasted code names it for years, and static files' addresses change with their content.
HEIGHT_SCRIPT = (Path(__file__).parents[2] / "static" / "js" / "embed-height.js").read_text(encoding="utf-8")
COLOUR = "[0-9a-fA-F]{6}|[0-9a-fA-F]{3}"
_WITH_EMBED: dict[str, type[Band | Tour]] = {"band": Band, "tour": Tour}  # by the names of their pages
_NAMED = frozenset(colour.removeprefix("#") for colour, _name in NAMED_COLOURS)


@dataclass(frozen=True)
class Embed:
    """What the code in a website asks for; what isn't given is as the portal and the visitor have it."""

    number: int = USUAL_NUMBER
    theme: str = ""
    language: str = ""
    accent: str = ""  # digits without `#`
    resizes: bool = False

    def query(self) -> str:
        """Return the query of the frame's address, with `?` before it, without what is usual."""
        given = {
            "number": "" if self.number == USUAL_NUMBER else self.number,
            "theme": self.theme,
            "language": self.language,
            "accent": self.accent,
            "resize": "1" if self.resizes else "",
        }
        chosen = urlencode({name: value for name, value in given.items() if value})
        return f"?{chosen}" if chosen else ""


@for_nobody
@anonymous_page(language=LANGUAGES, number=NUMBER, theme="light|dark", accent=COLOUR, resize="1")
@require_safe
@xframe_options_exempt
def gigs(request: PortalRequest, uid: UUID | None = None, kind: type[Band | Tour] = Band) -> HttpResponse:
    """Show the next gigs, all or one band's or tour's: `?number=` of them, `?theme=` light or dark, in `?language=`.

    `?accent=` is another colour than the portal's; with `?resize=1` the frame tells its height.
    """
    of: Any = get_object_or_404(kind.objects.published(), uid=uid) if uid else None
    selection = selected(request, of)
    accent, resizes = request.GET.get("accent", "").lower(), bool(request.GET.get("resize"))
    design = portal_settings(request.organization).design
    context = {
        "accent": accent,
        "theme_version": theme_version(design.in_colour(accent)) if accent else "",
        "resizes": resizes,
        "gigs": selection.gigs.upcoming().for_rows()[: number(request, "number") or USUAL_NUMBER],
        "name": selection.name,
        "page": selection.page,
        "scheme": request.GET.get("theme", ""),
    }
    with translation.override(request.GET.get("language") or request.organization.language):
        response = render(request, "gigs/portal/embed.html", context)
    response["Content-Security-Policy"] = POLICY + (ITS_SCRIPT if resizes else "")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    is_invented = bool(accent) and accent not in _NAMED  # there are 16 million
    return for_this_request_alone(response) if is_invented else response


@require_safe
def height_script(_request: HttpRequest) -> HttpResponse:
    """Send the script for pages of other websites that gives frames the height of their content."""
    response = HttpResponse(HEIGHT_SCRIPT, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=86400"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def frame(address: str, name: str, *, script: str = "") -> SafeString:
    """Return the HTML that shows the embed at `address` in another website, as high as its content with a `script`."""
    html = (
        '<iframe src="{}" title="{}" width="100%" height="{}" frameborder="0" data-bandstand loading="lazy"></iframe>'
    )
    title = _("%(name)s: gigs") % {"name": name}
    return format_html(html + ('\n<script src="{}" async></script>' if script else ""), address, title, HEIGHT, script)


def embed_of(request: PortalRequest, of: Band | Tour | None) -> str:
    """Return the address of the embed of the portal, or of a band or a tour."""
    name = "tour_gigs_embed" if isinstance(of, Tour) else "band_gigs_embed"
    path = reverse(name, args=[of.uid]) if of else reverse("gigs_embed")
    return request.organization.url(path)


@anonymous_page(url=r"https?://[^\x00-\x20\x7f]{1,300}", format="json")
@require_safe
def oembed(request: PortalRequest) -> HttpResponse:
    """Tell a website how to show the gigs of the page at `?url=`. Source: oembed.com."""
    of = _shown_at(urlsplit(request.GET.get("url", "")).path)
    name = selected(request, of).name
    answer = JsonResponse(
        {
            "version": "1.0",
            "type": "rich",
            "title": name,
            "provider_name": request.organization.name,
            "provider_url": request.organization.url(),
            "html": frame(embed_of(request, of), name),
            "width": WIDTH,
            "height": HEIGHT,
        }
    )
    answer["Access-Control-Allow-Origin"] = "*"
    return for_this_request_alone(answer)


def _shown_at(path: str) -> Band | Tour | None:
    """Return the band or tour whose page is at `path`; None for the page of all gigs. Raises Http404 for any other."""
    try:
        match = resolve(path, urls_for(path))
    except Resolver404:
        raise Http404 from None
    if match.url_name in _WITH_EMBED:
        rows: Any = _WITH_EMBED[match.url_name].objects.published()
        return get_object_or_404(rows, slug=match.kwargs["slug"])  # type: ignore[no-any-return]
    if match.url_name not in {"gigs", "home"}:
        raise Http404
    return None
