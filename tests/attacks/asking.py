"""Who asks, where, and with which names: every address of platform, portal and media host, and what its view reads.

Names of parameters and fields aren't kept by hand: while each address is visited once, what its view looks for in the
request is written down.
"""

from __future__ import annotations

import logging
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import transaction
from django.template.base import Template
from django.test import Client
from django.utils.datastructures import MultiValueDict

from bandstand.accounts import roles
from bandstand.accounts.models import User
from tests.conftest import Portal, PortalClient, WatchedClient
from tests.isolation.twins import Twin
from tests.isolation.visiting import (
    PLATFORM,
    PLATFORM_HOST,
    PORTAL,
    Address,
    addresses,
    log_in,
    path_to,
    staff_browser,
    team_browser,
)

MEDIA = "bandstand_web.urls.media"
MEDIA_HOST = "media.bandstand-files.localhost"
URLCONFS = (PLATFORM, PORTAL, MEDIA)
# How many there were when this was written: a resolver that is read wrongly would find fewer.
FEWEST = {PLATFORM: 85, PORTAL: 175, MEDIA: 1}
ONE_PARSER = "bandstand_web.query_values"


@dataclass
class Asked:
    """The names that a view looked for: in the address, in the body, and those that it has read by the one parser."""

    query: set[str] = field(default_factory=set)
    body: set[str] = field(default_factory=set)
    strict: set[str] = field(default_factory=set)


_KNOWN: dict[str, dict[str, Asked]] = {}


@dataclass(frozen=True)
class Place:
    """One address as one visitor sees it."""

    urlconf: str
    visitor: str
    address: Address
    path: str
    browser: PortalClient
    asked: Asked


def visitors(urlconf: str, portal: Portal) -> dict[str, PortalClient]:
    """Return a browser of each kind of visitor that the sweeps are done as."""
    host = {PLATFORM: PLATFORM_HOST, PORTAL: portal.host, MEDIA: MEDIA_HOST}[urlconf]
    found = {"anonymous": PortalClient(HTTP_HOST=host)}
    if urlconf == PORTAL:
        found |= {"member": team_browser(portal, roles.MEMBER), "owner": team_browser(portal, roles.OWNER)}
    if urlconf == PLATFORM:
        owner = PortalClient(HTTP_HOST=host)
        log_in(owner, User.objects.get(email=portal.owner_email))
        found |= {"owner": owner, "staff": staff_browser()}
    for browser in found.values():
        browser.raise_request_exception = False
    return found


def places(urlconf: str, twin: Twin) -> list[Place]:
    """Return every address as every visitor sees it, with what its view looks for."""
    known = addresses(urlconf)
    assert len(known) >= FEWEST[urlconf]
    browsers = visitors(urlconf, twin.portal)
    paths = {name: path_to(address, twin) for name, address in known.items()}
    asked = _names_by_address(urlconf, known, browsers, paths)
    return [
        Place(urlconf, visitor, address, paths[name], browser, asked[name])
        for visitor, browser in browsers.items()
        for name, address in known.items()
    ]


def strangers_places(urlconf: str, twin: Twin) -> list[Place]:
    """Return every address as a stranger sees it; what views look for isn't known yet."""
    known = addresses(urlconf)
    assert len(known) >= FEWEST[urlconf]
    browser = visitors(urlconf, twin.portal)["anonymous"]
    without = replace(twin, transfer="never-mailed")  # a stranger can't decline what was offered to somebody else
    return [Place(urlconf, "anonymous", each, path_to(each, without), browser, Asked()) for each in known.values()]


def _names_by_address(
    urlconf: str, known: dict[str, Address], browsers: dict[str, PortalClient], paths: dict[str, str]
) -> dict[str, Asked]:
    """Return which names the view of each address looks for, whoever asks; found out once a process."""
    if urlconf not in _KNOWN:
        _KNOWN[urlconf] = {name: Asked() for name in paths}
        for visitor, browser in browsers.items():
            for name, path in paths.items() if visitor != "member" else ():
                # Strangers are led to the log-in where a permission is needed; the view is reached by others.
                if visitor != "anonymous" or not hasattr(known[name].pattern.callback, "permission"):
                    _listen(browser, path, _KNOWN[urlconf][name])
    return _KNOWN[urlconf]


def _listen(browser: PortalClient, path: str, asked: Asked) -> None:
    with listening() as heard:
        send(browser, "get", path)
    asked.query |= heard["any"]
    asked.strict |= heard["strict"]
    with listening() as heard:
        send(browser, "post", path, {"x": "1"})
    asked.body |= heard["any"] - {"csrfmiddlewaretoken"}


@contextmanager
def listening() -> Iterator[dict[str, set[str]]]:
    """Give the names that are looked for in any QueryDict meanwhile, and those that the one parser looks for."""
    heard: dict[str, set[str]] = defaultdict(set)
    with pytest.MonkeyPatch.context() as patch:
        for method in ("__getitem__", "getlist", "get", "__contains__"):
            original = getattr(MultiValueDict, method, None) or getattr(dict, method)

            def noting(self: Any, key: Any, *args: Any, _original: Any = original, **kwargs: Any) -> Any:
                if isinstance(key, str) and type(self).__name__ == "QueryDict":
                    caller = sys._getframe(1).f_globals.get("__name__")
                    heard["any"].add(key)
                    if caller == ONE_PARSER:
                        heard["strict"].add(key)
                return _original(self, key, *args, **kwargs)

            patch.setattr(MultiValueDict, method, noting, raising=False)
        yield heard


def path_with(place: Place, twin: Twin, value: str) -> str:
    """Return the place's path with `value` where its first variable part stands; unchanged where it has none."""
    for part in _variable_parts(place.address.route):
        route = place.address.route.replace(part, quote(value, safe=""), 1)
        return path_to(replace(place.address, route=route), twin)
    return place.path


def _variable_parts(route: str) -> list[str]:
    return [f"<{piece.split('>')[0]}>" for piece in route.split("<")[1:]] if "(?P<" not in route else []


def send(browser: PortalClient, method: str, path: str, data: Any = None, **options: Any) -> Any:
    """Return the answer to a request, whose effects are taken back."""
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    with transaction.atomic():
        answer = getattr(browser, method)(path, data, **options)
        answer.getvalue()
        transaction.set_rollback(True)
    browser.cookies = SimpleCookie(cookies)
    return answer


@contextmanager
def quietly() -> Iterator[None]:
    """Log nothing, and render templates as in production, telling nobody of their contexts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", lambda template, context: template.nodelist.render(context))
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


@contextmanager
def without_limits() -> Iterator[None]:
    """Let nobody be refused for asking often: a limit's 429 would hide what a view says.

    Nor for asking the database row by row, which ends in an error in tests alone. What takes a quarter of the time and
    isn't looked at is left out: lines of the log, and copies of the context of each template.
    """
    with pytest.MonkeyPatch.context() as patch, quietly():
        patch.setattr(WatchedClient, "request", Client.request)
        patch.setattr(settings, "ACCOUNT_RATE_LIMITS", False)
        patch.setattr(settings, "MFA_RATE_LIMITS", False, raising=False)
        patch.setattr(settings, "AXES_ENABLED", False, raising=False)
        yield
