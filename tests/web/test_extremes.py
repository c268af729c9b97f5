"""What is accepted can be read back: extremes of all dates and numbers, by form, admin and import, then every page."""

# ruff: noqa: RUF001 - letters that look like digits are among the values

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.announcements.models import Announcement
from bandstand.bands.band_links import BandLink
from bandstand.bands.models import Band, BandPhoto, Member
from bandstand.content.fields import Bounded, CountField, LatitudeField, MomentField
from bandstand.gigs.appearances import Appearance
from bandstand.gigs.models import Gig
from bandstand.imports.importing import import_confirm
from bandstand.imports.models import SpreadsheetImport
from bandstand.imports.reading import rows_preview, rows_store
from bandstand.media.models import Picture
from bandstand.news.models import Post
from bandstand.organizations.maintenance import Maintenance
from bandstand.organizations.models import Organization
from bandstand.organizations.plans import Allowance, Plan, Subscription
from bandstand.pages.models import Page
from bandstand.polls.models import Choice, Question
from bandstand.portals.models import PortalSettings
from bandstand.spreadsheets.tables import WINDOWS_EPOCH, Row, Table
from bandstand.terms.models import Terms
from bandstand.tours.models import Tour
from bandstand.venues.models import Venue
from bandstand_web.shell.admin.tenant_site import site
from tests.architecture.test_bounds import BOUNDED
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandLinkFactory, BandPhotoFactory, MemberFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.news import PostFactory
from tests.factories.pages import PageFactory
from tests.factories.polls import QuestionFactory
from tests.factories.tours import TourFactory
from tests.factories.venues import VenueFactory
from tests.web.shell.test_content import band_data, gig_data
from tests.web.shell.test_platform_site import staff_client

_NUMBERS = itertools.count()
ZONES = ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "Pacific/Kiritimati", "Etc/GMT+12"]
NEVER = [
    "NaN",
    "Infinity",
    "-1",
    "²",
    "１９９９",
    "1e3",
    "1.000",
    "1_000",
    str(2**15),
    str(2**31),
    str(2**63),
    "9" * 400,
]
MOMENTS = ["1900-01-01 00:00", "2200-12-31 23:59"]
NO_MOMENTS = [
    *("0001-01-01 00:00", "1899-12-31 23:59", "2201-01-01 00:00", "9999-12-31 23:59", "10000-01-01 00:00"),
    *("-0001-01-01 00:00", "2027-02-29 20:00", "2027-12-31 24:30", "2027-12-31", "20:00", "infinity", "now"),
]


@dataclass(frozen=True)
class Owner:
    """Somebody who may write everything, logged in once."""

    portal: Portal
    client: Client
    staff: Client  # at the platform

    @property
    def organization(self) -> Organization:
        return self.portal.organization


@pytest.fixture
def owner(alice_portal: Portal, platform_client: Client) -> Owner:
    return Owner(alice_portal, alice_portal.client_of(roles.OWNER), staff_client(platform_client, superuser=True))


Write = Callable[[Owner, str], bool]


def _empty(*prefixes: str) -> dict[str, str]:
    return {f"{prefix}-{kind}_FORMS": "0" for prefix in prefixes for kind in ("TOTAL", "INITIAL")}


def _posted(owner: Owner, path: str, data: dict[str, Any]) -> bool:
    answer = owner.client.post(path, data)
    assert answer.status_code in {200, 302, 422}
    return answer.status_code == 302


def _imported(owner: Owner, subject: str, heads: str, row: str) -> bool:
    with tenant_context(owner.organization):
        rows = [Row(2, list(row.split(",")))]
        table = Table(heads.split(","), lambda: iter(rows), len(rows), epoch=WINDOWS_EPOCH)
        begun = SpreadsheetImport.objects.create(subject=subject, file_name="rows.csv", path="rows")
        rows_preview(number=begun.pk, table=table, report=lambda _done, _all: None)
        if not import_confirm(number=begun.pk, answers={}, by=owner.portal.user()):
            return False
        rows_store(number=begun.pk, table=table, report=lambda _done, _all: None)
        begun.refresh_from_db()
        return bool(begun.added == 1)


def _button(field: str) -> dict[str, str]:
    """Return the button that a form needs for this field."""
    return {"schedule": "1"} if field == "publish_at" else {}


