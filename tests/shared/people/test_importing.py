"""People go out to a spreadsheet and come back as they were; a name alone is asked about."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django_tenants.utils import tenant_context

from bandstand.imports.importing import columns_for, may_see_import
from bandstand.imports.models import SpreadsheetImport
from bandstand.people.importing import PersonImporter
from bandstand.people.merging import people_merge, state_of
from bandstand.people.models import Person
from bandstand.people.spreadsheet import PersonResource
from bandstand.spreadsheets.importing import Action
from tests.conftest import Portal
from tests.factories.bands import BandFactory, InstrumentFactory, MemberFactory
from tests.factories.people import PersonFactory
from tests.importing import import_through


def planned(answer: str | None = None, **cells: Any) -> Any:
    answers = {2: answer} if answer else {}
    (plan,) = PersonImporter(answers=answers).plan([(2, cells, [])])
    return plan


def exported() -> Any:
    return PersonResource(hidden=()).export(Person.objects.all())


def a_few() -> None:
    kim = PersonFactory(name="Kim Bell", sort_name="Bell, Kim", email="kim@example.org", phone="+49 1", notes="A\nB")
    kim.instruments.set([InstrumentFactory(name="Tuba"), InstrumentFactory(name="Horn")])
    MemberFactory(person=kim, band=BandFactory(name="Owls"))
    PersonFactory(name="Kim Bell", pronouns="they")


def test_what_was_exported_changes_nothing_here_and_is_equal_elsewhere(
    alice_portal: Portal, charlie_portal: Portal
) -> None:
    with tenant_context(alice_portal.organization):
        a_few()
        table = exported()
        found = import_through(subject="people", content=table.export("csv"), by=alice_portal.user("manager"))
        assert (found.unchanged, found.added, found.changed, found.refused) == (2, 0, 0, 0)
        assert (found.preview or {"unknown": []})["unknown"] == []
    with tenant_context(charlie_portal.organization):
        assert not Person.objects.exists()
        found = import_through(subject="people", content=table.export("csv"), by=charlie_portal.user("manager"))
        assert found.added == 2
        again = exported()
        for one, other in zip(table.dict, again.dict, strict=True):
            assert {**one, "bands": ""} == {**other, "bands": ""}


def test_the_same_name_is_asked_about_and_nobody_is_merged(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        kim = PersonFactory(name="Kim Bell")
        asked = planned(name="KIM BELL", phone="2")
        assert (asked.action, [key for key, _label in asked.choices]) == (Action.ASK, [kim.pk])
        assert planned(str(kim.pk), name="KIM BELL", phone="2").action is Action.CHANGE
        assert planned("new", name="KIM BELL").action is Action.ADD
        skipped = import_through(subject="people", content="name\nkim bell\nLou\nLou\n", by=alice_portal.user("owner"))
        assert (skipped.added, skipped.refused) == (2, 1)
        assert "may be the same person" in skipped.refusals[0]["problems"][0]
        assert Person.objects.count() == 3


def test_the_identifier_of_somebody_merged_leads_to_who_stays(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        kim, gone, trashed = (PersonFactory(name=name) for name in ("Kim", "Kimmy", "Lou"))
        people_merge(stays=kim.pk, gone=gone.pk, taken=(), seen=state_of(kim, gone), by="Alice", with_private=True)
        trashed.move_to_trash()
        assert planned(name="Kim", uid=str(gone.uid)).key == kim.pk
        assert planned(name="Lou", uid=str(trashed.uid)).action is Action.REFUSE
        assert planned(name="Lou").action is Action.REFUSE
        assert planned(name="Kimmy").action is Action.ADD
        assert "identifier" in planned(name="Kim", uid="4711").problems[0]


def test_private_columns_are_for_those_with_the_right(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        kim = PersonFactory(name="Kim", phone="1")
        editor, manager = alice_portal.user("editor"), alice_portal.user("manager")
        content = f"name,phone,E-Mail,pronouns,uid\nKim,2,x@example.org,they,{kim.uid}\n"
        found = import_through(subject="people", content=content, by=editor)
        kim.refresh_from_db()
        assert (found.changed, kim.phone, kim.email, kim.pronouns) == (1, "1", "", "they")
        names = {each.name for each in columns_for("people", editor)}
        assert names == {"name", "sort_name", "pronouns", "instruments", "uid"}

        theirs = import_through(subject="people", content=content, by=manager)
        kim.refresh_from_db()
        assert (kim.phone, kim.email) == ("2", "x@example.org")
        assert [may_see_import(editor, of) for of in (found, theirs)] == [True, False]
        assert may_see_import(manager, found)


@pytest.mark.parametrize(("role", "status"), [("editor", 404), ("manager", 200)])
def test_what_a_manager_handed_in_is_no_editors(role: str, status: int, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        content = "name,phone,uid\nKim,canary of phones,x\n"
        found = import_through(subject="people", content=content, by=alice_portal.user("owner"))
        assert SpreadsheetImport.objects.get().refused == 1
    team = alice_portal.client_of(role)
    for page in ("", "refused.csv"):
        answer = team.get(f"/backstage/imports/{found.pk}/{page}")
        assert answer.status_code == status
        assert ("canary of phones" in answer.getvalue().decode()) is (status == 200 and page != "")
    blank = team.get("/backstage/imports/blank/people.csv").getvalue().decode()
    assert ("phone" in next(csv.reader(io.StringIO(blank)))) is (role == "manager")
    assert ("<code><bdi>phone</bdi></code>" in team.get("/backstage/imports/add/").content.decode()) is (
        role == "manager"
    )
