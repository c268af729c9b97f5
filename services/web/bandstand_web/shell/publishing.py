"""How the team publishes a row: at once, at a moment, or not yet.

Enter presses a form's first button, so that one always keeps the row's state: a form publishes or schedules only if
somebody presses the button that says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.form_fields import MomentField
from bandstand.content.publishable import Publishable, validate_to_come
from bandstand.organizations.time_zones import city_of

PUBLISH, SCHEDULE, DRAFT = "publish", "schedule", "draft"  # names of buttons; the one without a name keeps the state


def saved_sentence(row: Publishable, name: str, *, is_published_now: bool) -> str:
    """Return what the team is told after `row` was saved."""
    if is_published_now:
        return _("%(name)s has been saved and published.") % {"name": name}
    if row.is_visible or row.publish_at is None:
        is_draft = not row.is_visible and not row.is_expired
        text = _("%(name)s has been saved as a draft.") if is_draft else _("%(name)s has been saved.")
        return text % {"name": name}
    when = date_format(timezone.localtime(row.publish_at), "SHORT_DATETIME_FORMAT")
    return _("%(name)s has been saved. It appears on %(when)s.") % {"name": name, "when": when}


class PublicationForm(forms.Form):
    """The moment at which a row appears, and what the pressed button says about it."""

    publish_at = MomentField(label=gettext_lazy("Appears on"), required=False)

    def __init__(self, row: Publishable, data: Any = None) -> None:
        self.row = row
        self.pressed = next((name for name in (PUBLISH, SCHEDULE, DRAFT) if name in (data or {})), "")
        super().__init__(data, initial={"publish_at": row.publish_at})
        zone = city_of(timezone.get_current_timezone_name())
        self.fields["publish_at"].help_text = _("Time zone: %(zone)s.") % {"zone": zone}

    def clean_publish_at(self) -> datetime | None:
        """Return the moment, if the pressed button asks for one."""
        moment: datetime | None = self.cleaned_data["publish_at"]
        if self.pressed != SCHEDULE and not self.row.is_scheduled:
            if moment is not None:
                raise forms.ValidationError(
                    _("To publish it at this time, choose “Schedule”. To keep a draft, clear the date.")
                )
            return None
        if moment is None:
            raise forms.ValidationError(_("Enter when visitors should see it."))
        validate_to_come(moment)
        return moment

    def full_clean(self) -> None:
        """Take no notice of the field if the button doesn't ask for it, whatever stands there."""
        super().full_clean()
        if self.row.is_visible or self.pressed in {PUBLISH, DRAFT}:
            self.errors.pop("publish_at", None)

    def apply(self) -> None:
        """Give the row the state that was asked for; it isn't saved. Raises ValidationError if it mustn't have it."""
        if self.pressed == PUBLISH:
            self.row.publish()
        elif self.pressed == DRAFT:
            self.row.unpublish()
        elif moment := self.cleaned_data.get("publish_at"):
            self.row.schedule(moment)
        elif self.row.is_visible:
            self.row.validate_publishable()
