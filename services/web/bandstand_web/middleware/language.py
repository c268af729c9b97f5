"""Activates the page's language (its address's, else the visitor's, else the organization's) and time zone."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import set_urlconf
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from bandstand.content.shown_language import showing_in
from bandstand_web.page_languages import UrlsIn, language_of_page

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class LanguageMiddleware:
    """Replaces Django's LocaleMiddleware, which knows nothing of organizations."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language, shown = language_of_page(request) or (visitors_language(request), "")
        if not shown and isinstance(getattr(request, "urlconf", None), UrlsIn):
            request.urlconf = settings.ROOT_URLCONF  # the portal doesn't have this language
            set_urlconf(settings.ROOT_URLCONF)
        organization = getattr(request, "organization", None)
        zone = ZoneInfo(organization.time_zone) if organization else None
        with translation.override(language), timezone.override(zone), showing_in(shown):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        if "immutable" in response.headers.get("Cache-Control", ""):
            return response  # pictures and style sheets have no language, and varying by cookie would defeat caches
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def visitors_language(request: HttpRequest) -> str:
    """Return the visitor's chosen language, else the best match of Accept-Language, else the organization's."""
    wishes = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")]
    wishes += [code for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    for wish in wishes:
        try:
            return get_supported_language_variant(wish)
        except LookupError:
            continue
    organization = getattr(request, "organization", None)
    return organization.language if organization else settings.LANGUAGE_CODE