def _gig(field: str) -> dict[str, Write]:
    def data(owner: Owner, text: str) -> dict[str, Any]:
        start = {"starts_at": "2200-12-31 23:59", "doors_at": "", "time_zone": owner.organization.time_zone}
        if field == "ends_at":  # it has to be near the start
            start["starts_at"] = "1900-01-01 00:00" if text.startswith("1900") else "2200-12-31 23:58"
        amounts = {"currency": "EUR", "price_from": "0"} if field.startswith("price_") else {}
        return gig_data(**{**start, **amounts, field: text})

    def by_import(owner: Owner, text: str) -> bool:
        values = {name: value for name, value in data(owner, text).items() if value}
        values["venue"] = f"Hall {next(_NUMBERS)}"  # else it is the gig that a form made a moment ago
        return _imported(owner, "gigs", ",".join(values), ",".join(values.values()))

    return {
        "form": lambda owner, text: _posted(owner, "/backstage/gigs/add/", data(owner, text) | _button(field)),
        "admin": lambda owner, text: _posted(owner, "/admin/gigs/gig/add/", data(owner, text) | _empty("appearances")),
        "import": by_import,
    }


def _venue(field: str) -> dict[str, Write]:
    def data(owner: Owner, text: str) -> dict[str, str]:
        return {"name": f"Hall {next(_NUMBERS)}", "town": "Hof", "time_zone": owner.organization.time_zone, field: text}

    def by_import(owner: Owner, text: str) -> bool:
        values = data(owner, text)
        return _imported(owner, "venues", ",".join(values), ",".join(values.values()))

    return {
        "form": lambda owner, text: _posted(owner, "/backstage/venues/add/", data(owner, text)),
        "admin": lambda owner, text: _posted(owner, "/admin/venues/venue/add/", data(owner, text)),
        "import": by_import,
    }


def _tour(field: str) -> dict[str, Write]:
    def data(text: str) -> dict[str, str]:
        return {"name": f"Tour {next(_NUMBERS)}", field: text}

    return {
        "form": lambda owner, text: _posted(owner, "/backstage/tours/add/", data(text) | _button(field)),
        "admin": lambda owner, text: _posted(owner, "/admin/tours/tour/add/", data(text)),
        "import": lambda owner, text: _imported(owner, "tours", f"name,{field}", ",".join(data(text).values())),
    }


def _post(field: str) -> dict[str, Write]:
    def data(text: str) -> dict[str, str]:
        return {"title": f"Post {next(_NUMBERS)}", field: text}

    button = _button(field) if field == "publish_at" else {}
    return {
        "form": lambda owner, text: _posted(owner, "/backstage/news/add/", data(text) | button),
        "admin": lambda owner, text: _posted(owner, "/admin/news/post/add/", data(text)),
    }


def _page(field: str) -> dict[str, Write]:
    def data(text: str) -> dict[str, str]:
        return {"title": f"Page {next(_NUMBERS)}", "visibility": "public", field: text}

    return {
        "form": lambda owner, text: _posted(owner, "/backstage/pages/add/", data(text) | _button(field)),
        "admin": lambda owner, text: _posted(owner, "/admin/pages/page/add/", data(text)),
    }


def _bar(field: str) -> dict[str, Write]:
    def write(owner: Owner, text: str) -> bool:
        return _posted(owner, "/backstage/menu/announcement/", {"bar_text": "New record!", field: text})

    return {"form": write}


def _question(field: str) -> dict[str, Write]:
    def data(text: str) -> dict[str, Any]:
        values = {"text": "Really?", "published_at": "1900-01-01 00:00", "closes_at": "2200-12-31 23:59"}
        if (field, text) == ("published_at", "2200-12-31 23:59"):
            values["closes_at"] = ""
        if (field, text) == ("closes_at", "1900-01-01 00:00"):
            text = "1900-01-01 00:01"
        values |= {field: text, "choices-TOTAL_FORMS": "2", "choices-INITIAL_FORMS": "0"}
        return values | {
            "choices-0-text": "Yes",
            "choices-1-text": "No",
            "choices-0-position": "0",
            "choices-1-position": "1",
        }

    return {
        "form": lambda owner, text: _posted(owner, "/backstage/polls/add/", data(text)),
        "admin": lambda owner, text: _posted(owner, "/admin/polls/question/add/", data(text)),
    }


