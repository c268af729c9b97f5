"""Rows of a table: understood as people write them, recognized, compared, and stored once somebody confirmed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django_tenants.utils import tenant_context

from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, Genre, Instrument, Member
from bandstand.content.slugs import UnusedSlugs
from bandstand.gigs.line_up import line_up_set
from bandstand.gigs.models import Gig
from bandstand.imports.importing import import_choose_columns, import_confirm, importer_of, subjects
from bandstand.imports.models import PhotoLink, SpreadsheetImport
from bandstand.imports.reading import rows_preview, rows_store
from bandstand.jobs.models import Job
from bandstand.organizations.plans import Plan, Subscription
from bandstand.spreadsheets.columns import match_columns
from bandstand.spreadsheets.tables import WINDOWS_EPOCH, Cell, Row, Table
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory


@pytest.fixture(autouse=True)
def portal(alice_portal: Portal) -> Iterator[Portal]:
    """Alice's portal, entered."""
    with tenant_context(alice_portal.organization):
        yield alice_portal


def table(headings: str, *rows: Sequence[Cell], epoch: date = WINDOWS_EPOCH) -> Table:
    found = [Row(number, list(row)) for number, row in enumerate(rows, start=2)]
    return Table(headings.split("|"), lambda: iter(found), len(found), epoch=epoch)


def preview(subject: str, rows: Table, **values: Any) -> SpreadsheetImport:
    begun = SpreadsheetImport.objects.create(subject=subject, file_name="x.csv", path="x", **values)
    rows_preview(number=begun.pk, table=rows, report=lambda _done, _total: None)
    begun.refresh_from_db()
    return begun


def take_in(portal: Portal, subject: str, rows: Table, **answers: str) -> SpreadsheetImport:
    """Preview, confirm and store; what was shown must be what is done."""
    shown = preview(subject, rows)
    before = (shown.added, shown.changed, shown.unchanged)
    import_confirm(number=shown.pk, answers=answers, by=portal.user())
    rows_store(number=shown.pk, table=rows, report=lambda _done, _total: None)
    shown.refresh_from_db()
    if not answers:
        assert (shown.added, shown.changed, shown.unchanged) == before
    return shown


def problems(of: SpreadsheetImport) -> list[str]:
    return [text for refusal in of.refusals for text in refusal["problems"]]


# --- Columns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "headings", "names"),
    [
        ("bands", "Band|Stadt|Gegründet|Genres|Kontakt-E-Mail", "name|town|formed|genres|contact_email"),
        ("bands", "Künstler*|Heimatort|Land|Webseite|Mitglieder", "name|town|country|links|members"),
        ("gigs", "Datum|Uhrzeit|Einlass|Künstler|Location|Ort|VVK", "date|time|doors_at|bands|venue|town|ticket_url"),
        ("gigs", "Doors_at (local)|START|Line-up|Zeitzone", "doors_at|starts_at|bands|time_zone"),
        # What Bandsintown's upload template calls its columns.
        (
            "gigs",
            "Artist Name|Venue*|Address|City*|Timezone*|Start Date* (yyyy-mm-dd)|Start Time* (HH:MM)|Event Name",
            "bands|venue|address|town|time_zone|date|time|title",
        ),
        ("bands", "Mystery|Name|Name", "|name|"),
    ],
)
def test_columns_are_known_by_what_people_call_them(subject: str, headings: str, names: str) -> None:
    found, unknown = match_columns(headings.split("|"), importer_of(subject).columns, {})

    assert "|".join(column.name if column else "" for column in found) == names
    assert (unknown == []) == ("" not in names.split("|"))


@pytest.mark.parametrize("subject", [each.label for each in subjects()])
def test_columns_are_known_by_their_labels_in_every_language(subject: str) -> None:
    for language in ("en", "de"):
        with translation.override(language):
            columns = importer_of(subject).columns
            found, unknown = match_columns([str(column.label) for column in columns], columns, {})
            assert not unknown, language
            assert [column.name for column in found if column] == [column.name for column in columns]


