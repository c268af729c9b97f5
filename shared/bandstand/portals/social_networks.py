"""Where an organization is found elsewhere: networks are recognized by the addresses that people copy from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from bandstand.content.plain_text import one_line
from bandstand.portals.menus import ADDRESS_MAX_LENGTH, LABEL_MAX_LENGTH

VERSION = 1
MOST_LINKS = 16
_WEB_ADDRESS = URLValidator(schemes=["http", "https"])
# Mastodon runs on anybody's host: people are known by "@" there. These run other software, which has it too.
_AT_TOO = frozenset({"medium.com", "flipboard.com", "substack.com"})
WEBSITE = "website"
_NETWORKS = (
    ("instagram", "Instagram", ("instagram.com", "instagr.am")),
    ("threads", "Threads", ("threads.net", "threads.com")),
    ("youtube", "YouTube", ("youtube.com", "youtu.be")),
    ("spotify", "Spotify", ("spotify.com", "spotify.link")),
    ("bandcamp", "Bandcamp", ("bandcamp.com",)),
    ("tiktok", "TikTok", ("tiktok.com",)),
    ("facebook", "Facebook", ("facebook.com", "fb.com", "fb.me")),
    ("soundcloud", "SoundCloud", ("soundcloud.com",)),
    ("bluesky", "Bluesky", ("bsky.app", "bsky.social")),
    ("mastodon", "Mastodon", ("joinmastodon.org", "mastodon.social", "mastodon.online")),
)


@dataclass(frozen=True)
class SocialLink:
    """One link, and what people call it if it isn't the network alone."""

    url: str
    label: str = ""

    @property
    def network(self) -> str:
        """The key of the network, which its icon has too; WEBSITE for any other address."""
        return network_of(self.url)[0]

    @property
    def name(self) -> str:
        """What is read out: "Instagram", or with a label "Youth band (Instagram)"; of a website its host."""
        network = network_of(self.url)[1]
        return f"{self.label} ({network})" if self.label else network


def network_of(url: str) -> tuple[str, str]:
    """Return key and name of the network that an address belongs to; WEBSITE and the host for none."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    for key, name, hosts in _NETWORKS:
        if any(host == each or host.endswith(f".{each}") for each in hosts):
            return key, name
    first = parts.path.lstrip("/")
    if first.startswith("@") and host not in _AT_TOO:
        return "mastodon", "Mastodon"
    return WEBSITE, host


def read_links(stored: Any) -> tuple[SocialLink, ...]:
    """Return the links that are stored; what doesn't fit is left out."""
    if not isinstance(stored, Mapping) or stored.get("v") != VERSION or not isinstance(stored.get("links"), list):
        return ()
    found = (_link(each) for each in stored["links"][:MOST_LINKS])
    return tuple(filter(None, found))


def written_links(links: Iterable[SocialLink]) -> dict[str, Any]:
    """Return the links as they are stored; {} for none."""
    rows = [{"url": each.url} | ({"label": each.label} if each.label else {}) for each in links]
    return {"v": VERSION, "links": rows} if rows else {}


def _link(stored: Any) -> SocialLink | None:
    if not isinstance(stored, dict):
        return None
    url, label = stored.get("url"), stored.get("label", "")
    if not isinstance(url, str) or not isinstance(label, str) or len(url) > ADDRESS_MAX_LENGTH:
        return None
    try:
        _WEB_ADDRESS(url)
    except ValidationError:
        return None
    return SocialLink(url, label) if len(label) <= LABEL_MAX_LENGTH and one_line(label) == label else None
