"""What a select offers: written at once, as Django writes it by a template for each option."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from bandstand.organizations.time_zones import time_zone_choices


class Elements(HTMLParser):
    """Lists tags with their attributes, but for the direction that ours have, and texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[object] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted(each for each in attrs if each != ("dir", "auto"))))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.found += [data.strip()] if data.strip() else []


class Labelled(forms.Select):
    """Gives its options attributes of each kind."""

    def create_option(self, *args: object, **kwargs: object) -> dict[str, object]:
        option = super().create_option(*args, **kwargs)
        option["attrs"] |= {"data-place": '"<first>"', "hidden": True, "disabled": False}
        return option


@pytest.mark.parametrize(
    ("widget", "chosen"),
    [
        (forms.Select(choices=time_zone_choices()), "Europe/Berlin"),
        (forms.SelectMultiple(choices=[(1, "one"), (2000, 2000), ("", gettext_lazy("Name"))]), [1, 2000]),
        (
            forms.Select(choices=[("'\">", "<b>&amp;"), ("x", mark_safe("&amp;")), (None, "-"), ("g<", [("&", 1.5)])]),
            "'\">",
        ),
        (Labelled(choices=[("a", "b")]), ""),
        (forms.NullBooleanSelect(), True),
        (forms.SelectDateWidget(years=[2030, 2031]), "2031-02-03"),
        (forms.Select(), None),
    ],
)
def test_they_are_what_django_writes(widget: forms.Widget, chosen: object) -> None:
    attrs = {"id": "id_place", "required": True}

    ours = widget.render("place", chosen, attrs, renderer=get_default_renderer())

    assert Elements(ours).found == Elements(widget.render("place", chosen, attrs, renderer=DjangoTemplates())).found
    assert ours.count("<option") == ours.count('dir="auto"')
