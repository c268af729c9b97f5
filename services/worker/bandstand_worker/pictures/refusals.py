"""Reasons for refusing a picture, and remarks about accepted ones."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    WRONG_TYPE = "wrong_type"
    DAMAGED = "damaged"
    UNUSUAL = "unusual"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    TOO_HEAVY = "too_heavy"
    DRAWING_BROKEN = "drawing_broken"
    DRAWING_EMPTY = "drawing_empty"
    DRAWING_INCOMPLETE = "drawing_incomplete"
    DRAWING_WITH_TEXT = "drawing_with_text"


class RefusedPictureError(ValueError):
    """The picture is refused for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
