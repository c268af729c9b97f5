from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from bandstand.portals.models import PortalSettings

pytestmark = pytest.mark.usefixtures("in_alice_portal")


def test_it_makes_the_row_at_the_first_access_only() -> None:
    assert PortalSettings.objects.current() == PortalSettings.objects.current()
    assert PortalSettings.objects.count() == 1


def test_it_refuses_a_second_row() -> None:
    PortalSettings.objects.current()
    with pytest.raises(IntegrityError), transaction.atomic():
        PortalSettings.objects.create(pk=2)


def test_it_computes_accents_and_a_new_version_on_save() -> None:
    portal = PortalSettings.objects.current()
    before = portal.version
    portal.accent = "#ffff00"
    portal.save(update_fields=["accent"])
    portal.refresh_from_db()
    assert portal.version == before + 1
    assert portal.palette.light.text != "#ffff00"
    assert portal.palette.dark.text == "#ffff00"
