"""Template tags for posters, available in every template without `{% load %}`; see shell/row_tags.py."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand.listings.showing import ListedBand
from bandstand_web.shell.language_tags import in_language
from bandstand_web.shell.picture_tags import picture

register = template.Library()

_SIZES = "(min-width: 78rem) 19rem, (min-width: 40rem) 45vw, 100vw"
_NOTHING = SafeString()


@register.simple_tag
def poster(band: Any, gig: Gig | None, *, level: int = 2) -> SafeString:
    """Return a band's poster, for bands of `for_posters()`, with its next gig; `level`: of the heading."""
    genres = ", ".join(band.told_genres)
    facts = [format_html("<bdi>{}</bdi>", fact) for fact in (genres, band.town) if fact]
    if gig:
        facts.append(_next(gig))
    return format_html(
        '<article class="poster"><h{} class="poster-name"><a href="{}"><bdi{}>{}</bdi></a></h{}>{}{}'
        '<ul class="poster-facts">{}</ul></article>',
        level,
        band.get_absolute_url(),
        in_language(band, "name"),
        band.name,
        level,
        picture(band.poster, name=band.name, sizes=_SIZES, quiet=True),
        stamp() if band.can_rock else _NOTHING,
        format_html_join("", "<li>{}</li>", ((fact,) for fact in facts)),
    )


@register.simple_tag
def listed_poster(band: ListedBand) -> SafeString:
    """Return the poster of another portal's band."""
    facts = [format_html("<bdi>{}</bdi>", band.home)]
    if band.next_gig:
        facts.append(_next(band.next_gig))
    return format_html(
        '<article class="poster"><h3 class="poster-name"><a href="{}" rel="noopener"><bdi>{}</bdi></a></h3>{}'
        '<ul class="poster-facts">{}</ul></article>',
        band.url,
        band.name,
        picture(band.poster, name=band.name, sizes=_SIZES, quiet=True),
        format_html_join("", "<li>{}</li>", ((fact,) for fact in facts)),
    )


@register.simple_tag
def stamp() -> SafeString:
    """Return the stamp on a band that can rock."""
    return format_html('<p class="stamp">{}</p>', _("This band can rock!"))


def _next(gig: Gig) -> SafeString:
    told = {"date": escape(gig_time(gig, "day")), "venue": format_html("<bdi>{}</bdi>", gig.venue)}
    sentence = _("Next: %(date)s, %(venue)s") if gig.venue else _("Next: %(date)s, private event")
    return format_html("<b>{}</b>", mark_safe(sentence % told))  # noqa: S308 # its parts are escaped
