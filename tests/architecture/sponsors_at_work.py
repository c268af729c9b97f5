"""What the kind of docs/new-content-kind.md can do. test_new_content_kind.py runs this in a tree where it was added.

Its name keeps it out of this tree's own tests, where there are no sponsors.
"""

from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.content import declaring
from bandstand.content.changes import Change
from bandstand.content.recorded import Recorded
from bandstand.content.recording import recordings
from bandstand.portals.exporting import organization_export
from bandstand.tenancy.drift import find_drift
from tests.conftest import Portal

BACKSTAGE = "/backstage/sponsors/"
SPONSOR = {"name": "Kling & Klang", "website": "https://kling.example", "since": "1998"}
Sponsor: Any = apps.get_model("sponsors", "Sponsor")


@pytest.mark.django_db
def test_checks_are_clean_and_migrations_complete() -> None:
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_each_portal_has_its_table(alice_portal: Portal, charlie_portal: Portal) -> None:
    assert find_drift() == []
    for portal in (alice_portal, charlie_portal):
        with tenant_context(portal.organization):
            assert not Sponsor.with_trash().exists()
    assert issubclass(Sponsor, Recorded)
    assert recordings()["sponsors_sponsor"].kind == "sponsors.sponsor"


@pytest.mark.parametrize("role", roles.ROLES)
def test_it_appears_in_roles(alice_portal: Portal, role: str) -> None:
    fewer = {roles.MEMBER: {"view"}, roles.GUEST: set[str]()}
    wanted = fewer.get(role, {"view", "add", "change", "delete"})
    with tenant_context(alice_portal.organization):
        held = Permission.objects.filter(group__name=role, content_type__app_label="sponsors")
        assert set(held.values_list("codename", flat=True)) == {f"{action}_sponsor" for action in wanted}


def test_it_appears_in_both_navigations(alice_portal: Portal) -> None:
    assert "sponsors" in [place.url_name for place in declaring.portal_places()]
    assert "backstage:sponsors" in [place.url_name for place in declaring.backstage_places()]
    assert 'href="/sponsors/"' in alice_portal.client().get("/").content.decode()
    assert f'href="{BACKSTAGE}"' in alice_portal.client_of("member").get("/backstage/").content.decode()


def test_it_is_in_the_owners_copy_and_in_spreadsheets(alice_portal: Portal, charlie_portal: Portal) -> None:
    row = added(alice_portal)
    for portal, names in ((alice_portal, [row.name]), (charlie_portal, [])):
        with organization_export(portal.organization) as file, zipfile.ZipFile(file) as archive:
            rows = json.loads(archive.read("sponsors/sponsor.json"))
        assert [each["fields"]["name"] for each in rows] == names

    answer = alice_portal.client_of("editor").post(BACKSTAGE, {"do": "export", "rows": [row.pk]})
    assert 'filename="sponsors.xlsx"' in answer["Content-Disposition"]
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert any(b"https://kling.example" in archive.read(name) for name in archive.namelist())


def test_rights_are_those_of_the_roles(alice_portal: Portal, charlie_portal: Portal) -> None:
    row = added(alice_portal)
    reading = [BACKSTAGE, f"{BACKSTAGE}{row.pk}/history/"]
    writing = [f"{BACKSTAGE}add/", f"{BACKSTAGE}{row.pk}/"]
    posting = [f"{BACKSTAGE}{row.pk}/delete/", f"{BACKSTAGE}{row.pk}/put-back/"]
    admin = ["/admin/sponsors/sponsor/", f"/admin/sponsors/sponsor/{row.pk}/change/"]
    member, editor = alice_portal.client_of("member"), alice_portal.client_of("editor")

    assert {alice_portal.client().get(path).status_code for path in reading + writing} == {302}
    assert {member.get(path).status_code for path in reading + admin} == {200}
    assert {member.get(path).status_code for path in writing} == {403}
    assert {member.post(path).status_code for path in writing + posting} == {403}
    assert {editor.get(path).status_code for path in reading + writing + admin} == {200}
    strange = charlie_portal.client_of("owner")
    assert {strange.get(path).status_code for path in (reading[1], writing[1])} == {404}
    assert {strange.post(path).status_code for path in posting} == {404}


def test_the_list_searches_filters_and_sorts(alice_portal: Portal, charlie_portal: Portal) -> None:
    added(alice_portal)
    added(alice_portal, name="Ängström", since="1950", publish="1")
    editor = alice_portal.client_of("editor")

    def names(query: str) -> list[str]:
        page = editor.get(f"{BACKSTAGE}?{query}").content.decode()
        return sorted((name for name in ("Kling &amp; Klang", "Ängström") if f"<bdi>{name}<" in page), key=page.index)

    assert names("") == ["Kling &amp; Klang", "Ängström"]
    assert names("sort=since") == ["Ängström", "Kling &amp; Klang"]
    assert names("q=angstrom") == ["Ängström"]
    assert names("show=drafts") == ["Kling &amp; Klang"]
    assert "No sponsors match." in editor.get(f"{BACKSTAGE}?q=nobody").content.decode()
    assert "No sponsors yet." in charlie_portal.client_of("editor").get(BACKSTAGE).content.decode()


