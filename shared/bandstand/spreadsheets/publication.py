"""The columns of all kinds that can be published: whether visitors see a row, or from when on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy
from import_export import fields

from bandstand.content.moments import Unreadable, current_region, read_moment
from bandstand.content.publishable import Publishable, validate_to_come
from bandstand.spreadsheets.columns import column
from bandstand.spreadsheets.importing import RowPlan, yes_no
from bandstand.spreadsheets.resources import MomentColumn, YesNoWidget
from bandstand.spreadsheets.tables import Cell, text_of

PUBLISHED, PUBLISH_AT = "published", "publish_at"
COLUMNS = (
    column(
        PUBLISHED,
        gettext_lazy("published"),
        "is published, public, visible, online, veröffentlicht, öffentlich, sichtbar",
    ),
    column(
        PUBLISH_AT,
        gettext_lazy("appears on"),
        "publish at, appears on, publish on, scheduled for, erscheint am, erscheint, veröffentlichen am",
    ),
)
FIELDS = {PUBLISHED: "is_published"}


def published_field() -> fields.Field:
    """Return the export's first column."""
    return fields.Field("is_published", PUBLISHED, widget=YesNoWidget())


def publish_at_field() -> fields.Field:
    """Return the export's second column."""
    return MomentColumn("publish_at", PUBLISH_AT)


def read_publication(plan: RowPlan[Any], name: str, cell: Cell, *, zone: ZoneInfo) -> None:
    """Take one of the cells in. Raises Unreadable."""
    if name == PUBLISHED:
        yes_no(plan, "is_published", cell)
        return
    text = cell.isoformat(" ") if isinstance(cell, datetime) else text_of(cell)
    moment = read_moment(text, zone=zone, region=current_region())
    try:
        validate_to_come(moment)
    except ValidationError as problem:
        raise Unreadable(problem.messages[0]) from None
    plan.values[PUBLISH_AT] = moment


def complete_publication(plan: RowPlan[Any], present: Publishable | None) -> None:
    """Let what is published wait for no moment, and what is scheduled not be published yet."""
    if plan.values.get("is_published"):
        plan.values.pop(PUBLISH_AT, None)
        if present is not None and present.publish_at is not None:
            plan.values[PUBLISH_AT] = None
    elif PUBLISH_AT in plan.values:
        plan.values["is_published"] = False
