"""What shows where somebody shares a link to a gig: when and where in the text, and a picture. Source: ogp.me."""

from __future__ import annotations

from dataclasses import dataclass

from bandstand.content.plain_text import one_line
from bandstand.gigs.models import Gig
from bandstand.gigs.showing_times import gig_time
from bandstand.media.models import Picture
from bandstand_web.shell.share_pictures import MadePicture, made_picture


@dataclass(frozen=True)
class Shared:
    """What is told of a gig. `picture`: made for it, or else the first band's, if there is one."""

    description: str
    picture: MadePicture | Picture | None


def shared(gig: Gig) -> Shared:
    """Return what is told of `gig` (from `for_visitors()`)."""
    state = "" if gig.status == Gig.Status.SCHEDULED else f" ({gig.get_status_display()})"
    description = f"{gig_time(gig)} · {one_line(gig.where_briefly)}{state}"
    made = made_picture(gig, f"{one_line(gig.headline)}, {description}")
    return Shared(description, made or gig.shown_poster)
