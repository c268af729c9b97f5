"""Photo URLs in imports: recorded when the rows are stored, fetched by a job afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from io import BytesIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from bandstand.bands.gallery import gallery_add
from bandstand.imports.models import PhotoLink, SpreadsheetImport
from bandstand.media.storage import UPLOAD_MAX_BYTES
from bandstand.outgoing.fetching import fetch
from bandstand.outgoing.links import LinkError
from bandstand.outgoing.policy import Policy, openings_of
from bandstand.outgoing.problems import FetchError


def photo_digest(link: str) -> str:
    """Return a digest that identifies a URL after the URL itself has been cleared."""
    return sha256(link.encode()).hexdigest()


def known_photos() -> set[tuple[int, str]]:
    """Return the band and digest of every photo URL imported so far."""
    return set(PhotoLink.objects.values_list("band_id", "digest"))


def photos_remember(of: SpreadsheetImport, named: Iterable[tuple[int, int, str]]) -> int:
    """Record the photos to fetch, given as band, row and URL; return how many there are."""
    links = [
        PhotoLink(of_import=of, band_id=band, row=row, link=link, digest=photo_digest(link))
        for band, row, link in named
    ]
    PhotoLink.objects.bulk_create(links, ignore_conflicts=True)
    return len(links)


def photos_fetch(*, number: int, step: Callable[[int, int], None], may_go_on: Callable[[], bool]) -> bool:
    """Fetch the photos of the import with this id; return whether all have been tried.

    Each photo is stored and marked as fetched in one transaction, so that none is added twice. Failures are recorded as
    messages.
    """
    links = PhotoLink._base_manager.filter(of_import=number)  # noqa: SLF001 - documented; also for bands in the trash
    total, done = links.count(), links.exclude(asked_at=None).count()
    for link in links.filter(asked_at=None).select_related("band", "of_import__uploaded_by").order_by("pk").iterator():
        step(done, total)
        if not may_go_on():
            return False
        _fetch_one(link, partial(step, done, total))
        done += 1
    step(total, total)
    return True


def _fetch_one(link: PhotoLink, step: Callable[[], None]) -> None:
    person = link.of_import.uploaded_by if link.of_import else None
    policy = Policy(most_bytes=UPLOAD_MAX_BYTES, openings=openings_of(settings.OUTGOING_ALLOWED))
    try:
        content = fetch(link.link, policy=policy, step=lambda _bytes: step()).content
    except (FetchError, LinkError) as problem:
        return _finish(link, str(problem))
    with transaction.atomic():
        try:
            file: File[bytes] = File(BytesIO(content), name="photo")
            gallery_add(band=link.band, files=[file], uploaded_by=person)
        except ValidationError as problem:
            return _finish(link, " ".join(problem.messages))
        return _finish(link, "")


def _finish(link: PhotoLink, problem: str) -> None:
    link.link, link.asked_at, link.problem = "", timezone.now(), problem[:300]
    link.save(update_fields=["link", "asked_at", "problem"])
