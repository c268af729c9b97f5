"""Template tags for gigs in lists, available in every template without `{% load %}`; see shell/row_tags.py."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand.gigs.statuses import Status
from bandstand_web.shell.language_tags import in_language

register = template.Library()

_ELSEWHERE = SafeString(' target="_blank" rel="noopener"')
_NOTHING = SafeString()


@register.simple_tag
def gig_row(gig: Gig, *, level: int | str = 3, in_frame: object = False) -> SafeString:
    """Return a gig in a list, for gigs of `for_visitors()`.

    `level`: of its heading; `in_frame`: it stands on another website, whose frame links leave.
    """
    level = level or 3
    return format_html(
        '<article class="gig-row{}">{}<div><h{} class="gig-name"><a href="{}"{}><bdi{}>{}</bdi></a></h{}>'
        '<p class="gig-place">{} <span class="muted figures">{}</span></p></div>'
        '<div class="gig-aside">{}</div></article>',
        _NOTHING if gig.takes_place else " is-off",
        gig_date(gig, short=True),
        level,
        gig.get_absolute_url(),
        _ELSEWHERE if in_frame else _NOTHING,
        in_language(gig, "title") if gig.title else _NOTHING,
        gig.headline,
        level,
        gig_place(gig),
        gig_time(gig, "span"),
        gig_state(gig, in_frame=in_frame),
    )


@register.simple_tag
def gig_date(gig: Gig, *, short: bool = False) -> SafeString:
    """Return a gig's date as a graphic, in the venue's time zone; `short`: month and weekday are abbreviated."""
    styles = ("month-short", "weekday-short") if short else ("month", "weekday")
    return format_html(
        '<time class="gig-date" datetime="{}"><b>{}</b> <span>{}</span> <span>{}</span></time>',
        *(gig_time(gig, style) for style in ("machine", "day-number", *styles)),
    )


@register.simple_tag
def gig_place(gig: Gig) -> SafeString | str:
    """Return where a gig is, in one line."""
    if not gig.venue:
        return _("Private event")
    return format_html("<bdi>{}</bdi>, <bdi>{}</bdi>", gig.venue, gig.town)


@register.simple_tag
def gig_state(gig: Gig, *, in_frame: object = False) -> SafeString:
    """Return what a visitor should know before going; in a frame without the link to tickets."""
    if gig.status == Status.CANCELLED:
        return _tag("bad", _("Cancelled"))
    if gig.status == Status.POSTPONED:
        return _tag("warn", _("Postponed"))
    if gig.status == Status.SOLD_OUT:
        return _tag("loud", _("Sold out"))
    if in_frame or not gig.sells_tickets:
        return _NOTHING
    link = '<a class="button button--quiet button--small" href="{}" rel="noopener">{}</a>'
    return format_html(link, gig.ticket_url, _("Tickets"))


def _tag(tone: str, text: str) -> SafeString:
    return format_html('<span class="tag is-{}">{}</span>', tone, text)
