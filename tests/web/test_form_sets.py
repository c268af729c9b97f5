"""Rows of one form set may exchange what is unique among them; what is given twice is refused with a sentence."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, models
from django.forms import BaseModelFormSet
from django.test import Client
from django_tenants.utils import tenant_context

import bandstand_web
from bandstand.accounts import roles
from bandstand.bands.band_links import BandLink
from bandstand.bands.models import BandPhoto
from bandstand.content.form_sets import RowsTogether, owner_of, unique_rules
from bandstand.gigs.appearances import Appearance
from bandstand.polls.models import Choice, Question
from bandstand.polls.voting import vote_cast
from bandstand_web.shell.admin import platform_site, tenant_site
from tests.conftest import Portal
from tests.factories.bands import BandFactory, BandLinkFactory, BandPhotoFactory
from tests.factories.gigs import GigFactory
from tests.factories.media import ReadyPictureFactory
from tests.factories.polls import QuestionFactory
from tests.web.shell.test_content import band_data, gig_data


def form_sets() -> Iterator[tuple[type[models.Model], type]]:
    """All form sets of rows: those that a module has a name for, and the admins' inlines."""
    for module in pkgutil.walk_packages(bandstand_web.__path__, "bandstand_web."):
        if module.name.endswith(("__main__", "run", "wsgi")):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, BaseModelFormSet) and value.model:
                yield value.model, value
    for site in (tenant_site.site, platform_site.site):
        for admin in site._registry.values():
            yield from ((inline.model, inline.formset) for inline in admin.inlines)


FORM_SETS = set(form_sets())


def test_every_form_set_checks_its_rows_together() -> None:
    assert len(FORM_SETS) >= 8
    assert [kind for _model, kind in FORM_SETS if not issubclass(kind, RowsTogether)] == []


@pytest.mark.parametrize("model", sorted({model for model, _kind in FORM_SETS}, key=str), ids=str)
def test_what_is_unique_in_a_form_set_can_be_exchanged(model: type[models.Model], alice_portal: Portal) -> None:
    about = model._meta
    rules = [rule for rule in about.constraints if isinstance(rule, models.UniqueConstraint)]
    assert all(rule.fields and rule.condition is None and not rule.expressions for rule in rules)
    assert [field for field in about.concrete_fields if field.unique and not field.primary_key] == []
    assert not about.unique_together
    if not rules:
        return
    owner = owner_of(model)
    assert all(owner in fields for fields, _message in unique_rules(model))
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(condeferred) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
            [about.db_table],
        )
        assert cursor.fetchone() == (True,), "a foreign key must be checked at the end of the transaction"


@dataclass(frozen=True)
class Rows:
    """Three rows with unique values at one form, which takes them as `<prefix>-<number>-<field>`."""

    model: type[models.Model]
    path: str
    prefix: str
    field: str
    values: list[Any]
    keys: list[int]
    data: dict[str, Any]
    rest: dict[str, Any]

    def post(self, client: Client, values: list[Any], **changes: Any) -> Any:
        data = {f"{self.prefix}-TOTAL_FORMS": str(len(values)), f"{self.prefix}-INITIAL_FORMS": str(len(self.keys))}
        for number, value in enumerate(values):
            data[f"{self.prefix}-{number}-{self.field}"] = value
            data |= {f"{self.prefix}-{number}-{name}": given for name, given in self.rest.items()}
            if number < len(self.keys):
                data[f"{self.prefix}-{number}-id"] = self.keys[number]
        return client.post(self.path, self.data | data | changes)

    def stored(self) -> dict[int, Any]:
        rows = self.model._default_manager.filter(pk__in=self.keys)
        return dict(rows.values_list("pk", self.field))


def _empty(*prefixes: str) -> dict[str, str]:
    return {f"{prefix}-{kind}_FORMS": "0" for prefix in prefixes for kind in ("TOTAL", "INITIAL")}


def choices(path: str) -> Rows:
    question = QuestionFactory(choices=["A", "B", "C"])
    keys = list(question.choices.values_list("pk", flat=True))
    data = {"text": "Really?", "published_at": "2026-01-01 20:00", "closes_at": ""}
    return Rows(Choice, path.format(question.pk), "choices", "text", ["A", "B", "C"], keys, data, {"position": "0"})


def links(path: str) -> Rows:
    band = BandFactory(name="Motörhead")
    values = [f"https://{letter}.example/" for letter in "abc"]
    keys = [BandLinkFactory(band=band, url=url).pk for url in values]
    data = band_data(slug=band.slug) | _empty("members", "gallery")
    rest = {"label": "Web", "position": "0"}
    return Rows(BandLink, path.format(band.pk), "links", "url", values, keys, data, rest)


def photos(path: str) -> Rows:
    band = BandFactory(name="Motörhead")
    kept = [BandPhotoFactory(band=band) for _number in range(3)]
    data = band_data(slug=band.slug) | _empty("members", "links")
    values = [photo.picture_id for photo in kept]
    keys = [photo.pk for photo in kept]
    return Rows(BandPhoto, path.format(band.pk), "gallery", "picture", values, keys, data, {"position": "0"})


def line_up(path: str) -> Rows:
    gig = GigFactory(bands=[BandFactory() for _number in range(3)])
    values = list(gig.appearances.values_list("band", flat=True))
    keys = list(gig.appearances.values_list("pk", flat=True))
    data = gig_data(slug=gig.slug)
    return Rows(Appearance, path.format(gig.pk), "appearances", "band", values, keys, data, {"position": "0"})


