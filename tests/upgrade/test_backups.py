"""Backups while an upgrade is under way or was taken back: each code, each state of a schema, each thing one does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bandstand.devstack.processes import free_port
from tests.upgrade.installation import Installation, wait
from tests.upgrade.versions import COLUMNS, ROOT, Version, new_version, old_version
from tests.upgrade.way_in import answers_ready

pytestmark = pytest.mark.upgrade

SAVING = str(ROOT / "tests" / "upgrade" / "saving.py")
BANDS = 20
NEW, HALF, OLD = "carried", "stuck", "late"  # portals, by where their schemas stand
HALFWAY = """
import django; django.setup()
from django.db import transaction
from bandstand.tenancy.schema_migrating import migrate_until
from bandstand.organizations.models import Organization
from bandstand.tenancy.states import wanted_migrations
wanted = frozenset(key for key in wanted_migrations() if not key[1].endswith("_{last}"))
with transaction.atomic():
    migrate_until(Organization.objects.get(slug="{slug}").schema_name, wanted)
"""


@dataclass
class Told:
    """Whether something went well, and what it said."""

    ok: bool
    said: str


@pytest.fixture
def cells(tmp_path: Path) -> Iterator[tuple[Installation, Installation]]:
    """Two installations that know each other."""
    ports = {"north": free_port(), "south": free_port()}
    others = {name: f"{name}=http://127.0.0.1:{port}" for name, port in ports.items()}
    north, south = tmp_path / "north", tmp_path / "south"
    north.mkdir()
    south.mkdir()
    with (
        Installation(north, cell="north", port=ports["north"], others=others["south"]) as first,
        Installation(south, cell="south", port=ports["south"], others=others["north"]) as second,
    ):
        yield first, second


def test_backups_in_every_state_of_an_upgrade(
    cells: tuple[Installation, Installation], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    north, south = cells
    old, new = old_version(tmp_path), new_version(tmp_path)
    saves_what_is_there = (old.folder / "shared" / "bandstand" / "backups" / "structure.py").exists()
    for cell in cells:
        cell.migrate(old)
    for told in doing(north, old, *(["fill", slug] for slug in (NEW, HALF, OLD, "wanders", "strays", "waits"))):
        assert told.ok, told
    early = backups(north, old, NEW)

    for slug in (NEW, "wanders", "strays"):
        north.migrate(new, "--tenant", slug)
    south.migrate(new)
    north.run(new, "-c", HALFWAY.format(last=COLUMNS[-1], slug=HALF))
    assert columns(north) == {NEW: 2, HALF: 1, OLD: 0}

    of_old, of_new = backups(north, old, NEW, HALF, OLD), backups(north, new, NEW, HALF, OLD)
    table: list[tuple[str, ...]] = []
    for version, archives, by in ((new, early, "old, before"), (new, of_old, "old"), (new, of_new, "new")):
        table += all_is_well(north, version, archives, by)
    if saves_what_is_there:
        table += all_is_well(north, old, {NEW: of_new[NEW], HALF: of_new[HALF]}, "new")
        table += all_is_well(north, old, of_old, "old")
    table += exports(north, old, new)
    table += moves(north, south, old if saves_what_is_there else None, new)

    north.migrate(new)
    for cell in cells:
        cell.run(new, "-m", "django", "check_tenants")
    assert set(columns(north).values()) == {2}
    with capsys.disabled():
        print("\n" + "\n".join("".join(f"{word:<16}" for word in line) for line in table))  # noqa: T201


def doing(cell: Installation, version: Version, *tasks: list[str]) -> list[Told]:
    """Have each task done by that version, in one process."""
    return [Told(*told) for told in json.loads(cell.run(version, SAVING, json.dumps(tasks)).splitlines()[-1])]


def backups(cell: Installation, version: Version, *slugs: str) -> dict[str, str]:
    """Return the name of a new backup of each portal."""
    told = doing(cell, version, *(["backup_tenant", slug] for slug in slugs))
    assert all(each.ok for each in told), told
    return {slug: each.said for slug, each in zip(slugs, told, strict=True)}


def all_is_well(cell: Installation, version: Version, archives: dict[str, str], by: str) -> list[tuple[str, ...]]:
    """Prove each archive, restore it beside its portal, and that copy again; return a line of the table for each."""
    lines = []
    for slug, archive in archives.items():
        copy = f"{slug}-{len(cell.all('SELECT 1 FROM organizations_organization'))}"
        tasks = [
            ["verify_backup", archive],
            ["restore_tenant", archive, "--slug", copy],
            ["restore_tenant", archive, "--slug", copy, "--replace"],
        ]
        told = doing(cell, version, *tasks)
        assert all(each.ok for each in told), (version.name, by, slug, told)
        assert all("stays closed" not in each.said for each in told), told
        assert bands(cell, copy) == bands(cell, slug)
        lines.append((version.name.split()[0], f"by {by}", slug, "verified", "restored", "replaced"))
    return lines


def exports(cell: Installation, old: Version, new: Version) -> list[tuple[str, ...]]:
    """Copy each portal as its owner does. New code shows those that lack migrations to nobody, old code serves all."""
    slugs = (NEW, HALF, OLD)
    by_old = doing(cell, old, *(["export", slug] for slug in slugs))
    by_new = doing(cell, new, *(["export", slug] for slug in slugs))
    assert [told.said for told in by_old] == ["True", "True", "True"], by_old
    assert [told.said for told in by_new] == ["True", "closed", "closed"], by_new
    return [("new", "export", *(told.said for told in by_new)), ("old", "export", *(told.said for told in by_old))]


def moves(north: Installation, south: Installation, old: Version | None, new: Version) -> list[tuple[str, ...]]:
    """Move a portal by new code, and one by old code in two cells whose schemas are new; refuse one that is behind."""
    lines = []
    for version, slug in ((old, "wanders"), (new, "strays")):
        if version is None:
            continue
        before = bands(north, slug)
        south.start_web(f"web-{version.name.split()[0]}", version)
        wait(lambda: answers_ready(south.port), 120, "readiness of the other cell")
        way = ["--to", "south", "--through", south.through(version)]
        moved, refused = doing(north, version, ["move_tenant", slug, *way], ["move_tenant", "waits", *way])
        assert moved.ok, moved
        assert bands(south, slug) == before
        assert not refused.ok
        assert "lacks migrations" in refused.said
        south.stop(f"web-{version.name.split()[0]}")
        lines.append((version.name.split()[0], "move", slug, "moved"))
    return lines


def schema_of(cell: Installation, slug: str) -> str:
    return str(cell.all(f"SELECT schema_name FROM organizations_organization WHERE slug = '{slug}'")[0][0])


def bands(cell: Installation, slug: str) -> list[tuple[object, ...]]:
    """Return what the bands are; all portals have the same number."""
    schema = schema_of(cell, slug)
    found = cell.all(f"""
        SELECT b.id, b.name, b.town, g.name, (SELECT count(*) FROM {schema}.media_picture)
        FROM {schema}.bands_band b JOIN {schema}.bands_band_genres l ON l.band_id = b.id
        JOIN {schema}.bands_genre g ON g.id = l.genre_id ORDER BY 1
    """)
    assert len(found) == BANDS
    return found


def columns(cell: Installation) -> dict[str, int]:
    """Return how many of the new columns each of the three portals has."""
    names = ", ".join(f"'{column}'" for column in COLUMNS)
    return {
        slug: cell.all(f"""
            SELECT count(*) FROM information_schema.columns WHERE table_schema = '{schema_of(cell, slug)}'
            AND table_name = 'bands_band' AND column_name IN ({names})
        """)[0][0]
        for slug in (NEW, HALF, OLD)
    }
