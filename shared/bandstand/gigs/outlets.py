"""Where gigs are announced besides the portal: what was sent of each, and what has changed since.

A gig keeps in one column, for each outlet, when it was sent and what was told then. Nothing is known of what became of
it there, so a person says when an outlet refused a gig, or when a change was made there by hand.

Columns: Bandsintown's upload template as of 2026 (its page "Event Upload" describes each; 50 rows a file), and what
Songkick's "Bulk Upload Tool Instructions" name, of which date, venue, city and country are required. Both want a file
for each artist; the other artists stand in the line-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.bands.models import Band
from bandstand.content.plain_text import one_line
from bandstand.content.rendering import plain_text
from bandstand.gigs.models import Gig

_WITH_REGIONS = frozenset({"US", "CA"})  # where Bandsintown must have a state


class OutletState(Enum):
    """What an outlet knows of a gig."""

    NEVER = gettext_lazy("Not sent")
    SENT = gettext_lazy("Sent")
    CHANGED = gettext_lazy("Changed since")
    INCOMPLETE = gettext_lazy("Incomplete")
    REFUSED = gettext_lazy("Refused")


@dataclass(frozen=True)
class ToldOtherwise:
    """What is otherwise now than the outlet was told."""

    name: str
    before: str
    now: str


@dataclass(frozen=True)
class Known:
    """What an outlet knows of one gig, and since when. `reason`: why it is refused, or can't be sent."""

    state: OutletState
    since: datetime | None = None
    changes: list[ToldOtherwise] = field(default_factory=list)
    reason: str = ""


@dataclass(frozen=True)
class Outlet:
    """A website that takes gigs in a file. `row` gives the cells of a gig of an artist; `most` rows fit in a file."""

    key: str
    name: str
    page: str
    columns: tuple[str, ...]
    row: Callable[[Gig, Band], dict[str, str]]
    lacks: Callable[[Gig], str]
    most: int

    def table(self, gigs: Iterable[Gig], band: Band) -> list[list[str]]:
        """Return the file's rows, the headings first."""
        rows = (self.row(gig, band) for gig in gigs)
        return [list(self.columns), *([row.get(column, "") for column in self.columns] for row in rows)]


def _country(gig: Gig) -> str:
    """Return the country's English name; both outlets read no other."""
    with translation.override("en"):
        return str(gig.place.country.name) if gig.place and gig.place.country else ""


def kept_back(gig: Gig) -> str:
    """Return why nobody else is told of the gig; "" if everybody may be."""
    if gig.is_private:
        return _("Private event: it isn't announced elsewhere.")
    return "" if gig.has_day else _("The date is still to be announced.")


def _lacks_anything(gig: Gig) -> str:
    """Return why neither outlet could take the gig."""
    return kept_back(gig) or ("" if _country(gig) else _("The venue has no country."))


def _lacks_for_bandsintown(gig: Gig) -> str:
    if gig.place and gig.place.country.code in _WITH_REGIONS:
        return _("Bandsintown wants the state as well. Add it in the file.")
    return _lacks_anything(gig)


def _others(gig: Gig, band: Band) -> str:
    return ", ".join(one_line(each.name) for each in gig.line_up if each != band)


def _bandsintown(gig: Gig, band: Band) -> dict[str, str]:
    start, end, sale = gig.local_start, gig.local_end, gig.on_sale_at.astimezone(gig.zone) if gig.on_sale_at else None
    return {
        "Artist Name": one_line(band.name),
        "Venue*": one_line(gig.venue),
        "Country*": _country(gig),
        "Address": one_line(gig.address),
        "City*": one_line(gig.town),
        "Postal Code": one_line(gig.place.postcode) if gig.place else "",
        "Timezone*": gig.time_zone,
        "Start Date* (yyyy-mm-dd)": f"{start:%Y-%m-%d}",
        "Start Time* (HH:MM)": f"{start:%H:%M}" if gig.has_time else "",
        "End Date": f"{end:%Y-%m-%d}" if end and gig.lasts_days else "",
        "End Time": f"{end:%H:%M}" if end and gig.lasts_days and gig.has_time else "",
        "Ticket Link": gig.ticket_url,
        "Ticket Type": _ticket_type(gig),
        "On-Sale Date": f"{sale:%Y-%m-%d}" if sale else "",
        "On-Sale Time": f"{sale:%H:%M}" if sale else "",
        "Lineup": _others(gig, band),
        "Event Name": one_line(gig.title),
        "Description": plain_text(gig.notes) if gig.notes else "",
    }


def _ticket_type(gig: Gig) -> str:
    if not gig.ticket_url:
        return ""
    if gig.status == Gig.Status.SOLD_OUT:
        return "Sold Out"
    return "Free" if gig.is_free else "Tickets"


def _songkick(gig: Gig, band: Band) -> dict[str, str]:
    return {
        "Date*": f"{gig.local_start:%Y-%m-%d}",
        "Venue*": one_line(gig.venue),
        "City*": one_line(gig.town),
        "Country*": _country(gig),
        "Lineup": _others(gig, band),
        "Ticket Link": gig.ticket_url,
    }


