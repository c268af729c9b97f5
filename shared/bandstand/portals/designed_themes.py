"""The five themes: the paper and inks of each, and what it chooses where a portal doesn't.

How they set type and lay out pages stands in web's `static/css/themes/`, a sheet for each but Poster, which is how
pages look without a theme.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bandstand.portals.colour import HOUSE, Grounds, Scheme

POSTER = "poster"


@dataclass(frozen=True)
class Theme:
    """A theme by its name in addresses and rows. `pair`, `corners` and `header` hold unless the portal has its own."""

    name: str
    label: Promise
    description: Promise
    grounds: Grounds
    pair: str
    corners: str
    header: str

    @property
    def sheet(self) -> str:
        """The path of its sheet among static files; empty for Poster."""
        return "" if self.name == POSTER else f"css/themes/{self.name}.css"

    @property
    def thumbnail(self) -> str:
        """The path of the small picture of it among static files."""
        return f"img/themes/{self.name}.svg"


_PROGRAMME = Grounds(
    light=Scheme(
        paper="#fbfaf6",
        panel="#f1eee6",
        ink="#1c1a1f",
        muted="#5b5660",
        line="#dad4c8",
        edge="#837c76",
        good="#1c6236",
        warn="#774d05",
        bad="#ab1f2a",
        darkens=True,
    ),
    dark=Scheme(
        paper="#14141b",
        panel="#21212a",
        ink="#ece8de",
        muted="#b2ada6",
        line="#3a3a45",
        edge="#8c8885",
        good="#79cf90",
        warn="#e5bd62",
        bad="#ff938b",
        darkens=False,
    ),
)
_ZINE = Grounds(
    light=Scheme(
        paper="#f3f3ee",
        panel="#e3e3dc",
        ink="#121212",
        muted="#4b4b47",
        line="#a9a9a2",
        edge="#5f5f5a",
        good="#13612f",
        warn="#724b00",
        bad="#b01418",
        darkens=True,
    ),
    dark=Scheme(
        paper="#121212",
        panel="#242422",
        ink="#f3f3ee",
        muted="#b8b8b1",
        line="#51514c",
        edge="#96968f",
        good="#6fd087",
        warn="#ebbd57",
        bad="#fe8b83",
        darkens=False,
    ),
)
_SLEEVE = Grounds(
    light=Scheme(
        paper="#efeee9",
        panel="#e2e1da",
        ink="#14161b",
        muted="#4e5159",
        line="#c6c6bf",
        edge="#70737a",
        good="#145f33",
        warn="#714a00",
        bad="#ae1720",
        darkens=True,
    ),
    dark=Scheme(
        paper="#101114",
        panel="#1e2025",
        ink="#eeede8",
        muted="#adb0b8",
        line="#383b43",
        edge="#858992",
        good="#6fd087",
        warn="#ebbd57",
        bad="#ff8f88",
        darkens=False,
    ),
)
_BRASS = Grounds(
    light=Scheme(
        paper="#fefaf0",
        panel="#f6ecd6",
        ink="#241a10",
        muted="#5e5142",
        line="#dfd0b2",
        edge="#87775f",
        good="#1d6233",
        warn="#784c00",
        bad="#b0201d",
        darkens=True,
    ),
    dark=Scheme(
        paper="#131821",
        panel="#1f2733",
        ink="#f4ecdb",
        muted="#b4b1a8",
        line="#384252",
        edge="#868c95",
        good="#76d08d",
        warn="#ebbd57",
        bad="#ff938b",
        darkens=False,
    ),
)

THEMES = {
    theme.name: theme
    for theme in (
        Theme(
            POSTER,
            _("Poster"),
            _("Loud and plain, like a gig poster on a club's wall."),
            HOUSE,
            pair="bricolage",
            corners="square",
            header="line",
        ),
        Theme(
            "programme",
            _("Programme"),
            _("Quiet and centred, like the programme of a concert hall."),
            _PROGRAMME,
            pair="bodoni",
            corners="square",
            header="centred",
        ),
        Theme(
            "zine",
            _("Zine"),
            _("Cut, glued and photocopied."),
            _ZINE,
            pair="anybody",
            corners="square",
            header="line",
        ),
        Theme(
            "sleeve",
            _("Record sleeve"),
            _("Squares, big type and pictures in your colour, like the records on a shelf."),
            _SLEEVE,
            pair="archivo",
            corners="square",
            header="line",
        ),
        Theme(
            "brass",
            _("Brass"),
            _("Warm and orderly, for associations with many people and dates."),
            _BRASS,
            pair="besley",
            corners="soft",
            header="banner",
        ),
    )
}
