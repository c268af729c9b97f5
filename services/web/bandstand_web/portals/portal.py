"""How a portal looks beyond its pages: colours, as a style sheet so that no style is inline; icons; manifest."""

from __future__ import annotations

from django.conf import settings as deployment
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from bandstand.database.connection import connection
from bandstand.media.links import picture_links, picture_url
from bandstand.portals.colour import LIGHT, parse_colour
from bandstand.portals.index_now import key_of
from bandstand.portals.presenting import portal_settings
from bandstand.portals.theme import theme_sheet, theme_version
from bandstand_web import icons
from bandstand_web.pagecache.pages import anonymous_page
from bandstand_web.picture_files import send_picture
from bandstand_web.query_values import ImpossibleValueError, number
from bandstand_web.requests import PortalRequest

SCHEMES = ("light", "dark")
SHEET = "text/css; charset=utf-8"


@require_safe
def theme(request: PortalRequest) -> HttpResponse:
    """Send the design, in both schemes or in `?scheme=`; with its version in `?v=` it may be kept for good.

    Frames on other websites name a colour of their own by `?accent=`.
    """
    design = portal_settings(request.organization).design
    if accent := request.GET.get("accent", ""):
        design = design.in_colour(_colour(accent))
    keep = icons.LASTING if number(request, "v") == theme_version(design) else "no-cache"
    scheme = request.GET.get("scheme", "")
    sheet = theme_sheet(design, scheme if scheme in SCHEMES else "")
    return HttpResponse(sheet, content_type=SHEET, headers={"Cache-Control": keep})


def _colour(accent: str) -> str:
    """Return the colour in an address. Raises ImpossibleValueError."""
    try:
        parse_colour(accent)
    except ValidationError:
        raise ImpossibleValueError("there is no such colour") from None
    return accent


@require_safe
def icon(request: PortalRequest, file: str) -> HttpResponseBase:
    """Send the portal's icon, or the platform's while the portal has none."""
    settings = portal_settings(request.organization)
    if not settings.icons:
        return icons.send_house_icon(file, cache_control="no-cache")
    keep = icons.LASTING if request.GET.get("v") == settings.icons_version else icons.PASSING
    path = f"{settings.icons}/{file}"
    if deployment.MEDIA_HOST:
        with picture_links(last=True):  # the same for everybody, so that the way there can be kept
            answer = redirect(picture_url(path))
        answer["Cache-Control"] = keep
        return answer
    return send_picture(request, path, schema=connection.schema_name, cache_control=keep)


@require_safe
def index_now_key(request: PortalRequest) -> HttpResponse:
    """Send the key by which search engines know that the portal itself tells them. Raises Http404 where it doesn't."""
    if not (deployment.INDEX_NOW_URL and portal_settings(request.organization).tells_search_engines):
        raise Http404
    return HttpResponse(key_of(request.organization), content_type="text/plain; charset=utf-8")


@anonymous_page()
@require_safe
def manifest(request: PortalRequest) -> HttpResponse:
    """Send name, colours and icons, for whoever puts the portal on a home screen."""
    settings, organization = portal_settings(request.organization), request.organization
    return icons.manifest(
        name=organization.name,
        language=organization.language,
        version=settings.icons_version or icons.house_version(),
        background=LIGHT.paper,
        bar=settings.palette.light.bar,
    )
