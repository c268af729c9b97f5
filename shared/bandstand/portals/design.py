"""How a portal looks: a theme, and what the organization chose of it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from bandstand.portals.colour import Palette, palette
from bandstand.portals.designed_themes import POSTER, THEMES, Theme
from bandstand.portals.font_pairs import FONT_PAIRS, FontPair


class Corners(TextChoices):
    """How buttons, pictures and boxes end; without a choice, as the theme has it."""

    SQUARE = "square", _("Square")
    SOFT = "soft", _("Soft")
    ROUND = "round", _("Round")


class Density(TextChoices):
    """How much air there is; without a choice, the usual."""

    AIRY = "airy", _("Airy")
    COMPACT = "compact", _("Compact")


class Header(TextChoices):
    """What stands at the top of each page; without a choice, what the theme has."""

    LINE = "line", _("In a line")
    CENTRED = "centred", _("Name in the middle")
    BANNER = "banner", _("A banner in your colour")


@dataclass(frozen=True)
class Design:
    """One look. What isn't chosen is empty. Colours are as people type them."""

    accent: str
    theme_name: str = POSTER
    second: str = ""
    pair_name: str = ""
    corners_chosen: str = ""
    density: str = ""
    header_chosen: str = ""

    @property
    def theme(self) -> Theme:
        return THEMES[self.theme_name]

    @property
    def pair(self) -> FontPair:
        return FONT_PAIRS[self.pair_name or self.theme.pair]

    @property
    def corners(self) -> str:
        return self.corners_chosen or self.theme.corners

    @property
    def header(self) -> str:
        return self.header_chosen or self.theme.header

    @property
    def palette(self) -> Palette:
        """What the theme's pages make of the brand's colour."""
        return palette(self.accent, self.theme.grounds)

    @property
    def second_palette(self) -> Palette | None:
        """What they make of the second colour, if there is one."""
        return palette(self.second, self.theme.grounds) if self.second else None

    def in_colour(self, accent: str) -> Design:
        """Return the same look in another colour, for frames on other websites."""
        return dataclasses.replace(self, accent=accent)
