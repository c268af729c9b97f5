"""Tells search engines that take part in IndexNow which pages have changed or gone, where the portal's team wants that.

A job for each row, a minute after it was saved, so that saves that follow each other are told once; a bounded number of
them, as search engines read the sitemap anyway. The portal proves that the address is its own by a file with its key,
which everybody may read. Source: https://www.indexnow.org/documentation
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac

from bandstand.content.appearing import Appearing, appearing_models
from bandstand.content.searched import Searched
from bandstand.jobs.enqueueing import enqueue
from bandstand.jobs.models import Job
from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization
from bandstand.outgoing.fetching import send_json
from bandstand.outgoing.policy import Policy, openings_of
from bandstand.portals.job_kinds import TELL_SEARCH_ENGINES, TellSearchEngines
from bandstand.portals.presenting import portal_settings

KEY_PATH = "/indexnow.txt"
MOST_WAITING = 100  # jobs of a portal
_TOGETHER = timedelta(minutes=1)
_SALT = "bandstand.portals.index_now"


def is_on(organization: Organization) -> bool:
    """Whether this portal's team wants it, and the installation has it."""
    return bool(settings.INDEX_NOW_URL) and portal_settings(organization).tells_search_engines


def key_of(organization: Organization) -> str:
    """Return the portal's key, which says nothing of ours."""
    return salted_hmac(_SALT, organization.schema_name, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()[:32]


def row_changing(sender: type[Appearing], instance: Any, **_kwargs: Any) -> None:
    """Have it told that the page changes, moves or goes, if visitors find it. Receives `pre_save` and `pre_delete`."""
    if instance.pk is not None:
        rows_leaving(sender, [instance.pk])


def rows_leaving(sender: type[models.Model], keys: Any, **_kwargs: Any) -> None:
    """Have it told of those that visitors find now, and where that is. Receives `trashing`."""
    if (organization := _asking(sender)) is not None:
        rows = _seen(sender).filter(pk__in=keys)[: _room(organization)]
        _enqueue(organization, sender, {row.pk: row.get_absolute_url() for row in rows})


def row_changed(sender: type[Appearing], instance: Any, **_kwargs: Any) -> None:
    """Have it told if visitors see the row. Receives `post_save`."""
    if instance.is_visible:
        rows_appeared(sender, [instance.pk])


def rows_appeared(sender: type[Appearing], keys: Iterable[int], **_kwargs: Any) -> None:
    """Have it told. Receives `appeared`."""
    if (organization := _asking(sender)) is not None:
        _enqueue(organization, sender, dict.fromkeys(list(keys)[: _room(organization)], ""))


def row_tell(row: str, *, was_at: str = "") -> bool:
    """Tell search engines where one row is ("app.model:key"), and was; return whether there was anything to tell.

    Raises FetchError if they can't be told.
    """
    kind, _colon, key = row.partition(":")
    organization = current_organization()
    if not is_on(organization):
        return False
    found = _seen(apps.get_model(kind)).filter(pk=int(key)).first()
    paths = dict.fromkeys(path for path in (found and found.get_absolute_url(), was_at) if path)
    if not paths:
        return False
    said = {
        "host": urlsplit(organization.url(KEY_PATH)).hostname,
        "key": key_of(organization),
        "keyLocation": organization.url(KEY_PATH),
        "urlList": [organization.url(path) for path in paths],
    }
    policy = Policy(openings=openings_of(settings.OUTGOING_ALLOWED), schemes=frozenset({"https", "http"}))
    send_json(settings.INDEX_NOW_URL, json.dumps(said).encode(), policy=policy)
    return True


def _seen(model: Any) -> Any:
    """Return the rows that visitors may find, where the kind tells them from those that they may open."""
    rows = model.found_by_visitors() if issubclass(model, Searched) else model._default_manager.published()  # noqa: SLF001
    return model._default_manager.none() if rows is None else rows  # noqa: SLF001


def _asking(model: type[models.Model]) -> Organization | None:
    """Return the portal if it wants it told of this kind's rows, which have pages."""
    if model not in appearing_models() or not hasattr(model, "get_absolute_url"):
        return None
    try:
        organization = current_organization()
    except NoOrganizationError:  # the template's schema, which has no visitors
        return None
    return organization if is_on(organization) else None


def _room(organization: Organization) -> int:
    """Return how many more jobs may wait."""
    waiting = Job.objects.filter(organization=organization, kind=TELL_SEARCH_ENGINES.name).unfinished().count()
    return max(MOST_WAITING - waiting, 0)


def _enqueue(organization: Organization, model: type[models.Model], places: Mapping[int, str]) -> None:
    for key, was_at in places.items():
        row = f"{model._meta.label_lower}:{key}"  # noqa: SLF001 - Django documents it
        payload = TellSearchEngines(row, was_at)
        enqueue(TELL_SEARCH_ENGINES, payload, organization=organization, delay=_TOGETHER, key=row)
