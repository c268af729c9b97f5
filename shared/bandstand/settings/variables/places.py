"""Where files stand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bandstand.settings.storages import place_problem
from bandstand.settings.variables.declaring import Variables, variable
from bandstand.settings.workspace import ROOT


@dataclass(frozen=True, kw_only=True)
class PlaceVariables(Variables):
    """Media, static files, backups."""

    media: str = variable(
        default="/var/lib/bandstand/media",
        development=str(ROOT / ".local" / "media"),
        name="BANDSTAND_MEDIA",
        about="Where uploads and prepared pictures stand: a folder that web and worker share, or s3://bucket/path.",
    )
    static_root: Path = variable(
        default=Path("/srv/static"),
        development=ROOT / "staticfiles",
        name="BANDSTAND_STATIC_ROOT",
        about="Folder that collectstatic fills and web serves.",
    )
    backups: str = variable(
        default="/var/lib/bandstand/backups",
        development=str(ROOT / ".local" / "backups"),
        name="BANDSTAND_BACKUPS",
        about="Where backups go: a folder, or s3://bucket/path.",
    )
    backup_keys: list[str] = variable(
        default=[],
        secret=True,
        name="BANDSTAND_BACKUP_KEY",
        about="Key of backups, AGE-SECRET-KEY-1…, as `manage.py backup_key` makes it; former ones follow after commas.",
    )

    def problems(self) -> list[str]:
        places = {"BANDSTAND_MEDIA": self.media, "BANDSTAND_BACKUPS": self.backups}
        return [problem for name, place in places.items() if (problem := place_problem(name, place))]
