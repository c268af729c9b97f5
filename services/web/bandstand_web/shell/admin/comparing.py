"""Change forms of recorded content: a save over somebody else's newer change is refused until one says "anyway"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bandstand.content.changes import Change
from bandstand.content.recorded import Recorded
from bandstand.content.telling_changes import Line, tell
from bandstand.content.whole_numbers import whole_number
from bandstand_web.forms.meanwhile import ANYWAY, SEEN, Conflict, OfOthers
from bandstand_web.shell.access import may_see_private


@dataclass
class Newer(OfOthers):
    """What a change form says of changes that it didn't show."""

    mark: int  # the newest change that the form has shown
    change: Change | None = None
    conflicts: tuple[Conflict, ...] = ()
    taken: tuple[str, ...] = ()
    is_agreed: bool = True


class ComparingAdmin(admin.ModelAdmin):
    """A ModelAdmin whose change form knows what it has shown, for models whose changes are recorded."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        number = whole_number(object_id or "")
        if number is None or not issubclass(self.model, Recorded):
            return super().changeform_view(request, object_id, form_url, extra_context)
        # Read before the row, so that what the row doesn't show yet counts as newer.
        newest = Change.objects.newest(self.model, number)
        seen = whole_number(request.POST.get(SEEN, ""))
        newer = Newer(newest if seen is None else seen)
        request.newer_changes = newer  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "meanwhile": newer})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form class; one that is never valid if the save has to be agreed to first."""
        form = super().get_form(request, obj, change=change, **kwargs)
        newer: Newer | None = getattr(request, "newer_changes", None)
        if not change or newer is None or request.method != "POST" or SEEN not in request.POST:
            return form
        _compare(request, obj, newer)
        return form if newer.is_agreed else type(form.__name__, (_Refused, form), {})


class _Refused:
    def clean(self) -> Any:
        super().clean()  # type: ignore[misc]
        raise ValidationError(_("Someone else has changed this in the meantime. Nothing has been saved yet."))


def _compare(request: HttpRequest, row: Any, newer: Newer) -> None:
    """Lock the row, and tell what others have changed of it since the form was shown."""
    type(row)._base_manager.select_for_update(no_key=True).filter(pk=row.pk).values_list("pk").first()  # noqa: SLF001
    changes = [each for each in Change.objects.of(row).filter(pk__gt=newer.mark) if each.user_id != request.user.pk]
    newer.change = changes[0] if changes else None
    user: Any = request.user  # of the team: the site asks
    newer.is_agreed = newer.change is None or request.POST.get(ANYWAY) == newer.number
    sent = {str(field.verbose_name).lower(): field.name for field in row._meta.concrete_fields}  # noqa: SLF001
    newer.conflicts = tuple(
        Conflict(line.what, _after(line), request.POST.get(sent.get(line.what.lower(), ""), ""))
        for told in tell(changes, with_addresses=True, with_private=may_see_private(user, type(row)))
        for line in told.lines
    )


def _after(line: Line) -> str:
    return line.difference.new if line.difference else line.after or _("(deleted)")
