"""What the forms of a band's members, in the backstage and the administration, share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Member

_NEWER_FIELDS = {"who", "section", "standing", "is_shown"}


class MemberFieldsForm(forms.ModelForm[Member]):
    """Fields that a page of an older release doesn't send stay as they are, so `is_shown` is no checkbox."""

    is_shown = forms.TypedChoiceField(
        label=_("On the page"),
        required=False,
        initial="True",  # the model's default: else an empty row would differ from what it began as
        choices=[("True", _("shown")), ("False", _("hidden"))],
        coerce=lambda value: str(value) == "True",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "standing" in self.fields:
            self.fields["standing"].required = False

    def clean_standing(self) -> str:
        return str(self.cleaned_data["standing"] or self.instance.standing)

    def clean_is_shown(self) -> bool:
        shown = self.cleaned_data["is_shown"]
        return self.instance.is_shown if shown == "" else bool(shown)

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that differ, of those that were sent."""
        names = super().changed_data
        return [name for name in names if name not in _NEWER_FIELDS or not self._is_omitted(name)]

    def _is_omitted(self, name: str) -> bool:
        widget = self.fields[name].widget
        return bool(widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name)))
