"""Template tags for gigs in tables of the team, available in every template without `{% load %}`; see row_tags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand.gigs.statuses import Status
from bandstand_web.shell.row_tags import (
    Heard,
    heard,
    last_change,
    publish_button,
    row_link,
    row_page,
    row_state,
    row_url,
    tag,
)

register = template.Library()


@register.simple_tag
def gig_cells(gig: Any, *, may_add: object = False) -> SafeString:
    """Return a gig's cells, for gigs of `for_table()` or `for_listing()` with `may_change`."""
    headline = gig.headline
    name = format_html("<bdi>{}</bdi>", headline)
    return format_html(
        '<td class="figures">{}</td><th scope="row">{}</th><td><bdi>{}</bdi>, <bdi>{}</bdi></td><td>{} {}</td>'
        '<td class="actions">{}</td>',
        gig_time(gig, "short"),
        format_html('<a href="{}">{}</a>', row_url("backstage:gig_edit", gig), name) if gig.may_change else name,
        gig.venue,
        gig.town,
        gig_marks(gig),
        last_change(gig, "backstage:gig_history"),
        _joined(_actions(gig, heard(headline), may_add=bool(may_add))),
    )


@register.simple_tag
def gig_marks(gig: Gig) -> SafeString:
    """Return what the team should know of a gig at a glance."""
    marks = [row_state(gig)]
    if gig.status != Status.SCHEDULED:
        marks.append(tag(gig.standing, "warn"))
    if gig.is_private:
        marks.append(tag(_("private event"), "quiet"))
    return _joined(marks)


def _actions(gig: Any, of: Heard, *, may_add: bool) -> Iterator[SafeString]:
    yield row_page(gig, of)
    yield row_link("backstage:gig_sheet", gig, _("Day sheet"), of)
    if may_add:
        yield row_link("backstage:gig_copy", gig, _("Copy"), of)
    if may_add and gig.band_names:
        yield row_link("backstage:gig_times", gig, _("Set times"), of)
    if gig.may_change and not gig.is_of_team:
        yield publish_button("backstage:gig_publish", gig, of)


def _joined(parts: Iterator[SafeString] | list[SafeString]) -> SafeString:
    return mark_safe(" ".join(parts))  # noqa: S308 # each of them is
