"""Emails run in the direction of their language."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from bandstand.content.languages import MIRRORED


@pytest.mark.parametrize(
    ("code", "direction", "side"), [("en", "ltr", "left"), ("fr", "ltr", "left"), (MIRRORED, "rtl", "right")]
)
def test_an_email_runs_in_the_direction_of_its_language(code: str, direction: str, side: str) -> None:
    with translation.override(code):
        text = render_to_string("mail/base.html", {"language": code, "brand": "Bandstand"})

    assert f'<html lang="{code}" dir="{direction}">' in text
    assert f"border-{side}: 3px" in text
