"""No list asks the database more for many rows than for two."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from unittest.mock import Mock, patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.tenancy.resolution import resolver
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandPhotoFactory, MemberFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.polls import QuestionFactory
from tests.isolation.twins import fill
from tests.isolation.visiting import PORTAL, addresses, path_to

FEW, MANY = 2, 9
MOST_FOR_VISITORS = 12


def band() -> None:
    made = BandFactory(genres=["Doom", "Folk"], photo=ReadyPictureFactory(), logo=ReadyPictureFactory())
    MemberFactory(band=made, instruments=["Tuba"])
    GigFactory(bands=[made], starts_at=timezone.now() + timedelta(days=2))
    GigFactory(bands=[made], starts_at=timezone.now() - timedelta(days=9))


def members() -> None:
    MemberFactory(band=BandFactory._meta.model.objects.get(slug="the-one"), instruments=["Tuba", "Flute"])


def colleague() -> None:
    user = User.objects.create(email=f"{secrets.token_hex(4)}@example.org", name="Bob")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    roles.assign(user, roles.EDITOR)


def queries(portal: Portal, path: str, role: str | None) -> int:
    client = portal.client_of(role) if role else portal.client()
    # Words of changed hosts arrive when they arrive; a host that is looked up again is no cost of the list.
    with patch.multiple(resolver, forget=Mock(), forget_organization=Mock()):
        assert client.get(path).status_code == 200
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
    return len(seen)


@pytest.mark.parametrize(
    ("path", "role", "row"),
    [
        ("/", None, band),
        ("/bands/", None, band),
        ("/search/?q=band", None, band),
        ("/bands/the-one/", None, members),
        ("/gigs/", None, band),
        ("/gigs/?when=past", None, band),
        ("/polls/", None, QuestionFactory),
        ("/backstage/", roles.OWNER, band),
        ("/backstage/bands/", roles.OWNER, band),
        ("/backstage/gigs/", roles.OWNER, band),
        ("/backstage/enquiries/", roles.OWNER, EnquiryFactory),
        ("/backstage/polls/", roles.OWNER, QuestionFactory),
        ("/backstage/jobs/", roles.OWNER, band),
        ("/backstage/log/", roles.OWNER, band),
        ("/backstage/team/", roles.OWNER, colleague),
        ("/admin/bands/band/", roles.OWNER, band),
        ("/admin/gigs/gig/", roles.OWNER, band),
        ("/admin/media/picture/", roles.OWNER, band),
        ("/admin/polls/question/", roles.OWNER, QuestionFactory),
        ("/admin/enquiries/enquiry/", roles.OWNER, EnquiryFactory),
    ],
)
def test_a_list_of_many_costs_no_query_more(
    alice_portal: Portal, path: str, role: str | None, row: Callable[[], object]
) -> None:
    with tenant_context(alice_portal.organization):
        BandFactory(slug="the-one")
        for _number in range(FEW):
            row()
    few = queries(alice_portal, path, role)
    with tenant_context(alice_portal.organization):
        for _number in range(MANY):
            row()
    assert queries(alice_portal, path, role) <= few


def test_no_address_asks_much_for_a_visitor(alice_portal: Portal) -> None:
    """Whatever answers visitors at all, feeds, calendars and files among them, in a portal with a row of every kind."""
    twin, heavy, seen = fill(alice_portal, "canaryalice"), {}, 0
    visitor = alice_portal.client()

    for name, address in addresses(PORTAL).items():
        with CaptureQueriesContext(connection) as asked:
            answer = visitor.get(path_to(address, twin))
        seen += answer.status_code == HTTPStatus.OK
        if len(asked) > MOST_FOR_VISITORS:
            heavy[name] = len(asked)

    assert heavy == {}
    assert seen > 50


@pytest.mark.parametrize(
    ("path", "role", "most"), [("/backstage/gigs/", roles.OWNER, 9), ("/backstage/gigs/add/", roles.OWNER, 10)]
)
def test_a_page_of_the_team_asks_no_more_than_this(alice_portal: Portal, path: str, role: str, most: int) -> None:
    with tenant_context(alice_portal.organization):
        band()

    assert queries(alice_portal, path, role) <= most


def posted(portal: Portal, path: str, fields: dict[str, str]) -> int:
    """Return how often a form that is sent asks for contents and for what holds of them."""
    client = portal.client_of(roles.OWNER)
    with CaptureQueriesContext(connection) as seen:
        assert client.post(path, fields).status_code == 302
    return sum(any(word in each["sql"] for word in (' "bands_', 'FROM "media_', '"_check"')) for each in seen)


def form_set(prefix: str, rows: list[dict[str, str]]) -> dict[str, str]:
    counted = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(len(rows))}
    return counted | {f"{prefix}-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}


def test_pictures_that_stay_as_they_are_cost_no_query(alice_portal: Portal) -> None:
    def save(count: int) -> int:
        with tenant_context(alice_portal.organization):
            made = BandFactory()
            photos = [BandPhotoFactory(band=made, picture=ReadyPictureFactory(), position=at) for at in range(count)]
            rows = [
                {"id": str(photo.pk), "alt": photo.picture.alt, "caption": photo.caption, "position": str(at)}
                for at, photo in enumerate(photos, start=1)
            ]
        return posted(alice_portal, f"/backstage/bands/{made.pk}/photos/describe/", form_set("photos", rows))

    save(FEW)  # what the portal keeps for the next request
    assert save(MANY) == save(FEW)


def test_members_that_stay_as_they_are_cost_no_query(alice_portal: Portal) -> None:
    def save(count: int) -> int:
        with tenant_context(alice_portal.organization):
            made = BandFactory()
            people = [MemberFactory(band=made, instruments=["Tuba"], position=at) for at in range(count)]
            rows = [
                {
                    "id": str(each.pk),
                    "name": each.name,
                    "role": each.role,
                    "instrument_names": "Tuba",
                    "since": str(each.since or ""),
                    "until": str(each.until or ""),
                    "position": str(at),
                }
                for at, each in enumerate(people, start=1)
            ]
            fields = {"name": made.name, "slug": made.slug, **form_set("members", rows), **form_set("links", [])}
        return posted(alice_portal, f"/backstage/bands/{made.pk}/", fields)

    save(FEW)  # what the portal keeps for the next request
    assert save(MANY) == save(FEW)
