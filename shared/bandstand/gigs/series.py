"""Gigs that were made together: what is changed of one is given to the others, but for those that have their own.

Nothing notes which gig was changed on its own. What most of a series have is the series' own, and whatever differs
from it was changed by somebody, in a form, by an import or otherwise, and stays. Dates stay always: of a start, the
time on the clock of the place is given, so that 20:00 is 20:00 in winter and in summer.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import Truncator, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.moments import Unreadable, place_in_zone
from bandstand.content.translated import name_of_version
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import clock_time
from bandstand.gigs.showing_values import gig_value

LINE_UP = "line_up"
START = "starts_at"
CLOCKS = (START, "doors_at", "ends_at")
# What is given as one: a price without its currency would be another price.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "venue": ("venue", "address", "town", "time_zone"),
    "status": ("status", "option", "status_note"),
    "price": ("price", "price_from", "price_to", "currency", "is_free"),
}
SINGLE = (
    *("title", "tour", "precision", "is_private", "ticket_url", "on_sale_at", "age_limit", "notes", "access_notes"),
    *("picture", "contact", "fee", "load_in_at", "soundcheck_at", "hotel", "team_notes"),
)
NAMES = (LINE_UP, *CLOCKS, *GROUPS, *SINGLE)
SHOWN_LENGTH = 60


class SeriesScope(models.TextChoices):
    """Which gigs get what was changed of one."""

    THIS = "this", gettext_lazy("This gig only")
    FOLLOWING = "following", gettext_lazy("This and the following ones")
    ALL = "all", gettext_lazy("All gigs of the series")


@dataclass
class Given:
    """What happens to one field of the others: which get it, which keep their own, and which can't have it."""

    name: str
    label: str
    text: str
    changed: list[Gig] = field(default_factory=list)
    own: list[Gig] = field(default_factory=list)
    refused: dict[Gig, str] = field(default_factory=dict)


def names_of(fields: Collection[str]) -> list[str]:
    """Return the names of what a series can have in common among `fields` of a gig, in their order."""
    grouped = {member: name for name, members in GROUPS.items() for member in members}
    grouped |= dict.fromkeys(("new_picture", "no_picture"), "picture")  # as forms have it
    written = {name_of_version(each) for each in fields}
    wanted = {grouped.get(each, each) for each in written}
    return [name for name in NAMES if name in wanted]


def others_of(gig: Gig, scope: str, gigs: models.QuerySet[Gig]) -> models.QuerySet[Gig]:
    """Return those of `gigs` to which a change of `gig` is given, in the order of their dates."""
    if gig.series is None or scope == SeriesScope.THIS:
        return gigs.none()
    others = gigs.filter(series=gig.series).exclude(pk=gig.pk)
    if scope == SeriesScope.FOLLOWING:
        later = models.Q(starts_at__gt=gig.starts_at) | models.Q(starts_at=gig.starts_at, pk__gt=gig.pk)
        others = others.filter(later)
    return others.order_by("starts_at", "pk")


def series_plan(gig: Gig, others: Sequence[Gig], names: Sequence[str], *, with_own: bool = False) -> list[Given]:
    """Return what giving these of `gig` to `others` (from `for_listing()`) would do. `with_own`: to all of them.

    The gigs are as they would be afterwards, but for their line-ups; nothing is stored.
    """
    given = [Given(name, _label(name), _shown(gig, name)) for name in names]
    usual = {each.name: _usual(others, each.name) for each in given}
    for other in others:
        wanted = []
        for each in given:
            value = value_of(other, each.name)
            if value != value_of(gig, each.name):
                is_own = not with_own and value != usual[each.name]
                each.own.append(other) if is_own else wanted.append(each)
        problem = _give(gig, other, [each.name for each in wanted])
        for each in wanted:
            if problem:
                each.refused[other] = problem
            else:
                each.changed.append(other)
    return given


