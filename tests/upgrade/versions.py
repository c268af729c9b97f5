"""Two versions of the code: this tree or the commit UPGRADE_FROM, and the tree with one migration more."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("shared", "services")

# An expansion, as an upgrade's migration has to be: old code, which knows nothing of the column, goes on writing rows.
MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bands", "{last}")]
    operations = [
        migrations.AddField("band", "rehearsed", models.CharField(max_length=40, default="", db_default="new"))
    ]
"""
# New code reads the column whenever it reads a band: it fails in any schema that lacks it.
MODEL = """

models.CharField(max_length=40, default="", db_default="new").contribute_to_class(Band, "rehearsed")
"""


@dataclass(frozen=True)
class Version:
    """Code that runs from a folder of its own, with this tree's installed packages."""

    name: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """Return what makes Python find this code before any other."""
        sources = [self.folder / "shared", self.folder / "services" / "web", self.folder / "services" / "worker"]
        return {"PYTHONPATH": os.pathsep.join(map(str, sources))}


def old_version(home: Path) -> Version:
    """Return the version that runs before: of the commit that UPGRADE_FROM names, else of this tree."""
    commit = os.environ.get("UPGRADE_FROM", "")
    if not commit:
        return Version("old", _copied(home / "old"))
    archive = subprocess.run(["git", "archive", commit, *PARTS], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(home / "old", filter="data")
    return Version(f"old ({commit})", home / "old")


def new_version(home: Path) -> Version:
    """Return this tree with one more column of bands, and the migration that adds it."""
    folder = _copied(home / "new")
    bands = folder / "shared" / "bandstand" / "bands"
    last = max(path.stem for path in (bands / "migrations").glob("0*.py"))
    number = int(last[:4]) + 1
    (bands / "migrations" / f"{number:04}_rehearsed.py").write_text(MIGRATION.format(last=last))
    with (bands / "models.py").open("a") as models:
        models.write(MODEL)
    return Version("new", folder)


def _copied(folder: Path) -> Path:
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
