"""Make the catalogues of mirrored English, which no person reads: to see that a layout stands right-to-left texts.

They are compiled from the texts of another catalogue and aren't kept. Each word is told to run from right to left, as
in CLDR's pseudo-locale `ar-XB`; tags, placeholders and addresses stay as they are, and so do names of days and months,
as dates are read as they are shown.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils.translation import to_locale

from bandstand.content.languages import MIRRORED
from bandstand.locale_formats import names

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(
    path for member in ("shared", "services") for path in (ROOT / member).glob("**/locale/de/LC_MESSAGES/*.po")
)
MARK, OVERRIDE, END = "\N{RIGHT-TO-LEFT MARK}", "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{POP DIRECTIONAL FORMATTING}"
# What isn't a word for people: tags, placeholders of each kind, entities, addresses.
_KEPT = re.compile(
    r"<[^>]+>|%\(\w+\)[sd]|%[sd%]|\{\w*\}|&\w+;|https?://\S+|\S+@\S+|www\.\S+|\!\[\]\(.*?\)|[\s\n]+", re.DOTALL
)
_AS_THEY_ARE = frozenset({*names.MONTHS, *names.WEEKDAYS, *names.SHORT_WEEKDAYS, "5 June 2027"})


def main() -> int:
    """Write the compiled catalogues and return an exit code."""
    for source in SOURCES:
        target = source.parents[2] / to_locale(MIRRORED) / "LC_MESSAGES" / "django.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            known = read_po(file)
        made = Catalog(locale="en")
        for message in known:
            if not message.id:
                continue
            texts = message.id if isinstance(message.id, tuple) else (message.id,)
            shown = tuple(mirrored(text) for text in texts)
            made.add(message.id, shown if len(shown) > 1 else shown[0], context=message.context)
        with target.open("wb") as file:
            write_mo(file, made)
    return 0


def mirrored(text: str) -> str:
    """Return a text whose words run from right to left."""
    if text in _AS_THEY_ARE:
        return text
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [_mirrored_word(text[end : kept.start()]), kept.group()]
        end = kept.end()
    return "".join([*parts, _mirrored_word(text[end:])])


def _mirrored_word(word: str) -> str:
    return f"{MARK}{OVERRIDE}{word}{END}{MARK}" if word else ""


if __name__ == "__main__":
    sys.exit(main())
