"""A gig's line-up in a form: one list of bands for each place on the poster, from the top."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bandstand.bands.models import Band

FEWEST_PLACES = 6
FREE_PLACES = 3


class LineUpInput(forms.SelectMultiple):
    """A drop-down list for each band and some free ones: works without a script and keeps the order."""

    template_name = "backstage/line_up.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return what the template needs: the places, and the bands that each may be given to."""
        context = super().get_context(name, None, attrs)
        chosen = [str(pk) for pk in value or [] if pk]
        free = max(FREE_PLACES, FEWEST_PLACES - len(chosen))
        context["widget"]["places"] = [*chosen, *[""] * free]
        context["widget"]["bands"] = [(str(pk), label) for pk, label in self.choices]
        return context


class LineUpField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg] # it takes none at run time
    """The cleaned value is a list of bands in running order, each once."""

    widget = LineUpInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Line-up"))
        kwargs.setdefault("help_text", _("From the top of the poster down; free places are ignored."))
        super().__init__(queryset=Band.objects.order_by("name", "pk"), required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the bands. Raises ValidationError for one that isn't there (any more)."""
        given = list(dict.fromkeys(pk for pk in value or [] if pk))
        found = {str(band.pk): band for band in super().clean(given)}
        return [found[str(pk)] for pk in given]