def series_give(gig: Gig, others: models.QuerySet[Gig], names: Sequence[str], *, with_own: bool, splits: bool) -> int:
    """Do what `series_plan()` says and return how many gigs were changed. `splits`: they are a series of their own."""
    with transaction.atomic():
        found = list(others.select_for_update(of=("self",), no_key=True))
        given = series_plan(gig, found, names, with_own=with_own)
        changed = {other.pk: other for each in given for other in each.changed}
        takes_line_up = {other.pk for each in given if each.name == LINE_UP for other in each.changed}
        for pk, other in changed.items():
            other.save()
            if pk in takes_line_up:
                line_up_set(gig=other, bands=gig.line_up)
        if splits:
            Gig.objects.filter(pk__in=[gig.pk, *(other.pk for other in found)]).update(series=uuid.uuid4())
        return len(changed)


def value_of(gig: Gig, name: str) -> Any:
    """Return what is compared: of moments the time on the clock and the days from the gig's own."""
    if name == LINE_UP:
        return tuple(band.pk for band in gig.line_up)
    if name == START:
        return gig.local_start.time()
    if name in CLOCKS:
        moment: datetime | None = getattr(gig, name)
        if moment is None:
            return None
        local = moment.astimezone(gig.zone)
        return (local.date() - gig.local_start.date()).days, local.time()
    return tuple(_stored(gig, each) for each in GROUPS.get(name, (name,)))


def _stored(gig: Gig, name: str) -> Any:
    """Return what is stored of a field, of a text in all its languages."""
    value = getattr(gig, _attribute(name))
    return (value, *sorted(gig.versions_of(name).items())) if name in Gig.translated_fields else value


def _attribute(name: str) -> str:
    """Return where a field is kept: of a reference the key, which costs no query."""
    field_: Any = Gig._meta.get_field(name)  # noqa: SLF001 - documented by Django
    return str(field_.attname)


def _usual(gigs: Sequence[Gig], name: str) -> Any:
    """Return what most of the gigs have, of several the first; something that none has if each has its own."""
    found = Counter(value_of(gig, name) for gig in gigs).most_common(1)
    if not found or (found[0][1] == 1 and len(gigs) > 1):
        return object()
    return found[0][0]


def _give(gig: Gig, other: Gig, names: Sequence[str]) -> str:
    """Give `other` what `gig` has; return "" or why it can't have that, and leave it as it was then."""
    fields: Any = Gig._meta.concrete_fields  # noqa: SLF001 - documented by Django
    before = {each.attname: getattr(other, each.attname) for each in fields}
    try:
        for name in names:
            _set(gig, other, name)
        if names:  # what it refers to exists, as `gig` refers to it already
            other.full_clean(exclude={each.name for each in fields if each.is_relation}, validate_unique=False)
    except (Unreadable, ValidationError) as problem:
        for attribute, value in before.items():
            setattr(other, attribute, value)
        return " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
    return ""


def _set(gig: Gig, other: Gig, name: str) -> None:
    if name == LINE_UP:
        return
    if name == START:
        day = other.local_start.date()
        other.starts_at = place_in_zone(datetime.combine(day, gig.local_start.time()), other.zone)
    elif name in CLOCKS:
        value = value_of(gig, name)
        day = other.local_start.date()
        moment = value and place_in_zone(datetime.combine(day + timedelta(value[0]), value[1]), other.zone)
        setattr(other, name, moment)
    else:
        clocks = {each: moment.astimezone(other.zone) for each in CLOCKS if (moment := getattr(other, each))}
        for each in GROUPS.get(name, (name,)):
            setattr(other, _attribute(each), getattr(gig, _attribute(each)))
            if each in Gig.translated_fields:
                other.set_versions(each, gig.versions_of(each))
        if name == "venue":  # 20:00 stays 20:00 on the clock of the new place
            for each, local in clocks.items():
                setattr(other, each, place_in_zone(local.replace(tzinfo=None), other.zone, fold=local.fold))


def _label(name: str) -> str:
    return str(_("line-up") if name == LINE_UP else Gig._meta.get_field(name).verbose_name)  # type: ignore[union-attr] # noqa: SLF001


def _shown(gig: Gig, name: str) -> str:
    """Return the value as the summary says it; "" for an empty one."""
    if name == LINE_UP:
        return get_text_list([band.name for band in gig.line_up], str(_("and")))
    if name in CLOCKS:
        moment = getattr(gig, name)
        return clock_time(moment.astimezone(gig.zone).time()) if moment else ""
    if name == "venue":
        return f"{gig.venue}, {gig.town}"
    return Truncator(gig_value(gig, name)).chars(SHOWN_LENGTH)
