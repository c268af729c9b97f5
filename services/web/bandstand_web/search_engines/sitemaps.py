"""Which pages of a portal search engines find: its lists, and each published row of every kind that has a page.

Source: https://www.sitemaps.org/protocol.html; for pictures,
https://developers.google.com/search/docs/crawling-indexing/sitemaps/image-sitemaps.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import urljoin

from django.contrib.sitemaps import Sitemap
from django.db.models import ForeignKey, Max, Model, QuerySet
from django.urls import reverse

from bandstand.content.appearing import Appearing, appearing_models
from bandstand.content.declaring import portal_places
from bandstand.media.models import Picture
from bandstand.organizations.models import Organization
from bandstand.portals.presenting import further_languages
from bandstand_web.page_languages import has_languages, path_in

Item = TypeVar("Item")

# The protocol allows 50,000. A file of so many is made anew after each change, by whoever asks for it.
PER_FILE = 2000
# Where search engines have no business: pages for one person, forms, and results without end.
CLOSED = ("/accounts/", "/admin/", "/backstage/", "/contact-form/", "/mail/", "/preview/", "/report/", "/search/")


class LanguagesSitemap(Sitemap[Item]):
    """Each page once in each language that the portal has, with the addresses of all of them."""

    languages: tuple[str, ...] = ()  # the main one first; none where it has one

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        urls = super().get_urls(page, site, protocol)
        return [each for url in urls for each in self._in_languages(url)] if self.languages else urls

    def _in_languages(self, url: dict[str, Any]) -> Iterator[dict[str, Any]]:
        path = self.location(url["item"])
        codes = self.languages if has_languages(path) else self.languages[:1]
        base = url["location"].removesuffix(path)
        shown = [(code, f"{base}{path_in(code if number else '', path)}") for number, code in enumerate(codes)]
        alternates = [{"code": code, "url": there} for code, there in [*shown, ("x-default", shown[0][1])]]
        for _code, there in shown:
            yield {**url, "location": there, "languages": alternates}


class ListsSitemap(LanguagesSitemap[str]):
    """The portal's home page and those that its masthead leads to."""

    has_rows = True

    def items(self) -> list[str]:
        paths = [reverse("home"), *(reverse(place.url_name) for place in portal_places())]
        return [path for path in paths if not path.startswith(CLOSED)]

    def location(self, item: str) -> str:
        return item


class KindSitemap(LanguagesSitemap[Any]):
    """The published rows of one kind. Each file takes two queries and one more for the newest change."""

    limit = PER_FILE

    def __init__(self, model: type[Appearing]) -> None:
        self._model = model
        self._keys = picture_keys(model)
        self._changed_by = "updated_at" if _has(model, "updated_at") else model.appears_by
        self.name = str(model._meta.model_name)  # noqa: SLF001 - Django documents it

    def items(self) -> QuerySet[Any]:
        return self._published.select_related(*self._keys).order_by("pk")

    def lastmod(self, row: Any) -> datetime:
        changed: datetime = getattr(row, self._changed_by)
        return changed

    @cached_property
    def newest(self) -> datetime | None:
        """When one of the rows was last changed; None where there are none. Django's own would load every row."""
        found: datetime | None = self._published.aggregate(newest=Max(self._changed_by))["newest"]
        return found

    @property
    def has_rows(self) -> bool:
        return self.newest is not None

    def get_latest_lastmod(self) -> datetime | None:
        return self.newest

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        urls = super().get_urls(page, site, protocol)
        for url in urls:
            pictures = (getattr(url["item"], key) for key in self._keys)
            url["pictures"] = [urljoin(url["location"], picture.url) for picture in pictures if picture and picture.url]
        return urls

    @property
    def _published(self) -> QuerySet[Any]:
        published: QuerySet[Any] = self._model._default_manager.published()  # type: ignore[attr-defined]  # noqa: SLF001
        return published


def _has(model: type[Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)  # noqa: SLF001 - Django documents it


def picture_keys(model: type[Model]) -> list[str]:
    """Return the names of the model's foreign keys to pictures."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django documents it
    return [field.name for field in fields if isinstance(field, ForeignKey) and field.related_model is Picture]


def portal_sitemaps(organization: Organization, section: str = "") -> dict[str, type[Sitemap[Any]] | Sitemap[Any]]:
    """Return the portal's files by their names, the lists first, or the `section` of this name alone.

    Without those that would have no row, as the protocol has no empty file; that costs a query for each kind.
    """
    kinds = [KindSitemap(model) for model in appearing_models() if hasattr(model, "get_absolute_url")]
    files: dict[str, ListsSitemap | KindSitemap] = {"lists": ListsSitemap(), **{each.name: each for each in kinds}}
    if further := further_languages(organization):
        for each in files.values():
            each.languages = (organization.language, *further)
    return {name: each for name, each in files.items() if section in {"", name} and each.has_rows}
