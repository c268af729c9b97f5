"""Collect translatable texts into each language's catalogues. Needs GNU gettext (Debian: `apt-get install gettext`).

Each service keeps its catalogue beside its code. Catalogues contain neither line numbers nor dates, so a code change
that changes no text leaves them unchanged.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess  # noqa: S404 # commands are lists of our own
import sys
from pathlib import Path

from django.conf.locale import LANG_INFO

from bandstand.content.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (Path("shared/bandstand"), Path("services/web/bandstand_web"), Path("services/worker/bandstand_worker"))
CODES = tuple(each.code for each in LANGUAGES if each.code != "en")
_FIELDS = "POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To"
MOVING = re.compile(rf'^"({_FIELDS}): .*\n', re.MULTILINE)


def main() -> int:
    """Update all catalogues and return an exit code."""
    if shutil.which("xgettext") is None:
        sys.stderr.write("GNU gettext is missing: install it (Debian: apt-get install gettext).\n")
        return 1
    for package in PACKAGES:
        collect(ROOT / package)
    return 0


def collect(package: Path) -> list[Path]:
    """Update one package's catalogues and return their paths."""
    (package / "locale").mkdir(exist_ok=True)
    command = [str(Path(sys.executable).parent / "django-admin"), "makemessages"]
    command += [f"--locale={code}" for code in CODES]
    options = ["--no-location", "--no-obsolete", "--no-wrap", "--extension", "html,txt,py,subject"]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([*command, *options], cwd=package, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 # a list of our own, no shell
    catalogues = [catalogue(package, code) for code in CODES]
    for code, path in zip(CODES, catalogues, strict=True):
        text = MOVING.sub("", path.read_text(encoding="utf-8"))
        head = f"# Bandstand's texts in {LANG_INFO[code]['name']}.\n"
        path.write_text(f"{head}{text[text.index('msgid') :]}", encoding="utf-8")
    return catalogues


def catalogue(package: Path, code: str) -> Path:
    """Return where a package keeps its texts in a language."""
    return package / "locale" / code / "LC_MESSAGES" / "django.po"


if __name__ == "__main__":
    sys.exit(main())
