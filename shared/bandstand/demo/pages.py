"""The demo's pages, each a list of blocks: kind, values and, for narrow ones, the width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Wanted = tuple[str, Mapping[str, Any], str]


@dataclass(frozen=True, kw_only=True)
class DemoPage:
    """A published page."""

    slug: str
    title: str
    summary: str
    blocks: tuple[Wanted, ...]


PAGES = (
    DemoPage(
        slug="about",
        title="About the house",
        summary="Who answers the phone, who carries the amplifiers, and why the stairs are so quiet.",
        blocks=(
            (
                "text",
                {
                    "text": (
                        "**Loud & Otherwise** is two rooms, one kettle and a notice board above a former chandlery. We "
                        "find evenings for bands that don't fit on posters, and posters for bands that don't fit on "
                        "stages.\n\n"
                        "## How we work\n\n"
                        "We go to hear every band before we say yes, and once more before we say no. Fees are agreed "
                        "before the van is loaded, and paid before it is unloaded. Nobody sleeps on a floor unless "
                        "they ask for it."
                    )
                },
                "",
            ),
            (
                "quote",
                {
                    "quote": "They said it would be loud. They said nothing about the otherwise.",
                    "source": "A caretaker, Bremen",
                },
                "",
            ),
            (
                "text",
                {
                    "text": (
                        "## For organizers\n\nTell us the room, the date and how thick the walls are. You get three "
                        "suggestions within two days, one of which you would never have thought of."
                    )
                },
                "half",
            ),
            (
                "text",
                {
                    "text": (
                        "## For bands\n\nSend one recording and one sentence. The recording may be bad; the sentence "
                        "has to be good. We listen to everything on the first Monday of the month."
                    )
                },
                "half",
            ),
            ("gigs", {"heading": "Come and hear", "band": "", "count": 3}, ""),
            ("bands", {"heading": "Some of them", "bands": [], "count": 4}, ""),
            (
                "map",
                {"title": "Find us", "place": "Alte Seilerei 7, 28195 Bremen"},
                "half",
            ),
            (
                "button",
                {"text": "See all gigs", "link": "/gigs/", "look": "loud"},
                "half",
            ),
        ),
    ),
    DemoPage(
        slug="legal-notice",
        title="Legal notice",
        summary="Who is responsible for this portal.",
        blocks=(
            (
                "text",
                {
                    "text": (
                        "Loud & Otherwise\nAlte Seilerei 7\n28195 Bremen\n\nEverything on this portal is invented: the "
                        "house, the bands, their gigs and this address."
                    )
                },
                "",
            ),
        ),
    ),
)