def test_a_column_that_nobody_knows_is_asked_for(portal: Portal) -> None:
    rows = table("Name|Where from|Shoe size", ["Mo", "Ulm", "44"])
    shown = preview("bands", rows)
    assert shown.preview is not None
    assert shown.preview["unknown"] == ["Where from", "Shoe size"]

    import_choose_columns(number=shown.pk, chosen={"Where from": "town", "Shoe size": ""}, by=portal.user())
    rows_preview(number=shown.pk, table=rows, report=lambda _done, _total: None)
    shown.refresh_from_db()
    import_confirm(number=shown.pk, answers={}, by=portal.user())
    rows_store(number=shown.pk, table=rows, report=lambda _done, _total: None)

    assert shown.preview["unknown"] == []
    assert Band.objects.get(name="Mo").town == "Ulm"


def test_columns_after_one_that_is_left_out_keep_their_places(portal: Portal) -> None:
    take_in(portal, "bands", table("Name|Shoe size|Town", ["Mo", "44", "Ulm"]))

    assert Band.objects.get(name="Mo").town == "Ulm"


# --- Bands -----------------------------------------------------------------------------------------------------------


def test_bands_are_read_as_people_write_them(portal: Portal) -> None:
    done = take_in(
        portal,
        "bands",
        table(
            "Name|Land|kann rocken|Gegründet|Genres|veröffentlicht|Mitglieder|Links",
            [
                1975,
                "Germany",
                "FALSCH",
                1988.0,
                "Doom, Post-Rock; doom",
                "WAHR",
                "Anna Bell (vocals, guitar) 1999-2004; Ben Ode",
                "Bandcamp: https://x.example/a; www.mo.example",
            ],
            ["Mo", "Deutschland", "", "", "", "", "", ""],
            ["Jo", "usa", "ja", "", "", "nein", "", ""],
            ["Zo", "Großbritannien", "", "", "", "", "", ""],
        ),
    )

    assert problems(done) == []
    band = Band.objects.get(name="1975")
    assert (band.country, band.can_rock, band.formed, band.is_published) == ("DE", False, 1988, True)
    assert sorted(genre.name for genre in band.genres.all()) == ["Doom", "Post-Rock"]
    anna, ben = band.members.all()
    assert (anna.name, anna.since, anna.until) == ("Anna Bell", 1999, 2004)
    assert sorted(each.name for each in anna.instruments.all()) == ["guitar", "vocals"]
    assert (ben.name, ben.since) == ("Ben Ode", None)
    links = list(band.links.values_list("label", "url"))
    assert links == [("Bandcamp", "https://x.example/a"), ("mo.example", "https://www.mo.example")]
    others = {each.name: each for each in Band.objects.exclude(pk=band.pk)}
    assert {name: str(each.country) for name, each in others.items()} == {"Mo": "DE", "Jo": "US", "Zo": "GB"}
    assert not others["Mo"].is_published  # drafts unless said otherwise
    assert others["Mo"].can_rock


@pytest.mark.parametrize(
    ("heading", "cell", "words"),
    [
        ("formed", "88", "four digits"),
        ("formed", "1599", "1600"),
        ("formed", "2201", "2200"),
        ("formed", "1e3", "four digits"),
        ("formed", 10**300, "four digits"),
        ("country", "Atlantis", "no country called “Atlantis”"),
        ("published", "perhaps", "1 for yes or 0 for no"),
        ("contact_email", "nobody", "valid email"),
        ("town", "x" * 121, "120"),
        ("name", "", "can't be blank"),
        ("slug", "a b", "valid"),
        ("slug", "search", "used by the portal itself"),
        ("genres", "x" * 61, "too long"),
        ("members", "Mo 1599-1600", "1600"),
        ("members", "Mo 2004-1999", "end year can't be before the start year"),
        ("links", "javascript:alert(1)", "Write links as"),
        ("links", "x https://y.example/" + "y" * 500, "500"),
        ("photos", "my photo", "web addresses"),
    ],
)
def test_values_of_bands_out_of_bounds_are_refused_with_a_sentence(
    portal: Portal, heading: str, cell: Cell, words: str
) -> None:
    row = {"name": "Mo", heading: cell}

    done = take_in(portal, "bands", table("|".join(row), list(row.values())))

    (problem, *_) = problems(done)
    assert words in problem.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("cannot", "can't")
    assert not Band.objects.filter(name="Mo").exists()


