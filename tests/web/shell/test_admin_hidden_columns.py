"""Nothing that a list doesn't show can be read by filtering, searching or ordering it, in either admin.

Each ModelAdmin that the URLconfs reach is asked about each field of its model, and of the models behind its relations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.sites import all_sites
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.test import RequestFactory
from django.urls import get_resolver
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.mail.models import OutgoingMessage
from bandstand.people.models import Person
from bandstand_web.shell.admin.guarding import GuardedAdmin
from bandstand_web.shell.admin.platform_site import site as platform_site
from bandstand_web.shell.admin.sign_in import SignInSite
from bandstand_web.shell.admin.tenant_site import site as tenant_site
from tests.conftest import Portal, PortalClient
from tests.isolation.twins import PK, fill
from tests.isolation.visiting import PLATFORM, PORTAL, staff_browser, team_browser, visit, walk

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.attack]

SITES = {PLATFORM: platform_site, PORTAL: tenant_site}
LOOKUPS = ("", "exact", "contains", "icontains", "regex", "iregex", "startswith", "isnull", "gt", "lte", "in", "range")
DATE_PARTS = ("year", "date__gt", "hour__gt", "minute", "second__in", "iso_year__regex")
REFUSED = 400


def admins(urlconf: str) -> list[ModelAdmin[Any]]:
    """Return each ModelAdmin that an address leads to, found in the resolver."""
    found = {
        id(each): each
        for _name, _route, pattern in walk(get_resolver(urlconf))
        if (each := getattr(pattern.callback, "model_admin", None))
    }
    return list(found.values())


def columns(model_admin: ModelAdmin[Any]) -> set[str]:
    """Return the fields that the list shows; a computed column shows the one that it is ordered by."""
    return {
        getattr(getattr(model_admin, str(name), None), "admin_order_field", None) or str(name)
        for name in model_admin.list_display
    }


def shown(model_admin: ModelAdmin[Any]) -> set[str]:
    """Return the fields that the list shows, filters, searches or orders by, as its attributes say."""
    filters = {each if isinstance(each, str) else each[0] for each in model_admin.list_filter if not callable(each)}
    searched = {name.lstrip("=^@") for name in model_admin.search_fields}
    ordered = {name.lstrip("-") for name in model_admin.ordering or ()}
    return columns(model_admin) | filters | searched | ordered | {model_admin.date_hierarchy or ""}


def hidden(model_admin: ModelAdmin[Any]) -> Iterator[str]:
    """Yield each field that isn't among them, and each field of the models that one or two relations lead to."""
    known = shown(model_admin)
    keys = {f"{name}__id" for name in known} | {f"{name}__pk" for name in known}
    yield from (path for path in paths(model_admin.model, depth=2) if path not in known | keys | {"pk"})


def paths(model: type[Model], depth: int) -> Iterator[str]:
    for field in model._meta.get_fields():
        name = field.name if field.concrete or field.auto_created else ""
        if not name:
            continue
        yield name
        if depth and isinstance(field.related_model, type):
            yield from (f"{name}__{further}" for further in paths(field.related_model, depth - 1))


@pytest.mark.parametrize("urlconf", SITES)
def test_each_admin_that_an_address_leads_to_stands_on_the_guarded_one(urlconf: str) -> None:
    reached = admins(urlconf)

    assert len(reached) >= {PLATFORM: 6, PORTAL: 12}[urlconf]
    assert {type(each).__name__ for each in reached if not isinstance(each, GuardedAdmin)} == set()
    assert {each.model for each in reached} == set(SITES[urlconf]._registry)


def test_no_address_leads_to_a_site_on_which_other_apps_register() -> None:
    reached = {each.admin_site for urlconf in SITES for each in admins(urlconf)}

    assert reached == set(SITES.values())
    assert admin.site in all_sites, "allauth's and axes' admins are registered there"
    assert admin.site not in reached


def test_a_site_refuses_an_admin_that_does_not_stand_on_it() -> None:
    for unguarded in (None, ModelAdmin):
        with pytest.raises(ImproperlyConfigured, match="GuardedAdmin"):
            SignInSite().register(User, unguarded)


@pytest.mark.parametrize("urlconf", SITES)
def test_no_lookup_reaches_a_field_that_no_list_shows(urlconf: str) -> None:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True)
    tried, admitted = 0, []
    for model_admin in admins(urlconf):
        for path in hidden(model_admin):
            for lookup in (*LOOKUPS, *DATE_PARTS):
                asked = f"{path}__{lookup}" if lookup else path
                tried += 1
                if model_admin.lookup_allowed(asked, "a", request):
                    admitted.append(f"{type(model_admin).__name__}: {asked}")

    assert tried > 10_000
    assert admitted == []


