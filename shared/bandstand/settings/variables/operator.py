"""What the platform's public pages say of whoever runs it. Nothing is said of what isn't set."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from bandstand.settings.variables.declaring import Variables, variable

PRICE_LENGTH = 200
PLACE = "{place}"


@dataclass(frozen=True, kw_only=True)
class OperatorVariables(Variables):
    """Prices, legal notice, demo, contact, maps."""

    price: str = variable(
        default="",
        name="BANDSTAND_PRICE",
        about="What a portal costs, for the landing page: free, or a sentence in English; nothing is said if empty.",
    )
    price_de: str = variable(
        default="",
        name="BANDSTAND_PRICE_DE",
        about="The same sentence in German; the English one if empty.",
    )
    prices_url: str = variable(
        default="",
        name="BANDSTAND_PRICES_URL",
        about="Page with plans and prices (https://…), which the landing page links.",
    )
    legal_notice_url: str = variable(
        default="",
        name="BANDSTAND_LEGAL_NOTICE_URL",
        about="Page that says who runs the platform (https://…), linked below each of its pages.",
    )
    demo_url: str = variable(
        default="",
        name="BANDSTAND_DEMO_URL",
        about="A portal to look at before signing up (https://…), linked on the landing page.",
    )
    support_contact: str = variable(
        default="",
        name="BANDSTAND_SUPPORT_CONTACT",
        about="Whom to ask for help or more (mailto:… or https://…); the platform's pages and refusals name it.",
    )

    mirrored_language: bool = variable(
        default=False,
        name="BANDSTAND_MIRRORED_LANGUAGE",
        about="Whether English from right to left is on offer, to check layouts; in development only; true or false.",
    )
    map_url: str = variable(
        default=f"https://www.openstreetmap.org/search?query={PLACE}",
        name="BANDSTAND_MAP_URL",
        about="Map on which portals show where a gig is; {place} stands for the place. Without it, nothing is linked.",
    )
    directions_url: str = variable(
        default=f"https://www.openstreetmap.org/directions?to={PLACE}",
        name="BANDSTAND_DIRECTIONS_URL",
        about="Page that finds the way to a gig; {place} stands for the place. Without it, nothing is linked.",
    )

    index_now_url: str = variable(
        default="https://api.indexnow.org/indexnow",
        name="BANDSTAND_INDEX_NOW_URL",
        about="Where portals that wish so tell search engines of changed pages (IndexNow). Without it, none can.",
    )

    def problems(self) -> list[str]:
        links = {
            "BANDSTAND_PRICES_URL": self.prices_url,
            "BANDSTAND_LEGAL_NOTICE_URL": self.legal_notice_url,
            "BANDSTAND_DEMO_URL": self.demo_url,
            "BANDSTAND_INDEX_NOW_URL": self.index_now_url,
        }
        maps = {"BANDSTAND_MAP_URL": self.map_url, "BANDSTAND_DIRECTIONS_URL": self.directions_url}
        links |= maps
        schemes = {"https"} if self.is_production else {"https", "http"}
        found = [f"{name} must begin with https://." for name, url in links.items() if not _is_link(url, schemes)]
        found += [f"{name} must have {PLACE} in it." for name, url in maps.items() if url and PLACE not in url]
        if self.mirrored_language and self.is_production:
            found.append("BANDSTAND_MIRRORED_LANGUAGE is for development; visitors can't read it.")
        if self.price_de and not self.price:
            found.append("BANDSTAND_PRICE must be set where BANDSTAND_PRICE_DE is.")
        if max(len(self.price), len(self.price_de)) > PRICE_LENGTH:
            found.append(f"BANDSTAND_PRICE and BANDSTAND_PRICE_DE must be of {PRICE_LENGTH} characters at most.")
        if self.support_contact and urlsplit(self.support_contact).scheme not in {"mailto", "https"}:
            found.append("BANDSTAND_SUPPORT_CONTACT must begin with mailto: or https://.")
        return found


def _is_link(url: str, schemes: set[str]) -> bool:
    parts = urlsplit(url)
    return not url or (parts.scheme in schemes and bool(parts.hostname))
