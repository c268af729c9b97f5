"""The tours that a portal has, as an import of gigs names them: by address or by name."""

from __future__ import annotations

from collections import defaultdict

from django.utils.translation import gettext as _

from bandstand.content.former_addresses import current_slugs
from bandstand.content.moments import Unreadable
from bandstand.content.names import name_key
from bandstand.spreadsheets.cells import join_list
from bandstand.tours.models import Tour


class KnownTours:
    """All tours of the portal, read once."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._by_word: dict[str, dict[int, str]] = defaultdict(dict)
        numbers: dict[str, int] = {}
        for number, slug, name in Tour.objects.order_by("pk").values_list("pk", "slug", "name"):
            self._names[number], numbers[slug] = name, number
            for word in {slug, name_key(name)}:
                self._by_word[word][number] = slug
        for former, slug in current_slugs(Tour).items():
            if slug in numbers:
                self._by_word[former].setdefault(numbers[slug], slug)

    def name(self, number: int | None) -> str:
        """Return what the tour with this key is called; "" for none."""
        return self._names.get(number, "") if number else ""

    def read(self, text: str) -> int | None:
        """Return the key of the tour that a cell names; None for an empty one. Raises Unreadable."""
        if not text:
            return None
        matches = self._by_word.get(name_key(text), {})
        if not matches:
            raise Unreadable(
                _("No tour is called “%(name)s”. Add it first, or correct the name.") % {"name": text[:120]}
            )
        if len(matches) > 1:
            raise Unreadable(
                _("Several tours are called “%(name)s”. Write the page address instead: %(slugs)s.")
                % {"name": text[:120], "slugs": join_list(matches.values())}
            )
        return next(iter(matches))
