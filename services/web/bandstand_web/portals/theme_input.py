"""The five themes, each with a small picture and a sentence."""

from __future__ import annotations

from typing import Any

from django import forms

from bandstand.portals.designed_themes import THEMES


class ThemeInput(forms.RadioSelect):
    """Radio buttons whose labels are more than text."""

    template_name = "portals/backstage/theme_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["themes"] = [(theme, theme.name == value) for theme in THEMES.values()]
        return context
