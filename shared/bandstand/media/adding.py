"""Accepts an upload: runs the cheap checks, stores file and row, and enqueues the job that re-encodes it."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.jobs.enqueueing import enqueue
from bandstand.media.job_kinds import PROCESS_PICTURE, ProcessPicture
from bandstand.media.models import Picture
from bandstand.media.storage import (
    JPEG_MAX_PIXELS,
    PICTURE_MAX_PIXELS,
    SNIFFED_BYTES,
    UPLOAD_MAX_BYTES,
    new_original_path,
    other_file,
    room_for_variants,
    sniff_type,
)
from bandstand.organizations.current import current_organization
from bandstand.organizations.storage_use import bytes_check, bytes_give_back, bytes_take


def _upload_limits() -> str:
    return gettext(
        "JPEG, PNG, HEIC, WebP, AVIF, GIF or SVG, up to %(size)s and %(megapixels)d megapixels (JPEG: %(jpeg)d). "
        "Of an animation, the first frame is shown."
    ) % {
        "size": filesizeformat(UPLOAD_MAX_BYTES),
        "megapixels": PICTURE_MAX_PIXELS // 1_000_000,
        "jpeg": JPEG_MAX_PIXELS // 1_000_000,
    }


# Shown beside every upload field, before a file is chosen.
UPLOAD_LIMITS = lazy(_upload_limits, str)()


def validate_upload(file: File[Any]) -> None:
    """Raise ValidationError, with a message for the uploader, unless `file` may be a picture and there is room for it.

    Checks only the size and the first bytes: pictures are decoded in the worker and nowhere else.
    """
    if not file.size:
        raise ValidationError(_("This file is empty. Please choose another copy of it."), code="empty")
    if file.size > UPLOAD_MAX_BYTES:
        raise ValidationError(
            _("This file is %(size)s. Choose a picture of up to %(limit)s."),
            code="size",
            params={"size": filesizeformat(file.size), "limit": filesizeformat(UPLOAD_MAX_BYTES)},
        )
    file.seek(0)
    head = file.read(SNIFFED_BYTES)
    file.seek(0)
    if sniff_type(head) is None:
        _refuse_type(head)
    bytes_check(file.size + room_for_variants(file.size))


def _refuse_type(head: bytes) -> NoReturn:
    if (name := other_file(head)) is not None:
        raise ValidationError(
            _("This is a %(name)s file, which browsers don't show. Please save it as JPEG or PNG and upload that."),
            code="type",
            params={"name": name},
        )
    raise ValidationError(
        _("This is not a picture we can read. Please choose a JPEG, PNG, HEIC, WebP, AVIF, GIF or SVG."), code="type"
    )


def picture_add(*, file: File[Any], uploaded_by: User | None = None, alt: str = "", credit: str = "") -> Picture:
    """Return a new picture in the state "waiting"; a job makes it ready or refuses it.

    Raises ValidationError if `file` is too large or not a picture, and LimitReachedError if there is no room for it.
    """
    validate_upload(file)
    bytes_take(room_for_variants(file.size))
    path = ""
    try:
        path = default_storage.save(new_original_path(), file)
        with transaction.atomic():
            picture = Picture.objects.create(
                original=path, alt=alt.strip(), credit=credit.strip(), uploaded_by=uploaded_by
            )
            enqueue(
                PROCESS_PICTURE,
                ProcessPicture(picture.pk),
                organization=current_organization(),
                created_by=str(uploaded_by or ""),
            )
            return picture
    except BaseException:
        if path:
            default_storage.delete(path)  # no row refers to the file, so it would never be deleted
        bytes_give_back(room_for_variants(file.size))
        raise