def test_the_form_refuses_what_the_database_refuses(alice_portal: Portal) -> None:
    editor = alice_portal.client_of("editor")
    for wrong in ({"name": ""}, {"since": "1066"}, {"website": "javascript:alert(1)"}):
        answer = editor.post(f"{BACKSTAGE}add/", SPONSOR | wrong)
        assert answer.status_code == 422, wrong
        assert 'aria-invalid="true"' in answer.content.decode()


def test_visitors_see_what_is_published(alice_portal: Portal, charlie_portal: Portal) -> None:
    row = added(alice_portal)
    visitor, editor = alice_portal.client(), alice_portal.client_of("editor")
    assert "No sponsors yet." in visitor.get("/sponsors/").content.decode()

    assert editor.post(f"{BACKSTAGE}{row.pk}/", SPONSOR | {"publish": "1"}).status_code == 302
    page = visitor.get("/sponsors/").content.decode()
    assert '<a href="https://kling.example" rel="noopener nofollow"><bdi>Kling &amp; Klang</bdi></a>' in page
    assert "Kling" not in charlie_portal.client().get("/sponsors/").content.decode()

    editor.post(BACKSTAGE, {"do": "unpublish", "rows": [row.pk]})
    assert "No sponsors yet." in visitor.get("/sponsors/").content.decode()


def test_it_can_be_scheduled(alice_portal: Portal) -> None:
    row = added(alice_portal, schedule="1", publish_at="2190-05-01 20:00")
    editor = alice_portal.client_of("editor")
    assert 'name="publish_at"' in editor.get(f"{BACKSTAGE}{row.pk}/").content.decode()
    assert re.search(r"appears on [^<]*2190", editor.get(BACKSTAGE).content.decode())
    assert "Kling" not in alice_portal.client().get("/sponsors/").content.decode()
    with tenant_context(alice_portal.organization):
        assert list(Sponsor.objects.scheduled()) == [row]


def test_its_changes_are_recorded_and_put_back(alice_portal: Portal) -> None:
    row = added(alice_portal)
    editor, path = alice_portal.client_of("editor"), f"{BACKSTAGE}{row.pk}/"
    assert editor.post(path, SPONSOR | {"name": "Ding & Dong"}).status_code == 302
    with tenant_context(alice_portal.organization):
        change = Change.objects.of(row).order_by("-pk").first()
        assert change.fields == {"name": ["Kling & Klang", "Ding & Dong"]}
    assert "Ding &amp; Dong" in editor.get(f"{path}history/").content.decode()

    assert editor.post(f"{path}put-back/", {"act": change.act}).status_code == 302
    with tenant_context(alice_portal.organization):
        row.refresh_from_db()
        assert row.name == "Kling & Klang"


def test_of_two_who_edit_it_neither_is_lost(alice_portal: Portal) -> None:
    row = added(alice_portal)
    editor, path = alice_portal.client_of("editor"), f"{BACKSTAGE}{row.pk}/"
    seen = editor.get(path).context["meanwhile"].mark
    assert editor.post(path, SPONSOR | {"name": "Mine", "seen": seen}).status_code == 302
    answer = alice_portal.client_of("manager").post(path, SPONSOR | {"name": "Yours", "seen": seen})
    assert answer.status_code == 422
    assert {"Mine", "Yours"} <= set(answer.content.decode().replace("<", ">").replace('"', ">").split(">"))


def test_it_goes_to_the_trash_and_comes_back(alice_portal: Portal) -> None:
    row = added(alice_portal, publish="1")
    editor = alice_portal.client_of("editor")
    form = editor.get(f"{BACKSTAGE}{row.pk}/").content.decode()
    assert f'<form id="trash" method="post" action="{BACKSTAGE}{row.pk}/delete/">' in form
    assert 'type="submit" form="trash"' in form
    answer = editor.post(f"{BACKSTAGE}{row.pk}/delete/", follow=True).content.decode()
    assert "Kling &amp; Klang is in the trash." in answer
    assert editor.get(f"{BACKSTAGE}{row.pk}/").status_code == 404
    assert "Kling" not in alice_portal.client().get("/sponsors/").content.decode()
    assert "Kling &amp; Klang" in editor.get("/backstage/trash/").content.decode()

    editor.post("/backstage/trash/sponsors.sponsor/bring-back/", {"rows": row.pk})
    assert "Kling &amp; Klang" in alice_portal.client().get("/sponsors/").content.decode()

    editor.post(BACKSTAGE, {"do": "trash", "rows": [row.pk]})
    owner, path = alice_portal.client_of("owner"), f"/backstage/trash/sponsors.sponsor/{row.pk}/delete/"
    assert owner.post(path).status_code == 302
    with tenant_context(alice_portal.organization):
        assert not Sponsor.with_trash().exists()


def added(portal: Portal, **sent: str) -> Any:
    """Add a sponsor by the form, and return it."""
    values = SPONSOR | sent
    answer = portal.client_of("editor").post(f"{BACKSTAGE}add/", values)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == BACKSTAGE
    with tenant_context(portal.organization):
        return Sponsor.objects.get(name=values["name"])
