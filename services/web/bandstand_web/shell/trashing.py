"""What is said after rows were moved to the trash. The page of the trash stands in trash/backstage.py."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bandstand.content.trashed import KEPT, Trashed
from bandstand_web.shell.chosen_rows import say_with_undo


def say_moved(request: HttpRequest, rows: Sequence[Trashed], *, name: str) -> None:
    """Tell that these rows of one kind are in the trash, `name` if it is one, with a button that brings them back."""
    if len(rows) == 1:
        text = _("%(name)s is in the trash. You can restore it for %(days)d days.")
    else:
        text = ngettext(
            "%(count)d entry is in the trash. You can restore it for %(days)d days.",
            "%(count)d entries are in the trash. You can restore them for %(days)d days.",
            len(rows),
        )
    text %= {"name": name, "count": len(rows), "days": KEPT.days}
    say_with_undo(request, text, url=bring_back_url(type(rows[0])), rows=[row.pk for row in rows])


def bring_back_url(model: type[Trashed]) -> str:
    """Return where rows of `model` are brought back."""
    return reverse("backstage:trash_bring_back", args=[model._meta.label_lower])  # noqa: SLF001
