"""The form of social links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bandstand.content.fields import LAST_POSITION
from bandstand.content.form_fields import WholeNumberField
from bandstand.portals.menus import ADDRESS_MAX_LENGTH, LABEL_MAX_LENGTH
from bandstand.portals.social_networks import MOST_LINKS, SocialLink
from bandstand_web.site_frame.entry_sets import LineField

PREFIX = "links"
_FREE, _MORE = 2, 5


class SocialLinkForm(forms.Form):
    """One link."""

    url = forms.URLField(
        label=gettext_lazy("Address"), max_length=ADDRESS_MAX_LENGTH, assume_scheme="https", required=False
    )
    label = LineField(
        label=gettext_lazy("Label"),
        max_length=LABEL_MAX_LENGTH,
        required=False,
        help_text=gettext_lazy("If you have several at one network."),
    )
    position = WholeNumberField(label=gettext_lazy("Position"), max_value=LAST_POSITION, required=False)

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if url and not url.lower().startswith(("https://", "http://")):
            raise forms.ValidationError(_("Enter an address that starts with https://."))
        return url

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("label") and not cleaned.get("url") and "url" not in self.errors:
            self.add_error("url", _("Enter an address that starts with https://."))
        return cleaned


class SocialLinkSet(forms.BaseFormSet[SocialLinkForm]):
    """The links, in their order."""

    @property
    def links(self) -> tuple[SocialLink, ...]:
        """What is to be stored, of a valid set."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("url")]
        kept = [row for row in rows if not row.get("DELETE")]
        ordered = sorted(kept, key=lambda row: row["position"] or LAST_POSITION)
        return tuple(SocialLink(row["url"], row["label"]) for row in ordered)

    def typed(self) -> list[SocialLink]:
        """Return what was sent, unchecked."""
        rows = ((form["url"].value() or "", form["label"].value() or "") for form in self.forms)
        return [SocialLink(url, label) for url, label in rows if url or label]


def social_rows(links: Iterable[SocialLink]) -> list[dict[str, Any]]:
    """Return the links as the form has them."""
    return [{"url": each.url, "label": each.label, "position": at} for at, each in enumerate(links, start=1)]


def social_set(*, data: Any = None, rows: Iterable[Mapping[str, Any]] = (), more: bool = False) -> SocialLinkSet:
    """Return the forms: bound to `data`, or showing `rows` and some empty ones."""
    made: Any = forms.formset_factory(
        SocialLinkForm,
        formset=SocialLinkSet,
        extra=_MORE if more else _FREE,
        max_num=MOST_LINKS,
        absolute_max=MOST_LINKS + 10,
        validate_max=True,
        can_delete=True,
    )
    said = {"too_many_forms": gettext_lazy("There is room for %(num)d links.")}
    found: SocialLinkSet = made(
        data, initial=None if data is not None else list(rows), prefix=PREFIX, error_messages=said
    )
    return found
