"""What the worker sets: a template's name and what it is made of (`bandstand_worker.printing`)."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language

from bandstand.media.models import Picture
from bandstand.portals.colour import LIGHT

_DRAWN_AS = 1  # raise it when the pictures for links are drawn otherwise; the night makes all of them anew


@dataclass(frozen=True)
class Setting:
    """One print: the template's name, what it is made of, and the picture in it if there is one."""

    template: str
    data: dict[str, Any]
    picture: Picture | None = None

    @property
    def mark(self) -> str:
        """Tells a print of this from one of anything else."""
        text = json.dumps([_DRAWN_AS, self.data, self.picture.pk if self.picture else 0], sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def settable(setting: Setting) -> Setting | None:
    """Return it without emoji, of which the worker has no font; None if it has none for its letters either.

    Those are the letters of China, Japan and Korea, which Unicode calls wide: boxes are worse than no picture.
    """
    texts = {name: text for name, text in setting.data.items() if isinstance(text, str)}
    if any(_is_wide(each) and each.isalpha() for text in texts.values() for each in text):
        return None
    plain = {name: "".join(each for each in text if not _is_wide(each)) for name, text in texts.items()}
    return replace(setting, data={**setting.data, **plain})


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"} or letter == _EMOJI_FOLLOWS


_EMOJI_FOLLOWS = "\N{VARIATION SELECTOR-16}"


def on_paper() -> dict[str, Any]:
    """Return what all prints are made of: the current language without its region, ink and paper."""
    return {"lang": (get_language() or "en").partition("-")[0], "ink": LIGHT.ink, "paper": LIGHT.paper}
