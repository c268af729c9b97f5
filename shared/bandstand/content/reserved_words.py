"""Words that pages can't have as their address, which stands at the portal's root.

A system check of web compares them with the URLs of the portal. The name of each app in a portal's navigation is among
them. A release that needs another word adds it to LATER. Either way a migration has `page_addresses_free()` of it:
pages that had it move, and visitors are led on wherever the portal's own page has nothing to say.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ValidationError
from django.db.migrations import RunSQL
from django.urls import get_resolver
from django.utils.translation import gettext_lazy as _

from bandstand.content.declaring import configs

# What the portal used when pages came, and what it may well use one day: a word that is taken now moves nobody later.
FIRST = frozenset(
    {
        *("accounts", "admin", "backstage", "bands", "calendar", "contact-form", "csp-reports", "gigs", "icons"),
        *("language", "mail", "media", "news", "pages", "polls", "preview", "static", "tours"),
        *("api", "embed", "export", "feed", "feeds", "files", "galleries", "gallery", "health", "healthz", "home"),
        *("hooks", "import", "login", "logout", "manifest", "metrics", "music", "newsletter", "oauth", "oembed"),
        *("offline", "ping", "releases", "report", "rss", "search", "signup", "sitemap", "statistics", "subscribe"),
        *("theme", "unlock", "unsubscribe", "uploads", "users", "venues", "visits", "webhooks", "widgets"),
    }
)
LATER: frozenset[str] = frozenset()
RESERVED = FIRST | LATER
# What stands before other addresses where a portal has several languages: "de", "pt-br".
_LANGUAGE = re.compile("[a-z]{2}(-[a-z]{2,4})?")

_ANY_PAGE = "<slug:slug>"
_IS_ADDRESS = re.compile("[-a-zA-Z0-9_]+")


def is_reserved(word: str) -> bool:
    """Whether no page can have this address."""
    said = word.lower()
    return said in RESERVED or said in _names_of_kinds() or _LANGUAGE.fullmatch(said) is not None


@functools.cache
def _names_of_kinds() -> frozenset[str]:
    return frozenset(config.label for config in configs() if config.portal_places)


def validate_unreserved(value: str) -> None:
    """Raise ValidationError for a word that the portal uses itself."""
    if is_reserved(value):
        raise ValidationError(_("This URL is used by the portal itself. Choose another one."), code="reserved")


def words_of_urls(patterns: Iterable[Any]) -> Iterator[str]:
    """Yield what stands first in each URL: a word, or with a variable what the pattern says."""
    for each in patterns:
        route = str(each.pattern).lstrip("^")
        first, _slash, _rest = route.partition("/")
        if first:
            yield first
        elif hasattr(each, "url_patterns"):
            yield from words_of_urls(each.url_patterns)


@checks.register(checks.Tags.urls)
def check_reserved_words(**_kwargs: Any) -> list[checks.CheckMessage]:
    """Report URLs of the portal that a page could hide behind, or be hidden by."""
    urlconf = getattr(settings, "ROOT_URLCONF", "")  # the worker has none
    words = set(words_of_urls(get_resolver(urlconf).url_patterns)) if urlconf else set()
    return [
        checks.Error(
            f"The URL {word}/ of the portal may be a page's address.",
            hint="Add it to LATER in bandstand.content.reserved_words, and a migration with page_addresses_free().",
            id="pages.E001",
        )
        for word in sorted(words - {_ANY_PAGE})
        if ("<" in word and "." not in word) or (_IS_ADDRESS.fullmatch(word) and not is_reserved(word))
    ]


def page_addresses_free(words: Iterable[str]) -> RunSQL:
    """Return the operation that moves the pages whose addresses are these words: "shop" becomes "shop-page".

    Triggers note what they were. Where "shop-page" is taken, the page's number follows.
    """
    named = ", ".join(f"'{word}'" for word in sorted(words))
    taken = "EXISTS (SELECT 1 FROM pages_page other WHERE other.slug = page.slug || '-page')"
    moved = f"page.slug || '-page' || CASE WHEN {taken} THEN '-' || page.id ELSE '' END"
    return RunSQL(
        f"UPDATE pages_page page SET slug = {moved} WHERE page.slug IN ({named})",  # noqa: S608 # of constants
        RunSQL.noop,
    )
