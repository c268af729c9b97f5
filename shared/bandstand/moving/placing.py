"""Places portals in the cell that has the fewest, and empties a cell that is to be taken away.

Every portal begins in the platform's cell, where its address is unique (ADR 32). While it is new it is small, so moving
it to another cell takes seconds. Portals that are older stay where they are, unless the cell is drained.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from bandstand.moving.arriving import living_here
from bandstand.moving.departing import Report, tenant_move, tenant_move_confirm
from bandstand.moving.models import Move, MoveError
from bandstand.moving.talking import Conversation
from bandstand.organizations.models import Organization

logger = logging.getLogger(__name__)


@dataclass
class Placement:
    """The outcome: which portal went to which cell, and why others couldn't."""

    moved: dict[str, str] = field(default_factory=dict)
    stayed: dict[str, str] = field(default_factory=dict)


def tenants_place(
    cells: Mapping[str, str], *, newer_than: timedelta, at_most: int, report: Report = logger.debug
) -> Placement:
    """Move portals that began within `newer_than`, newest first, until no other cell has clearly fewer than this one.

    `cells` maps names to the commands that run manage.py there. Raises MoveError if one of them doesn't say how many
    portals it has.
    """
    portals = {cell: _portals_of(cell, through) for cell, through in cells.items()}
    here = living_here().count()
    # Those that are being moved, too: a run that was killed is resumed.
    movable = Organization.objects.filter(state__in=[Organization.State.ACTIVE, Organization.State.MOVING])
    new = movable.filter(created_at__gt=timezone.now() - newer_than).order_by("-created_at", "-pk")
    placement = Placement()
    for slug in new.values_list("slug", flat=True)[:at_most]:
        cell = min(portals, key=lambda name: portals[name])
        if portals[cell] + 1 > here - 1:
            break
        if _move(slug, cell, cells[cell], placement, report):
            portals[cell] += 1
            here -= 1
    return placement


def cell_drain(cells: Mapping[str, str], *, at_most: int, report: Report = logger.debug) -> Placement:
    """Move all portals away, each to the cell that has the fewest. Raises MoveError as `tenants_place` does."""
    portals = {cell: _portals_of(cell, through) for cell, through in cells.items()}
    placement = Placement()
    # Suspended ones can't be moved, and are named for that reason.
    everyone = living_here().exclude(state=Organization.State.DELETING).order_by("pk")
    for slug in everyone.values_list("slug", flat=True)[:at_most]:
        cell = min(portals, key=lambda name: portals[name])
        if _move(slug, cell, cells[cell], placement, report):
            portals[cell] += 1
    return placement


def remains_delete(*, older_than: timedelta) -> list[str]:
    """Delete what portals left here that were opened elsewhere so long ago; return their names. Raises MoveError."""
    finished = Move.objects.filter(step=Move.Step.OPENED, opened_at__lt=timezone.now() - older_than)
    slugs = list(finished.order_by("pk").values_list("organization__slug", flat=True))
    for slug in slugs:
        tenant_move_confirm(slug=slug)
    return slugs


def _portals_of(cell: str, through: str) -> int:
    if cell not in settings.CELLS:
        raise MoveError(f"BANDSTAND_CELLS doesn't name {cell}: visitors couldn't be passed on.")
    with Conversation(cell=cell, through=through) as there:
        return int(there.ask("count", to=cell)["portals"])


def _move(slug: str, cell: str, through: str, placement: Placement, report: Report) -> bool:
    try:
        tenant_move(slug=slug, to=cell, through=through, report=lambda step: report(f"{slug}: {step}"))
    except MoveError as problem:
        placement.stayed[slug] = str(problem)
        return False
    placement.moved[slug] = cell
    return True