@pytest.mark.parametrize(
    ("urlconf", "visitor"),
    [(PLATFORM, "staff"), pytest.param(PORTAL, "owner", marks=pytest.mark.long), (PORTAL, "manager")],
)
def test_each_list_export_and_choice_refuses_a_filter_on_what_it_hides(
    urlconf: str, visitor: str, in_alice: Portal
) -> None:
    browser = staff_browser() if urlconf == PLATFORM else team_browser(in_alice, visitor)
    browser.raise_request_exception = False
    tried, answered = 0, []
    for model_admin in admins(urlconf):
        for field in model_admin.model._meta.concrete_fields:
            if field.name in shown(model_admin) or field.primary_key:
                continue
            for path in lists(model_admin):
                answer = visit(browser, "get", f"{path}?{urlencode({f'{field.name}__regex': '^.'})}")
                tried += answer.status_code == REFUSED
                if answer.status_code in {200, 302} and not answer.get("Location", "").endswith(f"/{PK}/change/"):
                    answered.append(f"{path}?{field.name}: {answer.status_code} {answer.get('Location', '')}")

    assert tried > 20
    assert [each for each in answered if "portalsettings" not in each] == [], "that list is a redirect to its one row"


def lists(model_admin: ModelAdmin[Any]) -> list[str]:
    base = f"/admin/{model_admin.model._meta.app_label}/{model_admin.model._meta.model_name}/"
    return [base, f"{base}export/"] if hasattr(model_admin, "export_action") else [base]


BY_A_MANAGER = [
    "password__regex=^argon",
    "password__startswith=argon2",
    "emailaddress__email__regex=.",
    "usersession__session_key__startswith=a",
    "authenticator__data__contains=a",
    "groups__permissions__codename=view_user",
    "_popup=1&password__contains=a",
    "_to_field=password",
    "_to_field=email",
    "_facets=1&password__gt=a",
    "e=1&password__isnull=False",
    "o=1&password__lt=z",
    "q=owner&password__iregex=.",
    "email__regex=.",
]


BY_AN_OWNER = [
    "mail/outgoingmessage/?text__regex=password/reset",
    "mail/outgoingmessage/?html__contains=reset",
    "admin/logentry/?user__password__regex=^a",
    "admin/logentry/?change_message__contains=a",
    "media/picture/?uploaded_by__password__regex=^a",
    "bands/band/?members__name__gt=a",
    "enquiries/enquiry/?band__contact_email__startswith=a",
]

BY_STAFF = [
    "jobs/job/?result__contains=a",
    "jobs/job/?payload__regex=.",
    "jobs/job/?error__contains=a",
    "organizations/organization/?owners__password__regex=^a",
    "accounts/user/?password__regex=^a",
    "admin/logentry/?user__password__startswith=a",
]

OFFERED = [
    "accounts/user/?groups__id__exact=1",
    "accounts/user/?is_active__exact=1&q=owner&o=1.-2",
    "bands/band/?show=published&genres__id__exact=4711",
    "gigs/gig/?when=past&town=canaryalice",
    "gigs/gig/?starts_at__year=2027&starts_at__month=1",
    "enquiries/enquiry/?band__id__exact=4711&state__exact=new",
    "mail/outgoingmessage/?state__exact=sent&created_at__year=2026",
    "admin/logentry/?content_type__id__exact=1",
]

IMPOSSIBLE = [
    ("p=²", 404),
    ("p=-1", 404),
    ("p=" + "9" * 5000, 404),
    ("o=²", 404),
    ("o=1.x", 404),
    ("p=9999", 404),
    ("p=0", 404),
    ("starts_at__year=9999", 302),
    ("starts_at__year=0", 302),
    ("starts_at__year=²", 302),
    ("starts_at__year=2027&starts_at__month=13", 302),
    ("starts_at__gte=x", 302),
]


def test_a_manager_learns_nothing_of_an_owners_hash(in_alice: Portal) -> None:
    asked = [f"accounts/user/?{query}" for query in BY_A_MANAGER]

    assert unrefused(team_browser(in_alice, roles.MANAGER), asked) == []


def test_an_owner_learns_nothing_of_another_owners_mail_or_hash(in_alice: Portal) -> None:
    assert unrefused(team_browser(in_alice, roles.OWNER), BY_AN_OWNER) == []


def test_staff_learn_nothing_of_jobs_results_or_hashes(in_alice: Portal) -> None:
    assert unrefused(staff_browser(), BY_STAFF) == []


def test_neither_a_hash_nor_a_link_for_a_new_password_is_read_letter_by_letter(in_alice: Portal) -> None:
    """What took 289 requests once: each further letter is asked for by a pattern, and the list says yes or no."""
    with tenant_context(in_alice.organization):
        OutgoingMessage.objects.create(recipients=["a@b.example"], subject="x", text="to /password/reset/3mv-abc/")
    manager, owner = team_browser(in_alice, roles.MANAGER), team_browser(in_alice, roles.OWNER)

    assert read_by(manager, "accounts/user/?password__regex=", "argon2") == ""
    assert read_by(owner, "mail/outgoingmessage/?text__regex=password/reset/", "3mv-abc") == ""
    assert read_by(owner, "bands/band/?name__startswith=", "Band") == "Band", "what a list shows may be asked for"


