"""Sets prints. `confining` runs it in a process of its own, with FOLDER, WHAT and FONT … as arguments.

WHAT is `[[folder, template, output, pixels per inch or 0], …]`: of each, a folder below FOLDER that holds `data.json`
and perhaps `picture`; the name of a template; and the file to write into it, a PDF, PNG or JPEG. It prints nothing.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import segno
import typst
from fontTools.ttLib import TTFont
from PIL import Image

TEMPLATES = Path(__file__).parent / "templates"
_QUALITY = 86
# What templates call the fonts, by the beginnings of their files' names.
_FAMILIES = {"bricolage-grotesque": "Bandstand Display", "public-sans": "Bandstand Text"}
_FAMILY, _FULL, _POSTSCRIPT = 1, 4, 6  # of a font's names. Source: OpenType, "name"
_OTHER_NAMES = (16, 17, 21, 22, 25)  # which would win over these


def main(arguments: Sequence[str]) -> None:
    """Set all that is wanted."""
    folder, wanted, *fonts = arguments
    root = Path(folder)
    unpacked = root / "fonts"
    unpacked.mkdir()
    for path in map(Path, fonts):
        unpack_font(path, unpacked)
    known = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(unpacked)])
    for name, template, output, resolution in json.loads(wanted):
        _set(root / name, template, output, resolution, known)


def _set(place: Path, template: str, output: str, resolution: int, fonts: typst.Fonts) -> None:
    for each in TEMPLATES.glob("*.typ"):
        shutil.copy(each, place)
    address = json.loads((place / "data.json").read_text(encoding="utf-8")).get("address_of_code")
    if address:
        segno.make(address, error="m", micro=False).save(str(place / "qr.svg"), border=0, dark="#000", light="#fff")
    compiler = typst.Compiler(
        str(place / f"{template}.typ"), root=str(place), font_paths=fonts, ignore_system_fonts=True
    )
    if output.endswith(".pdf"):
        compiler.compile(output=str(place / output), format="pdf")
        return
    drawn = compiler.compile(format="png", ppi=float(resolution))
    content = drawn if isinstance(drawn, bytes) else b"".join(drawn or ())  # one page, as all of these have
    if output.endswith(".jpg"):
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            picture.convert("RGB").save(place / output, "JPEG", quality=_QUALITY, progressive=True, optimize=True)
    else:
        (place / output).write_bytes(content)


def unpack_font(path: Path, folder: Path) -> None:
    """Write a web font as typst reads it, under a family of our own: of two with one name it would take only one."""
    family = next(name for start, name in _FAMILIES.items() if path.name.startswith(start))
    if path.stem.endswith("-ext"):
        family += " Ext"
    font = TTFont(path)
    names = font["name"]
    for number in _OTHER_NAMES:
        names.removeNames(nameID=number)
    for number, text in ((_FAMILY, family), (_FULL, family), (_POSTSCRIPT, family.replace(" ", ""))):
        names.setName(text, number, 3, 1, 0x409)  # as Windows has them, in English
    font.flavor = None
    font.save(folder / f"{path.stem}.ttf")
