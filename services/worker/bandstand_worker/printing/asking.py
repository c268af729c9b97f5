"""Has prints set in a confined child: writes down what is wanted, and says where they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from shutil import copyfileobj

from django.core.files.storage import default_storage

import bandstand.portals
from bandstand.media.models import FALLBACK_FORMAT, Picture
from bandstand.portals.prints import Setting
from bandstand_worker.confining import Limits, confined
from bandstand_worker.run import Run

PROGRAM = "bandstand_worker.printing.setting"  # not imported here, as it loads the typesetter
LIMITS = Limits(memory=2 * 1024**3, cpu_seconds=60, seconds=120, file_bytes=32 * 1024 * 1024, threads=True)
FONTS = sorted(
    path
    for family in ("bricolage-grotesque", "public-sans")  # of the house; those of themes stay with web
    for path in (Path(bandstand.portals.__file__).parent / "fonts").glob(f"{family}-*.woff2")
)


def set_prints(wanted: Iterable[tuple[Setting, str, int]], folder: Path, run: Run) -> list[Path]:
    """Return where each print is: of a setting, the file's name and pixels per inch (0: PDF). Raises ConfinedError."""
    told, made = [], []
    for number, (setting, output, resolution) in enumerate(wanted):
        place = folder / str(number)
        place.mkdir()
        (place / "data.json").write_text(json.dumps(setting.data, ensure_ascii=False), encoding="utf-8")
        if setting.picture:
            with default_storage.open(_widest(setting.picture)) as original, (place / "picture").open("wb") as copy:
                copyfileobj(original, copy)
        told.append([str(number), setting.template, output, resolution])
        made.append(place / output)
    arguments = [str(folder), json.dumps(told), *map(str, FONTS)]
    with confined(PROGRAM, arguments, limits=LIMITS, step=run.check):
        return made


def _widest(picture: Picture) -> str:
    variants = picture.variants[FALLBACK_FORMAT]
    return str(variants[max(variants, key=int)])
