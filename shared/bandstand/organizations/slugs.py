"""Which names an organization may choose for its address."""

from __future__ import annotations

import re

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
# Digits and pairs of letters that read as another letter at a glance.
_LOOK_ALIKES = [("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("3", "e"), ("5", "s"), ("-", "")]


def validate_slug(value: str) -> None:
    """Raise ValidationError, with a sentence for people, unless `value` may be an organization's address."""
    if not SLUG_MIN_LENGTH <= len(value) <= SLUG_MAX_LENGTH:
        raise ValidationError(
            _("Use between %(min)d and %(max)d characters.") % {"min": SLUG_MIN_LENGTH, "max": SLUG_MAX_LENGTH},
            code="length",
        )
    if not re.fullmatch(r"[a-z0-9-]+", value, re.ASCII):
        raise ValidationError(_("Use small letters a to z, digits and hyphens only."), code="characters")
    if value.startswith("-") or value.endswith("-"):
        raise ValidationError(_("Begin and end with a letter or a digit."), code="hyphens")
    # "??--" is how encoded international names begin (xn--…): they can be drawn to look like another address.
    if value[2:4] == "--":
        raise ValidationError(_("Don't put two hyphens in third and fourth place."), code="punycode")
    if _skeleton(value) in _reserved_skeletons():
        raise ValidationError(_("This address is reserved. Please choose another one."), code="reserved")


def suggest_slug(name: str) -> str:
    """Return a likely address for an organization called `name`; may be empty or taken."""
    return slugify(name.replace("ß", "ss"))[:SLUG_MAX_LENGTH].strip("-")


def _skeleton(value: str) -> str:
    for look, alike in _LOOK_ALIKES:
        value = value.replace(look, alike)
    return value


def _reserved_skeletons() -> frozenset[str]:
    own_names = [*settings.BASE_DOMAIN.split("."), settings.MEDIA_HOST.removesuffix(f".{settings.BASE_DOMAIN}")]
    return frozenset(_skeleton(name) for name in [*RESERVED, *own_names])
