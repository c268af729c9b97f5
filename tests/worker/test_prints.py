"""Posters, sheets and pictures for shared links: from a gig to the bytes, by the real typesetter in its child."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone, translation
from django_tenants.utils import tenant_context
from PIL import Image

from bandstand.accounts import roles
from bandstand.bands.models import Band
from bandstand.gigs.job_kinds import PRINT_GIGS, PrintGigs
from bandstand.gigs.models import Gig
from bandstand.gigs.printing import DESIGNS, day_sheet, for_printing, of_year, poster, season, share_picture
from bandstand.gigs.prints import KEPT, prints_forget
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job, State
from bandstand.portals.job_kinds import MAKE_SHARE_PICTURES, MakeSharePictures
from bandstand.portals.models import PortalSettings
from bandstand_worker import registry
from bandstand_worker.printing.asking import set_prints
from bandstand_worker.run import Run
from tests.conftest import Portal
from tests.factories.bands import BandFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.worker.conftest import WorkOff


@pytest.fixture(autouse=True)
def _handlers() -> None:
    registry.load_handlers()


def a_gig(**values: Any) -> Gig:
    given = {
        "title": "Eröffnungsfeier der Freiluftbühne",
        "venue": "Alte Gießerei",
        "town": "Unterwössen",
        "starts_at": datetime(2031, 7, 1, 18, 0, tzinfo=UTC),
        "doors_at": datetime(2031, 7, 1, 17, 0, tzinfo=UTC),
        "bands": [BandFactory(name="Blechbläserensemble Höchst"), BandFactory(name="Die Ö"), BandFactory(name="Trio")],
    }
    return GigFactory(**{**given, **values})


def with_photo(band: Band) -> None:
    picture = ReadyPictureFactory()
    content = io.BytesIO()
    Image.new("RGB", (640, 480), "#336699").save(content, "JPEG")
    for path in picture.variants["jpeg"].values():
        default_storage.save(path, ContentFile(content.getvalue()))
    Band.objects.filter(pk=band.pk).update(photo=picture)


def setting_of(portal: Portal, kind: str, **given: Any) -> dict[str, Any]:
    gig = for_printing(Gig.objects.all(), of_team=kind == "day_sheet").get()
    palette = PortalSettings.objects.current().palette
    if kind == "poster":
        return poster(gig, portal.organization, palette, **{"design": "bold", "size": "a3", **given}).data
    if kind == "share":
        return share_picture(gig, portal.organization, palette).data
    return day_sheet(gig, portal.organization).data


def print_of(portal: Portal, work_off: WorkOff, **wanted: Any) -> bytes:
    user = portal.user(roles.EDITOR)
    Job.objects.all().delete()  # of pictures for shared links, which take as long
    job = enqueue(
        PRINT_GIGS,
        PrintGigs(**{"what": "poster", "gig_id": 0, "user_id": user.pk, **wanted}),
        organization=portal.organization,
    )
    work_off()
    job.refresh_from_db()
    assert job.state == State.DONE, job.error
    answer = portal.client_of(roles.EDITOR).get(f"/backstage/gigs/prints/{job.pk}/file/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    return answer.getvalue()


@pytest.mark.usefixtures("media_anywhere")
def test_a_poster_is_made_as_pdf_and_given_to_who_asked(in_alice_portal: Portal, work_off: WorkOff) -> None:
    gig = a_gig()
    with_photo(gig.line_up[0])

    made = print_of(in_alice_portal, work_off, gig_id=gig.pk, design="photo", size="a3", file="pdf")

    assert made.startswith(b"%PDF-")
    assert re.search(rb"/MediaBox ?\[0 0 841\.8\d+ 1190\.5\d+\]", made)


def test_all_are_set_whatever_is_written(in_alice_portal: Portal, tmp_path: Path) -> None:
    """In one child, as starting it takes most of the time."""
    a_gig(is_published=False)
    markup = '#panic("x") $ ] *b* <l> @r \\ "'
    a_gig(title=markup, venue="#sys.inputs", address="#read(1)", price="$", bands=[BandFactory(name="#panic()")])
    a_gig(title="x" * 140, bands=[], status=Gig.Status.SOLD_OUT)
    a_gig(title="", bands=[BandFactory(name="한음밴드 Война 🎺")])
    gigs = for_printing(Gig.objects.all(), of_team=True)
    organization, palette = in_alice_portal.organization, PortalSettings.objects.current().palette
    wanted = [
        (season(gigs, organization, title=markup), "all.pdf", 0),
        (season([], organization, title="-"), "no.pdf", 0),
    ]
    for gig in gigs:
        wanted.append((day_sheet(gig, organization), "day.pdf", 0))
        wanted.append((share_picture(gig, organization, palette), "share.jpg", 72))
        wanted += [(poster(gig, organization, palette, design=each, size="a4"), "poster.png", 40) for each in DESIGNS]

    made = set_prints(wanted, tmp_path, Run(job_id=1, kind="gigs.print", organization=organization, attempt=1))

    begins = {".pdf": b"%PDF-", ".png": b"\x89PNG", ".jpg": b"\xff\xd8\xff"}
    assert all(path.read_bytes().startswith(begins[path.suffix]) for path in made)
    with Image.open(next(path for path in made if path.name == "poster.png")) as picture:
        assert abs(picture.height / picture.width - 297 / 210) < 0.01
        assert "#{:02x}{:02x}{:02x}".format(*picture.convert("RGB").getpixel((4, 4))) == palette.fill


def test_a_poster_says_what_visitors_read(in_alice_portal: Portal) -> None:
    a_gig(
        bands=[BandFactory(name="Die Ö"), BandFactory(name="CANARY", is_published=False)],
        status=Gig.Status.SOLD_OUT,
        price="12 €",
    )
    with translation.override("de"):
        data = setting_of(in_alice_portal, "poster")

    assert data["address_of_code"] == in_alice_portal.organization.url(Gig.objects.get().get_absolute_url())
    assert (data["day"], data["weekday"], data["month"]) == ("1.", "Dienstag", "Juli")
    assert "19:00 Uhr" in data["times"]
    assert "20:00 Uhr" in data["times"]
    assert (data["status"], data["price"], data["bands"]) == ("Ausverkauft", "12 €", ["Die Ö"])
    assert "CANARY" not in json.dumps(data)


def test_what_only_the_team_knows_is_on_its_sheet_alone(in_alice_portal: Portal) -> None:
    secrets = ("contact", "fee", "hotel", "team_notes")
    a_gig(is_private=True, venue="CANARY venue", load_in_at=time(16, 0), **{name: f"CANARY {name}" for name in secrets})

    public = json.dumps([setting_of(in_alice_portal, kind) for kind in ("poster", "share")])
    sheet = json.dumps(setting_of(in_alice_portal, "day_sheet"))

    assert "CANARY" not in public
    assert "Private event" in public
    assert all(f"CANARY {name}" in sheet for name in (*secrets, "venue"))
    assert "Load-in" in sheet


def test_a_day_sheet_has_times_in_the_order_of_the_night(in_alice_portal: Portal) -> None:
    gig = a_gig()
    first, last, _none = gig.appearances.all()
    type(first).objects.filter(pk=first.pk).update(on_stage_at=time(0, 30))
    type(last).objects.filter(pk=last.pk).update(on_stage_at=time(21, 0))

    data = setting_of(in_alice_portal, "day_sheet")

    assert [what for _at, what in data["times"]] == [
        *("Doors", "Start", "On stage: Die Ö", "On stage: Blechbläserensemble Höchst"),
    ]


def test_a_season_has_the_gigs_of_its_year_by_month(in_alice_portal: Portal) -> None:
    # In Berlin it is the new year already.
    a_gig(title="New year", starts_at=datetime(2030, 12, 31, 23, 30, tzinfo=UTC), doors_at=None)
    a_gig(title="Summer", is_published=False)
    found = for_printing(of_year(Gig.objects.all(), 2031, "Europe/Berlin"), of_team=True)
    months = season(found, in_alice_portal.organization, title="2031").data["months"]

    assert [(month["name"], [row["title"] for row in month["rows"]]) for month in months] == [
        ("January 2031", ["New year"]),
        ("July 2031", ["Summer"]),
    ]
    assert months[1]["rows"][0]["state"] == "Draft"


def test_only_who_asked_gets_the_file_and_for_a_day(
    in_alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    gig = a_gig(bands=[])
    print_of(in_alice_portal, work_off, what="day_sheet", gig_id=gig.pk)
    job = Job.objects.get(kind=PRINT_GIGS.name)
    path = f"/backstage/gigs/prints/{job.pk}/"

    assert in_alice_portal.client_of(roles.EDITOR).get(path).status_code == 200
    for role in (roles.OWNER, roles.MEMBER):
        assert in_alice_portal.client_of(role).get(f"{path}file/").status_code == 404
    assert in_alice_portal.client().get(f"{path}file/").status_code == 302
    assert in_alice_portal.client().get(f"/media/{job.result['file']}").status_code == 404
    assert charlie_portal.client_of(roles.OWNER).get(f"{path}file/").status_code == 404

    assert prints_forget(in_alice_portal.organization, timezone.now()) == 0
    assert prints_forget(in_alice_portal.organization, timezone.now() + KEPT + timedelta(hours=1)) == 1
    assert not default_storage.exists(job.result["file"])
    page = in_alice_portal.client_of(roles.EDITOR).get(path).content.decode()
    assert "no longer there" in page


def test_somebody_else_s_gig_is_not_printed(in_alice_portal: Portal, work_off: WorkOff) -> None:
    gig = a_gig()
    guest = in_alice_portal.user(roles.GUEST)
    job = enqueue(
        PRINT_GIGS,
        PrintGigs(what="day_sheet", gig_id=gig.pk, user_id=guest.pk),
        organization=in_alice_portal.organization,
    )

    work_off()

    job.refresh_from_db()
    assert (job.state, job.error) == (State.FAILED, "This gig is no longer there.")


def test_the_picture_for_shared_links_follows_the_gig(in_alice_portal: Portal, work_off: WorkOff) -> None:
    gig = a_gig(bands=[BandFactory(name="Die Ö")], starts_at=timezone.now() + timedelta(days=5), doors_at=None)
    client, organization = in_alice_portal.client(), in_alice_portal.organization

    def made() -> str:
        enqueue(MAKE_SHARE_PICTURES, MakeSharePictures(), organization=organization)
        work_off()
        return str(Gig.with_trash().get().share_picture)

    first = made()
    page = client.get(gig.get_absolute_url()).content.decode()
    assert f'property="og:image" content="http://{in_alice_portal.host}:8000/media/{first}"' in page
    assert "Alte Gießerei, Unterwössen" in page.partition('property="og:description" content="')[2].partition('"')[0]
    picture = client.get(f"/media/{first}")
    with Image.open(io.BytesIO(picture.getvalue())) as opened:
        assert (opened.format, opened.size) == ("JPEG", (1200, 630))
    assert f"/media/{first}" in client.get("/gigs.ics").content.decode().replace("\r\n ", "")
    assert made() == first

    gig.refresh_from_db()
    gig.title = "Another title"
    gig.save()
    second = made()
    assert second != first
    assert not default_storage.exists(first)

    gig.move_to_trash()
    assert made() == ""
    assert not default_storage.exists(second)


def test_pictures_are_of_what_visitors_see_and_of_this_portal_alone(
    in_alice_portal: Portal, charlie_portal: Portal, work_off: WorkOff
) -> None:
    a_gig(is_published=False)
    with tenant_context(charlie_portal.organization):
        other = GigFactory()
    Job.objects.all().delete()  # its own job would make it
    enqueue(MAKE_SHARE_PICTURES, MakeSharePictures(), organization=in_alice_portal.organization)

    work_off()

    assert not Gig.objects.exclude(share_picture="").exists()
    with tenant_context(charlie_portal.organization):
        assert Gig.objects.get(pk=other.pk).share_picture == ""
