"""Two bands of one portal: who leads one of them sees and changes nothing of the other's, wherever they ask."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.bands.band_roles import BandRole
from bandstand.bands.models import Band, BandPhoto, Genre, Instrument, Member
from bandstand.content.of_bands import rows_for
from bandstand.enquiries.models import Enquiry, Reply
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.mail.models import OutgoingMessage
from bandstand.notices.models import Notice
from bandstand.notices.telling import is_still_due, message_tell
from bandstand.people.models import Person
from bandstand.tours.models import Tour
from bandstand.venues.models import Venue
from bandstand_worker.handlers.remind_of_gigs import _seen_by
from tests.conftest import Portal
from tests.factories.bands import BandPhotoFactory, MemberFactory
from tests.factories.enquiries import EnquiryFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.tours import TourFactory
from tests.isolation.twins import OTHER_PK, PK, Twin, fill
from tests.isolation.visiting import PORTAL, addresses, leader_browser, path_to, visit
from tests.shares import in_shares, share_of
from tests.web.forms.test_meanwhile import fields

CANARY = "canaryalice"
TRASHED_GIG, SHARED = 4720, 4721
KINDS = {"bands": Band, "gigs": Gig, "people": Person, "tours": Tour}

pytestmark = pytest.mark.filterwarnings("ignore")


@dataclass(frozen=True)
class Cast:
    """Whoever leads one band, its name, and the twin that has another band full of canaries."""

    browser: Client
    twin: Twin

    @property
    def leader(self) -> User:
        return User.objects.get(email=f"leader-{OTHER_PK}@{self.twin.portal.host}")


@pytest.fixture
def cast(alice_portal: Portal) -> Iterator[Cast]:
    twin = fill(alice_portal, CANARY)
    with tenant_context(alice_portal.organization):
        Genre.objects.update(name="Doom")  # words of the portal, which belong to nobody
        Instrument.objects.update(name="Tuba")
        Band.objects.filter(pk=PK).update(is_published=False)
        Band.objects.filter(pk=OTHER_PK).update(name="Owls", slug="owls")
        theirs, owls = Band.objects.get(pk=PK), Band.objects.get(pk=OTHER_PK)
        Gig.objects.filter(pk=PK).update(is_published=False, publish_at=timezone.now() + timedelta(days=3))
        GigFactory(pk=TRASHED_GIG, title=CANARY, bands=[theirs], trashed_at=timezone.now())
        MemberFactory(pk=OTHER_PK, band=owls, name="Kim")
        tour = TourFactory(pk=OTHER_PK, name="Owls on tour")
        GigFactory(pk=OTHER_PK, title="Owls at night", venue="Barn", bands=[owls], tour=tour)
        EnquiryFactory(pk=OTHER_PK, band=owls, subject="For Owls")
        BandPhotoFactory(pk=OTHER_PK, band=owls, picture=ReadyPictureFactory(alt="Owls on a branch"))
        yield Cast(leader_browser(alice_portal, OTHER_PK), twin)


def person_of(member: int) -> Person:
    person = Member.objects.get(pk=member).person
    assert person is not None
    return person


def ask(cast: Cast, method: str, path: str, data: Any = None) -> Any:
    return visit(cast.browser, method, path, **({"data": data} if data else {}))


@in_shares
def test_no_address_of_the_team_tells_of_the_other_band(cast: Cast, one_in: int) -> None:
    told, own = [], 0
    of_the_team = (each for each in addresses(PORTAL).items() if each[0].startswith(("backstage:", "admin")))
    for name, address in share_of(of_the_team, one_in):
        theirs = path_to(address, cast.twin)
        paths = {theirs, theirs.replace(str(PK), str(OTHER_PK))}
        if name.startswith("backstage:person"):
            paths |= {theirs.replace(str(PK), str(person_of(member).pk)) for member in (PK, OTHER_PK)}
        for path in paths:
            for method in ("get", "post"):
                answer = ask(cast, method, path)
                own += answer.status_code == 200
                if CANARY in answer.text_sent + str(answer.headers):
                    told.append(f"{method} {path}")

    assert told == []
    assert own > 20 // one_in, "their own pages were asked for too"


@pytest.mark.parametrize("path", ["bands/", "gigs/", "people/", "tours/", ""])
def test_their_own_rows_are_there(cast: Cast, path: str) -> None:
    page = cast.browser.get(f"/backstage/{path}").content.decode()

    assert ("Kim" if path == "people/" else "Owls") in page


@pytest.mark.parametrize("kind", KINDS)
def test_lists_find_sort_and_filter_their_own_alone(cast: Cast, kind: str) -> None:
    for query in (
        f"?q={CANARY}",
        "?sort=name",
        "?sort=changed",
        "?show=drafts",
        "?show=past",
        "?show=unused",
        "?page=2",
    ):
        page = cast.browser.get(f"/backstage/{kind}/{query}").content.decode()
        asked_for = (f"q={CANARY}", f'value="{CANARY}"')
        assert page.count(CANARY) == sum(page.count(text) for text in asked_for), query


@pytest.mark.parametrize("word", [CANARY, CANARY[:6], "canaryalise", "owls", "kim", "barn"])
def test_finding_anything_finds_their_own_alone(cast: Cast, word: str) -> None:
    page = cast.browser.get(f"/backstage/find/?q={word}", headers={"HX-Request": "true"}).content.decode()

    assert page.count(CANARY) == page.count(f"“<bdi>{CANARY}</bdi>”")
    assert ("Owls" in page, "Kim" in page) == (word in {"owls", "barn", "kim"}, word == "kim")
    assert not re.search(rf'href="/backstage/\w+/{PK}/"', page)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("do", ["publish", "unpublish", "trash", "export"])
def test_no_action_on_a_list_reaches_the_other_band(cast: Cast, kind: str, do: str) -> None:
    theirs = person_of(PK).pk if kind == "people" else PK
    own = person_of(OTHER_PK).pk if kind == "people" else OTHER_PK
    before = KINDS[kind].objects.filter(pk=theirs).values().get()  # type: ignore[attr-defined]

    answer = cast.browser.post(f"/backstage/{kind}/", {"do": do, "rows": [theirs, own]})

    assert KINDS[kind].objects.filter(pk=theirs).values().get() == before  # type: ignore[attr-defined]
    if do == "export":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as sheet:
            cells = b"".join(sheet.read(name) for name in sheet.namelist()).decode()
        assert CANARY not in cells
        assert ("Kim" if kind == "people" else "wls") in cells


def test_forms_offer_nothing_of_the_other_band(cast: Cast) -> None:
    form = cast.browser.get("/backstage/gigs/add/").content.decode()
    assert re.search(rf'<option value="{OTHER_PK}"[^>]* selected', form), "their only band plays"
    assert f'<option value="{PK}"' not in form
    assert "Barn" in form, "venues where they play are suggested"
    assert CANARY not in form
    for path in (f"{PK}/copy/", f"add/?band={PK}"):
        assert cast.browser.get(f"/backstage/gigs/{path}").status_code == 404
    found = cast.browser.get("/backstage/people/known/", {"row": "members-0", "members-0-name": CANARY[:6]})
    assert "radio" not in found.content.decode()


def gig_sent(**values: Any) -> dict[str, Any]:
    sent = {"title": "New", "venue": "Barn", "town": "Berlin", "time_zone": "Europe/Berlin", "status": "scheduled"}
    return {**sent, "starts_at": "2027-01-01T20:00", "line_up": [str(OTHER_PK)], **values}


@pytest.mark.parametrize("line_up", [[PK], [PK, OTHER_PK], []])
def test_no_gig_is_made_for_the_other_band_or_for_nobody(cast: Cast, line_up: list[int]) -> None:
    count = Gig.objects.count()

    assert cast.browser.post("/backstage/gigs/add/", gig_sent(line_up=line_up)).status_code == 422
    assert Gig.objects.count() == count
    assert cast.browser.post("/backstage/gigs/add/", gig_sent()).status_code == 302
    assert Gig.objects.count() == count + 1


def test_a_venue_is_not_told_where_they_do_not_play(cast: Cast) -> None:
    Venue.objects.filter(pk=PK).update(name="Secret cellar")

    answer = cast.browser.post("/backstage/gigs/add/", gig_sent(venue="Secret cellar", town=""))

    assert answer.status_code == 422
    assert CANARY not in answer.content.decode()


def test_a_gig_of_both_is_seen_and_changed_by_whoever_may_for_both(cast: Cast) -> None:
    GigFactory(pk=SHARED, title="Both at once", bands=Band.objects.filter(pk__in=[PK, OTHER_PK]))
    assert "Both at once" in cast.browser.get("/backstage/gigs/").content.decode()
    assert f'href="/backstage/gigs/{SHARED}/"' not in cast.browser.get("/backstage/gigs/").content.decode()
    assert cast.browser.get(f"/backstage/gigs/{SHARED}/").status_code == 404
    for page, data in (("", gig_sent()), ("publish/", {}), ("delete/", {})):
        assert cast.browser.post(f"/backstage/gigs/{SHARED}/{page}", data).status_code == 404
    cast.browser.post("/backstage/gigs/", {"do": "trash", "rows": [SHARED]})
    assert Appearance.objects.filter(gig=SHARED).count() == 2

    BandRole.objects.create(user=cast.leader, band_id=PK, role=BandRole.Role.EDITOR)

    assert cast.browser.get(f"/backstage/gigs/{SHARED}/").status_code == 200
    BandRole.objects.filter(band=PK).update(role=BandRole.Role.MEMBER)
    assert cast.browser.get(f"/backstage/gigs/{SHARED}/").status_code == 404
    assert cast.browser.get(f"/backstage/bands/{PK}/").status_code == 404
    assert CANARY in cast.browser.get("/backstage/bands/").content.decode()


def test_each_band_sets_its_own_time_on_stage(cast: Cast, alice_portal: Portal) -> None:
    GigFactory(pk=SHARED, title="Both at once", slug="both", bands=Band.objects.filter(pk__in=[PK, OTHER_PK]))
    theirs, own = Appearance.objects.filter(gig=SHARED).order_by("band")
    path = f"/backstage/gigs/{SHARED}/times/"
    page = cast.browser.get(path).content.decode()
    assert f'name="time-{own.pk}"' in page
    assert f'name="time-{theirs.pk}"' not in page

    sent = {f"time-{own.pk}": "21:30", f"time-{theirs.pk}": "03:00"}
    assert cast.browser.post(path, sent).status_code == 302

    assert Appearance.objects.get(pk=own.pk).on_stage_at == time(21, 30)
    assert Appearance.objects.get(pk=theirs.pk).on_stage_at is None
    assert "9:30 pm" in alice_portal.client().get("/gigs/both/").content.decode()
    assert cast.browser.post(path, {f"time-{own.pk}": "25:00"}).status_code == 422
    assert cast.browser.get(f"/backstage/gigs/{PK}/times/").status_code == 404
    assert alice_portal.client_of("member").get(path).status_code == 404
    assert f'name="time-{theirs.pk}"' in alice_portal.client_of("editor").get(path).content.decode()


def test_a_band_in_the_trash_still_has_its_say(cast: Cast) -> None:
    GigFactory(pk=SHARED, title="Both at once", bands=Band.objects.filter(pk__in=[PK, OTHER_PK]))
    Band.objects.get(pk=PK).move_to_trash()

    assert cast.browser.get(f"/backstage/gigs/{SHARED}/").status_code == 404


def test_the_trash_has_their_own_rows(cast: Cast) -> None:
    cast.browser.post(f"/backstage/gigs/{OTHER_PK}/delete/")
    page = cast.browser.get("/backstage/trash/").content.decode()
    assert "Owls at night" in page
    assert CANARY not in page

    cast.browser.post("/backstage/trash/gigs.gig/bring-back/", {"rows": [OTHER_PK, TRASHED_GIG]})

    assert Gig.objects.filter(pk=OTHER_PK).exists()
    assert not Gig.objects.filter(pk=TRASHED_GIG).exists()


def saved_line_up(cast: Cast, **changed: str) -> Any:
    path = f"/backstage/bands/{OTHER_PK}/"
    return cast.browser.post(path, {**fields(cast.browser.get(path).content.decode()), **changed})


def test_a_line_up_renames_and_finds_nobody_of_another_band(cast: Cast) -> None:
    kim = person_of(OTHER_PK)
    assert saved_line_up(cast, **{"members-0-name": "Kim Bell"}).status_code == 302
    assert Person.objects.get(pk=kim.pk).name == "Kim Bell"

    their = person_of(PK)
    answer = saved_line_up(cast, **{"members-1-name": CANARY, "members-1-who": str(their.pk)})
    assert answer.status_code == 422
    assert f"{CANARY} (" not in answer.content.decode()
    assert saved_line_up(cast, **{"members-1-name": their.name}).status_code == 302
    assert Member.objects.filter(band=OTHER_PK).exclude(pk=OTHER_PK).get().person != their

    MemberFactory(band=Band.objects.get(pk=PK), name="Kim Bell", person=kim)
    assert cast.browser.get(f"/backstage/people/{kim.pk}/").status_code == 404
    assert "Plays in other bands too" in cast.browser.get(f"/backstage/bands/{OTHER_PK}/").content.decode()
    assert saved_line_up(cast, **{"members-0-name": "Renamed", "members-0-role": "drums"}).status_code == 302
    assert Member.objects.get(pk=OTHER_PK).role == "drums"
    assert Person.objects.get(pk=kim.pk).name == "Kim Bell"
    assert "New canaryalice" not in cast.browser.get("/backstage/people/").content.decode()


def test_a_person_of_both_is_shown_with_the_own_band_alone(cast: Cast) -> None:
    kim = person_of(OTHER_PK)
    MemberFactory(band=Band.objects.get(pk=PK), name="Kim", person=kim)

    page = cast.browser.get("/backstage/people/").content.decode()
    sheet = cast.browser.post("/backstage/people/", {"do": "export", "rows": [kim.pk]})
    found = cast.browser.get("/backstage/people/known/", {"row": "members-0", "members-0-name": "Kim"}).content.decode()

    with zipfile.ZipFile(io.BytesIO(sheet.content)) as parts:
        cells = b"".join(parts.read(name) for name in parts.namelist()).decode()
    for text in (page, cells, found):
        assert "Kim" in text
        assert "Owls" in text
        assert CANARY not in text


def test_no_save_gives_a_row_away(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = [Band.objects.get(pk=PK)]
    monkeypatch.setattr("bandstand_web.gigs.backstage.pages.GigForm.clean_line_up", lambda _form: theirs)

    assert cast.browser.post(f"/backstage/gigs/{OTHER_PK}/", gig_sent()).status_code == 403
    assert cast.browser.post("/backstage/gigs/add/", gig_sent()).status_code == 403
    assert list(Appearance.objects.filter(gig=OTHER_PK).values_list("band", flat=True)) == [OTHER_PK]
    assert not Gig.objects.filter(title="New").exists()


def test_pictures_are_told_of_their_other_places_no_more_than_seen(cast: Cast) -> None:
    photo = BandPhoto.objects.get(pk=OTHER_PK)
    BandPhoto.objects.create(band_id=PK, picture=photo.picture)
    path = f"/backstage/bands/{OTHER_PK}/photos/{OTHER_PK}/remove/"

    page = cast.browser.get(path).content.decode()
    assert "It disappears from this band immediately." in page
    assert CANARY not in page
    assert cast.browser.get(f"/backstage/bands/{OTHER_PK}/photos/{PK}/").status_code == 404
    assert cast.browser.post(f"/backstage/bands/{PK}/photos/{PK}/remove/").status_code == 404
    assert BandPhoto.objects.filter(pk=PK).exists()


def test_messages_and_notices_are_those_of_the_own_band(cast: Cast) -> None:
    assert "For Owls" in cast.browser.get("/backstage/enquiries/").content.decode()
    assert CANARY not in cast.browser.get("/backstage/enquiries/").content.decode()
    assert cast.browser.get(f"/backstage/enquiries/{PK}/").status_code == 404
    for page in ("state", "block"):
        assert cast.browser.post(f"/backstage/enquiries/{PK}/{page}/", {"state": "closed"}).status_code in {403, 404}
    assert cast.browser.post(f"/backstage/enquiries/{PK}/answer/", {"text": "Yes"}).status_code == 404
    assert Enquiry.objects.get(pk=PK).state == Enquiry.State.NEW
    answered = cast.browser.post(f"/backstage/enquiries/{OTHER_PK}/answer/", {"text": "Yes"}, follow=True)
    assert "Your answer is on its way" in answered.content.decode()
    assert set(Reply.objects.filter(from_team=True).values_list("enquiry", flat=True)) == {OTHER_PK}
    assert cast.browser.post(f"/backstage/enquiries/{OTHER_PK}/state/", {"state": "closed"}).status_code == 302
    assert Enquiry.objects.get(pk=OTHER_PK).state == Enquiry.State.CLOSED

    choice = cast.browser.get("/backstage/notices/emails/").content.decode()
    assert "Owls" in choice
    assert CANARY not in choice
    assert "failed_imports" not in choice
    assert cast.browser.post("/backstage/notices/emails/", {"messages": "all", "language": ""}).status_code == 302
    for number in (PK, OTHER_PK):
        message_tell(number=number, band=Band.objects.get(pk=number), usual=[], mailed_to=[])
    told = Notice.objects.filter(person=cast.leader)
    assert list(told.values_list("number", flat=True)) == [OTHER_PK]
    mail = OutgoingMessage.objects.get(recipients=[cast.leader.email])
    assert is_still_due(mail)
    foreign = Notice.objects.create(person=cast.leader, kind="message", event="message:0", number=PK, band_id=PK)
    page = cast.browser.get("/backstage/notices/").content.decode()
    assert f"/backstage/notices/{told.get(number=OTHER_PK).pk}/" in page
    assert f"/backstage/notices/{foreign.pk}/" not in page
    BandRole.objects.filter(user=cast.leader).delete()
    assert not is_still_due(mail)


def test_reminders_name_gigs_of_the_own_band(cast: Cast) -> None:
    assert _seen_by(cast.leader, list(Gig.objects.order_by("pk"))) == [Gig.objects.get(pk=OTHER_PK)]


def test_a_right_is_asked_for_row_by_row(cast: Cast) -> None:
    leader, owner = cast.leader, roles.holders(roles.OWNER).get()
    for model in (Band, Gig):
        name = model._meta.model_name
        permission = f"{model._meta.app_label}.change_{name}"
        mine, theirs = (model.objects.get(pk=number) for number in (OTHER_PK, PK))  # type: ignore[attr-defined]
        assert not leader.has_perm(permission)
        assert leader.has_perm(permission, mine)
        assert not leader.has_perm(permission, theirs)
        assert not leader.has_perm(permission, Venue.objects.get(pk=PK))
        assert owner.has_perm(permission, theirs)
        assert list(rows_for(leader, "change", model.objects.all())) == [mine]  # type: ignore[attr-defined]
        assert list(model.objects.editable_by(leader)) == list(model.objects.visible_to(leader)) == [mine]  # type: ignore[attr-defined]
    User.objects.filter(pk=leader.pk).update(is_active=False)
    assert not User.objects.get(pk=leader.pk).has_perm("bands.change_band", Band.objects.get(pk=OTHER_PK))