def test_the_same_file_twice_changes_nothing_the_second_time(portal: Portal) -> None:
    rows = table(
        "name|town|genres|members|links|published",
        ["Mo", "Ulm", "Doom; Jazz", "Anna (vocals); Ben", "Web https://mo.example", "1"],
        ["KİRCHE", "Bonn", "", "", "", ""],
    )

    first, second = take_in(portal, "bands", rows), take_in(portal, "bands", rows)

    assert (first.added, second.added, second.changed, second.unchanged) == (2, 0, 0, 2)
    assert Band.objects.count() == 2
    assert Member.objects.count() == 2


def test_a_known_band_is_changed_and_keeps_what_the_file_does_not_say(portal: Portal) -> None:
    band = BandFactory(name="Mötley Crew", slug="mc", town="Ulm", is_published=True, country="DE")
    anna = Member.objects.create(band=band, name="Anna", role="conductor", since=1999)
    Member.objects.create(band=band, name="Gone")
    anna.instruments.add(Instrument.objects.create(name="harp"))
    BandLink.objects.create(band=band, label="Old", url="https://old.example")
    band.genres.add(Genre.objects.create(name="Doom"))

    done = take_in(
        portal,
        "bands",
        table("NAME|town|members|links|published", ["mötley  CREW", "Bonn", "Anna (Harp, drums); Cleo", "", ""]),
    )

    band.refresh_from_db()
    assert (done.changed, band.town, band.is_published, band.name) == (1, "Bonn", True, "mötley  CREW")
    assert [(each.name, each.role) for each in band.members.all()] == [("Anna", "conductor"), ("Cleo", "")]
    assert band.links.count() == 1
    assert band.genres.count() == 1
    assert Instrument.objects.filter(name__iexact="harp").count() == 1


def test_two_bands_of_one_name_are_asked_about(portal: Portal) -> None:
    ulm, bonn = BandFactory(name="Mo", town="Ulm"), BandFactory(name="Mo", town="Bonn")
    rows = table("name|biography", ["Mo", "From Bonn."], ["Jo", ""])
    shown = preview("bands", rows)
    assert shown.preview is not None
    (question,) = shown.preview["questions"]

    unanswered = take_in(portal, "bands", rows)
    answered = take_in(portal, "bands", rows, **{"2": str(bonn.pk)})
    new = take_in(portal, "bands", table("name", ["Mo"]), **{"2": "new"})

    assert {key for key, _label in question["choices"]} == {ulm.pk, bonn.pk}
    assert "page address" in problems(unanswered)[0]
    assert (answered.changed, new.added) == (1, 1)
    bonn.refresh_from_db()
    ulm.refresh_from_db()
    assert (bonn.biography, ulm.biography) == ("From Bonn.", "")


def test_a_row_twice_in_one_file_is_refused(portal: Portal) -> None:
    done = take_in(portal, "bands", table("name|town", ["Mo", "Ulm"], ["mo", "Bonn"]))

    assert (done.added, done.refused) == (1, 1)
    assert problems(done) == ["Row 2 says the same. Please keep one of them."]
    assert done.refusals[0]["row"] == 3


