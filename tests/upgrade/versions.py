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

# Expansions, as an upgrade's migrations have to be: old code, which knows nothing of the columns, goes on writing rows.
COLUMNS = ("rehearsed", "resting")
MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bands", "{last}")]
    operations = [
        migrations.AddField("band", "{column}", models.CharField(max_length=40, default="", db_default="new"))
    ]
"""
# New code reads the columns whenever it reads a band: it fails in any schema that lacks one.
MODEL = """

models.CharField(max_length=40, default="", db_default="new").contribute_to_class(Band, "{column}")
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
    """Return this tree with two more columns of bands, and the migrations that add them."""
    folder = _copied(home / "new")
    bands = folder / "shared" / "bandstand" / "bands"
    last = max(path.stem for path in (bands / "migrations").glob("0*.py"))
    for number, column in enumerate(COLUMNS, start=int(last[:4]) + 1):
        name = f"{number:04}_{column}"
        (bands / "migrations" / f"{name}.py").write_text(MIGRATION.format(last=last, column=column))
        with (bands / "models.py").open("a") as models:
            models.write(MODEL.format(column=column))
        last = name
    return Version("new", folder)


def _copied(folder: Path) -> Path:
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder
