"""The pictures that show where links to gigs are shared: when they are made anew, and where they stand.

The worker makes them of what visitors read of a gig. Each stands in a folder of a random name, which is what changes in
its address; the gig keeps the path, and a mark of what it was made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from bandstand.content.publishable import appeared
from bandstand.gigs.job_kinds import MAKE_SHARE_PICTURES, MakeSharePictures
from bandstand.gigs.models import Gig
from bandstand.gigs.printing import Setting, for_printing, mark_of, share_picture
from bandstand.jobs.enqueueing import enqueue
from bandstand.organizations.current import NoOrganizationError, current_organization
from bandstand.organizations.models import Organization
from bandstand.portals.models import PortalSettings

# Of the next gigs alone: nobody shares links to those in two years, and files count in the plan.
MOST = 300
_TOGETHER = timedelta(seconds=5)  # saves that follow each other need one job


def share_pictures_request(organization: Organization) -> None:
    """Have the worker look which pictures are to be made."""
    enqueue(MAKE_SHARE_PICTURES, MakeSharePictures(), organization=organization, delay=_TOGETHER, key="share-pictures")


def share_pictures_due(organization: Organization) -> Iterator[tuple[Gig, Setting, str]]:
    """Yield each gig whose picture is to be made, of what, and its mark."""
    palette = PortalSettings.objects.current().palette
    for gig in for_printing(Gig.objects.published().upcoming(), of_team=False)[:MOST]:
        setting = share_picture(gig, organization, palette)
        if (mark := mark_of(setting)) != gig.share_picture_of:
            yield gig, setting, mark


def share_picture_keep(gig: Gig, *, path: str, mark: str) -> None:
    """Keep that the picture of `gig` is at `path`, and delete the one before; of two jobs, the later one's stays."""
    rows = Gig.with_trash().filter(pk=gig.pk, share_picture=gig.share_picture)
    kept = rows.update(share_picture=path, share_picture_of=mark)
    former = gig.share_picture if kept else path
    if former:
        default_storage.delete(former)


def share_pictures_withdraw() -> None:
    """Delete the pictures of gigs that visitors no longer see."""
    for gig in Gig.with_trash().exclude(share_picture="").exclude(pk__in=Gig.objects.published().values("pk")):
        share_picture_keep(gig, path="", mark="")


@receiver(post_save, sender=Gig)
def _saved(instance: Gig, **_kwargs: Any) -> None:
    if instance.is_visible or instance.share_picture:
        _request()


@receiver(post_save, sender=PortalSettings)
def _settings_saved(created: bool, **_kwargs: Any) -> None:
    if not created and Gig.objects.exclude(share_picture="").exists():  # whose colour may be another now
        _request()


@receiver(appeared, sender=Gig)
def _appeared(**_kwargs: Any) -> None:
    _request()


@receiver(post_delete, sender=Gig)
def _deleted(instance: Gig, **_kwargs: Any) -> None:
    if instance.share_picture:
        transaction.on_commit(partial(default_storage.delete, instance.share_picture))


def _request() -> None:
    try:
        share_pictures_request(current_organization())
    except NoOrganizationError:  # the template's schema, which has no visitors
        return
