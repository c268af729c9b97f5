"""Reads how a JPEG is coded. Source: ISO/IEC 10918-1, annex B."""

from __future__ import annotations

from collections.abc import Iterator

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # those three are tables
_SHOWN_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended and progressive, all with Huffman coding
_EIGHT_BITS = b"\x08"
_SCAN = 0xDA
_FILLING = 0xFF
_ALONE = {0x00, 0x01, *range(0xD0, 0xDA)}  # markers without content, and the zero stuffed after an FF in the data


def is_shown_by_browsers(data: bytes) -> bool:
    """Whether browsers support it: not 12-bit, lossless, hierarchical or arithmetic coding."""
    frame = next(((marker, content) for marker, content in _segments(data) if marker in _FRAMES), None)
    return frame is None or (frame[0] in _SHOWN_FRAMES and frame[1][:1] == _EIGHT_BITS)


def is_nearly_refined(data: bytes, components: int) -> bool:
    """Whether the scans of a progressive JPEG have reached the last bit of all coefficients: little is missing then."""
    flat: set[int] = set()
    detailed: set[int] = set()
    for marker, content in _segments(data):
        if marker != _SCAN or not content:
            continue
        named = content[1 : 1 + 2 * content[0] : 2]
        first, _last, bits = content[1 + 2 * content[0] :][:3].ljust(3, b"\xff")
        if bits & 15 == 0:
            (detailed if first else flat).update(named)
    return len(flat) >= components and len(detailed) >= components


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of each segment; skips the entropy-coded data between them."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker == _FILLING:
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            length = max(int.from_bytes(data[at + 2 : at + 4]), 2)
            yield marker, data[at + 4 : at + 2 + length]
            at += 2 + length
