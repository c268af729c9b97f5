"""Names that mails repeat lead nowhere."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from bandstand.accounts.models import User
from bandstand.content.shown_names import NAME_MAX_LENGTH, validate_shown_name
from bandstand.organizations.models import Organization


@pytest.mark.parametrize(
    "name",
    [
        "http://evil.example",
        "Win at HTTPS://evil.example/now",
        "hxxp://evil",
        "www.evil",
        "evil.com",
        "Log in: evil.de.",
        "evil.example/path",
        "evil\u3002com",
        "\uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d",
        "ask@evil",
        "192.0.2.1",
        "bit.ly/4711",
        "Two\nlines",
        "Two\u2028lines",
        "Two\rlines",
        "x" * (NAME_MAX_LENGTH + 1),
    ],
)
def test_it_refuses(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_shown_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("R.E.M.", "M.I.A.", "N.W.A", "Dr.Dre", "St.Pauli", "AC/DC", "U.K. Subs", "J.J. Cale", "Blumentopf e.V."),
        *("Kunst & Co. KG", "No.1", "Vol. 2.0", "+/-", "!!!", "\ud55c\uc74c\ubc34\ub4dc", "x" * NAME_MAX_LENGTH),
    ],
)
def test_it_takes_what_people_are_called(name: str) -> None:
    validate_shown_name(name)


@pytest.mark.parametrize("model", [Organization, User])
def test_whatever_sender_or_signature_is_made_of_is_held_to_it(model: type[Organization | User]) -> None:
    assert validate_shown_name in model._meta.get_field("name").validators
