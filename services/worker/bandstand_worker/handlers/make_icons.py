"""Makes a portal's icons of its logo, or of its initial in the brand's colour."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from bandstand.media.models import Picture
from bandstand.media.storage import new_picture_folder
from bandstand.organizations.models import Organization
from bandstand.organizations.quotas import LimitReachedError
from bandstand.portals.icon_files import ICON_FILES
from bandstand.portals.icons import FONTS, IconSource, icon_source
from bandstand.portals.job_kinds import MAKE_ICONS, MakeIcons
from bandstand.portals.models import THE_ROW, PortalSettings
from bandstand.tenancy.resolution import announce_change
from bandstand_worker.confining import ConfinedError, Limits, confined
from bandstand_worker.registry import handles
from bandstand_worker.run import JobFailed, Run

DRAWING = "bandstand_worker.pictures.icons"  # not imported here, as it loads decoders
LIMITS = Limits(memory=768 * 1024 * 1024, cpu_seconds=20, seconds=60, file_bytes=4 * 1024 * 1024, threads=True)
_ROUNDS = 3  # name, logo and colour may change while icons are made
_ENOUGH = 512  # pixels that the largest icon is wide


@handles(MAKE_ICONS)
def make_icons(_payload: MakeIcons, run: Run) -> None:
    for _round in range(_ROUNDS):
        settings = PortalSettings.objects.current()
        source = icon_source(settings, Organization.objects.get(pk=run.organization.pk))
        if settings.icons_of == source.mark:
            return
        with TemporaryDirectory(prefix="bandstand-icons-") as name:
            ground = _draw(source, Path(name), run)
            try:
                _store(settings, source, Path(name), ground=ground)
            except LimitReachedError as problem:
                raise JobFailed(problem.messages[0]) from None
        announce_change(run.organization.pk)


def _draw(source: IconSource, folder: Path, run: Run) -> str:
    """Write the icons into the folder. Return on which scheme's paper the logo has to stand, if on one."""
    wanted: dict[str, Any] = {"letters": source.letters, "fill": source.fill, "lettering": source.lettering}
    if source.logo:
        with default_storage.open(_variant(source.logo)) as original, (folder / "logo").open("wb") as copy:
            copyfileobj(original, copy)
    try:
        arguments = [str(folder), json.dumps(wanted), *map(str, FONTS)]
        with confined(DRAWING, arguments, limits=LIMITS, step=run.check) as printed:
            return str(json.load(printed)["ground"])
    except ConfinedError:
        raise JobFailed(_("The portal's icons can't be made of this logo.")) from None


def _variant(logo: Picture) -> str:
    """Return the path of the smallest variant that is large enough, with its transparency."""
    kind = next(reversed(logo.formats), "jpeg")
    widths = sorted(logo.variants[kind], key=int)
    return str(logo.variants[kind][next((width for width in widths if int(width) >= _ENOUGH), widths[-1])])


def _store(settings: PortalSettings, source: IconSource, folder: Path, *, ground: str) -> None:
    target, stored = new_picture_folder(), []
    try:
        for name in ICON_FILES:
            with (folder / name).open("rb") as file:
                stored.append(default_storage.save(f"{target}/{name}", File(file)))
        row = PortalSettings.objects.filter(pk=THE_ROW, icons=settings.icons)
        kept = row.update(icons=target, icons_of=source.mark, logo_ground=ground)
    except BaseException:
        _remove(stored)
        raise
    former = [f"{settings.icons}/{name}" for name in ICON_FILES] if settings.icons else []
    _remove(former if kept else stored)


def _remove(paths: list[str]) -> None:
    for path in paths:
        default_storage.delete(path)