def _band(field: str) -> dict[str, Write]:
    def data(text: str) -> dict[str, Any]:
        return band_data(**{"formed": "", field: text})

    def by_admin(owner: Owner, text: str) -> bool:
        return _posted(owner, "/admin/bands/band/add/", data(text) | _empty("members", "links", "gallery"))

    return {
        "form": lambda owner, text: _posted(owner, "/backstage/bands/add/", data(text) | _button(field)),
        "admin": by_admin,
        "import": lambda owner, text: _imported(owner, "bands", f"name,{field}", f"Band {next(_NUMBERS)},{text}"),
    }


def _member(field: str) -> dict[str, Write]:
    def data(text: str) -> dict[str, Any]:
        return band_data(**{"members-0-since": "", f"members-0-{field}": text, "members-1-position": ""})

    def by_admin(owner: Owner, text: str) -> bool:
        only = data(text) | {"members-TOTAL_FORMS": "1"}
        only.setdefault("members-0-position", "0")
        if field != "position":
            only["members-0-position"] = "0"
        return _posted(owner, "/admin/bands/band/add/", only | _empty("links", "gallery"))

    edges: dict[str, Write] = {"admin": by_admin}
    if field != "position":  # the form numbers members anew
        edges["form"] = lambda owner, text: _posted(owner, "/backstage/bands/add/", data(text))
    return edges


def _link_position(owner: Owner, text: str) -> bool:
    return _posted(
        owner, "/admin/bands/band/add/", band_data(**{"links-0-position": text}) | _empty("members", "gallery")
    )


def _photo_position(owner: Owner, text: str) -> bool:
    with tenant_context(owner.organization):
        photo = BandPhotoFactory()
    rows = {
        "gallery-TOTAL_FORMS": "1",
        "gallery-INITIAL_FORMS": "1",
        "gallery-0-id": photo.pk,
        "gallery-0-band": photo.band_id,
    }
    rows |= {"gallery-0-picture": photo.picture_id, "gallery-0-position": text}
    data = band_data(name="X", slug=photo.band.slug) | _empty("members", "links") | rows
    return _posted(owner, f"/admin/bands/band/{photo.band_id}/change/", data)


def _focus(field: str) -> dict[str, Write]:
    def write(owner: Owner, text: str) -> bool:
        with tenant_context(owner.organization):
            photo = BandPhotoFactory(picture=ReadyPictureFactory())
        return _posted(owner, f"/backstage/bands/{photo.band_id}/photos/{photo.pk}/", {field: text})

    return {"form": write}


def _appearance_position(owner: Owner, text: str) -> bool:
    with tenant_context(owner.organization):
        band = BandFactory()
    rows = {"appearances-TOTAL_FORMS": "1", "appearances-INITIAL_FORMS": "0"}
    rows |= {"appearances-0-band": band.pk, "appearances-0-position": text}
    return _posted(owner, "/admin/gigs/gig/add/", gig_data() | rows)


def _choice_position(owner: Owner, text: str) -> bool:
    data: dict[str, Any] = {"text": "Really?", "published_at": "2026-01-01 00:00", "closes_at": ""}
    data |= {
        "choices-TOTAL_FORMS": "1",
        "choices-INITIAL_FORMS": "0",
        "choices-0-text": "Yes",
        "choices-0-position": text,
    }
    return _posted(owner, "/admin/polls/question/add/", data)


def _by_staff(kind: str, field: str, **others: str) -> dict[str, Write]:
    def write(owner: Owner, text: str) -> bool:
        Plan.objects.filter(slug="tried").delete()
        Subscription.objects.all().delete()
        of_portal = {"organization": str(owner.organization.pk), "plan": str(Plan.objects.default().pk)}
        data = {**of_portal, **others, field: text}
        return owner.staff.post(f"/admin/organizations/{kind}/add/", data).status_code == 302

    return {"admin": write}


def _announcement_end(owner: Owner, text: str) -> bool:
    data = {"title_en": "Tonight", "text_en": "We update.", "expires_at": text}
    return owner.staff.post("/admin/announcements/announcement/add/", data).status_code == 302


