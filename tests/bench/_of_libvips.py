"""The variants of one picture by libvips, in our sizes, formats and qualities. Arguments: SOURCE FOLDER."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["VIPS_CONCURRENCY"] = "1"  # one picture per processor, as ours

import pyvips

WIDTHS = (320, 640, 1280, 1920)  # bandstand.media.storage, which loads Django

source, folder = sys.argv[1], Path(sys.argv[2])
widest = pyvips.Image.thumbnail(source, WIDTHS[-1], size="down", linear=True).copy_memory()
for width in WIDTHS:
    picture = widest.thumbnail_image(width, size="down", linear=True).copy_memory()
    picture.webpsave(str(folder / f"webp-{width}"), Q=80, effort=4, keep="none")
    picture.jpegsave(
        str(folder / f"jpeg-{width}"), Q=82, optimize_coding=True, interlace=True, keep="none", background=255
    )
