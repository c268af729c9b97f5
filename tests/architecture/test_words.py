"""How the product speaks: phrases that read as translated, and must not come back in texts for people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tests.servers import ROOT

CATALOGUES = sorted(ROOT.glob("s*/**/locale/de/LC_MESSAGES/django.po"))
MAILS_AND_PAGES = [*ROOT.glob("services/web/**/templates/**/*.*"), *ROOT.glob("shared/**/templates/**/*.*")]

# Phrases, whole words, in any case.
ENGLISH = r"""
look at your mail|type the code|good for \d+ minutes|no mail\?|look among|you have an account\?|you own no portal
is it you\?|go on|(?:link|invitation) has ended|lift the lock|(?:forget|answer) this mail|need do nothing|mails to you
second factor|second step|besides the password|put it in my calendar|to the first page|typing error|bands? fits?\.
nobody here answers|imprint|take back|taken back|ask something|background work|rows to mend|every row was taken
not taken
on the clock of the place|leave it empty and|small letters|make it the|invite somebody|changes nothing|what it wrote
resolvers answered|gigs that are right|database of your own|rehearsal house|e-mail|somebody|no gig is|for the team\.
"""
GERMAN = r"""
freiwillig|sehen sie in ihre mail|zur ersten seite|karten|probenh[aä]user\w*|zum verbessern
unterw[oö]ssen|algiers|cairo|bitte (?:sieh|w[aä]hle)\b|du kannst|lade sie herunter|\bdu\b|\bdein\w*|stimmt noch\.
"""
# Whole texts that were something else's name.
ENGLISH_WHOLE = {"See", "After that", "Elsewhere", "For the team", "free", "Asked for", "Next gigs", "Go on"}
GERMAN_WHOLE = {"Stand", "Auftrag", "Aufträge", "Besetzung", "Freigeben", "frei", "Arbeit im Hintergrund"}


def _phrases(lines: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w)(?:{line})(?!\w)" for line in lines.split("\n") if line), re.IGNORECASE)


def _texts(path: Path) -> list[tuple[str, str]]:
    """Return the pairs of English and German texts of a catalogue, plurals one by one."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    found = []
    for message in catalogue:
        english = message.id if isinstance(message.id, tuple | list) else [message.id]
        german = message.string if isinstance(message.string, tuple | list) else [message.string]
        found += list(zip(english, german, strict=False))
    return [(str(one), str(other)) for one, other in found if one]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_no_text_reads_as_translated(path: Path) -> None:
    texts = _texts(path)
    english, german = _phrases(ENGLISH), _phrases(GERMAN)

    assert [one for one, _other in texts if english.search(one) or one in ENGLISH_WHOLE] == []
    assert [other for _one, other in texts if german.search(other) or other in GERMAN_WHOLE] == []
    assert texts


def test_no_mail_or_page_has_one_of_them_past_the_catalogues() -> None:
    english = _phrases(ENGLISH)
    comment = re.compile(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", re.DOTALL)
    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in MAILS_AND_PAGES
        if path.suffix in {".html", ".txt", ".subject"}
        and (match := english.search(comment.sub("", path.read_text(encoding="utf-8"))))
    }

    assert found == {}
    assert len(MAILS_AND_PAGES) > 100
