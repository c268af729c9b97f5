"""The form of the announcement bar."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.portals.models import PortalSettings
from bandstand_web.site_frame.entry_sets import LineField, LinkAddressField

_FIELDS = ["bar_text", "bar_link", "bar_url", "bar_from", "bar_until"]


class BarForm(forms.ModelForm[PortalSettings]):
    """What stands in the bar, and when."""

    class Meta:
        model = PortalSettings
        fields = _FIELDS
        field_classes = {"bar_text": LineField, "bar_link": LineField, "bar_url": LinkAddressField}
        labels = {
            "bar_text": gettext_lazy("Text"),
            "bar_link": gettext_lazy("Text of the link"),
            "bar_url": gettext_lazy("Link"),
            "bar_from": gettext_lazy("Shown from"),
            "bar_until": gettext_lazy("Shown until"),
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("bar_link") and not cleaned.get("bar_url") and "bar_url" not in self.errors:
            self.add_error("bar_url", _("Enter where the link leads."))
        return cleaned
