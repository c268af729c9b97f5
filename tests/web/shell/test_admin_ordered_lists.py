"""Every list of both admins has an order of its own: a page of rows in no order repeats some and leaves others out."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.test import RequestFactory
from django_tenants.utils import tenant_context

from bandstand.accounts.models import User
from bandstand_web.shell.admin.platform_site import site as platform_site
from bandstand_web.shell.admin.tenant_site import site as tenant_site
from tests.conftest import Portal

ONE_ROW = {"organizations.Maintenance", "portals.PortalSettings"}


def unordered(site: AdminSite) -> list[str]:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True)
    return [
        model._meta.label
        for model, admin in site._registry.items()
        if not admin.get_queryset(request).ordered and model._meta.label not in ONE_ROW
    ]


def test_each_list_of_the_platform_is_ordered(db: None) -> None:
    assert unordered(platform_site) == []


def test_each_list_of_a_portal_is_ordered(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        assert unordered(tenant_site) == []