def test_photos_are_written_down_once_for_a_job(portal: Portal) -> None:
    rows = table("name|photos", ["Mo", "https://x.example/a.jpg\nhttps://x.example/b.jpg?key=secret"])

    take_in(portal, "bands", rows)
    again = take_in(portal, "bands", rows)

    assert PhotoLink.objects.count() == 2
    assert again.unchanged == 1
    assert Job.objects.filter(kind="imports.fetch_photos").count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(link, ' ') FROM imports_photolink")
        assert "secret" not in cursor.fetchone()[0]


# --- Gigs ------------------------------------------------------------------------------------------------------------


def gig_row(**cells: Cell) -> Table:
    row: dict[str, Cell] = {"venue": "Shed", "town": "Ulm", "time_zone": "Europe/Berlin", **cells}
    return table("|".join(row), list(row.values()))


@pytest.mark.parametrize(
    "cells",
    [
        {"starts_at": "2027-12-31 20:30"},
        {"starts_at": datetime(2027, 12, 31, 20, 30)},  # noqa: DTZ001
        {"starts_at": 46752.854166667},
        {"starts_at": "46752,854166667"},
        {"Datum": "31.12.2027", "Uhrzeit": "20.30 Uhr"},
        {"Datum": date(2027, 12, 31), "Uhrzeit": 0.854166667},
        {"Datum": 46752, "Beginn": "20:30"},
        {"date": "2027-12-31", "time": "8:30 pm"},
        {"starts_at": "2027-12-31 20:30+01:00"},
        {"starts_at": "2027-12-31 19:30Z"},
        {"date": "31/12/2027", "starts_at": "20:30"},
    ],
)
def test_starts_are_read_as_people_write_them(portal: Portal, cells: dict[str, Cell]) -> None:
    done = take_in(portal, "gigs", gig_row(**cells))

    assert problems(done) == []
    assert Gig.objects.get().local_start == datetime(2027, 12, 31, 20, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def test_serials_of_old_macs_count_from_1904(portal: Portal) -> None:
    rows = gig_row(starts_at=45290.854166667)
    take_in(portal, "gigs", Table(rows.headings, rows.rows, 1, epoch=date(1904, 1, 1)))

    assert Gig.objects.get().local_start == datetime(2027, 12, 31, 20, 30, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"starts_at": "2027-12-31"}, "time is missing"),
        ({"time": "20:00"}, "date is missing"),
        ({"starts_at": "soon"}, "such as"),
        ({"starts_at": "0001-01-01 00:00"}, "1900"),
        ({"starts_at": "9999-12-31 23:59"}, "2200"),
        ({"starts_at": "1899-12-31 23:59"}, "1900"),
        ({"starts_at": 1e300}, "number is no date"),
        ({"starts_at": 700000.5}, "2200"),
        ({"starts_at": "2027-03-28 02:30"}, "doesn't exist"),
        ({"starts_at": "2027-12-31 20:30", "doors_at": "2027-12-31 21:00"}, "Doors have to open before"),
        ({"starts_at": "2027-12-31 20:30", "time_zone": "Mars/Base"}, "time zone"),
        ({"starts_at": "2027-12-31 20:30", "status": "maybe"}, "Write one of these"),
        ({"starts_at": "2027-12-31 20:30", "bands": "Nobody"}, "No band is called “Nobody”"),
        ({"starts_at": "2027-12-31 20:30", "venue": ""}, "blank"),
        ({"starts_at": "2027-12-31 20:30", "ticket_url": "javascript:alert(1)"}, "valid URL"),
    ],
)
def test_values_of_gigs_that_cannot_be_are_refused_with_a_sentence(
    portal: Portal, cells: dict[str, Cell], words: str
) -> None:
    done = take_in(portal, "gigs", gig_row(**cells))

    assert words in " ".join(problems(done))
    assert not Gig.objects.exists()


