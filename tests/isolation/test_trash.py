"""What is in the trash is shown there alone: a word in each of its texts is looked for wherever anybody can look.

The rows are made from the models, so a new kind is covered by being there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.bands.models import Member
from bandstand.bands.spreadsheet import BandResource
from bandstand.content.trashed import Trashed, paths_to_trash, trashed_models
from bandstand.digest.collecting import digest_collect
from bandstand.gigs.spreadsheet import GigResource
from bandstand.pages.blocks import BlocksField
from bandstand.people.models import Person
from bandstand.people.spreadsheet import PersonResource
from bandstand.portals.exporting import organization_export
from bandstand.venues.spreadsheet import VenueResource
from bandstand_web.shell.admin.tenant_site import site
from tests.conftest import Portal, PortalClient
from tests.factories.pages import block
from tests.isolation.twins import PK, SLUG, Twin, fill
from tests.isolation.visiting import PORTAL, addresses, path_to, team_browser, visit
from tests.shares import in_shares, share_of

pytestmark = pytest.mark.filterwarnings("ignore")

CANARY, NEEDLE = "zebrafinch", "goldcrest"  # the one is looked for, by searching the other
# The trash counts in the plan; a message says that its band is there; a paginator's count joins what it doesn't read.
ALLOWED = re.compile(
    r'^SELECT COUNT\(\*\) AS "__count" FROM "bands_band"$|"enquiries_enquiry"'
    r'|^SELECT COUNT\(\*\) FROM \(SELECT "\w+"\."id" AS "col1" FROM'
)
TRASHED, TRASHED_SLUG = PK + 2, "out-of-sight"
LIVING = "living"


def text_of(field: Any, *, is_hidden: bool) -> Any:
    """Return a value with the canary; in a row that isn't hidden itself, another."""
    if not is_hidden:
        return "kept@example.org" if isinstance(field, models.EmailField) else "A message that stays"
    if isinstance(field, models.SlugField):
        return TRASHED_SLUG
    if isinstance(field, models.URLField):
        return f"https://{CANARY}.example/{NEEDLE}"
    if isinstance(field, models.EmailField):
        return f"{CANARY}@example.org"
    return f"{CANARY} {NEEDLE}"[: field.max_length]


def value_of(field: Any, owners: dict[type[Model], Model]) -> Any:
    if field.related_model:
        return owners.get(field.related_model)
    if isinstance(field, models.DateTimeField):
        return timezone.now() + timedelta(days=1) if "start" in field.name else timezone.now() - timedelta(minutes=1)
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.IntegerField):
        return 1
    if isinstance(field, ArrayField):
        return [CANARY]
    if isinstance(field, models.JSONField):
        return [block("text", text=CANARY)] if isinstance(field, BlocksField) else {"file": "A file that stays"}
    raise AssertionError(f"nothing is known to put into {field}")


def make(model: type[Model], owners: dict[type[Model], Model], **values: Any) -> Model:
    """Return a stored row with the canary in each of its texts, belonging to `owners`."""
    row = model(**values)
    for field in model._meta.concrete_fields:
        if field.name in values or field.primary_key or isinstance(field, models.UUIDField):
            continue
        if field.name == "time_zone":
            row.time_zone = "Europe/Berlin"  # type: ignore[attr-defined]
        elif isinstance(field, (models.CharField, models.TextField)):
            if not field.choices and (field.max_length or 100) > len(CANARY):
                setattr(row, field.name, text_of(field, is_hidden=bool(paths_to_trash(model))))
        elif not field.null or field.related_model in owners:
            setattr(row, field.name, value_of(field, owners))
    row.save(force_insert=True)
    return row


def parts() -> list[type[Model]]:
    """Return the models whose rows belong to one with a trash, or refer to it; triggers keep search entries."""
    return [
        model
        for model in apps.get_models()
        if not issubclass(model, Trashed)
        and any(field.related_model and paths_to_trash(field.related_model) for field in model._meta.concrete_fields)
        and not any(isinstance(field, SearchVectorField) for field in model._meta.concrete_fields)
    ]


def in_order(models_: list[type[Model]]) -> list[type[Model]]:
    """Return models after those that they refer to."""
    ordered: list[type[Model]] = []
    while len(ordered) < len(models_):
        for model in models_:
            needs = {field.related_model for field in model._meta.concrete_fields if field.related_model in models_}
            if model not in ordered and needs <= {*ordered, model}:
                ordered.append(model)
    return ordered


def throw_away() -> list[Trashed]:
    """Put a row of each kind into the trash, with rows of every other model that belong to it or refer to it."""
    living: dict[type[Model], Model] = {}
    for model in (*trashed_models(), *apps.get_models()):
        if isinstance(model._meta.pk, models.DateField):  # days of the statistics, to which nothing belongs
            continue
        if (row := model._base_manager.filter(pk=PK).first()) is not None:
            living[model] = row
    kinds = in_order(list(trashed_models()))  # a venue before its gigs, which would make one
    trashed = {model: make(model, {}, pk=TRASHED, trashed_at=timezone.now()) for model in kinds}
    below = {model: {model: row} for model, row in trashed.items()}
    for model in in_order(parts()):
        owners = {field.related_model for field in model._meta.concrete_fields if field.related_model}
        for made in below.values():
            if model is Member and Person in made:
                continue  # line-ups keep the name of a person in the trash
            if owners & set(made):  # whatever else it belongs to is living, so that the row is reached from there
                of_nobody_seen = {Person: trashed[Person]} if model is Member else {}  # whose name is the canary
                made[model] = make(model, {**living, **made, **of_nobody_seen})
    assert sum(map(len, below.values())) >= 10
    return [row for row in trashed.values() if isinstance(row, Trashed)]


