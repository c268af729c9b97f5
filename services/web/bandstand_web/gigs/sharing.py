"""What shows where somebody shares a link to a gig: when and where in the text, and a picture. Source: ogp.me."""

from __future__ import annotations

from dataclasses import dataclass

from bandstand.content.plain_text import one_line
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand.media.links import picture_url
from bandstand.media.models import Picture

WIDTH, HEIGHT = 1200, 630  # of the worker's pictures


@dataclass(frozen=True)
class MadePicture:
    """A picture that the worker made; templates take it for any other."""

    url: str
    alt: str
    pixels_wide: int = WIDTH
    pixels_high: int = HEIGHT


@dataclass(frozen=True)
class Shared:
    """What is told of a gig. `picture`: made for it, or else the first band's, if there is one."""

    description: str
    picture: MadePicture | Picture | None


def shared(gig: Gig) -> Shared:
    """Return what is told of `gig` (from `for_visitors()`)."""
    state = "" if gig.status == Gig.Status.SCHEDULED else f" ({gig.get_status_display()})"
    description = f"{gig_time(gig)} · {one_line(gig.where_briefly)}{state}"
    if gig.share_picture:
        return Shared(
            description, MadePicture(picture_url(gig.share_picture), f"{one_line(gig.headline)}, {description}")
        )
    return Shared(description, gig.shown_poster)
