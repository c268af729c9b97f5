"""What becomes of pictures as real cameras, phones and programs write them: colours, sizes, bytes, sentences."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageStat

from bandstand.media.storage import CUT_OFF, STILL
from bandstand_worker.pictures.drawings import draw
from bandstand_worker.pictures.encoding import encode
from bandstand_worker.pictures.refusals import Reason, RefusedPictureError
from tests.worker.pictures.files import (
    PNG_HEAD,
    chunk,
    drawn,
    even_png,
    noise,
    palette,
    png,
    saved,
    svg,
    swapped_profile,
    with_chunk,
    ycck,
)

RED, GREEN, WHITE = (255, 99, 71), (0, 128, 128), (255, 255, 255)  # of `drawn`: its field, disc and box
HEIC = Path(__file__).with_name("stage.heic")


@dataclass
class Made:
    """What was made of a file."""

    folder: Path
    told: dict[str, Any] = field(default_factory=dict)

    def opened(self, kind: str = "webp", width: int | None = None) -> Image.Image:
        """Return a variant, the widest unless said otherwise."""
        return Image.open(self.folder / f"{kind}-{width or self.told['variants'][kind][-1]}")

    def size_of(self, kind: str, width: int) -> int:
        """Return how many bytes a variant has."""
        return (self.folder / f"{kind}-{width}").stat().st_size


Encode = Callable[[bytes], Made]


@pytest.fixture
def encoded(tmp_path: Path) -> Encode:
    def run(content: bytes) -> Made:
        source = tmp_path / "source"
        source.write_bytes(content)
        return Made(tmp_path, encode(source, tmp_path))

    return run


def refusal(encoded: Encode, content: bytes) -> Reason:
    with pytest.raises(RefusedPictureError) as caught:
        encoded(content)
    return caught.value.reason


def near(found: Any, expected: tuple[int, ...], by: int = 12) -> bool:
    return len(found) == len(expected) and all(abs(a - b) <= by for a, b in zip(found, expected, strict=True))


def colours(picture: Image.Image) -> tuple[Any, Any, Any]:
    """Return the colour left above, right above and right below."""
    across, down = picture.width // 4, picture.height // 4
    return (
        picture.getpixel((across, down)),
        picture.getpixel((picture.width - across // 2, down // 2)),
        picture.getpixel((picture.width - 4, picture.height - 4)),
    )


# --- Colours ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (even_png([0x8000], depth=16, colour=0), (128, 128, 128)),
        (even_png([0x0100], depth=16, colour=0), (1, 1, 1)),
        (even_png([0xFF00], depth=16, colour=0), (254, 254, 254)),
        (even_png([0xFFFF, 0x8000, 0], depth=16, colour=2), (255, 128, 0)),
        (even_png([0xFFFF, 0x8000, 0, 0x8000], depth=16, colour=6), (255, 128, 0, 128)),
        (even_png([0x8000, 0x4000], depth=16, colour=4), (128, 128, 128, 64)),
        (even_png([0x80, 0x40], depth=8, colour=4), (128, 128, 128, 64)),
        (even_png([0x8000], depth=16, colour=0, before=chunk(b"tRNS", b"\x80\0")), (128, 128, 128, 0)),
        (even_png([0x8000], depth=16, colour=0, before=chunk(b"tRNS", b"\x90\0")), (128, 128, 128, 255)),
        (even_png([0x80], depth=8, colour=0, before=chunk(b"tRNS", b"\0\x80")), (128, 128, 128, 0)),
        (even_png([9, 9, 9], depth=8, colour=2, before=chunk(b"tRNS", b"\0\x09\0\x09\0\x09")), (9, 9, 9, 0)),
        (even_png([0], depth=8, colour=3, before=chunk(b"PLTE", b"\xff\x80\0")), (255, 128, 0)),
        (
            even_png([0], depth=8, colour=3, before=chunk(b"PLTE", b"\xff\x80\0") + chunk(b"tRNS", b"\x40")),
            (255, 128, 0, 64),
        ),
        (png([b"\xff" * 8] * 64, 64, depth=1, colour=0), (255, 255, 255)),
    ],
    ids=[
        "16-bit grey",
        "16-bit grey, nearly black",
        "16-bit grey, nearly white",
        "16-bit RGB",
        "16-bit RGBA",
        "16-bit grey and alpha",
        "grey and alpha",
        "16-bit grey, one value transparent",
        "16-bit grey, another value transparent",
        "grey, one value transparent",
        "RGB, one colour transparent",
        "palette",
        "palette with transparency",
        "1 bit",
    ],
)
def test_every_kind_of_png_keeps_its_colours(encoded: Encode, content: bytes, expected: tuple[int, ...]) -> None:
    made = encoded(content).opened()
    opaque = len(expected) == 3 or expected[3] == 255
    assert near(made.convert("RGBA").getpixel((30, 30)), (*expected[:3], 255 if opaque else expected[3]), by=2)


@pytest.mark.parametrize(
    "content",
    [
        drawn("JPEG"),
        drawn("JPEG", progressive=True),
        drawn("JPEG", mode="CMYK"),
        ycck(),
        palette(),
        drawn("GIF"),
        drawn("WEBP"),
        drawn("AVIF"),
        drawn("MPO"),
    ],
    ids=["JPEG", "progressive", "CMYK, inverted by Adobe", "YCCK", "palette", "GIF", "WebP", "AVIF", "MPO"],
)
def test_every_format_keeps_its_colours(encoded: Encode, content: bytes) -> None:
    made = encoded(content)
    for kind in ("avif", "webp", "jpeg"):
        assert all(map(near, colours(made.opened(kind)), (GREEN, RED, WHITE), (24, 24, 24))), kind
    assert made.told["remark"] == ""


def test_heic_is_taken_as_iphones_send_it(encoded: Encode) -> None:
    made = encoded(HEIC.read_bytes())
    assert (made.told["width"], made.told["height"], made.told["remark"]) == (128, 96, "")
    assert near(made.opened().getpixel((32, 32)), GREEN, by=24)
    assert near(made.opened().getpixel((110, 10)), RED, by=24)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_is_heeded_in_every_mode(encoded: Encode, mode: str) -> None:
    content = palette(swapped_profile()) if mode == "P" else drawn("PNG", mode=mode, icc_profile=swapped_profile())
    made = encoded(content).opened()
    assert near(made.convert("RGB").getpixel((150, 10)), (99, 255, 71), by=16)
    assert "icc_profile" not in made.info


@pytest.mark.parametrize(
    "profile",
    [b"", b"no profile", swapped_profile()[:200], swapped_profile() + bytes(5_000_000)],
    ids=["none", "text", "cut off", "huge"],
)
def test_a_profile_that_cant_be_used_does_no_harm(encoded: Encode, profile: bytes) -> None:
    made = encoded(with_chunk(drawn("PNG"), chunk(b"iCCP", b"x\0\0" + zlib.compress(profile)))).opened()
    assert near(made.getpixel((150, 10)), RED, by=16)


@pytest.mark.parametrize(
    ("before", "sent", "expected"),
    [
        (chunk(b"gAMA", struct.pack(">I", 100_000)), (128, 128, 128), (188, 188, 188)),
        (chunk(b"gAMA", struct.pack(">I", 45_455)), (128, 128, 128), (128, 128, 128)),
        (chunk(b"gAMA", struct.pack(">I", 0)), (128, 128, 128), (128, 128, 128)),
        (chunk(b"gAMA", struct.pack(">I", 100_000)) + chunk(b"sRGB", b"\0"), (128, 128, 128), (128, 128, 128)),
        (chunk(b"gAMA", struct.pack(">I", 100_000)) + chunk(b"cHRM", bytes(32)), (128, 128, 128), (128, 128, 128)),
        (chunk(b"cICP", bytes((12, 13, 0, 1))), (200, 100, 100), (215, 94, 98)),
        (chunk(b"cICP", bytes((1, 13, 0, 1))), (200, 100, 100), (200, 100, 100)),
        (chunk(b"cICP", bytes((9, 16, 0, 1))), (148, 148, 148), (255, 255, 255)),
        (chunk(b"cICP", bytes((9, 18, 0, 1))), (96, 96, 96), (138, 138, 138)),
        (chunk(b"cICP", bytes((99, 99, 0, 1))), (200, 100, 100), (200, 100, 100)),
        (chunk(b"cICP", b"\1"), (200, 100, 100), (200, 100, 100)),
    ],
    ids=["linear", "usual", "nonsense", "sRGB", "no corners", "P3", "sRGB by code", "PQ", "HLG", "unknown", "short"],
)
def test_a_png_that_says_its_colours_in_numbers(
    encoded: Encode, before: bytes, sent: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    made = encoded(even_png(sent, depth=8, colour=2, before=before)).opened()
    assert near(made.getpixel((30, 30)), expected, by=3)


UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright(encoded: Encode, orientation: int) -> None:
    upright = Image.open(io.BytesIO(drawn("PNG")))
    stored = upright.transpose(UNDO[orientation]) if orientation in UNDO else upright
    exif = Image.Exif()
    exif[0x0112] = orientation

    made = encoded(saved(stored, "JPEG", exif=exif.tobytes(), quality=95))

    assert (made.told["width"], made.told["height"]) == (160, 120)
    assert all(map(near, colours(made.opened()), (GREEN, RED, WHITE), (24, 24, 24)))
    assert not made.opened().getexif()


@pytest.mark.parametrize("content", [drawn("PNG", mode="RGBA"), svg('<rect width="60" height="60" fill="teal"/>')])
def test_transparency_is_kept_where_the_format_knows_it(encoded: Encode, content: bytes) -> None:
    if content.startswith(PNG_HEAD):
        image = Image.open(io.BytesIO(content))
        image.putalpha(Image.linear_gradient("L").resize(image.size))
        content = saved(image, "PNG")
    made = encoded(content)
    for width in made.told["variants"]["webp"]:
        assert made.opened("webp", width).mode == "RGBA"
        assert made.opened("webp", width).getchannel("A").getextrema()[0] < 8
        assert made.opened("jpeg", width).mode == "RGB"


# --- Sizes -----------------------------------------------------------------------------------------------------------


def test_fine_bright_lines_stay_as_bright_as_they_are(encoded: Encode) -> None:
    row = bytes([0, 255] * 1920)
    made = encoded(png([row, row[::-1]] * 100, 3840, depth=8, colour=0))
    assert near(ImageStat.Stat(made.opened()).mean, (188, 188, 188), by=4)


def test_it_stays_sharp(encoded: Encode) -> None:
    """An edge of the picture is an edge of its variants: from dark to bright within three pixels."""
    image = Image.new("L", (3200, 800), 20)
    image.paste(230, (1600, 0, 3200, 800))
    small = encoded(saved(image, "PNG")).opened("webp", 640)
    line = [small.getpixel((x, 80))[0] for x in range(310, 330)]
    assert sum(40 < value < 210 for value in line) <= 3


def test_the_variants_are_light_enough_for_phones(encoded: Encode) -> None:
    made = encoded(saved(noise((2400, 1600), grain=16), "JPEG", quality=92))
    assert made.told["variants"]["webp"] == [320, 640, 1280, 1920]
    limits = {320: 45_000, 640: 110_000, 1280: 225_000, 1920: 345_000}
    assert {width: made.size_of("webp", width) for width in limits if made.size_of("webp", width) > limits[width]} == {}
    assert made.size_of("jpeg", 1920) < 490_000
    assert made.size_of("avif", 1920) < made.size_of("webp", 1920)


def test_a_huge_variant_has_no_avif_as_that_takes_too_much_memory(encoded: Encode) -> None:
    made = encoded(saved(Image.new("RGB", (1000, 6100), "tomato"), "PNG"))
    assert set(made.told["variants"]) == {"webp", "jpeg"}


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_very_tall_picture_is_scaled_to_what_webp_knows(encoded: Encode, kind: str) -> None:
    made = encoded(saved(Image.new("RGB", (100, 17_000), "tomato"), kind))
    assert (made.told["width"], made.told["height"]) == (100, 17_000)
    assert made.opened().size == (96, 16_383)


@pytest.mark.parametrize(
    ("size", "progressive"),
    [((8160, 6144), False), ((16_320, 12_240), False), ((9248, 6936), True)],
    ids=["50 megapixels", "200 megapixels", "64 megapixels, progressive"],
)
def test_todays_phones_make_no_picture_too_large(encoded: Encode, size: tuple[int, int], progressive: bool) -> None:
    small = saved(Image.new("L", size, 99), "JPEG", progressive=progressive)
    made = encoded(small)
    assert (made.told["width"], made.told["height"]) == size
    assert made.told["variants"]["webp"] == [320, 640, 1280, 1920]


def test_more_pixels_than_fit_are_refused_by_the_header(encoded: Encode) -> None:
    head = PNG_HEAD + chunk(b"IHDR", struct.pack(">IIBBBBB", 10_000, 6_700, 8, 2, 0, 0, 0))
    assert refusal(encoded, head + chunk(b"IDAT", zlib.compress(b"\0"))) == Reason.TOO_LARGE


@pytest.mark.parametrize("size", [(1, 1), (30_000, 10), (39, 400)])
def test_what_is_too_small_on_one_side_is_refused(encoded: Encode, size: tuple[int, int]) -> None:
    assert refusal(encoded, saved(Image.new("RGB", size, "tomato"), "PNG")) == Reason.TOO_SMALL


# --- Files that aren't quite right -----------------------------------------------------------------------------------


def photo(**options: Any) -> bytes:
    return saved(noise((480, 600)), "JPEG", quality=85, **options)


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}], ids=str)
def test_a_jpeg_whose_last_bytes_are_missing_is_taken_whole(
    encoded: Encode, options: dict[str, Any], missing: int
) -> None:
    whole = photo(**options)
    made = encoded(whole[:-missing])
    assert (made.told["height"], made.told["remark"]) == (600, "")
    original = Image.open(io.BytesIO(whole)).crop((0, 592, 480, 600))
    last = made.opened().crop((0, 592, 480, 600))
    assert near(ImageStat.Stat(last).mean, tuple(ImageStat.Stat(original).mean), by=3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_is_nearly_whole_is_cut_off_and_says_so(encoded: Encode, kind: str) -> None:
    whole = saved(noise((480, 600)), kind)
    made = encoded(whole[: int(len(whole) * 0.97)])
    assert made.told["remark"] == CUT_OFF
    assert 540 <= made.told["height"] < 600
    assert made.opened().height == made.told["height"]
    last = ImageStat.Stat(made.opened().crop((0, made.told["height"] - 8, 480, made.told["height"])))
    assert min(last.stddev) > 15  # a part of the picture; what a decoder makes up is even


@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("AVIF", {})],
    ids=["JPEG", "progressive", "PNG", "WebP", "AVIF"],
)
def test_half_a_picture_is_refused(encoded: Encode, kind: str, options: dict[str, Any], share: float) -> None:
    if share > 0.5 and options:
        return  # all that is missing is how sharp it is
    whole = saved(noise((480, 600)), kind, **options)
    assert refusal(encoded, whole[: int(len(whole) * share)]) == Reason.DAMAGED


def test_half_a_heic_is_refused(encoded: Encode) -> None:
    assert refusal(encoded, HEIC.read_bytes()[:700]) == Reason.DAMAGED


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"tEXt", b"Comment\0" + b"x" * 2_000_000),
        chunk(b"iTXt", b"Comment\0\0\0\0\0" + b"x" * 2_000_000),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 40_000_000)),
        chunk(b"tEXt", b"Comment\0hello", crc=1),
        chunk(b"iCCP", b"icc\0\0hello", crc=1),
        chunk(b"gAMA", b"\1"),
        chunk(b"prVt", b"of a program's own"),
    ],
    ids=["text", "text in Unicode", "a bomb", "a wrong sum", "a wrong sum of a profile", "short", "private"],
)
def test_what_stands_beside_the_pixels_of_a_png_does_no_harm(encoded: Encode, extra: bytes) -> None:
    made = encoded(with_chunk(drawn("PNG"), extra))
    assert made.told["remark"] == ""
    assert near(made.opened().getpixel((150, 10)), RED, by=16)


def test_texts_that_inflate_to_more_than_an_upload_are_refused(encoded: Encode) -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 20_000_000))
    assert refusal(encoded, with_chunk(drawn("PNG"), bomb * 4)) == Reason.DAMAGED


def frame(marker: int, precision: int) -> bytes:
    """Return a JPEG that says it is coded in this way."""
    content = struct.pack(">BHHB", precision, 64, 64, 1) + b"\1\x11\0"
    return b"\xff\xd8\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content + b"\xff\xd9"


@pytest.mark.parametrize(
    ("marker", "precision"),
    [(0xC1, 12), (0xC3, 8), (0xC9, 8), (0xCB, 8)],
    ids=["12 bits", "lossless", "arithmetic", "both"],
)
def test_a_jpeg_that_browsers_dont_show_says_what_to_do(encoded: Encode, marker: int, precision: int) -> None:
    assert refusal(encoded, frame(marker, precision)) == Reason.UNUSUAL


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_of_an_animation_its_first_frame_is_kept_and_said(encoded: Encode, kind: str) -> None:
    first, second = (Image.new("RGB", (60, 60), colour) for colour in ("tomato", "teal"))
    made = encoded(saved(first, kind, save_all=True, append_images=[second], duration=100))
    assert made.told["remark"] == STILL
    assert near(made.opened().getpixel((30, 30)), RED)


def test_the_further_pictures_of_a_phone_are_no_animation(encoded: Encode) -> None:
    first, second = (Image.new("RGB", (60, 60), colour) for colour in ("tomato", "teal"))
    made = encoded(saved(first, "MPO", save_all=True, append_images=[second]))
    assert made.told["remark"] == ""


# --- Drawings --------------------------------------------------------------------------------------------------------

BOX = '<rect width="100" height="50" fill="tomato"/>'
ILLUSTRATOR = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!-- Generator: a drawing program -->\n'
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"\n'
    ' [<!ENTITY ns_extend "http://ns.example.org/Extensibility/1.0/">]>\n'
)
Drawing = Callable[[bytes], tuple[Image.Image, bool]]


@pytest.fixture
def drawing(tmp_path: Path) -> Drawing:
    def run(content: bytes) -> tuple[Image.Image, bool]:
        source = tmp_path / "source"
        source.write_bytes(content)
        return draw(source)

    return run


def test_a_drawing_is_encoded_as_other_pictures_are(encoded: Encode) -> None:
    made = encoded(svg(BOX + "<g><animate/></g>"))
    assert (made.told["width"], made.told["height"], made.told["remark"]) == (1920, 960, STILL)
    assert made.told["variants"]["webp"] == [320, 640, 1280, 1920]


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg=="


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (svg(BOX), (1920, 960)),
        (svg(BOX, 'width="20mm" height="10mm" viewBox="0 0 200 100"'), (1920, 960)),
        (svg(BOX, 'width="100" height="200"'), (960, 1920)),
        (svg(BOX, 'width="100%" height="100%" viewBox="0 0 200 100"'), (1920, 960)),
        (svg(BOX, ""), (1920, 960)),
        (svg(BOX, 'viewBox="0 0 200 100" xmlns:x="&ns_extend;"', ILLUSTRATOR), (1920, 960)),
        (svg(BOX).decode().encode("utf-16"), (1920, 960)),
        (b"\xef\xbb\xbf" + svg(BOX), (1920, 960)),
        (svg(BOX).replace(b'xmlns="http://www.w3.org/2000/svg" ', b""), (1920, 960)),
        (
            svg(
                '<g id="a">' + BOX + '</g><use xlink:href="#a" x="100"/><a href="https://example.org/">' + BOX + "</a>"
            ),
            (1920, 960),
        ),
        (svg(f'<image href="data:image/png;base64,{PIXEL}" width="200" height="100"/>'), (1920, 960)),
    ],
    ids=[
        "box",
        "mm",
        "tall",
        "percent",
        "no size",
        "Illustrator",
        "UTF-16",
        "BOM",
        "no namespace",
        "links",
        "embedded",
    ],
)
def test_a_drawing_is_drawn_as_large_as_its_shape_allows(
    drawing: Drawing, content: bytes, size: tuple[int, int]
) -> None:
    picture, is_moving = drawing(content)
    assert (picture.size, is_moving) == (size, False)


def test_what_would_run_in_a_drawing_is_left_out(drawing: Drawing) -> None:
    picture, _is_moving = drawing(
        svg(f'<script>alert(1)</script><foreignObject><p>x</p></foreignObject><g onclick="alert(1)">{BOX}</g>')
    )
    assert picture.getpixel((200, 100)) == (*RED, 255)


@pytest.mark.parametrize(
    "style", ["<animate attributeName='x' to='9'/>", "<style>@keyframes a { to { x: 9px } }</style>"]
)
def test_a_drawing_that_moves_is_kept_still_and_said(drawing: Drawing, style: str) -> None:
    picture, is_moving = drawing(svg(f"<g>{BOX}{style}</g>"))
    assert is_moving
    assert picture.getpixel((200, 100)) == (*RED, 255)


def laughs() -> str:
    entities = '<!ENTITY a0 "x">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f"<!DOCTYPE svg [{entities}]>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (svg('<image href="file:///etc/hostname" width="9" height="9"/>'), Reason.DRAWING_INCOMPLETE),
        (svg('<image href="/etc/hostname" width="9" height="9"/>'), Reason.DRAWING_INCOMPLETE),
        (svg('<image xlink:href="http://127.0.0.1:9/x.png"/>'), Reason.DRAWING_INCOMPLETE),
        (svg('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'), Reason.DRAWING_INCOMPLETE),
        (svg('<filter id="f"><feImage href="x.png"/></filter>' + BOX), Reason.DRAWING_INCOMPLETE),
        (svg('<use href="other.svg#a"/>'), Reason.DRAWING_INCOMPLETE),
        (svg("<text>Hafenklang</text>"), Reason.DRAWING_WITH_TEXT),
        (svg("<text><tspan>Hafenklang</tspan></text>" + BOX), Reason.DRAWING_WITH_TEXT),
        (svg("<desc>&a9;</desc>", "", laughs()), Reason.DRAWING_BROKEN),
        (
            svg("<desc>&e;</desc>", "", '<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/hostname">]>'),
            Reason.DRAWING_BROKEN,
        ),
        (svg(BOX, "", '<!DOCTYPE svg [<!ENTITY % e SYSTEM "http://127.0.0.1:9/e"> %e;]>'), Reason.DRAWING_BROKEN),
        (svg(BOX, "", f'<!DOCTYPE svg [<!ENTITY e "{"x" * 300}">]>'), Reason.DRAWING_BROKEN),
        (svg(BOX)[:-8], Reason.DRAWING_BROKEN),
        (svg("<g>" * 900 + BOX + "</g>" * 900), Reason.TOO_HEAVY),
        (svg(BOX * 60_000), Reason.TOO_HEAVY),
        (svg("<g/>"), Reason.DRAWING_EMPTY),
        (svg(BOX, 'viewBox="0 0 1000000 10"'), Reason.TOO_SMALL),
    ],
    ids=range(17),
)
def test_a_drawing_that_loads_or_explodes_is_refused(drawing: Drawing, content: bytes, reason: Reason) -> None:
    with pytest.raises(RefusedPictureError) as caught:
        drawing(content)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "attributes",
    [
        'viewBox="0 0 1e300 1e300"',
        'viewBox="0 0 nan inf"',
        'viewBox="0 0 -5 5"',
        'width="1e400" height="-1"',
        'viewBox=""',
    ],
)
def test_a_size_that_cant_be_is_passed_over(drawing: Drawing, attributes: str) -> None:
    assert drawing(svg(BOX, attributes))[0].size == (1920, 960)


def test_a_huge_drawing_becomes_no_larger_than_others(drawing: Drawing) -> None:
    huge = svg(
        '<rect width="900000" height="900000"/>', 'viewBox="0 0 1000000 1000000" width="1000000" height="1000000"'
    )
    assert drawing(huge)[0].size == (1920, 1920)