FORMS = [
    (choices, "/backstage/polls/{}/"),
    (choices, "/admin/polls/question/{}/change/"),
    (links, "/backstage/bands/{}/"),
    (links, "/admin/bands/band/{}/change/"),
    (photos, "/admin/bands/band/{}/change/"),
    (line_up, "/admin/gigs/gig/{}/change/"),
]
Make = Callable[[str], Rows]
PLACES = pytest.mark.parametrize(("make", "path"), FORMS, ids=lambda value: getattr(value, "__name__", value))


@PLACES
def test_it_exchanges_values(make: Make, path: str, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        rows = make(path)
    client = alice_portal.client_of(roles.OWNER)
    first, second, third = rows.values
    for wanted in ([second, first, third], [first, third, second], [third, first, second]):
        assert rows.post(client, wanted).status_code == 302
        with tenant_context(alice_portal.organization):
            assert rows.stored() == dict(zip(rows.keys, wanted, strict=True))


@PLACES
def test_it_takes_what_a_deleted_row_had(make: Make, path: str, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        rows = make(path)
    client = alice_portal.client_of(roles.OWNER)
    first, second, third = rows.values
    answer = rows.post(client, [second, second, third, first], **{f"{rows.prefix}-1-DELETE": "on"})
    assert answer.status_code == 302
    with tenant_context(alice_portal.organization):
        assert rows.stored() == {rows.keys[0]: second, rows.keys[2]: third}
        newest = rows.model._default_manager.latest("pk")
        assert getattr(newest, rows.model._meta.get_field(rows.field).attname) == first
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at the end of the transaction


@PLACES
def test_it_refuses_what_is_given_twice(make: Make, path: str, alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        rows = make(path)
    client = alice_portal.client_of(roles.OWNER)
    first, second, third = rows.values
    (rule,) = unique_rules(rows.model)
    for wanted, told in (([second, second, third], 0), ([first, second, third, third], 3)):
        answer = rows.post(client, wanted)
        assert answer.status_code in {200, 422}
        found = [*answer.context.get("inline_admin_formsets", ()), answer.context.get(rows.prefix)]
        formset = next(
            getattr(each, "formset", each)
            for each in found
            if getattr(getattr(each, "formset", each), "prefix", "") == rows.prefix
        )
        assert [number for number, errors in enumerate(formset.errors) if errors] == [told]
        assert formset.errors[told] == {rows.field: [rule[1]]}
    with tenant_context(alice_portal.organization):
        assert list(rows.stored().values()) == rows.values


def test_it_refuses_a_value_that_somebody_else_added_meanwhile(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        rows = links("/backstage/bands/{}/")
        BandLinkFactory(band=BandLink.objects.get(pk=rows.keys[0]).band, url="https://new.example/")
        BandLinkFactory(url="https://other-band.example/")
    client = alice_portal.client_of(roles.EDITOR)
    refused = rows.post(client, ["https://new.example/", *rows.values[1:]])
    assert refused.status_code == 422
    assert rows.post(client, ["https://other-band.example/", *rows.values[1:]]).status_code == 302


def test_it_refuses_a_new_poll_with_the_same_choice_twice(alice_portal: Portal) -> None:
    data = {
        "text": "Really?",
        "published_at": "2026-01-01 20:00",
        "choices-TOTAL_FORMS": "2",
        "choices-INITIAL_FORMS": "0",
    }
    for path in ("/backstage/polls/add/", "/admin/polls/question/add/"):
        twice = data | {
            f"choices-{number}-{name}": value
            for number in (0, 1)
            for name, value in (("text", "Yes"), ("position", "0"))
        }
        assert alice_portal.client_of(roles.OWNER).post(path, twice).status_code in {200, 422}
    with tenant_context(alice_portal.organization):
        assert not Question.objects.exists()


def test_votes_stay_with_their_row_when_words_change_places(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        rows = choices("/backstage/polls/{}/")
        chosen = Choice.objects.get(pk=rows.keys[0])
        vote_cast(question=chosen.question, choice=chosen, voter="x" * 64)
    assert rows.post(alice_portal.client_of(roles.EDITOR), ["B", "A", "C"]).status_code == 302
    with tenant_context(alice_portal.organization), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        chosen.refresh_from_db()
        assert (chosen.text, chosen.votes.count()) == ("B", 1)


def test_photos_keep_the_order_that_they_are_given(alice_portal: Portal) -> None:
    with tenant_context(alice_portal.organization):
        band = BandFactory()
        kept = [BandPhotoFactory(band=band, picture=ReadyPictureFactory(), position=number).pk for number in (1, 2)]
    data = {"photos-TOTAL_FORMS": "2", "photos-INITIAL_FORMS": "2"}
    for number, pk in enumerate(kept):
        data |= {f"photos-{number}-id": str(pk), f"photos-{number}-position": str(2 - number)}
        data |= {f"photos-{number}-alt": "A", f"photos-{number}-caption": ""}
    path = f"/backstage/bands/{band.pk}/photos/describe/"
    assert alice_portal.client_of(roles.EDITOR).post(path, data).status_code == 302
    with tenant_context(alice_portal.organization):
        assert list(band.gallery.values_list("pk", flat=True)) == kept[::-1]
