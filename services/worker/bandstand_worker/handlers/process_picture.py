"""Re-encodes an uploaded picture, or refuses it with a message for the uploader."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from bandstand.media.job_kinds import PROCESS_PICTURE, ProcessPicture
from bandstand.media.measuring import reserved_for
from bandstand.media.models import Picture
from bandstand.media.storage import PICTURE_MAX_PIXELS, PICTURE_MIN_SIDE, PICTURE_WIDTHS, new_picture_folder
from bandstand.organizations.quotas import LimitReachedError
from bandstand.organizations.storage_use import bytes_give_back, prepaid
from bandstand.portals.icons import icons_of_logo_request
from bandstand.portals.share_pictures import share_pictures_request
from bandstand_worker.confining import CrashedError, Limits, TooHeavyError, confined
from bandstand_worker.pictures.refusals import Reason
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run

ENCODING = "bandstand_worker.pictures.encoding"  # not imported here, as it loads decoders
# The time includes waiting for other large pictures in the same worker.
LIMITS = Limits(memory=1536 * 1024 * 1024, cpu_seconds=60, seconds=150, file_bytes=32 * 1024 * 1024, threads=True)
_REFUSAL_LENGTH = 255
FORMATS = 3
MOST_VARIANTS = len(PICTURE_WIDTHS) * FORMATS
_SENTENCES = {
    Reason.WRONG_TYPE: _("This is not a picture we can read. Please choose a JPEG, PNG, HEIC, WebP, AVIF, GIF or SVG."),
    Reason.DAMAGED: _(
        "This picture is damaged or incomplete; perhaps it wasn't copied to the end. Please try another copy of it."
    ),
    Reason.UNUSUAL: _("This JPEG is of a kind that browsers can't show. Please save it again as a standard JPEG."),
    Reason.TOO_LARGE: _("This picture has more than %(megapixels)s megapixels. Please make it smaller first."),
    Reason.TOO_SMALL: _("This picture is smaller than %(side)s pixels on one side. Please choose a larger one."),
    Reason.TOO_HEAVY: _("This picture takes too much work to open. Please save it again and try once more."),
    Reason.DRAWING_BROKEN: _("This SVG can't be read. Please export it again as plain SVG, or as PNG."),
    Reason.DRAWING_EMPTY: _("There is nothing to see in this SVG. Please export it again, or as PNG."),
    Reason.DRAWING_INCOMPLETE: _(
        "This SVG refers to files that aren't in it. Please embed its pictures, or export it as PNG."
    ),
    Reason.DRAWING_WITH_TEXT: _(
        "This SVG holds text, which needs its fonts. Please convert text to paths, or export it as PNG."
    ),
}


@handles(PROCESS_PICTURE)
def process_picture(payload: ProcessPicture, run: Run) -> None:
    """Re-encode in a confined process, store the variants and update the row."""
    picture = Picture.objects.waiting().filter(pk=payload.picture_id).first()
    if picture is None:
        _repeat_refusal(payload.picture_id)
        return  # deleted in the meantime, or done by an earlier attempt
    with TemporaryDirectory(prefix="bandstand-picture-") as name:
        folder = Path(name)
        source = folder / "source"
        with default_storage.open(picture.original) as original, source.open("wb") as copy:
            copyfileobj(original, copy)
        made = _encode(source, folder, run)
        if "refusal" in made:
            _refuse(picture, _sentence(made["refusal"]))
        try:
            _store(picture, folder, made, run)
        except LimitReachedError as problem:  # its variants are larger than the space reserved for them
            _refuse(picture, problem.messages[0])
    icons_of_logo_request(picture.pk, run.organization)
    share_pictures_request(run.organization)  # it may be any page's, or that of a band that plays there


def _encode(source: Path, folder: Path, run: Run) -> dict[str, Any]:
    def step() -> None:  # the files written so far show the progress
        run.progress(sum(1 for _file in folder.glob("*-*")), MOST_VARIANTS)

    try:
        with confined(ENCODING, [str(source), str(folder)], limits=LIMITS, step=step) as printed:
            made: dict[str, Any] = json.load(printed)
    except TooHeavyError:
        return {"refusal": Reason.TOO_HEAVY}
    except CrashedError:
        return {"refusal": Reason.DAMAGED}
    return made


def _sentence(reason: str) -> str:
    return _SENTENCES[Reason(reason)] % {"megapixels": PICTURE_MAX_PIXELS // 1_000_000, "side": PICTURE_MIN_SIDE}


def _refuse(picture: Picture, sentence: str) -> NoReturn:
    reserved = reserved_for(picture)
    refused = Picture.objects.waiting().filter(pk=picture.pk)
    if refused.update(state=Picture.State.REFUSED, refusal=sentence[:_REFUSAL_LENGTH]):
        bytes_give_back(reserved)
    default_storage.delete(picture.original)
    raise JobFailed(sentence)


def _repeat_refusal(number: int) -> None:
    refused = Picture.objects.filter(pk=number, state=Picture.State.REFUSED).first()
    if refused is not None:
        raise JobFailed(refused.refusal)


def _store(picture: Picture, folder: Path, made: dict[str, Any], run: Run) -> None:
    target = new_picture_folder()
    variants: dict[str, dict[str, str]] = {}
    stored: list[str] = []
    with prepaid(reserved_for(picture)) as room:
        try:
            for name, widths in made["variants"].items():
                for width in widths:
                    with (folder / f"{name}-{width}").open("rb") as file:
                        path = default_storage.save(f"{target}/{width}.{name}", File(file))
                    stored.append(path)
                    variants.setdefault(name, {})[str(width)] = path
                    run.check()
            kept = (
                Picture.objects.waiting()
                .filter(pk=picture.pk)
                .update(
                    state=Picture.State.READY,
                    width=made["width"],
                    height=made["height"],
                    variants=variants,
                    remark=made["remark"],
                )
            )
        except BaseException:
            _remove(stored)
            raise
        if not kept:  # deleted in the meantime, and its reserved space was released
            _remove(stored)
            room.forfeit()


def _remove(paths: list[str]) -> None:
    for path in paths:
        default_storage.delete(path)