@pytest.fixture
def twin(alice_portal: Portal) -> Twin:
    filled = fill(alice_portal, LIVING)
    with tenant_context(alice_portal.organization):
        throw_away()
    return filled


def paths(twin: Twin) -> Iterator[str]:
    """Yield every address that can be read: with the keys of living rows, and with those of rows in the trash."""
    for address in addresses(PORTAL).values():
        if address.name.startswith(("backstage:trash", "admin:autocomplete")):
            continue
        path = path_to(address, twin)
        yield path
        if str(PK) in path or SLUG in path:
            yield path.replace(str(PK), str(TRASHED)).replace(SLUG, TRASHED_SLUG)
    asked = urlencode({"q": NEEDLE})
    for place in (
        *("bands/search", "bands", "gigs"),
        *("backstage/bands", "backstage/gigs", "backstage/venues", "backstage/people", "backstage/polls"),
    ):
        yield f"/{place}/?{asked}"
    yield "/gigs/?when=past"
    yield from (f"/backstage/gigs/?show={show}" for show in ("past", "drafts"))
    yield "/backstage/bands/?show=drafts&sort=changed"
    yield f"/backstage/gigs/add/?band={TRASHED}"
    for model, model_admin in site._registry.items():
        about = f"{model._meta.app_label}/{model._meta.model_name}"
        yield f"/admin/{about}/?{asked}"
        inlines = [inline(model, site) for inline in model_admin.inlines]
        for each in [model_admin, *inlines]:
            for name in each.autocomplete_fields:
                opts = each.model._meta
                field = {"app_label": opts.app_label, "model_name": opts.model_name, "field_name": name}
                yield f"/admin/autocomplete/?{urlencode({**field, 'term': ''})}"


@in_shares
def test_nobody_sees_what_is_in_the_trash_outside_of_it(twin: Twin, one_in: int) -> None:
    with tenant_context(twin.portal.organization):
        browsers = {
            "anonymous": PortalClient(HTTP_HOST=twin.portal.host),
            **{role: team_browser(twin.portal, role) for role in (roles.MEMBER, roles.OWNER)},
        }
        seen, read = [], 0
        for number, (name, browser) in enumerate(browsers.items()):
            browser.raise_request_exception = False
            for path in share_of(paths(twin), one_in, beginning=number):
                answer = visit(browser, "get", path)
                assert answer.status_code < 500, path
                read += answer.status_code == 200
                if CANARY in answer.text_sent.lower():
                    seen.append((name, path))
        assert seen == []
        assert read > 150 // one_in
        trash = visit(browsers[roles.OWNER], "get", "/backstage/trash/").text_sent
        assert trash.count("<bdi>") >= len(trashed_models())
        assert CANARY in trash
        assert CANARY not in visit(browsers[roles.MEMBER], "get", "/backstage/trash/").text_sent


def test_no_page_joins_what_is_in_the_trash(twin: Twin) -> None:
    """Numbers would show it as well: each table with a trash that a list reads is read with its condition."""
    tables = [model._meta.db_table for model in trashed_models()]
    lists = [
        "/",
        "/bands/",
        "/gigs/",
        "/polls/",
        f"/bands/{SLUG}/",
        f"/gigs/{SLUG}/",
        "/backstage/",
        "/backstage/bands/",
    ]
    lists += [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]
    browser = team_browser(twin.portal, roles.OWNER)
    for path in lists:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(path, follow=True).status_code == 200, path
        for query in (each["sql"] for each in queries if "SELECT" in each["sql"]):
            for table in tables:
                if re.search(rf'(FROM|JOIN) "{table}"', query) and f'"{table}"."id" = ' not in query:
                    assert '"trashed_at" IS NULL' in query or ALLOWED.search(query), (path, query)


def test_no_copy_export_or_mail_has_it(twin: Twin) -> None:
    with organization_export(twin.portal.organization) as file, ZipFile(file) as archive:
        told = {name: archive.read(name).decode().lower() for name in archive.namelist()}
    assert [name for name, text in told.items() if CANARY in text] == []
    with tenant_context(twin.portal.organization):
        for resource in (BandResource, GigResource, PersonResource, VenueResource):
            assert CANARY not in str(resource().export().csv).lower()
        digest = digest_collect(twin.portal.organization, timezone.now() + timedelta(hours=1))
        assert {enquiry.addressee for enquiry in digest.enquiries} == {f"Band {LIVING}", "a band in the trash"}
        assert CANARY not in str(digest.polls).lower()