def test_what_a_gig_needs_is_taken_from_venue_and_portal(portal: Portal) -> None:
    GigFactory(venue="Shed", town="Ulm", time_zone="America/New_York")
    rows = table(
        "venue|town|starts_at|doors_at|status",
        ["SHED", "ulm", "2027-12-31 20:30", "19:30", "abgesagt"],
        ["Elsewhere", "Ulm", "2027-12-31 00:30", "23:00", "Ausverkauft"],
    )

    take_in(portal, "gigs", rows)

    shed, elsewhere = Gig.objects.get(venue="SHED"), Gig.objects.get(venue="Elsewhere")
    assert (shed.time_zone, shed.status) == ("America/New_York", "cancelled")
    assert f"{shed.local_doors:%d %H:%M}" == "31 19:30"
    assert (elsewhere.time_zone, elsewhere.status) == (portal.organization.time_zone, "sold_out")
    assert f"{elsewhere.local_doors:%d %H:%M}" == "30 23:00"


def test_bands_of_a_gig_are_named_by_name_or_address(portal: Portal) -> None:
    csny = BandFactory(name="Crosby, Stills & Nash", slug="csn")
    mo, jo = BandFactory(name="Mo", slug="mo-1"), BandFactory(name="Zoë", slug="zoe")

    take_in(portal, "gigs", gig_row(starts_at="2027-12-31 20:30", bands="crosby, stills & nash; MO-1, zoë"))

    assert Gig.objects.get().line_up == [csny, mo, jo]


def test_gigs_are_recognized_by_band_day_venue_and_start(portal: Portal) -> None:
    mo, jo = BandFactory(name="Mo"), BandFactory(name="Jo")
    rows = table(
        "bands|venue|town|starts_at|price",
        ["Mo", "Shed", "Ulm", "2027-12-31 15:00", "5"],  # matinée
        ["Mo", "Shed", "Ulm", "2027-12-31 20:00", "9"],  # and evening
    )
    first, second = take_in(portal, "gigs", rows), take_in(portal, "gigs", rows)
    changed = take_in(portal, "gigs", gig_row(bands="Mo; Jo", starts_at="2027-12-31 20:00", price="12"))
    asked = preview("gigs", gig_row(bands="Mo", date="2027-12-31", price="99"))
    other = take_in(portal, "gigs", gig_row(bands="Jo", starts_at="2027-12-31 15:00"))

    assert (first.added, second.unchanged, changed.changed, other.added) == (2, 2, 1, 1)
    assert asked.preview is not None
    assert asked.preview["asked"] == 1
    evening = Gig.objects.get(price="12")
    assert evening.line_up == [mo, jo]
    assert Gig.objects.count() == 3


def test_a_gig_that_is_known_by_its_address_can_be_moved(portal: Portal) -> None:
    gig = GigFactory(slug="x", time_zone="Europe/Berlin", starts_at=datetime(2027, 5, 30, 18, tzinfo=ZoneInfo("UTC")))
    line_up_set(gig=gig, bands=[BandFactory()])

    take_in(portal, "gigs", table("slug|time", ["x", "21:15"]))

    gig.refresh_from_db()
    assert f"{gig.local_start:%Y-%m-%d %H:%M}" == "2027-05-30 21:15"
    assert len(gig.line_up) == 1


# --- All kinds -------------------------------------------------------------------------------------------------------


