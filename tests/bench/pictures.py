"""How many pictures a second become variants, on all processors, each in a confined process of its own, and how much of
the processors' time one takes; beside libvips, where `pyvips` and `pyvips-binary` are installed (they aren't otherwise:
see docs/adr for why libvips opens nothing here).
"""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

PICTURES = 12
SIZE = (4000, 3000)  # as phones make them
TINY = {"PICTURES": 2, "SIZE": (400, 300)}


def run() -> Iterator[dict[str, object]]:
    """Encode photos that phones might have made, and a drawing with transparency."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        megapixels = SIZE[0] * SIZE[1] / 1e6
        for what, source in (("a photo as JPEG", photo(folder)), ("a drawing as PNG", drawing(folder))):
            ours = _measured(_ours, source, folder)
            peer = _measured(_of_libvips, source, folder) if importlib.util.find_spec("pyvips") else None
            yield {
                "what": f"{what} of {megapixels:.0f} megapixels, {PICTURES} times, pictures a second (peer: libvips)",
                "here": _told(*ours),
                "peer": _told(*peer) if peer else "not installed",
                "ratio": f"{ours[0] / peer[0]:.2f}" if peer else "",
            }


def _told(rate: float, seconds: float, size: int) -> str:
    return f"{rate:.1f}: {seconds:.2f} s of a processor and {size / 1024:.0f} KiB each"


def photo(folder: Path) -> Path:
    """Return a file with detail in all places, like a stage full of people."""
    from tests.worker.pictures.files import noise  # noqa: PLC0415

    path = folder / "photo"
    noise(SIZE, grain=8).save(path, "JPEG", quality=90)
    return path


def drawing(folder: Path) -> Path:
    """Return a file with a few shapes on nothing."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    image = Image.new("RGBA", SIZE)
    draw = ImageDraw.Draw(image)
    for number in range(40):
        left, top = number * SIZE[0] // 50, number * SIZE[1] // 60
        draw.ellipse((left, top, left + SIZE[0] // 5, top + SIZE[1] // 5), fill=(number * 6, 90, 200, 200))
    path = folder / "drawing"
    image.save(path, "PNG")
    return path


def _measured(encode: Callable[[Path, Path], None], source: Path, folder: Path) -> tuple[float, float, int]:
    """Return pictures a second, seconds of a processor for each, and the bytes of one's variants."""

    def one(number: int) -> None:
        target = folder / f"{encode.__name__}-{source.name}-{number}"
        target.mkdir()
        encode(source, target)

    one(-1)
    before, began = _seconds_of_children(), time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(PICTURES)))
    taken, used = time.perf_counter() - began, _seconds_of_children() - before
    made = (folder / f"{encode.__name__}-{source.name}--1").iterdir()
    return PICTURES / taken, used / PICTURES, sum(file.stat().st_size for file in made)


def _ours(source: Path, target: Path) -> None:
    from bandstand_worker.confining import confined  # noqa: PLC0415
    from bandstand_worker.handlers.process_picture import ENCODING, LIMITS  # noqa: PLC0415

    with confined(ENCODING, [str(source), str(target)], limits=LIMITS, step=lambda: None) as printed:
        assert b"variants" in printed.read()


def _of_libvips(source: Path, target: Path) -> None:
    command = [sys.executable, "-m", "tests.bench._of_libvips", str(source), str(target)]
    subprocess.run(command, check=True)


def _seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
