"""A year out of range is called a year, in the reader's language, wherever it is written."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.forms import modelform_factory
from django.utils import translation

from bandstand.bands.models import Band

SAID = {
    "en": "Enter a year from 1600 to 2200.",
    "de": "Geben Sie ein Jahr von 1600 bis 2200 an.",
}


@pytest.mark.parametrize("language", SAID)
@pytest.mark.parametrize("year", ["3021", "1599", "0999"])
def test_forms_speak_of_years(language: str, year: str) -> None:
    with translation.override(language):
        form = modelform_factory(Band, fields=["formed"])({"formed": year})

        assert form.errors["formed"] == [SAID[language]]


@pytest.mark.parametrize("language", SAID)
def test_so_does_the_model_itself(language: str) -> None:
    with translation.override(language):
        with pytest.raises(ValidationError) as problem:
            Band._meta.get_field("formed").run_validators(3021)

        assert SAID[language] in problem.value.messages