def read_by(browser: PortalClient, path: str, there: str) -> str:
    """Return what can be read of the text that is there, by asking for one more letter while rows are found."""
    browser.raise_request_exception = False
    known = ""
    while known != there:
        answer = visit(browser, "get", f"/admin/{path}{known}{there[len(known)]}")
        if answer.status_code != 200 or not answer.context["cl"].result_count:
            break
        known += there[len(known)]
    return known


def unrefused(browser: PortalClient, asked: list[str]) -> list[str]:
    browser.raise_request_exception = False
    return [path for path in asked if visit(browser, "get", f"/admin/{path}").status_code != REFUSED]


def test_what_lists_offer_still_works(in_alice: Portal) -> None:
    owner = team_browser(in_alice, roles.OWNER)

    assert {path: visit(owner, "get", f"/admin/{path}").status_code for path in OFFERED} == dict.fromkeys(OFFERED, 200)


def test_a_value_that_cannot_be_is_refused_by_lists(in_alice: Portal) -> None:
    owner = team_browser(in_alice, roles.OWNER)
    owner.raise_request_exception = False

    for query, status in IMPOSSIBLE:
        answer = visit(owner, "get", f"/admin/gigs/gig/?{query}")
        assert answer.status_code == status, query
        assert status == 404 or answer["Location"] == "/admin/gigs/gig/?e=1", query


@pytest.mark.parametrize("urlconf", SITES)
def test_what_is_searched_and_ordered_by_is_shown(urlconf: str) -> None:
    """A search tells as much as a filter, and so does an order."""
    listed = {each.model: columns(each) for each in admins(urlconf)}
    wrong = []
    for model_admin in admins(urlconf):
        details = {str(name) for name in _fields(model_admin)}
        for name in (*model_admin.search_fields, *(model_admin.ordering or ())):
            first, *_between, last = (path := name.lstrip("=^@-").split("__")) * 2
            model: Any = model_admin.model
            for step in path[:-1]:
                model = model._meta.get_field(step).related_model
            is_shown = first in details | listed[model_admin.model] if len(path) == 1 else last in listed.get(model, ())
            if not is_shown:
                wrong.append(f"{type(model_admin).__name__}: {name}")

    assert wrong == []


def _fields(model_admin: ModelAdmin[Any]) -> Iterator[str]:
    yield from model_admin.fields or ()
    for _title, options in model_admin.fieldsets or ():
        yield from options["fields"]


def test_what_forms_look_up_is_searched_by_what_its_list_shows(in_alice: Portal) -> None:
    owner = team_browser(in_alice, roles.OWNER)
    owner.raise_request_exception = False
    asked = {"app_label": "bands", "model_name": "band", "field_name": "genres", "term": "x"}

    for field in ("password", "email", "user__password"):
        path = f"/admin/autocomplete/?{urlencode({**asked, f'{field}__regex': '.'})}"
        assert visit(owner, "get", path).json()["results"] == []
        forged = [
            {**asked, "model_name": "user", "app_label": "accounts", "field_name": field},
            {**asked, "field_name": "name"},
            {"app_label": "mail", "model_name": "outgoingmessage", "field_name": field, "term": "a"},
        ]
        for each in forged:
            assert visit(owner, "get", f"/admin/autocomplete/?{urlencode(each)}").status_code == 403, each


@pytest.fixture
def in_alice(alice_portal: Portal) -> Portal:
    """Alice's portal with a row of each kind."""
    fill(alice_portal, "canaryalice")
    return alice_portal


class _Lists(GuardedAdmin):
    list_display = ["name", "email"]
    list_filter = ["instruments", "email", ("user", admin.RelatedOnlyFieldListFilter), "user__is_active"]
    search_fields = ["name", "=email", "^phone", "user__email", "memberships__person__notes"]


@pytest.mark.parametrize(("role", "sees"), [(roles.MANAGER, True), (roles.EDITOR, False)])
def test_lists_neither_show_filter_nor_search_by_what_is_hidden(role: str, *, sees: bool, alice_portal: Portal) -> None:
    model_admin = _Lists(Person, tenant_site)
    request = RequestFactory().get("/")
    request.user = alice_portal.user(role)
    with tenant_context(alice_portal.organization):
        found = [
            list(model_admin.get_list_display(request)),
            list(model_admin.get_list_filter(request)),
            list(model_admin.get_search_fields(request)),
        ]
    everything = [_Lists.list_display, _Lists.list_filter, _Lists.search_fields]
    assert found == (everything if sees else [["name"], ["instruments"], ["name"]])
