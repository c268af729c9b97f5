"""Every text is translated, and the catalogues hold exactly the texts of the code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.conf import settings

from scripts.messages import CODES, PACKAGES, ROOT, catalogue, collect
from tests.conftest import Portal
from tests.required_tools import require

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TAGS = re.compile(r"</?[a-z][^>]*>")
EVERY_CATALOGUE = [pytest.param(package, code, id=f"{package.name}-{code}") for package in PACKAGES for code in CODES]


def texts(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def forms(value: object) -> list[str]:
    return [str(form) for form in value] if isinstance(value, (list, tuple)) else [str(value)]


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", TAGS.sub(" ", PLACEHOLDERS.sub(" ", text)))


@pytest.mark.parametrize(("package", "code"), EVERY_CATALOGUE)
def test_it_translates_every_text(package: Path, code: str) -> None:
    messages = texts(catalogue(ROOT / package, code))

    assert len(messages) > (5 if package.name == "bandstand_worker" else 100)
    for message in messages:
        original, translated = forms(message.id)[-1], forms(message.string)
        assert not message.fuzzy, message.id
        assert all(translated), message.id
        assert len(translated) > 1 or isinstance(message.id, str), message.id
        for text in translated[1:] or translated:  # "one band", where others are counted
            assert sorted(PLACEHOLDERS.findall(text)) == sorted(PLACEHOLDERS.findall(original)), message.id
            assert sorted(TAGS.findall(text)) == sorted(TAGS.findall(original)), message.id
            assert (text[:1] == "\n", text[-1:] == "\n") == (original[:1] == "\n", original[-1:] == "\n")
        assert set(PLACEHOLDERS.findall(translated[0])) <= set(PLACEHOLDERS.findall(original)), message.id


@pytest.mark.parametrize(("package", "code"), EVERY_CATALOGUE)
def test_only_words_that_are_the_same_stay_as_they_are(package: Path, code: str) -> None:
    messages = texts(catalogue(ROOT / package, code))

    same = [text for message in messages if (text := forms(message.id)[0]) == forms(message.string)[0]]
    assert [text for text in same if len(words_of(text)) > 2] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_french_has_spaces_that_no_line_breaks_at_and_its_own_quotes(package: Path) -> None:
    written = [text for message in texts(catalogue(ROOT / package, "fr")) for text in forms(message.string)]
    told = [TAGS.sub("", PLACEHOLDERS.sub("x", text)) for text in written]

    assert [text for text in told if re.search(r"(?<![\u202f\u00a0 ])[;!?»](?=\s|$)|[ ][:;!?»]|« |“|”", text)] == []
    assert [text for text in told if re.search(r"[^\W\d_]'[^\W\d_]", text)] == []


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def test_it_has_collected_every_text(package: Path, tmp_path: Path) -> None:
    require("xgettext")
    copy = tmp_path / package.name
    skipped = shutil.ignore_patterns("static", "__pycache__", "*.mo", "posters")
    shutil.copytree(ROOT / package, copy, ignore=skipped)

    for code, fresh in zip(CODES, collect(copy), strict=True):
        collected = {str(message.id) for message in texts(fresh)}
        assert collected == {str(message.id) for message in texts(catalogue(ROOT / package, code))}, (
            "run `make messages`"
        )


def test_the_worker_tells_german_teams_in_german_why_a_job_failed() -> None:
    program = (
        "import django; django.setup()\n"
        "from bandstand_worker.confining import TooHeavyError\n"
        "from django.utils import translation\n"
        "translation.activate('de'); print(TooHeavyError())"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "bandstand_worker.settings"}
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert "Das Öffnen dieser Datei" in said.stdout


@pytest.mark.parametrize(
    ("wished", "code", "title"),
    [
        ("de-CH,de;q=0.9", "de", "Alle Bands"),
        ("fr-BE,fr;q=0.9,en;q=0.8", "fr", "Tous les groupes"),
        ("it", "it", "Tutte le band"),
        ("nl-BE,nl", "nl", "Alle bands"),
        ("es-MX,es;q=0.9", "es", "Todos los grupos"),
    ],
)
def test_it_speaks_its_languages_to_visitors(wished: str, code: str, title: str, alice_portal: Portal) -> None:
    text = alice_portal.client().get("/bands/", headers={"accept-language": wished}).content.decode()

    assert f'<html lang="{code}" dir="ltr"' in text
    assert title in text
    assert "All Bands" not in text


def test_no_language_is_offered_without_its_catalogues() -> None:
    assert [code for code, _name in settings.LANGUAGES] == ["en", *CODES]
    assert {path.parts[-3] for path in ROOT.glob("s*/**/locale/*/LC_MESSAGES/django.po")} == set(CODES)
