"""Tenancy costs a warm page nothing: no query more than the same view without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand_web.bands.portal import pages as bands
from bandstand_web.gigs.portal import pages as gigs
from bandstand_web.home import portal as home
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory


@pytest.mark.parametrize(("path", "view"), [("/bands/", bands.index), ("/gigs/", gigs.index), ("/", home.home)])
def test_it_asks_the_database_no_more_than_the_view_alone(
    alice_portal: Portal, path: str, view: Callable[[HttpRequest], HttpResponse]
) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory.create_batch(3, is_published=True)
        GigFactory(starts_at=timezone.now() + timezone.timedelta(days=2), is_published=True)
    client = alice_portal.client()
    client.get(path)
    client.get(path)

    with CaptureQueriesContext(connection) as whole:
        assert client.get(path).status_code == 200
    request = RequestFactory(HTTP_HOST=alice_portal.host).get(path)
    request.user, request.organization = AnonymousUser(), alice_portal.organization  # type: ignore[attr-defined]
    with tenant_context(alice_portal.organization):
        connection.cursor().close()
        with CaptureQueriesContext(connection) as alone:
            view(request)

    assert len(whole) <= len(alone) > 0
