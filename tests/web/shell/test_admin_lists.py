"""Lists of the administration: what is written at once is what Django's widgets write."""

from __future__ import annotations

import re

from django.contrib.admin import ModelAdmin
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand_web.bands.admin import BandAdmin
from bandstand_web.shell.admin.tenant_site import site
from tests.conftest import Portal
from tests.factories.bands import BandFactory


def test_the_box_of_a_row_is_djangos(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory(name='"Rock" & <Roll>')
        admin = BandAdmin(Band, site)

        assert admin.action_checkbox(band) == ModelAdmin.action_checkbox(admin, band)
        page = alice_portal.client_of(roles.OWNER).get("/admin/bands/band/").content.decode()

    assert re.search(r'<input type="checkbox"[^>]*id="action-toggle"', page)
    assert page.count('class="action-select"') == 1
