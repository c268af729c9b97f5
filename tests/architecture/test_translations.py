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

from scripts.messages import LANGUAGE, PACKAGES, ROOT, collect
from tests.conftest import Portal
from tests.required_tools import require

PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


def texts(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def catalogue(package: Path) -> Path:
    return package / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def forms(value: object) -> list[str]:
    return [str(form) for form in value] if isinstance(value, (list, tuple)) else [str(value)]


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def test_it_translates_every_text(package: Path) -> None:
    messages = texts(catalogue(ROOT / package))

    assert len(messages) > (5 if package.name == "bandstand_worker" else 100)
    for message in messages:
        assert not message.fuzzy, message.id
        assert all(forms(message.string)), message.id
        wanted = set(PLACEHOLDERS.findall(forms(message.id)[-1]))
        assert set(PLACEHOLDERS.findall(forms(message.string)[-1])) == wanted, message.id


@pytest.mark.parametrize("package", PACKAGES, ids=str)
def test_it_has_collected_every_text(package: Path, tmp_path: Path) -> None:
    require("xgettext")
    copy = tmp_path / package.name
    skipped = shutil.ignore_patterns("static", "__pycache__", "*.mo", "posters")
    shutil.copytree(ROOT / package, copy, ignore=skipped)

    fresh = {str(message.id) for message in texts(collect(copy))}

    assert fresh == {str(message.id) for message in texts(catalogue(ROOT / package))}, "run `make messages`"


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


def test_it_speaks_german_to_a_german_visitor(alice_portal: Portal) -> None:
    text = alice_portal.client().get("/bands/", headers={"accept-language": "de-CH,de;q=0.9"}).content.decode()

    assert '<html lang="de"' in text
    assert "Alle Bands" in text
    assert "All Bands" not in text
