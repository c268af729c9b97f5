"""A gig's line-up in a form: one select per place, in running order."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band

FEWEST_PLACES = 6
FREE_PLACES = 3


class LineUpInput(forms.SelectMultiple):
    """One select per band plus some empty ones: keeps the order and works without scripts."""

    template_name = "gigs/backstage/line_up.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the places, and the bands that can be chosen for each."""
        context = super().get_context(name, None, attrs)
        chosen = [str(pk) for pk in value or [] if pk]
        free = max(FREE_PLACES, FEWEST_PLACES - len(chosen))
        context["widget"]["places"] = [*chosen, *[""] * free]
        context["widget"]["bands"] = [(str(pk), label) for pk, label in self.choices]
        return context


class LineUpField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # it takes none at run time
    """The cleaned value is a list of bands in running order, without duplicates."""

    widget = LineUpInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Line-up"))
        kwargs.setdefault("help_text", _("From the top of the poster down. Empty places are ignored."))
        super().__init__(queryset=Band.objects.order_by("name", "pk"), required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the bands. Raises ValidationError for one that doesn't exist (any more)."""
        given = list(dict.fromkeys(pk for pk in value or [] if pk))
        found = {str(band.pk): band for band in super().clean(given)}
        return [found[str(pk)] for pk in given]
