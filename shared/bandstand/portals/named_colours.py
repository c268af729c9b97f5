"""Colours to choose from by name, for whoever has no colour of their own yet."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

# Around the circle and then without colour; as fills they are all told from each other and from paper and ink.
NAMED_COLOURS = (
    ("#d6402b", _("Poster red")),
    ("#f28c1c", _("Tangerine")),
    ("#ffd400", _("Signal yellow")),
    ("#b5d92c", _("Lime")),
    ("#1f6b45", _("Fir green")),
    ("#0f7173", _("Petrol")),
    ("#4aa8e0", _("Sky blue")),
    ("#1f4fd1", _("Cobalt")),
    ("#14224f", _("Navy")),
    ("#6b3fa0", _("Violet")),
    ("#d1217f", _("Magenta")),
    ("#1d1a16", _("Ink")),
)
