"""Every change of content is recorded by the database: who, when, what, under which row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, Member
from bandstand.content import changes
from bandstand.content.changes import Change
from bandstand.content.changing import Changer, changing_as
from bandstand.content.recorded import Recorded
from bandstand.content.recording import TRIGGER, recordings
from bandstand.encryption.fields import EncryptedTextField
from bandstand.gigs.appearances import Appearance
from bandstand.polls.models import Vote
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandPhotoFactory, GenreFactory, InstrumentFactory, MemberFactory
from tests.factories.gigs import GigFactory
from tests.factories.polls import ChoiceFactory, QuestionFactory

# Tables of portals' apps that are content by their apps' declaration, and why their changes aren't recorded.
UNRECORDED = {
    "bands.bandrole": "the security log has who was given which",
    "content.change": "the record itself",
    "content.formeraddress": "made by triggers of what is recorded",
    "content.searchentry": "made by triggers of what is recorded",
    "enquiries.blockedsender": "a list with its own date and author",
    "enquiries.enquiry": "messages, which nobody edits",
    "enquiries.reply": "what was mailed, which nobody edits",
    "gigs.withdrawngig": "made by triggers of what is recorded",
    "numbers.countedday": "what was counted, which nobody edits",
    "polls.vote": "visitors' votes, which nobody edits",
}


@pytest.fixture(autouse=True)
def _portal(alice_portal: Portal, db: Any) -> Any:
    with tenant_context(alice_portal.organization):
        yield


def _of(row: models.Model) -> list[Change]:
    return list(Change.objects.of(row))


def _emptied() -> None:
    Change.objects.all().delete()


def test_each_exported_model_is_recorded_or_not_for_a_reason() -> None:
    from bandstand.content import declaring  # noqa: PLC0415

    exported = [config.label for config in declaring.configs() if config.is_exported]
    models_ = [model for label in exported for model in apps.get_app_config(label).get_models()]
    assert {m._meta.label_lower for m in models_ if not issubclass(m, Recorded)} == set(UNRECORDED)
    linked = {f.remote_field.through for m in models_ if issubclass(m, Recorded) for f in m._meta.many_to_many}
    assert {through._meta.db_table for through in linked} <= set(recordings())


def test_tables_have_the_triggers_that_their_models_declare(alice_portal: Portal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname = %s AND c.relnamespace = current_schema()::regnamespace",
            [TRIGGER],
        )
        found = dict(cursor.fetchall())
    schema = alice_portal.organization.schema_name
    assert {t: text.replace(f"{schema}.", "") for t, text in found.items()} == {
        table: each.sql().replace("public.", "") for table, each in recordings().items()
    }


def test_no_secret_is_recorded() -> None:
    for model in (m for m in apps.get_models() if issubclass(m, Recorded)):
        told = [f for f in model._meta.concrete_fields if f.column not in recordings()[model._meta.db_table].unrecorded]
        assert not [f for f in told if isinstance(f, EncryptedTextField) or f.name in {"password", "token", "key"}]
        assert not [f for f in told if "secret" in f.name]


def test_a_change_tells_before_and_after_and_nothing_else() -> None:
    band = BandFactory(name="Kintsugi Kids", town="Bonn")
    _emptied()
    band.town = "Ulm"
    band.save()
    (change,) = _of(band)
    assert (change.kind, change.action, change.fields) == ("bands.band", "changed", {"town": ["Bonn", "Ulm"]})
    assert abs(change.at - timezone.now()) < timedelta(minutes=1)


def test_nothing_is_recorded_where_nothing_changed() -> None:
    band = BandFactory()
    _emptied()
    band.save()
    assert _of(band) == []


@pytest.mark.parametrize("write", ["save", "update", "bulk_update", "sql"])
def test_it_is_recorded_however_it_is_written(write: str) -> None:
    band = BandFactory(town="Bonn")
    _emptied()
    if write == "sql":
        with connection.cursor() as cursor:
            cursor.execute("UPDATE bands_band SET town = 'Ulm' WHERE id = %s", [band.pk])
    elif write == "update":
        Band.objects.filter(pk=band.pk).update(town="Ulm")
    else:
        band.town = "Ulm"
        band.save() if write == "save" else Band.objects.bulk_update([band], ["town"])
    assert [change.fields for change in _of(band)] == [{"town": ["Bonn", "Ulm"]}]


def test_parts_and_links_are_recorded_under_their_band() -> None:
    band = BandFactory()
    _emptied()
    member = MemberFactory(band=band, name="Anna", role="")
    member.instruments.add(InstrumentFactory())
    member.role = "conductor"
    member.save()
    band.genres.add(GenreFactory())
    BandLink.objects.create(band=band, label="Site", url="https://example.org/")
    BandPhotoFactory(band=band)
    assert [(each.part, each.action) for each in reversed(_of(band))] == [
        ("bands.member", "added"),
        ("bands.member_instruments", "added"),
        ("bands.member", "changed"),
        ("bands.band_genres", "added"),
        ("bands.bandlink", "added"),
        ("bands.bandphoto", "added"),
    ]
    changed = _of(band)[3]
    assert (changed.part_id, changed.fields) == (member.pk, {"role": ["", "conductor"]})


def test_what_the_act_that_adds_a_row_does_to_it_is_told_by_its_addition() -> None:
    """An import of thousands of bands writes one change for each, not one for each member, genre and link."""
    with changing_as(lambda: Changer(by=Change.By.IMPORT, name="Anna")):
        band = BandFactory(genres=["Doom"])
        MemberFactory(band=band, instruments=["Tuba"])
        Band.objects.filter(pk=band.pk).update(town="Ulm")
    assert [(each.part, each.action, each.fields) for each in _of(band)] == [("", "added", {})]
    with changing_as(lambda: Changer(by=Change.By.PERSON, name="Ben")):
        MemberFactory(band=band)
    assert [(each.part, each.action) for each in _of(band)] == [("bands.member", "added"), ("", "added")]


def test_the_line_up_is_recorded_under_the_gig_and_choices_under_the_poll() -> None:
    gig, band, question = GigFactory(), BandFactory(), QuestionFactory()
    choice = ChoiceFactory(question=question, text="Perhaps")
    _emptied()
    Appearance.objects.create(gig=gig, band=band)
    choice.text = "Never"
    choice.save()
    Vote.objects.create(question=question, choice=choice, voter="v")
    assert [(each.part, each.action) for each in _of(gig)] == [("gigs.appearance", "added")]
    assert [each.fields for each in _of(question)] == [{"text": ["Perhaps", "Never"]}]


def test_what_is_deleted_is_told_with_its_parts() -> None:
    band = BandFactory(name="Gone")
    MemberFactory(band=band, name="Anna")
    key = band.pk
    _emptied()
    band.delete()
    told = Change.objects.of_kind(Band).filter(object_id=key).order_by("pk")
    assert [(each.part, each.action) for each in told] == [("bands.member", "deleted"), ("", "deleted")]
    assert told[0].fields["name"] == ["Anna", None]
    assert told[1].fields["name"] == ["Gone", None]


def test_rows_that_a_form_parks_are_recorded_as_what_they_become() -> None:
    band = BandFactory()
    one = BandLink.objects.create(band=band, label="One", url="https://one.example/")
    gone = BandLink.objects.create(band=band, label="Gone", url="https://gone.example/")
    gone_key = gone.pk
    _emptied()
    with transaction.atomic():
        BandLink.objects.filter(pk__in=[one.pk, gone.pk]).update(band_id=-models.F("band_id"))
        gone.delete()
        one.url = "https://gone.example/"
        one.save()
    assert [(each.action, each.part_id) for each in _of(band)] == [("changed", one.pk), ("deleted", gone_key)]
    assert _of(band)[0].fields == {"url": ["https://one.example/", "https://gone.example/"]}


def test_the_changer_is_told_and_nobody_else_on_the_same_connection() -> None:
    band = BandFactory()
    _emptied()
    with changing_as(lambda: Changer(by=Change.By.PERSON, user_id=1, name="Anna's \\ 100 %")):
        Band.objects.filter(pk=band.pk).update(town="Bonn")
    Band.objects.filter(pk=band.pk).update(town="Ulm")
    with changing_as(lambda: Changer(by=Change.By.PERSON, user_id=2, name="Ben")), transaction.atomic():
        Band.objects.filter(pk=band.pk).update(town="Kiel")
        transaction.set_rollback(True)
    with connection.cursor() as cursor:  # old code, or an operator's console
        cursor.execute("UPDATE bands_band SET town = 'Wien' WHERE id = %s", [band.pk])
    with changing_as(lambda: Changer(by=Change.By.PERSON, user_id=2, name="Ben")):
        band.refresh_from_db()
        band.town = "Graz"
        band.save()
    assert [(each.user_id, each.user_name) for each in reversed(_of(band))] == [
        (1, "Anna's \\ 100 %"),
        (None, ""),
        (None, ""),
        (2, "Ben"),
    ]


def test_who_acts_is_found_out_once_and_for_changes_of_content_only() -> None:
    band = BandFactory()
    asked: list[int] = []

    def find_out() -> Changer:
        asked.append(1)
        return Changer(by=Change.By.JOB)

    with changing_as(find_out):
        list(Band.objects.all())
        assert not asked
        for town in ("Bonn", "Ulm"):
            Band.objects.filter(pk=band.pk).update(town=town)
    assert len(asked) == 1
    latest, before = _of(band)[:2]
    assert latest.act == before.act


def test_a_statement_with_its_changer_is_one_query(django_assert_num_queries: Any) -> None:
    band = BandFactory()
    with changing_as(lambda: Changer(by=Change.By.JOB)), django_assert_num_queries(1):
        assert Band.objects.filter(pk=band.pk).update(town="Ulm") == 1
    with changing_as(lambda: Changer(by=Change.By.JOB)):
        (made,) = Member.objects.bulk_create([Member(band=band, name="Anna")])
    assert Member.objects.get(pk=made.pk).name == "Anna"


def test_long_texts_are_kept_of_the_newest_changes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    band = BandFactory(biography="")
    _emptied()
    for number in range(changes.LONG_TEXTS + 5):
        Band.objects.filter(pk=band.pk).update(biography=f"{number:05}" * 4000)
    told = _of(band)
    assert len(told) == changes.LONG_TEXTS + 5
    assert [each.fields["biography"] is None for each in told] == [False] * changes.LONG_TEXTS + [True] * 5
    assert told[0].fields["biography"][1].startswith("00034")


def test_old_changes_and_too_many_of_one_row_are_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_OF_A_ROW", 3)
    band, other = BandFactory(), BandFactory()
    Change.objects.of(band).delete()
    for town in ("A", "B", "C", "D", "E"):
        Band.objects.filter(pk=band.pk).update(town=town)
    Change.objects.of(other).update(at=timezone.now() - changes.KEPT - timedelta(days=1))
    assert Change.objects.prune() > 0
    assert [each.fields["town"][1] for each in _of(band)] == ["E", "D", "C"]
    assert _of(other) == []


def test_the_newest_changes_of_a_page_take_one_query(django_assert_num_queries: Any) -> None:
    bands = BandFactory.create_batch(3)
    with changing_as(lambda: Changer(by=Change.By.PERSON, user_id=1, name="Anna")):
        Band.objects.filter(pk=bands[0].pk).update(town="Ulm")
    with django_assert_num_queries(1):
        latest = Change.objects.latest_of(Band, [band.pk for band in bands])
    assert latest[bands[0].pk].user_name == "Anna"
    assert latest[bands[1].pk].user_name == ""


def test_one_portals_record_never_holds_anothers(alice_portal: Portal, charlie_portal: Portal) -> None:
    with tenant_context(charlie_portal.organization):
        BandFactory(town="Canary")
        assert Change.objects.exists()
    assert not Change.objects.filter(fields__icontains="Canary").exists()
