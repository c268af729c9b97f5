"""Makes an uploaded picture presentable, or refuses it with a sentence for the uploader."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from bandstand.media.job_kinds import PROCESS_PICTURE, ProcessPicture
from bandstand.media.models import Picture
from bandstand.media.storage import PICTURE_MAX_PIXELS, PICTURE_MIN_SIDE, PICTURE_WIDTHS, new_picture_folder
from bandstand_worker import picture_encoding
from bandstand_worker.confining import CrashedError, Limits, TooHeavyError, confined
from bandstand_worker.picture_encoding import DAMAGED, TOO_HEAVY, TOO_LARGE, TOO_SMALL, WRONG_TYPE
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run

LIMITS = Limits(memory=1536 * 1024 * 1024, cpu_seconds=60, seconds=90, file_bytes=32 * 1024 * 1024, threads=True)
MOST_VARIANTS = len(PICTURE_WIDTHS) * len(picture_encoding.FORMATS)
_SENTENCES = {
    WRONG_TYPE: _("This is not a picture we can read. Please choose a JPEG, PNG, WebP, AVIF or GIF."),
    DAMAGED: _("We couldn't read this picture; the file seems to be damaged. Please try another copy."),
    TOO_LARGE: _("This picture has more than %(megapixels)s megapixels. Please make it smaller first."),
    TOO_SMALL: _("This picture is smaller than %(side)s pixels. Please choose a larger one."),
    TOO_HEAVY: _("This picture takes too much work to open. Please save it again and try once more."),
}


@handles(PROCESS_PICTURE)
def process_picture(payload: ProcessPicture, run: Run) -> None:
    """Re-encode in a process of its own; store the variants; tell the row."""
    picture = Picture.objects.waiting().filter(pk=payload.picture_id).first()
    if picture is None:
        _repeat_refusal(payload.picture_id)
        return  # deleted meanwhile, or done by an earlier attempt
    with TemporaryDirectory(prefix="bandstand-picture-") as name:
        folder = Path(name)
        source = folder / "source"
        with default_storage.open(picture.original) as original, source.open("wb") as copy:
            copyfileobj(original, copy)
        made = _encode(source, folder, run)
        if "refusal" in made:
            _refuse(picture, made["refusal"])
        else:
            _store(picture, folder, made, run)


def _encode(source: Path, folder: Path, run: Run) -> dict[str, Any]:
    def step() -> None:  # the files that are there tell how far it is
        run.progress(sum(1 for _file in folder.glob("*-*")), MOST_VARIANTS)

    try:
        with confined(picture_encoding.__name__, [str(source), str(folder)], limits=LIMITS, step=step) as printed:
            made: dict[str, Any] = json.load(printed)
    except TooHeavyError:
        return {"refusal": TOO_HEAVY}
    except CrashedError:
        return {"refusal": DAMAGED}
    return made


def _refuse(picture: Picture, reason: str) -> None:
    sentence = _SENTENCES[reason] % {"megapixels": PICTURE_MAX_PIXELS // 1_000_000, "side": PICTURE_MIN_SIDE}
    Picture.objects.filter(pk=picture.pk).update(state=Picture.State.REFUSED, refusal=sentence)
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
            .update(state=Picture.State.READY, width=made["width"], height=made["height"], variants=variants)
        )
    except BaseException:
        _remove(stored)
        raise
    if not kept:
        _remove(stored)  # deleted meanwhile


def _remove(paths: list[str]) -> None:
    for path in paths:
        default_storage.delete(path)
