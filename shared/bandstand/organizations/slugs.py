"""Which slugs an organization may choose."""

from __future__ import annotations

import re
import string

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

SLUG_MIN_LENGTH = 3
SLUG_MAX_LENGTH = 40

RESERVED = frozenset(
    """
    about abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover backstage
    bandstand billing blog cdn contact dashboard demo-portal dev dns docs domain domains download email example
    files ftp fonts gateway git grafana health healthz help host hostmaster images imap img info internal
    kubernetes ldap legal localhost login logout mail mailer media metrics monitor mta mx my news newsletter
    noreply ns ns1 ns2 ntp oauth ops owner platform pop pop3 portal postmaster press privacy production
    prometheus proxy public readyz register root sales security server signin signup smtp sql ssh ssl sso staff
    staging static stats status store support sysadmin system team terms test tls upload uploads webmail
    webmaster whois widget widgets worker wpad www www1 www2 web
    """.split()  # noqa: SIM905
)
# Names that people trust with passwords and card numbers. No word of a slug may be one of these, or of the operator's
# BANDSTAND_RESERVED_NAMES.
WELL_KNOWN = frozenset(
    """
    airbnb aliexpress alibaba americanexpress atlassian bankofamerica barclays binance bnpparibas capitalone citibank
    cloudflare coinbase commerzbank deutschebank deutschepost deutschetelekom docusign dropbox eventbrite facebook fedex
    github gitlab gmail google hotmail icloud ingdiba instagram klarna linkedin mastercard metamask microsoft netflix
    office365 onedrive openai paypal paysafecard pinterest playstation postbank postfinance raiffeisen raiffeisenbank
    reddit revolut samsung santander shopify snapchat soundcloud sparkasse spotify ticketmaster tiktok trustpilot twint
    twitter unicredit venmo vodafone volksbank walmart wellsfargo whatsapp wikipedia wordpress youtube zalando
    """.split()  # noqa: SIM905
)
# Short or ordinary words among such names: refused alone and with bait. Amazon Riders and Wise Guys are bands.
WELL_KNOWN_ALONE = frozenset(
    """
    adobe allianz amazon android aol apple axa bitcoin bluesky booking chase dhl discord ebay etsy gmx hermes hsbc ikea
    intuit kraken lidl mastodon mollie monzo norton outlook signal skype steam stripe sumup telegram telekom
    tesla twitch uber usps visa wise xbox yahoo zoom
    """.split()  # noqa: SIM905
)
# Words that phishers add to such names.
_BAIT = (
    "account",
    "bank",
    "billing",
    "care",
    "center",
    "checkout",
    "confirm",
    "customer",
    "help",
    "id",
    "info",
    "konto",
    "kundenservice",
    "login",
    "mail",
    "my",
    "official",
    "online",
    "pay",
    "payment",
    "portal",
    "secure",
    "security",
    "service",
    "shop",
    "sicherheit",
    "signin",
    "support",
    "team",
    "update",
    "verification",
    "verify",
    "web",
    "www",
)
# Digits and pairs of letters that look like another letter.
_LOOK_ALIKES = [
    *(("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("3", "e"), ("4", "a"), ("5", "s")),
    *(("7", "t"), ("8", "b"), ("9", "g"), ("-", "")),
]


def validate_slug(value: str) -> None:
    """Raise ValidationError, with a message for people, unless `value` is a well-formed slug."""
    if not SLUG_MIN_LENGTH <= len(value) <= SLUG_MAX_LENGTH:
        raise ValidationError(
            _("Use between %(min)d and %(max)d characters.") % {"min": SLUG_MIN_LENGTH, "max": SLUG_MAX_LENGTH},
            code="length",
        )
    if not re.fullmatch(r"[a-z0-9-]+", value, re.ASCII):
        raise ValidationError(_("Use only lowercase letters a to z, numbers and hyphens."), code="characters")
    if value.startswith("-") or value.endswith("-"):
        raise ValidationError(_("Start and end with a letter or a number."), code="hyphens")
    # "??--" starts encoded international names (xn--…), which can be displayed to look like another address.
    if value[2:4] == "--":
        raise ValidationError(_("The third and fourth characters can't both be hyphens."), code="punycode")


def validate_unreserved(value: str) -> None:
    """Raise ValidationError if `value` is reserved for the platform, or looks like a well-known name.

    Checked for new portals only, so that names reserved later don't affect existing ones.
    """
    if _skeleton(value) in _reserved_skeletons() or _reads_as_well_known(value):
        raise ValidationError(_("This address is reserved. Choose another one."), code="reserved")


def suggest_slug(name: str) -> str:
    """Return a slug for an organization called `name`; may be empty or taken."""
    return slugify(name.replace("ß", "ss"))[:SLUG_MAX_LENGTH].strip("-")


def _skeleton(value: str) -> str:
    before = ""
    while value != before:
        before = value
        for look, alike in _LOOK_ALIKES:
            value = value.replace(look, alike)
    return value


def _reads_as_well_known(value: str) -> bool:
    whole = value.replace("-", "")
    own = {name.lower() for name in settings.RESERVED_NAMES if name}
    anywhere = {_skeleton(name) for name in WELL_KNOWN | own}
    alone = anywhere | {_skeleton(name) for name in WELL_KNOWN_ALONE}
    return not _readings(whole).isdisjoint(alone) or any(
        not _readings(word).isdisjoint(anywhere) for word in value.split("-")
    )


def _readings(word: str) -> set[str]:
    """Return the possible readings of a word: with and without trailing digits, and without bait."""
    readings: set[str] = set()
    waiting = {_skeleton(word), _skeleton(word.rstrip(string.digits))}
    while waiting:
        readings |= waiting
        waiting = {shorter for text in waiting for shorter in _without_bait(text)} - readings
    return readings


def _without_bait(skeleton: str) -> set[str]:
    bait = tuple(map(_skeleton, _BAIT))
    fronts = {skeleton[len(word) :] for word in bait if skeleton.startswith(word)}
    return fronts | {skeleton[: -len(word)] for word in bait if skeleton.endswith(word)}


def _reserved_skeletons() -> frozenset[str]:
    own_names = [*settings.BASE_DOMAIN.split("."), settings.MEDIA_HOST.removesuffix(f".{settings.BASE_DOMAIN}")]
    return frozenset(_skeleton(name) for name in [*RESERVED, *own_names])
