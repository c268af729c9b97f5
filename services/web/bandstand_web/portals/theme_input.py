"""The five themes, each with a small picture and a sentence."""

from __future__ import annotations

from typing import Any

from django import forms

from bandstand.portals.designed_themes import THEMES


class ThemeInput(forms.RadioSelect):
    """Radio buttons whose labels are more than text."""

    template_name = "portals/backstage/theme_input.html"

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().create_option(name, value, *args, **kwargs), "theme": THEMES[str(value)]}
