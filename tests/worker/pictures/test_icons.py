"""A portal's icons: sizes, grounds, initials of many scripts, and logos that are seen wherever they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from bandstand.portals.icon_files import ICON_FILES
from bandstand.portals.icons import FONTS
from bandstand_worker.pictures.icons import main

NAVY, YELLOW, WHITE, BLACK, RED = "#14224f", "#ffff00", "#ffffff", "#000000", "#d6402b"
INK = "#161310"  # paper at night


def drawn(
    folder: Path, capsys: pytest.CaptureFixture[str], *, letters: str = "B", fill: str = NAVY, lettering: str = WHITE
) -> str:
    main([str(folder), json.dumps({"letters": letters, "fill": fill, "lettering": lettering}), *map(str, FONTS)])
    return str(json.loads(capsys.readouterr().out)["ground"])


def logo(folder: Path, colour: str, *, ground: str | None = None, size: tuple[int, int] = (400, 120)) -> None:
    """Write a bar with margins, as many logos are: on `ground`, or else on nothing."""
    image = Image.new("RGBA", (size[0] + 80, size[1] + 80), ground or (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((40, 40, size[0] + 39, size[1] + 39), fill=colour)
    image.save(folder / "logo", "WEBP", lossless=True)


def icon(folder: Path, name: str) -> Image.Image:
    return Image.open(folder / name)


def hexed(pixel: object) -> str:
    return "#{:02x}{:02x}{:02x}".format(*pixel[:3])  # type: ignore[index]


def test_all_files_have_their_kinds_and_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn(tmp_path, capsys)

    for name, side in ICON_FILES.items():
        image = icon(tmp_path, name)
        assert image.format == ("ICO" if name.endswith(".ico") else "PNG")
        assert image.size == (side, side)
    assert icon(tmp_path, "favicon.ico").info["sizes"] == {(16, 16), (32, 32), (48, 48)}


@pytest.mark.parametrize(
    ("letters", "shown"), [("B", "B"), ("ÄA", "Ä"), ("ŁL", "Ł"), ("東T", "T"), ("ЖZ", "Z"), ("7", "7")]
)
def test_the_first_letter_that_our_face_has_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], letters: str, shown: str
) -> None:
    drawn(tmp_path, capsys, letters=letters)
    found = icon(tmp_path, "192.png").tobytes()
    drawn(tmp_path, capsys, letters=shown)

    assert icon(tmp_path, "192.png").tobytes() == found
    drawn(tmp_path, capsys, letters="")
    assert icon(tmp_path, "192.png").tobytes() != found


def test_an_initial_fills_its_tile_in_the_brands_colours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(tmp_path, capsys, letters="I", fill=YELLOW, lettering="#0f0e0c") == ""

    image = icon(tmp_path, "512.png").convert("RGB")
    assert hexed(image.getpixel((0, 0))) == YELLOW
    assert hexed(image.getpixel((256, 256))) == "#0f0e0c"
    rows = [row for row in range(512) if hexed(image.getpixel((256, row))) == "#0f0e0c"]
    assert abs(min(rows) + max(rows) - 511) <= 2  # in the middle
    assert 0.65 < len(rows) / 512 < 0.75


@pytest.mark.parametrize(
    ("colour", "fill", "seen_on"),
    [
        (BLACK, NAVY, (WHITE, "light")),
        (WHITE, NAVY, (NAVY, "dark")),
        (WHITE, YELLOW, (INK, "dark")),
        (RED, NAVY, (WHITE, "")),
        (YELLOW, YELLOW, (INK, "dark")),
    ],
    ids=["black", "white on navy", "white of a yellow brand", "red, seen everywhere", "yellow of a yellow brand"],
)
def test_a_transparent_logo_is_seen_on_light_and_dark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], colour: str, fill: str, seen_on: tuple[str, str]
) -> None:
    """`seen_on`: the icons' ground, and on which scheme's paper it stands in pages."""
    ground, plate = seen_on
    logo(tmp_path, colour)

    assert drawn(tmp_path, capsys, fill=fill) == plate

    for name in ("favicon.ico", "180.png", "192-maskable.png"):
        image = icon(tmp_path, name).convert("RGB")
        middle = image.width // 2
        assert hexed(image.getpixel((0, 0))) == ground
        assert hexed(image.getpixel((middle, middle))) == colour


def test_an_opaque_logo_brings_its_own_ground(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logo(tmp_path, WHITE, ground=RED, size=(100, 300))

    assert drawn(tmp_path, capsys) == ""

    image = icon(tmp_path, "512.png").convert("RGB")
    assert hexed(image.getpixel((0, 0))) == RED
    assert hexed(image.getpixel((256, 256))) == WHITE


@pytest.mark.parametrize("has_logo", [True, False], ids=["logo", "initial"])
def test_what_launchers_cut_off_is_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str], has_logo: bool) -> None:
    if has_logo:
        logo(tmp_path, BLACK, size=(300, 300))
    drawn(tmp_path, capsys, letters="M")

    image = icon(tmp_path, "192-maskable.png").convert("RGB")
    ground = image.getpixel((0, 0))
    reach = 0.4 * 192  # https://www.w3.org/TR/appmanifest/#icon-masks
    far = [(x, y) for x in range(192) for y in range(192) if (x - 95.5) ** 2 + (y - 95.5) ** 2 > reach**2]
    assert all(image.getpixel(at) == ground for at in far)
