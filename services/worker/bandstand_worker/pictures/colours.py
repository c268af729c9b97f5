"""Converts a picture's colours to sRGB, by its ICC profile or by the colour tags of a PNG or HEIC."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image, ImageCms

PROFILE_MAX_BYTES = 4 * 1024 * 1024  # print profiles have up to 3 MB
_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}  # ICC's names and Pillow's
_SRGB_GAMMA = 0.45455

# Rec. ITU-T H.273: numbers of primaries (x and y of white, red, green, blue) and of transfer functions.
_D65 = (0.3127, 0.3290)
_PRIMARIES = {
    1: (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_LINEAR, _PQ, _HLG = 8, 16, 18
_GAMMAS = {4: 2.2, 5: 2.8}
_STEPS = 1024  # samples of a curve in a profile
_PAPER_WHITE = 203 / 10_000  # of PQ's full scale, BT.2408; anything brighter is clipped to white


def in_srgb(picture: Image.Image) -> Image.Image:
    """Return `picture`, in L, LA, RGB, RGBA or CMYK, as RGB or RGBA in sRGB."""
    alpha = picture.getchannel("A") if picture.mode in {"LA", "RGBA"} else None
    profile = _profile(picture.info)
    converted = _converted(picture, profile) if profile else None
    if converted is None:  # no profile, or a broken one: treat the values as sRGB
        converted = picture.convert("RGB")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _converted(picture: Image.Image, profile: bytes) -> Image.Image | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = _SPACES.get(source.profile.xcolor_space)
        if space is None or (space == "CMYK") != (picture.mode == "CMYK"):
            return None
        return ImageCms.profileToProfile(
            picture.convert(space),
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _profile(info: Mapping[Any, Any]) -> bytes | None:
    """Return the embedded profile, or one built from colour tags; None for sRGB."""
    if code := info.get("cicp"):  # takes precedence over a profile: PNG, third edition, 4.3
        return _profile_by_code(*code)
    if profile := info.get("icc_profile"):
        return profile if len(profile) <= PROFILE_MAX_BYTES else None
    nclx = info.get("nclx_profile")
    if isinstance(nclx, dict):
        return _profile_by_code(nclx.get("color_primaries", 1), nclx.get("transfer_characteristics", 1))
    gamma = info.get("gamma", 0)
    if "srgb" in info or not 0.01 < gamma < 10 or abs(gamma - _SRGB_GAMMA) < 0.01:  # noqa: PLR2004
        return None
    return rgb_profile(info.get("chromaticity", _PRIMARIES[1]), lambda value: value ** (1 / gamma))


def _profile_by_code(primaries: int, transfer: int) -> bytes | None:
    curve = _curve(transfer)
    if primaries not in _PRIMARIES or (primaries == 1 and curve is srgb_light):
        return None
    return rgb_profile(_PRIMARIES[primaries], curve)


def _curve(transfer: int) -> Callable[[float], float]:
    """Return the function from an encoded value to linear light, both from 0 to 1."""
    if transfer in _GAMMAS:
        return lambda value: value ** _GAMMAS[transfer]
    # The television curves (1, 6, 14, 15) are meant for screens that display them much like sRGB.
    return _CURVES.get(transfer, srgb_light)


def srgb_light(value: float) -> float:
    """Return the linear light of an sRGB value, both from 0 to 1. Source: IEC 61966-2-1."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004


def _pq_light(value: float) -> float:
    """BT.2100, perceptual quantization: absolute luminance, here relative to paper white."""
    power = value ** (1 / 78.84375)
    light = (max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
    return float(min(light / _PAPER_WHITE, 1))


def _hlg_light(value: float) -> float:
    """BT.2100, hybrid log-gamma: paper white is at three quarters of the scale."""
    return float(min(value / 0.75, 1)) ** 2


_CURVES: dict[int, Callable[[float], float]] = {_LINEAR: float, _PQ: _pq_light, _HLG: _hlg_light}


# --- A profile of primaries and one curve: ICC.1:2022, 8.3.3 ---------------------------------------------------------

_D50 = (0.9642, 1.0, 0.8249)
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
Matrix = tuple[tuple[float, ...], ...]


def rgb_profile(chromaticity: Sequence[float], curve: Callable[[float], float]) -> bytes | None:
    """Return an ICC profile with these x and y of white, red, green and blue; None where they don't form a triangle."""
    white, *corners = (_xyz(x, y) for x, y in zip(chromaticity[::2], chromaticity[1::2], strict=True))
    if any(max(corner) == 0 for corner in (white, *corners)):
        return None
    columns: Matrix = tuple(zip(*corners, strict=True))
    inverse = _inverse(columns)
    if inverse is None:
        return None
    amounts = _times(inverse, white)
    adapted = [
        _adapted(tuple(part * amount for part in corner), white)
        for corner, amount in zip(corners, amounts, strict=True)
    ]
    values = [round(min(max(curve(step / (_STEPS - 1)), 0), 1) * 0xFFFF) for step in range(_STEPS)]
    table = b"curv" + bytes(4) + struct.pack(f">I{_STEPS}H", _STEPS, *values)
    tags = {b"wtpt": _xyz_tag(_D50)}
    tags |= dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(_xyz_tag, adapted), strict=True))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), table)
    return _assembled(tags)


def _assembled(tags: dict[bytes, bytes]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    body = b""
    for content in tags.values():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
    directory = struct.pack(">I", len(tags))
    directory += b"".join(struct.pack(">4sII", name, places[data], len(data)) for name, data in tags.items())
    header = struct.pack(">I4sI4s4s4s", start + len(body), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + _numbers(_D50)
    return header.ljust(128, b"\0") + directory + body


def _xyz_tag(values: Sequence[float]) -> bytes:
    return b"XYZ " + bytes(4) + _numbers(values)


def _numbers(values: Sequence[float]) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(min(max(value, -8), 8) * 65_536) for value in values))


def _xyz(x: float, y: float) -> tuple[float, float, float]:
    return (x / y, 1.0, (1 - x - y) / y) if y > 0.0001 else (0.0, 0.0, 0.0)  # noqa: PLR2004


def _adapted(colour: tuple[float, ...], white: tuple[float, ...]) -> tuple[float, ...]:
    """Return the colour adapted to ICC's white point (Bradford)."""
    cones, cones_of_white, cones_of_d50 = (_times(_BRADFORD, each) for each in (colour, white, _D50))
    inverse = _inverse(_BRADFORD)
    assert inverse is not None  # noqa: S101 # a constant
    seen = tuple(
        cone * there / here if here else 0
        for cone, here, there in zip(cones, cones_of_white, cones_of_d50, strict=True)
    )
    return _times(inverse, seen)


def _times(matrix: Matrix, vector: Sequence[float]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _inverse(matrix: Matrix) -> Matrix | None:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < 1e-9:  # noqa: PLR2004
        return None
    rows = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return tuple(tuple(value / determinant for value in row) for row in rows)