def _terms_date(owner: Owner, text: str) -> bool:
    data = {"document": "terms", "version": f"{next(_NUMBERS)}", "text_en": "Be kind.", "accept_by": text}
    return owner.staff.post("/admin/terms/terms/add/", data).status_code == 302


def _maintenance_end(owner: Owner, text: str) -> bool:
    number = Maintenance.objects.current().pk
    return owner.staff.post(f"/admin/organizations/maintenance/{number}/change/", {"until": text}).status_code == 302


THIS_YEAR = str(timezone.now().year)
POSITIONS, NO_POSITIONS = ["0", "10000"], [*NEVER, "10001"]
AMOUNTS = ["0", "12,50", "99999"]
NO_AMOUNTS = [*(text for text in NEVER if text != str(2**15)), "99999.01", "100000", "1.234"]
# A day alone is enough in a table, and a time alone means the start's day.
NO_MOMENTS_OF_ENDS = [text for text in NO_MOMENTS if text not in {"2027-12-31", "20:00"}]
NO_DEGREES = ["181", "-181", "1e9", "nan", "infinity", "north"]
COUNTS, NO_COUNTS = ["0", "1000000000"], [*(text for text in NEVER if text != str(2**15)), "1000000001"]
YEARS, NO_YEARS = ["1600", "2200"], [*NEVER, "1599", "2201", "0", "99", "01999"]
# Where people write each field, what is taken there and what isn't.
EDGES: dict[str, tuple[dict[str, Write], list[str], list[str]]] = {
    "gigs.Gig.starts_at": (_gig("starts_at"), MOMENTS, NO_MOMENTS),
    "gigs.Gig.doors_at": (_gig("doors_at"), MOMENTS, NO_MOMENTS),
    "gigs.Gig.ends_at": (_gig("ends_at"), ["1900-01-01 00:01", *MOMENTS[-1:]], NO_MOMENTS_OF_ENDS),
    "gigs.Gig.on_sale_at": (_gig("on_sale_at"), MOMENTS, NO_MOMENTS_OF_ENDS),
    "gigs.Gig.price_from": (_gig("price_from"), AMOUNTS, NO_AMOUNTS),
    "gigs.Gig.price_to": (_gig("price_to"), AMOUNTS, NO_AMOUNTS),
    "gigs.Gig.age_limit": (_gig("age_limit"), ["1", "99"], [*NEVER, "0", "100"]),
    "gigs.Gig.option": (_gig("option"), ["1", "9"], [*NEVER, "0", "10"]),
    "gigs.Gig.publish_at": (_gig("publish_at"), MOMENTS[-1:], [*NO_MOMENTS, *MOMENTS[:-1]]),
    "gigs.Appearance.position": ({"admin": _appearance_position}, POSITIONS, NO_POSITIONS),
    "tours.Tour.publish_at": (_tour("publish_at"), MOMENTS[-1:], [*NO_MOMENTS, *MOMENTS[:-1]]),
    "news.Post.publish_at": (_post("publish_at"), MOMENTS[-1:], [*NO_MOMENTS, *MOMENTS[:-1]]),
    "news.Post.expires_at": (_post("expires_at"), MOMENTS, NO_MOMENTS),
    "portals.PortalSettings.bar_from": (_bar("bar_from"), MOMENTS, NO_MOMENTS),
    "portals.PortalSettings.bar_until": (_bar("bar_until"), MOMENTS, NO_MOMENTS),
    "pages.Page.publish_at": (_page("publish_at"), MOMENTS[-1:], [*NO_MOMENTS, *MOMENTS[:-1]]),
    "venues.Venue.latitude": (_venue("latitude"), ["-90", "90"], NO_DEGREES),
    "venues.Venue.longitude": (_venue("longitude"), ["-180", "180"], NO_DEGREES),
    "venues.Venue.capacity": (_venue("capacity"), COUNTS, NO_COUNTS),
    "polls.Question.published_at": (_question("published_at"), MOMENTS, NO_MOMENTS),
    "polls.Question.closes_at": (_question("closes_at"), MOMENTS, NO_MOMENTS),
    "polls.Choice.position": ({"admin": _choice_position}, POSITIONS, NO_POSITIONS),
    "bands.Band.formed": (_band("formed"), ["1600", THIS_YEAR], [*NO_YEARS, "2031" if THIS_YEAR < "2030" else "2199"]),
    "bands.Band.publish_at": (_band("publish_at"), MOMENTS[-1:], [*NO_MOMENTS, *MOMENTS[:-1]]),
    "bands.Band.ended": (_band("ended"), YEARS, NO_YEARS),
    "bands.Member.since": (_member("since"), YEARS, NO_YEARS),
    "bands.Member.until": (_member("until"), YEARS, NO_YEARS),
    "bands.Member.position": (_member("position"), POSITIONS, NO_POSITIONS),
    "bands.BandLink.position": ({"admin": _link_position}, POSITIONS, NO_POSITIONS),
    "bands.BandPhoto.position": ({"admin": _photo_position}, POSITIONS, NO_POSITIONS),
    **{f"media.Picture.{field}": (_focus(field), ["0", "100"], [*NEVER, "101"]) for field in ("focus_x", "focus_y")},
    **{
        f"organizations.Plan.{field}": (_by_staff("plan", field, slug="tried", name="Tried"), COUNTS, NO_COUNTS)
        for field in ("bands", "storage", "mails", "members")
    },
    "organizations.Plan.portals": (
        _by_staff("plan", "portals", slug="tried", name="Tried"),
        ["1", COUNTS[-1]],
        [*NO_COUNTS, "0"],
    ),
    "organizations.Subscription.starts_at": (_by_staff("subscription", "starts_at"), MOMENTS, NO_MOMENTS),
    "organizations.Subscription.ends_at": (
        _by_staff("subscription", "ends_at", starts_at="1900-01-01 00:00"),
        ["1900-01-01 00:01", MOMENTS[-1]],
        NO_MOMENTS,
    ),
    "organizations.Allowance.most": (
        _by_staff("allowance", "most", limit="bands", until="2200-01-01 00:00", note="Tried"),
        COUNTS,
        NO_COUNTS,
    ),
    "organizations.Allowance.until": (
        _by_staff("allowance", "until", limit="bands", most="1", note="Tried"),
        MOMENTS,
        NO_MOMENTS,
    ),
    "announcements.Announcement.expires_at": ({"admin": _announcement_end}, MOMENTS, NO_MOMENTS),
    "terms.Terms.accept_by": ({"admin": _terms_date}, MOMENTS, NO_MOMENTS),
    "organizations.Maintenance.until": ({"admin": _maintenance_end}, MOMENTS, NO_MOMENTS),
}
TRIED_WITH_ALL = {("gigs.Gig.starts_at", "form"), ("gigs.Gig.starts_at", "import"), ("bands.Band.formed", "form")}
CASES = [(name, edge) for name, (edges, *_values) in EDGES.items() for edge in edges]


