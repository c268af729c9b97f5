"""Taking an upload in: the cheap checks, the file, the row and the job that makes it presentable."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from bandstand.accounts.models import User
from bandstand.jobs.enqueueing import enqueue
from bandstand.media.job_kinds import PROCESS_PICTURE, ProcessPicture
from bandstand.media.models import Picture
from bandstand.media.storage import (
    SNIFFED_BYTES,
    UPLOAD_MAX_BYTES,
    new_original_path,
    room_for_variants,
    sniff_type,
)
from bandstand.organizations.current import current_organization
from bandstand.organizations.storage_use import bytes_check, bytes_give_back, bytes_take


def validate_upload(file: File[Any]) -> None:
    """Raise ValidationError, with a sentence for the uploader, unless `file` may be a picture and has room.

    Looks at size and first bytes only: pictures are decoded in the worker and nowhere else.
    """
    if file.size > UPLOAD_MAX_BYTES:
        raise ValidationError(
            _("This file has %(size)s. Please choose a picture of up to %(limit)s."),
            code="size",
            params={"size": filesizeformat(file.size), "limit": filesizeformat(UPLOAD_MAX_BYTES)},
        )
    file.seek(0)
    head = file.read(SNIFFED_BYTES)
    file.seek(0)
    if sniff_type(head) is None:
        raise ValidationError(_("This is not a picture we can read. Please choose a JPEG, PNG, WebP, AVIF or GIF."))
    bytes_check(file.size + room_for_variants(file.size))


def picture_add(*, file: File[Any], uploaded_by: User | None = None, alt: str = "") -> Picture:
    """Return a new picture in the state "waiting"; a job makes it ready or refuses it.

    Raises ValidationError where `file` is too large or no picture, and LimitReachedError where there is no room for it.
    """
    validate_upload(file)
    bytes_take(room_for_variants(file.size))
    path = ""
    try:
        path = default_storage.save(new_original_path(), file)
        with transaction.atomic():
            picture = Picture.objects.create(original=path, alt=alt.strip(), uploaded_by=uploaded_by)
            enqueue(
                PROCESS_PICTURE,
                ProcessPicture(picture.pk),
                organization=current_organization(),
                created_by=str(uploaded_by or ""),
            )
            return picture
    except BaseException:
        if path:
            default_storage.delete(path)  # no row tells of it, nobody else would
        bytes_give_back(room_for_variants(file.size))
        raise
