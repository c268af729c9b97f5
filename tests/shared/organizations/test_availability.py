"""Which addresses are free, and which one is suggested."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from bandstand.organizations.availability import suggest_free_slug, validate_free_slug
from bandstand.organizations.models import Domain
from bandstand.organizations.time_zones import likely_time_zone, time_zone_choices
from tests.conftest import Portal


def test_a_taken_address_is_refused(alice_portal: Portal) -> None:
    with pytest.raises(ValidationError, match="taken"):
        validate_free_slug("alice")


def test_an_address_that_is_another_portals_domain_is_refused(alice_portal: Portal) -> None:
    Domain(tenant=alice_portal.organization, domain="former.bandstand.localhost").save()

    with pytest.raises(ValidationError, match="taken"):
        validate_free_slug("former")


def test_a_reserved_address_is_refused(alice_portal: Portal) -> None:
    with pytest.raises(ValidationError, match="reserved"):
        validate_free_slug("admin")


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("Motörhead & Söhne", "motorhead-sohne"), ("Alice", "alice-bands"), ("Admin", "admin-bands"), ("!", ""), ("", "")],
)
def test_it_suggests_a_free_address(alice_portal: Portal, name: str, suggestion: str) -> None:
    assert suggest_free_slug(name) == suggestion


@pytest.mark.parametrize(
    ("header", "zone"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "Europe/Vienna"),
        ("de", "Europe/Berlin"),
        ("en", "UTC"),
        ("en-GB", "Europe/London"),
        ("", "UTC"),
        ("*", "UTC"),
        ("x" * 5000, "UTC"),
    ],
)
def test_it_guesses_the_time_zone(header: str, zone: str) -> None:
    assert likely_time_zone(header) == zone


def test_every_guess_can_be_chosen() -> None:
    offered = {zone for _region, zones in time_zone_choices()[1:] for zone, _city in zones}

    assert {"Europe/Vienna", "America/New_York", "Australia/Sydney"} <= offered
