"""A portal that is being moved is shown and takes nothing in, also where a process hasn't heard of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils.html import escape
from django_tenants.utils import tenant_context

from bandstand.bands.models import Band
from bandstand.moving.closing import writing_allow, writing_forbid
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings
from tests.conftest import Portal

State = Organization.State


@pytest.fixture
def closed_tables(alice_portal: Portal) -> Iterator[None]:
    """The tables refuse, and nobody was told."""
    writing_forbid(alice_portal.organization.schema_name)
    yield
    writing_allow(alice_portal.organization.schema_name)


def become(portal: Portal, state: str, cell: str = "") -> None:
    portal.organization.state, portal.organization.cell = state, cell
    portal.organization.save()


def test_it_is_shown_and_takes_nothing_in(alice_portal: Portal) -> None:
    become(alice_portal, State.MOVING)
    client = alice_portal.client()

    assert client.get("/").status_code == 200
    answer = client.post("/language/", {"language": "de"}, headers={"Accept-Language": "de"})

    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert "Einen Moment, bitte" in answer.content.decode()
    assert escape(alice_portal.organization.name) in answer.content.decode()


def test_a_portal_that_nobody_visited_yet_is_shown(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        PortalSettings.objects.all().delete()
    become(alice_portal, State.MOVING)
    writing_forbid(alice_portal.organization.schema_name)

    assert alice_portal.client().get("/").status_code == 200


def test_a_program_gets_json(alice_portal: Portal) -> None:
    become(alice_portal, State.MOVING)

    answer = alice_portal.client().post("/language/", headers={"Accept": "application/json"})

    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert "send it again" in answer.json()["title"]


@pytest.mark.usefixtures("closed_tables")
def test_the_tables_refuse_where_nobody_knew(alice_portal: Portal) -> None:
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with tenant_context(alice_portal.organization), refused, transaction.atomic():
        Band.objects.create(name="Late", slug="late")
    with tenant_context(alice_portal.organization):
        assert Band.objects.count() >= 0, "and are read"


def test_a_refused_view_says_so_once_the_portal_moves(alice_portal: Portal) -> None:
    client = alice_portal.client_of("owner")
    client.get("/backstage/")  # this process remembers an open portal
    # As another process would: no signal, so nobody here hears of it.
    Organization.objects.filter(pk=alice_portal.organization.pk).update(state=State.MOVING)
    writing_forbid(alice_portal.organization.schema_name)

    answer = client.post("/backstage/domains/", {"name": "www.theband.com"})

    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert not alice_portal.organization.custom_domains.exists()


def test_reading_doesnt_fail_for_a_session_that_cant_be_stored(alice_portal: Portal) -> None:
    client = alice_portal.client_of("owner")
    with tenant_context(alice_portal.organization):
        session = client.session
        session["_seen"] = time.time() - 3600  # so long ago that this look is to be written down
        session.save()
    become(alice_portal, State.MOVING)
    writing_forbid(alice_portal.organization.schema_name)

    assert client.get("/backstage/").status_code == 200


@pytest.mark.parametrize(("state", "cell"), [(State.MOVED, "nowhere"), (State.ARRIVING, "nowhere")])
def test_a_portal_of_an_unknown_cell_is_out_of_reach(alice_portal: Portal, state: str, cell: str) -> None:
    become(alice_portal, state, cell)

    answer = alice_portal.client().get("/")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"


def test_two_cells_that_point_at_each_other_end_it(alice_portal: Portal, settings: object) -> None:
    settings.CELLS = {"south": "http://127.0.0.1:9"}  # type: ignore[attr-defined]
    become(alice_portal, State.MOVED, "south")

    assert alice_portal.client().get("/", headers={"X-Bandstand-Hops": "3"}).status_code == 503


def test_what_arrives_is_shown_to_whom_the_other_cell_sends(alice_portal: Portal) -> None:
    become(alice_portal, State.ARRIVING, "north")
    client = alice_portal.client()

    assert client.get("/", headers={"X-Bandstand-Hops": "1"}).status_code == 200
    assert client.post("/language/", headers={"X-Bandstand-Hops": "1"}).status_code == 503


def test_an_owner_sees_it_on_the_list_and_cant_end_it(alice_portal: Portal, platform_client: Client) -> None:
    owner = alice_portal.organization.owners.get()
    platform_client.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    become(alice_portal, State.MOVED, "south")

    assert "Go backstage" in platform_client.get("/organizations/").content.decode()
    assert platform_client.get(f"/organizations/{alice_portal.organization.slug}/delete/").status_code == 404
    become(alice_portal, State.MOVING)
    assert platform_client.post("/organizations/alice/delete/", {"typed": "alice"}).status_code == 503
    assert platform_client.post("/organizations/alice/", {"name": "Other"}).status_code == 503
    assert connection.schema_name == "public"
    assert Organization.objects.get(slug="alice").state == State.MOVING
