"""Which tables visitors' pages show, so that what is written to others leaves the pages in the cache as they are.

A table counts for all pages of its portal unless its app's AppConfig says otherwise: `off_pages` names the models of
which no page for everybody shows anything, `shown_apart` those that only some pages show, which name that part
themselves. Tables that only `public` has aren't shown by portals: what is, such as the name of an organization, is
announced by whoever writes it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from django.apps import AppConfig, apps
from django.conf import settings

from bandstand.content.declaring import EVERY_MODEL

WHOLE = ""  # a table counts for all pages


@functools.cache
def parts_by_table() -> Mapping[str, str | None]:
    """Return for each table of a model the part of the pages that show it: WHOLE, a part's name, or None for none."""
    of_portals = {AppConfig.create(entry).name for entry in settings.TENANT_APPS}
    return {
        table: part if config.name in of_portals else None
        for config in apps.get_app_configs()
        for table, part in _parts_of(config)
    }


def _parts_of(config: AppConfig) -> Iterator[tuple[str, str | None]]:
    off: tuple[str, ...] = getattr(config, "off_pages", ())
    if config.name in settings.APPS_OFF_PAGES:
        off = EVERY_MODEL
    apart: Mapping[str, str] = getattr(config, "shown_apart", {})
    for model in config.get_models(include_auto_created=True):
        name = str(model._meta.model_name)  # noqa: SLF001 - Django documents it
        is_off = off == EVERY_MODEL or name in off
        yield model._meta.db_table, None if is_off else apart.get(name, WHOLE)  # noqa: SLF001
