"""One colour, chosen by name, with the browser's picker, or typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from bandstand.portals.colour import parse_colour, to_hex
from bandstand.portals.models import DEFAULT_ACCENT
from bandstand.portals.named_colours import NAMED_COLOURS

NONE = "none"


class ColourInput(forms.TextInput):
    """Swatches, a picker and a text. static/js/colour-input.js keeps them in step.

    Without scripts they come back as they are, so the page also sends what it showed, and what was changed counts.
    """

    template_name = "portals/backstage/colour_input.html"
    use_fieldset = True
    may_be_none = False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shown = context["widget"]["value"] or ""
        current = _as_hex(shown)
        context["widget"] |= {
            "shown": shown,
            "picked": current or DEFAULT_ACCENT,
            "swatches": [(colour, label, colour == current) for colour, label in NAMED_COLOURS],
            "is_named": current in dict(NAMED_COLOURS),
            "may_be_none": self.may_be_none,
            "is_none": self.may_be_none and not shown,
        }
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        typed = super().value_from_datadict(data, files, name)
        shown = data.get(f"{name}_shown")
        if shown is None:  # by a script, or a page of another release
            return typed
        if self.may_be_none and data.get(f"{name}_named") == NONE and shown:
            return ""
        named, picked, before = data.get(f"{name}_named"), data.get(f"{name}_picked"), _as_hex(shown)
        if named in dict(NAMED_COLOURS) and named != before:
            return named
        is_picked = (
            picked and (typed or "").strip() == shown and _as_hex(picked) not in {None, before or DEFAULT_ACCENT}
        )
        return picked if is_picked else typed


class OptionalColourInput(ColourInput):
    """The same, or none."""

    may_be_none = True


def _as_hex(text: str) -> str | None:
    try:
        return to_hex(parse_colour(text))
    except ValidationError:
        return None
