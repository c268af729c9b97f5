"""Archives go from one version of PostgreSQL to another, also with a pg_dump that is newer than the server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.upgrade.installation import Installation
from tests.upgrade.test_backups import backups, bands, doing
from tests.upgrade.versions import new_version, old_version

pytestmark = pytest.mark.upgrade

PROGRAMS = Path(os.environ.get("BANDSTAND_TEST_POSTGRES", "/usr/lib/postgresql/15/bin"))


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Installation, Installation]]:
    """An installation on the system's PostgreSQL and one on ours, which is newer, with one place for backups."""
    if not (PROGRAMS / "postgres").exists():
        pytest.skip(f"{PROGRAMS} has no postgres: install PostgreSQL 15, or set BANDSTAND_TEST_POSTGRES")
    for name in ("older", "newer"):
        (tmp_path / name).mkdir()
    (tmp_path / "older" / "backups").mkdir()
    (tmp_path / "newer" / "backups").symlink_to(tmp_path / "older" / "backups")
    with Installation(tmp_path / "newer", cell="newer") as newer:
        with monkeypatch.context() as patch:
            patch.setattr("bandstand.devstack.postgres.server_programs", lambda *_folders: PROGRAMS)
            older = Installation(tmp_path / "older", cell="older")
            older.pg_dump = newer.postgres.pg_dump
            older.__enter__()
        try:
            yield older, newer
        finally:
            older.__exit__()


def test_archives_are_restored_by_older_and_newer_servers(
    servers: tuple[Installation, Installation], tmp_path: Path
) -> None:
    old, new = old_version(tmp_path), new_version(tmp_path)
    older, newer = servers
    assert older.all("SHOW server_version_num") < newer.all("SHOW server_version_num")
    made: dict[str, list[str]] = {}
    for name, cell in (("older", older), ("newer", newer)):
        cell.migrate(old)
        (filled,) = doing(cell, old, ["fill", name])
        assert filled.ok, filled
        made[name] = list(backups(cell, old, name).values())
        cell.migrate(new)
        made[name] += backups(cell, new, name).values()

    for name, there, here in (("older", older, newer), ("newer", newer, older)):
        for number, archive in enumerate(made[name]):
            copy = f"{name}-{number}"
            told = doing(here, new, ["verify_backup", archive], ["restore_tenant", archive, "--slug", copy])
            assert all(each.ok for each in told), told
            assert bands(here, copy) == bands(there, name)
    for cell in servers:
        cell.run(new, "-m", "django", "check_tenants")
