"""Names of months and days, in the catalogues of our own: Django's Italian has capitals, and some are cut short oddly.

Django looks them up by these very words. Source: django.utils.dates.
"""

from __future__ import annotations


def _(word: str) -> str:
    """Mark a word for the catalogues, as Django's `gettext_noop`, which needs settings."""
    return word


MONTHS = (
    *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August")),
    *(_("September"), _("October"), _("November"), _("December")),
)
WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
SHORT_WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
