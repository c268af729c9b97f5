"""Values of fields as people read them where changes are listed: in previews, conflicts and summaries."""

from __future__ import annotations

from datetime import datetime, tzinfo

from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def shown_value(row: Model, name: str, *, zone: tzinfo | None = None) -> str:
    """Return yes or no, a choice's name, a moment on the clock of `zone` (the portal's for None), else the text.

    Nothing is shown as "".
    """
    value = getattr(row, name)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value, zone), "SHORT_DATETIME_FORMAT")
    display = getattr(row, f"get_{name}_display", None)
    if display is not None:
        return str(display())
    return "" if value is None else str(value)
