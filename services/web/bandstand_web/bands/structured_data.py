"""Bands for search engines. Source: https://schema.org/MusicGroup."""

from __future__ import annotations

from urllib.parse import urljoin

from django.utils.safestring import SafeString

from bandstand.bands.models import Band
from bandstand_web.shell.structured_data import json_ld


def music_group(band: Band, *, base: str) -> SafeString:
    """Return the JSON-LD for `band` (from `for_page()`), safe in a script element; `base` is the portal's URL."""
    return json_ld(
        {
            "@type": "MusicGroup",
            "name": band.name,
            "url": urljoin(base, band.get_absolute_url()),
            "description": band.description,
            "image": urljoin(base, band.poster.url) if band.poster and band.poster.url else "",
            "genre": [genre.name for genre in band.genres.all()],
            "foundingDate": str(band.formed) if band.formed else "",
            "dissolutionDate": str(band.ended) if band.ended else "",
            "foundingLocation": {"@type": "Place", "name": band.town} if band.town else "",
            "member": [
                {"@type": "Person", "name": name}
                for member in band.members.all()
                if (name := member.public_name) and not member.is_former
            ],
            "sameAs": [link.url for link in band.links.all()],
        }
    )