def test_a_batch_that_the_database_refuses_is_taken_row_by_row(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody publishes a band under the same address between the look and the writing."""
    importer = importer_of("bands")
    plan = importer.plan

    def plan_and_wait(self: Any, rows: Any) -> Any:
        plans = plan(self, rows)
        Band.objects.bulk_create([Band(name="Faster", slug="taken")])
        return plans

    rows = table("name|slug", ["One", ""], ["Two", "taken"], ["Three", ""])
    shown = preview("bands", rows)
    import_confirm(number=shown.pk, answers={}, by=portal.user())
    monkeypatch.setattr(importer, "plan", plan_and_wait)
    rows_store(number=shown.pk, table=rows, report=lambda _done, _total: None)
    shown.refresh_from_db()

    assert (shown.added, shown.refused) == (2, 1)
    assert problems(shown) == ["Another band already has this URL."]
    assert Band.objects.filter(name__in=["One", "Three"]).count() == 2


def of_bands(count: int, *, town: str = "Ulm") -> Table:
    members = "Anna Bell (vocals, guitar) 1999-; Ben Ode (drums)"
    rows = ([f"B{n}", "Doom, Punk", town, "DE", members, f"https://b{n}.example"] for n in range(count))
    return table("name|genres|town|country|members|links", *rows)


def of_gigs(count: int, *, town: str = "Ulm") -> Table:
    for name in {"Mo", "Jo"} - set(Band.objects.values_list("name", flat=True)):
        BandFactory(name=name)
    rows = ([f"{n % 28 + 1}.{n // 28 + 1}.2027 20:00", "Mo, Jo", f"Venue {n}", town] for n in range(count))
    return table("starts at|bands|venue|town", *rows)


@pytest.mark.parametrize(("subject", "rows"), [("bands", of_bands), ("gigs", of_gigs)])
@pytest.mark.parametrize("step", ["added", "changed", pytest.param("unchanged", marks=pytest.mark.long)])
def test_queries_grow_with_batches_and_not_with_rows(
    portal: Portal, subject: str, rows: Callable[..., Table], step: str
) -> None:
    counts = []
    for count in (10, 240):
        if step != "added":
            take_in(portal, subject, rows(count))
        again = rows(count, town="Bonn") if step == "changed" else rows(count)
        with CaptureQueriesContext(connection) as preview_queries:
            shown = preview(subject, again)
        import_confirm(number=shown.pk, answers={}, by=portal.user())
        with CaptureQueriesContext(connection) as queries:
            rows_store(number=shown.pk, table=again, report=lambda _done, _total: None)
        shown.refresh_from_db()
        assert {"added": shown.added, "unchanged": shown.unchanged, "changed": shown.changed}[step] == count
        counts.append((len(preview_queries), len(queries)))
        Band.objects.filter(slug__startswith="b").delete()
        Gig.objects.all().delete()

    (preview_few, few), (preview_many, many) = counts
    assert preview_many <= preview_few
    assert many <= few + 20, "Django deletes a hundred at a time"


def test_members_keep_their_roles_and_are_written_once(portal: Portal) -> None:
    take_in(portal, "bands", table("name|members", ["Mo", "Anna (drums) 1999-; Ben (bass); Cleo"]))
    Member.objects.filter(name="Anna").update(role="conductor")
    rows = table("name|members", ["Mo", "Anna (drums) 1999-2004; Cleo; Dan (bass)"])

    with CaptureQueriesContext(connection) as queries:
        take_in(portal, "bands", rows)

    members = Member.objects.filter(band__name="Mo").order_by("position")
    assert list(members.values_list("name", "role", "since", "until", "position")) == [
        ("Anna", "conductor", 1999, 2004, 1),
        ("Cleo", "", None, None, 2),
        ("Dan", "", None, None, 3),
    ]
    assert [[each.name for each in member.instruments.all()] for member in members] == [["drums"], [], ["bass"]]
    writes = [query["sql"] for query in queries if re.search('(INSERT INTO|UPDATE) "bands_member" ', query["sql"])]
    assert len(writes) == 2, "new members in one, changed ones in another"


def test_thousands_of_names_that_leave_no_address_are_numbered_at_once() -> None:
    """Names in kana leave nothing for an address, so each is `band`, `band-2` and so on."""
    slugs = UnusedSlugs(["band", "band-3"])

    began = time.process_time()
    taken = [slugs.take("band") for _ in range(20_000)]

    assert time.process_time() - began < 2
    assert taken[:3] == ["band-2", "band-4", "band-5"]
    assert len(set(taken)) == 20_000


def test_a_preview_writes_nothing_but_itself(portal: Portal) -> None:
    before = (Band.objects.count(), Genre.objects.count(), Instrument.objects.count())

    preview("bands", table("name|genres|members", ["Mo", "New genre", "Anna (new instrument)"]))

    assert (Band.objects.count(), Genre.objects.count(), Instrument.objects.count()) == before


def test_rows_beyond_the_plan_are_said_before_and_refused(portal: Portal) -> None:
    present = BandFactory(name="Here", town="Ulm")
    plan = Plan.objects.create(slug="small", name="Small", bands=3)
    Subscription.objects.create(organization=portal.organization, plan=plan)
    rows = table("name|town", ["Here", "Bonn"], ["One", ""], ["Two", ""], ["Three", ""], ["Four", ""])

    shown = preview("bands", rows)
    import_confirm(number=shown.pk, answers={}, by=portal.user())
    rows_store(number=shown.pk, table=rows, report=lambda _done, _total: None)
    done = SpreadsheetImport.objects.get(pk=shown.pk)

    assert shown.preview is not None
    assert "Your plan includes 3 bands" in shown.preview["notices"][0]
    assert (done.added, done.changed, done.refused) == (2, 1, 2)
    assert all("Your plan includes 3 bands" in text for text in problems(done))
    present.refresh_from_db()
    assert present.town == "Bonn"


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        (["Ort", "Stadt"], ["venue", "town"]),
        (["Stadt", "Ort"], ["town", "venue"]),
        (["Halle", "Ort"], ["venue", "town"]),
        (["Ort"], ["town"]),
        (["Halle", "Ort", "Stadt"], ["venue", "town", None]),
    ],
)
def test_a_word_for_two_columns_means_the_one_that_has_no_other_heading(
    headings: list[str], columns: list[str | None]
) -> None:
    found, _unknown = match_columns(headings, importer_of("gigs").columns, {})

    assert [each and each.name for each in found] == columns


# --- What is in the trash --------------------------------------------------------------------------------------------


def test_rows_that_mean_something_in_the_trash_are_skipped_and_say_so(portal: Portal) -> None:
    BandFactory(name="The Tubas", slug="tubas").move_to_trash()
    rows = table("slug|name|town", ["tubas", "Others", "Ulm"], ["", "THE TUBAS", "Ulm"], ["", "New", "Ulm"])

    shown = take_in(portal, "bands", rows)

    assert (shown.added, shown.changed, shown.refused) == (1, 0, 2)
    assert [text.partition(".")[0] for text in problems(shown)] == ["This band is in the trash"] * 2
    assert Band.objects.get().name == "New"
    assert Band.in_trash().get().town == ""


def test_a_name_in_the_trash_is_that_of_the_band_which_lives(portal: Portal) -> None:
    BandFactory(name="The Tubas").move_to_trash()
    living = BandFactory(name="The Tubas")

    shown = take_in(portal, "bands", table("name|town", ["The Tubas", "Ulm"]))

    assert (shown.changed, shown.refused) == (1, 0)
    living.refresh_from_db()
    assert living.town == "Ulm"


def test_gigs_in_the_trash_and_bands_in_the_trash_are_named(portal: Portal) -> None:
    gone, stays = BandFactory(name="Gone"), BandFactory(name="Stays")
    gig = GigFactory(
        venue="Hall", town="Ulm", bands=[gone, stays], starts_at=datetime(2027, 5, 1, 18, tzinfo=ZoneInfo("UTC"))
    )
    gone.move_to_trash()
    again = table("date|time|venue|town|bands", ["2027-05-01", "20:00", "Hall", "Ulm", "Stays"])
    assert preview("gigs", again).changed == 0, "the line-up is what is shown of it"
    named = preview("gigs", table("date|time|venue|town|bands", ["2027-06-01", "20:00", "Hall", "Ulm", "Gone"]))
    assert problems(named) == ["bands: “Gone” is in the trash. Restore the band first."]

    gig.move_to_trash()
    shown = preview("gigs", again)

    assert (shown.added, shown.changed, shown.refused) == (0, 0, 1)
    assert problems(shown)[0].startswith("This gig is in the trash.")
