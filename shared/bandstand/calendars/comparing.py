"""What taking a calendar in would do: event by event, and which gigs it doesn't have any more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bandstand.accounts.models import User
from bandstand.calendars.events import CalendarContent, series_of, span_of
from bandstand.calendars.importing import EventImporter
from bandstand.calendars.models import CalendarSource
from bandstand.calendars.rows import UID, row_of
from bandstand.gigs.models import Gig
from bandstand.spreadsheets.importing import VALUE_SHOWN, Action, RowPlan

_GONE_SHOWN = 300
GONE = "gone"


@dataclass
class Comparison:
    """The plans of a calendar's events, and the gigs of it that it has no event for."""

    importer: EventImporter
    plans: list[RowPlan[Gig]]
    gone: list[tuple[str, Gig]]  # with the UID of the event that there was

    def planned(self, *actions: Action) -> list[RowPlan[Gig]]:
        """Return the plans with one of these actions."""
        return [plan for plan in self.plans if plan.action in actions]


def events_compare(
    *,
    source: CalendarSource,
    calendar: CalendarContent,
    person: User,
    theirs: Collection[str] = (),
    for_writing: bool = False,
) -> Comparison:
    """Return how the calendar differs from the portal's gigs. Writes nothing; `for_writing` locks what differs."""
    importer = EventImporter(source=source, person=person, zone=calendar.zone, theirs=theirs, for_writing=for_writing)
    plans = importer.plan(importer.rows([row_of(event, source) for event in calendar.events]))
    return Comparison(importer, plans, _gone(importer, calendar, for_writing=for_writing))


def _gone(importer: EventImporter, calendar: CalendarContent, *, for_writing: bool) -> list[tuple[str, Gig]]:
    """Return the gigs to come that the calendar has no event for. None where it doesn't show all of it."""
    if not calendar.is_complete:
        return []
    present = {event.uid for event in calendar.events}
    unreadable = {series_of(flawed.uid) for flawed in calendar.flawed}
    uids = {
        taken.key: uid
        for uid, taken in importer.taken.items()
        if not taken.is_trashed and uid not in present and series_of(uid) not in unreadable
    }
    _first, last = span_of(timezone.localdate())
    gigs = Gig.objects.filter(pk__in=uids, starts_at__gt=timezone.now(), starts_at__date__lte=last)
    gigs = gigs.taking_place().editable_by(importer.person).order_by("starts_at", "pk")
    if for_writing:
        gigs = gigs.select_for_update(of=("self",))
    return [(uids[gig.pk], gig) for gig in gigs]


def preview_of(comparison: Comparison, calendar: CalendarContent, source: CalendarSource) -> dict[str, Any]:
    """Return what a person chooses from, as JSON: `{"events": […], "flawed": […], "notices": […], …}`."""
    counts = counts_of(comparison)
    return {
        "events": [
            *(_planned(plan, source, comparison.importer) for plan in comparison.plans),
            *(_gone_entry(uid, gig, source) for uid, gig in comparison.gone[:_GONE_SHOWN]),
        ],
        "flawed": [[flawed.title or _("Untitled"), flawed.sentence] for flawed in calendar.flawed],
        "notices": [*calendar.notices, *comparison.importer.notices()],
        "counts": {**counts, "skipped": counts["skipped"] + len(calendar.flawed)},
    }


def counts_of(comparison: Comparison) -> dict[str, int]:
    """Return how many events of each kind there are."""
    return {
        "added": len(comparison.planned(Action.ADD)),
        "changed": len(comparison.planned(Action.CHANGE)),
        "unchanged": len(comparison.planned(Action.KEEP)),
        "skipped": len(comparison.planned(Action.REFUSE)),
        "gone": len(comparison.gone),
        "conflicts": sum(bool(plan.related.get("conflicts")) for plan in comparison.plans),
    }


def is_wanted(plan: RowPlan[Gig], source: CalendarSource) -> bool:
    """Whether an event is taken in unless somebody says otherwise: of new ones only what is to come, and was wanted."""
    if plan.action is not Action.ADD:
        return plan.action is Action.CHANGE
    return plan.related[UID] not in source.skipped and not _is_past(plan)


def is_gone_for_good(uid: str, gig: Gig, source: CalendarSource) -> bool:
    """Whether the last answer didn't have the event either, and nobody changed here whether it takes place."""
    said = gig.source_said or {}
    return uid in source.missing and said.get("status", gig.status) == gig.status


def _is_past(plan: RowPlan[Gig]) -> bool:
    return plan.row is not None and plan.row.starts_at is not None and plan.row.is_past


def _planned(plan: RowPlan[Gig], source: CalendarSource, importer: EventImporter) -> dict[str, Any]:
    row = plan.row
    changes = [each for each in plan.changes if each.before or each.after]
    if plan.action is Action.ADD:
        told = importer.worth_telling(plan)
        changes = [each for each in changes if each.label in told]
    return {
        "uid": plan.related[UID],
        "action": plan.action.value,
        "label": plan.label[:VALUE_SHOWN],
        "when": _when(row) if row is not None and row.starts_at else "",
        "changes": [each.as_json() for each in changes],
        "conflicts": [each.as_json() for each in plan.related.get("conflicts", [])],
        "problems": plan.problems[:5],
        "is_past": _is_past(plan),
        "is_wanted": is_wanted(plan, source),
    }


def _gone_entry(uid: str, gig: Gig, source: CalendarSource) -> dict[str, Any]:
    return {
        "uid": uid,
        "action": GONE,
        "label": str(gig)[:VALUE_SHOWN],
        "when": _when(gig),
        "changes": [],
        "conflicts": [],
        "problems": [],
        "is_past": False,
        "is_wanted": source.has_address and is_gone_for_good(uid, gig, source),
        "is_visible": gig.is_visible,
    }


def _when(gig: Gig) -> str:
    style = "SHORT_DATETIME_FORMAT" if gig.has_time else "SHORT_DATE_FORMAT"
    return date_format(gig.local_start, style)