def test_every_field_with_bounds_is_tried() -> None:
    assert set(EDGES) == {str(field) for field in BOUNDED}


@pytest.mark.parametrize(("field", "edge"), CASES)
def test_it_refuses_what_stands_outside(field: str, edge: str, owner: Owner) -> None:
    edges, _inside, outside = EDGES[field]
    # The edges read by one grammar, which has tests of its own: not every value is tried at each of them.
    for text in outside if (field, edge) in TRIED_WITH_ALL else outside[::4]:
        assert not edges[edge](owner, text), text


@pytest.mark.long
def test_it_takes_the_extremes_and_shows_them_on_every_page(owner: Owner) -> None:
    for field, (edges, inside, _outside) in EDGES.items():
        for edge, write in edges.items():
            for text in inside:
                assert write(owner, text), (field, edge, text)
    with tenant_context(owner.organization):
        Gig.objects.update(is_published=True)
        Band.objects.update(is_published=True)
        paths = [*_pages_with_dates(), *_other_pages()]
    for path in paths:
        assert owner.client.get(path).status_code == 200, path
    for model in (Plan, Subscription, Allowance, Maintenance, Announcement, Terms):
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert owner.staff.get(path).status_code == 200


@pytest.mark.parametrize("zone", ZONES)
def test_it_shows_the_extremes_on_every_clock(zone: str, owner: Owner) -> None:
    Organization.objects.filter(pk=owner.organization.pk).update(time_zone=zone)
    owner.organization.refresh_from_db()
    for field in ("gigs.Gig.starts_at", "polls.Question.published_at"):
        edges, inside, _outside = EDGES[field]
        for text in inside:
            assert edges["form"](owner, text), (field, text)
    with tenant_context(owner.organization):
        Gig.objects.update(is_published=True)
        paths = _pages_with_dates()
    for path in paths:
        assert owner.client.get(path).status_code == 200, path


