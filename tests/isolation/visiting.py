"""Who visits, and every address there is to visit, read from the URLconfs."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import SimpleCookie
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django_tenants.utils import tenant_context

from bandstand.accounts import roles
from bandstand.accounts.models import User
from bandstand.accounts.roles import ROLES
from bandstand.bands.band_roles import BandRole
from tests.conftest import Portal, PortalClient
from tests.isolation.twins import (
    BLOCK,
    CONTACT_BLOCK,
    FILE_BLOCK,
    INVITATION,
    MERGED_PK,
    OTHER_PK,
    PK,
    SLUG,
    TRASHED_PK,
    UID,
    Twin,
)

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LOG_IN = ("/accounts/login/", "/admin/login/")
PLATFORM_HOST = "bandstand.localhost"
PLATFORM, PORTAL = "bandstand_web.urls.platform", "bandstand_web.urls.portal"


_OF_ADDRESSES = {
    "page_file": {"<slug:number>": FILE_BLOCK},
    "page_contact": {"<slug:number>": CONTACT_BLOCK},
    "sitemap_file": {"<slug:section>": "band"},
    "backstage:person_unmerge": {"<int:pk>": str(MERGED_PK)},
    **{key: {"<str:kind>": "songkick"} for key in ("backstage:gigs_outlet_file", "backstage:gigs_outlet_mark")},
}


@dataclass(frozen=True)
class Address:
    """One pattern of a URLconf. `name` has its namespace; patterns without a name are named by their route."""

    name: str
    route: str
    pattern: URLPattern


@functools.cache
def addresses(urlconf: str) -> dict[str, Address]:
    """Return every pattern by its name."""
    found = [Address(name, route, pattern) for name, route, pattern in walk(get_resolver(urlconf))]
    assert len({each.name for each in found}) == len(found), "two patterns share a name"
    return {each.name: each for each in found}


def walk(resolver: URLResolver, route: str = "", namespace: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    for each in resolver.url_patterns:
        here = route + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from walk(each, here, f"{namespace}{each.namespace}:" if each.namespace else namespace)
        else:
            yield (namespace + each.name if each.name else here), here, each


def path_to(address: Address, twin: Twin, *, of: Twin | None = None) -> str:
    """Return the address's path with the ids and slugs that rows of `twin` have; numbers in `public` are those `of`."""
    public = of or twin
    tokens = {"unsubscribe": f"{INVITATION}-{public.canary}", "transfer_answer": public.transfer}
    values = {
        "<slug:slug>": SLUG,
        "<slug:subject>": "bands",
        "<int:pk>": str(PK),
        "<int:photo>": str(PK),
        "<uuid:uid>": UID,
        "<uuid:picture>": UID,
        "<path:path>": twin.picture,
        "<str:token>": tokens.get(address.name, INVITATION),
        "<str:name>": "none",
        "<str:month>": "2031-01",
        "<str:kind>": "bands.band",
        "<slug:kind>": "text",
        "<slug:number>": BLOCK,
        "<path:content_type_id>/<path:object_id>": f"1/{PK}",
        "<path:object_id>": str(PK),
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$": "password/reset/3mv-none/",
        r"(?P<url>.*)$": "none/",
    }
    values |= _OF_ADDRESSES.get(address.name, {})
    numbers = {"trash": TRASHED_PK, "job": public.job, "domain": public.domain, "listing_": public.listing}
    for name, number in numbers.items():
        if address.name.startswith(f"backstage:{name}"):
            values["<int:pk>"] = str(number)
    if address.name.startswith("organization"):
        values["<slug:slug>"] = public.portal.organization.slug
    for model, number in (("organizations/organization", public.portal.organization.pk), ("jobs/job", public.job)):
        if model in address.route:
            values["<path:object_id>"] = str(number)
    if "portals/portalsettings" in address.route:
        values["<path:object_id>"] = "1"
    path = address.route
    for part, value in values.items():
        path = path.replace(part, value)
    if "app_label" in path:
        path = f"admin/{'jobs' if 'jobs' in path else 'bands'}/"
    assert "<" not in path, f"nothing is known to put into {address.route}"
    return f"/{path}"