BANDSINTOWN = Outlet(
    key="bandsintown",
    name="Bandsintown",
    page="https://manager.bandsintown.com/support/bulk-upload",
    columns=(
        *("Artist Name", "Venue*", "Country*", "Address", "City*", "Region*", "Postal Code", "Timezone*"),
        *("Start Date* (yyyy-mm-dd)", "Start Time* (HH:MM)", "End Date", "End Time", "Streaming Link"),
        *("Ticket Link", "Ticket Type", "Ticket Link 2", "Ticket Type 2", "On-Sale Date", "On-Sale Time"),
        *("Lineup", "Event Name", "Event Display Format", "Description", "Schedule Date", "Schedule Time"),
        *("Do Not Announce", "Setlist", "Event Image"),
    ),
    row=_bandsintown,
    lacks=_lacks_for_bandsintown,
    most=50,
)
SONGKICK = Outlet(
    key="songkick",
    name="Songkick",
    page="https://support.songkick.com/hc/en-us/articles/360012427214-Bulk-Upload-Tool-Instructions",
    columns=(
        *("Date*", "Venue*", "City*", "Country*", "Lineup", "Ticket Link"),
        *("Publish Date", "Publish Time", "Publish Timezone"),
    ),
    row=_songkick,
    lacks=_lacks_anything,
    most=200,
)
OUTLETS = {outlet.key: outlet for outlet in (BANDSINTOWN, SONGKICK)}

# What is told of a gig, by the names under which it is kept.
_TOLD: dict[str, str | Promise] = {
    "start": gettext_lazy("Start"),
    "place": gettext_lazy("Where"),
    "bands": gettext_lazy("Line-up"),
    "title": gettext_lazy("Title"),
    "tickets": gettext_lazy("Tickets"),
    "status": gettext_lazy("Status"),
}


def told_of(gig: Gig) -> dict[str, str]:
    """Return what outlets are told of a gig (from `for_outlets()`), as it is kept."""
    return {
        "start": f"{gig.local_start:%Y-%m-%d %H:%M}" if gig.has_time else f"{gig.local_start:%Y-%m-%d}",
        "place": one_line(gig.where),
        "bands": ", ".join(one_line(band.name) for band in gig.line_up),
        "title": one_line(gig.title),
        "tickets": gig.ticket_url,
        "status": gig.status,
    }


def known_of(gig: Gig, outlet: Outlet) -> Known:
    """Return what `outlet` knows of `gig`."""
    kept = gig.outlets.get(outlet.key) or {}
    since = datetime.fromisoformat(kept["at"]) if kept.get("at") else None
    if kept.get("refused"):
        return Known(OutletState.REFUSED, since, reason=_("%(outlet)s refused it.") % {"outlet": outlet.name})
    if since is None:
        lacks = outlet.lacks(gig)
        return Known(OutletState.INCOMPLETE, reason=lacks) if lacks else Known(OutletState.NEVER)
    changes = changes_since(kept.get("told") or {}, gig)
    return Known(OutletState.CHANGED if changes else OutletState.SENT, since, changes)


def changes_since(told: Mapping[str, str], gig: Gig) -> list[ToldOtherwise]:
    """Return what of `told` (from `told_of()`) is otherwise now."""
    now = told_of(gig)
    return [
        ToldOtherwise(str(name), _shown(key, told[key]), _shown(key, now[key]))
        for key, name in _TOLD.items()
        if key in told and told[key] != now[key]
    ]


def _shown(key: str, value: str) -> str:
    if key == "status":
        return str(dict(Gig.Status.choices).get(value, value))
    return value or "—"


@transaction.atomic
def outlet_tell(outlet: Outlet, gigs: Iterable[Gig], *, is_refused: bool = False, now: datetime | None = None) -> None:
    """Keep that `outlet` was told of the gigs as they are now, or that it refused them."""
    at = (now or timezone.now()).isoformat(timespec="seconds")
    for gig in gigs:
        entry: dict[str, Any] = {"at": at, "told": told_of(gig)}
        if is_refused:
            entry["refused"] = True
        _write(gig, outlet, entry)


@transaction.atomic
def outlet_forget(outlet: Outlet, gigs: Iterable[Gig]) -> None:
    """Keep that `outlet` knows nothing of the gigs."""
    for gig in gigs:
        _write(gig, outlet, None)


def _write(gig: Gig, outlet: Outlet, entry: dict[str, Any] | None) -> None:
    """Write one outlet's entry; another's may be written at the same time."""
    row = Gig.objects.select_for_update(no_key=True, of=("self",)).only("pk", "outlets").get(pk=gig.pk)
    kept = {key: value for key, value in row.outlets.items() if key != outlet.key}
    gig.outlets = kept if entry is None else {**kept, outlet.key: entry}
    Gig.objects.filter(pk=gig.pk).update(outlets=gig.outlets)
