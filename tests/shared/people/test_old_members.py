"""The people of members from before there were people."""

from __future__ import annotations

from importlib import import_module

from django.db import connection
from django_tenants.utils import tenant_context

from bandstand.bands.models import Member
from bandstand.content.changes import Change
from bandstand.people.models import Person
from tests.conftest import Portal
from tests.factories.bands import BandFactory, MemberFactory

FILL = import_module("bandstand.bands.migrations.0015_persons_of_old_members").FILL
# As the release before left them.
BEFORE = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE bands_member DISABLE TRIGGER USER;
UPDATE bands_member SET person_id = NULL;
DELETE FROM people_person;
DELETE FROM content_change;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE bands_member ENABLE TRIGGER USER;
"""


def test_each_line_becomes_a_person_and_nothing_else_changes(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        gone = BandFactory()
        for band, name in ((BandFactory(), "Kim"), (BandFactory(), "KIM"), (gone, "Kim"), (BandFactory(), "")):
            MemberFactory(band=band, name=name)
        gone.move_to_trash()
        lines = list(Member._base_manager.order_by("pk").values("pk", "band", "name", "position"))
        cursor.execute(BEFORE)

        for _again in range(2):
            cursor.execute(FILL)

            assert list(Person.objects.order_by("pk").values_list("name", flat=True)) == ["Kim", "KIM", "Kim"]
        found = Member._base_manager.order_by("pk").values_list("name", "person__name")
        assert list(found) == [("Kim", "Kim"), ("KIM", "KIM"), ("Kim", "Kim"), ("", None)]
        assert len({person.uid for person in Person.objects.all()}) == 3
        assert list(Member._base_manager.order_by("pk").values("pk", "band", "name", "position")) == lines
        assert not Change.objects.exists(), "nobody changed anything"
