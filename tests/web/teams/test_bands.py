"""Bands on the team's page: an invitation names them, and each person's roles in them are shown and changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.audit.models import Act, Entry
from bandstand.bands.band_roles import BandRole
from bandstand.bands.models import Band
from bandstand.teams.membership import member_remove
from bandstand.teams.models import Invitation
from tests.conftest import PASSWORD, Portal
from tests.factories.bands import BandFactory
from tests.mailbox import link_in, newest_mail_to

TEACHER = "teacher@example.org"


@pytest.fixture
def bands(alice_portal: Portal) -> list[Band]:
    with tenant_context(alice_portal.organization):
        return [BandFactory(name=name, is_published=False) for name in ("Owls", "Foxes")]


def held(portal: Portal, email: str) -> list[tuple[str, str]]:
    with tenant_context(portal.organization):
        user = User.objects.get(email=email)
        return list(BandRole.objects.filter(user=user).order_by("band__name").values_list("band__name", "role"))


def sent(*rows: tuple[Any, str], initial: int = 0, **more: str) -> dict[str, Any]:
    data = {"bands-TOTAL_FORMS": str(len(rows)), "bands-INITIAL_FORMS": str(initial), **more}
    for number, (band, role) in enumerate(rows):
        data |= {f"bands-{number}-band": str(band), f"bands-{number}-role": role}
    return data


def test_a_school_gives_a_teacher_one_band(alice_portal: Portal, bands: list[Band]) -> None:
    owner, owls = alice_portal.client_of(roles.OWNER), bands[0]
    wanted = {"email": TEACHER, "role": "guest", "bands": [owls.pk], "band_role": "leader"}

    assert owner.post("/backstage/team/invite/", wanted).status_code == 302
    assert "<bdi>Owls</bdi>" in owner.get("/backstage/team/").content.decode()
    with tenant_context(alice_portal.organization):
        mail = newest_mail_to(TEACHER)
        path = urlsplit(link_in(mail)).path
    assert "Your role: Guest. Bands: Owls." in mail.text
    teacher = alice_portal.client()
    assert "Bands: <bdi>Owls</bdi>." in teacher.get(path).content.decode()
    answer = teacher.post(path, {"name": "Tina", "password": PASSWORD}, follow=True)

    assert answer.redirect_chain[-1][0] == "/backstage/"
    assert held(alice_portal, TEACHER) == [("Owls", "leader")]
    page = answer.content.decode()
    assert "/backstage/bands/" in page
    for closed in ("/admin/", "/backstage/jobs/", "/backstage/team/", "/backstage/plan/", "/backstage/polls/"):
        assert f'href="{closed}"' not in page
        assert teacher.get(closed).status_code in {302, 403}, closed
    assert teacher.get(f"/backstage/bands/{owls.pk}/").status_code == 200
    assert teacher.get(f"/backstage/bands/{bands[1].pk}/").status_code == 404
    assert "Owls (Leader)" in _words(owner.get("/backstage/team/").content.decode())


def _words(page: str) -> str:
    return page.replace("<bdi>", "").replace("</bdi>", "")


def test_a_guest_needs_a_band_and_somebody_without_one_is_told(alice_portal: Portal, bands: list[Band]) -> None:
    owner = alice_portal.client_of(roles.OWNER)

    answer = owner.post("/backstage/team/invite/", {"email": TEACHER, "role": "guest", "band_role": "leader"})

    assert answer.status_code == 422
    assert "Choose at least one band for a guest." in answer.content.decode()
    with tenant_context(alice_portal.organization):
        assert not Invitation.objects.exists()
    nobody = alice_portal.client_of(roles.GUEST).get("/backstage/")
    assert "You haven&#x27;t been given a band yet." in nobody.content.decode().replace("'", "&#x27;")


def test_roles_in_bands_are_changed_and_logged(alice_portal: Portal, bands: list[Band]) -> None:
    owner, guest = alice_portal.client_of(roles.OWNER), alice_portal.user(roles.GUEST)
    path, (owls, foxes) = f"/backstage/team/{guest.pk}/bands/", bands

    assert owner.post(path, sent((owls.pk, "leader"), (foxes.pk, "member"), ("", "leader"))).status_code == 302
    assert held(alice_portal, guest.email) == [("Foxes", "member"), ("Owls", "leader")]
    page = owner.get(path).content.decode()
    assert f'<option value="{owls.pk}" dir="auto" selected>' in page

    for refused in (sent((owls.pk, "leader"), (owls.pk, "editor")), sent((owls.pk, "king")), sent((0, "leader"))):
        assert owner.post(path, refused).status_code == 422
    assert owner.post(path, sent(more_rows="bands")).content.decode().count('-band" ') > 4
    gone = {"bands-0-DELETE": "on"}
    assert owner.post(path, sent((foxes.pk, "member"), (owls.pk, "editor"), initial=2, **gone)).status_code == 302
    assert held(alice_portal, guest.email) == [("Owls", "editor")]
    with tenant_context(alice_portal.organization):
        log = Entry.objects.filter(act=Act.BAND_ROLES_CHANGED).values_list("target", "detail")
        assert list(log) == [(guest.email, "Owls: editor"), (guest.email, "Foxes: member, Owls: leader")]


@pytest.mark.parametrize("role", [role for role in roles.ROLES if role != roles.OWNER])
def test_only_owners_give_bands(alice_portal: Portal, bands: list[Band], role: str) -> None:
    guest = alice_portal.user(roles.GUEST, "guest2@example.org")

    answer = alice_portal.client_of(role).post(f"/backstage/team/{guest.pk}/bands/", sent((bands[0].pk, "leader")))

    assert answer.status_code == 403
    assert held(alice_portal, guest.email) == []


def test_whoever_leaves_the_team_leaves_the_bands(alice_portal: Portal, bands: list[Band]) -> None:
    with tenant_context(alice_portal.organization):
        guest = alice_portal.user(roles.GUEST)
        BandRole.objects.create(user=guest, band=bands[0], role=BandRole.Role.LEADER)
        bands[0].move_to_trash()
        member_remove(user=guest)
        bands[0].trashed_at = None
        bands[0].save()

    assert held(alice_portal, guest.email) == []


def test_a_band_that_is_gone_by_then_is_left_out(alice_portal: Portal, bands: list[Band]) -> None:
    owner = alice_portal.client_of(roles.OWNER)
    owner.post(
        "/backstage/team/invite/",
        {"email": TEACHER, "role": "guest", "bands": [band.pk for band in bands], "band_role": "editor"},
    )
    with tenant_context(alice_portal.organization):
        path = urlsplit(link_in(newest_mail_to(TEACHER))).path
        bands[0].delete()

    alice_portal.client().post(path, {"name": "Tina", "password": PASSWORD})

    assert held(alice_portal, TEACHER) == [("Foxes", "editor")]


def test_another_portals_band_is_no_choice(alice_portal: Portal, charlie_portal: Portal, bands: list[Band]) -> None:
    with tenant_context(charlie_portal.organization):
        theirs = BandFactory(pk=99_999)

    answer = alice_portal.client_of(roles.OWNER).post(
        "/backstage/team/invite/", {"email": TEACHER, "role": "guest", "bands": [theirs.pk], "band_role": "leader"}
    )

    assert answer.status_code == 422