def log_in(client: Client, user: User) -> Client:
    """Return `client` with a session of `user`'s, in the current schema."""
    client.force_login(user, backend=BACKEND)
    return client


def team_browser(portal: Portal, role: str | None) -> PortalClient:
    """Return a browser of somebody with `role`, or with an account and no role, at this portal."""
    client = PortalClient(HTTP_HOST=portal.host)
    with tenant_context(portal.organization):
        user = portal.user(role or roles.MEMBER, None if role else "fan@example.org")
        if role is None:
            user.groups.clear()
        log_in(client, user)
    return client


def leader_browser(portal: Portal, band: int) -> PortalClient:
    """Return a browser of a guest who leads the band with this key, and no other."""
    client = PortalClient(HTTP_HOST=portal.host)
    with tenant_context(portal.organization):
        user = portal.user(roles.GUEST, f"leader-{band}@{portal.host}")
        BandRole.objects.update_or_create(user=user, band_id=band, defaults={"role": BandRole.Role.LEADER})
        log_in(client, user)
    return client


def carried(client: Client, host: str) -> PortalClient:
    """Return a browser at `host` that brings the session cookie of another place along."""
    elsewhere = PortalClient(HTTP_HOST=host)
    elsewhere.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return elsewhere


def staff_browser() -> PortalClient:
    """Return a browser of a superuser of the platform."""
    user, _created = User.objects.get_or_create(email="staff@example.org", is_staff=True, is_superuser=True)
    client = PortalClient(HTTP_HOST=PLATFORM_HOST)
    log_in(client, user)
    return client


def portal_visitors(portal: Portal, other: Portal) -> dict[str, PortalClient]:
    """Return a browser of each kind of visitor at `portal`."""
    team = {role: team_browser(portal, role) for role in reversed(ROLES)}
    return {
        "anonymous": PortalClient(HTTP_HOST=portal.host),
        "fan": team_browser(portal, None),
        "guest": team.pop(roles.GUEST),
        "outsider": leader_browser(portal, OTHER_PK),
        "leader": leader_browser(portal, PK),
        **team,
        "other": carried(team_browser(other, roles.OWNER), portal.host),
        "staff": carried(staff_browser(), portal.host),
    }


def platform_visitors(portal: Portal, other: Portal) -> dict[str, PortalClient]:
    """Return a browser of each kind of visitor at the platform; the team is logged in at its portal alone."""
    newcomer, _created = User.objects.get_or_create(email="newcomer@example.org")
    browsers = {"anonymous": PortalClient(HTTP_HOST=PLATFORM_HOST)}
    browsers["team"] = carried(team_browser(portal, roles.OWNER), PLATFORM_HOST)
    for name, user in (
        ("newcomer", newcomer),
        ("owner", User.objects.get(email=portal.owner_email)),
        ("other", User.objects.get(email=other.owner_email)),
    ):
        browsers[name] = PortalClient(HTTP_HOST=PLATFORM_HOST)
        log_in(browsers[name], user)
    return browsers | {"staff": staff_browser()}


def visit(client: Client, method: str, path: str, **options: Any) -> Any:
    """Return the answer to a request, whose effects, a log-out among them, are taken back."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        answer = getattr(client, method)(path, **options)
        answer.text_sent = answer.getvalue().decode(errors="replace")
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies)
    return answer


def outcome(read: HttpResponse, write: HttpResponse) -> str:
    """Return what a visitor may do, as one cell of the matrix says it."""
    reading, writing = _end(read), _end(write)
    if "in" in {reading, writing}:
        return ("r" if reading == "in" else "-") + ("w" if writing == "in" else "-")
    for end in ("login", "404"):
        if end in {reading, writing}:
            return end
    return "--"


def _end(answer: HttpResponse) -> str:
    """Return where a request ended: "in" the view, or before it."""
    if answer.status_code == HTTPStatus.FOUND and answer["Location"].startswith(LOG_IN):
        return "login"
    refusals = {
        HTTPStatus.FORBIDDEN: "--",
        HTTPStatus.METHOD_NOT_ALLOWED: "",
        HTTPStatus.NOT_FOUND: "404",
        HTTPStatus.GONE: "404",
    }
    return refusals.get(HTTPStatus(answer.status_code), "in")
