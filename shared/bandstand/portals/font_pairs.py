"""The fonts that a portal can choose, in pairs: one for names and headings, one for texts.

Their files stand in `fonts/`; web's `static/css/fonts.css` declares each family, and browsers fetch those that a page
uses.
"""

from __future__ import annotations

from dataclasses import dataclass

_SERIF = '"Iowan Old Style", "Noto Serif", Georgia, serif'
_SANS = 'system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif'
_NARROW = '"Arial Narrow", "Roboto Condensed", system-ui, sans-serif'
_MONO = 'ui-monospace, "SF Mono", "Noto Sans Mono", monospace'


@dataclass(frozen=True)
class Font:
    """A family, its file's name without script and ending, and what stands in until it has come."""

    family: str
    file: str
    fallbacks: str

    @property
    def css(self) -> str:
        """The value of `font-family`."""
        return f'"{self.family}", {self.fallbacks}'

    @property
    def latin(self) -> str:
        """The file that nearly every page needs, by its path among static files."""
        return f"fonts/{self.file}-latin.woff2"


@dataclass(frozen=True)
class FontPair:
    """Two fonts, and how heavy headings are in the first."""

    name: str
    display: Font
    text: Font
    weight: int = 800

    @property
    def label(self) -> str:
        """Its name for people: fonts' names are the same in all languages."""
        return f"{self.display.family} + {self.text.family}"


_PUBLIC_SANS = Font("Public Sans", "public-sans", _SANS)
_INSTRUMENT_SANS = Font("Instrument Sans", "instrument-sans", _SANS)

FONT_PAIRS = {
    pair.name: pair
    for pair in (
        FontPair("bricolage", Font("Bricolage Grotesque", "bricolage-grotesque", _NARROW), _PUBLIC_SANS),
        FontPair(
            "bodoni",
            Font("Bodoni Moda", "bodoni-moda", _SERIF),
            Font("Newsreader", "newsreader", _SERIF),
            weight=500,
        ),
        FontPair(
            "anybody",
            Font("Anybody", "anybody", _SANS),
            Font("Sometype Mono", "sometype-mono", _MONO),
            weight=900,
        ),
        FontPair("archivo", Font("Archivo", "archivo", _SANS), _INSTRUMENT_SANS),
        FontPair("besley", Font("Besley", "besley", _SERIF), Font("Source Sans 3", "source-sans-3", _SANS)),
        FontPair("shoulders", Font("Big Shoulders Display", "big-shoulders-display", _NARROW), _INSTRUMENT_SANS),
        FontPair("fraunces", Font("Fraunces", "fraunces", _SERIF), _PUBLIC_SANS, weight=650),
        FontPair("unbounded", Font("Unbounded", "unbounded", _SANS), _PUBLIC_SANS, weight=700),
    )
}
