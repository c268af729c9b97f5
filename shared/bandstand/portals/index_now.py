"""Tells search engines that take part in IndexNow which pages have changed, where the portal's team wants that.

A job for each row, a minute after it was saved, so that saves that follow each other are told once; a bounded number of
them, as search engines read the sitemap anyway. The portal proves that the address is its own by a file with its key,
which everybody may read. Source: https://www.indexnow.org/documentation
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
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


def row_changed(sender: type[Appearing], instance: Any, **_kwargs: Any) -> None:
    """Have it told if visitors see the row. Receives `post_save`."""
    if instance.is_visible:
        _enqueue(sender, [instance.pk])


def rows_appeared(sender: type[Appearing], keys: Iterable[int], **_kwargs: Any) -> None:
    """Have it told. Receives `appeared`."""
    _enqueue(sender, keys)


def row_tell(row: str) -> bool:
    """Tell search engines of one row, as "app.model:key"; return whether there was anything to tell.

    Raises FetchError if they can't be told.
    """
    kind, _colon, key = row.partition(":")
    organization = current_organization()
    found = _seen(apps.get_model(kind)).filter(pk=int(key)).first() if is_on(organization) else None
    if found is None:
        return False
    address = organization.url(found.get_absolute_url())
    said = {
        "host": urlsplit(address).hostname,
        "key": key_of(organization),
        "keyLocation": organization.url(KEY_PATH),
        "urlList": [address],
    }
    policy = Policy(openings=openings_of(settings.OUTGOING_ALLOWED), schemes=frozenset({"https", "http"}))
    send_json(settings.INDEX_NOW_URL, json.dumps(said).encode(), policy=policy)
    return True


def _seen(model: Any) -> Any:
    """Return the rows that visitors may find, where the kind tells them from those that they may open."""
    rows = model.found_by_visitors() if issubclass(model, Searched) else model._default_manager.published()  # noqa: SLF001
    return model._default_manager.none() if rows is None else rows  # noqa: SLF001


def _enqueue(model: type[Appearing], keys: Iterable[int]) -> None:
    if model not in appearing_models() or not hasattr(model, "get_absolute_url"):
        return
    try:
        organization = current_organization()
    except NoOrganizationError:  # the template's schema, which has no visitors
        return
    if not is_on(organization):
        return
    waiting = Job.objects.filter(organization=organization, kind=TELL_SEARCH_ENGINES.name).unfinished().count()
    for key in list(keys)[: max(MOST_WAITING - waiting, 0)]:
        row = f"{model._meta.label_lower}:{key}"  # noqa: SLF001 - Django documents it
        enqueue(TELL_SEARCH_ENGINES, TellSearchEngines(row), organization=organization, delay=_TOGETHER, key=row)
