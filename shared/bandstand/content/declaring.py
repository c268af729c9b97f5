"""What an app says of itself on its AppConfig, so that a new kind of content needs no edits elsewhere.

Roles, navigation and export read it here. Declarations are plain class attributes, and whoever reads them sorts by
the app's label or by `order`, so web and worker see the same.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.apps import apps
from django.utils.functional import Promise

# The roles of a team, from the most powerful to the least; bandstand.accounts.roles says what they are called.
OWNER: Final = "owner"
MANAGER: Final = "manager"
EDITOR: Final = "editor"
MEMBER: Final = "member"
GUEST: Final = "guest"  # may do nothing by this role, but what roles in bands allow

# The roles in a band, likewise.
BAND_LEADER: Final = "leader"
BAND_EDITOR: Final = "editor"
BAND_MEMBER: Final = "member"

VIEW: Final = ("view",)
PRIVATE: Final = "private"  # to see and change the fields that a model declares as private
ALL: Final = ("view", "add", "change", "delete")
EDITED_BY_EDITORS: Final = {OWNER: ALL, MANAGER: ALL, EDITOR: ALL, MEMBER: VIEW}

EVERY_MODEL: Final = ("*",)  # of an app

BAND_ITSELF: Final = "pk"  # a kind's rows are bands
OF_NO_BAND: Final = ""  # a kind's rows belong to no band: only roles of the portal reach them


@dataclass(frozen=True)
class Place:
    """A link in a navigation, for those with `permission`, or for everybody without one."""

    order: int
    text: Promise
    url_name: str
    permission: str = ""


class Declarations:
    """Mixed into the AppConfig of an app in portals' schemas.

    It is no AppConfig itself, as Django would choose neither of two in one module.
    """

    label: str
    verbose_name: Any

    # What each role may do with the app's rows: actions by role. A role that isn't named may do nothing.
    actions: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # How the rows of each model belong to bands: the lookup that leads to them, BAND_ITSELF or OF_NO_BAND. Parts of a
    # row belong where it does. A system check asks for each model that has permissions.
    band_paths: ClassVar[Mapping[str, str]] = {}
    # What each role in a band may do with the rows of that band.
    band_actions: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # Whether an organization's export has the app's rows, but for models that say False themselves.
    is_exported: ClassVar[bool] = False
    # The models of which no page for everybody shows anything, or EVERY_MODEL; and those that few pages show, which say
    # so by `showing_apart`. What is written to them leaves the other pages in the cache: see database/shown_tables.py.
    off_pages: ClassVar[tuple[str, ...]] = ()
    shown_apart: ClassVar[Mapping[str, str]] = {}
    # Who imports the app's rows from spreadsheets: the dotted path of an Importer. The app's label names the subject.
    importer: ClassVar[str] = ""
    # Links in the backstage, and in the masthead of portals without a menu of their own.
    portal_places: ClassVar[tuple[Place, ...]] = ()
    # Pages of the portal that its own menu may have, too, and the models of which it may have single rows: with `uid`,
    # `slug`, `name` or `title`, a page and a `KindKnown`; of a manager with `public()` those. All pages count their
    # tables.
    other_places: ClassVar[tuple[Place, ...]] = ()
    in_menus: ClassVar[tuple[str, ...]] = ()
    backstage_places: ClassVar[tuple[Place, ...]] = ()


def configs() -> list[Declarations]:
    """Return the installed apps that declare something, by label."""
    found = (config for config in apps.get_app_configs() if isinstance(config, Declarations))
    return sorted(found, key=lambda config: config.label)


@functools.cache
def portal_places() -> tuple[Place, ...]:
    """Return the links of a portal's masthead."""
    return _in_order(place for config in configs() for place in config.portal_places)


@functools.cache
def places_for_menus() -> tuple[Place, ...]:
    """Return the pages that a portal's own menu may have."""
    return _in_order(place for config in configs() for place in (*config.portal_places, *config.other_places))


@functools.cache
def backstage_places() -> tuple[Place, ...]:
    """Return the backstage's links to content."""
    return _in_order(place for config in configs() for place in config.backstage_places)


def _in_order(places: Iterator[Place]) -> tuple[Place, ...]:
    return tuple(sorted(places, key=lambda place: place.order))
