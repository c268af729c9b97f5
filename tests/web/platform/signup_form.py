"""The sign-up form, filled in."""

from __future__ import annotations

EMAIL = "dora@example.org"
PASSWORD = "seven-strings-and-a-drum"


def filled_in(**changes: str) -> dict[str, str]:
    """Return what somebody types, with `changes`."""
    return {
        "name": "Dora's Drums",
        "slug": "dora",
        "email": EMAIL,
        "password": PASSWORD,
        "language": "de",
        "time_zone": "Europe/Vienna",
        **changes,
    }
