"""Rasterizes SVG drawings such as logos: sanitized first, then drawn by a library that runs no scripts.

The sanitized drawing is serialized again, so that no two parsers can read it differently. Nothing external is ever
loaded, be it through an entity, a link or a style.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree as ET  # noqa: S405 # builds and writes trees here; expat reads, with its own checks
from xml.parsers import expat  # entities are checked below

import resvg_py
from PIL import Image

from bandstand.media.storage import PICTURE_MIN_SIDE, PICTURE_WIDTHS
from bandstand_worker.pictures.refusals import Reason, RefusedPictureError

MOST_ELEMENTS = 50_000
DEEPEST = 64  # nested elements; the library recurses
MOST_ENTITIES = 50  # Illustrator declares a dozen, for the URIs of namespaces
LONGEST_ENTITY = 200
SIDE = PICTURE_WIDTHS[-1]
_SVG, _XLINK, _XML = (
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/XML/1998/namespace",
)
_DROPPED = {"script", "foreignObject", "metadata", "iframe", "audio", "video", "canvas", "handler", "listener"}
_MOVING = {"animate", "animateColor", "animateMotion", "animateTransform", "set", "discard"}
_LOADING = {
    "image",
    "feImage",
    "use",
    "tref",
    "textPath",
    "pattern",
    "linearGradient",
    "radialGradient",
    "filter",
    "mpath",
}
_EMBEDDED = re.compile(r"data:image/(png|jpe?g|gif|webp);base64,", re.IGNORECASE)
_LENGTH = re.compile(r"\s*\+?(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*(px|pt|pc|mm|cm|in|)\s*", re.ASCII)
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_BROWSERS_SIZE = (300.0, 150.0)  # the default size of a drawing without one


def draw(source: Path) -> tuple[Image.Image, bool]:
    """Return the drawing as RGBA, its longer side as long as the widest variant, and whether it was animated.

    Raises RefusedPictureError.
    """
    cleaner = _Cleaner()
    root = cleaner.clean(source.read_bytes())
    if cleaner.has_text:
        raise RefusedPictureError(Reason.DRAWING_WITH_TEXT)
    _set_size(root)
    try:
        content = resvg_py.svg_to_bytes(svg_string=ET.tostring(root, encoding="unicode"), skip_system_fonts=True)
    except ValueError as problem:
        raise RefusedPictureError(Reason.DRAWING_BROKEN) from problem
    picture = Image.open(io.BytesIO(content), formats=["PNG"]).convert("RGBA")
    if picture.getchannel("A").getbbox() is None:
        raise RefusedPictureError(Reason.DRAWING_EMPTY)
    return picture, cleaner.is_moving


def _set_size(root: ET.Element) -> None:
    """Scale the drawing to the size we want, whatever size it declares. Raises RefusedError."""
    box = _box(root.get("viewBox", ""))
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    if not (width and height):
        width, height = (box[2], box[3]) if box else _BROWSERS_SIZE
    if not box:
        root.set("viewBox", f"0 0 {width} {height}")
    scale = SIDE / max(width, height)
    pixels = round(width * scale), round(height * scale)
    if min(pixels) < PICTURE_MIN_SIDE:
        raise RefusedPictureError(Reason.TOO_SMALL)
    root.set("width", str(pixels[0]))
    root.set("height", str(pixels[1]))


def _box(text: str) -> list[float] | None:
    try:
        numbers = [float(part) for part in re.split(r"[\s,]+", text.strip()[:200])]
    except ValueError:
        return None
    is_box = len(numbers) == 4 and all(abs(number) < 1e9 for number in numbers) and min(numbers[2:]) > 1e-9  # noqa: PLR2004
    return numbers if is_box else None


def _length(text: str) -> float | None:
    match = _LENGTH.fullmatch(text[:50])
    return float(match[1]) * _UNITS[match[2]] if match else None


class _Cleaner:
    """Copies elements that draw and attributes that style them; refuses anything that would load a resource."""

    def __init__(self) -> None:
        self.has_text = self.is_moving = False
        self._tree = ET.TreeBuilder()
        self._depth = self._elements = self._entities = 0
        self._dropping = self._in_text = self._in_style = 0  # depth at which each began

    def clean(self, data: bytes) -> ET.Element:
        """Return the root of the sanitized tree. Raises RefusedError."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(data, True)
            return self._tree.close()
        except (expat.ExpatError, AssertionError, UnicodeError, LookupError) as problem:
            raise RefusedPictureError(Reason.DRAWING_BROKEN) from problem

    def _entity(self, _name: str, is_parameter: bool, value: str | None, *_rest: str | None) -> None:
        """Allow short literal entities; refuse external ones and ones that refer to other entities."""
        self._entities += 1
        short = value is not None and len(value) <= LONGEST_ENTITY and not set("&<%") & set(value)
        if is_parameter or not short or self._entities > MOST_ENTITIES:
            _refuse(Reason.DRAWING_BROKEN)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEEPEST or self._elements > MOST_ELEMENTS:
            _refuse(Reason.TOO_HEAVY)
        if self._dropping:
            return
        space, _, name = tag.rpartition("}")
        self.is_moving |= space == _SVG and name in _MOVING
        if self._depth == 1 and (name != "svg" or space not in {_SVG, ""}):
            _refuse(Reason.DRAWING_BROKEN)
        if space not in {_SVG, ""} or name in _DROPPED | _MOVING:
            self._dropping = self._depth
            return
        self._in_text = self._in_text or (self._depth if name == "text" else 0)
        self._in_style = self._in_style or (self._depth if name == "style" else 0)
        self._tree.start(f"{{{_SVG}}}{name}", self._attributes(name, attributes))

    def _attributes(self, element: str, attributes: dict[str, str]) -> dict[str, str]:
        kept = {}
        for tag, value in attributes.items():
            space, _, name = tag.rpartition("}")
            if name == "href" and space in {_XLINK, ""}:
                if link := _link(element, value):
                    kept["href"] = link
            elif space == _XML and name == "space":
                kept[f"{{{_XML}}}space"] = value
            elif not space and not name.lower().startswith("on"):
                kept[name] = value
        return kept

    def _end(self, tag: str) -> None:
        depth, self._depth = self._depth, self._depth - 1
        if self._dropping:
            self._dropping = 0 if self._dropping == depth else self._dropping
            return
        self._in_text = 0 if self._in_text == depth else self._in_text
        self._in_style = 0 if self._in_style == depth else self._in_style
        self._tree.end(tag)

    def _data(self, text: str) -> None:
        if self._dropping:
            return
        self.has_text |= bool(self._in_text and text.strip())
        self.is_moving |= bool(self._in_style and "@keyframes" in text)
        self._tree.data(text)


def _link(element: str, value: str) -> str | None:
    """Return the link if it refers to a part of the same drawing or an embedded picture. Raises RefusedError."""
    value = value.strip()
    if value.startswith("#"):
        return value
    if element in {"image", "feImage"} and _EMBEDDED.match(value):
        return value
    return _refuse(Reason.DRAWING_INCOMPLETE) if element in _LOADING and value else None


def _refuse(reason: Reason) -> NoReturn:
    raise RefusedPictureError(reason)
