"""The language in the address of a portal's pages: "/de/gigs/" beside "/gigs/", which speaks the main language.

Each language has a URLconf of its own, in which the pages that have languages stand below its code, and all else, such
as the backstage, where it always is. So `reverse()` and `{% url %}` stay in the language of the page that is made.
"""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, include, resolve
from django.urls import path as url

from bandstand.organizations.models import Organization
from bandstand.portals.presenting import further_languages

_PATHS_REMEMBERED = 8192


class UrlsIn:
    """A portal's URLs where its pages speak the language `code`."""

    handler400 = "bandstand_web.errors.bad_request"
    handler500 = "bandstand_web.errors.server_error"

    def __init__(self, code: str) -> None:
        self.code = code

    @functools.cached_property
    def urlpatterns(self) -> list[Any]:
        """The patterns: the same objects as in the portal's own URLconf, so that they are compiled once."""
        portal = import_module(settings.ROOT_URLCONF)
        return [url(f"{self.code}/", include(portal.in_languages)), *portal.without_languages]


@functools.cache
def urls_in(code: str) -> UrlsIn:
    """Return the URLconf of a language."""
    return UrlsIn(code)


@functools.cache
def _codes() -> frozenset[str]:
    return frozenset(code for code, _name in settings.LANGUAGES)


def code_in(path: str) -> str:
    """Return the language that a path begins with, whether or not the portal has it; "" for none."""
    code, slash, _rest = path[1:].partition("/")
    return code if slash and code in _codes() else ""


def urls_for(path: str) -> Any:
    """Return the URLconf for a path of a portal, as Django takes it: a module's name or an object."""
    code = code_in(path)
    return urls_in(code) if code else settings.ROOT_URLCONF


@functools.lru_cache(_PATHS_REMEMBERED)
def has_languages(path: str) -> bool:
    """Whether the page at this path, of the main language, may have addresses in others."""
    there = f"/{settings.LANGUAGES[0][0]}{path}"
    try:
        # The same view, as any word may be a page's address: "/de/backstage/" is no backstage.
        return resolve(path, settings.ROOT_URLCONF).func is resolve(there, urls_for(there)).func
    except Resolver404:
        return False


def path_in(code: str, path: str) -> str:
    """Return the address of the same page in another language, "" for the main one."""
    own = code_in(path)
    bare = path[len(own) + 1 :] if own else path
    return f"/{code}{bare}" if code else bare


def language_of_page(request: HttpRequest) -> tuple[str, str] | None:
    """Return which language the address asks for, and which its contents have besides their own, "" for none.

    None where the address says nothing of it: the visitor chooses.
    """
    organization: Organization | None = getattr(request, "organization", None)
    if organization is None:
        return None
    code = code_in(request.path_info)
    others = further_languages(organization)
    if code in others:
        return code, code
    if others and not code and has_languages(request.path_info):
        return organization.language, ""
    return None