def _pages_with_dates() -> list[str]:
    pages = ["/", "/gigs/", "/polls/", "/backstage/", "/backstage/polls/", "/admin/gigs/gig/", "/admin/polls/question/"]
    pages += [f"/backstage/gigs/{show}" for show in ("", "?show=past", "?show=scheduled", "?show=drafts")]
    for gig in (Gig.objects.earliest("starts_at"), Gig.objects.latest("starts_at")):
        pages += [f"/gigs/{gig.slug}/", f"/gigs/{gig.slug}.ics", f"/backstage/gigs/{gig.pk}/"]
        pages += [f"/admin/gigs/gig/{gig.pk}/change/", f"/admin/gigs/gig/{gig.pk}/delete/"]
    for poll in (Question.objects.earliest("published_at"), Question.objects.latest("published_at")):
        pages += [f"/backstage/polls/{poll.pk}/", f"/admin/polls/question/{poll.pk}/change/"]
    for year in ("1900", "2200"):
        pages += [f"/admin/gigs/gig/?starts_at__year={year}", f"/admin/polls/question/?published_at__year={year}"]
    return pages


def _other_pages() -> list[str]:
    pages = ["/bands/", "/bands/?q=Mot", "/backstage/bands/", "/backstage/jobs/"]
    for band in (Band.objects.earliest("formed"), Band.objects.latest("ended")):
        pages += [f"/bands/{band.slug}/", f"/backstage/bands/{band.pk}/", f"/admin/bands/band/{band.pk}/change/"]
    for model in site._registry:
        if model._meta.model_name != "portalsettings":  # one row, so no list
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            pages.append(reverse(name, urlconf="bandstand_web.urls.portal"))
    return pages


ROWS: dict[type[models.Model], Callable[[], models.Model]] = {
    Post: PostFactory,
    Page: PageFactory,
    PortalSettings: PortalSettings.objects.current,
    Tour: TourFactory,
    Venue: VenueFactory,
    Gig: GigFactory,
    Appearance: lambda: GigFactory(bands=[BandFactory()]).appearances.get(),  # noqa: PLW0108 - made when it is called
    Question: QuestionFactory,
    Choice: lambda: QuestionFactory(choices=["Yes"]).choices.get(),  # noqa: PLW0108
    Band: BandFactory,
    Member: MemberFactory,
    BandLink: BandLinkFactory,
    BandPhoto: BandPhotoFactory,
    Picture: ReadyPictureFactory,
    Plan: Plan.objects.default,
    Maintenance: Maintenance.objects.current,
    Announcement: lambda: Announcement.objects.create(
        title_en="Tonight", text_en="We update.", expires_at=timezone.now()
    ),
    Terms: lambda: Terms.objects.create(version="1", text_en="Be kind.", accept_by=timezone.now()),
    Subscription: lambda: _of_alice(Subscription, plan=Plan.objects.default()),
    Allowance: lambda: _of_alice(Allowance, limit="bands", until=timezone.now(), note="Tried"),
}


def _of_alice(model: type[models.Model], **values: Any) -> models.Model:
    return model._default_manager.create(organization=Organization.objects.get(slug="alice"), **values)


@pytest.mark.parametrize("field", BOUNDED, ids=str)
def test_the_database_refuses_what_passes_the_forms_by(field: Bounded, alice_portal: Portal) -> None:
    outside = (
        ["'9999-12-31'", "'0001-01-01'", "'infinity'", "'4000-01-01 BC'"]
        if isinstance(field, MomentField)
        else [str(field.least - 1), str(field.most + 1)]
        if isinstance(field, LatitudeField)
        else ["-1", str(2**31 - 1 if isinstance(field, CountField) else 2**15 - 1)]
    )
    with tenant_context(alice_portal.organization):
        row = ROWS[field.model]()
        for value in outside:
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE {field.model._meta.db_table} SET {field.column} = {value} WHERE id = {row.pk}")
