"""The pictures that the worker made for shared links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bandstand.content.sharing import ShownWhenShared
from bandstand.media.links import picture_url

WIDTH, HEIGHT = 1200, 630  # of the worker's pictures


@dataclass(frozen=True)
class MadePicture:
    """A picture that the worker made; templates take it for any other."""

    url: str
    alt: str
    pixels_wide: int = WIDTH
    pixels_high: int = HEIGHT


def picture_to_share(row: Any, picture: Any, portal: Any, title: str, name: str) -> Any:
    """Return the picture made for the row, or else its own `picture`, or else that made for the whole portal.

    `title` says what the row's is of, `name` what the portal's is.
    """
    if isinstance(row, ShownWhenShared) and (made := made_picture(row, title)):
        return made
    if getattr(picture, "url", ""):
        return picture
    return made_picture(portal, name) if isinstance(portal, ShownWhenShared) else None


def made_picture(row: ShownWhenShared, alt: str) -> MadePicture | None:
    """Return what the worker made for links to the row's page, if it is there."""
    return MadePicture(picture_url(row.share_picture), alt) if row.share_picture else None
