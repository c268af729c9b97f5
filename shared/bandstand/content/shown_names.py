"""Names that emails show to strangers: they must not contain links or addresses, or they could be used for phishing."""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NAME_MAX_LENGTH = 80
# What mail programs turn into a link by themselves: a scheme, "www.", an email address, and host names. Host names are
# those under a country's or another common domain: "Last.fm" is one, "Dr.Dre" and "St.Pauli" are not.
_GENERIC = (
    "academy|agency|app|art|band|bar|best|bid|biz|blog|cafe|casa|cash|casino|cc|center|chat|click|club|cloud|com|cyou|date|"
    "design|dev|digital|download|edu|email|events|example|express|fans|finance|fun|fund|games|global|gmbh|gov|gratis|group|"
    "guru|help|host|info|ink|int|jetzt|invalid|jobs|kim|land|lat|legal|life|link|live|loan|lol|ltd|market|media|mil|mobi|"
    "money|monster|mov|museum|music|name|net|network|news|ngo|ninja|one|onl|online|org|page|party|photos|press|pro|"
    "pub|quest|racing|rest|review|rip|rocks|run|sale|sbs|school|security|services|sexy|shop|show|site|social|software|"
    "solutions|space|store|stream|studio|support|surf|team|tech|test|tickets|today|tokyo|tools|top|tours|trade|travel|uno|"
    "vip|web|webcam|website|wiki|win|work|works|world|wtf|xn--[a-z0-9-]+|xxx|xyz|zip|zone"
)
_LEADS_SOMEWHERE = re.compile(
    rf"""[a-z][a-z0-9+.-]*:/ | \bwww\. | \S@\S | \b\d{{1,3}}(?:\.\d{{1,3}}){{3}}\b
    | [^\W_](?:[\w-]*[^\W_])?\.(?:(?:[a-z]{{2}}|{_GENERIC})(?![\w.]*\w)|[a-z]{{2,}}/)""",
    re.IGNORECASE | re.VERBOSE,
)
_DOTS = str.maketrans("\u3002\uff0e\uff61\u2024", "....")


def leads_somewhere(text: str) -> bool:
    """Whether a mail program would turn something in `text` into a link, whatever Unicode variants it uses."""
    return bool(_LEADS_SOMEWHERE.search(unicodedata.normalize("NFKC", text.translate(_DOTS))))


def validate_shown_name(name: str) -> None:
    """Raise ValidationError if `name` contains an address or a line break, or is too long for a name."""
    if len(name) > NAME_MAX_LENGTH:
        raise ValidationError(
            _("A name can have %(most)d characters at most."), code="long_name", params={"most": NAME_MAX_LENGTH}
        )
    if len(name.splitlines()) > 1:
        raise ValidationError(_("A name has to fit on one line."), code="lines_in_name")
    if leads_somewhere(name):
        raise ValidationError(
            _("A name can't contain a web or email address. Please leave the address out."), code="address_in_name"
        )
